//! One path, and the files it led to.

use std::collections::VecDeque;
use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};

use super::generation::{Generation, GenerationMark, Identity, Look, MARK, identity};
use super::shelf::Shelf;
use super::{Following, Fresh, State, siblings};
use crate::read::Compression;

/// Files that were renamed away are read on until so many others were.
const RENAMED: usize = 4;

/// Files that are remembered, so that none is read twice.
const REMEMBERED: usize = 64;

/// Clocks of file systems tick in steps, and a file's time may be a little behind the system's.
const TICK: Duration = Duration::from_secs(2);

/// Rotated files that were written to so long before the first look were there before it.
const BEFORE: Duration = Duration::from_secs(3600);

/// Where a path has been read to, at rest.
#[derive(Serialize, Deserialize)]
pub struct Mark {
    live: Option<GenerationMark>,
    met: VecDeque<(Identity, Vec<u8>)>,
    generations: u32,
    looked: Option<SystemTime>,
    shelf: Shelf,
}

pub(super) struct Trail {
    path: PathBuf,
    /// What the path leads to, as far as is known.
    live: Option<Generation>,
    /// What it led to before, oldest first.
    former: VecDeque<Generation>,
    /// What is followed no more.
    shelf: Shelf,
    /// The last files met, with what they begin with.
    met: VecDeque<(Identity, Vec<u8>)>,
    generations: u32,
    looked: Option<SystemTime>,
    trouble: Option<String>,
}

impl Trail {
    pub(super) fn new(path: PathBuf) -> Trail {
        Trail {
            path,
            live: None,
            former: VecDeque::new(),
            shelf: Shelf::default(),
            met: VecDeque::new(),
            generations: 0,
            looked: None,
            trouble: None,
        }
    }

    pub(super) fn state(&self) -> State {
        State {
            path: self.path.clone(),
            generations: self.generations,
            place: self.live.as_ref().map_or(0, Generation::place),
            trouble: self.trouble.clone(),
        }
    }

    pub(super) fn mark(&self) -> Mark {
        let mut shelf = self.shelf.clone();
        for former in &self.former {
            shelf.put(former);
        }
        Mark {
            shelf,
            live: self.live.as_ref().map(Generation::mark),
            met: self.met.clone(),
            generations: self.generations,
            looked: self.looked,
        }
    }

    /// Goes on from a mark: the file that was read may have been renamed since.
    pub(super) fn resume(&mut self, mark: Mark) -> Option<()> {
        if let Some(live) = mark.live {
            let at_path = open(&self.path).ok();
            let beside = siblings::since(&self.path, SystemTime::UNIX_EPOCH).into_iter();
            let mut files = at_path
                .into_iter()
                .chain(beside.map(|sibling| (sibling.file, sibling.metadata)));
            let (file, metadata) = files.find(|(_, metadata)| live.is_of(metadata))?;
            self.live = Some(Generation::resumed(live, file, &metadata)?);
        }
        (self.met, self.generations) = (mark.met, mark.generations);
        (self.looked, self.shelf) = (mark.looked, mark.shelf);
        Some(())
    }

    pub(super) fn taken(&self) -> Vec<(u32, File, u64)> {
        let generations = self.former.iter().chain(&self.live);
        let mut taken = self.shelf.open(&self.path);
        taken.extend(generations.filter_map(Generation::taken));
        taken
    }

    pub(super) fn poll(&mut self, names: &mut Vec<String>, fresh: &mut Fresh) {
        let now = SystemTime::now();
        if self.looked.is_none() {
            for sibling in siblings::since(&self.path, now - BEFORE) {
                self.remember(identity(&sibling.metadata), &head(&sibling.file));
            }
        }
        self.trouble = self
            .follow(names, fresh)
            .err()
            .map(|error| error.to_string());
        self.looked = Some(now);
    }

