//! authmeter: the flight recorder for authentication, and the tool that reads it back at memory speed.
//!
//! An application links the **writer** and emits OTP, login, token and API-use events as JSON Lines:
//!
//! ```no_run
//! let _guard = authmeter::init_from_env()?;
//! authmeter::track_success("otp.generated", authmeter::fields().email("user@example.com"));
//! authmeter::events::otp_verification().failure("Invalid code").email("user@example.com").attempts(3).emit();
//! # Ok::<(), authmeter::Error>(())
//! ```
//!
//! The **analyzer** (feature `analyze`; the program is feature `cli`) reads gigabytes of such lines in one parallel
//! scan and answers why logins fail, how many succeed, how often tokens are refreshed, and who misbehaves.
//!
//! # Map
//!
//! ```text
//!  application                                        command line
//!   │                                                  │ cli       words, then meanings
//!   ▼                                                  ▼
//!  write   settings · one line · lanes · sinks        engine    a plan; workers; one merge at the end
//!   │                                                  │
//!   ▼                                                  ├─▶ read     inputs · chunks of whole lines · decoding
//!  auth.jsonl ────────────────────────────────────────▶│            │ batches of events of one kind
//!   ▲                                                  ├─▶ filter   which of them count
//!   └── retain  takes old events out                   ├─▶ report   questions, over tally: sums that merge
//!                                                      ▼
//!                                                     document  typed values ──▶ render  table · json · html · …
//!                                                      │   ▲
//!                                                      └───┴── compare  two documents: what changed beyond chance
//! ```
//!
//! A layer knows only what is below it, and a test reads the `use crate::` lines to keep it so: `event` and `zone` (clocks of
//! places) know nothing; `key` (codes made with a secret key) knows `error`; `seal` (lines that vouch for the lines before
//! them) knows `key` and `event`; `write` knows these; `filter`, `document` and `generate` (synthetic logs) know `event`;
//! `tally` and `read` know `event` and `zone`; `verify` knows `seal`, `key`, `read` and `document`; `report` knows these, `tally` and `document`; `render` and `compare` know `document` and `event`;
//! `retain` knows `read`, `event` and `zone`; `engine` knows `read`, `filter`, `tally`, `report` and `document`; `live` (logs that
//! grow while somebody looks) knows `engine`, `render` and what these know; `cli` knows everything. `write` and `read` meet only in `event`, and `write` and `verify` in `seal`.
//!
//! Where this differs from the first design, and why:
//!
//! * `engine` is a folder: the account of the input is a subject of its own.
//! * `event::visible` is shared by both sides: both show a log's text to people.
//! * Synthetic logs are a layer, `generate`, rather than one file of the command line.
//! * What interrupts a scan, and what is known of it while it runs, comes in with how to read (`read::Watch`).
//! * Decoding is three ways to the same values: `shape` checks lines that look like earlier ones, `plain` walks any JSON
//!   a machine writes, `slow` is serde_json. What fields mean is said once, and tests and a fuzz target hold the quick
//!   ways against the slow one.
//! * Lines of one stretch are decoded grouped by shape and not in their order: nothing counted depends on it, and a
//!   processor guesses better what comes next. What needs the order has the position of each event.
//! * Texts that reports count by become small integers in one table for all workers, read without locks. A cache of each
//!   worker's own in front of it, as first designed, was not worth its memory.
//! * `unsafe` is in three modules: `read::index::x86` (SIMD, with a safe twin), `read::map` (mapped files, off unless
//!   asked for), and `write::life` (what the C library calls at exit and after a fork, and the signal of a file that is too
//!   large).
//! * The writer has lanes: one for the log, one for a console beside it. `durable` is the queue of `async` with callers that
//!   wait, so that its deadline holds whatever the disk does, and one `fdatasync` serves all who wait.
//! * A seal is made after 64 writes, but once a millisecond at most: at two million events a second, one for each 64 would
//!   hold up the callers more than writing does. What a `kill -9` leaves unsealed is a millisecond's events then.
//! * A torn line is ended, never cut off: what stands behind it may be another process's.
//! * Bridges to `tracing`, `tower` and HTTP are features of the writer; nothing below them knows of them.
//! * A byte order mark is skipped at the start of any line, not of an input only: `cat` of marked files puts them there.
//! * An event knows its line, as bytes and as a number of its chunk: `events` and `check` are consumers like the reports'
//!   own, with one worker, because order is what they are about.
//! * Times in a document carry the offset of the clock that shows them: renderers know no zones.
//! * Whom an answer is for (`engine::Audience`) is decided beside the filter: a tenant's answer is, byte for byte, that of a
//!   log without others, which leaves no room for an account of others' lines.
//! * Questions about the order of events (`tally::Sequences`) keep 16 bytes an entry and, above a million, a sample by key:
//!   exact answers for lines in any order would need all of them.
//! * `diff` weighs the bursts of single users (`compare`): a test that takes events for independent finds changes between any
//!   two logs.
//! * `report` makes the reports that take little for each user; `users`, `ips`, `activity`, `usage` and `explain` are asked
//!   for by name.
//! * `live` is the layer of what goes on while somebody looks: `follow` (files through rotation), `watch` (the terminal) and
//!   `serve` (the browser). They count with the engine: `engine::Counting` is a run that goes on, `engine::Days` one that is
//!   kept by day, so that a range of days is a sum.
//! * What is kept from one run of `serve` to the next is no JSON: days beside each other would spell the same names out again
//!   and again, and reading 10 GB anew was as quick. A lexicon numbers the names once (`tally::Lexicon`); JSON stays the form
//!   in which a state goes elsewhere.
//! * Feature `serve` is on by default: the program people install has it. The library is used without default features.
//! * A timeline of more than 10,000 buckets leaves empty ones out and says how many: one stamp of 1970 must not make a
//!   report of millions of rows.

#![cfg_attr(test, allow(clippy::unwrap_used))]

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "analyze")]
pub mod compare;
#[cfg(feature = "analyze")]
pub mod document;
#[cfg(feature = "analyze")]
pub mod engine;
mod error;
pub mod event;
#[cfg(feature = "analyze")]
pub mod filter;
#[cfg(feature = "cli")]
pub mod generate;
mod key;
#[cfg(feature = "cli")]
pub mod live;
#[cfg(feature = "analyze")]
pub mod read;
#[cfg(feature = "analyze")]
pub mod render;
#[cfg(feature = "analyze")]
pub mod report;
#[cfg(feature = "cli")]
pub mod retain;
pub mod seal;
#[cfg(feature = "analyze")]
pub mod tally;
#[cfg(feature = "cli")]
pub mod verify;
mod write;
#[cfg(feature = "analyze")]
pub mod zone;

pub use error::{Error, ErrorKind};
pub use event::{Fields, MetaValue, fields};
#[cfg(feature = "http")]
pub use write::EndpointStats;
#[cfg(any(feature = "tracing", feature = "tower"))]
pub use write::bridge;
pub use write::{
    Builder, Delivery, Drops, Format, Guard, Keep, Meaningless, Metrics, Personal, Report, Rotate,
    Stats, events, fingerprint, init, init_from_env, stats, testing, track_failure, track_success,
};
