use proptest::prelude::*;

use super::super::laws::merging_is_adding;
use super::*;

/// Seconds, input and offset, and what it says.
type Sample = (Option<i64>, u32, u64, [&'static str; 2]);

fn newest(most: usize, samples: &[Sample]) -> Newest<2> {
    let mut newest = Newest::new(most);
    for (seconds, input, offset, texts) in samples {
        let position = Position {
            input: *input,
            offset: *offset,
            line: 7,
        };
        newest.add(at(*seconds), position, || texts.map(Some));
    }
    newest
}

fn at(seconds: Option<i64>) -> Option<Timestamp> {
    Timestamp::new(seconds?, 0)
}

/// Times and reasons of the rows.
fn told(newest: Newest<2>) -> Vec<(Option<i64>, Option<String>)> {
    let rows = newest.rows();
    let told = rows.iter().map(|row| {
        let reason = row.texts()[0].map(str::to_owned);
        (row.time().map(Timestamp::seconds), reason)
    });
    told.collect()
}

fn said(reason: &str) -> Option<String> {
    Some(reason.to_owned())
}

#[test]
fn the_newest_come_first_and_undated_ones_last() {
    let samples = [
        (Some(3), 0, 0, ["c", ""]),
        (None, 0, 10, ["u", ""]),
        (Some(-5), 0, 20, ["a", ""]),
        (Some(9), 0, 30, ["d", ""]),
    ];
    let all = [
        (Some(9), said("d")),
        (Some(3), said("c")),
        (Some(-5), said("a")),
        (None, said("u")),
    ];
    for most in [0, 1, 2, 3, 4, 5, usize::MAX] {
        assert_eq!(told(newest(most, &samples)), all[..most.min(4)], "{most}");
    }
}

#[test]
fn of_one_time_the_first_in_the_input_comes_first_and_then_what_it_says_decides() {
    let samples = [
        (Some(1), 1, 0, ["other input", ""]),
        (Some(1), 0, 900, ["later", ""]),
        (Some(1), 0, 20, ["b", ""]),
        (Some(1), 0, 20, ["a", "z"]),
        (Some(1), 0, 20, ["", "az"]),
    ];
    let reasons = [
        None,
        said("a"),
        said("b"),
        said("later"),
        said("other input"),
    ];
    let told = told(newest(5, &samples));
    assert!(told.into_iter().map(|(_, reason)| reason).eq(reasons));
}

#[test]
fn texts_come_back_as_they_were() {
    let mut newest = Newest::<3>::new(1);
    newest.add(None, Position::default(), || {
        [Some("é"), None, Some("漢字")]
    });
    let rows = newest.rows();
    assert_eq!(rows[0].texts(), [Some("é"), None, Some("漢字")]);
}

#[test]
fn a_row_that_is_dropped_leaves_its_room_to_the_next() {
    let mut rows = newest(50, &[]);
    let add = |rows: &mut Newest<2>, times: std::ops::Range<i64>| {
        for time in times {
            rows.add(at(Some(time)), Position::default(), || {
                [Some("reason"), None]
            });
        }
    };
    add(&mut rows, 0..1_000);
    let places = |rows: &Newest<2>| {
        let mut places: Vec<*const u8> = rows.rows.iter().map(|row| row.text.as_ptr()).collect();
        places.sort_unstable();
        places
    };
    let before = places(&rows);
    add(&mut rows, 1_000..10_000);
    assert_eq!(places(&rows), before);
    assert_eq!(before.len(), 50 + SPARE);
}

#[test]
fn large_rows_are_dropped_early_and_their_room_with_them() {
    let mut rows = Newest::<1>::new(2);
    let large = "x".repeat(MUCH);
    for time in 0..100 {
        rows.add(at(Some(time)), Position::default(), || [Some(&large)]);
    }
    let held: usize = rows.rows.iter().map(|row| row.text.capacity()).sum();
    assert!(held < 6 * MUCH, "{held} bytes for two rows of {MUCH}");
    assert_eq!(rows.rows()[0].texts(), [Some(&*large)]);
}

#[test]
fn one_that_keeps_none_changes_nothing() {
    let samples = [(Some(1), 0, 0, ["a", ""]), (Some(2), 0, 0, ["b", ""])];
    let mut left = Newest::<2>::default();
    left.merge(newest(1, &samples));
    let mut right = newest(1, &samples);
    right.merge(Newest::default());
    assert_eq!(told(left), [(Some(2), said("b"))]);
    assert_eq!(told(right), [(Some(2), said("b"))]);
}

#[test]
fn a_state_whose_rows_are_of_another_length_is_refused() {
    let saved = serde_json::to_string(&newest(3, &[(Some(1), 0, 0, ["a", "b"])])).unwrap();
    assert!(serde_json::from_str::<Newest<2>>(&saved).is_ok());
    assert!(serde_json::from_str::<Newest<3>>(&saved).is_err());
    let far = saved.replace("[1,0]", "[1,1000000000]");
    assert!(serde_json::from_str::<Newest<2>>(&far).is_err());
}

fn sample() -> impl Strategy<Value = Sample> {
    let text = || prop::sample::select(&["", "a", "b", "ab"][..]);
    (
        prop::option::weighted(0.8, 0..40_i64),
        0..2_u32,
        0..3_u64,
        [text(), text()],
    )
}

proptest! {
    #[test]
    fn they_are_the_first_of_all_in_their_order(
        samples in prop::collection::vec(sample(), 0..400),
        most in 0_usize..30,
    ) {
        let mut sorted = samples.clone();
        // Later first, undated last; then the place; then the texts, of which none is the first.
        sorted.sort_by_key(|(time, input, offset, texts)| (Reverse(*time), *input, *offset, *texts));
        let texts = |text: &'static str| Some(text).filter(|text| !text.is_empty());
        let expected: Vec<_> = sorted.iter().take(most).map(|(time, _, _, two)| (*time, two.map(texts))).collect();
        let rows = newest(most, &samples).rows();
        let found: Vec<_> = rows.iter().map(|row| (row.time().map(Timestamp::seconds), row.texts())).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn merging_them_is_adding(
        samples in prop::collection::vec(sample(), 0..300),
        cuts in [0_usize..300, 0_usize..300],
        most in 0_usize..20,
    ) {
        let [one, other] = cuts.map(|cut| cut.min(samples.len()));
        let (low, high) = (one.min(other), one.max(other));
        let parts = [&samples[..low], &samples[low..high], &samples[high..]].map(|part| newest(most, part));
        merging_is_adding(&parts, &newest(most, &samples));
    }

    #[test]
    fn a_saved_state_reads_back(samples in prop::collection::vec(sample(), 0..200), most in 0_usize..20) {
        let saved = serde_json::to_string(&newest(most, &samples)).unwrap();
        let loaded: Newest<2> = serde_json::from_str(&saved).unwrap();
        prop_assert_eq!(serde_json::to_string(&loaded).unwrap(), saved);
    }
}
