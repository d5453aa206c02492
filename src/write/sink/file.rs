//! The file: one `write(2)` in append mode per line, so that threads and processes may share it.
//!
//! The operating system appends whole what one `write` brings, unless the disk is full or fails: then part of a line
//! can get through. A part is finished if possible, else ended with a newline. Where even that fails, and at the
//! start on a file that somebody else left torn, the next line brings a newline with it, in the same `write`. So a
//! torn line costs itself, never its neighbour; the worst that is left is a blank line.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::Sink;
use crate::error::Error;
use crate::write::encode::{self, Record};

pub(crate) struct LogFile {
    path: PathBuf,
    appender: Mutex<Appender<File>>,
}

impl LogFile {
    /// Opens the file to append, and makes it and its folders if they are missing. A new file is readable and
    /// writable for its owner alone.
    ///
    /// # Errors
    /// If a folder cannot be made or the file cannot be opened.
    pub(crate) fn open(path: &Path) -> Result<LogFile, Error> {
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            fs::create_dir_all(folder)
                .map_err(|error| Error::io("create folder", folder, error))?;
        }
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options
            .open(path)
            .map_err(|error| Error::io("open", path, error))?;
        let torn = is_torn(&file, path);
        Ok(LogFile {
            path: path.to_path_buf(),
            appender: Mutex::new(Appender { file, torn }),
        })
    }
}

/// How often the end of a file is looked at before it counts as torn, a millisecond apart. A line that another process
/// is just writing looks torn too, for some microseconds.
const LOOKS: u32 = 10;

/// Whether a file ends inside a line. One that may not be read counts as torn: a blank line is the lesser evil.
fn is_torn(file: &File, path: &Path) -> bool {
    // Only a regular file has an end to look at; reading a pipe or a device would wait or take something away.
    if !file.metadata().is_ok_and(|about| about.is_file()) {
        return false;
    }
    for look in 0..LOOKS {
        if look > 0 {
            thread::sleep(Duration::from_millis(1));
        }
        match last_byte(path) {
            Ok(None | Some(b'\n')) => return false,
            Ok(Some(_)) => {}
            Err(_) => return true,
        }
    }
    true
}

/// The last byte of a file, if it has one.
fn last_byte(path: &Path) -> io::Result<Option<u8>> {
    let mut file = File::open(path)?;
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(None);
    }
    let mut byte = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut byte)?;
    Ok(Some(byte[0]))
}

impl Sink for LogFile {
    fn encode(&self, record: &Record<'_, '_>, line: &mut Vec<u8>) {
        encode::json(record, line);
    }

    fn write(&self, line: &[u8]) -> io::Result<()> {
        // The lock is for short writes alone: no line of another thread gets between the parts of one.
        self.appender
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .append(line)
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

/// Appends whole lines to something that may take only a part of one.
struct Appender<F> {
    file: F,
    /// The file may end inside a line.
    torn: bool,
}

impl<F: Write> Appender<F> {
    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        if self.torn {
            return self.append_apart(line);
        }
        match self.file.write(line) {
            Ok(count) if count == line.len() => Ok(()),
            Ok(count) => self.finish(line, count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => self.finish(line, 0),
            Err(error) => {
                // Nothing of this line is there, but another process may have left a part of its own.
                self.torn = true;
                Err(error)
            }
        }
    }

    /// Writes what is missing after the first `count` bytes. If that fails, ends the line where it is.
    #[cold]
    fn finish(&mut self, line: &[u8], count: usize) -> io::Result<()> {
        let finished = self.file.write_all(&line[count..]);
        if finished.is_err() {
            self.torn = self.file.write_all(b"\n").is_err();
        }
        finished
    }

    /// Writes a line that starts on a line of its own.
    #[cold]
    fn append_apart(&mut self, line: &[u8]) -> io::Result<()> {
        self.torn = false;
        self.append(&[b"\n", line].concat())
    }
}

#[cfg(test)]
mod tests;
