//! How long a token lives, as logs write it.
//!
//! Pieces of a whole number and a unit, `w`, `d`, `h`, `m` or `s`, which add up: `1h`, `30d`, `90s`, `1d12h`. A number
//! alone is seconds, whose decimals are dropped: `3600`, `3600.0`. Anything else is no lifetime, and so is one of more
//! than [`LONGEST`].

/// 10,000 years, in seconds: longer than there are dates.
const LONGEST: u64 = 315_576_000_000;

/// The seconds that a text says.
pub(super) fn lifetime(text: &str) -> Option<u64> {
    let (number, unit) = leading_number(text)?;
    let seconds = match unit.as_bytes() {
        [] => number,
        [b'.', decimals @ ..] => {
            let is_number = !decimals.is_empty() && decimals.iter().all(u8::is_ascii_digit);
            is_number.then_some(number)?
        }
        _ => pieces(text)?,
    };
    (seconds <= LONGEST).then_some(seconds)
}

fn pieces(mut text: &str) -> Option<u64> {
    let mut seconds = 0_u64;
    while !text.is_empty() {
        let (number, rest) = leading_number(text)?;
        let unit = match rest.as_bytes().first()? {
            b'w' => 7 * 86_400,
            b'd' => 86_400,
            b'h' => 3600,
            b'm' => 60,
            b's' => 1,
            _ => return None,
        };
        seconds = seconds.checked_add(number.checked_mul(unit)?)?;
        text = &rest[1..];
    }
    Some(seconds)
}

/// A number that fits 64 bits, and what follows it.
fn leading_number(text: &str) -> Option<(u64, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(digits);
    Some((number.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_seconds() {
        for (text, seconds) in [
            ("1h", 3600),
            ("30d", 2_592_000),
            ("15m", 900),
            ("3600", 3600),
            ("3600.0", 3600),
            ("3599.999", 3599),
            ("1w", 604_800),
            ("90s", 90),
            ("1d12h", 129_600),
            ("2h2h", 14_400),
            ("0", 0),
            ("0s", 0),
            ("007m", 420),
            ("315576000000", LONGEST),
        ] {
            assert_eq!(lifetime(text), Some(seconds), "{text}");
        }
    }

    #[test]
    fn nonsense_is_no_lifetime() {
        for text in [
            "",
            "h",
            "-1",
            "-1h",
            "+1h",
            "1h30",
            "1 h",
            " 1h",
            "1h ",
            "1e3",
            "1.5h",
            "1.",
            ".5",
            "1.0.0",
            "1.5e3",
            "1y",
            "1H",
            "1mo",
            "forever",
            "٣h",
            "1é",
            "315576000001",
            "522w1",
            "99999999w",
            "18446744073709551615w",
            "18446744073709551616",
            "18446744073709551615s1s",
        ] {
            assert_eq!(lifetime(text), None, "{text}");
        }
    }
}
