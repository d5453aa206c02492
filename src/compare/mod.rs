//! Two documents side by side: what changed from the first to the second, and what of it is more than chance.
//!
//! ```text
//!  document a, its parts ─┐                     ┌─▶ shares: difference, p value ─┐
//!                         ├─▶ places: pairs of ─┤                                ├─▶ beyond chance? ─▶ document
//!  document b, its parts ─┘       shares        └─▶ spread: how much events tell ┘
//! ```
//!
//! **What is compared.** Every rate, as it is; every count of events, as its share of all events of its side; every count
//! in a ranked table, as its share of its column. Times of a day or a week are no ranked tables: traffic goes by the
//! clock, and two windows at different hours differ by more than chance. For the same reason numbers per hour and per
//! day are shown and not tested, and so is what depends on how long a window is: different users, means for each of
//! them. Estimates are shown and not tested: how far they may be off is no sampling error.
//!
//! **What chance is.** The null hypothesis is that users behave alike on both sides. Events of one user are no independent
//! observations: who mistypes a code mistypes it again, and comes by the client they are used to. So the variance of each
//! share is measured between parts of the events that have no user in common (`spread`), and the events count for as
//! many independent ones as that leaves (`shares`). What one user alone did, however often, is no change of what users do.
//!
//! **What is beyond it.** A hundred comparisons at 1 % would find one change in two logs of the same life. The p values are
//! therefore judged together: the chance that anything at all is called a change between two logs of the same life is at
//! most 1 % (Holm 1979, *Scandinavian Journal of Statistics* 6:65). Holm's procedure holds however comparisons depend on
//! each other, and ours do: successes, failures and their rate are told by each other; one that controls the false
//! discovery rate would name more and promise this only for some kinds of dependence. Comparisons of so few events that no
//! outcome could pass are not counted among them (Tarone 1990, *Biometrics* 46:515): a thousand reasons that came once
//! must not hide the one that came a hundred times.

mod judge;
mod places;
mod shares;
mod sides;
mod spread;
mod told;

use crate::document::{Document, Section};
pub use places::{NOT_EVENTS, has_places};

/// How many parts the events of a side should have: enough to measure the spread between them, few enough for small logs
/// to have several users in each.
pub const PARTS: usize = 32;

/// The chance of calling anything a change where there is none.
const LEVEL: (u64, u64) = (1, 100);

/// One of the two that are compared.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// What it was called when it was asked for.
    pub name: &'a str,
    /// What the reports say of it.
    pub document: &'a Document,
    /// What the same reports say of parts of its events that have no user in common.
    pub parts: &'a [Document],
}

/// What changed from the first side to the second. The document has one report, `diff`; its window and its input are
/// those of both.
pub fn compare(sides: [Side<'_>; 2]) -> Document {
    let compared = judge::judged(sides);
    Document {
        window: sides::window(sides),
        input: sides::input(sides),
        reports: vec![told::section(sides, &compared)],
    }
}

/// How many comparisons a document of [`compare`] found beyond chance.
pub fn changed(document: &Document) -> usize {
    let tables = document.reports.iter().flat_map(|section| &section.tables);
    let mut changes = tables.filter(|table| table.name == told::CHANGES);
    changes.next().map_or(0, |table| table.rows.len())
}

/// The number of events of a document.
fn events(document: &Document) -> u64 {
    sides::count(&document.input, "events")
}

/// The value of a fact.
fn fact<'a>(section: &'a Section, name: &str) -> Option<&'a crate::document::Value> {
    let mut facts = section.facts.iter();
    facts.find(|fact| fact.name == name).map(|fact| &fact.value)
}

#[cfg(test)]
mod tests;
