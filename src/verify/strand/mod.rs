//! One input from start to end: its lines, its seals, and what is wrong between them.

mod walk;

use std::io::{self, Read};

use memchr::memchr_iter;
use sha2::{Digest as _, Sha256};

use super::finding::{Finding, Findings, Place, Sort};
use super::{Input, Keys, Reading};
use crate::event::Timestamp;
use crate::seal::{Kind, LONGEST, Mark, Seal, resembles};
use walk::Walk;
pub(super) use walk::{changed, numbers};

/// Bytes read at a time.
const BLOCK: usize = 256 << 10;

/// What was seen of one input.
pub(crate) struct Strand {
    pub(crate) input: u32,
    pub(crate) name: String,
    /// Lines, the last one included that has no newline.
    pub(crate) lines: u64,
    pub(crate) bytes: u64,
    pub(crate) seals: u64,
    pub(crate) first: Option<Head>,
    pub(crate) last: Option<End>,
    /// What no seal of this input covers: all behind the last one.
    pub(crate) tail: Tail,
    /// Seals over what was there before their writer was.
    pub(crate) after_the_fact: Vec<AfterTheFact>,
    /// Lines that these cover.
    pub(crate) late_lines: u64,
    pub(crate) findings: Findings,
    /// Seals of earlier looks that are here.
    pub(crate) found: Vec<Mark>,
    /// Why it could not be read, or not to its end.
    pub(crate) trouble: Option<String>,
}

/// The first seal of an input.
#[derive(Clone)]
pub(crate) struct Head {
    pub(crate) seal: Seal,
    /// What stands before it.
    pub(crate) place: Place,
    /// The bytes before it, where it does not cover just these: it may cover the end of the input before, too. `None`
    /// where it is not in question, or they are too many to be kept.
    pub(crate) open: Option<Option<Vec<u8>>>,
}

/// The last seal of an input.
#[derive(Clone)]
pub(crate) struct End {
    pub(crate) mark: Mark,
    pub(crate) kind: Kind,
    pub(crate) time: Timestamp,
}

/// What stands behind the last seal.
#[derive(Clone)]
pub(crate) struct Tail {
    pub(crate) place: Place,
    pub(crate) lines: u64,
    /// The last line has no newline.
    pub(crate) torn: bool,
    hash: Sha256,
    bytes: u64,
}

impl Tail {
    /// Whether a seal covers this and `more`.
    pub(super) fn and_more_is(&self, more: &[u8], seal: &Seal) -> bool {
        let mut hash = self.hash.clone();
        hash.update(more);
        seal.bytes == self.bytes + more.len() as u64 && seal.sha256 == *hash.finalize()
    }
}

/// A seal over what was there before its writer was.
pub(crate) struct AfterTheFact {
    pub(crate) place: Place,
    pub(crate) seal: u64,
    pub(crate) kind: Kind,
    pub(crate) time: Timestamp,
}

/// Reads an input to its end, or as far as it goes.
pub(super) fn read(
    index: u32,
    input: Input,
    keys: &Keys,
    sought: &[Mark],
    reading: &Reading,
    limit: usize,
) -> Strand {
    let name = input.name().to_owned();
    let mut walk = Walk::new(index, keys, sought, limit);
    let read = input
        .open(reading)
        .and_then(|mut reader| lines(&mut reader, &mut walk, reading));
    let trouble = read.err().map(|error| error.to_string());
    walk.finish(name, trouble)
}

/// Cuts what is read into lines, and gives the walk every line that may be a seal singly, all others together.
fn lines(reader: &mut dyn Read, walk: &mut Walk<'_>, reading: &Reading) -> io::Result<()> {
    let mut buffer = vec![0; BLOCK];
    // Bytes at the start of the buffer that are an unfinished line.
    let mut carried = 0;
    // The unfinished line began before the buffer does, and is too long for a seal.
    let mut inside = false;
    loop {
        let filled = match reader.read(&mut buffer[carried..]) {
            Ok(0) => break,
            Ok(count) => carried + count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                walk.ordinary(&buffer[..carried], 0);
                return Err(error);
            }
        };
        let (mut ordinary, mut start, mut lines, mut all) = (0, 0, 0, 0);
        for at in memchr_iter(b'\n', &buffer[carried..filled]) {
            let end = carried + at;
            let line = &buffer[start..end];
            let short = !std::mem::take(&mut inside) && line.len() <= LONGEST;
            if short && (resembles(line) || walk.has_half()) {
                walk.ordinary(&buffer[ordinary..start], lines);
                walk.single(&buffer[start..=end]);
                (ordinary, lines) = (end + 1, 0);
            } else {
                lines += 1;
            }
            (start, all) = (end + 1, all + 1);
        }
        walk.ordinary(&buffer[ordinary..start], lines);
        reading.watch.took_lines(all);
        carried = filled - start;
        if carried > LONGEST {
            walk.ordinary(&buffer[start..filled], 0);
            (carried, inside) = (0, true);
        }
        buffer.copy_within(start..start + carried, 0);
    }
    let rest = &buffer[..carried];
    match inside {
        false => walk.single(rest),
        true => walk.ordinary(rest, 0),
    }
    Ok(())
}
