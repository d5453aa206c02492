//! One file, from its start or from where it was cut, as far as it was taken.

use std::fs::{File, Metadata};
use std::io;
use std::ops::Range;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::time::{Instant, SystemTime};

use memchr::memrchr;
use serde::{Deserialize, Serialize};

use super::Content;

/// Which file it is, whatever it is called: its device, its number there, and, because numbers are used again, when it was
/// made.
pub(super) type Identity = (u64, u64, Option<SystemTime>);

/// Bytes by which a file is known again.
pub(super) const MARK: u64 = 256;

/// More than this is left to readers in parallel, by its place.
const IN_MEMORY: u64 = 4 << 20;

/// Bytes looked through for a newline at a time.
const STEP: u64 = 64 << 10;

/// How far a file was taken, at rest.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct GenerationMark {
    index: u32,
    identity: Identity,
    place: u64,
    head: Vec<u8>,
    tail: Vec<u8>,
}

impl GenerationMark {
    /// Whether it is of the file that is described so.
    pub(super) fn is_of(&self, metadata: &Metadata) -> bool {
        self.identity == identity(metadata)
    }
}

pub(super) struct Generation {
    /// Its index among all.
    pub(super) index: u32,
    pub(super) identity: Identity,
    file: File,
    /// Up to here it was taken; a line begins here.
    place: u64,
    /// Between the place and this, there is no newline.
    searched: u64,
    /// What it begins with, as far as it was seen.
    head: Vec<u8>,
    /// What stands before the place.
    tail: Vec<u8>,
    /// As it was when it was last looked at.
    seen: Option<(u64, SystemTime)>,
    grew: Instant,
}

/// What became of a file.
pub(super) enum Look {
    /// It may have grown.
    Goes,
    /// It was cut, and perhaps written again.
    Cut,
}

impl Generation {
    pub(super) fn new(index: u32, file: File, metadata: &Metadata) -> Generation {
        Generation {
            index,
            identity: identity(metadata),
            file,
            place: 0,
            searched: 0,
            head: Vec::new(),
            tail: Vec::new(),
            seen: None,
            grew: Instant::now(),
        }
    }

    pub(super) fn mark(&self) -> GenerationMark {
        GenerationMark {
            index: self.index,
            identity: self.identity,
            place: self.place,
            head: self.head.clone(),
            tail: self.tail.clone(),
        }
    }

    /// A mark of the file that it is read from by now, which may be a copy. `None` if it cannot be told which that is.
    pub(super) fn mark_of_file(&self) -> Option<GenerationMark> {
        let identity = identity(&self.file.metadata().ok()?);
        Some(GenerationMark {
            identity,
            ..self.mark()
        })
    }

    /// Goes on from a mark, if the file still has what was read of it.
    pub(super) fn resumed(
        mark: GenerationMark,
        file: File,
        metadata: &Metadata,
    ) -> Option<Generation> {
        let resumed = Generation {
            place: mark.place,
            searched: mark.place,
            head: mark.head,
            tail: mark.tail,
            ..Generation::new(mark.index, file, metadata)
        };
        let sound = resumed.tail.len() as u64 <= resumed.place && resumed.place <= metadata.len();
        let known = sound && resumed.is_known(&resumed.file).unwrap_or(false);
        known.then_some(resumed)
    }

    pub(super) fn place(&self) -> u64 {
        self.place
    }

    /// Its index, itself, and how much of it was taken; `None` if there is no descriptor left.
    pub(super) fn taken(&self) -> Option<(u32, File, u64)> {
        Some((self.index, self.file.try_clone().ok()?, self.place))
    }

    pub(super) fn head(&self) -> &[u8] {
        &self.head
    }

    /// The same file, cut: a generation from its start.
    pub(super) fn cut(&self, index: u32) -> io::Result<Generation> {
        let file = self.file.try_clone()?;
        let metadata = file.metadata()?;
        Ok(Generation::new(index, file, &metadata))
    }

    /// Whether nobody can open it any more, and it has not grown for so long.
    pub(super) fn is_gone(&self, after: std::time::Duration) -> bool {
        let removed = self.file.metadata().is_ok_and(|now| now.nlink() == 0);
        removed && self.grew.elapsed() >= after
    }

    /// Whether it is still what was read of it.
    pub(super) fn look(&mut self) -> io::Result<Look> {
        let now = self.file.metadata()?;
        let changed = Some((now.len(), now.modified()?));
        if self.seen == changed {
            return Ok(Look::Goes);
        }
        let shrank = self.seen.is_some_and(|(length, _)| now.len() < length);
        if shrank || !self.is_known(&self.file)? {
            return Ok(Look::Cut);
        }
        if (self.head.len() as u64) < MARK {
            self.head = self.read(0..now.len().min(MARK))?;
        }
        self.seen = changed;
        self.grew = Instant::now();
        Ok(Look::Goes)
    }

    /// Whether a file has what was seen of this one.
    pub(super) fn is_known(&self, file: &File) -> io::Result<bool> {
        let before = self.place - self.tail.len() as u64;
        Ok(has(file, 0, &self.head)? && has(file, before, &self.tail)?)
    }

    /// Takes the whole lines that are new; all that is new, if nothing more can come.
    pub(super) fn take(&mut self, all: bool) -> io::Result<Option<Content>> {
        let length = self.file.metadata()?.len();
        let end = match all {
            true if length > self.place => Some(length),
            true => None,
            false => self.last_line_end(length)?,
        };
        self.searched = self.searched.max(length);
        match end {
            Some(end) => self.take_to(end).map(Some),
            None => Ok(None),
        }
    }

    /// The end of the last whole line before `length`.
    fn last_line_end(&self, length: u64) -> io::Result<Option<u64>> {
        let mut block = Vec::new();
        let mut end = length;
        while end > self.searched {
            let start = end.saturating_sub(STEP).max(self.searched);
            block.resize((end - start) as usize, 0);
            self.file.read_exact_at(&mut block, start)?;
            if let Some(at) = memrchr(b'\n', &block) {
                return Ok(Some(start + at as u64 + 1));
            }
            end = start;
        }
        Ok(None)
    }

    fn take_to(&mut self, end: u64) -> io::Result<Content> {
        let range = self.place..end;
        let content = match range.end - range.start {
            0..=IN_MEMORY => Content::Bytes(self.read(range.clone())?, range.start),
            _ => Content::Range(self.file.try_clone()?, range.clone()),
        };
        self.tail = self.read(end.saturating_sub(MARK)..end)?;
        self.place = end;
        self.searched = self.searched.max(end);
        Ok(content)
    }

    fn read(&self, range: Range<u64>) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; (range.end - range.start) as usize];
        self.file.read_exact_at(&mut bytes, range.start)?;
        Ok(bytes)
    }

    /// Reads on in a copy of it, made before it was cut: to its end, for nobody writes there.
    pub(super) fn take_rest_of(&mut self, copy: File) -> io::Result<Option<Content>> {
        self.file = copy;
        self.take(true)
    }
}

pub(super) fn identity(metadata: &Metadata) -> Identity {
    (metadata.dev(), metadata.ino(), metadata.created().ok())
}

fn has(file: &File, place: u64, mark: &[u8]) -> io::Result<bool> {
    let mut bytes = vec![0; mark.len()];
    match file.read_exact_at(&mut bytes, place) {
        Ok(()) => Ok(bytes == mark),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
