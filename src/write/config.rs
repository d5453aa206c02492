//! Settings: words of the environment become values here, once.
//!
//! Nothing here reads the environment itself: variables come through a function, so that tests set none.

mod words;

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::privacy::Personal;
#[cfg(feature = "http")]
use super::sink::http::Target;
use crate::error::{Error, ErrorKind};

pub(crate) use words::Period;
use words::{KEEP_WORDS, ROTATE_WORDS, WAIT_WORDS, wait};
pub use words::{Keep, Meaningless, Rotate};

/// Where events go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Lines of text for a person, on stdout.
    #[default]
    Console,
    /// JSON Lines, appended to a file.
    File,
    /// The file, then the console.
    Both,
    /// Nowhere.
    None,
}

/// When a call that emits an event returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// When the operating system has the line: it survives whatever happens to the process, `kill -9` included. The call takes
    /// as long as the system's `write` does: a console that stands still, or a pipe nobody reads, holds it up.
    #[default]
    Write,
    /// When the line is in a queue in memory, from which a thread writes many at once. It survives everything but a hard
    /// kill. A full queue makes the call wait, [`max_wait`](crate::Builder::max_wait) at most; then the event is dropped and
    /// counted.
    Async,
    /// When the disk has the line, or [`max_wait`](crate::Builder::max_wait) has passed: it survives a power loss. Calls that
    /// wait at the same time share one `fdatasync`.
    Durable,
}

/// Whether console lines are coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Colour {
    #[default]
    Never,
    OnTerminal,
    Always,
}

/// What the environment says; what it does not say is `None`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Config {
    pub(crate) enabled: Option<bool>,
    pub(crate) format: Option<Format>,
    pub(crate) path: Option<PathBuf>,
    pub(crate) delivery: Option<Delivery>,
    pub(crate) max_wait: Option<Duration>,
    pub(crate) rotate: Option<Rotate>,
    pub(crate) keep: Option<Keep>,
    pub(crate) pseudonymize: Option<Vec<Personal>>,
    pub(crate) seal: Option<bool>,
    pub(crate) key_file: Option<PathBuf>,
    pub(crate) service: Option<String>,
    pub(crate) colour: Colour,
    #[cfg(feature = "http")]
    pub(crate) endpoint: Option<Target>,
}

/// The file of `METRICS_FORMAT=file` and `both` when nothing names one.
pub(crate) const DEFAULT_PATH: &str = "./logs/metrics.jsonl";

const ENABLED: &str = "METRICS_ENABLED";
const FORMAT: &str = "METRICS_FORMAT";
const FILE_PATH: &str = "METRICS_FILE_PATH";
const ENDPOINT: &str = "METRICS_ENDPOINT";
const DELIVERY: &str = "METRICS_DELIVERY";
const MAX_WAIT: &str = "METRICS_MAX_WAIT";
const ROTATE: &str = "METRICS_ROTATE";
const KEEP: &str = "METRICS_KEEP";
pub(crate) const PSEUDONYMIZE: &str = "METRICS_PSEUDONYMIZE";
pub(crate) const SEAL: &str = "METRICS_SEAL";
pub(crate) const KEY_FILE: &str = "METRICS_KEY_FILE";
const SERVICE: &str = "METRICS_SERVICE";

/// `METRICS_MAX_WAIT` when nothing says another.
pub(crate) const DEFAULT_MAX_WAIT: Duration = Duration::from_millis(50);

