//! The log file. Any number of threads and processes may share it.
//!
//! The operating system appends whole what one `write` brings, unless the disk is full or fails: then part of a line
//! can get through. A part is finished if possible, else ended with a newline. Where even that fails, and at the
//! start on a file that somebody else left torn, the next line brings a newline with it, in the same `write`. So a
//! torn line costs itself, never its neighbour; the worst that is left is a blank line. Nothing is ever cut off again:
//! what stands behind a part may be another process's.
//!
//! A neighbour that is killed inside its `write` leaves a part too, and the line after it, ours, is no line any more. So
//! where others write to the file, each write looks at what it landed behind, and a line that is glued to a part is written
//! again on a line of its own; what it was glued to is no line for any reader, and so the event is there once. Whether
//! others write shows in the file's length when the path is looked at; a new neighbour is noticed by then.
//!
//! A path may lead to another file one day: the log was rotated, removed, or rewritten by `authmeter prune`. So the path is
//! looked at before a line is written, at most every tenth of a second by the time of the events, and what it leads to is
//! opened again if that is another file, or made if there is none.
//!
//! The log may also begin anew by itself, by size or time: [`rotate`].

mod append;
mod keep;
mod names;
mod rotate;
mod seal;
mod torn;

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::{Cut, Sink};
use crate::error::Error;
use crate::event::Timestamp;
use crate::key::Key;
use crate::seal::{Chain, Kind};
use crate::write::config::{Keep, Rotate};
use append::Appender;
pub(crate) use seal::lock as lock_chain;
use seal::{Sealing, claim};
use torn::is_torn;

pub(crate) struct LogFile {
    path: PathBuf,
    /// The same path from wherever the process goes: servers change their folder once they have started.
    absolute: PathBuf,
    policy: Policy,
    open: Open,
    /// Files that were left while the disk is to have what is written; `None` while it is not. Otherwise a file is closed as
    /// soon as it is left.
    left: Option<Vec<Arc<File>>>,
    trouble: Option<Error>,
    sealing: Option<Sealing>,
    /// Seals that were written since somebody asked.
    seals: u64,
    /// The event before which rotation failed last; it is not tried again at once.
    failed: Option<Timestamp>,
}

/// When the log begins anew, what stays of it, and whether it is sealed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Policy {
    pub(crate) rotate: Rotate,
    pub(crate) keep: Keep,
    pub(crate) seal: Option<Key>,
}

/// The file the path led to when it was looked at last.
struct Open {
    appender: Appender<Shared>,
    /// Which file it is; `None` where the system does not say.
    identity: Option<Identity>,
    /// The time of the event before which the path was looked at last.
    looked: Option<Timestamp>,
    /// Bytes in the file, as far as this process knows.
    length: u64,
    /// The time of the latest event in it, as far as this process knows.
    latest: Option<Timestamp>,
    is_regular: bool,
    /// Others write to it too, or may.
    is_shared: bool,
    /// They were seen to.
    is_known_shared: bool,
}

/// A file that is also synchronized by somebody else.
struct Shared(Arc<File>);

