use super::*;
use crate::event::Timestamp;

/// Outcome, microseconds, token, family, reason.
type Told = (
    Outcome,
    Option<i64>,
    Option<&'static str>,
    Option<&'static str>,
    Option<&'static str>,
);

const SECOND: i64 = 1_000_000;
const GRACE: i64 = 10 * SECOND;

fn refreshed(micros: i64, token: &'static str) -> Told {
    (Outcome::Success, Some(micros), Some(token), None, None)
}

fn refused(micros: i64, token: &'static str) -> Told {
    (
        Outcome::Failure,
        Some(micros),
        Some(token),
        None,
        Some("expired"),
    )
}

fn answer(told: &[Told], options: &Options, apart: bool) -> Value {
    let directory = Directory::default();
    let mut whole = Refreshes::new(options, &directory);
    for (outcome, micros, token, family, reason) in told {
        let mut event = Event::new(Kind::TokenRefresh);
        event.outcome = *outcome;
        event.time = micros.and_then(|micros| {
            let nanos = micros.rem_euclid(SECOND) as u32 * 1000;
            Timestamp::new(1_736_937_000 + micros.div_euclid(SECOND), nanos)
        });
        event.set(Field::TokenId, *token);
        event.set(Field::TokenFamily, *family);
        event.set(Field::Reason, *reason);
        if apart {
            let mut one = Refreshes::new(options, &directory);
            one.observe(&[event]);
            whole.merge(one);
        } else {
            whole.observe(&[event]);
        }
    }
    let section = whole.finish(&Context::default());
    let mut facts = section.facts.into_iter();
    facts.find(|fact| fact.name == "reused").unwrap().value
}

/// How many are reuse, read in this order and in others.
#[track_caller]
fn reused(told: &[Told]) -> u64 {
    let options = Options::default();
    let value = answer(told, &options, false);
    let mut turned = told.to_vec();
    turned.reverse();
    for apart in [false, true] {
        assert_eq!(answer(&turned, &options, apart), value);
        turned.rotate_left(told.len() / 2);
    }
    match value {
        Value::Count(count) => count,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_token_that_comes_again_after_the_grace_is_reused() {
    assert_eq!(reused(&[refreshed(0, "t"), refreshed(GRACE + 1, "t")]), 1);
    assert_eq!(reused(&[refreshed(0, "t"), refreshed(GRACE, "t")]), 0);
    assert_eq!(reused(&[refreshed(0, "t"), refused(GRACE + 1, "t")]), 1);
    // The first success rotates it, however often it comes within the grace.
    let often = [
        refreshed(0, "t"),
        refreshed(GRACE, "t"),
        refreshed(2 * GRACE, "t"),
        refused(3 * GRACE, "t"),
    ];
    assert_eq!(reused(&often), 2);
}

#[test]
fn a_token_that_was_refused_before_is_not_rotated() {
    assert_eq!(
        reused(&[
            refused(0, "t"),
            refused(GRACE * 2, "t"),
            refreshed(GRACE * 3, "t")
        ]),
        0
    );
    let unknown = (Outcome::Unknown, Some(0), Some("t"), None, None);
    assert_eq!(reused(&[unknown, refreshed(GRACE * 2, "t")]), 0);
}

#[test]
fn tokens_are_told_apart_within_their_family_and_a_family_alone_says_nothing() {
    let of = |micros, token, family| (Outcome::Success, Some(micros), token, Some(family), None);
    assert_eq!(
        reused(&[
            of(0, Some("1"), "f"),
            of(GRACE * 2, Some("2"), "f"),
            of(GRACE * 4, Some("1"), "g")
        ]),
        0
    );
    assert_eq!(
        reused(&[
            of(0, Some("1"), "f"),
            of(GRACE * 2, Some("2"), "f"),
            of(GRACE * 4, Some("1"), "f")
        ]),
        1
    );
    assert_eq!(reused(&[of(0, None, "f"), of(GRACE * 2, None, "f")]), 0);
    assert_eq!(
        reused(&[of(0, Some("1"), "f2"), of(GRACE * 2, Some("21"), "f")]),
        0
    );
}

#[test]
fn a_reason_that_names_reuse_counts_once() {
    let named = |micros, token, reason| (Outcome::Failure, micros, token, None, Some(reason));
    assert_eq!(
        reused(&[
            named(None, None, "Token REUSE detected"),
            named(Some(0), Some("t"), "reused")
        ]),
        2
    );
    assert_eq!(
        reused(&[
            named(None, None, "reus"),
            named(None, None, "re-use"),
            named(None, None, "")
        ]),
        0
    );
    assert_eq!(
        reused(&[
            refreshed(0, "t"),
            named(Some(GRACE * 2), Some("t"), "refresh_token_reuse")
        ]),
        1
    );
    let success = (Outcome::Success, None, None, None, Some("reuse allowed"));
    assert_eq!(reused(&[success]), 0);
}

#[test]
fn what_has_no_time_is_told_by_its_reason_alone() {
    let undated = (Outcome::Success, None, Some("t"), None, None);
    assert_eq!(reused(&[undated, refreshed(0, "t"), undated]), 0);
}

#[test]
fn the_grace_is_the_readers_choice() {
    let told = [
        refreshed(0, "t"),
        refreshed(5, "t"),
        refreshed(GRACE * 7, "t"),
    ];
    for (grace, expected) in [
        (Duration::ZERO, 2),
        (Duration::from_micros(5), 1),
        (Duration::MAX, 0),
    ] {
        let options = Options {
            reuse_grace: grace,
            ..Options::default()
        };
        assert_eq!(
            answer(&told, &options, false),
            Value::Count(expected),
            "{grace:?}"
        );
    }
}

#[test]
fn more_tokens_than_there_is_room_for_make_an_estimate_within_its_error() {
    let options = Options {
        memory_limit: Some(1 << 20),
        ..Options::default()
    };
    let tokens: Vec<&'static str> = (0..20_000)
        .map(|index| &*format!("token-{index}").leak())
        .collect();
    let mut told: Vec<Told> = tokens.iter().map(|token| refreshed(0, token)).collect();
    told.extend(
        tokens
            .iter()
            .step_by(4)
            .map(|token| refreshed(GRACE * 2, token)),
    );
    told.push((Outcome::Failure, None, None, None, Some("reuse")));
    let Value::About { value, permille } = answer(&told, &options, false) else {
        panic!("it should be an estimate")
    };
    assert!(
        value.abs_diff(5001) * 1000 <= value * u64::from(permille),
        "{value} ± {permille} ‰"
    );
    assert!(permille < 250, "{permille}");
    assert_eq!(
        answer(&told, &Options::default(), false),
        Value::Count(5001)
    );
}