    pub(super) fn finish(&mut self, names: &mut Vec<String>, fresh: &mut Fresh) {
        self.poll(names, fresh);
        // What was new a moment ago has been taken: of each, only a torn line can be left, which follows it.
        for mut generation in self.former.drain(..).chain(self.live.take()) {
            let index = generation.index;
            if let Ok(Some(rest)) = generation.take(true) {
                add(fresh, index, rest);
            }
        }
    }

    fn follow(&mut self, names: &mut Vec<String>, fresh: &mut Fresh) -> io::Result<()> {
        self.read_former(fresh);
        let opened = open(&self.path);
        // The old file first: what was written to it before it went stands before what the new one has.
        match self.live.as_mut().map(Generation::look).transpose()? {
            Some(Look::Cut) => self.follow_cut(names, fresh)?,
            _ => self
                .live
                .as_mut()
                .map_or(Ok(()), |live| take(live, false, fresh))?,
        }
        let now = opened.as_ref().ok().map(|(_, metadata)| identity(metadata));
        let goes_on = self
            .live
            .as_ref()
            .is_some_and(|live| Some(live.identity) == now);
        if !goes_on {
            self.retire(fresh);
        }
        if let Some(looked) = self.looked
            && siblings::changed(&self.path, looked - TICK)
        {
            self.find_missed(looked, now, names, fresh);
        }
        let (file, metadata) = opened?;
        match goes_on {
            true => Ok(()),
            false => self.begin(file, &metadata, names, fresh),
        }
    }

    /// Reads on in files the path no longer leads to.
    fn read_former(&mut self, fresh: &mut Fresh) {
        self.former.retain_mut(|generation| {
            let gone = generation.is_gone(Following::REMOVED);
            // One that cannot be read has nothing more to say; one that was cut was another's to cut.
            let goes = matches!(generation.look(), Ok(Look::Goes));
            goes && take(generation, gone, fresh).is_ok() && !gone
        });
    }

    /// A cut file is a new generation; what was not taken of the old one may stand in a copy.
    fn follow_cut(&mut self, names: &mut Vec<String>, fresh: &mut Fresh) -> io::Result<()> {
        let Some(mut cut) = self.live.take() else {
            return Ok(());
        };
        let known: Vec<Identity> = self.met.iter().map(|(identity, _)| *identity).collect();
        let index = self.name(names);
        let mut live = cut.cut(index)?;
        if let Some(copy) = siblings::copy_of(&self.path, &cut, &known) {
            let metadata = copy.metadata()?;
            let index = cut.index;
            if let Some(rest) = cut.take_rest_of(copy)? {
                add(fresh, index, rest);
            }
            self.shelf.put(&cut);
            self.remember(identity(&metadata), cut.head());
        }
        self.remember(live.identity, cut.head());
        live.look()?;
        let taken = take(&mut live, false, fresh);
        self.live = Some(live);
        taken
    }

    /// Files that were at the path and went again since it was last looked at. A copy of one that was read is none.
    fn find_missed(
        &mut self,
        looked: SystemTime,
        now: Option<Identity>,
        names: &mut Vec<String>,
        fresh: &mut Fresh,
    ) {
        for sibling in siblings::since(&self.path, looked - TICK) {
            let found = identity(&sibling.metadata);
            let head = head(&sibling.file);
            let live = self.live.as_ref().map(Generation::head);
            let begins = self.met.iter().map(|(_, begins)| &begins[..]).chain(live);
            let is_copy =
                head.is_empty() || begins.into_iter().any(|begins| is_copy(&head, begins));
            let is_met =
                |(met, begins): &(Identity, Vec<u8>)| *met == found && head.starts_with(begins);
            let is_met = self.met.iter().any(is_met);
            if Some(found) == now || is_met || is_copy {
                continue;
            }
            let index = self.name(names);
            let mut generation = Generation::new(index, sibling.file, &sibling.metadata);
            let taken = generation
                .look()
                .and_then(|_| take(&mut generation, false, fresh));
            if taken.is_ok() {
                self.remember(found, generation.head());
                self.former.push_back(generation);
            }
        }
    }

