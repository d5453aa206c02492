use proptest::prelude::*;

use super::*;
use crate::tally::hash::mixed;
use crate::tally::laws::merging_is_adding;

fn quantiles<const MOST: usize>(numbers: &[u64]) -> Quantiles<MOST> {
    let mut quantiles = Quantiles::default();
    numbers.iter().for_each(|number| quantiles.add(*number));
    quantiles
}

/// The definition: the first number, in order, up to which there are at least so many.
fn by_definition(numbers: &[u64], permille: u16) -> Option<u64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    let at_most = |number: u64| sorted.iter().filter(|other| **other <= number).count();
    let enough = |number: &u64| at_most(*number) * 1000 >= sorted.len() * usize::from(permille);
    sorted.iter().copied().find(enough)
}

#[test]
fn a_quantile_is_the_smallest_number_that_enough_of_them_do_not_exceed() {
    let numbers: Vec<u64> = (1..=20).rev().collect();
    let few = quantiles::<FEW>(&numbers);
    let expected = [
        (0, 1),
        (1, 1),
        (50, 1),
        (51, 2),
        (500, 10),
        (501, 11),
        (950, 19),
        (951, 20),
        (1000, 20),
    ];
    for (permille, number) in expected {
        assert_eq!(
            few.quantile(permille),
            Some(Counted::Exactly(number)),
            "{permille}"
        );
    }
    assert_eq!((few.count(), few.sum()), (20, 210));
    assert_eq!(Quantiles::<FEW>::default().quantile(500), None);
    assert_eq!(
        quantiles::<FEW>(&[7]).quantile(950),
        Some(Counted::Exactly(7))
    );
}

#[test]
fn buckets_are_exact_below_2048_and_within_half_a_thousandth_above() {
    let mut last = 0;
    for shift in 0..64 {
        for number in [
            1_u64 << shift,
            (1 << shift) + ((1 << shift) - 1) / 3,
            (1 << shift) + ((1 << shift) - 1),
        ] {
            let place = place(number);
            assert!(place >= last && place < PAGES * PAGE, "{number}");
            last = place;
            match middle(place) {
                Counted::Exactly(same) => assert!(same == number && number < 2048, "{number}"),
                Counted::About(middle, 1) => {
                    assert!(number >= 2048);
                    assert!(
                        u128::from(middle.abs_diff(number)) * 2048 <= u128::from(number),
                        "{middle} for {number}"
                    );
                }
                other => panic!("{other:?} for {number}"),
            }
        }
    }
    assert_eq!((place(0), place(u64::MAX)), (0, PAGES * PAGE - 1));
}

#[test]
fn the_numbers_that_fit_decide_whether_they_are_kept_and_no_repetitions_do() {
    let numbers: Vec<u64> = (0..FEW as u64).map(|number| number * 1_000_003).collect();
    let mut exact = quantiles::<FEW>(&[numbers.clone(), numbers].concat());
    assert_eq!(
        exact.quantile(500),
        Some(Counted::Exactly(2047 * 1_000_003))
    );
    exact.add(u64::MAX);
    assert!(matches!(exact.quantile(500), Some(Counted::About(_, 1))));
    assert_eq!(exact.count(), 2 * FEW as u64 + 1);
}

#[test]
fn a_million_different_numbers_take_no_more_room_and_are_within_the_error() {
    // Log-normal, like times of answers: a product of factors between 1 and 4.
    let mut numbers: Vec<u64> = (0..1_000_000_u64)
        .map(|index| {
            (0..12).fold(1000, |number, factor| {
                number * (64 + (mixed(index * 12 + factor) >> 57) * 3 / 2) / 64
            })
        })
        .collect();
    let sketch = quantiles::<FEW>(&numbers);
    assert_eq!(
        sketch.sum(),
        numbers.iter().map(|number| u128::from(*number)).sum()
    );
    numbers.sort_unstable();
    for permille in [1, 10, 250, 500, 900, 950, 990, 999, 1000] {
        let truth = numbers[nearest_rank(1_000_000, permille) as usize];
        let Some(Counted::About(found, 1)) = sketch.quantile(permille) else {
            panic!("{:?} for {truth}", sketch.quantile(permille));
        };
        assert!(found.abs_diff(truth) * 1000 <= truth, "{found} for {truth}");
    }
    let Numbers::Buckets(pages) = &sketch.numbers else {
        panic!("a million numbers are kept")
    };
    let pages = pages.iter().flatten().count();
    assert!(pages < 25, "{pages} pages of 8 KiB");
}

#[test]
fn what_is_no_state_is_refused() {
    let load = serde_json::from_str::<Quantiles<FEW>>;
    assert!(load(r#"{"sum":3,"few":[[3,1]]}"#).is_ok());
    assert!(load(r#"{"sum":3,"buckets":[[56319,1]]}"#).is_ok());
    assert!(load(r#"{"sum":3,"buckets":[[56320,1]]}"#).is_err());
    assert!(load(r#"{"sum":-3}"#).is_err());
    let most = load(
        r#"{"sum":340282366920938463463374607431768211455,"few":[[1,18446744073709551615],[2,5]]}"#,
    );
    let mut most = most.unwrap();
    most.add(1);
    assert_eq!(
        (most.count(), most.sum(), most.quantile(1000)),
        (u64::MAX, u128::MAX, Some(Counted::Exactly(1)))
    );
}

fn numbers() -> impl Strategy<Value = Vec<u64>> {
    let number = prop_oneof![4 => 0_u64..6, 4 => 0_u64..5_000, 2 => any::<u64>()];
    prop::collection::vec(number, 0..24)
}

proptest! {
    #[test]
    fn quantiles_are_those_of_the_definition(numbers in numbers(), permille in 0_u16..=1000) {
        let expected = by_definition(&numbers, permille);
        prop_assert_eq!(quantiles::<FEW>(&numbers).quantile(permille), expected.map(Counted::Exactly));
        let about = match quantiles::<4>(&numbers).quantile(permille) {
            Some(Counted::Exactly(found)) => Some((found, 0)),
            Some(Counted::About(found, permille)) => Some((found, permille)),
            None => None,
        };
        prop_assert_eq!(about.is_some(), expected.is_some());
        if let (Some((found, off)), Some(truth)) = (about, expected) {
            prop_assert!(u128::from(found.abs_diff(truth)) * 1000 <= u128::from(truth) * u128::from(off));
        }
    }

    #[test]
    fn merging_adds_and_saving_keeps(parts in [numbers(), numbers(), numbers()], turned in any::<prop::sample::Index>()) {
        let mut all = parts.concat();
        let by = turned.index(all.len() + 1);
        all.rotate_left(by);
        let sums = parts.each_ref().map(|part| quantiles::<8>(part));
        let whole = quantiles::<8>(&all);
        merging_is_adding(&sums, &whole);
        let saved = serde_json::to_string(&whole).unwrap();
        prop_assert_eq!(serde_json::from_str::<Quantiles<8>>(&saved).unwrap(), whole);
    }
}
