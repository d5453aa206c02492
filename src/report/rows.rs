//! What several reports say in the same way: shares and rows of their tallies.

use std::time::Duration;

use crate::document::Value;
use crate::event::{Family, Outcome, Timestamp};
use crate::tally::{Counted, Keyed, Outcomes, Ranked, permille};

/// When it was, if that is known.
pub(super) fn time(time: Option<Timestamp>) -> Value {
    time.map_or(Value::Missing, Value::time)
}

/// How an event ended, in a list of events.
pub(super) fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "ok",
        Outcome::Failure => "failed",
        Outcome::Unknown => "unknown",
    }
}

/// What is about tokens.
pub(super) const TOKEN_FAMILIES: &[Family] = &[
    Family::Issue,
    Family::Refresh,
    Family::Use,
    Family::End,
    Family::Invalid,
];

/// How many there were, exactly or about.
pub(super) fn counted(counted: Counted) -> Value {
    match counted {
        Counted::Exactly(count) => Value::Count(count),
        Counted::About(value, permille) => Value::About { value, permille },
    }
}

/// How long it took, in so many `unit`s, exactly or about; missing if there is nothing that took time.
pub(super) fn span(length: Option<Counted>, unit: Duration) -> Value {
    let span = |units: u64| {
        let nanos = unit.as_nanos().saturating_mul(units.into());
        Duration::from_nanos_u128(nanos.min(Duration::MAX.as_nanos()))
    };
    match length {
        None => Value::Missing,
        Some(Counted::Exactly(units)) => Value::Span(span(units)),
        Some(Counted::About(units, permille)) => Value::AboutSpan {
            span: span(units),
            permille,
        },
    }
}

/// `part` for each of `whole`.
pub(super) fn mean(part: u64, whole: Counted) -> Value {
    match whole {
        Counted::Exactly(whole) => Value::Mean { part, whole },
        Counted::About(whole, permille) => Value::about_mean(part, whole, permille),
    }
}

/// Successes among those whose outcome is known.
pub(super) fn success_rate(outcomes: &Outcomes) -> Value {
    Value::Ratio {
        part: outcomes.success,
        whole: outcomes.success + outcomes.failure,
    }
}

/// A number that may be too large by `off`, if that is said.
pub(super) fn number(count: u64, off: Option<u64>) -> Value {
    off.map_or(Value::Count(count), |off| Value::About {
        value: count,
        permille: permille(off, count),
    })
}

/// A share or mean of numbers, each with by how much it may be too large.
pub(super) fn about_rate((part, off): (u64, u64), (whole, whole_off): (u64, u64)) -> Value {
    // It is too large if the part is too large, and too small if the whole is.
    let permille = permille(off, part).max(permille(whole_off, whole.saturating_sub(whole_off)));
    Value::AboutRate {
        part,
        whole,
        permille,
    }
}

/// Successes among those whose outcome is known, of which each may be too many by `off`.
fn about_success_rate(outcomes: &Outcomes, off: &Outcomes) -> Value {
    let whole = outcomes.success + outcomes.failure;
    about_rate((outcomes.success, off.success), (whole, off.failure))
}

/// Rows of key, success, failure, success rate; most events first.
pub(super) fn outcome_rows(keyed: &Keyed<Outcomes>) -> impl Iterator<Item = Vec<Value>> {
    let Ranked { rows, off } = keyed.ranked();
    rows.into_iter().map(move |(key, outcomes)| {
        let rate = off.map_or_else(
            || success_rate(&outcomes),
            |off| about_success_rate(&outcomes, &off),
        );
        vec![
            Value::text(key.as_deref()),
            number(outcomes.success, off.map(|off| off.success)),
            number(outcomes.failure, off.map(|off| off.failure)),
            rate,
        ]
    })
}

/// Rows of key and count; the largest count first.
pub(super) fn count_rows(keyed: &Keyed<u64>) -> impl Iterator<Item = Vec<Value>> {
    let Ranked { rows, off } = keyed.ranked();
    rows.into_iter()
        .map(move |(key, count)| vec![Value::text(key.as_deref()), number(count, off)])
}
