//! A log is read, what stays is written beside it, and the two are exchanged.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use super::aside::{self, Aside};
use super::encode::{Counting, Encoder};
use super::holders::{self, QUIET};
use super::left::{self, UNFINISHED};
use super::old::{BUFFER, Old, Stuck, pour, replaced};
use super::place::{Identity, Place, identity};
use super::sieve::Sieve;
use super::{Account, Action, How, Pruned, Trouble, attributes};
use crate::read::Compression;

/// Says what pruning a log would do, and changes nothing.
///
/// # Errors
///
/// The log cannot be read, or would be refused.
pub fn preview(path: &Path, how: &How<'_>) -> Result<Pruned, Trouble> {
    let place = Place::find(path)?;
    let old = Old::open(&place)?;
    let left = aside::leftovers(&place).into_iter();
    let unfinished = left.map(|path| {
        format!("an earlier run has left {path:?}; with --apply, this is put in order first")
    });
    let mut sieve = Sieve::new(how);
    let mut out = Encoder::new(old.compression, Counting::default())
        .map_err(|error| Trouble::reading(&error))?;
    let whole = |_: &Account| false;
    pour(&mut *old.content(how)?, &mut sieve, &mut out, how, whole).map_err(|why| why.at(path))?;
    let ended = sieve.end(&mut out).and_then(|()| out.finish());
    let Counting(bytes) = ended.map_err(|error| Trouble::reading(&error))?;
    Ok(old.pruned(how, &place, sieve.account, bytes, unfinished.collect()))
}

/// Prunes a log.
///
/// # Errors
///
/// The log cannot be read, cannot be replaced, or is refused: it is as it was then, unless the trouble names the old
/// file under its second name, to which the next run returns.
pub fn prune(path: &Path, how: &How<'_>) -> Result<Pruned, Trouble> {
    let place = Place::find(path)?;
    place.lock()?;
    let mut unfinished = aside::go_on(&place, how)?;
    let old = Old::open(&place)?;
    let account = old.look_for_one_that_goes(how, path)?;
    let unchanged = old.pruned(how, &place, account, old.about.len(), Vec::new());
    if unchanged.action == Action::Nothing {
        return Ok(Pruned {
            unfinished,
            ..unchanged
        });
    }
    let mut new = New::create(&place, &old)?;
    let (account, from) = match old.compression {
        None => copy(&old, &new, how)?,
        Some(compression) => compress(&old, &new, compression, how)?,
    };
    let written = |error: io::Error| Trouble::writing("write", &new.path, &error);
    attributes::carry_times(&old.about, &new.file).map_err(written)?;
    new.file.sync_all().map_err(written)?;
    let bytes = new.file.metadata().map_err(written)?.len();
    let mut pruned = old.pruned(how, &place, account, bytes, Vec::new());

    let mut aside = exchange(&old, &mut new, from, how)?;
    match old.compression {
        // Nobody appends to a compressed file.
        Some(_) => aside.finish(&new.file)?,
        None => unfinished.extend(aside.settle(&new.file, how.wait, how)?),
    }
    pruned.late = aside.late;
    if pruned.action == Action::Remove {
        if unfinished.is_empty() && pruned.late == 0 && place.leads_to(new.identity) {
            let removed = fs::remove_file(&place.path);
            removed.map_err(|error| Trouble::writing("remove", &place.path, &error))?;
            place.sync()?;
        } else {
            pruned.action = Action::Rewrite;
        }
    }
    pruned.unfinished = unfinished;
    Ok(pruned)
}

/// The log as it will be, beside the old one. Unless it takes the old one's place, it goes again.
struct New<'p> {
    place: &'p Place,
    path: PathBuf,
    file: File,
    identity: Identity,
    in_place: bool,
}

