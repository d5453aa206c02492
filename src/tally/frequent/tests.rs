use std::collections::HashMap as Exact;

use proptest::prelude::*;

use super::*;
use crate::tally::hash::mixed;
use crate::tally::laws::merging_is_adding;

/// A stand-in for a text's hash.
fn hash(number: u64) -> u64 {
    mixed(number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

fn text_hash(text: &str) -> u64 {
    hash(
        text.bytes()
            .fold(7, |sum, byte| hash(sum ^ u64::from(byte))),
    )
}

/// 300,000 events: each of ten texts has one in 300 to one in 30, and everyone else has one or two.
fn log() -> impl Iterator<Item = (String, u64)> {
    (0..300_000_u64).map(|event| {
        let text = match event % 300 {
            at if at < 55 => format!(
                "heavy-{}",
                (0..10).find(|n| at < (n + 1) * (n + 2) / 2).unwrap()
            ),
            _ => format!("once-{}", hash(event) % 200_000),
        };
        (text, hash(event ^ 0xABCD))
    })
}

fn sketch<const KEPT: usize>(
    events: impl IntoIterator<Item = (String, u64)>,
) -> Frequent<u64, KEPT> {
    let mut sketch = Frequent::default();
    for (text, draw) in events {
        sketch.add(&text, text_hash(&text), draw, 1);
    }
    sketch
}

#[test]
fn what_is_frequent_is_found_among_very_many() {
    let frequent: Frequent = sketch(log());
    let found = frequent.largest_first(text_hash);
    let names: Vec<&str> = found[..10].iter().map(|(text, _)| *text).collect();
    let expected: Vec<String> = (0..10).rev().map(|n| format!("heavy-{n}")).collect();
    assert_eq!(names, expected);
    for ((_, count), truth) in found.iter().zip((1..=10).rev().map(|n| n * 1000)) {
        let most = truth + truth * u64::from(permille(frequent.off(), *count)) / 1000 + 1;
        assert!((truth..=most).contains(count), "{count} for {truth}");
    }
    assert_eq!((found.len(), frequent.total()), (4096, 300_000));
}

#[test]
fn a_count_is_never_too_small_and_seldom_larger_than_is_said() {
    let frequent: Frequent = sketch(log());
    let mut exact = Exact::<String, u64>::new();
    for (text, _) in log() {
        *exact.entry(text).or_default() += 1;
    }
    let bound = (300_000.0 * std::f64::consts::E / WIDTH as f64).ceil() as u64;
    let mut beyond = 0;
    for (text, count) in &exact {
        let estimate = frequent.estimate(text_hash(text));
        assert!(estimate >= *count, "{text}: {estimate} for {count}");
        beyond += usize::from(estimate - count > bound);
    }
    assert!(
        beyond * 1000 < exact.len() * 18,
        "{beyond} of {}",
        exact.len()
    );
}

#[test]
fn many_at_once_are_as_many_one_by_one() {
    let one_by_one: Frequent<u64, 8> = sketch([3, 9, 5].map(|draw| ("a".to_owned(), draw)));
    let mut at_once = Frequent::<u64, 8>::default();
    at_once.add("a", text_hash("a"), 3, 3);
    assert_eq!(stored(&at_once), stored(&one_by_one));
}

#[test]
fn an_error_is_never_more_than_all() {
    assert_eq!(permille(Frequent::<u64, 8>::default().off(), 0), 0);
    let frequent: Frequent = sketch(log().take(100_000));
    assert_eq!(permille(frequent.off(), 1), 1000);
    assert_eq!(permille(frequent.off(), 10_000), 2);
}

fn stored<const KEPT: usize>(sketch: &Frequent<u64, KEPT>) -> String {
    serde_json::to_string(sketch).unwrap()
}

fn events() -> impl Strategy<Value = Vec<(String, u64)>> {
    prop::collection::vec(
        ((0..60_u8).prop_map(|text| text.to_string()), 0..500_u64),
        0..80,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Four texts are kept and draws repeat, so that much is dropped, comes back, and ties.
    #[test]
    fn merging_is_adding_whatever_the_order_and_the_tree(one in events(), two in events(), three in events()) {
        let all: Frequent<u64, 4> = sketch([&one[..], &two, &three].concat());
        let parts: [Frequent<u64, 4>; 3] = [&one, &two, &three].map(|part| sketch(part.iter().rev().cloned()));
        merging_is_adding(&parts, &all);
        let again: Frequent<u64, 4> = serde_json::from_str(&stored(&all)).unwrap();
        prop_assert_eq!(stored(&again), stored(&all));
        prop_assert_eq!(again.largest_first(text_hash), all.largest_first(text_hash));
    }

    #[test]
    fn the_lowest_ranks_are_kept_as_if_nothing_had_been_dropped(log in events()) {
        let mut ranks = Exact::<String, u64>::new();
        for (text, draw) in &log {
            let rank = ranks.entry(text.clone()).or_insert(*draw);
            *rank = draw.min(rank).to_owned();
        }
        let mut lowest: Vec<(u64, &str)> = ranks.iter().map(|(text, rank)| (*rank, text.as_str())).collect();
        lowest.sort_unstable();
        lowest.truncate(4);
        let frequent: Frequent<u64, 4> = sketch(log.clone());
        prop_assert_eq!(frequent.kept(), lowest);
    }
}

#[test]
fn what_is_no_sketch_is_refused() {
    let text = format!(r#"{{"total":1,"sums":[[{},1]],"kept":[]}}"#, ROWS * WIDTH);
    assert!(serde_json::from_str::<Frequent>(&text).is_err());
}
