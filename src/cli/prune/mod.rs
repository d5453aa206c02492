//! `authmeter prune`: old events leave logs. What is done is `retain`'s business; here are the words, and the answer.

mod answer;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::inputs::{self, files};
use super::settings::{size, zone};
use super::times::{length, time};
use super::wrong::Wrong;
use super::{Exit, Failure, Session, say};
use crate::event::{Timestamp, Visible};
use crate::read::Reading;
use crate::retain::{self, How, Policy, Pruned, Trouble};
use crate::zone::Zone;
use answer::{Answer, Row};

pub(super) const ABOUT: &str = "\
Take old events out of logs. Without --apply, nothing is changed and the answer says what would go.";

/// What `--help` says after the options.
pub(super) const DETAILS: &str = "\
What goes: events older than --older-than. What stays, byte for byte and in its order: all others, events without a \
readable time, and lines that are no event. Blank lines and NUL bytes go when a log is rewritten. A rotated log (a date or a \
number in its name, or compressed) of which nothing stays is removed; the live one stays, empty.

How: what stays is written to a new file beside the log, and the two are exchanged in one step, so that a crash or \
a full disk leaves the old log or the new one, whole; the next run puts leftovers (.NAME.prune-…) in order. Mode, owner, \
times and extended attributes are carried over, links are followed, gzip and zstd stay gzip and zstd.

While it is written to: writers of this library open the new file within a tenth of a second of their next event. What \
others write to the old file is moved to the new one until they close it. If one still has it open after --wait, \
it is named, the old file stays under its second name, and the next run adds what arrived there. Without root's \
rights not every process can be looked into: then nothing may arrive for 1 s. Processes in other containers are never seen.

Examples:
  authmeter prune --older-than 90d /var/log/auth
  authmeter prune --older-than 90d --keep-security 1y --apply '/var/log/auth/*.jsonl*'

Exit codes: 0 done; 2 wrong usage; 3 a log was left as it is, or an old file is still open somewhere; 4 something could not be \
written, and the log is the old one or the new one, whole.";

/// Words of `authmeter prune`.
#[derive(Args, Clone, Debug)]
pub(super) struct PruneArgs {
    /// Logs, folders of logs, or globs
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    /// Events older than this go, as in 90d, 12h, 2w, 1y
    #[arg(long, value_name = "AGE")]
    older_than: String,

    /// Keep security events up to this age
    ///
    /// They are the events that make the security report: token.validation_failed and its family, scope checks, rate
    /// limits, suspicious activity, and failed logins.
    #[arg(long, value_name = "AGE")]
    keep_security: Option<String>,

    /// The time ages are counted back from: `now`, a date (its first moment, UTC), or a time
    #[arg(long, value_name = "TIME", default_value = "now")]
    as_of: String,

    /// Do it
    #[arg(long)]
    apply: bool,

    /// How long to wait for a process that has a replaced log open, as in 10s or 5m
    #[arg(long, value_name = "TIME", default_value = "10s")]
    wait: String,

    /// How to print the answer
    #[arg(long, value_name = "FORMAT", default_value = "table", value_parser = ["table", "json"])]
    format: String,

    /// The place whose clocks showed times without an offset, as in Europe/Berlin
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    assume_tz: String,

    /// Leave lines longer than this unread, and where they are
    #[arg(
        long,
        value_name = "SIZE",
        default_value = "16MiB",
        hide_short_help = true
    )]
    max_line: String,

    /// Refuse a compressed log that expands to more than this many times its size
    #[arg(long, value_name = "TIMES", default_value_t = Reading::MAX_EXPAND, value_parser = clap::value_parser!(u64).range(1..), hide_short_help = true)]
    max_expand: u64,
}

