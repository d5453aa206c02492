//! `authmeter generate`: a synthetic log, and the truth about it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::identity::{Identity, is_stream};
use super::{Exit, Failure};
use crate::event::Timestamp;
use crate::generate::{self, Settings, Shape};

/// Words of `authmeter generate`.
#[derive(Args, Clone, Debug)]
pub(super) struct GenerateArgs {
    /// How many events
    #[arg(long, value_name = "N")]
    events: u64,

    /// What makes this log differ from others of the same size
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    seed: u64,

    /// How many users there are [default: one for 36 events, 20 to 165,000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(Settings::MAX_USERS)))]
    users: Option<u32>,

    /// How many clients they use
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=i64::from(Settings::MAX_CLIENTS)))]
    clients: u32,

    /// When the log begins, as in 2025-01-06T00:00:00Z [default: that]
    #[arg(long, value_name = "TIME", value_parser = time)]
    start: Option<Timestamp>,

    /// How many days it covers [default: one for 4,000 events, 3 to 135]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(Settings::MAX_DAYS)))]
    days: Option<u32>,

    /// What the lines look like
    #[arg(long, value_enum, default_value_t = ShapeWord::Plain)]
    shape: ShapeWord,

    /// Write what the log says, counted independently, to this file as JSON
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,

    /// Write the log to this file; `-` is standard output, and the default
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Overwrite files that exist
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ShapeWord {
    /// What the writer writes
    Plain,
    /// The same events in strange, but legal lines, among broken ones
    Hostile,
}

fn time(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).ok_or_else(|| "no time; write it as in 2025-01-06T00:00:00Z".to_owned())
}

impl GenerateArgs {
    fn settings(&self) -> Settings {
        let usual = Settings::new(self.events, self.seed);
        let day = Duration::from_secs(86_400);
        Settings {
            users: self.users.unwrap_or(usual.users),
            clients: self.clients,
            start: self.start.unwrap_or(usual.start),
            span: self.days.map_or(usual.span, |days| day * days),
            shape: match self.shape {
                ShapeWord::Plain => Shape::Plain,
                ShapeWord::Hostile => Shape::Hostile,
            },
            ..usual
        }
    }
}

/// Writes the log to `out`, or the file that was named, and the truth about it to its file.
pub(super) fn run(args: &GenerateArgs, out: &mut dyn Write) -> Result<Exit, Failure> {
    if args.truth.as_deref().is_some_and(is_stream) {
        return Err(Failure::Usage("--truth takes a file, not `-`".to_owned()));
    }
    let output = args.output.as_deref().filter(|path| !is_stream(path));
    let truth_path = args.truth.as_deref();
    let check_apart = || match output.zip(truth_path) {
        Some((output, truth)) if Identity::of(output) == Identity::of(truth) => Err(
            Failure::Usage("--output and --truth name the same file".to_owned()),
        ),
        _ => Ok(()),
    };
    // Files are made first: an hour's work must not end with a path that cannot be written. Two names of one file are
    // known as such once it exists.
    check_apart()?;
    let mut truth = Made::new(truth_path, args.force)?;
    let mut log = match check_apart().and_then(|()| Made::new(output, args.force)) {
        Ok(log) => log,
        Err(failure) => {
            truth.discard();
            return Err(failure);
        }
    };
    let to: &mut dyn Write = match &mut log.file {
        Some(file) => file,
        None => out,
    };
    let counted = match generate::write(&args.settings(), to) {
        Ok(counted) => counted,
        Err(error) => {
            truth.discard();
            return Err(match (error.kind(), output) {
                (io::ErrorKind::InvalidInput, _) => {
                    log.discard();
                    Failure::Usage(error.to_string())
                }
                (_, Some(path)) => cannot_write(path, &error),
                (_, None) => Failure::Output(error),
            });
        }
    };
    let Some(path) = &args.truth else {
        return Ok(Exit::Done);
    };
    let mut text = serde_json::to_vec_pretty(&counted)
        .map_err(|error| Failure::Fault(format!("cannot write the truth as JSON: {error}")))?;
    text.push(b'\n');
    match truth.file.as_mut().map(|file| file.write_all(&text)) {
        Some(Err(error)) => Err(cannot_write(path, &error)),
        _ => Ok(Exit::Done),
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::Fault(format!("cannot write {}: {error}", path.display()))
}

/// A file made for the output, if one was asked for.
struct Made<'a> {
    path: Option<&'a Path>,
    file: Option<File>,
    /// Whether the file was there before.
    replaced: bool,
}

impl<'a> Made<'a> {
    fn new(path: Option<&'a Path>, force: bool) -> Result<Made<'a>, Failure> {
        let (mut file, mut replaced) = (None, false);
        if let Some(path) = path {
            let made = OpenOptions::new().write(true).create_new(true).open(path);
            file = Some(match made {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    // Devices and pipes lose nothing.
                    if !force && path.is_file() {
                        let path = path.display();
                        return Err(Failure::Usage(format!(
                            "{path} exists; --force overwrites it"
                        )));
                    }
                    replaced = true;
                    File::create(path).map_err(|error| cannot_write(path, &error))?
                }
                made => made.map_err(|error| cannot_write(path, &error))?,
            });
        }
        Ok(Made {
            path,
            file,
            replaced,
        })
    }

    /// Removes a file that is of no use, unless it was there before.
    fn discard(&self) {
        if let (Some(path), Some(_), false) = (self.path, &self.file, self.replaced) {
            // What cannot be removed stays: an empty file beside the message that says why.
            let _ = std::fs::remove_file(path);
        }
    }
}
