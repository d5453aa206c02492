//! The same content under two names: `auth.log` beside `auth.log.gz`, or a copy. It is read once.
//!
//! Regular files are suspected when their contents begin alike, which costs nothing: those bytes are read anyway. A
//! suspicion is settled by comparing the contents to the end, byte for byte, before either is counted twice.
//!
//! ```text
//!  no other begins like it       nothing to do
//!  one other does                both contents are compared
//!  several do                    each content's digest is made once; those that agree are compared
//! ```
//!
//! The digests are for many backups of one growing log: comparing every two of them would take for ever.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;
use std::sync::OnceLock;

use foldhash::quality::FixedState;

use super::Reading;
use super::blank::trim;
use super::source::content;

/// Bytes compared at a time.
const BLOCK: usize = 128 << 10;

/// An input whose content stands in another one too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Repeated {
    /// Index of the one that is repeated.
    pub input: u32,
    /// Index of the other one.
    pub of: u32,
    /// Whether it is all of the other one: then only the other one is read. Else it is only its beginning, and both
    /// are read.
    pub whole: bool,
}

/// The inputs known so far. Room for all of them is made at the start: what stays would else be scattered among what
/// each input takes and gives back.
pub(super) struct Copies {
    /// The first input of each beginning.
    first: HashMap<u64, u32>,
    /// The others, in their order, where there are any.
    others: HashMap<u64, Vec<u32>>,
    repeated: Vec<Repeated>,
}

impl Copies {
    pub(super) fn new(inputs: usize) -> Copies {
        Copies {
            first: HashMap::with_capacity(inputs),
            others: HashMap::new(),
            repeated: Vec::new(),
        }
    }

    /// Adds an input by what it begins with, and returns those before it that begin alike.
    pub(super) fn add(&mut self, input: u32, head: u64) -> Vec<u32> {
        let first = *self.first.entry(head).or_insert(input);
        if first == input {
            return Vec::new();
        }
        let others = self.others.entry(head).or_default();
        let earlier = [first].into_iter().chain(others.iter().copied()).collect();
        others.push(input);
        earlier
    }

    pub(super) fn say(&mut self, repeated: Repeated) {
        self.repeated.push(repeated);
    }

    pub(super) fn repeated(&self) -> Vec<Repeated> {
        let mut repeated = self.repeated.clone();
        repeated.sort_unstable();
        repeated
    }
}

/// A regular file, by what it begins with.
pub(super) struct Known {
    input: u32,
    path: PathBuf,
    pub(super) head: u64,
    /// Bytes of its content, where it is not compressed.
    length: Option<u64>,
    digest: OnceLock<Option<Digest>>,
}

/// What a whole content comes to, and whether it can be read to its end.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Digest {
    hash: u64,
    length: u64,
    failed: bool,
}

/// What two contents are to each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Likeness {
    Different,
    Same,
    /// The first is the beginning of the second.
    Begins,
    /// The second is the beginning of the first.
    Begun,
}

impl Known {
    /// A file with a content that begins with `head`; none if there is nothing to be counted twice in it.
    pub(super) fn new(
        input: u32,
        path: PathBuf,
        head: &[u8],
        length: Option<u64>,
    ) -> Option<Known> {
        let blank = head
            .split(|byte| *byte == b'\n')
            .all(|line| trim(line, &mut 0).1.is_empty());
        (!blank).then(|| Known {
            input,
            path,
            head: FixedState::default().hash_one(head),
            length,
            digest: OnceLock::new(),
        })
    }

    /// What this input repeats of earlier ones, or they of it.
    pub(super) fn among(&self, earlier: &[&Known], reading: &Reading) -> Option<Repeated> {
        let likeness = |other: &Known| match earlier {
            [_] => self.compare(other, reading),
            _ if self.length.is_some() && other.length.is_some() && self.length != other.length => {
                Likeness::Different
            }
            _ if self.digest(reading) == other.digest(reading) => self.compare(other, reading),
            _ => Likeness::Different,
        };
        // Which one is named must not depend on who compares first: the first of them.
        let mut found = None;
        for other in earlier {
            let (input, of, whole) = match likeness(other) {
                Likeness::Different => continue,
                Likeness::Same => (self.input, other.input, true),
                Likeness::Begins => (self.input, other.input, false),
                Likeness::Begun => (other.input, self.input, false),
            };
            if whole || found.is_none() {
                found = Some(Repeated { input, of, whole });
            }
            if whole {
                break;
            }
        }
        found
    }

    fn digest(&self, reading: &Reading) -> Option<Digest> {
        *self.digest.get_or_init(|| {
            let mut content = Content::open(self, reading).ok()?;
            let mut hasher = FixedState::default().build_hasher();
            let mut digest = Digest {
                hash: 0,
                length: 0,
                failed: false,
            };
            // The hasher is given blocks of one size, for it tells apart how bytes are cut.
            let mut block = Vec::with_capacity(BLOCK);
            loop {
                block.clear();
                let read = content
                    .reader
                    .by_ref()
                    .take(BLOCK as u64)
                    .read_to_end(&mut block);
                hasher.write(&block);
                digest.length += block.len() as u64;
                digest.failed = read.is_err();
                if block.len() < BLOCK || digest.failed {
                    break;
                }
            }
            digest.hash = hasher.finish();
            Some(digest)
        })
    }

    fn compare(&self, other: &Known, reading: &Reading) -> Likeness {
        let contents =
            Content::open(self, reading).and_then(|one| Ok((one, Content::open(other, reading)?)));
        // What cannot be opened is said when it is read.
        contents.map_or(Likeness::Different, |(mut one, mut other)| {
            loop {
                let (left, right) = (one.block(), other.block());
                let common = left.len().min(right.len());
                if left[..common] != right[..common] {
                    return Likeness::Different;
                }
                match (left.is_empty(), right.is_empty()) {
                    (true, true) if one.failed == other.failed => return Likeness::Same,
                    (true, true) => {
                        return if one.failed {
                            Likeness::Begins
                        } else {
                            Likeness::Begun
                        };
                    }
                    (true, false) => return Likeness::Begins,
                    (false, true) => return Likeness::Begun,
                    (false, false) => {
                        one.reader.consume(common);
                        other.reader.consume(common);
                    }
                }
            }
        })
    }
}

/// The content of a file, while it is compared.
struct Content {
    reader: BufReader<Box<dyn Read + Send>>,
    /// Whether it ended in an error.
    failed: bool,
}

impl Content {
    fn open(known: &Known, reading: &Reading) -> io::Result<Content> {
        Ok(Content {
            reader: BufReader::with_capacity(BLOCK, content(&known.path, reading)?),
            failed: false,
        })
    }

    /// The next bytes; none at the end.
    fn block(&mut self) -> &[u8] {
        while !self.failed {
            match self.reader.fill_buf() {
                Ok(_) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => self.failed = true,
            }
        }
        self.reader.buffer()
    }
}
