//! Retention: old events leave a log, and everything else stays as it is, byte for byte.
//!
//! A log is never changed in place. What stays is written to a new file beside it, and then the two change names, in one
//! step of the file system, so that whoever looks finds the old file or the new one, whole:
//!
//! ```text
//!  auth.jsonl ──── what stays ───▶ .auth.jsonl.prune-new                1 copy, until nothing more arrives; fsync
//!  auth.jsonl ◀──── exchange ────▶ .auth.jsonl.prune-OLD-NEW.FROM       2 FROM: what stands before it is copied
//!  auth.jsonl ◀─── late lines ──── .auth.jsonl.prune-OLD-NEW.FROM       3 writers that still have the old file open
//!                                  (removed)                            4 once nobody can write to it any more
//! ```
//!
//! A process that is killed leaves files whose names say how far it came (`left`), and the next run goes on there. A
//! writer that has the old file open loses nothing: what it appends is moved until it lets go, and where it does not, the
//! old file keeps its second name for the next run.
//!
//! * `policy` decides about a line, `sieve` applies it to a stream of them.
//! * `place` is where a log lies, and the lock that keeps others off it.
//! * `old` is a log as it is; `rewrite` is steps 1 and 2, `aside` is steps 3 and 4.

mod aside;
mod attributes;
mod encode;
mod holders;
mod left;
mod old;
mod place;
mod policy;
mod rewrite;
mod sieve;

use std::io;
use std::path::Path;
use std::time::Duration;

use crate::read::Watch;
use crate::zone::Zone;
pub use holders::Holder;
pub use policy::Policy;
pub use rewrite::{preview, prune};
pub use sieve::Account;

/// How a log is pruned.
pub struct How<'a> {
    /// Which events go.
    pub policy: Policy,
    /// Whose clocks showed times that say no offset.
    pub assume: Zone,
    /// A longer line, in bytes, stays unread.
    pub max_line: usize,
    /// A compressed log that expands to more than this many times its size is left alone.
    pub max_expand: u64,
    /// How long a process that has the old file open is waited for.
    pub wait: Duration,
    /// Whether a log of this name has been rotated, and takes no more events.
    pub is_rotated: fn(&Path) -> bool,
    /// Who may end it early.
    pub watch: &'a Watch,
}

/// What became of a log, or would become of it.
#[derive(Debug)]
pub struct Pruned {
    /// What was done.
    pub action: Action,
    /// What its lines were.
    pub account: Account,
    /// Its size on the disk.
    pub bytes_before: u64,
    /// Its size on the disk afterwards, without what arrived meanwhile.
    pub bytes_after: u64,
    /// Lines that arrived while it was being replaced, and were moved to the new file.
    pub late: u64,
    /// What is left to do, in words, each with the file that is left behind.
    pub unfinished: Vec<String>,
}

/// What is done to a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// No event goes.
    Nothing,
    /// It is replaced by what stays of it.
    Rewrite,
    /// It was rotated, and nothing stays of it.
    Remove,
}

/// Why a log was left as it is.
#[derive(Debug)]
pub struct Trouble {
    /// What went wrong.
    pub what: String,
    /// Whether something could not be written.
    pub writing: bool,
}

impl Trouble {
    fn refused(what: impl Into<String>) -> Trouble {
        Trouble {
            what: what.into(),
            writing: false,
        }
    }

    fn reading(error: &io::Error) -> Trouble {
        Trouble::refused(error.to_string())
    }

    /// What could not be done, as in "cannot … PATH".
    fn writing(action: &str, path: &Path, error: &io::Error) -> Trouble {
        Trouble {
            what: format!("cannot {action} {path:?}: {error}"),
            writing: true,
        }
    }
}

#[cfg(test)]
mod tests;
