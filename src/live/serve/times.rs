//! Days and moments, as addresses have them: `2025-01-31`, `2025-01-31T10:30`, `2025-01-31T10:30:00.5Z`,
//! `2025-01-31T10:30:00%2B01:00`. What has no offset is what clocks of the server's zone show.

use super::NaiveDay;
use super::problem::Problem;
use crate::event::{Timestamp, days_from_civil};
use crate::zone::Zone;

/// What a time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Time {
    /// All of a day.
    Day(NaiveDay),
    /// A point in time.
    Moment(Timestamp),
}

/// What the value of a word means.
pub(super) fn time(word: &str, text: &str, zone: Zone) -> Result<Time, Problem> {
    let read = || {
        let day = day(text.get(..10)?)?;
        match text.get(10..)? {
            "" => Some(Time::Day(day)),
            clock => moment(text, clock.strip_prefix('T')?, zone).map(Time::Moment),
        }
    };
    read().ok_or_else(|| {
        Problem::question(format!(
            "{word} {text:?} is no day and no moment; write it as in 2025-01-31 or 2025-01-31T10:30:00Z, with + as %2B."
        ))
    })
}

fn day(text: &str) -> Option<NaiveDay> {
    let bytes = text.as_bytes();
    let shape = bytes.iter().enumerate().all(|(at, byte)| match at {
        4 | 7 => *byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let ok = shape && year >= 1 && (1..=12).contains(&month) && day >= 1;
    let first = days_from_civil(year, month.clamp(1, 12), 1);
    let next = days_from_civil(year + month / 12, month % 12 + 1, 1);
    (ok && first + day - 1 < next).then_some(NaiveDay(first + day - 1))
}

fn moment(text: &str, clock: &str, zone: Zone) -> Option<Timestamp> {
    let offset_at = clock.find(['Z', '+', '-']);
    let (clock, offset) = clock.split_at(offset_at.unwrap_or(clock.len()));
    let seconds = if clock.len() == 5 { ":00" } else { "" };
    let whole = format!("{}T{clock}{seconds}{offset}", &text[..10]);
    let time = Timestamp::parse(&whole)?;
    if !offset.is_empty() {
        return Some(time);
    }
    let second = zone.second_of(time.seconds());
    Some(Timestamp::new(second, time.subsec_nanos()).unwrap_or(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_day_or_a_moment_on_clocks_of_the_zone() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        for (text, expected) in [
            ("2025-01-31", "day 20119"),
            ("2024-02-29", "day 19782"),
            ("2025-01-31T10:30", "2025-01-31T09:30:00.000Z"),
            ("2025-07-31T10:30:05.5", "2025-07-31T08:30:05.500Z"),
            ("2025-01-31T10:30Z", "2025-01-31T10:30:00.000Z"),
            ("2025-01-31T10:30:00+02:00", "2025-01-31T08:30:00.000Z"),
            ("2025-02-29", "none"),
            ("2025-01-31T25:30", "none"),
            ("2025-01-31T10", "none"),
            ("2025-01-31T", "none"),
            ("2025-01-31 10:30:00Z", "none"),
            ("2025-01-31x", "none"),
            ("2025-1-31", "none"),
            ("1738319400", "none"),
            ("2025-01-3\u{e9}", "none"),
        ] {
            let told = match time("from", text, zone) {
                Ok(Time::Day(day)) => format!("day {}", day.0),
                Ok(Time::Moment(time)) => time.to_string(),
                Err(_) => "none".to_owned(),
            };
            assert_eq!(told, expected, "{text}");
        }
    }
}
