//! How long a call took.

/// Nanoseconds of a number of milliseconds as JSON writes them, with or without a fraction and an exponent; what is less
/// than a nanosecond is left out. `None` for what is negative, no number, or longer than 584 years.
pub(super) fn nanos_of_millis(text: &str) -> Option<u64> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (mantissa, ""),
    };
    let digits = || whole.bytes().chain(fraction.bytes());
    if whole.is_empty() || !digits().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    // A millisecond has six digits of nanoseconds.
    let length = exponent
        .saturating_add(6)
        .saturating_add(whole.len() as i64);
    let length = usize::try_from(length.max(0)).ok()?;
    let mut digits = digits().take(length);
    let mut taken = 0;
    let mut nanos = 0_u64;
    for digit in &mut digits {
        taken += 1;
        nanos = nanos
            .checked_mul(10)?
            .checked_add(u64::from(digit - b'0'))?;
    }
    if nanos == 0 {
        return Some(0);
    }
    let zeros = u32::try_from(length - taken).ok()?;
    nanos.checked_mul(10_u64.checked_pow(zeros)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_are_read_to_the_nanosecond() {
        for (text, nanos) in [
            ("12", 12_000_000),
            ("0", 0),
            ("0.0", 0),
            ("12.5", 12_500_000),
            ("0.000001", 1),
            ("0.0000019", 1),
            ("12.3456789", 12_345_678),
            ("007", 7_000_000),
            ("1e3", 1_000_000_000),
            ("1.25E+1", 12_500_000),
            ("1234.5e-3", 1_234_500),
            ("1e-7", 0),
            ("0e99999999", 0),
            ("18446744073709.551615", u64::MAX),
        ] {
            assert_eq!(nanos_of_millis(text), Some(nanos), "{text}");
        }
    }

    #[test]
    fn what_is_negative_or_no_number_is_missing() {
        for text in [
            "",
            "-1",
            "-0",
            "+1",
            "1.",
            ".5",
            "1.2.3",
            "12ms",
            " 12",
            "0x10",
            "NaN",
            "inf",
            "1e",
            "e3",
            "1e3.5",
            "é",
            "١",
            "18446744073709.551616",
            "1e30",
            "1e9999999999",
            "1e99999999999999999999",
        ] {
            assert_eq!(nanos_of_millis(text), None, "{text}");
        }
    }
}
