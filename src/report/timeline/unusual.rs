//! Buckets in which more failed than the others make likely.
//!
//! A bucket's share of failed events is held against the share of all other buckets together. It is unusual if
//!
//! 1. at least [`LEAST_FAILURES`] of its events failed,
//! 2. its share is at least [`LEAST_RATIO`] times that of the others, and
//! 3. chance alone makes it as large or larger with a probability of at most [`LEVEL`] divided by the number of buckets
//!    with events (Bonferroni): so a log in which nothing is unusual shows anything with a probability of [`LEVEL`] at
//!    most. The probability is that of Fisher's exact test (*Statistical Methods for Research Workers*, 1934, section
//!    21.02), one-sided: so many of this bucket's events among all that failed.
//!
//! The test takes events for independent, which those of one user are not; the least number and the least ratio keep
//! small clusters out. Buckets found unusual are taken out of "the others" and the rest is looked at again, until no more
//! is found, [`MOST_ROUNDS`] times at most: an attack must not hide behind itself. What is usual is the share of all
//! buckets that are left. More events of which the same share fails are not unusual.

use libm::lgamma;

/// Fewer failures than this are no finding, whatever their share.
const LEAST_FAILURES: u64 = 10;
/// A share below this many times the usual one is no finding, however certain.
const LEAST_RATIO: u64 = 2;
/// How likely anything is found where there is nothing.
const LEVEL: f64 = 0.01;
/// How often buckets are looked at again without those that were found.
const MOST_ROUNDS: usize = 16;
/// The sum of a tail ends where a term is this much smaller than it.
const NEGLIGIBLE: f64 = 1e-18;

/// Failures among events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) failures: u64,
    pub(super) events: u64,
}

/// What was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The share of all buckets that are not unusual.
    pub(super) usual: Share,
    /// Places of unusual buckets, most failures beyond the usual share first.
    pub(super) places: Vec<usize>,
}

/// Looks for unusual buckets; `None` if there are not two with events to hold against each other.
pub(super) fn unusual(buckets: &[Share]) -> Option<Found> {
    let looked_at = buckets.iter().filter(|bucket| bucket.events > 0).count();
    if looked_at < 2 {
        return None;
    }
    let level = LEVEL / looked_at as f64;
    let mut usual = Share::default();
    for bucket in buckets {
        usual.failures += bucket.failures;
        usual.events += bucket.events;
    }
    let mut left: Vec<usize> = (0..buckets.len()).collect();
    let mut places = Vec::new();
    for _ in 0..MOST_ROUNDS {
        let all = usual;
        let (found, others) = left
            .into_iter()
            .partition::<Vec<_>, _>(|place| is_unusual(buckets[*place], all, level));
        left = others;
        if found.is_empty() {
            break;
        }
        for place in &found {
            usual = usual.without(buckets[*place]);
        }
        places.extend(found);
    }
    places
        .sort_unstable_by_key(|place| (std::cmp::Reverse(beyond(buckets[*place], usual)), *place));
    Some(Found { usual, places })
}

impl Share {
    fn without(self, other: Share) -> Share {
        Share {
            failures: self.failures - other.failures,
            events: self.events - other.events,
        }
    }

    /// How many times another share it is, in thousandths; `None` of a share of none.
    pub(super) fn times(self, other: Share) -> Option<u64> {
        let whole = u128::from(self.events) * u128::from(other.failures);
        let times = u128::from(self.failures) * u128::from(other.events) * 1000 + whole / 2;
        times
            .checked_div(whole)
            .and_then(|times| u64::try_from(times).ok())
    }
}

/// Whether a bucket that is part of `all` is unusual beside the rest of it.
fn is_unusual(bucket: Share, all: Share, level: f64) -> bool {
    let others = all.without(bucket);
    let [of_bucket, of_others] = [(bucket, others), (others, bucket)]
        .map(|(one, other)| u128::from(one.failures) * u128::from(other.events));
    bucket.failures >= LEAST_FAILURES
        && others.events > 0
        && of_bucket >= of_others * u128::from(LEAST_RATIO)
        && chance(bucket, all) <= level
}

