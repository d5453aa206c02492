use proptest::prelude::*;

use super::sample::{Sample, Sum};
use super::*;
use crate::tally::Counted;
use crate::tally::hash::mixed;
use crate::tally::laws::merging_is_adding;
use crate::tally::quantiles::nearest_rank;

fn at(micros: i64) -> Timestamp {
    let nanos = micros.rem_euclid(1_000_000) as u32 * 1000;
    Timestamp::new(micros.div_euclid(1_000_000), nanos).unwrap()
}

fn sequences(room: usize, entries: &[(u64, i64, u8)]) -> Sequences {
    let mut sequences = Sequences::with_room(room);
    for (key, micros, what) in entries {
        sequences.add(*key, at(*micros), *what);
    }
    sequences
}

/// A key whose hash looks like any other.
fn key(index: u64) -> u64 {
    mixed(index.wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

fn listed(sample: &Sample) -> Vec<(u64, i64, u8)> {
    let entries = sample.keys().flatten();
    entries
        .map(|entry| (entry.key, entry.micros(), entry.what()))
        .collect()
}

#[test]
fn entries_come_by_key_and_then_by_time_and_then_by_what_happened() {
    let entries = [
        (9, 5, 2),
        (7, -3, 1),
        (9, 5, 0),
        (7, -2, 0),
        (9, -1, 3),
        (9, 5, 2),
    ];
    let sample = sequences(100, &entries).sample();
    assert!(sample.is_exact());
    let expected = [
        (7, -3, 1),
        (7, -2, 0),
        (9, -1, 3),
        (9, 5, 0),
        (9, 5, 2),
        (9, 5, 2),
    ];
    assert_eq!(listed(&sample), expected);
    let by_key: Vec<usize> = sample.keys().map(<[Entry]>::len).collect();
    assert_eq!(by_key, [2, 4]);
}

#[test]
fn all_times_there_are_keep_their_microseconds() {
    let times = [
        Timestamp::new(-62_135_596_800, 0),
        Timestamp::new(-1, 999_999_999),
        Timestamp::new(253_402_300_799, 999_999_999),
    ];
    let mut sequences = Sequences::default();
    times
        .into_iter()
        .flatten()
        .for_each(|time| sequences.add(1, time, 3));
    let sample = sequences.sample();
    let micros: Vec<i64> = sample
        .keys()
        .flatten()
        .map(|entry| entry.micros())
        .collect();
    assert_eq!(
        micros,
        [-62_135_596_800_000_000, -1, 253_402_300_799_999_999]
    );
}

/// What is kept, told from all entries at once.
fn by_definition(room: usize, entries: &[(u64, i64, u8)]) -> Vec<(u64, i64, u8)> {
    let mut sorted = entries.to_vec();
    sorted.sort_unstable();
    if sorted.len() <= room {
        return sorted;
    }
    let keys = sorted.chunk_by(|one, other| one.0 == other.0);
    let kept: Vec<_> = keys
        .flat_map(|entries| &entries[..entries.len().min((room / 16).max(1))])
        .copied()
        .collect();
    let of_level = |level: u32| {
        kept.iter()
            .filter(move |(key, ..)| key.trailing_zeros() >= level)
    };
    let level = (0..=64).find(|level| of_level(*level).count() <= room);
    of_level(level.unwrap()).copied().collect()
}

fn entries() -> impl Strategy<Value = Vec<(u64, i64, u8)>> {
    let keys = prop_oneof![3 => (0_u64..40).prop_map(key), 1 => (0_u64..6).prop_map(key), 1 => 0_u64..4, 1 => Just(1 << 63)];
    prop::collection::vec((keys, -3_i64..9, 0_u8..4), 0..70)
}

proptest! {
    #[test]
    fn what_is_kept_depends_on_the_entries_alone(
        parts in [entries(), entries(), entries()],
        room in prop::sample::select(vec![1, 2, 5, 20, 40, 64, 1000]),
        turned in any::<prop::sample::Index>(),
    ) {
        let mut all = parts.concat();
        let by = turned.index(all.len() + 1);
        all.rotate_left(by);
        let states = parts.each_ref().map(|part| sequences(room, part));
        let whole = sequences(room, &all);
        merging_is_adding(&states, &whole);
        let saved = serde_json::to_string(&whole).unwrap();
        let loaded: Sequences = serde_json::from_str(&saved).unwrap();
        prop_assert_eq!(serde_json::to_string(&loaded).unwrap(), saved);
        let sample = whole.sample();
        prop_assert_eq!(listed(&sample), by_definition(room, &all));
        prop_assert!(sample.is_exact() || all.len() > room);
        prop_assert_eq!(listed(&loaded.sample()), listed(&sample));
    }
}

#[test]
fn no_more_memory_is_taken_however_many_come() {
    let mut sequences = Sequences::new(Some(1 << 20));
    assert_eq!(sequences.room, LEAST);
    for index in 0..300_000_u64 {
        sequences.add(key(index % 100_000), at(index as i64), 0);
        assert!(sequences.entries.capacity() <= LEAST + LEAST / 4);
    }
    assert!(sequences.left_out.is_empty());
    let sample = sequences.sample();
    let kept = sample.keys().count();
    assert!((LEAST / 8..=LEAST / 3).contains(&kept), "{kept} keys");
    assert!(
        sample.keys().all(|entries| entries.len() == 3),
        "a key's entries are kept together"
    );
    assert_eq!(
        [
            Sequences::new(Some(0)).room,
            Sequences::new(Some(1 << 28)).room
        ],
        [LEAST, 1 << 19]
    );
    assert_eq!(
        [
            Sequences::new(None).room,
            Sequences::new(Some(u64::MAX)).room
        ],
        [ROOM; 2]
    );
}

#[test]
fn one_key_does_not_take_the_room_of_the_others() {
    let mut sequences = Sequences::with_room(1600);
    for index in 0..100_000 {
        sequences.add(8, at(100_000 - index), 0);
        if index < 500 {
            sequences.add(key(index as u64), at(index), 1);
        }
    }
    let sample = sequences.sample();
    assert_eq!((sample.sequences.level, sample.left_out), (0, 99_900));
    assert_eq!(sample.keys().count(), 501);
    let first = sample.keys().find(|entries| entries[0].key == 8).unwrap();
    assert!(first.iter().map(|entry| entry.micros()).eq(1..=100));
    let mut sum = Sum::default();
    sum.add(7);
    assert_eq!(sample.scaled(&sum), (7, Some(99_900)));
    assert_eq!(
        sample.quantile(&[5; 600], 500),
        Some(Counted::About(5, 1000))
    );
}

/// Keys with one to eight entries; what is asked is how many entries say 1, and the times of those that do.
fn synthetic(seed: u64, room: usize) -> (Sample, u64, Vec<u64>) {
    let mut sequences = Sequences::with_room(room);
    let (mut truth, mut values) = (0, Vec::new());
    for index in 0..20_000 {
        let random = mixed(key(index) ^ mixed(seed + 1));
        for step in 0..1 + (random % 8).min(random >> 8 & 7) {
            let random = mixed(random + step + 1);
            let micros = (random % 1000) * (random >> 12 & 1023);
            let what = u8::from(random >> 40 & 3 == 0);
            if what == 1 {
                truth += 1;
                values.push(micros);
            }
            sequences.add(mixed(key(index) ^ seed << 32), at(micros as i64), what);
        }
    }
    values.sort_unstable();
    (sequences.sample(), truth, values)
}

fn asked(sample: &Sample) -> (Sum, Vec<u64>) {
    let (mut sum, mut values) = (Sum::default(), Vec::new());
    for entries in sample.keys() {
        let said = entries.iter().filter(|entry| entry.what() == 1);
        values.extend(said.clone().map(|entry| entry.micros() as u64));
        sum.add(said.count() as u64);
    }
    values.sort_unstable();
    (sum, values)
}

#[test]
fn estimates_are_within_their_errors_in_nearly_all_cases() {
    let (mut sums, mut quantiles) = (0, 0);
    for seed in 0..100 {
        let (sample, truth, values) = synthetic(seed, 4096);
        assert!(!sample.is_exact());
        let (sum, kept) = asked(&sample);
        let (value, off) = sample.scaled(&sum);
        let off = off.unwrap();
        assert!(off * 5 < value, "{value} ± {off} says little");
        sums += u32::from(value.abs_diff(truth) <= off);
        for permille in [500, 950] {
            let truth = values[nearest_rank(values.len() as u64, permille) as usize];
            let Some(Counted::About(value, off)) = sample.quantile(&kept, permille) else {
                panic!("a sample is not exact");
            };
            assert!(
                off < 300 || sample.unexplained > 0.0,
                "{value} ± {off} ‰ says little"
            );
            quantiles += u32::from(value.abs_diff(truth) * 1000 <= value * u64::from(off));
        }
    }
    // 95 and 190 are expected; 89 and 180 are three standard deviations below.
    assert!(
        sums >= 89 && quantiles >= 180,
        "{sums} sums and {quantiles} quantiles of 200"
    );
}

#[test]
fn an_exact_sample_answers_exactly() {
    let (sample, truth, values) = synthetic(3, ROOM);
    let (sum, kept) = asked(&sample);
    assert_eq!((sample.scaled(&sum), kept), ((truth, None), values.clone()));
    let median = values[nearest_rank(values.len() as u64, 500) as usize];
    assert_eq!(
        sample.quantile(&values, 500),
        Some(Counted::Exactly(median))
    );
    assert_eq!(sample.quantile(&[], 500), None);
}

#[test]
fn a_large_key_that_was_not_kept_shows_in_the_error() {
    let mut sequences = Sequences::with_room(4096);
    for index in 0..10_000_u64 {
        sequences.add(key(index), at(index as i64), 0);
        // Kept at level 0 alone.
        sequences.add(1, at(index as i64), 1);
    }
    let sample = sequences.sample();
    let mut sum = Sum::default();
    sample.keys().for_each(|_| sum.add(1));
    let (value, off) = sample.scaled(&sum);
    assert!(value.abs_diff(10_001) < 600, "{value}");
    assert!(
        off.unwrap() * 3 > value,
        "half of all entries are of one key: {value} ± {off:?}"
    );
}

#[test]
fn nothing_found_in_a_sample_is_no_proof_that_there_is_nothing() {
    let (sample, ..) = synthetic(4, 4096);
    let (value, off) = sample.scaled(&Sum::default());
    assert_eq!((value, off), (0, Some(3 << sample.sequences.level)));
}

#[test]
fn states_that_claim_much_take_no_room_for_it() {
    let load = serde_json::from_str::<Sequences>;
    let claims = r#"{"room":18446744073709551615,"added":1,"level":4294967295,"entries":[[0,9223372036854775807],[3,5]],"left_out":[[0,18446744073709551615],[0,7]]}"#;
    let loaded = load(claims).unwrap();
    assert_eq!(
        (loaded.room, loaded.level, loaded.entries.len()),
        (ROOM, 64, 1)
    );
    let sample = loaded.sample();
    let mut sum = Sum::default();
    sum.add(u64::MAX);
    assert_eq!(sample.scaled(&sum), (u64::MAX, Some(u64::MAX)));
    assert!(load(r#"{"room":1,"added":1,"level":0}"#).is_err());
}
