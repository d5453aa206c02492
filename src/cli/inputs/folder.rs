//! Folders: every log below one.

use std::path::Path;

use walkdir::{DirEntry, WalkDir};

use super::Found;
use super::order::{LOG_SUFFIXES, is_log};

/// Every regular file below the folder that is named like a log. Links to files are followed, links to folders are
/// not: nothing is found twice, and no circle is walked.
pub(super) fn logs(folder: &Path) -> Found {
    let mut found = Found::default();
    let entries = WalkDir::new(folder)
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry));
    for entry in entries {
        match entry {
            Ok(entry) if !may_be_read(&entry) || is_backup(&entry) => {}
            Ok(entry) if is_log(&entry.file_name().to_string_lossy()) => {
                found.files.push(entry.into_path());
            }
            Ok(entry) => found.passed_over.push(entry.into_path()),
            Err(error) => found.unreadable(folder, &error),
        }
    }
    found
}

/// Why a folder leads to nothing.
pub(super) fn nothing() -> String {
    let suffixes = LOG_SUFFIXES.map(|suffix| format!(".{suffix}")).join(", ");
    format!("no file in this folder is named like a log ({suffixes}); name the files that are logs")
}

/// Whether a name is meant not to be seen.
pub(super) fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}

/// A regular file, a link to one, or a link to nothing, which is said when its turn comes.
pub(super) fn may_be_read(entry: &DirEntry) -> bool {
    let kind = entry.file_type();
    let leads_to_no_file = || {
        entry
            .path()
            .metadata()
            .is_ok_and(|target| !target.is_file())
    };
    kind.is_file() || kind.is_symlink() && !leads_to_no_file()
}

/// Copies that editors leave.
fn is_backup(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    name.ends_with('~')
        || name.starts_with('#')
        || [".bak", ".swp", ".swo", ".orig"]
            .iter()
            .any(|end| name.ends_with(end))
}
