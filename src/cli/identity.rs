//! What makes two paths the same: a file may have many names.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What a path leads to; `-` is standard input.
#[derive(PartialEq, Eq, Hash)]
pub(super) enum Identity {
    /// A file, whatever it is called here: its device and its number there.
    File(u64, u64),
    /// Anything else goes by its name.
    Name(PathBuf),
}

impl Identity {
    pub(super) fn of(path: &Path) -> Identity {
        let metadata = match is_stream(path) {
            true => stdin().and_then(|stdin| stdin.metadata()),
            false => path.metadata(),
        };
        match metadata {
            Ok(metadata) if metadata.is_file() => Identity::File(metadata.dev(), metadata.ino()),
            _ => Identity::Name(path.canonicalize().unwrap_or_else(|_| to_be(path))),
        }
    }
}

/// What a file would be called that is not there.
fn to_be(path: &Path) -> PathBuf {
    let folder = path
        .parent()
        .map(|folder| match folder.as_os_str().is_empty() {
            true => Path::new("."),
            false => folder,
        });
    let folder = folder.and_then(|folder| folder.canonicalize().ok());
    match folder.zip(path.file_name()) {
        Some((folder, name)) => folder.join(name),
        None => path.to_owned(),
    }
}

/// Whether a path stands for a standard stream.
pub(super) fn is_stream(path: &Path) -> bool {
    path == Path::new("-")
}

/// Standard input as a file, which it may be; closing it leaves the stream open.
pub(super) fn stdin() -> io::Result<File> {
    Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?))
}
