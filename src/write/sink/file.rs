//! The file: one `write(2)` in append mode per line, so that threads and processes may share it.
//!
//! The operating system appends whole what one `write` brings, unless the disk is full or fails: then part of a line
//! can get through. A part is finished if possible, else ended with a newline. Where even that fails, and at the
//! start on a file that somebody else left torn, the next line brings a newline with it, in the same `write`. So a
//! torn line costs itself, never its neighbour; the worst that is left is a blank line.
//!
//! A path may lead to another file one day: the log was rotated, removed, or rewritten by `authmeter prune`. So the path is
//! looked at before a line is written, at most every tenth of a second by the time of the events, and what it leads to is
//! opened again if that is another file, or made if there is none.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::Sink;
use crate::error::Error;
use crate::event::Timestamp;
use crate::write::encode::{self, Record};

pub(crate) struct LogFile {
    path: PathBuf,
    /// The same path from wherever the process goes: servers change their folder once they have started.
    absolute: PathBuf,
    open: Mutex<Open>,
}

/// The file the path led to when it was looked at last.
struct Open {
    appender: Appender<File>,
    /// Which file it is; `None` where the system does not say.
    identity: Option<Identity>,
    /// The time of the event before which the path was looked at last.
    looked: Option<Timestamp>,
}

/// Device and number of a file: the same for all its names, and no other file's for as long as it is open.
type Identity = (u64, u64);

/// How long the path is not looked at again, in nanoseconds.
const TRUSTED: u128 = 100_000_000;

impl LogFile {
    /// Opens the file to append, and makes it and its folders if they are missing. A new file is readable and
    /// writable for its owner alone.
    ///
    /// # Errors
    /// If a folder cannot be made or the file cannot be opened.
    pub(crate) fn open(path: &Path) -> Result<LogFile, Error> {
        let open = Mutex::new(Open::new(path)?);
        Ok(LogFile {
            absolute: std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf()),
            path: path.to_path_buf(),
            open,
        })
    }
}

impl Open {
    fn new(path: &Path) -> Result<Open, Error> {
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
        Ok(Open {
            identity: file.metadata().ok().as_ref().and_then(identity),
            appender: Appender { file, torn },
            looked: None,
        })
    }

    /// Looks at the path, unless it was just looked at, and follows it to another file.
    fn follow(&mut self, path: &Path, time: Timestamp) -> io::Result<()> {
        // In either direction: clocks are set back, too.
        let just_looked = self
            .looked
            .is_some_and(|looked| time.nanos_since(looked).unsigned_abs() < TRUSTED);
        if just_looked {
            return Ok(());
        }
        self.looked = Some(time);
        let leads_to = fs::metadata(path);
        if leads_to.is_ok_and(|leads_to| identity(&leads_to) == self.identity) {
            return Ok(());
        }
        self.reopen(path)
    }

    /// Opens what the path leads to now. Where that fails, a file that has a name elsewhere is written on: its lines can
    /// be found. Lines of a file without any name would be lost in silence.
    #[cold]
    fn reopen(&mut self, path: &Path) -> io::Result<()> {
        match Open::new(path) {
            Ok(open) => {
                let looked = self.looked;
                *self = Open { looked, ..open };
                Ok(())
            }
            Err(_)
                if self
                    .appender
                    .file
                    .metadata()
                    .is_ok_and(|old| is_named(&old)) =>
            {
                Ok(())
            }
            Err(error) => {
                // The next event tries again.
                self.looked = None;
                Err(error.into_io())
            }
        }
    }
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<Identity> {
    None
}

/// Whether any path leads to the file.
#[cfg(unix)]
fn is_named(metadata: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(metadata) > 0
}

#[cfg(not(unix))]
fn is_named(_: &Metadata) -> bool {
    true
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
        encode::json(record, &encode::Rules::default(), line);
    }

    fn write(&self, line: &[u8], time: Timestamp) -> io::Result<()> {
        // The lock is for short writes and reopening: no line of another thread gets between the parts of one.
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.follow(&self.absolute, time)?;
        open.appender.append(line)
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
