//! Points in time: read from every shape a log writes them in, printed in one.
//!
//! Reading is hand-written because it runs once per event on both sides of the product; `chrono` is the oracle in the
//! tests. Dates are counted with the proleptic Gregorian algorithms of Howard Hinnant, "chrono-Compatible Low-Level
//! Date Algorithms" (civil_from_days, days_from_civil).

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A point in time with nanoseconds, UTC, from the year 1 to the year 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    seconds: i64,
    nanos: u32,
}

const SECONDS_PER_DAY: i64 = 86_400;
/// 0001-01-01T00:00:00Z, the first second with a four-digit year that is not zero.
const MIN_SECONDS: i64 = -62_135_596_800;
/// 9999-12-31T23:59:59Z, the last second RFC 3339 can write.
const MAX_SECONDS: i64 = 253_402_300_799;

impl Timestamp {
    /// The point `seconds` and `nanos` after 1970-01-01T00:00:00Z; `None` outside the years 1 to 9999.
    pub const fn new(seconds: i64, nanos: u32) -> Option<Timestamp> {
        if seconds < MIN_SECONDS || seconds > MAX_SECONDS || nanos > 999_999_999 {
            return None;
        }
        Some(Timestamp { seconds, nanos })
    }

    /// The time of the machine's clock, held inside the years 1 to 9999.
    pub fn now() -> Timestamp {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => {
                let seconds = i64::try_from(since.as_secs())
                    .unwrap_or(i64::MAX)
                    .min(MAX_SECONDS);
                Timestamp {
                    seconds,
                    nanos: since.subsec_nanos(),
                }
            }
            Err(_) => Timestamp {
                seconds: 0,
                nanos: 0,
            },
        }
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    pub const fn seconds(self) -> i64 {
        self.seconds
    }

    /// Nanoseconds since the start of the second.
    pub const fn subsec_nanos(self) -> u32 {
        self.nanos
    }

    /// How long it is until `later`; `None` if that is not later.
    pub fn until(self, later: Timestamp) -> Option<Duration> {
        let nanos = u128::try_from(later.nanos_since(self)).ok()?;
        (nanos > 0).then(|| Duration::from_nanos_u128(nanos))
    }

    /// The point so long before this one; `None` before the year 1.
    pub fn before(self, length: Duration) -> Option<Timestamp> {
        let seconds = i64::try_from(length.as_secs()).ok()?;
        let (nanos, less) = (self.nanos, length.subsec_nanos());
        let borrowed = i64::from(nanos < less);
        let nanos = nanos + borrowed as u32 * 1_000_000_000 - less;
        Timestamp::new(
            self.seconds.checked_sub(seconds)?.checked_sub(borrowed)?,
            nanos,
        )
    }

    /// Nanoseconds from `earlier` to this point; negative when `earlier` is later.
    pub fn nanos_since(self, earlier: Timestamp) -> i128 {
        i128::from(self.seconds - earlier.seconds) * 1_000_000_000 + i128::from(self.nanos)
            - i128::from(earlier.nanos)
    }

    /// Reads a timestamp from text: RFC 3339 with any offset and 0 to 9 decimals (a blank may stand for the `T`, the
    /// offset may be `±HH`, `±HHMM` or `±HH:MM`, no zone is UTC), or epoch seconds, milliseconds, microseconds or
    /// nanoseconds, told apart by size. `None` for anything else.
    pub fn parse(text: &str) -> Option<Timestamp> {
        let bytes = text.as_bytes();
        match bytes.get(4) {
            Some(b'-') if bytes[3].is_ascii_digit() => parse_civil(bytes),
            _ => parse_epoch(bytes),
        }
    }

    /// Whether a text that is a time is a date and a time of day, and says nothing of a zone.
    pub fn says_no_offset(text: &str) -> bool {
        let bytes = text.as_bytes();
        let zone = bytes.get(19..).filter(|_| bytes[4] == b'-');
        zone.unwrap_or(b"Z")
            .iter()
            .all(|byte| matches!(byte, b'.' | b'0'..=b'9'))
    }

