//! Times and lengths of time, as people write them.
//!
//! A time is one of a log (RFC 3339, or seconds since 1970), or the start of one: `2025`, `2025-01`, `2025-01-15`,
//! `2025-01-15T10:30`; then `now`, `today`, `yesterday`. Without an offset it is what clocks of the chosen zone show. A
//! year, a month and a date are stretches of time. A length is a sum of numbers with units: `90s`, `24h`, `1d12h`.

use std::ops::Range;
use std::time::Duration;

use super::wrong::Wrong;
use crate::event::{Timestamp, days_from_civil};
use crate::zone::Zone;

/// From the first to the second; a point in time is both.
pub(super) type Stretch = (Timestamp, Timestamp);

const FORMS: &str =
    "write a time as in 2025-01-15, 2025-01-15T10:30, 2025-01-15T10:30:00+01:00 or 1736937000";

/// What a time means to somebody in `zone`, at `now`.
///
/// # Errors
///
/// What is wrong, and where.
pub(super) fn time(text: &str, zone: Zone, now: Timestamp) -> Result<Stretch, Wrong> {
    let today = zone.day(now.seconds());
    let days = |first, next| {
        let start = |day| Timestamp::new(zone.day_start(day), 0);
        let stretch = start(first).zip(start(next));
        stretch.ok_or_else(|| Wrong::all(text, "this is not in the years 1 to 9999"))
    };
    match text {
        "now" => return Ok((now, now)),
        "today" => return days(today, today + 1),
        "yesterday" => return days(today - 1, today),
        _ => {}
    }
    let mut parts = Parts { text, at: 0 };
    if !parts.begins_with_a_year() {
        return point(text, text.len());
    }
    let year = parts.number(4, 1..10_000, "year")?;
    if parts.is_over() {
        return days(days_from_civil(year, 1, 1), days_from_civil(year + 1, 1, 1));
    }
    parts.take(&['-'])?;
    let month = parts.number(2, 1..13, "month")?;
    if parts.is_over() {
        let next = year * 12 + month;
        let next = days_from_civil(next / 12, next % 12 + 1, 1);
        return days(days_from_civil(year, month, 1), next);
    }
    parts.take(&['-'])?;
    let first = days_from_civil(year, month, 1);
    let length = days_from_civil(year + month / 12, month % 12 + 1, 1) - first;
    let day = parts.number(2, 1..length + 1, "day")?;
    if parts.is_over() {
        return days(first + day - 1, first + day);
    }
    parts.take(&['T', 't', ' '])?;
    parts.number(2, 0..24, "hour")?;
    parts.take(&[':'])?;
    parts.number(2, 0..60, "minute")?;
    let minute = parts.at;
    let mut whole = text.to_owned();
    if parts.rest().starts_with(':') {
        parts.take(&[':'])?;
        parts.number(2, 0..61, "second")?;
    } else {
        whole.insert_str(minute, ":00");
    }
    let decimals = parts.rest().trim_start_matches('.');
    let zone_at = decimals.trim_start_matches(|c: char| c.is_ascii_digit());
    let known = text.len() - zone_at.len();
    let (time, _) = point(&whole, known + whole.len() - text.len()).map_err(|wrong| Wrong {
        at: parts.at..text.len(),
        ..wrong
    })?;
    if !zone_at.is_empty() {
        return Ok((time, time));
    }
    let local = Timestamp::new(zone.second_of(time.seconds()), time.subsec_nanos());
    let local = local.unwrap_or(time);
    Ok((local, local))
}

/// A time of a log; all is right up to a place.
fn point(text: &str, right: usize) -> Result<Stretch, Wrong> {
    let at = match Timestamp::parse(text) {
        Some(time) => return Ok((time, time)),
        None if right == text.len() => 0..text.len(),
        None => right..text.len(),
    };
    Err(Wrong {
        at,
        what: FORMS.to_owned(),
    })
}

