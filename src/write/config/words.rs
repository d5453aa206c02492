//! Words of settings that are more than one of a list: sizes, durations, how to rotate, what to keep.
//!
//! ```text
//! METRICS_MAX_WAIT=50ms           METRICS_ROTATE=64MiB,daily          METRICS_KEEP=14 files,2GiB,90d
//! ```

use std::str::FromStr;
use std::time::Duration;

/// When a log begins anew: at a size, each hour, each day, or whichever comes first. Hours and days are of UTC, by the
/// time of the events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotate {
    pub(crate) bytes: Option<u64>,
    pub(crate) every: Option<Period>,
}

/// How often a log begins anew by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Period {
    Hour,
    Day,
}

impl Rotate {
    /// Before a file would grow beyond so many bytes. A file holds one line at least.
    pub fn bytes(bytes: u64) -> Rotate {
        Rotate::default().or_bytes(bytes)
    }

    /// At the first event of each hour.
    pub fn hourly() -> Rotate {
        Rotate {
            every: Some(Period::Hour),
            ..Rotate::default()
        }
    }

    /// At the first event of each day.
    pub fn daily() -> Rotate {
        Rotate {
            every: Some(Period::Day),
            ..Rotate::default()
        }
    }

    /// And before a file would grow beyond so many bytes.
    #[must_use]
    pub fn or_bytes(self, bytes: u64) -> Rotate {
        Rotate {
            bytes: Some(bytes),
            ..self
        }
    }
}

/// Which rotated files stay; every limit that is given counts. The file that is written to always stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    pub(crate) files: Option<u64>,
    pub(crate) bytes: Option<u64>,
    pub(crate) age: Option<Duration>,
}

impl Keep {
    /// So many rotated files at most, the newest.
    pub fn files(files: u64) -> Keep {
        Keep {
            files: Some(files),
            ..Keep::default()
        }
    }

    /// And rotated files of so many bytes together at most.
    #[must_use]
    pub fn and_bytes(self, bytes: u64) -> Keep {
        Keep {
            bytes: Some(bytes),
            ..self
        }
    }

    /// And none whose last event is older.
    #[must_use]
    pub fn and_age(self, age: Duration) -> Keep {
        Keep {
            age: Some(age),
            ..self
        }
    }

    /// Whether everything stays.
    pub(crate) fn is_everything(self) -> bool {
        self == Keep::default()
    }
}

/// A word that is none of those that are allowed; the setting it was given for says which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meaningless;

impl std::fmt::Display for Meaningless {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not a word of this setting")
    }
}

impl std::error::Error for Meaningless {}

/// What [`Rotate`] is made of, in words.
pub(super) const ROTATE_WORDS: &str =
    "a size such as 64MiB, hourly, daily, or a size and one of them with a comma, or off";
/// What [`Keep`] is made of, in words.
pub(super) const KEEP_WORDS: &str = "a number of files such as \"14 files\", a size such as 2GiB, an age such as 90d, or several with commas";
/// What a wait is, in words.
pub(super) const WAIT_WORDS: &str = "a duration such as 50ms or 2s, up to 1h";

/// `64MiB`, `hourly`, `daily`, `64MiB,daily`, `off`.
impl FromStr for Rotate {
    type Err = Meaningless;

    fn from_str(text: &str) -> Result<Rotate, Meaningless> {
        let mut rotate = Rotate::default();
        if is(text, "off") {
            return Ok(rotate);
        }
        for word in text.split(',').map(str::trim) {
            let period = match () {
                () if is(word, "hourly") => Some(Period::Hour),
                () if is(word, "daily") => Some(Period::Day),
                () => None,
            };
            match period {
                Some(period) => set_once(&mut rotate.every, period)?,
                None => set_once(
                    &mut rotate.bytes,
                    size(word).filter(|bytes| *bytes > 0).ok_or(Meaningless)?,
                )?,
            }
        }
        Ok(rotate)
    }
}

/// `14 files`, `2GiB`, `90d`, or several with commas.
impl FromStr for Keep {
    type Err = Meaningless;

