//! The log begins anew: the file gets a name of the past, and the path leads to a new one.
//!
//! * Nothing is ever overwritten: the name is reserved by making a file that was not there, and renamed over; where it is
//!   taken, the next count is tried.
//! * A clock that jumps does no harm. A file ends when a later hour or day begins, so a clock that is set back ends nothing,
//!   and one that goes back and forth ends a file once. After a clock that ran ahead, only a later time than that, or a new
//!   start, ends a file by time.
//! * Where it fails, lines go on into the old file, and it is tried again a little later: a log that is too large is
//!   better than none.
//! * Several processes may share a log. Who begins it anew holds the lock of its folder meanwhile, and makes sure that the
//!   path still leads to the file it knows; the others follow the path.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::append::{first_line_end, last_line_end};
use super::names::{Family, Stamp};
use super::{LogFile, Open, identity, keep_name};
use crate::error::{Error, ErrorKind};
use crate::event::Timestamp;
use crate::write::config::Period;
use crate::write::sink::Cut;

/// How long a rotation that failed is not tried again, in nanoseconds.
const LATER: u128 = 1_000_000_000;

/// How often the lock of the folder is asked for, a millisecond apart.
const ASKED: u32 = 20;

/// Names that are tried for one second.
const COUNTS: u32 = 100_000;

impl Period {
    fn seconds(self) -> i64 {
        match self {
            Period::Hour => 3_600,
            Period::Day => 86_400,
        }
    }

    fn of(self, time: Timestamp) -> i64 {
        time.seconds().div_euclid(self.seconds())
    }
}

impl LogFile {
    /// Whether the log begins anew before a line or several of `bytes` are written.
    #[inline]
    pub(super) fn is_due(&self, bytes: usize, time: Timestamp) -> bool {
        let rotate = &self.policy.rotate;
        let by_size = rotate
            .bytes
            .is_some_and(|limit| self.open.length + bytes as u64 > limit);
        (by_size || rotate.every.is_some()) && self.is_really_due(by_size, time)
    }

    fn is_really_due(&self, by_size: bool, time: Timestamp) -> bool {
        let just_failed = self
            .failed
            .is_some_and(|failed| time.nanos_since(failed).unsigned_abs() < LATER);
        if !self.open.is_regular || self.open.length == 0 || just_failed {
            return false;
        }
        let by_time = || {
            let (every, latest) = self.policy.rotate.every.zip(self.open.latest)?;
            Some(every.of(time) > every.of(latest))
        };
        by_size || by_time().unwrap_or(false)
    }

    /// Writes lines of which not all belong into the file that is open.
    #[cold]
    pub(super) fn write_in_parts(&mut self, lines: &[u8], time: Timestamp) -> Result<(), Cut> {
        let mut done = 0;
        while done < lines.len() {
            let rest = &lines[done..];
            let mut part = self.fitting(rest);
            if self.is_due(part, time) {
                part = match self.rotate(time) {
                    Ok(()) => self.fitting(rest),
                    Err(error) => {
                        self.put_off(time, error);
                        rest.len()
                    }
                };
            }
            self.append(&rest[..part], time).map_err(|cut| Cut {
                whole: done + cut.whole,
                ..cut
            })?;
            done += part;
        }
        Ok(())
    }

    /// Where the log really is: a link stays what it is, and files of the past stay where the log is.
    pub(super) fn real_path(&self) -> PathBuf {
        fs::canonicalize(&self.absolute).unwrap_or_else(|_| self.absolute.clone())
    }

    fn put_off(&mut self, time: Timestamp, error: Error) {
        self.failed = Some(time);
        // Another process holds the folder because it begins the log anew just now: the next event looks for the new file.
        self.open.looked = None;
        if !matches!(error.kind(), ErrorKind::Io { error, .. } if error.kind() == io::ErrorKind::WouldBlock)
        {
            self.trouble = Some(error);
        }
    }

    /// How many bytes of these lines still fit into the file: whole lines, one at least.
    fn fitting(&self, lines: &[u8]) -> usize {
        let Some(limit) = self.policy.rotate.bytes else {
            return lines.len();
        };
        let room = usize::try_from(limit.saturating_sub(self.open.length)).unwrap_or(usize::MAX);
        if lines.len() <= room {
            return lines.len();
        }
        match last_line_end(&lines[..room]) {
            0 => first_line_end(lines),
            end => end,
        }
    }

    fn rotate(&mut self, time: Timestamp) -> Result<(), Error> {
        let path = self.real_path();
        let folder = path.parent().unwrap_or(Path::new("/")).to_path_buf();
        let _lock =
            lock(&folder).map_err(|error| Error::io("lock the folder of", &self.path, error))?;
        let leads_to = fs::metadata(&path).ok();
        if leads_to.as_ref().and_then(identity) != self.open.identity {
            // Somebody else was faster.
            let open = Open::new(&path, self.sealing.is_some())?;
            return self.change(open);
        }
        let left = self.open.latest.unwrap_or(time);
        let name = reserve(&folder, &Family::of(&path), left)
            .map_err(|error| Error::io("find a name for", &self.path, error))?;
        if let Err(error) = fs::rename(&path, &name) {
            let _ = fs::remove_file(&name);
            return Err(Error::io("rename", &self.path, error));
        }
        // A new file keeps the rights of the old one.
        let rights = leads_to.map(|old| old.permissions());
        let opened = Open::new(&path, self.sealing.is_some());
        if let (Ok(open), Some(rights)) = (&opened, rights) {
            let _ = open.appender.file.0.set_permissions(rights);
        }
        keep_name(&folder);
        let open = opened?;
        self.change(Open {
            looked: Some(time),
            ..open
        })?;
        self.remove_old(time);
        Ok(())
    }
}

/// Holds the lock of a folder until it is dropped.
fn lock(folder: &Path) -> io::Result<File> {
    let file = File::open(folder)?;
    for _ in 0..ASKED {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(1)),
            // File systems without locks have no second process that would ask.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                return Ok(file);
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Err(io::ErrorKind::WouldBlock.into())
}

/// Makes an empty file under a name of the past that nobody has.
fn reserve(folder: &Path, family: &Family, time: Timestamp) -> io::Result<PathBuf> {
    for count in 0..COUNTS {
        let path = folder.join(family.name(Stamp { time, count }));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(_) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests;