/// Words of a setting, each with what it means.
type Words<T> = [(&'static str, T)];

const SWITCHES: &Words<bool> = &[
    ("true", true),
    ("false", false),
    ("1", true),
    ("0", false),
    ("yes", true),
    ("no", false),
    ("on", true),
    ("off", false),
];
const SWITCH_WORDS: &str = "true, false, 1, 0, yes, no, on, off";
const FORMATS: &Words<Format> = &[
    ("console", Format::Console),
    ("file", Format::File),
    ("both", Format::Both),
    ("none", Format::None),
];
const DELIVERIES: &Words<Delivery> = &[
    ("async", Delivery::Async),
    ("write", Delivery::Write),
    ("durable", Delivery::Durable),
];

impl Config {
    /// Reads the settings through `lookup`, which gives the value of a variable. An empty variable is not set.
    ///
    /// # Errors
    /// If a variable has a value that means nothing.
    pub(crate) fn read(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Config, Error> {
        let lookup = |name: &str| lookup(name).filter(|value| !value.is_empty());
        #[cfg(not(feature = "http"))]
        if lookup(ENDPOINT).is_some() {
            return Err(no_endpoint());
        }
        Ok(Config {
            enabled: word(ENABLED, lookup(ENABLED), SWITCHES, SWITCH_WORDS)?,
            format: word(FORMAT, lookup(FORMAT), FORMATS, "console, file, both, none")?,
            path: lookup(FILE_PATH).map(PathBuf::from),
            #[cfg(feature = "http")]
            endpoint: lookup(ENDPOINT)
                .map(|url| Target::parse(&url))
                .transpose()?,
            delivery: word(
                DELIVERY,
                lookup(DELIVERY),
                DELIVERIES,
                "async, write, durable",
            )?,
            max_wait: parsed(MAX_WAIT, lookup(MAX_WAIT), wait, WAIT_WORDS)?,
            rotate: parsed(ROTATE, lookup(ROTATE), from_str, ROTATE_WORDS)?,
            pseudonymize: parsed(
                PSEUDONYMIZE,
                lookup(PSEUDONYMIZE),
                Personal::list,
                "userId, email, ip, or several with commas",
            )?,
            seal: word(SEAL, lookup(SEAL), SWITCHES, SWITCH_WORDS)?,
            key_file: lookup(KEY_FILE).map(PathBuf::from),
            service: parsed(SERVICE, lookup(SERVICE), from_str, "a text of UTF-8")?,
            keep: parsed(KEEP, lookup(KEEP), from_str, KEEP_WORDS)?,
            colour: colour(lookup),
        })
    }
}

/// An endpoint is asked for, and this build has none. The URL may hold a password: it is not shown.
#[cfg(not(feature = "http"))]
#[cold]
fn no_endpoint() -> Error {
    ErrorKind::Setting {
        variable: ENDPOINT,
        value: "…".into(),
        allowed: "(nothing: this program was built without the feature `http`)",
    }
    .into()
}

/// The meaning of a word, in whatever case.
fn word<T: Copy>(
    variable: &'static str,
    value: Option<OsString>,
    words: &Words<T>,
    allowed: &'static str,
) -> Result<Option<T>, Error> {
    let Some(value) = value else {
        return Ok(None);
    };
    let known = value.to_str().and_then(|text| {
        words
            .iter()
            .find(|(word, _)| word.eq_ignore_ascii_case(text))
    });
    match known {
        Some(&(_, meaning)) => Ok(Some(meaning)),
        None => Err(ErrorKind::Setting {
            variable,
            value,
            allowed,
        }
        .into()),
    }
}

/// The meaning of a value that is no single word.
fn parsed<T>(
    variable: &'static str,
    value: Option<OsString>,
    parse: impl Fn(&str) -> Option<T>,
    allowed: &'static str,
) -> Result<Option<T>, Error> {
    let Some(value) = value else {
        return Ok(None);
    };
    match value.to_str().and_then(parse) {
        Some(meaning) => Ok(Some(meaning)),
        None => Err(ErrorKind::Setting {
            variable,
            value,
            allowed,
        }
        .into()),
    }
}

fn from_str<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

/// `NO_COLOR` (no-color.org) beats `CLICOLOR_FORCE` (bixense.com/clicolors), which beats the terminal.
fn colour(lookup: impl Fn(&str) -> Option<OsString>) -> Colour {
    if lookup("NO_COLOR").is_some() {
        Colour::Never
    } else if lookup("CLICOLOR_FORCE").is_some_and(|value| value != "0") {
        Colour::Always
    } else {
        Colour::OnTerminal
    }
}

#[cfg(test)]
mod tests;
