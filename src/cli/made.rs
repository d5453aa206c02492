//! Files that the program makes: whole under their name, or not there.
//!
//! ```text
//!  new      is there one already? may one be made here?       before the work that fills it
//!   ▼
//!  a file without a name; where the system knows none, with a hidden name beside its own
//!   ▼
//!  keep     gets its name, in one step                        dropped, or the program killed: nothing is left
//! ```
//!
//! New files have the permissions of any other (`umask`), for who reads them is often another program; a file that is
//! replaced keeps those it had. Devices and pipes are written as they are: they lose nothing.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, OFlags, RenameFlags, linkat, renameat_with};
use rustix::io::Errno;

use super::Failure;
use crate::event::Visible;

/// A file on its way.
pub(super) struct Made {
    /// What it is called by those who asked for it.
    path: PathBuf,
    /// Where its name will be: behind links.
    target: PathBuf,
    file: File,
    place: Place,
    /// Whether it may take the place of another.
    force: bool,
    /// Permissions of the file it replaces.
    permissions: Option<fs::Permissions>,
}

/// Where the bytes are until the end.
enum Place {
    /// Where they belong.
    There,
    /// In a file without a name, which goes with whoever has it open.
    Nameless,
    /// In a file of this name.
    Hidden(PathBuf),
}

impl Made {
    /// Makes a file, or says why it cannot be.
    pub(super) fn new(path: &Path, force: bool) -> Result<Made, Failure> {
        let cannot = |error: io::Error| cannot_write(path, &error);
        let (mut target, mut permissions) = (path.to_owned(), None);
        match path.metadata() {
            Ok(found) if found.is_file() => {
                if !force {
                    let path = shown(path);
                    return Err(Failure::Usage(format!(
                        "{path} exists; --force overwrites it"
                    )));
                }
                // Who may replace a file is who may write it.
                OpenOptions::new().write(true).open(path).map_err(cannot)?;
                target = path.canonicalize().map_err(cannot)?;
                permissions = Some(found.permissions());
            }
            Ok(_) => {
                let file = OpenOptions::new().write(true).open(path).map_err(cannot)?;
                return Ok(Made {
                    path: path.to_owned(),
                    target,
                    file,
                    place: Place::There,
                    force,
                    permissions,
                });
            }
            Err(_) if path.is_symlink() => {
                let nowhere = io::Error::new(io::ErrorKind::NotFound, "it links to nothing");
                return Err(cannot(nowhere));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(cannot(error)),
        }
        if target.file_name().is_none() {
            return Err(cannot(io::ErrorKind::InvalidFilename.into()));
        }
        // Nobody else sees what is in the place of a file that others may not read.
        let mode = if permissions.is_some() { 0o600 } else { 0o666 };
        let (file, place) = open(folder(&target), mode).map_err(cannot)?;
        Ok(Made {
            path: path.to_owned(),
            target,
            file,
            place,
            force,
            permissions,
        })
    }

    /// What is written into.
    pub(super) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// What is said when it cannot be written.
    pub(super) fn cannot_write(&self, error: &io::Error) -> Failure {
        cannot_write(&self.path, error)
    }

    /// Gives the file its name. What has been written to it must be all.
    pub(super) fn keep(mut self) -> Result<(), Failure> {
        self.give_name().map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Failure::Usage(format!(
                "{} exists since a moment ago; --force overwrites it",
                shown(&self.path)
            )),
            _ => self.cannot_write(&error),
        })
    }

    fn give_name(&mut self) -> io::Result<()> {
        if let Some(permissions) = &self.permissions {
            let mode = permissions.mode() & 0o7777;
            self.file
                .set_permissions(fs::Permissions::from_mode(mode))?;
        }
        if let (Place::Nameless, false) = (&self.place, self.force) {
            return Ok(link(&self.file, &self.target)?);
        }
        if let Place::Nameless = self.place {
            let name = first_free(folder(&self.target), |name| Ok(link(&self.file, name)?))?.0;
            self.place = Place::Hidden(name);
        }
        if let Place::Hidden(name) = &self.place {
            rename(name, &self.target, self.force)?;
            self.place = Place::There;
        }
        Ok(())
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        if let Place::Hidden(name) = &self.place {
            // What cannot be removed stays: hidden, beside the message that says what went wrong.
            let _ = fs::remove_file(name);
        }
    }
}

fn open(folder: &Path, mode: u32) -> io::Result<(File, Place)> {
    let mut options = OpenOptions::new();
    options.write(true).mode(mode);
    // A nameless file gets its name by way of /proc.
    if Path::new("/proc/self/fd").is_dir() {
        let nameless = OFlags::TMPFILE.bits() as i32;
        if let Ok(file) = options.clone().custom_flags(nameless).open(folder) {
            return Ok((file, Place::Nameless));
        }
    }
    hidden(folder, &options)
}

fn hidden(folder: &Path, options: &OpenOptions) -> io::Result<(File, Place)> {
    let (name, file) = first_free(folder, |name| options.clone().create_new(true).open(name))?;
    Ok((file, Place::Hidden(name)))
}

/// Makes something under the first hidden name that is free.
fn first_free<T>(folder: &Path, make: impl Fn(&Path) -> io::Result<T>) -> io::Result<(PathBuf, T)> {
    let mut number = 0_u32;
    loop {
        let name = folder.join(format!(".authmeter.{}.{number}.part", std::process::id()));
        match make(&name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 1000 => {
                number += 1;
            }
            made => return made.map(|made| (name, made)),
        }
    }
}

fn link(file: &File, name: &Path) -> Result<(), Errno> {
    let itself = format!("/proc/self/fd/{}", file.as_raw_fd());
    linkat(CWD, itself, CWD, name, AtFlags::SYMLINK_FOLLOW)
}

fn rename(from: &Path, to: &Path, force: bool) -> io::Result<()> {
    if force {
        return fs::rename(from, to);
    }
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Not every file system can refuse to replace.
        Err(Errno::INVAL | Errno::NOSYS) if to.symlink_metadata().is_err() => fs::rename(from, to),
        renamed => Ok(renamed?),
    }
}

fn folder(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    folder.unwrap_or(Path::new("."))
}

fn shown(path: &Path) -> String {
    Visible(&path.display().to_string()).to_string()
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::Fault(format!("cannot write {}: {error}", shown(path)))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string();
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| name(entry).unwrap())
            .collect();
        names.sort();
        names
    }

    /// A file made as where the system has no nameless ones.
    fn hidden_one(path: &Path, force: bool) -> Made {
        let options = OpenOptions::new().write(true).clone();
        let (file, place) = hidden(folder(path), &options).unwrap();
        Made {
            path: path.to_owned(),
            target: path.to_owned(),
            file,
            place,
            force,
            permissions: None,
        }
    }

    #[test]
    fn a_hidden_file_gets_its_name_or_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        drop(hidden_one(&path, false));
        assert_eq!(names(folder.path()), [""; 0]);
        let (mut one, other) = (hidden_one(&path, false), hidden_one(&path, false));
        one.file().write_all(b"one").unwrap();
        assert!(
            names(folder.path())
                .iter()
                .all(|name| name.starts_with('.'))
        );
        assert!(one.keep().is_ok());
        assert!(matches!(other.keep(), Err(Failure::Usage(_))));
        assert!(hidden_one(&folder.path().join("b"), true).keep().is_ok());
        assert_eq!(names(folder.path()), ["a", "b"]);
        assert_eq!(fs::read(&path).unwrap(), b"one");
    }
}
