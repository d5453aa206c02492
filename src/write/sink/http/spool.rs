//! The spool on the disk: a folder with one sub-folder for each process that writes.
//!
//! ```text
//! metrics.jsonl.spool/
//!   6f1c…(32 digits)/          an instance: 128 random bits, the first part of its batches' ids
//!     lock                     held (flock) for as long as the process lives
//!     0000000001.batch         segments, in their order
//!     0000000002.batch
//!   refused/
//!     6f1c…-7.batch            what the endpoint has refused for good: nobody sends it again, nobody deletes it
//! ```
//!
//! A folder whose lock is free belonged to a process that is gone: whoever gets the lock adopts it. A new folder has a dot
//! before its name until it is locked.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind::NotFound, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// Files take room by the block.
const BLOCK: u64 = 4096;

/// The room a file of so many bytes takes.
pub(super) fn room(len: u64) -> u64 {
    len.next_multiple_of(BLOCK)
}

/// The folder of one instance, locked.
pub(super) struct Folder {
    pub(super) path: PathBuf,
    /// Its name: 32 hexadecimal digits.
    pub(super) id: String,
    /// `None` once it is given back.
    lock: Mutex<Option<File>>,
}

/// A segment that nothing is appended to any more.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    pub(super) id: String,
    pub(super) path: PathBuf,
    /// The length of its file when it was looked at.
    pub(super) len: u64,
    pub(super) number: u64,
    /// Events this process has put into it; unknown of an adopted one.
    pub(super) lines: u64,
    pub(super) is_adopted: bool,
}

impl Folder {
    /// A new instance's folder.
    pub(super) fn create(root: &Path) -> io::Result<Folder> {
        for _ in 0..ATTEMPTS {
            let id = random_id()?;
            if let Some(lock) = make_locked(root, &id)? {
                let (path, lock) = (root.join(&id), Mutex::new(Some(lock)));
                return Ok(Folder { path, id, lock });
            }
        }
        Err(io::Error::other("its new folders are removed at once"))
    }

    /// The folder of the instance that is longest gone, except those in `passed`.
    pub(super) fn adopt(root: &Path, passed: &[String]) -> Option<Folder> {
        let mut dead: Vec<(SystemTime, String)> = instances(root)
            .filter(|id| !passed.contains(id))
            .map(|id| {
                let born = fs::metadata(root.join(&id).join(LOCK)).and_then(|lock| lock.modified());
                (born.unwrap_or(SystemTime::UNIX_EPOCH), id)
            })
            .collect();
        dead.sort();
        sweep(root);
        dead.into_iter().find_map(|(_, id)| {
            let path = root.join(&id);
            let held = lock(&path).ok()??;
            let lock = Mutex::new(Some(held));
            Some(Folder { path, id, lock })
        })
    }

    pub(super) fn segment(&self, number: u64) -> PathBuf {
        self.path.join(format!("{number:010}.{SUFFIX}"))
    }

    pub(super) fn batch_id(&self, number: u64) -> String {
        format!("{}-{number}", self.id)
    }

    /// The segments of an adopted folder, in their order.
    pub(super) fn batches(&self) -> io::Result<Vec<Batch>> {
        let mut batches = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            if let Some(number) = number(&entry.file_name()) {
                batches.push(Batch {
                    id: self.batch_id(number),
                    path: entry.path(),
                    len: entry.metadata()?.len(),
                    number,
                    lines: 0,
                    is_adopted: true,
                });
            }
        }
        batches.sort_by_key(|batch| batch.number);
        Ok(batches)
    }

    /// Makes the folder again that somebody has removed, under the same name.
    #[cold]
    pub(super) fn restore(&self) -> io::Result<()> {
        let root = self.path.parent().unwrap_or(&self.path);
        let held = make_locked(root, &self.id)?;
        let held = held.ok_or(io::ErrorKind::ResourceBusy)?;
        *self.lock.lock().unwrap_or_else(PoisonError::into_inner) = Some(held);
        Ok(())
    }

    /// Gives the folder back: it is removed if nothing is left in it, and free to be adopted otherwise.
    pub(super) fn give_back(&self) {
        let mut lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(lock) = lock.take() else {
            return;
        };
        if self.batches().is_ok_and(|batches| batches.is_empty()) {
            let _ = fs::remove_file(self.path.join(LOCK));
            let _ = fs::remove_dir(&self.path);
        }
        // Not only closed: a forked child may have the file open, too.
        let _ = lock.unlock();
    }

    /// Closes the lock without giving it back: what a forked child does with its parent's.
    pub(super) fn disown(&self) {
        // Another thread of the parent may have held the mutex when the child was made; then it stays open.
        if let Ok(mut lock) = self.lock.try_lock() {
            drop(lock.take());
        }
    }
}

