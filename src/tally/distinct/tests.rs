use super::*;

/// Texts counted by names with this much room, as `workers` would who share the names.
fn counted(texts: &[String], room: u64, workers: usize) -> Distinct {
    let names = Arc::new(Names::limited(room));
    let size = texts.len().div_ceil(workers).max(1);
    let parts = texts.chunks(size).map(|part| {
        let mut distinct = Distinct::new(&names);
        part.iter().for_each(|text| distinct.add(names.key(text)));
        distinct
    });
    let merged = parts.reduce(|mut one, other| {
        one.merge(other);
        one
    });
    merged.unwrap_or_default()
}

fn users(count: usize) -> Vec<String> {
    (0..count).map(|index| format!("user-{index}")).collect()
}

fn about(distinct: &Distinct, additions: u64) -> u64 {
    match distinct.count(additions) {
        Counted::About(count, HyperLogLog::ERROR_PERMILLE) => count,
        other => panic!("{other:?} is no estimate"),
    }
}

#[test]
fn as_many_as_there_is_room_for_are_counted_exactly_and_one_more_is_not() {
    // A text of 6 or 7 bytes takes a record of two words, and 64 bytes beside it.
    let texts = users(100);
    assert_eq!(
        counted(&texts, 100 * 80, 1).count(100),
        Counted::Exactly(100)
    );
    let estimate = about(&counted(&texts, 100 * 80 - 1, 1), 100);
    assert!((98..=100).contains(&estimate), "{estimate}");
}

#[test]
fn a_million_are_counted_within_the_bound_whatever_had_room() {
    let texts = users(1_000_000);
    let few = about(&counted(&texts, 80 * 1000, 1), u64::MAX);
    let most = about(&counted(&texts, 80 * 900_000, 2), u64::MAX);
    assert_eq!(few, most);
    assert!(few.abs_diff(1_000_000) <= 16_000, "{few}");
}

#[test]
fn no_estimate_is_above_the_number_of_events() {
    for count in [1, 2, 3, 10, 100, 1000, 5000] {
        let estimate = about(&counted(&users(count), 0, 1), count as u64);
        assert!(estimate <= count as u64, "{estimate} of {count}");
    }
}

#[test]
fn order_workers_and_repetition_do_not_matter() {
    let texts = users(3000);
    let mut turned = [&texts[..], &texts[..700]].concat();
    turned.reverse();
    for room in [0, 80 * 1500, 80 * 2999] {
        let one = serde_json::to_string(&counted(&texts, room, 1)).unwrap();
        let other = serde_json::to_string(&counted(&turned, room, 3)).unwrap();
        assert_eq!(one, other, "{room}");
    }
}

#[test]
fn sets_that_fit_alone_and_not_together_overflow_when_they_are_merged() {
    let (texts, room) = (users(100), 80 * 60);
    let halves = || {
        let halves = texts.chunks(50).map(|half| counted(half, room, 1));
        let halves: Vec<Distinct> = halves.collect();
        assert!(
            halves
                .iter()
                .all(|half| half.count(50) == Counted::Exactly(50))
        );
        halves
    };
    let whole = serde_json::to_string(&counted(&texts, room, 1)).unwrap();
    let saved = |distinct: &Distinct| serde_json::to_string(distinct).unwrap();
    for loads in [false, true] {
        let mut halves = halves();
        if loads {
            halves = halves
                .iter()
                .map(|half| serde_json::from_str(&saved(half)).unwrap())
                .collect();
        }
        let mut merged = halves.remove(0);
        merged.merge(halves.remove(0));
        assert_eq!(saved(&merged), whole, "loaded: {loads}");
    }
}
