//! What the words of the command line mean. Below this, nobody reads words.

use std::num::NonZeroUsize;

use super::args::ScanArgs;
use super::inputs::inputs;
use super::{Failure, Terminal};
use crate::engine::Plan;
use crate::read::{Inputs, Reading};
use crate::render::{self, FORMATS, Format, Style};
use crate::report::{Options, REPORTS, ReportEntry};
use crate::tally::Every;

/// Everything a scan needs to know.
pub(super) struct Scan {
    pub(super) plan: Plan,
    pub(super) inputs: Inputs,
    pub(super) format: &'static Format,
    pub(super) style: Style,
    /// Names to print instead of the whole document.
    pub(super) get: Vec<String>,
    /// How many bad lines are too many.
    pub(super) max_bad: Option<u64>,
    /// What to say about the inputs before reading them.
    pub(super) remarks: Vec<String>,
}

impl Scan {
    /// Gives words their meaning.
    pub(super) fn new(
        command: &str,
        args: &ScanArgs,
        terminal: &Terminal,
    ) -> Result<Scan, Failure> {
        if args.inputs.is_empty() && terminal.stdin {
            return Err(Failure::Usage(format!(
                "no input, and standard input is a terminal; name a log, as in `authmeter {command} auth.jsonl`, or \
                 pipe one in"
            )));
        }
        let options = Options {
            every: every(&args.every)?,
            memory_limit: args.memory_limit.as_deref().map(memory_limit).transpose()?,
            ..Options::default()
        };
        let reports = reports(command, &args.get, &options)?;
        let chunk_size = size("--chunk-size", &args.chunk_size)?.min(MOST_CHUNK);
        let max_line = size("--max-line", &args.max_line)?;
        let asked = args
            .threads
            .and_then(|threads| NonZeroUsize::new(threads.into()));
        let threads = asked
            .or_else(|| std::thread::available_parallelism().ok())
            .unwrap_or(NonZeroUsize::MIN);
        let (inputs, remarks) = inputs(&args.inputs)?;
        Ok(Scan {
            plan: Plan {
                reports,
                options,
                reading: Reading {
                    chunk_size,
                    max_line,
                    max_expand: args.max_expand,
                    map: args.read == "map",
                    count_copies: args.count_copies,
                    ..Reading::default()
                },
                threads,
            },
            inputs,
            format: FORMATS
                .iter()
                .find(|format| format.name == args.format)
                .unwrap_or(&FORMATS[0]),
            style: Style {
                width: terminal.width,
                rows: 10,
            },
            get: args.get.clone(),
            max_bad: if args.strict { Some(0) } else { args.max_bad },
            remarks,
        })
    }
}

/// The reports to run: the command's, or those that are asked for by name. The command is no limit to what may be asked
/// of a log; what is asked for is all that is paid for.
fn reports(
    command: &str,
    get: &[String],
    options: &Options,
) -> Result<Vec<&'static ReportEntry>, Failure> {
    let all: Vec<&'static ReportEntry> = REPORTS.iter().collect();
    if get.is_empty() {
        let named = |report: &&ReportEntry| match command {
            "report" => report.info.default,
            name => report.info.name == name,
        };
        return Ok(all.into_iter().filter(named).collect());
    }
    check_names(get, &all, options)?;
    let asked = |report: &&ReportEntry| {
        get.iter()
            .any(|name| name.split('.').next() == Some(report.info.name))
    };
    Ok(all.into_iter().filter(asked).collect())
}

fn every(text: &str) -> Result<Option<Every>, Failure> {
    if text == "auto" {
        return Ok(None);
    }
    let found = Every::ALL
        .into_iter()
        .find(|every| every.text() == text)
        .map(Some);
    found.ok_or_else(|| {
        let all: Vec<&str> = Every::ALL.iter().map(|every| every.text()).collect();
        Failure::Usage(format!(
            "--every {text:?} is not one of: auto, {}",
            all.join(", ")
        ))
    })
}

/// Bytes, as in `4096`, `64KiB`, `16MiB`, `1GiB`; at least one.
pub(super) fn size(flag: &str, text: &str) -> Result<usize, Failure> {
    let digits = text.trim_end_matches(|character: char| !character.is_ascii_digit());
    let unit = match &text[digits.len()..] {
        "" | "B" => Some(1),
        "KiB" | "K" | "k" => Some(1 << 10),
        "MiB" | "M" => Some(1 << 20),
        "GiB" | "G" => Some(1 << 30),
        _ => None,
    };
    let number = digits.parse::<usize>().ok();
    // A line and a chunk are held in memory: more than a terabyte is a slip of the finger.
    let bytes = number
        .zip(unit)
        .and_then(|(number, unit)| number.checked_mul(unit))
        .filter(|bytes| (1..1 << 40).contains(bytes));
    bytes.ok_or_else(|| {
        Failure::Usage(format!(
            "{flag} {text:?} is no size; write it as in 4096, 64KiB or 16MiB"
        ))
    })
}

/// Lines of a chunk are counted in 32 bits.
const MOST_CHUNK: usize = 1 << 30;

/// The least memory limit: below that, the limit is less than what workers take for the lines they read.
const LEAST_MEMORY: usize = 1 << 20;

fn memory_limit(text: &str) -> Result<u64, Failure> {
    let bytes = size("--memory-limit", text)?;
    if bytes < LEAST_MEMORY {
        return Err(Failure::Usage(format!(
            "--memory-limit {text:?} is too small; 1MiB is the least"
        )));
    }
    Ok(bytes as u64)
}

/// Refuses names that no document of these reports has, before anything is read.
fn check_names(
    names: &[String],
    reports: &[&'static ReportEntry],
    options: &Options,
) -> Result<(), Failure> {
    let document = crate::engine::nothing(reports, options);
    for name in names {
        if render::select(&document, name).is_none() {
            let known = render::names(&document);
            let similar = known
                .iter()
                .map(|known| (strsim::jaro_winkler(name, known), known));
            let hint = match similar.max_by(|one, other| one.0.total_cmp(&other.0)) {
                Some((likeness, known)) if likeness > 0.75 => format!("did you mean `{known}`?"),
                _ => format!("there are: {}", known.join(", ")),
            };
            return Err(Failure::Usage(format!(
                "--get {name:?}: there is no such value; {hint}"
            )));
        }
    }
    Ok(())
}
