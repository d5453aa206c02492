//! Whether a sealed log is what was written: [`seal`](crate::seal) says what a seal is and what it covers.
//!
//! ```text
//!  input ──▶ strand   one file from start to end: every seal against the bytes before it and the seal before it
//!  input ──▶ strand ─┐
//!  input ──▶ strand ─┴─▶ chains   strands by the numbers of their seals: what is missing between, what is there twice
//!                          │
//!                          ▼
//!                     checkpoint   what an earlier look has seen, kept where the log is not: cut ends, other histories
//! ```
//!
//! Inputs are read once, by all workers, in memory that does not grow with them. Of each one is kept its first seal with
//! the bytes before it, its last seal with the state of the hash behind it, and what was found.
//!
//! **What is a finding** is in `Sort`. What is none, and told: lines behind the last seal of a chain (a second's worth,
//! where a writer was killed or still writes), lines sealed after the fact, a chain that begins late because older files
//! are gone, an input that is there twice.
//!
//! **Where.** A seal covers some 64 lines, and that is how near one can get to a changed byte: a finding has the lines and
//! bytes between two seals. A seal itself is checked byte by byte.

mod chains;
mod checkpoint;
mod finding;
mod strand;
mod told;

use rayon::prelude::*;

use crate::key::Key;
use crate::read::{Input, Reading};
use crate::seal::Mark;
pub(crate) use chains::ChainSeen;
pub(crate) use checkpoint::Checkpoint;
pub(crate) use finding::{Finding, Findings};
pub(crate) use strand::Strand;
pub(crate) use told::document;

/// The keys that seals may be of.
pub(crate) struct Keys(Vec<Key>);

impl Keys {
    pub(crate) fn new(keys: Vec<Key>) -> Keys {
        Keys(keys)
    }

    fn of(&self, id: &[u8]) -> Option<&Key> {
        self.0.iter().find(|key| key.id().as_bytes() == id)
    }

    /// The one that is used where this program makes a code itself.
    fn own(&self) -> Option<&Key> {
        self.0.first()
    }
}

/// What was seen.
#[derive(Default)]
pub(crate) struct Verdict {
    /// By input.
    pub(crate) strands: Vec<Strand>,
    pub(crate) chains: Vec<ChainSeen>,
    pub(crate) findings: Findings,
    /// Inputs that are there twice: the one, and of which it is a copy.
    pub(crate) copies: Vec<(u32, u32)>,
    /// What the checkpoint has to do with it.
    pub(crate) checkpoint: Option<&'static str>,
    /// Whether somebody ended it early.
    pub(crate) interrupted: bool,
}

/// Reads all inputs, and holds them against their seals, against each other, and against a checkpoint. Keeps so many
/// findings.
pub(crate) fn verify(
    inputs: Vec<Input>,
    keys: &Keys,
    checkpoint: Option<&Checkpoint>,
    reading: &Reading,
    limit: usize,
) -> Verdict {
    let sizes: Option<u64> = inputs.iter().map(Input::size).sum();
    reading.watch.begin(sizes);
    let sought: Vec<Mark> = checkpoint.map_or_else(Vec::new, Checkpoint::marks);
    let strands: Vec<Strand> = inputs
        .into_par_iter()
        .enumerate()
        .map(|(index, input)| strand::read(index as u32, input, keys, &sought, reading, limit))
        .collect();
    let interrupted = reading.watch.is_stopped();
    let mut verdict = Verdict {
        interrupted,
        ..chains::linked(strands, limit)
    };
    if let Some(checkpoint) = checkpoint {
        checkpoint.hold_against(&mut verdict);
    }
    verdict.findings.sort();
    verdict
}

#[cfg(test)]
mod tests;