/// Prunes the logs, or says what would go, and prints the answer.
pub(super) fn run(
    args: &PruneArgs,
    Session {
        terminal,
        watch,
        out,
        err,
    }: Session<'_>,
) -> Result<Exit, Failure> {
    let policy = policy(args)?;
    let wait = length(&args.wait).map_err(|wrong| wrong.of("--wait", &args.wait))?;
    let max_line = size("--max-line", &args.max_line)?;
    let (files, remarks) = files(&args.paths)?;
    let watch = Arc::new(watch().unwrap_or_default());
    for remark in &remarks {
        say(err, "warning", remark);
    }
    let how = How {
        policy,
        assume: zone("--assume-tz", &args.assume_tz)?,
        max_line,
        max_expand: args.max_expand,
        wait,
        is_rotated: inputs::is_rotated,
        watch: &watch,
    };
    let mut answer = Answer::new(policy, args.apply);
    let mut exit = Exit::Done;
    let mut files = files.into_iter();
    while let Some(file) = files.next() {
        if watch.is_stopped() {
            let left = files.len() + 1;
            let what = format!("interrupted: logs that were not looked at: {left}");
            say(err, "warning", &what);
            exit = worse(exit, Exit::Incomplete);
            break;
        }
        let (path, result) = match file {
            Ok(path) if args.apply => {
                let result = retain::prune(&path, &how);
                (path, result)
            }
            Ok(path) => {
                let result = retain::preview(&path, &how);
                (path, result)
            }
            Err((path, what)) => {
                let writing = false;
                (path, Err(Trouble { what, writing }))
            }
        };
        let name = path.display().to_string();
        exit = worse(exit, tell(&name, &result, args.apply, err));
        answer.rows.push(Row { name, result });
    }
    answer.print(&args.format, terminal, out)?;
    Ok(exit)
}

/// Says what went wrong with a log, and what it means for the exit code.
fn tell(name: &str, result: &Result<Pruned, Trouble>, applied: bool, err: &mut dyn Write) -> Exit {
    match result {
        Ok(pruned) => {
            for what in &pruned.unfinished {
                say(err, "warning", &format!("{}: {what}", Visible(name)));
            }
            match pruned.unfinished.is_empty() || !applied {
                true => Exit::Done,
                false => Exit::Incomplete,
            }
        }
        Err(trouble) => {
            let what = Visible(&trouble.what);
            say(err, "error", &format!("{}: {what}", Visible(name)));
            match trouble.writing {
                true => Exit::Fault,
                false => Exit::Incomplete,
            }
        }
    }
}

fn worse(one: Exit, other: Exit) -> Exit {
    if other as u8 > one as u8 { other } else { one }
}

fn policy(args: &PruneArgs) -> Result<Policy, Failure> {
    let older_than = age("--older-than", &args.older_than)?;
    let keep = args.keep_security.as_deref();
    let keep = keep.map(|text| age("--keep-security", text)).transpose()?;
    if let (Some(keep), Some(text)) = (keep, &args.keep_security)
        && keep < older_than
    {
        return Err(Failure::Usage(format!(
            "--keep-security {text} is shorter than --older-than {}; security events are kept as long as others, or longer",
            args.older_than
        )));
    }
    let now = Timestamp::now();
    let as_of =
        time(&args.as_of, Zone::UTC, now).map_err(|wrong| wrong.of("--as-of", &args.as_of))?;
    // Of a date, its first moment.
    let (as_of, _) = as_of;
    // A minute's grace for clocks that differ.
    let later = as_of.nanos_since(now) > Duration::from_secs(60).as_nanos() as i128;
    if args.apply && later {
        return Err(Failure::Usage(format!(
            "--as-of {:?} is in the future: with --apply, events would go that are not old enough yet",
            args.as_of
        )));
    }
    Ok(Policy::new(as_of, older_than, keep))
}

/// An age. Less than an hour is a slip: `3m` are minutes here, and months elsewhere.
fn age(flag: &str, text: &str) -> Result<Duration, Failure> {
    const LEAST: Duration = Duration::from_secs(3600);
    let found = length(text).and_then(|age| match age < LEAST {
        true => Err(Wrong::all(
            text,
            "this is less than an hour, and that is the least; write months in days, as in 90d",
        )),
        false => Ok(age),
    });
    found.map_err(|wrong| wrong.of(flag, text))
}
