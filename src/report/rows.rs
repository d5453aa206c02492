//! What several reports say in the same way: shares and rows of their tallies.

use crate::document::Value;
use crate::tally::{Keyed, Outcomes};

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
