//! The rhythm of day and week: how busy each hour is, and how to walk along it.
//!
//! Time is milliseconds since 1970, UTC. An hour's weight is the product of the hour's and the weekday's; the walk is
//! in units of weight × milliseconds, so that equal steps give many arrivals at noon and few at night.

/// How busy each hour of the day is, in UTC: an office day with a second, smaller peak in the evening. Chosen so that
/// the busiest hour has about thirty times the arrivals of the quietest, as at a service with users on one continent.
const HOURS: [u64; 24] = [
    8, 5, 4, 3, 4, 8, 20, 44, 72, 90, 92, 86, 76, 82, 88, 84, 74, 62, 56, 58, 54, 40, 26, 14,
];

/// How busy each day of the week is, from Monday on: offices rest at the weekend, people do not entirely.
const WEEKDAYS: [u64; 7] = [11, 10, 10, 10, 9, 5, 4];

/// Milliseconds of an hour.
pub(super) const HOUR: i64 = 3_600_000;

/// The weight of one millisecond of the hour that `at` lies in. Never zero.
fn weight_at(at: i64) -> u64 {
    let hours = at.div_euclid(HOUR);
    let days = hours.div_euclid(24);
    // 1970-01-01 was a Thursday.
    let weekday = (days + 3).rem_euclid(7);
    HOURS[hours.rem_euclid(24) as usize] * WEEKDAYS[weekday as usize]
}

/// The weight between two times.
pub(super) fn weight(from: i64, to: i64) -> u64 {
    let (mut at, mut sum) = (from, 0);
    while at < to {
        let next = ((at.div_euclid(HOUR) + 1) * HOUR).min(to);
        sum += (next - at) as u64 * weight_at(at);
        at = next;
    }
    sum
}

/// The time at which `weight` has passed since `from`.
pub(super) fn advance(from: i64, mut weight: u64) -> i64 {
    let mut at = from;
    loop {
        let next = (at.div_euclid(HOUR) + 1) * HOUR;
        let rate = weight_at(at);
        let passes = (next - at) as u64 * rate;
        if weight < passes {
            return at + (weight / rate) as i64;
        }
        weight -= passes;
        at = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advancing_by_the_weight_between_two_times_leads_from_one_to_the_other() {
        let from = 1_736_937_000_123;
        for length in [0, 1, 999, HOUR, HOUR * 30 + 17, HOUR * 24 * 100] {
            assert_eq!(advance(from, weight(from, from + length)), from + length);
        }
    }

    #[test]
    fn a_monday_noon_is_busier_than_a_sunday_night() {
        // 2025-01-13 was a Monday.
        let monday = 1_736_726_400_000;
        assert!(weight_at(monday + 12 * HOUR) > 20 * weight_at(monday - 21 * HOUR));
    }
}
