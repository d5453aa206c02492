use proptest::prelude::*;

use super::*;
use crate::tally::hash::mixed;
use crate::tally::laws::merging_is_adding;

/// A stand-in for a text's hash.
fn hash(number: u64) -> u64 {
    mixed(number.wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

fn sketch(numbers: impl IntoIterator<Item = u64>) -> HyperLogLog {
    let mut sketch = HyperLogLog::default();
    for number in numbers {
        sketch.add_hash(hash(number));
    }
    sketch
}

/// How far the estimate of `count` different things is off, in parts of it.
fn error(count: u64, seed: u64) -> f64 {
    let first = seed << 32;
    let estimate = sketch(first + 1..=first + count).estimate(u64::MAX);
    estimate as f64 / count as f64 - 1.0
}

#[test]
fn errors_are_within_the_bound_and_centred_at_every_size() {
    for count in [1, 2, 10, 100, 1_000, 5_000, 20_000, 40_000, 80_000, 200_000] {
        let errors: Vec<f64> = (1..=20).map(|seed| error(count, seed)).collect();
        let outside = errors.iter().filter(|error| error.abs() > 0.016).count();
        let mean = errors.iter().sum::<f64>() / 20.0;
        // One of 20 is expected outside; the mean's standard error is 0.0081 / √20 = 0.0018.
        assert!(
            outside <= 3,
            "{outside} of 20 estimates of {count}: {errors:?}"
        );
        assert!(mean.abs() < 0.0073, "{count}: {mean}");
    }
}

#[test]
fn ten_million_things_are_counted_within_the_bound() {
    for seed in 1..=2 {
        let error = error(10_000_000, seed);
        assert!(error.abs() < 0.016, "{seed}: {error}");
    }
}

#[test]
fn nothing_is_none_and_nothing_is_more_than_was_added() {
    assert_eq!(HyperLogLog::default().estimate(0), 0);
    assert_eq!(sketch([1]).estimate(1), 1);
    for count in [1, 10, 3_000, 100_000] {
        assert!(sketch(0..count).estimate(count) <= count);
    }
    let mut full = HyperLogLog::default();
    for place in 0..REGISTERS as u64 {
        full.add_hash(place << BITS);
    }
    // Every register holds the longest run there is: the estimate is beyond all numbers, and the additions are not.
    assert_eq!(full.estimate(5), 5);
}

#[test]
fn the_run_of_zeros_ends_with_the_hash() {
    let mut sketch = HyperLogLog::default();
    for hash in [0, 1, 1 << (BITS - 1)] {
        sketch.add_hash(hash);
    }
    assert_eq!(sketch.filled(), [(0, 51)]);
    sketch.add_hash(u64::MAX);
    assert_eq!(sketch.filled(), [(0, 51), (16_383, 1)]);
}

fn stored(sketch: &HyperLogLog) -> String {
    serde_json::to_string(sketch).unwrap()
}

/// Sets around the place where few registers become all of them.
fn sets() -> impl Strategy<Value = Vec<u64>> {
    prop_oneof![
        prop::collection::vec(0..50_u64, 0..20),
        prop::collection::vec(0..3_000_u64, 600..1_500),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn merging_is_adding_whatever_the_order_and_the_tree(one in sets(), two in sets(), three in sets()) {
        let all = sketch(one.iter().chain(&two).chain(&three).copied());
        let parts = [&one, &two, &three].map(|set| sketch(set.iter().rev().copied()));
        merging_is_adding(&parts, &all);
        let mut twice = all.clone();
        twice.merge(all.clone());
        twice.merge(HyperLogLog::default());
        prop_assert_eq!(&twice, &all);
        prop_assert_eq!(serde_json::from_str::<HyperLogLog>(&stored(&all)).unwrap(), all);
    }
}

#[test]
fn what_is_no_sketch_is_refused() {
    for text in [
        r#"{"few":[[16384,1]]}"#,
        r#"{"few":[[0,0]]}"#,
        r#"{"few":[[0,52]]}"#,
        r#"{"all":"01"}"#,
        "[]",
    ] {
        assert!(serde_json::from_str::<HyperLogLog>(text).is_err(), "{text}");
    }
    let odd = format!("{{\"all\":\"{}\"}}", "~".repeat(REGISTERS));
    assert!(serde_json::from_str::<HyperLogLog>(&odd).is_err());
}
