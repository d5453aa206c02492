//! Ages and times, as people write them.

use std::time::Duration;

use super::super::Failure;
use crate::event::Timestamp;

const SECOND: u64 = 1;
const MINUTE: u64 = 60;
const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

/// Units of ages. `m` is none of them: nobody means minutes, and months have no length.
const AGES: &[(&str, u64)] = &[("h", HOUR), ("d", DAY), ("w", 7 * DAY), ("y", 365 * DAY)];

/// Units of waiting.
const WAITS: &[(&str, u64)] = &[("s", SECOND), ("m", MINUTE), ("h", HOUR)];

/// An age, as in `90d`; more than none.
pub(super) fn age(flag: &str, text: &str) -> Result<Duration, Failure> {
    let found = length(text, AGES).filter(|age| !age.is_zero());
    found.ok_or_else(|| {
        Failure::Usage(format!(
            "{flag} {text:?} is no age; write a whole number, more than 0, and h, d, w or y (365 days), as in 12h, 90d, 2w or \
             1y"
        ))
    })
}

/// A time to wait, as in `10s`.
pub(super) fn wait(text: &str) -> Result<Duration, Failure> {
    length(text, WAITS).ok_or_else(|| {
        Failure::Usage(format!(
            "--wait {text:?} is no time; write a whole number and s, m or h, as in 10s or 5m"
        ))
    })
}

fn length(text: &str, units: &[(&str, u64)]) -> Option<Duration> {
    let digits = text.trim_end_matches(|character: char| !character.is_ascii_digit());
    let (_, unit) = units
        .iter()
        .find(|(name, _)| *name == &text[digits.len()..])?;
    let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = all_digits.then(|| digits.parse().ok())??;
    Some(Duration::from_secs(number.checked_mul(*unit)?))
}

/// A point in time: `now`, a date, or whatever a log may have.
pub(super) fn time(flag: &str, text: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    if text == "now" {
        return Ok(now);
    }
    let midnight = || match text.len() {
        10 => Timestamp::parse(&format!("{text}T00:00:00Z")),
        _ => None,
    };
    Timestamp::parse(text).or_else(midnight).ok_or_else(|| {
        Failure::Usage(format!(
            "{flag} {text:?} is no time; write now, a date as in 2025-01-06 (its first moment, UTC), or a time as in \
             2025-01-06T08:00:00Z"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_a_whole_number_and_a_unit() {
        let seconds = |text| age("--older-than", text).ok().map(|age| age.as_secs());
        for (text, expected) in [
            ("12h", Some(12 * HOUR)),
            ("90d", Some(90 * DAY)),
            ("2w", Some(14 * DAY)),
            ("1y", Some(365 * DAY)),
            ("007d", Some(7 * DAY)),
            ("99999999999999999999d", None),
            ("18446744073709551615y", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
        for text in [
            "", "d", "90", "0d", "90D", "90 d", "-1d", "+1d", "1.5d", "1m", "1d1d", "٣d", "90dd",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn a_date_is_its_first_moment() {
        let now = Timestamp::new(5, 0).unwrap();
        let parsed = |text| time("--as-of", text, now).ok();
        assert_eq!(parsed("now"), Some(now));
        let midnight = Timestamp::parse("2025-01-06T00:00:00Z");
        assert_eq!(parsed("2025-01-06"), midnight);
        assert_eq!(parsed("2025-01-06T00:00:00Z"), midnight);
        assert_eq!(parsed("1736121600"), midnight);
        for text in ["", "yesterday", "2025-13-01", "2025-02-30", "06.01.2025"] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }
}
