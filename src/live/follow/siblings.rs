//! Files beside a path that rotation left there: known by their names, which are the path's with a number or a time.

use std::fs::{self, File, Metadata};
use std::path::Path;
use std::time::SystemTime;

use super::generation::{Generation, Identity, identity};

/// A file that may have been at the path.
pub(super) struct Sibling {
    pub(super) file: File,
    pub(super) metadata: Metadata,
}

/// Those that were written to since then, oldest first.
pub(super) fn since(path: &Path, since: SystemTime) -> Vec<Sibling> {
    let entries = fs::read_dir(folder(path));
    let mut found: Vec<(SystemTime, Sibling)> = Vec::new();
    for entry in entries.into_iter().flatten().flatten() {
        if !is_rotated(path, &entry.file_name().to_string_lossy()) {
            continue;
        }
        let Ok(file) = File::open(entry.path()) else {
            continue;
        };
        let Ok(metadata) = file.metadata() else {
            continue;
        };
        match metadata.modified() {
            Ok(changed) if metadata.is_file() && changed >= since => {
                found.push((changed, Sibling { file, metadata }));
            }
            _ => {}
        }
    }
    found.sort_by_key(|(changed, sibling)| (*changed, identity(&sibling.metadata)));
    found.into_iter().map(|(_, sibling)| sibling).collect()
}

/// The copy of a file that was cut: it begins as the file did, and goes on where it was read to.
pub(super) fn copy_of(path: &Path, cut: &Generation, known: &[Identity]) -> Option<File> {
    let mut siblings = since(path, SystemTime::UNIX_EPOCH);
    siblings.retain(|sibling| {
        !known.contains(&identity(&sibling.metadata))
            && !cut.head().is_empty()
            && cut.is_known(&sibling.file).unwrap_or(false)
    });
    siblings.pop().map(|sibling| sibling.file)
}

/// Whether the names beside a path may have changed since then.
pub(super) fn changed(path: &Path, since: SystemTime) -> bool {
    let changed = folder(path).metadata().and_then(|folder| folder.modified());
    changed.is_ok_and(|changed| changed >= since)
}

fn folder(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    folder.unwrap_or(Path::new("."))
}

/// Whether a name is that of the path's file, rotated: `auth.log.1`, `auth.log-20250101`, `auth-20250115T235958Z.log`.
fn is_rotated(path: &Path, name: &str) -> bool {
    let Some(own) = path.file_name().map(|own| own.to_string_lossy()) else {
        return false;
    };
    let (stem, extension) = own.rsplit_once('.').unwrap_or((&own, ""));
    let after = |rest: &str| {
        let rest = rest.strip_prefix(['.', '-', '_']);
        rest.is_some_and(|rest| {
            !rest.is_empty()
                && rest
                    .chars()
                    .all(|letter| "0123456789TZ:.-_".contains(letter))
        })
    };
    let with_extension = || {
        let rest = name.strip_suffix(extension)?.strip_suffix('.')?;
        rest.strip_prefix(stem)
    };
    name.strip_prefix(&*own).is_some_and(after) || with_extension().is_some_and(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotated_names_have_a_number_or_a_time() {
        let path = Path::new("logs/auth.log");
        for name in [
            "auth.log.1",
            "auth.log-20250101",
            "auth.log.2025-01-01T10:00:00Z",
            "auth-20250115T235958Z.log",
            "auth-20250115T235958Z-1.log",
        ] {
            assert!(is_rotated(path, name), "{name}");
        }
        for name in [
            "auth.log",
            "auth.log.1.gz",
            "auth-billing.log",
            "auth.logs",
            "oauth.log.1",
            "auth.log.",
            "auth.log.bak",
        ] {
            assert!(!is_rotated(path, name), "{name}");
        }
        assert!(is_rotated(Path::new("auth"), "auth.1"));
    }
}
