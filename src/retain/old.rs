//! A log as it is: what kind of file, and its lines from start to end.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use super::place::{Identity, Place, identity};
use super::sieve::Sieve;
use super::{Account, Action, How, Pruned, Trouble};
use crate::read::Compression;

/// Bytes read, and bytes written, at a time.
pub(super) const BUFFER: usize = 256 << 10;

/// The log as it is.
pub(super) struct Old {
    pub(super) file: File,
    pub(super) about: Metadata,
    pub(super) compression: Option<Compression>,
}

impl Old {
    pub(super) fn open(place: &Place) -> Result<Old, Trouble> {
        let reading = |error: io::Error| Trouble::reading(&error);
        let about = fs::symlink_metadata(&place.path).map_err(reading)?;
        if !about.is_file() {
            return Err(Trouble::refused(
                "it is no regular file, and only those can be pruned",
            ));
        }
        if about.nlink() > 1 {
            return Err(Trouble::refused(format!(
                "it has {} names (hard links), and only one of them would lead to the new file; remove the others, which \
                 `find -samefile` lists, or copy the log",
                about.nlink()
            )));
        }
        let file = File::open(&place.path).map_err(reading)?;
        let opened = file.metadata().map_err(reading)?;
        if identity(&opened) != identity(&about) {
            return Err(replaced());
        }
        let mut head = [0; 4];
        let filled = file.read_at(&mut head, 0).map_err(reading)?;
        Ok(Old {
            compression: Compression::of(&head[..filled]),
            about: opened,
            file,
        })
    }

    pub(super) fn identity(&self) -> Identity {
        identity(&self.about)
    }

    /// The lines, from the start.
    pub(super) fn content(&self, how: &How<'_>) -> Result<Box<dyn Read + Send>, Trouble> {
        let bytes = Box::new(self.bytes()?);
        match self.compression {
            None => Ok(bytes),
            Some(compression) => compression
                .decode(bytes, how.max_expand)
                .map_err(|error| Trouble::reading(&error)),
        }
    }

    pub(super) fn bytes(&self) -> Result<Bytes, Trouble> {
        let file = self.file.try_clone();
        let file = file.map_err(|error| Trouble::reading(&error))?;
        Ok(Bytes { file, offset: 0 })
    }

    /// Reads until an event goes; to the end, if none does.
    pub(super) fn look_for_one_that_goes(
        &self,
        how: &How<'_>,
        path: &Path,
    ) -> Result<Account, Trouble> {
        let (mut sieve, mut out) = (Sieve::new(how), io::sink());
        let one_goes = |account: &Account| account.goes > 0;
        let mut content = self.content(how)?;
        pour(&mut *content, &mut sieve, &mut out, how, one_goes).map_err(|why| why.at(path))?;
        let ended = sieve.end(&mut out);
        ended.map_err(|error| Trouble::reading(&error))?;
        Ok(sieve.account)
    }

    /// What is done to a log with this account.
    pub(super) fn pruned(
        &self,
        how: &How<'_>,
        place: &Place,
        account: Account,
        bytes: u64,
        unfinished: Vec<String>,
    ) -> Pruned {
        let stays = account.stays + account.malformed + account.not_an_object;
        let is_rotated = self.compression.is_some() || (how.is_rotated)(&place.path);
        let action = match account.goes {
            _ if stays == 0 && is_rotated && (account.goes > 0 || self.about.len() == 0) => {
                Action::Remove
            }
            0 => Action::Nothing,
            _ => Action::Rewrite,
        };
        Pruned {
            action,
            account,
            bytes_before: self.about.len(),
            bytes_after: match action {
                Action::Nothing => self.about.len(),
                Action::Rewrite => bytes,
                Action::Remove => 0,
            },
            late: 0,
            unfinished,
        }
    }
}

/// A file, read by place.
pub(super) struct Bytes {
    file: File,
    pub(super) offset: u64,
}

impl Read for Bytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(buffer, self.offset)?;
        self.offset += count as u64;
        Ok(count)
    }
}

/// Why lines did not get through.
pub(super) enum Stuck {
    Read(io::Error),
    Written(io::Error),
    Interrupted,
}

impl Stuck {
    /// The trouble, told of the file that was written.
    pub(super) fn at(self, path: &Path) -> Trouble {
        match self {
            Stuck::Read(error) => Trouble::reading(&error),
            Stuck::Written(error) => Trouble::writing("write", path, &error),
            Stuck::Interrupted => Trouble::refused("interrupted; nothing was changed"),
        }
    }
}

/// Has the sieve take everything there is, or until it is `enough`.
pub(super) fn pour(
    content: &mut dyn Read,
    sieve: &mut Sieve<'_>,
    out: &mut impl Write,
    how: &How<'_>,
    enough: impl Fn(&Account) -> bool,
) -> Result<(), Stuck> {
    let mut buffer = vec![0; BUFFER];
    while !enough(&sieve.account) {
        if how.watch.is_stopped() {
            return Err(Stuck::Interrupted);
        }
        match content.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => sieve.take(&buffer[..count], out).map_err(Stuck::Written)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Stuck::Read(error)),
        }
    }
    Ok(())
}

pub(super) fn replaced() -> Trouble {
    Trouble::refused(
        "another file took its place meanwhile, as rotation does it; nothing was changed, run this again",
    )
}
