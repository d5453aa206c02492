//! The application's own record of its calls: one entry of 32 bytes for each call that has returned, appended with one
//! `write`, so that it is as complete as the process got.
//!
//! Little-endian: thread (u32), outcome (u32), number (u64), start in nanoseconds since 1970 (u64), duration in
//! nanoseconds (u64). 32 bytes divide a page, so no kill can tear an entry.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(crate) struct Diary(File);

/// How a call ended, as far as the caller can tell.
#[derive(Clone, Copy)]
pub(crate) enum Outcome {
    /// It returned.
    Returned = 0,
    /// It said that the event is not where it belongs.
    Refused = 1,
    /// It returned, and the writer has counted one more lost event. Only a lone thread can tell.
    Dropped = 2,
}

pub(crate) struct Entry {
    pub(crate) thread: u32,
    pub(crate) number: u64,
    pub(crate) outcome: Outcome,
    pub(crate) start: SystemTime,
    pub(crate) took: Duration,
}

impl Diary {
    pub(crate) fn open(path: &Path) -> io::Result<Diary> {
        let mut options = OpenOptions::new();
        Ok(Diary(options.append(true).create(true).open(path)?))
    }

    /// Says that all calls before were flushed: an entry of a thread that is none.
    pub(crate) fn note_flushed(&self) -> io::Result<()> {
        self.note(&Entry {
            thread: u32::MAX,
            number: 0,
            outcome: Outcome::Returned,
            start: SystemTime::now(),
            took: Duration::ZERO,
        })
    }

    pub(crate) fn note(&self, entry: &Entry) -> io::Result<()> {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&entry.thread.to_le_bytes());
        bytes[4..8].copy_from_slice(&(entry.outcome as u32).to_le_bytes());
        bytes[8..16].copy_from_slice(&entry.number.to_le_bytes());
        let start = entry.start.duration_since(UNIX_EPOCH).unwrap_or_default();
        bytes[16..24].copy_from_slice(&nanos(start).to_le_bytes());
        bytes[24..].copy_from_slice(&nanos(entry.took).to_le_bytes());
        (&self.0).write_all(&bytes)
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
