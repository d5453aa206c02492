//! The old file of a log that was replaced, under its second name: lines that still arrive there are moved to the log.
//!
//! Its name says how far it is (`left`), so that each line gets into the log once: before lines are appended, the name says
//! which and where, and afterwards that it is done.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use memchr::{memchr_iter, memrchr};

use super::holders::{self, QUIET};
use super::left::{Told, UNFINISHED, told};
use super::place::{Identity, Place, identity};
use super::{How, Trouble};

/// Bytes that are moved at a time, unless one line is longer.
const BATCH: usize = 64 << 10;

/// How often is looked for late lines.
const LOOK: Duration = Duration::from_millis(20);

/// The old file.
pub(super) struct Aside<'p> {
    place: &'p Place,
    file: File,
    identity: Identity,
    path: PathBuf,
    /// `OLD-NEW`
    numbers: String,
    /// What stands before this byte is in the log.
    from: u64,
    /// Lines moved so far.
    pub(super) late: u64,
}

/// What runs that ended early have left beside a log.
pub(super) fn leftovers(place: &Place) -> Vec<PathBuf> {
    let left = place.left().unwrap_or_default();
    let left = left
        .into_iter()
        .filter(|rest| rest == UNFINISHED || told(rest).is_some());
    left.map(|rest| place.beside(&rest)).collect()
}

/// Goes on where runs before have ended: removes what is of no use, and moves lines that are in no log yet. Returns what
/// is still left to do.
pub(super) fn go_on(place: &Place, how: &How<'_>) -> Result<Vec<String>, Trouble> {
    let left = place.left().map_err(|error| Trouble::reading(&error))?;
    let mut unfinished = Vec::new();
    for rest in left {
        let path = place.beside(&rest);
        if rest == UNFINISHED {
            remove(&path)?;
        } else if let Some(told) = told(&rest) {
            unfinished.extend(go_on_with(place, &path, &told, how)?);
        }
    }
    Ok(unfinished)
}

fn go_on_with(
    place: &Place,
    path: &Path,
    told: &Told,
    how: &How<'_>,
) -> Result<Option<String>, Trouble> {
    let file = File::open(path).map_err(|error| Trouble::writing("open", path, &error))?;
    let about = file
        .metadata()
        .map_err(|error| Trouble::writing("look at", path, &error))?;
    if about.ino() == told.new {
        remove(path)?;
        return Ok(None);
    }
    // A file that came between the two by rotation is all new.
    let is_old = about.ino() == told.old;
    let log = open_log(place)?;
    let mut aside = Aside {
        place,
        identity: identity(&about),
        file,
        path: path.to_owned(),
        numbers: format!("{:x}-{:x}", about.ino(), told.new),
        from: if is_old { told.from } else { 0 },
        late: 0,
    };
    if let Some((to, at)) = told.under_way.filter(|_| is_old) {
        aside.complete(&log, to, at)?;
    }
    aside.settle(&log, Duration::ZERO, how)
}

fn open_log(place: &Place) -> Result<File, Trouble> {
    let log = OpenOptions::new().read(true).append(true).open(&place.path);
    log.map_err(|error| Trouble::writing("open", &place.path, &error))
}

fn remove(path: &Path) -> Result<(), Trouble> {
    fs::remove_file(path).map_err(|error| Trouble::writing("remove", path, &error))
}

