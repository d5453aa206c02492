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
//! scan and answers why logins fail, how many succeed, and how often tokens are refreshed.
//!
//! # Map
//!
//! ```text
//!  application                                        command line
//!   │                                                  │ cli       words, then meanings
//!   ▼                                                  ▼
//!  write   settings · one line · delivery · sinks     engine    a plan; workers; one merge at the end
//!   │                                                  │
//!   ▼                                                  ├─▶ read     inputs · chunks of whole lines · decoding
//!  auth.jsonl ────────────────────────────────────────▶│            │ batches of events of one kind
//!                                                      ├─▶ report   questions, over tally: sums that merge
//!                                                      ▼
//!                                                     document  typed values ──▶ render  table · json · csv
//! ```
//!
//! A layer knows only what is below it, and a test reads the `use crate::` lines to keep it so: `event` knows nothing;
//! `tally`, `write`, `read` and `document` know `event`; `report` knows `event`, `tally` and `document`; `render` knows
//! `document` and `event`; `engine` knows `read`, `tally`, `report` and `document`; `generate` makes synthetic logs and knows
//! `event`; `retain` takes old events out of logs and knows `read` and `event`; `cli` knows everything. `write` and `read` meet only in `event`.
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
//! * `unsafe` is in two modules: `read::index::x86` (SIMD, with a safe twin) and `read::map` (mapped files, off unless
//!   asked for).
//! * A byte order mark is skipped at the start of any line, not of an input only: `cat` of marked files puts them there.
//! * A timeline of more than 10,000 buckets leaves empty ones out and says how many: one stamp of 1970 must not make a
//!   report of millions of rows.

#![cfg_attr(test, allow(clippy::unwrap_used))]

#[cfg(feature = "cli")]
pub mod cli;
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
#[cfg(feature = "analyze")]
pub mod read;
#[cfg(feature = "analyze")]
pub mod render;
#[cfg(feature = "analyze")]
pub mod report;
#[cfg(feature = "cli")]
pub mod retain;
#[cfg(feature = "analyze")]
pub mod tally;
mod write;
#[cfg(feature = "analyze")]
pub mod zone;

pub use error::{Error, ErrorKind};
pub use event::{Fields, MetaValue, fields};
pub use write::{
    Builder, Format, Guard, Metrics, Stats, events, init, init_from_env, stats, track_failure,
    track_success,
};
