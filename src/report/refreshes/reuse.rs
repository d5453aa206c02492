//! Refresh tokens that come again after they were rotated.

use serde::{Deserialize, Serialize};

use crate::document::Value;
use crate::event::{Event, Field, Outcome};
use crate::report::Options;
use crate::report::rows::number;
use crate::tally::{Entry, Merge, Sequences, Sum, pair_hash};

const ROTATED: u8 = 0;
const REFUSED: u8 = 1;
/// A failure that is counted already, by its reason.
const NAMED: u8 = 2;

/// How many refreshes are reuse; see the report's definition.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Reuse {
    /// Failures whose reason says so.
    named: u64,
    /// What happened to each token.
    tokens: Sequences,
    /// In microseconds.
    grace: i64,
}

impl Reuse {
    pub(super) fn new(options: &Options) -> Reuse {
        Reuse {
            named: 0,
            tokens: Sequences::new(options.memory_limit),
            grace: i64::try_from(options.reuse_grace.as_micros()).unwrap_or(i64::MAX),
        }
    }

    /// Counts a refresh.
    pub(super) fn count(&mut self, event: &Event<'_>) {
        let failed = event.outcome == Outcome::Failure;
        let is_named = failed && event.get(Field::Reason).is_some_and(names_reuse);
        self.named += u64::from(is_named);
        if let Some((token, time)) = event.get(Field::TokenId).zip(event.time) {
            let family = event.get(Field::TokenFamily).unwrap_or_default();
            let what = match event.outcome {
                Outcome::Success => ROTATED,
                _ if is_named => NAMED,
                _ => REFUSED,
            };
            self.tokens.add(pair_hash(family, token), time, what);
        }
    }

    pub(super) fn merge(&mut self, other: Reuse) {
        self.named += other.named;
        self.tokens.merge(other.tokens);
    }

    pub(super) fn settle(&mut self) {
        self.tokens.settle();
    }

    /// How many there were of so many refreshes.
    pub(super) fn reused(self, refreshes: u64) -> Value {
        let sample = self.tokens.sample();
        let mut again = Sum::default();
        for entries in sample.keys() {
            again.add(came_again(entries, self.grace));
        }
        let (again, off) = sample.scaled(&again);
        number(self.named.saturating_add(again).min(refreshes), off)
    }
}

/// How often a token came again later than `grace` after it was first refreshed, where no reason says so.
fn came_again(entries: &[Entry], grace: i64) -> u64 {
    let mut rotated = entries.iter().filter(|entry| entry.what() == ROTATED);
    let Some(rotated) = rotated.next() else {
        return 0;
    };
    let late = |entry: &&Entry| entry.micros().saturating_sub(rotated.micros()) > grace;
    let again = entries.iter().filter(late);
    again.filter(|entry| entry.what() != NAMED).count() as u64
}

/// Whether a reason has the word in it, in whatever case.
fn names_reuse(reason: &str) -> bool {
    let mut places = reason.as_bytes().windows(5);
    places.any(|place| place.eq_ignore_ascii_case(b"reuse"))
}
