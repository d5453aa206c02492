//! Where lines end up. A new sink is one file here and one place in [`crate::Builder::build`].

pub(crate) mod console;
pub(crate) mod file;
#[cfg(feature = "http")]
pub(crate) mod http;

use std::io;
use std::path::Path;

use super::encode::Record;
use crate::event::Timestamp;

/// One place that takes lines, from any number of threads.
pub(crate) trait Sink: Send + Sync {
    /// Appends the event, as this sink writes it, to `line`.
    fn encode(&self, record: &Record<'_, '_>, line: &mut Vec<u8>);

    /// Takes one encoded line, now; `time` is its event's.
    ///
    /// # Errors
    /// If it is not, or not wholly, where it belongs. The line is lost then; the next one is not.
    fn write(&self, line: &[u8], time: Timestamp) -> io::Result<()>;

    /// What an error names.
    fn path(&self) -> &Path;
}
