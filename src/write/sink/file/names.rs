//! Names of files the log left behind: `auth.jsonl` becomes `auth-20250115T235958Z.jsonl`, by the time of its latest event,
//! and `auth-20250115T235958Z-1.jsonl` where that name is taken. Names sort by time, and the analyzer reads them in that
//! order.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::event::Timestamp;

/// What the names of one log have in common.
pub(super) struct Family {
    stem: OsString,
    /// With its dot, or empty.
    extension: OsString,
}

/// When a file was left behind, as its name says it, and which of those of that second it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stamp {
    pub(super) time: Timestamp,
    pub(super) count: u32,
}

impl Family {
    pub(super) fn of(path: &Path) -> Family {
        let mut extension = OsString::new();
        if let Some(text) = path.extension() {
            extension.push(".");
            extension.push(text);
        }
        Family {
            stem: path.file_stem().unwrap_or_default().to_owned(),
            extension,
        }
    }

    pub(super) fn name(&self, stamp: Stamp) -> OsString {
        let mut name = self.stem.clone();
        name.push("-");
        name.push(time_text(stamp.time));
        if stamp.count > 0 {
            name.push(format!("-{}", stamp.count));
        }
        name.push(&self.extension);
        name
    }

    /// The stamp of a name, if it is exactly one that [`name`](Family::name) gives.
    pub(super) fn stamp(&self, name: &OsStr) -> Option<Stamp> {
        let bytes = name.as_encoded_bytes();
        let middle = bytes
            .strip_prefix(self.stem.as_encoded_bytes())?
            .strip_prefix(b"-")?
            .strip_suffix(self.extension.as_encoded_bytes())?;
        let middle = std::str::from_utf8(middle).ok()?;
        let (time, count) = match middle.split_once('-') {
            Some((time, count)) => (time, count.parse().ok()?),
            None => (middle, 0),
        };
        let stamp = Stamp {
            time: parse_time(time)?,
            count,
        };
        // Leading zeros, a sign, a count of zero: not ours.
        (self.name(stamp) == name).then_some(stamp)
    }
}

/// `20250115T235958Z`.
fn time_text(time: Timestamp) -> String {
    let text = time.to_millis_text();
    let digits = text[..19].iter().filter(|byte| !b"-:".contains(byte));
    digits.map(|byte| char::from(*byte)).chain(['Z']).collect()
}

fn parse_time(text: &str) -> Option<Timestamp> {
    let places = [0..4, 4..6, 6..8, 9..11, 11..13, 13..15];
    let [year, month, day, hour, minute, second] = places.map(|place| text.get(place));
    let text = format!(
        "{}-{}-{}T{}:{}:{}Z",
        year?, month?, day?, hour?, minute?, second?
    );
    Timestamp::parse(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(time: &str, count: u32) -> Stamp {
        let time = Timestamp::parse(time).unwrap();
        Stamp { time, count }
    }

    #[test]
    fn a_name_says_when_and_sorts_so() {
        let family = Family::of(Path::new("logs/auth.jsonl"));
        let late = stamp("2025-01-15T23:59:58.999Z", 0);
        assert_eq!(family.name(late), "auth-20250115T235958Z.jsonl");
        let second = Stamp { count: 1, ..late };
        assert_eq!(family.name(second), "auth-20250115T235958Z-1.jsonl");
        let bare = Family::of(Path::new("auth"));
        assert_eq!(bare.name(second), "auth-20250115T235958Z-1");
        assert!(late < second && second < stamp("2025-01-16T00:00:00Z", 0));
    }

    #[test]
    fn only_names_of_the_same_log_are_read_back() {
        let family = Family::of(Path::new("auth.jsonl"));
        let name = |text: &str| family.stamp(OsStr::new(text));
        let time = "2025-01-15T23:59:58Z";
        assert_eq!(name("auth-20250115T235958Z.jsonl"), Some(stamp(time, 0)));
        assert_eq!(
            name("auth-20250115T235958Z-12.jsonl"),
            Some(stamp(time, 12))
        );
        for other in [
            "auth.jsonl",
            "auth-20250115T235958Z.jsonl.gz",
            "auth-20250115T235958Z",
            "auth-20250115T235958Z-0.jsonl",
            "auth-20250115T235958Z-01.jsonl",
            "auth-20250115T235958Z-+1.jsonl",
            "auth-20250115T235958Z-1-1.jsonl",
            "auth-20250115T235958.jsonl",
            "auth-20250230T235958Z.jsonl",
            "auth-20250115 235958Z.jsonl",
            "auth-backup-20250115T235958Z.jsonl",
            "oauth-20250115T235958Z.jsonl",
            "auth-.jsonl",
        ] {
            assert_eq!(name(other), None, "{other}");
        }
    }
}
