//! Where a log lies: its folder, its name there, and the lock that keeps a second run off.

use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, RenameFlags, flock, renameat_with};
use rustix::io::Errno;

use super::Trouble;

/// Device and number of a file: the same for all its names.
pub(super) type Identity = (u64, u64);

pub(super) fn identity(metadata: &Metadata) -> Identity {
    (metadata.dev(), metadata.ino())
}

/// Where a log lies. Links have been followed: the file is rewritten where it is, and the link stays.
pub(super) struct Place {
    /// The log.
    pub(super) path: PathBuf,
    /// Its folder, open and, for a run that changes something, locked.
    folder: File,
    folder_path: PathBuf,
    name: OsString,
}

impl Place {
    pub(super) fn find(path: &Path) -> Result<Place, Trouble> {
        let path = path
            .canonicalize()
            .map_err(|error| Trouble::reading(&error))?;
        let (Some(folder_path), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(Trouble::refused("it is a folder; name the logs in it"));
        };
        Ok(Place {
            folder: File::open(folder_path).map_err(|error| Trouble::reading(&error))?,
            folder_path: folder_path.to_owned(),
            name: name.to_owned(),
            path: path.clone(),
        })
    }

    /// Keeps other runs off this folder for as long as this is there.
    pub(super) fn lock(&self) -> Result<(), Trouble> {
        match flock(&self.folder, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(()),
            Err(Errno::WOULDBLOCK) => Err(Trouble::refused(format!(
                "another `authmeter prune` is at work in {:?}; run this again when it has ended",
                self.folder_path
            ))),
            Err(error) => Err(Trouble::writing(
                "lock",
                &self.folder_path,
                &io::Error::from(error),
            )),
        }
    }

    /// What the names of all files begin with that a run puts beside the log. They are hidden: no scan takes them for logs.
    fn prefix(&self) -> Vec<u8> {
        [b".", self.name.as_encoded_bytes(), b".prune-"].concat()
    }

    /// A file beside the log.
    pub(super) fn beside(&self, rest: &str) -> PathBuf {
        let mut name = OsString::from(".");
        name.push(&self.name);
        name.push(".prune-");
        name.push(rest);
        self.folder_path.join(name)
    }

    /// Files beside the log that a run has left, each by the rest of its name.
    pub(super) fn left(&self) -> io::Result<Vec<String>> {
        let prefix = self.prefix();
        let mut left = Vec::new();
        for entry in fs::read_dir(&self.folder_path)? {
            let name = entry?.file_name();
            let rest = name.as_encoded_bytes().strip_prefix(&prefix[..]);
            left.extend(rest.and_then(|rest| str::from_utf8(rest).ok().map(str::to_owned)));
        }
        left.sort();
        Ok(left)
    }

    /// Has the disk know which names there are.
    pub(super) fn sync(&self) -> Result<(), Trouble> {
        self.folder
            .sync_all()
            .map_err(|error| Trouble::writing("sync", &self.folder_path, &error))
    }

    /// Makes the log and a file beside it change names, in one step.
    pub(super) fn exchange(&self, beside: &Path) -> Result<(), Trouble> {
        let folder = &self.folder;
        match renameat_with(folder, beside, folder, &self.path, RenameFlags::EXCHANGE) {
            Ok(()) => Ok(()),
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => Err(Trouble::refused(
                "this file system cannot exchange two files in one step, as ext4, xfs, btrfs and tmpfs can; \
                 nothing was changed",
            )),
            Err(error) => Err(Trouble::writing(
                "replace",
                &self.path,
                &io::Error::from(error),
            )),
        }
    }

    /// Whether the log's name leads to this file.
    pub(super) fn leads_to(&self, file: Identity) -> bool {
        let found = fs::symlink_metadata(&self.path);
        found.is_ok_and(|found| identity(&found) == file)
    }
}
