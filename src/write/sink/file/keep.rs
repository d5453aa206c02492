//! Which files of the past stay.
//!
//! Only regular files are removed whose names are exactly those that rotation gives: a neighbour's log, a copy somebody
//! compressed, a link are none of them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::LogFile;
use super::names::{Family, Stamp};
use crate::error::Error;
use crate::event::Timestamp;
use crate::write::config::Keep;

/// A file of the past.
struct Past {
    stamp: Stamp,
    bytes: u64,
    path: PathBuf,
}

impl LogFile {
    /// Removes what is not to stay.
    pub(super) fn remove_old(&mut self, now: Timestamp) {
        let keep = self.policy.keep;
        if keep.is_everything() || !self.open.is_regular {
            return;
        }
        let path = self.real_path();
        let folder = path.parent().unwrap_or(Path::new("/"));
        let removed = past(folder, &Family::of(&path)).and_then(|past| {
            // One that cannot be removed does not keep the others.
            past_their_time(&past, keep, now)
                .map(remove)
                .fold(Ok(()), Result::and)
        });
        if let Err(error) = removed {
            self.trouble = Some(Error::io("remove old files of", &self.path, error));
        }
    }
}

/// The files of the past, newest first.
fn past(folder: &Path, family: &Family) -> io::Result<Vec<Past>> {
    let mut past = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Some(stamp) = family.stamp(&entry.file_name()) else {
            continue;
        };
        match entry.metadata() {
            Ok(about) if about.is_file() => past.push(Past {
                stamp,
                bytes: about.len(),
                path: entry.path(),
            }),
            Ok(_) => {}
            // Another process was faster.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    past.sort_by_key(|file| std::cmp::Reverse(file.stamp));
    Ok(past)
}

/// Those that are too many, too large together, or too old; `past` is sorted, newest first.
fn past_their_time(past: &[Past], keep: Keep, now: Timestamp) -> impl Iterator<Item = &Path> {
    let files = keep.files.map_or(usize::MAX, |files| {
        usize::try_from(files).unwrap_or(usize::MAX)
    });
    let oldest = keep
        .age
        .map(|age| now.seconds().saturating_sub_unsigned(age.as_secs()));
    let mut bytes = 0_u64;
    let mut gone = false;
    past.iter().enumerate().filter_map(move |(index, file)| {
        bytes = bytes.saturating_add(file.bytes);
        gone |= index >= files
            || keep.bytes.is_some_and(|most| bytes > most)
            || oldest.is_some_and(|oldest| file.stamp.time.seconds() < oldest);
        gone.then_some(file.path.as_path())
    })
}

/// Another process may be faster.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
