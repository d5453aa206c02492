//! Where lines end up. A new sink is one file here and one place in [`crate::Builder::build`].

pub(crate) mod console;
pub(crate) mod file;
#[cfg(feature = "http")]
pub(crate) mod http;
pub(crate) mod later;

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::event::Timestamp;
use crate::seal::Chain;

/// One place that takes lines. Who writes to it has it alone.
pub(crate) trait Sink: Send {
    /// Takes encoded lines, now; `time` is that of the first event in them.
    ///
    /// # Errors
    /// If they are not, or not wholly, where they belong: which are is said. The next lines are another matter.
    fn write(&mut self, lines: &[u8], time: Timestamp) -> Result<(), Cut>;

    /// The disk is to have what is written from here on: see [`unsynced`](Sink::unsynced).
    fn expect_sync(&mut self) {}

    /// The files that have lines of this sink the disk may not have: the one that is written to, and those that were since
    /// [`expect_sync`](Sink::expect_sync). They are synchronized without holding up who writes.
    fn unsynced(&mut self) -> Vec<Arc<File>> {
        Vec::new()
    }

    /// Opens what the sink's place leads to now.
    ///
    /// # Errors
    /// If it cannot be opened.
    fn reopen(&mut self) -> Result<(), crate::error::Error> {
        Ok(())
    }

    /// What went wrong beside writing since the last call: the log could not begin anew, or old files could not be removed.
    fn trouble(&mut self) -> Option<crate::error::Error> {
        None
    }

    /// The chain of its seals, if it has any. Who locks it and the sink locks the sink first.
    fn chain(&self) -> Option<Arc<Mutex<Chain>>> {
        None
    }

    /// Takes the bytes the chain does not know yet, to hash them without holding up who writes.
    fn take_unsealed(&mut self, into: &mut Vec<u8>) {
        into.clear();
    }

    /// Whether so much was written that a seal is due.
    fn seal_is_due(&self) -> bool {
        false
    }

    /// Seals what no seal covers, if there is anything; how many seals were written since the last call.
    fn seal(&mut self, _is_last: bool) -> u64 {
        0
    }

    /// What an error names.
    fn path(&self) -> &Path;
}

/// Why lines were cut short.
#[derive(Debug)]
pub(crate) struct Cut {
    /// So many bytes at their start are where they belong: whole lines.
    pub(crate) whole: usize,
    pub(crate) error: io::Error,
}
