//! Who has a file open for writing, as far as this process may look (Linux, `/proc`).
//!
//! Without the rights of root, processes of other users cannot be looked into, and inside a container not all with them. That is said, so that the caller can wait
//! instead of being sure.

use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use super::place::Identity;
use crate::event::Visible;

/// A process that has a file open for writing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its number.
    pub pid: u32,
    /// The name of its program.
    pub program: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (process {})", Visible(&self.program), self.pid)
    }
}

/// How long nothing may have arrived where not every process could be looked into.
pub(super) const QUIET: Duration = Duration::from_secs(1);

/// What was seen.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) holders: Vec<Holder>,
    /// Whether every process that might have it open could be looked into.
    pub(super) all: bool,
}

/// Looks at every other process.
pub(super) fn of(file: Identity) -> Seen {
    let mut seen = Seen {
        holders: Vec::new(),
        // Where processes of others are hidden, the first one is, too.
        all: Path::new("/proc/1").exists(),
    };
    let Ok(processes) = fs::read_dir("/proc") else {
        return Seen::default();
    };
    let own = std::process::id();
    let numbers = processes
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    for pid in numbers.filter(|pid| *pid != own) {
        let process = Path::new("/proc").join(pid.to_string());
        match holds(&process, file) {
            Ok(false) => {}
            Ok(true) => {
                let program = fs::read_to_string(process.join("comm")).unwrap_or_default();
                let program = program.trim_end().to_owned();
                seen.holders.push(Holder { pid, program });
            }
            // Threads of the kernel have no command line, and neither has a process that is just ending.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                seen.all &= fs::read(process.join("cmdline"))
                    .unwrap_or_default()
                    .is_empty();
            }
            Err(_) => {} // It has ended.
        }
    }
    seen
}

fn holds(process: &Path, file: Identity) -> io::Result<bool> {
    for entry in fs::read_dir(process.join("fd"))? {
        let entry = entry?;
        let about = match fs::read_to_string(process.join("fdinfo").join(entry.file_name())) {
            Ok(about) => about,
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Err(error),
            Err(_) => continue, // It was closed.
        };
        // Only then is the file itself asked: it may lie on a disk that does not answer.
        if may_be(&about, file.1) {
            match entry.path().metadata() {
                Ok(open) if (open.dev(), open.ino()) == file => return Ok(true),
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Err(error),
                Ok(_) | Err(_) => {}
            }
        }
    }
    Ok(false)
}

/// Whether a descriptor may be open for writing, and of a file of this number (which Linux tells since 5.14).
fn may_be(about: &str, number: u64) -> bool {
    /// The bits of `open(2)`'s access mode; 0 is reading alone.
    const ACCESS_MODE: u64 = 0o3;
    let value = |name: &str, radix| {
        let value = about.lines().find_map(|line| line.strip_prefix(name));
        value.and_then(|value| u64::from_str_radix(value.trim(), radix).ok())
    };
    let writes = value("flags:", 8).is_none_or(|flags| flags & ACCESS_MODE != 0);
    writes && value("ino:", 10).is_none_or(|found| found == number)
}