impl io::Write for Shared {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self.0).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
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
    /// If a folder cannot be made or the file cannot be opened; if it is to be sealed and cannot be read, or somebody else
    /// writes to it, or somebody else seals it.
    pub(crate) fn open(path: &Path, policy: Policy) -> Result<LogFile, Error> {
        let mut open = Open::new(path, policy.seal.is_some())?;
        let sealing = match &policy.seal {
            Some(key) if open.is_regular => {
                // The chain sees to torn lines.
                open.appender.torn = false;
                let sealing = Sealing::resume(key, &open.appender.file.0);
                Some(sealing.map_err(|error| Error::io("read", path, error))?)
            }
            _ => None,
        };
        let mut file = LogFile {
            sealing,
            seals: 0,
            absolute: std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf()),
            path: path.to_path_buf(),
            policy,
            open,
            left: None,
            trouble: None,
            failed: None,
        };
        file.remove_old(Timestamp::now());
        Ok(file)
    }

    /// Looks at the path, unless it was just looked at, and follows it to another file.
    #[inline]
    fn follow(&mut self, time: Timestamp) -> io::Result<()> {
        // In either direction: clocks are set back, too.
        let just_looked = self
            .open
            .looked
            .is_some_and(|looked| time.nanos_since(looked).unsigned_abs() < TRUSTED);
        if just_looked {
            return Ok(());
        }
        self.look(time)
    }

    fn look(&mut self, time: Timestamp) -> io::Result<()> {
        let is_first = self.open.looked.replace(time).is_none();
        if let Ok(leads_to) = fs::metadata(&self.absolute)
            && identity(&leads_to) == self.open.identity
        {
            // A file that was just opened is not known long enough. Who has written once may write again; who has cut the
            // file short, as copytruncate does, has written nothing.
            self.open.is_shared =
                is_first || self.open.is_known_shared || leads_to.len() > self.open.length;
            self.open.is_known_shared = self.open.is_shared && !is_first;
            self.open.length = leads_to.len();
            return Ok(());
        }
        self.reopen_at(time)
    }

    /// Opens what the path leads to now. Where that fails, a file that has a name elsewhere is written on: its lines can
    /// be found. Lines of a file without any name would be lost in silence.
    #[cold]
    fn reopen_at(&mut self, time: Timestamp) -> io::Result<()> {
        match Open::new(&self.absolute, self.sealing.is_some()) {
            Ok(open) => {
                let looked = Some(time);
                self.change(Open { looked, ..open }).map_err(Error::into_io)
            }
            Err(_) if self.file().metadata().is_ok_and(|old| is_named(&old)) => Ok(()),
            Err(error) => {
                // The next event tries again.
                self.open.looked = None;
                Err(error.into_io())
            }
        }
    }

    fn file(&self) -> &Arc<File> {
        &self.open.appender.file.0
    }

    /// Writes to another file from now on.
    fn change(&mut self, open: Open) -> Result<(), Error> {
        self.leave_seals();
        self.failed = None;
        let left = std::mem::replace(&mut self.open, open);
        if let Some(files) = &mut self.left {
            files.push(left.appender.file.0);
        }
        self.carry_seals_on()
    }

    /// Appends to the file that is open.
    #[inline]
    fn append(&mut self, lines: &[u8], time: Timestamp) -> Result<(), Cut> {
        if let Some(sealing) = &self.sealing
            && sealing.is_unopened()
        {
            self.open_seals().map_err(|error| Cut { whole: 0, error })?;
        }
        let apart = self.open.appender.torn;
        let written = self.open.appender.append(lines);
        if let Some(sealing) = &mut self.sealing {
            match written {
                Ok(()) => sealing.wrote(lines, apart),
                Err(_) => sealing.lost_track(),
            }
        }
        if written.is_err()
            && let Ok(about) = self.file().metadata()
        {
            self.open.length = about.len();
        }
        written?;
        self.open.length += lines.len() as u64 + u64::from(apart);
        self.open.latest = self.open.latest.max(Some(time));
        if self.open.is_shared && self.open.is_glued(lines.len()) {
            return self.append_again(lines);
        }
        Ok(())
    }

    /// Writes the first of these lines again: it is glued to a part of somebody else's. Should that fail, all of them count as
    /// lost, although the others are there.
    #[cold]
    fn append_again(&mut self, lines: &[u8]) -> Result<(), Cut> {
        let first = append::first_line_end(lines);
        if let Some(sealing) = &mut self.sealing {
            sealing.lost_track();
        }
        self.open.appender.torn = lines.last() != Some(&b'\n');
        self.open.appender.append(&lines[..first])
    }
}

impl Sink for LogFile {
    #[inline]
    fn write(&mut self, lines: &[u8], time: Timestamp) -> Result<(), Cut> {
        if let Err(error) = self.follow(time) {
            return Err(Cut { whole: 0, error });
        }
        if self.is_due(lines.len(), time) {
            return self.write_in_parts(lines, time);
        }
        self.append(lines, time)
    }

    fn expect_sync(&mut self) {
        self.left = Some(Vec::new());
    }

    fn unsynced(&mut self) -> Vec<Arc<File>> {
        let mut files = self.left.take().unwrap_or_default();
        files.push(Arc::clone(self.file()));
        files
    }