/// The parts of a time, one after the other.
struct Parts<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parts<'a> {
    /// Seconds since 1970 are more than four digits.
    fn begins_with_a_year(&self) -> bool {
        let digits = self.text.bytes().take_while(u8::is_ascii_digit).count();
        digits == 4 && self.text[4..].chars().next().is_none_or(|next| next == '-')
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn is_over(&self) -> bool {
        self.rest().is_empty()
    }

    fn take(&mut self, expected: &[char]) -> Result<(), Wrong> {
        if !self.rest().starts_with(expected) {
            return Err(self.wrong(1, FORMS));
        }
        self.at += 1;
        Ok(())
    }

    /// A number of exactly so many digits.
    fn number(&mut self, digits: usize, allowed: Range<i64>, what: &str) -> Result<i64, Wrong> {
        let text = self.rest().get(..digits).unwrap_or_default();
        let number = text
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| text.parse::<i64>().ok())
            .flatten();
        let Some(number) = number else {
            return Err(self.wrong(
                digits,
                &format!("{digits} digits of the {what} belong here; {FORMS}"),
            ));
        };
        if !allowed.contains(&number) {
            let (first, last) = (allowed.start, allowed.end - 1);
            let what = format!("no such {what}: {first} to {last} are possible");
            return Err(self.wrong(digits, &what));
        }
        self.at += digits;
        Ok(number)
    }

    /// Something is wrong here, with so many characters.
    fn wrong(&self, characters: usize, what: &str) -> Wrong {
        let end = self.rest().char_indices().nth(characters);
        Wrong {
            at: self.at..end.map_or(self.text.len(), |(end, _)| self.at + end),
            what: what.to_owned(),
        }
    }
}