    /// The date and time of day in UTC.
    pub fn civil(self) -> Civil {
        let (year, month, day) = civil_from_days(self.seconds.div_euclid(SECONDS_PER_DAY));
        let second_of_day = self.seconds.rem_euclid(SECONDS_PER_DAY) as u32;
        Civil {
            year: year as u16,
            month: month as u8,
            day: day as u8,
            hour: (second_of_day / 3600) as u8,
            minute: (second_of_day / 60 % 60) as u8,
            second: (second_of_day % 60) as u8,
        }
    }

    /// The writer's form with exactly three decimals, rounded down: `2025-01-15T10:30:00.000Z`.
    pub fn to_millis_text(self) -> [u8; 24] {
        let at = self.civil();
        let mut text = *b"0000-00-00T00:00:00.000Z";
        put_digits(&mut text[0..4], u32::from(at.year));
        put_digits(&mut text[5..7], u32::from(at.month));
        put_digits(&mut text[8..10], u32::from(at.day));
        put_digits(&mut text[11..13], u32::from(at.hour));
        put_digits(&mut text[14..16], u32::from(at.minute));
        put_digits(&mut text[17..19], u32::from(at.second));
        put_digits(&mut text[20..23], self.nanos / 1_000_000);
        text
    }
}

/// A date and time of day, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// 1 to 9999.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
}

/// RFC 3339 in UTC with three decimals, or six or nine where three would lose something.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Local::utc(*self).fmt(f)
    }
}

/// A point in time as a clock somewhere shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Local {
    /// When it is.
    pub time: Timestamp,
    /// Seconds the clock is ahead of UTC.
    pub offset: i32,
}

impl Local {
    /// As a clock in UTC shows it.
    pub const fn utc(time: Timestamp) -> Local {
        Local { time, offset: 0 }
    }

    /// The date and time of day the clock shows.
    pub fn civil(self) -> Civil {
        Timestamp {
            seconds: self.time.seconds + i64::from(self.offset),
            ..self.time
        }
        .civil()
    }
}

/// RFC 3339 with three decimals, or six or nine where three would lose something: `Z` in UTC, else the offset.
impl fmt::Display for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.civil();
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            at.year, at.month, at.day, at.hour, at.minute, at.second
        )?;
        match self.time.nanos {
            n if n % 1_000_000 == 0 => write!(f, ".{:03}", n / 1_000_000)?,
            n if n % 1_000 == 0 => write!(f, ".{:06}", n / 1_000)?,
            n => write!(f, ".{n:09}")?,
        }
        if self.offset == 0 {
            return f.write_str("Z");
        }
        // RFC 3339 has no seconds of an offset, which clocks had before the 20th century: the nearest minute.
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = (self.offset.unsigned_abs() + 30) / 60;
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

fn put_digits(place: &mut [u8], mut value: u32) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

/// Exactly `N` digits at `at`.
fn digits<const N: usize>(bytes: &[u8], at: usize) -> Option<u32> {
    let field = bytes.get(at..at + N)?;
    let mut value = 0;
    for &byte in field {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u32::from(digit);
    }
    Some(value)
}

/// `YYYY-MM-DD{T| }HH:MM:SS[.f][zone]`.
fn parse_civil(bytes: &[u8]) -> Option<Timestamp> {
    let (year, month, day) = (
        digits::<4>(bytes, 0)?,
        digits::<2>(bytes, 5)?,
        digits::<2>(bytes, 8)?,
    );
    let (hour, minute, second) = (
        digits::<2>(bytes, 11)?,
        digits::<2>(bytes, 14)?,
        digits::<2>(bytes, 17)?,
    );
    let separators = bytes[7] == b'-'
        && matches!(bytes[10], b'T' | b't' | b' ')
        && bytes[13] == b':'
        && bytes[16] == b':';
    // A leap second is the first second of the next minute, as in PostgreSQL.
    if !separators
        || day == 0
        || day > days_in_month(year, month)?
        || hour > 23
        || minute > 59
        || second > 60
    {
        return None;
    }
    let (nanos, zone) = parse_decimals(&bytes[19..])?;
    let offset = parse_offset(zone)?;
    let days = days_from_civil(i64::from(year), i64::from(month), i64::from(day));
    let second_of_day = i64::from(hour * 3600 + minute * 60 + second);
    Timestamp::new(days * SECONDS_PER_DAY + second_of_day - offset, nanos)
}

