//! Times: read from the text or the number of a line, and written as the document shows them.

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, TimeDelta, Timelike, Utc};
use serde_json::{Value as Json, json};

pub(super) type Time = DateTime<Utc>;

pub(super) fn show(time: Time) -> String {
    let format = match time.nanosecond() {
        nanos if nanos % 1_000_000 == 0 => SecondsFormat::Millis,
        nanos if nanos % 1_000 == 0 => SecondsFormat::Micros,
        _ => SecondsFormat::Nanos,
    };
    time.to_rfc3339_opts(format, true)
}

/// An integer where it is one.
pub(super) fn seconds(delta: TimeDelta) -> Json {
    match delta.subsec_nanos() {
        0 => json!(delta.num_seconds()),
        nanos => json!(delta.num_seconds() as f64 + f64::from(nanos) / 1e9),
    }
}

pub(super) fn time(text: &str) -> Option<Time> {
    let time = if text.len() > 4
        && text.is_char_boundary(4)
        && text[..4].bytes().all(|byte| byte.is_ascii_digit())
        && text.as_bytes()[4] == b'-'
    {
        civil(text)?
    } else {
        epoch(text)?
    };
    (1..=9999).contains(&time.year()).then_some(time)
}

fn civil(text: &str) -> Option<Time> {
    if !text.is_ascii() || text.len() < 19 || !matches!(text.as_bytes()[10], b'T' | b't' | b' ') {
        return None;
    }
    let date = NaiveDate::parse_from_str(&text[..10], "%Y-%m-%d").ok()?;
    let mut numbers = text[11..19]
        .split(':')
        .map(|digits| digits.parse::<u32>().ok());
    let (hour, minute, second) = (numbers.next()??, numbers.next()??, numbers.next()??);
    let rest = &text[19..];
    let (fraction, zone) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(
            rest.find(|c: char| !c.is_ascii_digit())
                .unwrap_or(rest.len()),
        ),
        None => ("0", rest),
    };
    if fraction.is_empty() || fraction.len() > 9 {
        return None;
    }
    let nanos = format!("{fraction:0<9}").parse().ok()?;
    let zone = match zone {
        "" | "Z" | "z" => 0,
        _ => {
            let sign = match zone.as_bytes()[0] {
                b'+' => 1,
                b'-' => -1,
                _ => return None,
            };
            let digits = match zone[1..].split_once(':') {
                Some((hours, minutes)) if hours.len() == 2 && minutes.len() == 2 => {
                    hours.to_owned() + minutes
                }
                Some(_) => return None,
                None => zone[1..].to_owned(),
            };
            let digits = match digits.len() {
                2 => digits + "00",
                4 => digits,
                _ => return None,
            };
            let number: i64 = digits
                .parse()
                .ok()
                .filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
            if number / 100 > 23 || number % 100 > 59 {
                return None;
            }
            sign * (number / 100 * 3600 + number % 100 * 60)
        }
    };
    let time = date
        .and_hms_nano_opt(hour, minute, second, nanos)?
        .and_utc();
    time.checked_sub_signed(TimeDelta::seconds(zone))
}

/// Decimal digits are moved by hand, so that nothing is rounded.
fn epoch(text: &str) -> Option<Time> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(text) => (true, text),
        None => (false, text),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i16>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if whole.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // The decimal point stands after this many digits.
    let point = whole.len() as i64 + i64::from(exponent);
    let scaled = |places: i64| -> Option<i128> {
        let end = point + places;
        let kept: String = digits.chars().take(end.max(0) as usize).collect();
        let kept = format!(
            "{kept}{}",
            "0".repeat((end - digits.len() as i64).clamp(0, 60) as usize)
        );
        if kept.trim_start_matches('0').len() > 30 {
            return None;
        }
        Some(kept.parse().unwrap_or(0))
    };
    let places = match scaled(0)? {
        0..100_000_000_000 => 9,
        100_000_000_000..100_000_000_000_000 => 6,
        100_000_000_000_000..100_000_000_000_000_000 => 3,
        _ => 0,
    };
    let nanos = scaled(places)? * if negative { -1 } else { 1 };
    let seconds = i64::try_from(nanos.div_euclid(1_000_000_000)).ok()?;
    DateTime::from_timestamp(seconds, nanos.rem_euclid(1_000_000_000) as u32)
}
