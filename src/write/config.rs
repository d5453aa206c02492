//! Settings: words of the environment become values here, once.
//!
//! Nothing here reads the environment itself: variables come through a function, so that tests set none.

use std::ffi::OsString;
use std::path::PathBuf;

#[cfg(feature = "http")]
use super::sink::http::Target;
use crate::error::{Error, ErrorKind};

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
const FORMATS: &Words<Format> = &[
    ("console", Format::Console),
    ("file", Format::File),
    ("both", Format::Both),
    ("none", Format::None),
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
            enabled: word(
                ENABLED,
                lookup(ENABLED),
                SWITCHES,
                "true, false, 1, 0, yes, no, on, off",
            )?,
            format: word(FORMAT, lookup(FORMAT), FORMATS, "console, file, both, none")?,
            path: lookup(FILE_PATH).map(PathBuf::from),
            #[cfg(feature = "http")]
            endpoint: lookup(ENDPOINT)
                .map(|url| Target::parse(&url))
                .transpose()?,
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
