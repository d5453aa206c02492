//! `authmeter log`: the writer, for shell scripts.
//!
//! One event from the words of the command line, with the settings of the environment, through the same writer that
//! applications link: the same bytes. The outcome is what is asked for and nothing else, so that a line never says more
//! than the script knows; a name that states an outcome states it to the reader.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::ops::Range;
use std::time::Duration;

use clap::{ArgMatches, Args, FromArgMatches};

use super::wrong::Wrong;
use super::{Exit, Failure, say};
use crate::error::{Error, ErrorKind};
use crate::event::{Fields, MetaValue};
use crate::write::{Builder, Metrics};

/// What `--help` says after the options.
pub(super) const DETAILS: &str = "\
Settings come from the environment, as for every program that links the writer:
  METRICS_ENABLED    true or false [default: true]
  METRICS_FORMAT     console, file, both or none [default: console]
  METRICS_FILE_PATH  the file [default: ./logs/metrics.jsonl]
  METRICS_DELIVERY   write, async or durable: durable waits until the disk has the event [default: write]
  METRICS_MAX_WAIT   how long durable may wait [default: 50ms]
  METRICS_ROTATE, METRICS_KEEP, METRICS_PSEUDONYMIZE, METRICS_SEAL, METRICS_KEY_FILE, METRICS_SERVICE: see the README

Values of names that say secret (password, token, code, …) are masked.

Any number of processes may append to one file: a line is one write. Arguments can be seen by other users of the \
machine while the command runs: do not pass passwords, codes or tokens.

Examples:
  authmeter log otp.sent --ok --email user@example.com
  authmeter log auth.login --fail 'Invalid code' --user user-123 method=otp attempts=3
  authmeter log token.refresh --ok --user user-123 --text tokenId=0042 clientId=web-app

Exit codes: 0 the event is written, or writing is switched off; 2 wrong usage or a wrong setting, nothing is written; 4 the \
event is lost: its file cannot be opened, the disk is full, or nobody reads the console.";

/// Words of `authmeter log`.
#[derive(Args, Clone, Debug)]
pub(super) struct LogArgs {
    /// What happened, as in auth.login or token.refresh; any name will do
    event: OsString,

    /// Further pairs, kept in their order
    ///
    /// VALUE is written as true, false or a number if it is one exactly as the writer
    /// writes it (3, -1, 0.25, not 007 or 3.10), and as text otherwise.
    #[arg(value_name = "KEY=VALUE")]
    pairs: Vec<OsString>,

    /// It worked
    #[arg(long, conflicts_with = "fail")]
    ok: bool,

    /// It failed, and why; without this and --ok the line does not say how it ended
    #[arg(long, value_name = "REASON")]
    fail: Option<OsString>,

    /// The user's id
    #[arg(long, value_name = "ID")]
    user: Option<OsString>,

    /// The user's e-mail address
    #[arg(long, value_name = "ADDRESS")]
    email: Option<OsString>,

    /// A pair whose value is text whatever it looks like; repeatable
    #[arg(long, value_name = "KEY=VALUE")]
    text: Vec<OsString>,

    /// Places of the pairs and of the texts among all words.
    #[arg(skip)]
    places: [Vec<usize>; 2],
}

impl LogArgs {
    pub(super) fn parse(matches: &ArgMatches) -> Result<LogArgs, clap::Error> {
        let args = LogArgs::from_arg_matches(matches)?;
        let places =
            ["pairs", "text"].map(|name| matches.indices_of(name).into_iter().flatten().collect());
        Ok(LogArgs { places, ..args })
    }
}

/// How long an event may take, where the settings have it go through a queue.
const WAIT: Duration = Duration::from_secs(5);

/// Writes the event.
pub(super) fn run(args: &LogArgs, err: &mut dyn Write) -> Result<Exit, Failure> {
    // Bytes that are no UTF-8 become U+FFFD, as the reader has them: an event is not lost for one of them.
    let text = |word: &OsString| word.to_string_lossy().into_owned();
    let (event, fail) = (text(&args.event), args.fail.as_ref().map(text));
    let (user, email) = (args.user.as_ref().map(text), args.email.as_ref().map(text));
    if event.is_empty() {
        let what = "the event has no name; write it as in `authmeter log auth.login --ok`";
        return Err(Failure::Usage(what.to_owned()));
    }
    let pairs = pairs(args)?;
    let fields = Fields::default()
        .user(user.as_deref().unwrap_or_default())
        .email(email.as_deref().unwrap_or_default());
    let fields = pairs.iter().fold(fields, |fields, pair| {
        let value = match pair.as_text {
            true => MetaValue::Text(&pair.value),
            false => typed(&pair.value),
        };
        fields.meta(&pair.key, value)
    });

    let metrics = Metrics::builder()
        .from_env()
        .and_then(Builder::build)
        .map_err(refused)?;
    match (args.ok, &fail) {
        (true, _) => metrics.track_success(&event, fields),
        (false, Some(reason)) => metrics.track_failure(&event, reason, fields),
        (false, None) => metrics.track(&event, fields),
    }
    let written = metrics.shutdown(WAIT);
    let stats = metrics.stats();
    if written.lost > 0 {
        let why = metrics.first_loss().map(Error::to_string);
        let why = why.unwrap_or_else(|| "it was not written".to_owned());
        return Err(Failure::Fault(format!("the event is lost: {why}")));
    }
    if stats.console_dropped > 0 {
        let what = "the console does not show the event; the file has it";
        say(err, "warning", what);
    }
    Ok(Exit::Done)
}

