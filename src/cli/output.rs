//! Where the answer goes, and in which format: standard output, files, or several of them.

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};

use super::identity::{Identity, is_stream};
use super::made::Made;
use super::{Failure, Terminal};
use crate::document::Document;
use crate::event::Visible;
use crate::render::{FORMATS, Format, Look, Selected, Style, select};

// Words of every command that answers with a document. No doc comment: clap would make it the help of each of them.
#[derive(Args, Clone, Debug)]
pub(super) struct OutputArgs {
    /// How to print the answer [default: table]
    #[arg(long, value_name = "FORMAT", value_parser = format_names())]
    format: Option<String>,

    /// Write the answer to a file, in the format its name ends in; repeatable, and `-` is standard output
    ///
    /// Endings: .txt, .json, .jsonl, .csv, .tsv, .md, .html and .prom, and other usual ones. With --output, nothing goes
    /// to standard output, unless `-o -` asks for it. --format is then for standard output and for files whose names say
    /// no format, such as /dev/stderr. Whether a file can be written is checked before anything is read. It gets its name
    /// when it is whole: a run that fails leaves neither a part of it nor another file changed.
    #[arg(short, long, value_name = "FILE")]
    output: Vec<PathBuf>,

    /// Overwrite files that exist
    #[arg(long, requires = "output")]
    force: bool,

    /// Print one value or one table, as in `logins.success_rate`; repeatable
    #[arg(long, value_name = "REPORT.NAME")]
    pub(super) get: Vec<String>,
}

fn format_names() -> PossibleValuesParser {
    let name = |format: &Format| PossibleValue::new(format.name).help(format.help);
    PossibleValuesParser::new(FORMATS.iter().map(name))
}

impl OutputArgs {
    /// Nothing asked for: of a scan whose answer is not the one that is printed.
    pub(super) fn nothing() -> OutputArgs {
        OutputArgs {
            format: None,
            output: Vec::new(),
            force: false,
            get: Vec::new(),
        }
    }
}

/// How a file looks to who prints into it.
const FILE: (u16, Look) = (Terminal::PIPE_WIDTH, Look::PLAIN);

/// Where the answer goes: files that were made, and perhaps standard output.
pub(super) struct Outputs {
    stdout: Option<&'static Format>,
    files: Vec<(Made, &'static Format)>,
    /// Names to print instead of the whole document.
    get: Vec<String>,
    /// Columns of the terminal, and what it can show.
    width: u16,
    look: Look,
}

impl Outputs {
    /// Gives words their meaning, and makes the files: an hour's scan must not end with a path that cannot be written.
    /// Nothing may go where something is read from.
    pub(super) fn new(
        args: &OutputArgs,
        inputs: &HashSet<Identity>,
        terminal: &Terminal,
    ) -> Result<Outputs, Failure> {
        let asked = args.format.as_deref();
        let asked = FORMATS.iter().find(|format| Some(format.name) == asked);
        let mut outputs = Outputs {
            stdout: None,
            files: Vec::new(),
            get: args.get.clone(),
            width: terminal.width,
            look: terminal.look.unless_plain(),
        };
        if args.output.is_empty() {
            outputs.stdout = Some(asked.unwrap_or(&FORMATS[0]));
        }
        let (mut seen, mut files) = (HashSet::new(), Vec::new());
        for path in &args.output {
            let refuse = |what: &str| Err(Failure::Usage(format!("-o {}: {what}", shown(path))));
            if is_stream(path) {
                if outputs.stdout.is_some() {
                    return refuse("given more than once");
                }
                outputs.stdout = Some(asked.unwrap_or(&FORMATS[0]));
                continue;
            }
            let format = format(path, asked)?;
            let identity = Identity::of(path);
            if inputs.contains(&identity) {
                return refuse("is one of the inputs");
            }
            if !seen.insert(identity) {
                return refuse("given more than once");
            }
            files.push((path, format));
        }
        // A format that was asked for must be the format of something.
        let is_used = |asked: &&Format| {
            outputs.stdout.is_some() || files.iter().any(|(_, format)| format.name == asked.name)
        };
        if let Some(unused) = asked.filter(|asked| !is_used(asked)) {
            return Err(Failure::Usage(format!(
                "--format {}: nothing is written in it, for the files' names say their formats; add `-o -` to have it \
                 on standard output",
                unused.name
            )));
        }
        for (path, format) in files {
            outputs.files.push((Made::new(path, args.force)?, format));
        }
        Ok(outputs)
    }

    /// Whether standard output is in a format that other text would break.
    pub(super) fn is_for_programs(&self) -> bool {
        let format = self.stdout.map(|format| format.name);
        format.is_some_and(|name| name != FORMATS[0].name) || !self.get.is_empty()
    }

    /// Writes the answer: to all files before one of them gets its name, and then to standard output. Files are written
    /// once.
    pub(super) fn write(
        &mut self,
        document: &Document,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let mut files = std::mem::take(&mut self.files);
        for (made, format) in &mut files {
            let mut file = io::BufWriter::new(made.file());
            let written = self
                .print(format, document, FILE, &mut file)
                .and_then(|()| file.flush());
            drop(file);
            written.map_err(|error| made.cannot_write(&error))?;
        }
        for (made, _) in files {
            made.keep()?;
        }
        match self.stdout {
            Some(format) => Ok(self.print(format, document, (self.width, self.look), out)?),
            None => Ok(()),
        }
    }

    fn print(
        &self,
        format: &Format,
        document: &Document,
        (width, look): (u16, Look),
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let style = Style {
            width,
            rows: 10,
            look,
        };
        if self.get.is_empty() {
            return (format.document)(document, &style, out);
        }
        // Names were checked before anything was read.
        let names = self.get.iter().map(String::as_str);
        let selected: Vec<(&str, Selected<'_>)> = names
            .filter_map(|name| Some((name, select(document, name)?)))
            .collect();
        (format.selection)(&selected, &style, out)
    }
}

/// The format that a file's name says, or else the one that was asked for.
fn format(path: &Path, asked: Option<&'static Format>) -> Result<&'static Format, Failure> {
    let ending = path
        .extension()
        .map(|ending| ending.to_string_lossy().to_lowercase());
    let says = |format: &&Format| {
        ending
            .as_deref()
            .is_some_and(|ending| format.extensions.contains(&ending))
    };
    let found = FORMATS.iter().find(says).or(asked);
    found.ok_or_else(|| {
        let known = || FORMATS.iter().flat_map(|format| format.extensions);
        let similar = known()
            .map(|known| {
                let given = ending.as_deref().unwrap_or_default();
                (strsim::jaro_winkler(given, known), known)
            })
            .max_by(|one, other| one.0.total_cmp(&other.0));
        let hint = match similar {
            Some((likeness, known)) if likeness > 0.75 => format!("did you mean .{known}?"),
            _ => {
                let known: Vec<String> = known().map(|known| format!(".{known}")).collect();
                format!("endings that do are {}", known.join(", "))
            }
        };
        Failure::Usage(format!(
            "-o {}: the name says no format; {hint} (--format names one)",
            shown(path)
        ))
    })
}

fn shown(path: &Path) -> String {
    Visible(&path.display().to_string()).to_string()
}