/// `[.f]` with one to nine decimals; what follows is the zone.
fn parse_decimals(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let Some(rest) = bytes.strip_prefix(b".") else {
        return Some((0, bytes));
    };
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 || count > 9 {
        return None;
    }
    let value = rest[..count]
        .iter()
        .fold(0, |value, &digit| value * 10 + u32::from(digit - b'0'));
    Some((value * 10_u32.pow(9 - count as u32), &rest[count..]))
}

/// Seconds east of UTC.
fn parse_offset(zone: &[u8]) -> Option<i64> {
    let (sign, rest) = match zone {
        [] | [b'Z' | b'z'] => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match rest.len() {
        2 => (digits::<2>(rest, 0)?, 0),
        4 => (digits::<2>(rest, 0)?, digits::<2>(rest, 2)?),
        5 if rest[2] == b':' => (digits::<2>(rest, 0)?, digits::<2>(rest, 3)?),
        _ => return None,
    };
    if hours > 23 || minutes > 59 {
        return None;
    }
    Some(sign * i64::from(hours * 3600 + minutes * 60))
}

/// A decimal number since 1970, exact: `1736937000`, `1736937000.25`, `1.736937e9`, in s, ms, µs or ns.
///
/// The unit is told by the size of the number: seconds reach 10^11 in the year 5138, milliseconds are that large from
/// March 1973 on, and so on by factors of a thousand.
fn parse_epoch(bytes: &[u8]) -> Option<Timestamp> {
    let (negative, rest) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, bytes),
    };
    let (mantissa, scale) = parse_decimal(rest)?;
    // value = mantissa × 10^scale; `whole` decides the unit.
    let whole = shift(mantissa, scale)?;
    let unit = match whole {
        0..100_000_000_000 => 9,
        100_000_000_000..100_000_000_000_000 => 6,
        100_000_000_000_000..100_000_000_000_000_000 => 3,
        _ => 0,
    };
    let nanos = shift(mantissa, scale + unit)?;
    let nanos = if negative { -nanos } else { nanos };
    let seconds = i64::try_from(nanos.div_euclid(1_000_000_000)).ok()?;
    Timestamp::new(seconds, nanos.rem_euclid(1_000_000_000) as u32)
}

/// `mantissa × 10^scale`, rounded towards zero.
fn shift(mantissa: i128, scale: i32) -> Option<i128> {
    if mantissa == 0 {
        return Some(0);
    }
    let power = 10_i128.checked_pow(scale.unsigned_abs());
    if scale >= 0 {
        mantissa.checked_mul(power?)
    } else {
        Some(power.map_or(0, |power| mantissa / power))
    }
}

/// `digits[.digits][e[±]digits]` as mantissa and power of ten. At most 30 significant digits: more do not fit the
/// product's range of time in nanoseconds.
fn parse_decimal(bytes: &[u8]) -> Option<(i128, i32)> {
    let (mut mantissa, mut scale, mut seen, mut fraction) = (0_i128, 0_i32, false, false);
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'0'..=b'9' => {
                mantissa = mantissa.checked_mul(10)? + i128::from(byte - b'0');
                scale -= i32::from(fraction);
                seen = true;
                if mantissa >= 10_i128.pow(30) {
                    return None;
                }
            }
            b'.' if seen && !fraction => fraction = true,
            b'e' | b'E' if seen => {
                let exponent = std::str::from_utf8(&bytes[at + 1..])
                    .ok()?
                    .parse::<i16>()
                    .ok()?;
                return Some((mantissa, scale + i32::from(exponent)));
            }
            _ => return None,
        }
        at += 1;
    }
    seen.then_some((mantissa, scale))
}

fn days_in_month(year: u32, month: u32) -> Option<u32> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 => Some(if leap { 29 } else { 28 }),
        _ => None,
    }
}

/// Days since 1970-01-01 of a date.
pub fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The date `days` after 1970-01-01: year, month, day.
pub fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests;