    fn reopen(&mut self) -> Result<(), Error> {
        // To open a sealed log a second time would be refused: it is claimed by ourselves.
        if fs::metadata(&self.absolute)
            .is_ok_and(|leads_to| identity(&leads_to) == self.open.identity)
        {
            return Ok(());
        }
        let open = Open::new(&self.absolute, self.sealing.is_some())?;
        self.change(open)
    }

    fn chain(&self) -> Option<Arc<Mutex<Chain>>> {
        self.sealing
            .as_ref()
            .map(|sealing| Arc::clone(sealing.chain()))
    }

    fn take_unsealed(&mut self, into: &mut Vec<u8>) {
        into.clear();
        if let Some(sealing) = &mut self.sealing {
            sealing.take_pending(into);
        }
    }

    fn seal_is_due(&self) -> bool {
        self.sealing.as_ref().is_some_and(Sealing::is_due)
    }

    fn seal(&mut self, is_last: bool) -> u64 {
        let kind = if is_last { Kind::Closed } else { Kind::Regular };
        if let Err(error) = self.seal_as(kind) {
            self.trouble = Some(Error::io("seal", &self.path, error));
        }
        std::mem::take(&mut self.seals)
    }

    fn trouble(&mut self) -> Option<Error> {
        self.trouble.take()
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

impl Open {
    /// Whether what was just written stands behind something else than a line's end. Where the file cannot be read, that is
    /// not known.
    #[cfg(unix)]
    fn is_glued(&self, written: usize) -> bool {
        use std::os::unix::fs::FileExt as _;

        let mut file = &*self.appender.file.0;
        let start = match file.stream_position() {
            Ok(end) => end.saturating_sub(written as u64),
            Err(_) => return false,
        };
        let mut before = [b'\n'];
        start > 0 && file.read_exact_at(&mut before, start - 1).is_ok() && before != [b'\n']
    }

    #[cfg(not(unix))]
    fn is_glued(&self, _: usize) -> bool {
        false
    }

    fn new(path: &Path, alone: bool) -> Result<Open, Error> {
        let folder = path.parent().filter(|path| !path.as_os_str().is_empty());
        if let Some(folder) = folder {
            fs::create_dir_all(folder)
                .map_err(|error| Error::io("create folder", folder, error))?;
        }
        let is_new = !path.exists();
        let file = append_to(path, is_new).map_err(|error| Error::io("open", path, error))?;
        if is_new {
            keep_name(folder.unwrap_or(Path::new(".")));
        }
        claim(&file, alone, path)?;
        let about = file.metadata().ok();
        let is_regular = about.as_ref().is_some_and(Metadata::is_file);
        let is_empty = about.as_ref().is_some_and(|about| about.len() == 0);
        Ok(Open {
            identity: about.as_ref().and_then(identity),
            length: about.as_ref().map_or(0, Metadata::len),
            latest: about
                .as_ref()
                .filter(|about| about.len() > 0)
                .and_then(modified),
            looked: None,
            is_regular,
            is_shared: is_regular,
            is_known_shared: false,
            appender: Appender {
                torn: is_regular && !is_empty && is_torn(path),
                file: Shared(Arc::new(file)),
            },
        })
    }
}

/// Opens the file to append. A log is also read, where that is allowed, to see what lines land behind; a pipe is not: who
/// opens it to read is its reader.
fn append_to(path: &Path, is_new: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    if is_new || path.metadata().is_ok_and(|about| about.is_file()) {
        match options.clone().read(true).open(path) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
            opened => return opened,
        }
    }
    options.open(path)
}

/// Asks the disk to have the folder: without it, a new file may have no name after a power loss. Not every system can, and
/// a log without this promise is better than none.
fn keep_name(folder: &Path) {
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

/// When the file was written to last.
fn modified(about: &Metadata) -> Option<Timestamp> {
    let since = about
        .modified()
        .ok()?
        .duration_since(std::time::UNIX_EPOCH)
        .ok()?;
    Timestamp::new(i64::try_from(since.as_secs()).ok()?, since.subsec_nanos())
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

#[cfg(test)]
mod tests;