/// How likely at least so many of a bucket's events are among the failed ones of `all`, if these stand anywhere: the upper
/// tail of the hypergeometric distribution.
fn chance(bucket: Share, all: Share) -> f64 {
    let [events, failures] = [all.events, all.failures].map(|count| count as f64);
    let (drawn, mut failed) = (bucket.events as f64, bucket.failures as f64);
    let choose = |n: f64, k: f64| lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0);
    let passed = events - failures;
    let log = choose(failures, failed) + choose(passed, drawn - failed) - choose(events, drawn);
    // Above the mean, each term is smaller than the one before: at twice the usual share, about half of it.
    let (mut term, mut sum) = (log.exp(), 0.0);
    while term > sum * NEGLIGIBLE {
        sum += term;
        let ways = (failures - failed) * (drawn - failed);
        failed += 1.0;
        term *= ways / (failed * (passed - drawn + failed));
    }
    sum
}

/// How many failures a bucket has beyond what is usual, times the events of the usual share.
fn beyond(bucket: Share, usual: Share) -> i128 {
    let product = |one: u64, other: u64| i128::from(one) * i128::from(other);
    product(bucket.failures, usual.events) - product(bucket.events, usual.failures)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(buckets: &[(u64, u64)]) -> Vec<Share> {
        let share = |(failures, events): &(u64, u64)| Share {
            failures: *failures,
            events: *events,
        };
        buckets.iter().map(share).collect()
    }

    fn places(buckets: &[(u64, u64)]) -> Vec<usize> {
        unusual(&shares(buckets)).unwrap().places
    }

    #[test]
    fn the_chance_is_that_of_fishers_test() {
        // The lady tasting tea: 3 or 4 of 4 cups, of 8; and all of them.
        let cups = |failures| {
            let [bucket, all] =
                [(failures, 4), (4, 8)].map(|(failures, events)| Share { failures, events });
            chance(bucket, all)
        };
        assert!((cups(3) - 17.0 / 70.0).abs() < 1e-12);
        assert!((cups(4) - 1.0 / 70.0).abs() < 1e-12);
    }

    #[test]
    fn one_bucket_has_nothing_to_be_held_against() {
        assert_eq!(unusual(&[]), None);
        assert_eq!(unusual(&shares(&[(50, 100), (0, 0), (0, 0)])), None);
    }

    #[test]
    fn a_bucket_that_fails_far_more_than_the_others_is_found() {
        let found = unusual(&shares(&[(5, 100), (6, 100), (40, 100), (4, 100), (0, 0)])).unwrap();
        assert_eq!(found.places, [2]);
        assert_eq!((found.usual.failures, found.usual.events), (15, 300));
        let share = Share {
            failures: 40,
            events: 100,
        };
        assert_eq!(share.times(found.usual), Some(8000));
        assert_eq!(
            share.times(Share {
                failures: 0,
                events: 9
            }),
            None
        );
    }

    #[test]
    fn more_events_of_which_the_same_share_fails_are_not_unusual() {
        assert_eq!(places(&[(5, 100), (5, 100), (500, 10_000)]), [0; 0]);
    }

    #[test]
    fn few_failures_and_small_ratios_are_not_unusual() {
        // Nine of nine failed; and 19 % beside 10 %, which is certain with so many.
        assert_eq!(places(&[(10, 1000), (9, 9)]), [0; 0]);
        assert_eq!(places(&[(10_000, 100_000), (1_900, 10_000)]), [0; 0]);
        assert_eq!(places(&[(10_000, 100_000), (2_000, 10_000)]), [1]);
        assert_eq!(places(&[(10, 1000), (10, 10)]), [1]);
    }

    #[test]
    fn what_chance_makes_likely_is_not_unusual() {
        // 10 of 50 beside 10 % of 10,000: twice as much, and p is about 0.02.
        assert_eq!(places(&[(1000, 10_000), (10, 50)]), [0; 0]);
    }

    #[test]
    fn the_more_buckets_are_looked_at_the_more_certain_a_finding_has_to_be() {
        let with = |quiet: usize| {
            let mut buckets = vec![(10, 100); quiet];
            buckets.push((24, 100));
            places(&buckets).len()
        };
        assert_eq!([with(20), with(2000)], [1, 0]);
    }

    #[test]
    fn an_attack_does_not_hide_behind_itself() {
        // Without the largest, the share of the others is low enough to see the smaller one.
        let found = places(&[
            (10, 1000),
            (10, 1000),
            (9_000, 10_000),
            (300, 1000),
            (10, 1000),
        ]);
        assert_eq!(found, [2, 3]);
    }

    #[test]
    fn numbers_as_large_as_there_are_do_not_overflow() {
        let huge = u64::MAX / 4;
        assert_eq!(places(&[(huge / 100, huge), (huge, huge)]), [1]);
    }
}
