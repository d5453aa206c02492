//! What a file is besides its content: mode, owner, times, and extended attributes with the access lists among them.

use std::fs::{File, FileTimes, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt, fchown};

use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fsetxattr};
use rustix::io::Errno;

/// The longest list of names, and the longest value, that Linux has (`XATTR_LIST_MAX`, `XATTR_SIZE_MAX`).
const LONGEST: usize = 64 << 10;

/// Gives `to` everything but the times of `from`, before there is anything in it to see.
pub(super) fn carry(from: &File, about: &Metadata, to: &File) -> io::Result<()> {
    let new = to.metadata()?;
    if (about.uid(), about.gid()) != (new.uid(), new.gid()) {
        fchown(to, Some(about.uid()), Some(about.gid()))?;
    }
    carry_extended(from, to)?;
    to.set_permissions(about.permissions())
}

fn carry_extended(from: &File, to: &File) -> io::Result<()> {
    let mut buffer = vec![0; LONGEST];
    let names = match flistxattr(from, &mut buffer[..]) {
        Ok(length) => buffer[..length].to_vec(),
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    for name in names
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty())
    {
        let length = match fgetxattr(from, name, &mut buffer[..]) {
            Ok(length) => length,
            Err(Errno::NODATA) => continue,
            Err(error) => return Err(error.into()),
        };
        match fsetxattr(to, name, &buffer[..length], XattrFlags::empty()) {
            Ok(()) => {}
            // Labels that a security module gives every file by itself are not for everyone to set.
            Err(Errno::PERM | Errno::ACCESS) if name.starts_with(b"security.") => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Gives `to` the times it was changed and looked at.
pub(super) fn carry_times(about: &Metadata, to: &File) -> io::Result<()> {
    let times = FileTimes::new()
        .set_accessed(about.accessed()?)
        .set_modified(about.modified()?);
    to.set_times(times)
}