/// Units of a length of time, in milliseconds.
const UNITS: [(&str, u64); 10] = [
    ("ms", 1),
    ("s", 1000),
    ("m", 60_000),
    ("min", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
    ("day", 86_400_000),
    ("days", 86_400_000),
    ("w", 7 * 86_400_000),
    ("y", 365 * 86_400_000),
];

/// A length of time, a year being 365 days.
///
/// # Errors
///
/// What is wrong, and where.
pub(super) fn length(text: &str) -> Result<Duration, Wrong> {
    let mut millis = 0_u64;
    let mut at = 0;
    while at < text.len() || text.is_empty() {
        let rest = &text[at..];
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let number = rest[..digits].parse::<u64>();
        let unit = &rest[digits..];
        let unit = &unit[..unit
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(unit.len())];
        let wrong = |at: Range<usize>, what: &str| Wrong {
            at,
            what: format!("{what}; write a length as in 90s, 15m, 24h, 7d, 2w or 1d12h"),
        };
        if digits == 0 {
            return Err(wrong(at..text.len(), "a number belongs here"));
        }
        let place = at + digits..at + digits + unit.len();
        let Some((_, size)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            let what = match unit {
                "" => "a unit is missing",
                "mo" | "month" | "months" => "months are not all equally long",
                _ => "there is no such unit",
            };
            return Err(wrong(place, what));
        };
        let sum = number
            .ok()
            .and_then(|number| number.checked_mul(*size)?.checked_add(millis));
        // Ten thousand years.
        let most = 10_000 * 366 * 86_400_000;
        let Some(sum) = sum.filter(|sum| *sum <= most) else {
            return Err(wrong(at..place.end, "this is longer than any log"));
        };
        (millis, at) = (sum, place.end);
    }
    Ok(Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> Zone {
        Zone::named("Europe/Berlin").unwrap()
    }

    fn told(text: &str) -> String {
        let now = Timestamp::parse("2025-06-15T22:30:00Z").unwrap();
        match time(text, berlin(), now) {
            Ok((from, to)) if from == to => from.to_string(),
            Ok((from, to)) => format!("{from} {to}"),
            Err(wrong) => format!(
                "{:?} {}",
                &text[wrong.at],
                wrong.what.split(';').next().unwrap()
            ),
        }
    }

    #[test]
    fn a_time_is_a_point_or_a_stretch_on_clocks_of_the_zone() {
        for (text, expected) in [
            (
                "2025-01-15",
                "2025-01-14T23:00:00.000Z 2025-01-15T23:00:00.000Z",
            ),
            (
                "2025-03-30",
                "2025-03-29T23:00:00.000Z 2025-03-30T22:00:00.000Z",
            ),
            (
                "2025-12",
                "2025-11-30T23:00:00.000Z 2025-12-31T23:00:00.000Z",
            ),
            ("2024", "2023-12-31T23:00:00.000Z 2024-12-31T23:00:00.000Z"),
            ("2025-01-15T10:30", "2025-01-15T09:30:00.000Z"),
            ("2025-07-15 10:30:05.25", "2025-07-15T08:30:05.250Z"),
            ("2025-01-15T10:30Z", "2025-01-15T10:30:00.000Z"),
            ("2025-01-15T10:30+02:00", "2025-01-15T08:30:00.000Z"),
            ("2025-01-15T10:30:00.5Z", "2025-01-15T10:30:00.500Z"),
            ("1736937000", "2025-01-15T10:30:00.000Z"),
            ("now", "2025-06-15T22:30:00.000Z"),
            ("today", "2025-06-15T22:00:00.000Z 2025-06-16T22:00:00.000Z"),
            (
                "yesterday",
                "2025-06-14T22:00:00.000Z 2025-06-15T22:00:00.000Z",
            ),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_shown_where_it_is() {
        for (text, expected) in [
            ("2025-13-01", "\"13\" no such month: 1 to 12 are possible"),
            ("2025-02-29", "\"29\" no such day: 1 to 28 are possible"),
            ("2024-02-30", "\"30\" no such day: 1 to 29 are possible"),
            ("2025-1-1", "\"1-\" 2 digits of the month belong here"),
            (
                "2025-01-15T25:00",
                "\"25\" no such hour: 0 to 23 are possible",
            ),
            (
                "2025-01-15T10:61",
                "\"61\" no such minute: 0 to 59 are possible",
            ),
            (
                "2025-01-15x",
                "\"x\" write a time as in 2025-01-15, 2025-01-15T10:30, 2025-01-15T10:30:00+01:00 or 1736937000",
            ),
            (
                "2025-01-15T10:30+1",
                "\"+1\" write a time as in 2025-01-15, 2025-01-15T10:30, 2025-01-15T10:30:00+01:00 or 1736937000",
            ),
            (
                "",
                "\"\" write a time as in 2025-01-15, 2025-01-15T10:30, 2025-01-15T10:30:00+01:00 or 1736937000",
            ),
            (
                "gestern",
                "\"gestern\" write a time as in 2025-01-15, 2025-01-15T10:30, 2025-01-15T10:30:00+01:00 or 1736937000",
            ),
            ("2025-é1", "\"é1\" 2 digits of the month belong here"),
            ("0000", "\"0000\" no such year: 1 to 9999 are possible"),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn a_length_is_a_sum_of_numbers_with_units() {
        let told = |text| match length(text) {
            Ok(length) => format!("{length:?}"),
            Err(wrong) => format!(
                "{:?} {}",
                &text[wrong.at],
                wrong.what.split(';').next().unwrap()
            ),
        };
        for (text, expected) in [
            ("90s", "90s"),
            ("1d12h", "129600s"),
            ("500ms", "500ms"),
            ("2w", "1209600s"),
            ("0s", "0ns"),
            ("24", "\"\" a unit is missing"),
            ("", "\"\" a number belongs here"),
            ("-5m", "\"-5m\" a number belongs here"),
            ("5 m", "\" m\" there is no such unit"),
            ("1mo", "\"mo\" months are not all equally long"),
            ("5é", "\"é\" there is no such unit"),
            (
                "99999999999999999999s",
                "\"99999999999999999999s\" this is longer than any log",
            ),
            ("9999999999w", "\"9999999999w\" this is longer than any log"),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }
}
