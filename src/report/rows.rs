//! What several reports say in the same way: shares and rows of their tallies.

use crate::document::Value;
use crate::tally::{Counted, Keyed, Outcomes};

/// How many there were, exactly or about.
pub(super) fn counted(counted: Counted) -> Value {
    match counted {
        Counted::Exactly(count) => Value::Count(count),
        Counted::About(value, permille) => Value::About { value, permille },
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

/// Rows of key, success, failure, success rate; most events first.
pub(super) fn outcome_rows(keyed: &Keyed<Outcomes>) -> impl Iterator<Item = Vec<Value>> {
    keyed
        .largest_first(Outcomes::total)
        .into_iter()
        .map(|(key, outcomes)| {
            let counts = [
                Value::Count(outcomes.success),
                Value::Count(outcomes.failure),
            ];
            [Value::text(key.as_deref())]
                .into_iter()
                .chain(counts)
                .chain([success_rate(outcomes)])
                .collect()
        })
}

/// Rows of key and count; the largest count first.
pub(super) fn count_rows(keyed: &Keyed<u64>) -> impl Iterator<Item = Vec<Value>> {
    keyed
        .largest_first(|count| *count)
        .into_iter()
        .map(|(key, count)| vec![Value::text(key.as_deref()), Value::Count(*count)])
}
