//! `authmeter generate`: a synthetic log, and the truth about it.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::identity::{Identity, is_stream};
use super::made::Made;
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
    let output = args.output.as_deref().filter(|path| !is_stream(path));
    let truth = args.truth.as_deref();
    if truth.is_some_and(is_stream) {
        return Err(Failure::Usage("--truth takes a file, not `-`".to_owned()));
    }
    if let Some((output, truth)) = output.zip(truth)
        && Identity::of(output) == Identity::of(truth)
    {
        let what = "--output and --truth name the same file";
        return Err(Failure::Usage(what.to_owned()));
    }
    // Files are made first: an hour's work must not end with a path that cannot be written.
    let mut truth = truth.map(|path| Made::new(path, args.force)).transpose()?;
    let mut log = output.map(|path| Made::new(path, args.force)).transpose()?;
    let to: &mut dyn Write = match &mut log {
        Some(log) => log.file(),
        None => out,
    };
    let counted =
        generate::write(&args.settings(), to).map_err(|error| match (error.kind(), &log) {
            (io::ErrorKind::InvalidInput, _) => Failure::Usage(error.to_string()),
            (_, Some(log)) => log.cannot_write(&error),
            (_, None) => Failure::Output(error),
        })?;
    if let Some(truth) = &mut truth {
        let mut text = serde_json::to_vec_pretty(&counted)
            .map_err(|error| Failure::Fault(format!("cannot write the truth as JSON: {error}")))?;
        text.push(b'\n');
        let written = truth.file().write_all(&text);
        written.map_err(|error| truth.cannot_write(&error))?;
    }
    for made in [log, truth].into_iter().flatten() {
        made.keep()?;
    }
    Ok(Exit::Done)
}