impl<'p> New<'p> {
    fn create(place: &'p Place, old: &Old) -> Result<New<'p>, Trouble> {
        let path = place.beside(UNFINISHED);
        let mut options = OpenOptions::new();
        options.read(true).append(true).create_new(true).mode(0o600);
        let file = options
            .open(&path)
            .map_err(|error| Trouble::writing("create", &path, &error))?;
        let about = file.metadata();
        let about = about.map_err(|error| Trouble::writing("create", &path, &error))?;
        let new = New {
            place,
            identity: identity(&about),
            path,
            file,
            in_place: false,
        };
        attributes::carry(&old.file, &old.about, &new.file).map_err(|error| {
            Trouble::writing(
                "give the owner, mode and attributes of the log to",
                &new.path,
                &error,
            )
        })?;
        Ok(new)
    }
}

impl Drop for New<'_> {
    fn drop(&mut self) {
        if !self.in_place {
            // What cannot be removed is of no use, which the next run sees by its name.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Copies what stays until nothing more arrives. Returns how far the old file has been taken.
fn copy(old: &Old, new: &New<'_>, how: &How<'_>) -> Result<(Account, u64), Trouble> {
    let mut sieve = Sieve::new(how);
    let mut out = BufWriter::with_capacity(BUFFER, &new.file);
    let mut bytes = old.bytes()?;
    let stuck = |why: Stuck| why.at(&new.path);
    let written = |error: io::Error| Trouble::writing("write", &new.path, &error);
    let all = |_: &Account| false;
    // Twice: while the first copy is written to the disk, lines arrive.
    for _ in 0..2 {
        pour(&mut bytes, &mut sieve, &mut out, how, all).map_err(stuck)?;
        out.flush().map_err(written)?;
        new.file.sync_data().map_err(written)?;
    }
    if sieve.pending() > 0 || sieve.is_passing() {
        if is_let_go(old, bytes.offset, how)? {
            // Nobody will end the last line: it is what it is.
            pour(&mut bytes, &mut sieve, &mut out, how, all).map_err(stuck)?;
            sieve.end(&mut out).map_err(written)?;
        } else if sieve.is_passing() {
            return Err(Trouble::refused(
                "its last line is longer than --max-line and has no end yet; nothing was changed",
            ));
        }
    }
    out.flush().map_err(written)?;
    drop(out);
    let length = old
        .file
        .metadata()
        .map_err(|error| Trouble::reading(&error))?
        .len();
    if length < bytes.offset {
        return Err(Trouble::refused(
            "it shrank while it was read; nothing was changed, run this again",
        ));
    }
    Ok((sieve.account, bytes.offset - sieve.pending()))
}

/// Whether nobody has the log open for writing: seen, or, where not all can be seen, known by its growing no longer.
fn is_let_go(old: &Old, length: u64, how: &How<'_>) -> Result<bool, Trouble> {
    let seen = holders::of(old.identity());
    if seen.all || !seen.holders.is_empty() {
        return Ok(seen.holders.is_empty());
    }
    sleep(QUIET.min(how.wait));
    let now = old.file.metadata();
    Ok(now.map_err(|error| Trouble::reading(&error))?.len() == length)
}

/// Copies what stays of a compressed log.
fn compress(
    old: &Old,
    new: &New<'_>,
    compression: Compression,
    how: &How<'_>,
) -> Result<(Account, u64), Trouble> {
    if let [holder, ..] = &holders::of(old.identity()).holders[..] {
        return Err(Trouble::refused(format!(
            "{holder} is writing to it; run this again when that has ended"
        )));
    }
    let written = |error: io::Error| Trouble::writing("write", &new.path, &error);
    let mut sieve = Sieve::new(how);
    let out = BufWriter::with_capacity(BUFFER, &new.file);
    let mut out = Encoder::new(Some(compression), out).map_err(written)?;
    let all = |_: &Account| false;
    pour(&mut *old.content(how)?, &mut sieve, &mut out, how, all)
        .map_err(|why| why.at(&new.path))?;
    sieve.end(&mut out).map_err(written)?;
    out.finish()
        .and_then(|mut out| out.flush())
        .map_err(written)?;
    let now = old
        .file
        .metadata()
        .map_err(|error| Trouble::reading(&error))?;
    let state = |about: &Metadata| (about.len(), about.mtime(), about.mtime_nsec());
    if state(&now) != state(&old.about) {
        return Err(Trouble::refused(
            "it changed while it was read; nothing was changed, run this again",
        ));
    }
    Ok((sieve.account, old.about.len()))
}

/// Puts the new file in the old one's place, which is beside it then.
fn exchange<'p>(
    old: &Old,
    new: &mut New<'p>,
    from: u64,
    how: &How<'_>,
) -> Result<Aside<'p>, Trouble> {
    let place = new.place;
    let rest = left::name(old.about.ino(), new.identity.1, from);
    let path = place.beside(&rest);
    fs::rename(&new.path, &path).map_err(|error| Trouble::writing("rename", &new.path, &error))?;
    new.path = path;
    place.sync()?;
    let length = new.file.metadata();
    let length = length.map_err(|error| Trouble::reading(&error))?.len();
    if !place.leads_to(old.identity()) {
        return Err(replaced());
    }
    place.exchange(&new.path)?;
    new.in_place = true;
    place.sync()?;
    let beside = fs::symlink_metadata(&new.path);
    if beside.is_ok_and(|beside| identity(&beside) == old.identity()) {
        let file = old.file.try_clone();
        let file = file.map_err(|error| Trouble::reading(&error))?;
        return Aside::new(place, file, &rest, from);
    }
    put_back(new, length, how)
}

/// Undoes the exchange with a file that took the log's place in the last moment, as rotation does it. Lines that came to
/// the new file in between are moved.
fn put_back<'p>(new: &mut New<'p>, length: u64, how: &How<'_>) -> Result<Aside<'p>, Trouble> {
    let place = new.place;
    place.exchange(&new.path)?;
    let rest = left::name(new.identity.1, 0, length);
    let path = place.beside(&rest);
    fs::rename(&new.path, &path).map_err(|error| Trouble::writing("rename", &new.path, &error))?;
    let log = OpenOptions::new().append(true).open(&place.path);
    let log = log.map_err(|error| Trouble::writing("open", &place.path, &error))?;
    let file = new.file.try_clone();
    let file = file.map_err(|error| Trouble::reading(&error))?;
    let mut aside = Aside::new(place, file, &rest, length)?;
    let wait = how.wait.max(Duration::from_millis(200));
    let mut trouble = replaced();
    if let Some(unfinished) = aside.settle(&log, wait, how)? {
        trouble.what = format!("{}; {unfinished}", trouble.what);
    }
    Err(trouble)
}