impl<'p> Aside<'p> {
    /// The old file under this name, of which everything before `from` is in the log.
    pub(super) fn new(
        place: &'p Place,
        file: File,
        rest: &str,
        from: u64,
    ) -> Result<Aside<'p>, Trouble> {
        let about = file.metadata().map_err(|error| Trouble::reading(&error))?;
        Ok(Aside {
            place,
            identity: identity(&about),
            file,
            path: place.beside(rest),
            numbers: rest.split('.').next().unwrap_or_default().to_owned(),
            from,
            late: 0,
        })
    }

    /// Moves what arrives until nobody can write to the old file any more, and removes it then. Returns what is left to
    /// do where somebody still can when `wait` is over.
    pub(super) fn settle(
        &mut self,
        log: &File,
        wait: Duration,
        how: &How<'_>,
    ) -> Result<Option<String>, Trouble> {
        let began = Instant::now();
        let mut last_line = began;
        let mut clear = 0;
        loop {
            if self.drain(log, false)? > 0 {
                (last_line, clear) = (Instant::now(), 0);
            }
            // Who is interrupted waits no longer, and leaves things in order all the same.
            let (wait, quiet) = match how.watch.is_stopped() {
                true => (Duration::ZERO, Duration::ZERO),
                false => (wait, QUIET.min(how.wait)),
            };
            let seen = holders::of(self.identity);
            clear = if seen.holders.is_empty() {
                clear + 1
            } else {
                0
            };
            // Once is not enough: a process may be passed over that gets the file while others are looked at.
            if clear > 1 && (seen.all || last_line.elapsed() >= quiet) {
                self.finish(log)?;
                return Ok(None);
            }
            let over = match clear {
                0 => began.elapsed() >= wait,
                1 => false,
                _ => began.elapsed() >= wait.max(2 * quiet),
            };
            if over {
                let names: Vec<String> = seen.holders.iter().map(ToString::to_string).collect();
                return Ok(Some(self.leave(&names)));
            }
            sleep(LOOK);
        }
    }

    /// The old file has nothing more to say, and goes.
    pub(super) fn finish(&mut self, log: &File) -> Result<(), Trouble> {
        self.drain(log, true)?;
        remove(&self.path)?;
        self.place.sync()?;
        // Whoever opened it in the last moment has written by now.
        let rest = self.next(true).map_err(|error| self.unread(&error))?;
        self.append(log, &rest)
    }

    /// Leaves the old file where it is, without what is in the log or has gone.
    fn leave(&self, holders: &[String]) -> String {
        // The room it takes, and what was to go, are given up at once. Where that cannot be done, they are later.
        #[cfg(target_os = "linux")]
        if let Ok(file) = OpenOptions::new().write(true).open(&self.path)
            && self.from > 0
        {
            use rustix::fs::{FallocateFlags, fallocate};
            let punch = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
            let _ = fallocate(&file, punch, 0, self.from);
        }
        let who = match holders {
            [] => "a process that cannot be looked into may still have".to_owned(),
            [one] => format!("{one} still has"),
            several => format!("{} still have", several.join(", ")),
        };
        format!(
            "{who} the old file open; what is written there stays in {:?}, and the next `authmeter prune --apply` adds it to \
             the log; have the log opened again, or wait longer (see --wait)",
            self.path
        )
    }

    /// Moves whole lines that are there, and with `last` what there is of a last one. Returns how many.
    fn drain(&mut self, log: &File, last: bool) -> Result<u64, Trouble> {
        let before = self.late;
        loop {
            let lines = self.next(last).map_err(|error| self.unread(&error))?;
            if lines.is_empty() {
                return Ok(self.late - before);
            }
            let is_cut = lines.last() != Some(&b'\n');
            let to = self.from + lines.len() as u64;
            let at = log
                .metadata()
                .map_err(|error| self.unwritten(&error))?
                .len();
            self.rename(&format!("{}-{to}-{at}", self.from))?;
            self.place.sync()?;
            self.append(log, &lines)?;
            self.done(to)?;
            if is_cut {
                return Ok(self.late - before);
            }
        }
    }

    /// The next lines. A last one without an end is none, unless it is the `last`.
    fn next(&mut self, last: bool) -> io::Result<Vec<u8>> {
        let length = self.file.metadata()?.len();
        if length < self.from {
            // It was emptied, and everything in it is new.
            self.from = 0;
        }
        let mut lines = Vec::new();
        loop {
            let start = lines.len();
            let at = self.from + start as u64;
            let more = usize::try_from(length.saturating_sub(at)).unwrap_or(BATCH);
            lines.resize(start + more.min(BATCH), 0);
            let read = self.file.read_at(&mut lines[start..], at)?;
            lines.truncate(start + read);
            match memrchr(b'\n', &lines[start..]) {
                Some(end) => {
                    lines.truncate(start + end + 1);
                    return Ok(lines);
                }
                None if read == 0 && !last => return Ok(Vec::new()),
                None if read == 0 => return Ok(lines),
                None => {}
            }
        }
    }

    /// Appends lines to the log, each whole. The last one gets an end if it has none: others follow it.
    fn append(&mut self, mut log: &File, lines: &[u8]) -> Result<(), Trouble> {
        if lines.is_empty() {
            return Ok(());
        }
        let end: &[u8] = if lines.ends_with(b"\n") { b"" } else { b"\n" };
        let all = [lines, end].concat();
        let mut rest = &all[..];
        while !rest.is_empty() {
            match log.write(rest) {
                Ok(count @ 1..) => rest = &rest[count..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                failed => {
                    if rest.len() < all.len() {
                        // Whatever follows the part that got through stands on a line of its own.
                        let _ = log.write_all(b"\n");
                    }
                    let full = || io::ErrorKind::WriteZero.into();
                    return Err(self.unwritten(&failed.err().unwrap_or_else(full)));
                }
            }
        }
        log.sync_data().map_err(|error| self.unwritten(&error))?;
        self.late += memchr_iter(b'\n', lines).count() as u64 + end.len() as u64;
        Ok(())
    }

    /// Appends those lines up to `to` that a run before has not got into the log after byte `at`.
    fn complete(&mut self, log: &File, to: u64, at: u64) -> Result<(), Trouble> {
        let length = usize::try_from(to.saturating_sub(self.from)).unwrap_or_default();
        let mut bytes = vec![0; length];
        self.file
            .read_exact_at(&mut bytes, self.from)
            .map_err(|error| self.unread(&error))?;
        let mut missing: HashMap<&[u8], u64> = HashMap::new();
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            *missing.entry(line.trim_ascii_end()).or_default() += 1;
        }
        take_away(log, at, &mut missing).map_err(|error| self.unwritten(&error))?;
        let mut rest = Vec::new();
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            if let Some(count @ 1..) = missing.get_mut(line.trim_ascii_end()) {
                *count -= 1;
                rest.extend_from_slice(line);
            }
        }
        self.append(log, &rest)?;
        self.done(to)
    }

    /// Notes that the log has everything before `to`.
    fn done(&mut self, to: u64) -> Result<(), Trouble> {
        self.from = to;
        self.rename(&to.to_string())
    }

    fn rename(&mut self, places: &str) -> Result<(), Trouble> {
        let path = self.place.beside(&format!("{}.{places}", self.numbers));
        if path != self.path {
            fs::rename(&self.path, &path)
                .map_err(|error| Trouble::writing("rename", &self.path, &error))?;
            self.path = path;
        }
        Ok(())
    }

    fn unread(&self, error: &io::Error) -> Trouble {
        Trouble::refused(format!("cannot read {:?}: {error}", self.path))
    }

    fn unwritten(&self, error: &io::Error) -> Trouble {
        Trouble::writing("write to", &self.place.path, error)
    }
}

/// Takes away the lines that stand in the log after byte `at`; in all of it, if it is another one that is shorter.
fn take_away(mut log: &File, at: u64, missing: &mut HashMap<&[u8], u64>) -> io::Result<()> {
    let at = if log.metadata()?.len() < at { 0 } else { at };
    log.seek(SeekFrom::Start(at))?;
    let mut lines = BufReader::new(log);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        if let Some(count) = missing.get_mut(line.trim_ascii_end()) {
            *count = count.saturating_sub(1);
        }
        line.clear();
    }
    Ok(())
}
