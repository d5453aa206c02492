//! How fast each phase is, alone and together, on logs as `authmeter generate` makes them.
//!
//! ```text
//! write    events of an application become lines of a file
//! decode   a line becomes an event
//! read     a file becomes batches of events
//! newest   events become rows, of which the newest are kept
//! observe  batches become the state of one report;   merge   two states become one
//! whole    a file becomes all answers
//! ```
//!
//! A log's size and hash are in the bench's name, and the answer is held against the generator's truth before anything
//! is timed. `cargo bench -- decode` runs one phase.

#![allow(clippy::unwrap_used)]

mod corpus;
mod decode;
mod newest;
mod observe;
mod read;
mod whole;
mod write;

use criterion::{criterion_group, criterion_main};

criterion_group!(
    benches,
    write::writing,
    decode::decoding,
    read::reading,
    newest::keeping,
    observe::observing,
    whole::reports
);
criterion_main!(benches);