/// A wrong setting is wrong usage; a file that cannot be opened is nowhere to write to.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it is what `map_err` is given"
)]
fn refused(error: Error) -> Failure {
    match error.kind() {
        ErrorKind::Setting { .. } => Failure::Usage(error.to_string()),
        _ => Failure::Fault(format!("the event is lost: {error}")),
    }
}

struct Pair {
    key: String,
    value: String,
    as_text: bool,
}

/// The pairs in the order they were given.
fn pairs(args: &LogArgs) -> Result<Vec<Pair>, Failure> {
    let [plain, text] = &args.places;
    let placed = |places: &[usize], words: &[OsString], as_text| -> Vec<(usize, OsString, bool)> {
        let words = words.iter().cloned();
        let placed = places.iter().copied().zip(words);
        placed.map(|(place, word)| (place, word, as_text)).collect()
    };
    let mut words = placed(plain, &args.pairs, false);
    words.extend(placed(text, &args.text, true));
    words.sort();
    let mut pairs: Vec<Pair> = Vec::new();
    for (_, word, as_text) in words {
        let pair = pair(&word, as_text)?;
        if pairs.iter().any(|known| known.key == pair.key) {
            let what = "this key is there twice; give each key once";
            return Err(wrong(0..pair.key.len(), what).of(WORDS, &word.to_string_lossy()));
        }
        pairs.push(pair);
    }
    Ok(pairs)
}

/// Splits at the first `=`; the value may have others.
fn pair(word: &OsStr, as_text: bool) -> Result<Pair, Failure> {
    let text = word.to_string_lossy();
    let wrong = |at: usize, what: &str| Err(wrong(at..at, what).of(WORDS, &text));
    match text.split_once('=') {
        Some(("", _)) => wrong(0, "a key belongs here; write it as in attempts=3"),
        Some((key, value)) => Ok(Pair {
            key: key.to_owned(),
            value: value.to_owned(),
            as_text,
        }),
        None => wrong(
            text.len(),
            "a `=` belongs here; write pairs as in attempts=3, and quote what has blanks, as in --fail 'Invalid code'",
        ),
    }
}

/// What errors call a pair.
const WORDS: &str = "KEY=VALUE";

fn wrong(at: Range<usize>, what: &str) -> Wrong {
    let what = what.to_owned();
    Wrong { at, what }
}

/// The value a text is exactly: what is written for it is the same text.
fn typed(text: &str) -> MetaValue<'_> {
    let float = |text: &str| {
        let number: f64 = text.parse().ok()?;
        (number.is_finite() && format!("{number:?}") == text).then_some(number)
    };
    match text {
        "true" => MetaValue::Bool(true),
        "false" => MetaValue::Bool(false),
        _ => match (text.parse::<i64>(), text.parse::<u64>(), float(text)) {
            (Ok(number), _, _) if number.to_string() == text => MetaValue::Int(number),
            (_, Ok(number), _) if number.to_string() == text => MetaValue::Uint(number),
            (_, _, Some(number)) => MetaValue::Float(number),
            _ => MetaValue::Text(text),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use MetaValue::{Bool, Float, Int, Text, Uint};

    #[test]
    fn a_value_is_a_number_only_where_it_is_written_back_the_same() {
        for (text, value) in [
            ("true", Bool(true)),
            ("false", Bool(false)),
            ("0", Int(0)),
            ("-1", Int(-1)),
            ("9223372036854775807", Int(i64::MAX)),
            ("18446744073709551615", Uint(u64::MAX)),
            ("0.25", Float(0.25)),
            ("-3.5", Float(-3.5)),
            ("3.0", Float(3.0)),
            ("1e300", Float(1e300)),
        ] {
            assert_eq!(typed(text), value);
        }
        for text in [
            "",
            "True",
            "null",
            "007",
            "-0",
            "+1",
            "1e3",
            "3.10",
            "3.",
            ".5",
            "NaN",
            "inf",
            " 1",
            "1 ",
            "18446744073709551616",
            "0.1000000000000000055",
            "1_000",
            "٣",
            "\"3\"",
        ] {
            assert_eq!(typed(text), Text(text));
        }
    }
}
