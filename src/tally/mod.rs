//! Sums that merge: what reports keep while they read.
//!
//! Everything here is an integer or a set of texts, kept by their [`Names`], merges in any order to the same value, and
//! serialises in one order, whatever order it was filled in. Where names have no room for all texts of a field, sets
//! become sketches, and say so.

mod bits;
mod cells;
mod directory;
mod distinct;
mod each;
mod every;
mod frequent;
mod fresh;
mod hash;
mod hyperloglog;
mod keyed;
#[cfg(test)]
mod laws;
mod lexicon;
mod names;
mod newest;
mod pairs;
mod quantiles;
mod sequences;
pub(crate) mod stamp;

use serde::{Deserialize, Serialize};

use crate::event::Outcome;
pub use cells::Cells;
pub use directory::{Directory, Identifying};
pub use distinct::Distinct;
pub use each::Each;
pub use every::Every;
pub use frequent::{Frequent, permille};
pub use fresh::Fresh;
pub use hash::{pair_hash, text_hash};
pub use hyperloglog::HyperLogLog;
pub use keyed::{Keyed, Ranked};
pub use lexicon::{Chapter, Lexicon, Rising, Texts};
pub use names::{Interner, Names, SavedNames};
pub use newest::{Newest, Row};
pub use pairs::{Pair, Pairs};
pub use quantiles::Quantiles;
pub use sequences::{Entry, Sample, Sequences, Sum};

/// A sum with an identity (`default`) and an associative, commutative merge.
pub trait Merge: Default {
    /// Adds what `other` holds.
    fn merge(&mut self, other: Self);
}

/// Sums of events: of one sort, or of several.
pub trait Counts: Merge + Copy + PartialEq {
    /// All of them.
    fn total(&self) -> u64;

    /// The smaller one of each sort.
    #[must_use]
    fn least(self, other: Self) -> Self;

    /// Something of each.
    #[must_use]
    fn each(self, of: impl Fn(u64) -> u64) -> Self;
}

impl Counts for u64 {
    fn total(&self) -> u64 {
        *self
    }

    fn least(self, other: u64) -> u64 {
        self.min(other)
    }

    fn each(self, of: impl Fn(u64) -> u64) -> u64 {
        of(self)
    }
}

impl Merge for u64 {
    fn merge(&mut self, other: u64) {
        *self += other;
    }
}

/// A number: how many there were, or how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Exactly.
    Exactly(u64),
    /// About, and in 95 of 100 cases no further off than so many thousandths of it.
    About(u64, u16),
}

/// How many events ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcomes {
    /// How many worked.
    pub success: u64,
    /// How many failed.
    pub failure: u64,
    /// How many do not say.
    pub unknown: u64,
}

impl Outcomes {
    /// Counts one event.
    pub fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Success => self.success += 1,
            Outcome::Failure => self.failure += 1,
            Outcome::Unknown => self.unknown += 1,
        }
    }
}

impl Counts for Outcomes {
    /// How many there were, whatever their outcome.
    fn total(&self) -> u64 {
        self.success + self.failure + self.unknown
    }

    fn least(self, other: Outcomes) -> Outcomes {
        Outcomes {
            success: self.success.min(other.success),
            failure: self.failure.min(other.failure),
            unknown: self.unknown.min(other.unknown),
        }
    }

    fn each(self, of: impl Fn(u64) -> u64) -> Outcomes {
        Outcomes {
            success: of(self.success),
            failure: of(self.failure),
            unknown: of(self.unknown),
        }
    }
}

impl Merge for Outcomes {
    fn merge(&mut self, other: Outcomes) {
        self.success += other.success;
        self.failure += other.failure;
        self.unknown += other.unknown;
    }
}
