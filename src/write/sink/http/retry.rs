//! How long to wait after a failure: twice as long each time, with jitter, or as long as the endpoint asks for.

use std::time::Duration;

use crate::event::Timestamp;

/// The longest wait that an endpoint is believed: one hour. One that asks for a year is mistaken.
pub(super) const LONGEST_ASKED: Duration = Duration::from_secs(3600);

/// The wait after so many failures in a row, at least one: between a half and the whole of `first`, doubled for each
/// failure after the first, `longest` at most. The jitter keeps the writers of many machines apart.
pub(super) fn wait(failures: u32, first: Duration, longest: Duration) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let whole = first.saturating_mul(1 << doublings).min(longest);
    let mut bits = [0; 4];
    // Without random bits there is no jitter.
    let _ = getrandom::getrandom(&mut bits);
    whole.mul_f64(1.0 - f64::from(u32::from_le_bytes(bits)) / f64::from(u32::MAX) / 2.0)
}

/// The meaning of `Retry-After` (RFC 9110, 10.2.3): seconds, or the time when to come back.
pub(super) fn asked(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    let wait = match value.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => now.until(date(value)?).unwrap_or_default(),
    };
    Some(wait.min(LONGEST_ASKED))
}

/// A date as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`. The two obsolete forms are not read.
fn date(text: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let mut words = text.split_ascii_whitespace().skip(1);
    let (day, month, year) = (words.next()?, words.next()?, words.next()?);
    let (time, zone) = (words.next()?, words.next()?);
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let is_date = zone == "GMT" && day.len() == 2 && year.len() == 4;
    is_date.then(|| Timestamp::parse(&format!("{year}-{month:02}-{day}T{time}Z")))?
}

#[cfg(test)]
mod tests;
