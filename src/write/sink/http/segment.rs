//! The segment that events are appended to: one `write(2)` a line, so that what is accepted survives the process.
//!
//! What counts of a segment is what lies before its last newline, in whatever state the file was left. A line that is
//! written in part is cut off again; where even that fails, the segment takes no more lines. So the bytes of a batch
//! are the same whenever they are read, by this process or by a later one.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A segment that is open.
pub(super) struct Segment {
    pub(super) number: u64,
    pub(super) path: PathBuf,
    /// Bytes of whole lines.
    pub(super) len: u64,
    pub(super) lines: u64,
    /// When it got its first line.
    pub(super) since: Instant,
    file: File,
    /// The file ends with a part of a line that could not be cut off.
    torn: bool,
}

impl Segment {
    pub(super) fn create(path: PathBuf, number: u64) -> io::Result<Segment> {
        let mut options = OpenOptions::new();
        options.append(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Segment {
            file: options.open(&path)?,
            number,
            path,
            len: 0,
            lines: 0,
            since: Instant::now(),
            torn: false,
        })
    }

    /// Whether it takes another line.
    pub(super) fn is_sound(&self) -> bool {
        !self.torn
    }

    /// Appends a line whole, or not at all.
    pub(super) fn append(&mut self, line: &[u8]) -> io::Result<()> {
        match self.file.write_all(line) {
            Ok(()) => {
                self.len += line.len() as u64;
                self.lines += 1;
                Ok(())
            }
            Err(error) => {
                self.torn = self.file.set_len(self.len).is_err();
                Err(error)
            }
        }
    }
}

/// The batch of a segment: its whole lines, on the disk before they are sent. A batch that comes back after a power cut
/// is then the one that was sent.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let whole = bytes.iter().rposition(|&byte| byte == b'\n');
    bytes.truncate(whole.map_or(0, |last| last + 1));
    // What a disk that fails here keeps is the same, unless the power fails too.
    let _ = file.sync_data();
    Ok(bytes)
}

/// How many lines these are.
pub(super) fn lines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|&&byte| byte == b'\n').count() as u64
}

#[cfg(test)]
mod tests;