    fn from_str(text: &str) -> Result<Keep, Meaningless> {
        let mut keep = Keep::default();
        for word in text.split(',').map(str::trim) {
            if let Some(files) = word
                .strip_suffix("files")
                .or_else(|| word.strip_suffix("file"))
            {
                let files = files.trim_end().parse().map_err(|_| Meaningless)?;
                set_once(&mut keep.files, files)?;
            } else if let Some(bytes) = size(word) {
                set_once(&mut keep.bytes, bytes)?;
            } else {
                set_once(&mut keep.age, duration(word).ok_or(Meaningless)?)?;
            }
        }
        Ok(keep)
    }
}

fn is(word: &str, other: &str) -> bool {
    word.eq_ignore_ascii_case(other)
}

/// The same thing said twice is a mistake, not a choice.
fn set_once<T>(place: &mut Option<T>, value: T) -> Result<(), Meaningless> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(Meaningless),
    }
}

/// Splits at the end of the digits.
fn number(word: &str) -> Option<(u64, &str)> {
    let end = word
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(word.len());
    Some((word[..end].parse().ok()?, word[end..].trim_start()))
}

/// Bytes: `64MiB`, `2GiB`, `500000B`; units are powers of 1024.
fn size(word: &str) -> Option<u64> {
    let (number, unit) = number(word)?;
    let shift = ["B", "KiB", "MiB", "GiB", "TiB"]
        .iter()
        .position(|known| is(known, unit))?;
    number.checked_mul(1 << (10 * shift))
}

/// `50ms`, `2s`, `15m`, `12h`, `90d`.
fn duration(word: &str) -> Option<Duration> {
    let (number, unit) = number(word)?;
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(millis).map(Duration::from_millis)
}

/// A wait: at most an hour, which nobody will wait for, and which every clock can count.
pub(super) fn wait(word: &str) -> Option<Duration> {
    duration(word).filter(|wait| *wait <= Duration::from_secs(3_600))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_a_rotation_is_understood_and_no_other() {
        let parse = |text: &str| text.parse::<Rotate>();
        assert_eq!(parse("off"), Ok(Rotate::default()));
        assert_eq!(parse("64MiB"), Ok(Rotate::bytes(64 << 20)));
        assert_eq!(parse("Daily"), Ok(Rotate::daily()));
        assert_eq!(
            parse("hourly, 1 GiB"),
            Ok(Rotate::hourly().or_bytes(1 << 30))
        );
        for wrong in [
            "",
            "0MiB",
            "64",
            "64MB",
            "weekly",
            "daily,hourly",
            "1MiB,2MiB",
            "64MiB,",
            "-1MiB",
            "20000000TiB",
        ] {
            assert_eq!(parse(wrong), Err(Meaningless), "{wrong}");
        }
    }

    #[test]
    fn every_word_of_keeping_is_understood_and_no_other() {
        let parse = |text: &str| text.parse::<Keep>();
        let days = |days: u64| Duration::from_secs(days * 86_400);
        assert_eq!(parse("14 files"), Ok(Keep::files(14)));
        assert_eq!(parse("1 file"), Ok(Keep::files(1)));
        assert_eq!(parse("2GiB"), Ok(Keep::default().and_bytes(2 << 30)));
        assert_eq!(
            parse("0files,2GiB,90d"),
            Ok(Keep::files(0).and_bytes(2 << 30).and_age(days(90)))
        );
        for wrong in ["", "14", "files", "-1 files", "2GB", "90 days", "90d,1d"] {
            assert_eq!(parse(wrong), Err(Meaningless), "{wrong}");
        }
    }

    #[test]
    fn a_wait_has_a_unit_and_an_end() {
        assert_eq!(wait("50ms"), Some(Duration::from_millis(50)));
        assert_eq!(wait("0ms"), Some(Duration::ZERO));
        assert_eq!(wait("1h"), Some(Duration::from_secs(3_600)));
        for wrong in ["", "50", "ms", "61m", "5 minutes", "99999999999999999999d"] {
            assert_eq!(wait(wrong), None, "{wrong}");
        }
    }
}
