//! Numbers as lengths, and where an axis has its marks.

/// A share as a percentage, to two decimals without zeros at the end.
pub(super) fn percent(share: f64) -> String {
    short(share * 100.0)
}

/// A number to two decimals, without zeros at the end.
pub(super) fn short(number: f64) -> String {
    let text = format!("{number:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0" } else { text }.to_owned()
}

/// How large `part` is in hundredths of `whole`. What is not none is not drawn as none.
pub(super) fn hundredths(part: u64, whole: u64) -> f64 {
    const LEAST: f64 = 0.8;
    match (part, whole) {
        (0, _) | (_, 0) => 0.0,
        (part, whole) => (100.0 * part as f64 / whole as f64).clamp(LEAST, 100.0),
    }
}

/// The round number at which an axis ends that has to hold `most`: even, so that half of it is one too.
pub(super) fn end(most: u64) -> u64 {
    let mut power: u64 = 1;
    loop {
        for digit in [2, 3, 4, 5, 6, 8, 10] {
            match power.checked_mul(digit) {
                Some(end) if !end.is_multiple_of(2) => {}
                Some(end) if end >= most => return end,
                Some(_) => {}
                None => return u64::MAX,
            }
        }
        power = power.saturating_mul(10);
    }
}

/// A number with few digits, for an axis: `12 k`, `1.5 M`.
pub(super) fn brief(number: u64) -> String {
    let units = [
        (1e18, " E"),
        (1e15, " P"),
        (1e12, " T"),
        (1e9, " G"),
        (1e6, " M"),
        (1e3, " k"),
    ];
    let as_float = number as f64;
    for (size, unit) in units {
        if as_float >= size {
            return short(as_float / size) + unit;
        }
    }
    number.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_a_round_number_that_holds_all() {
        let ends = [0, 1, 2, 3, 7, 10, 11, 99, 101, 6001, 123_456].map(end);
        assert_eq!(ends, [2, 2, 2, 4, 8, 10, 20, 100, 200, 8000, 200_000]);
        assert_eq!([21, 45, 4_417].map(end), [30, 50, 5_000]);
        assert_eq!(end(u64::MAX), u64::MAX);
    }

    #[test]
    fn a_number_of_an_axis_is_short_and_what_it_says() {
        assert_eq!(
            [0, 999, 1000, 1500, 2_000_000, u64::MAX].map(brief),
            ["0", "999", "1 k", "1.5 k", "2 M", "18.45 E"]
        );
    }

    #[test]
    fn what_is_not_none_is_seen_and_nothing_leaves_the_chart() {
        assert_eq!(hundredths(0, 10), 0.0);
        assert_eq!(hundredths(5, 10), 50.0);
        assert!(hundredths(1, u64::MAX) > 0.5);
        assert_eq!(hundredths(11, 10), 100.0);
        assert_eq!(hundredths(1, 0), 0.0);
    }
}