const LOCK: &str = "lock";
const REFUSED: &str = "refused";
/// Not the suffix of a log: a folder of logs that is read has these events already.
const SUFFIX: &str = "batch";

/// How often a new folder is made that a sweeper takes away before it is locked.
const ATTEMPTS: u32 = 100;

/// Makes an instance's folder. It has another name until it is locked: nobody takes it for that of a dead one. `None` if
/// somebody has swept it away.
fn make_locked(root: &Path, id: &str) -> io::Result<Option<File>> {
    make_private(root, true)?;
    let hidden = root.join(format!(".{id}"));
    make_private(&hidden, false)?;
    let made = lock(&hidden).and_then(|held| {
        fs::rename(&hidden, root.join(id))?;
        Ok(held)
    });
    match made {
        Err(error) if error.kind() == NotFound => Ok(None),
        made => made,
    }
}

/// Removes the folders of instances that died before they were born.
fn sweep(root: &Path) {
    let names = fs::read_dir(root).into_iter().flatten().flatten();
    for hidden in names.filter(|entry| is_hidden_instance(&entry.file_name())) {
        if let Ok(Some(_held)) = lock(&hidden.path()) {
            let _ = fs::remove_file(hidden.path().join(LOCK));
            let _ = fs::remove_dir(hidden.path());
        }
    }
}

/// The lock of a folder, if it is free.
fn lock(folder: &Path) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let path = folder.join(LOCK);
    let file = options.open(&path)?;
    match file.try_lock() {
        // The one before us may have removed the file meanwhile, and another one have made a new one.
        Ok(()) => Ok(is_at(&file, &path)?.then_some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Whether the path leads to this very file.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let (held, there) = (file.metadata()?, fs::metadata(path)?);
    Ok((held.dev(), held.ino()) == (there.dev(), there.ino()))
}

#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> io::Result<bool> {
    path.try_exists()
}

/// Makes a folder for its owner alone.
fn make_private(path: &Path, with_parents: bool) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    if with_parents {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        builder.recursive(true);
    }
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// 128 bits that no other instance has.
fn random_id() -> io::Result<String> {
    let mut bits = [0; 16];
    getrandom::getrandom(&mut bits)?;
    let mut id = String::with_capacity(32);
    for byte in bits {
        // Writing to a `String` cannot fail.
        let _ = write!(id, "{byte:02x}");
    }
    Ok(id)
}

/// The instances that have a folder, alive or not.
fn instances(root: &Path) -> impl Iterator<Item = String> {
    let names = fs::read_dir(root).into_iter().flatten().flatten();
    names
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| is_id(name))
}

fn is_id(name: &str) -> bool {
    name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_hidden_instance(name: &OsStr) -> bool {
    let hidden = name.to_str().and_then(|name| name.strip_prefix('.'));
    hidden.is_some_and(is_id)
}

fn number(name: &OsStr) -> Option<u64> {
    let (digits, suffix) = name.to_str()?.split_once('.')?;
    (suffix == SUFFIX).then(|| digits.parse().ok())?
}

/// The room that everything in the spool takes but the folder of the instance `except`.
pub(super) fn taken_by_others(root: &Path, except: &str) -> u64 {
    let folders = instances(root).filter(|id| id != except);
    folders
        .chain([REFUSED.to_owned()])
        .flat_map(|name| {
            fs::read_dir(root.join(name))
                .into_iter()
                .flatten()
                .flatten()
        })
        .filter_map(|entry| entry.metadata().ok())
        .map(|about| room(about.len()))
        .sum()
}

/// Keeps what the endpoint refuses, under its batch's id.
pub(super) fn set_aside(root: &Path, id: &str, bytes: &[u8]) -> io::Result<()> {
    let folder = root.join(REFUSED);
    make_private(&folder, true)?;
    let path = folder.join(format!("{id}.{SUFFIX}"));
    let written = write_private(&path, bytes);
    if written.is_err() {
        let _ = fs::remove_file(&path);
    }
    written
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_data()
}

#[cfg(test)]
mod tests;