    fn begin(
        &mut self,
        file: File,
        metadata: &Metadata,
        names: &mut Vec<String>,
        fresh: &mut Fresh,
    ) -> io::Result<()> {
        refuse_foreign(&file)?;
        let index = self.name(names);
        let mut live = Generation::new(index, file, metadata);
        self.remember(live.identity, &[]);
        live.look()?;
        let taken = take(&mut live, false, fresh);
        self.live = Some(live);
        taken
    }

    /// The path leads elsewhere: its file is read on for a while.
    fn retire(&mut self, fresh: &mut Fresh) {
        let Some(live) = self.live.take() else { return };
        let (identity, head) = (live.identity, live.head().to_vec());
        self.met.retain(|(met, _)| *met != identity);
        self.remember(identity, &head);
        self.former.push_back(live);
        while self.former.len() > RENAMED {
            if let Some(mut oldest) = self.former.pop_front() {
                let _ = take(&mut oldest, true, fresh);
                self.shelf.put(&oldest);
            }
        }
    }

    fn remember(&mut self, identity: Identity, head: &[u8]) {
        self.met.push_back((identity, head.to_vec()));
        if self.met.len() > REMEMBERED {
            self.met.pop_front();
        }
    }

    /// Names a new generation, and returns its index.
    fn name(&mut self, names: &mut Vec<String>) -> u32 {
        self.generations += 1;
        let path = self.path.display();
        names.push(match self.generations {
            1 => path.to_string(),
            number => format!("{path} ({number})"),
        });
        names.len() as u32 - 1
    }
}

fn take(generation: &mut Generation, all: bool, fresh: &mut Fresh) -> io::Result<()> {
    if let Some(content) = generation.take(all)? {
        add(fresh, generation.index, content);
    }
    Ok(())
}

/// Adds what is new of a generation: behind what is new of it already.
fn add(fresh: &mut Fresh, index: u32, content: super::Content) {
    use super::Content::{Bytes, Range};
    let known = fresh.iter_mut().find(|(known, _)| *known == index);
    match (known, content) {
        (None, content) => fresh.push((index, content)),
        (Some((_, Bytes(bytes, _))), Bytes(more, _)) => bytes.extend(more),
        (Some((_, Range(_, range))), Range(_, more)) => range.end = more.end,
        // The file has both: from the first place to the last.
        (Some((_, known)), Range(file, more)) => {
            let Bytes(_, place) = *known else { return };
            *known = Range(file, place..more.end);
        }
        (Some((_, Range(_, range))), Bytes(more, _)) => range.end += more.len() as u64,
    }
}

/// Whether a file with this head is a copy of one that began so: it may have grown before it was copied. Less than a
/// line says little of it.
fn is_copy(head: &[u8], begins: &[u8]) -> bool {
    begins.contains(&b'\n') && head.starts_with(begins)
}

/// What a file begins with.
fn head(file: &File) -> Vec<u8> {
    let mut head = vec![0; MARK as usize];
    let filled = file.read_at(&mut head, 0).unwrap_or(0);
    head.truncate(filled);
    head
}

/// Opens what a path leads to, if it is a file: a pipe would wait for its writer.
fn open(path: &std::path::Path) -> io::Result<(File, Metadata)> {
    let at_once = OFlags::NONBLOCK.bits() as i32;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(at_once)
        .open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    Ok((file, metadata))
}

/// Refuses what is no lines.
fn refuse_foreign(file: &File) -> io::Result<()> {
    let mut head = [0; 4];
    let filled = file.read_at(&mut head, 0)?;
    if Compression::of(&head[..filled]).is_some() {
        let what = "it is compressed; `authmeter report` reads it";
        return Err(io::Error::new(io::ErrorKind::InvalidData, what));
    }
    Ok(())
}
