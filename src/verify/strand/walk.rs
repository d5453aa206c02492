//! The way through one input, from seal to seal.

mod judge;

use sha2::{Digest as _, Sha256};

use super::{
    AfterTheFact, End, Finding, Findings, Head, Keys, LONGEST, Mark, Place, Seal, Sort, Strand,
    Tail,
};
use crate::seal::{Broken, resembles};
pub(in crate::verify) use judge::{changed, numbers};

/// Most bytes before the first seal of an input that are kept, in case the seal covers the end of the input before as well:
/// a second's worth, usually.
const HEAD: usize = 4 << 20;

/// Lines that look like seals and are none, of which each is told.
const SUSPECTS: usize = 1000;

/// A place between two bytes.
#[derive(Clone, Copy, Default)]
struct Spot {
    byte: u64,
    /// Newlines before it.
    lines: u64,
}

/// Bytes that are to be covered by one seal.
#[derive(Clone)]
struct Run {
    from: Spot,
    hash: Sha256,
}

impl Run {
    fn new(from: Spot) -> Run {
        Run {
            from,
            hash: Sha256::new(),
        }
    }

    /// Whether a seal covers all of it, up to `to`.
    fn is_of(&self, seal: &Seal, to: Spot) -> bool {
        seal.bytes == to.byte - self.from.byte
            && seal.lines == to.lines - self.from.lines
            && seal.sha256 == *self.hash.clone().finalize()
    }
}

/// Seals of one key that was not given, in a row.
struct Unknown {
    key: [u8; 8],
    seals: (u64, u64),
    place: Place,
}

pub(super) struct Walk<'k> {
    input: u32,
    keys: &'k Keys,
    sought: &'k [Mark],
    at: Spot,
    /// Since the last seal.
    since: Run,
    /// Since the last line that only looks like one.
    after: Option<Run>,
    suspects: Vec<Finding>,
    /// Lines that are the beginning of a seal: what a killed process leaves.
    beginnings: u64,
    /// The line before, if it is the beginning of a seal.
    half: Option<(Spot, Vec<u8>)>,
    /// All bytes before the first seal, unless they are too many.
    head: Option<Vec<u8>>,
    first: Option<Head>,
    last: Option<End>,
    unknown: Option<Unknown>,
    seals: u64,
    after_the_fact: Vec<AfterTheFact>,
    late_lines: u64,
    found: Vec<Mark>,
    findings: Findings,
    limit: usize,
    /// The last line has no newline.
    torn: bool,
}

impl<'k> Walk<'k> {
    pub(super) fn new(input: u32, keys: &'k Keys, sought: &'k [Mark], limit: usize) -> Walk<'k> {
        Walk {
            input,
            keys,
            sought,
            at: Spot::default(),
            since: Run::new(Spot::default()),
            after: None,
            suspects: Vec::new(),
            beginnings: 0,
            half: None,
            head: Some(Vec::new()),
            first: None,
            last: None,
            unknown: None,
            seals: 0,
            after_the_fact: Vec::new(),
            late_lines: 0,
            found: Vec::new(),
            findings: Findings::new(limit),
            limit,
            torn: false,
        }
    }

    /// Lines, or parts of them, that are no seals; so many newlines among them.
    pub(super) fn ordinary(&mut self, bytes: &[u8], lines: u64) {
        if bytes.is_empty() {
            return;
        }
        self.torn = bytes.last() != Some(&b'\n');
        self.at.byte += bytes.len() as u64;
        self.at.lines += lines;
        self.since.hash.update(bytes);
        if let Some(after) = &mut self.after {
            after.hash.update(bytes);
        }
        if let Some(head) = &mut self.head {
            match head.len() + bytes.len() <= HEAD {
                true => head.extend_from_slice(bytes),
                false => self.head = None,
            }
        }
    }

    /// Whether the line before is the beginning of a seal, and the next one is wanted singly.
    pub(super) fn has_half(&self) -> bool {
        self.half.is_some()
    }

    /// A line that may be a seal, with its newline if it has one.
    pub(super) fn single(&mut self, bytes: &[u8]) {
        let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let newlines = u64::from(line.len() < bytes.len());
        let half = self.half.take();
        if let Some((from, half)) = half.filter(|(_, half)| self.are_one(half, line)) {
            debug_assert!(half.len() < LONGEST);
            let what = "a newline stands in the middle of a seal, in place of another byte";
            return self.suspect(from, bytes, newlines, None, what);
        }
        if !resembles(line) {
            return self.ordinary(bytes, newlines);
        }
        let seal = match Seal::read(line) {
            // It was never finished.
            Err(Broken::Short) => {
                self.beginnings += 1;
                self.half = (newlines > 0).then(|| (self.at, line.to_vec()));
                return self.ordinary(bytes, newlines);
            }
            Err(Broken::Wrong) => {
                let what =
                    "it looks like a seal and is none: it was changed, or somebody made it up";
                return self.suspect(self.at, bytes, newlines, None, what);
            }
            Ok(seal) => seal,
        };
        match self.keys.of(&seal.key_id) {
            Some(key) if seal.is_of(key, line) => self.take(&seal, true, bytes.len(), newlines),
            Some(_) => {
                let what = "its code is wrong: the seal was changed, or made without the key";
                let number = Some((seal.mark.number, seal.mark.number));
                self.suspect(self.at, bytes, newlines, number, what);
            }
            None => self.take(&seal, false, bytes.len(), newlines),
        }
    }

    /// Whether two lines were one seal before one of its bytes became a newline. A process that was killed leaves the
    /// first of them, but never the second.
    fn are_one(&self, half: &[u8], rest: &[u8]) -> bool {
        let mut whole = [half, b"?", rest].concat();
        (0..=255).any(|byte| {
            whole[half.len()] = byte;
            let seal = Seal::read(&whole).ok();
            seal.is_some_and(|seal| {
                let key = self.keys.of(&seal.key_id);
                key.is_some_and(|key| seal.is_of(key, &whole))
            })
        })
    }

    /// A line that looks like a seal and is none, or two of them that began at `from`.
    fn suspect(
        &mut self,
        from: Spot,
        bytes: &[u8],
        newlines: u64,
        seals: Option<(u64, u64)>,
        what: &str,
    ) {
        self.ordinary(bytes, newlines);
        self.after = Some(Run::new(self.at));
        if self.suspects.len() < SUSPECTS {
            self.suspects.push(Finding {
                place: Some(Place {
                    last_line: self.at.lines + u64::from(newlines == 0),
                    ..self.place(from)
                }),
                sort: Sort::Forged,
                seals,
                what: what.to_owned(),
            });
        }
    }

    /// From a spot to here.
    fn place(&self, from: Spot) -> Place {
        Place {
            input: self.input,
            line: from.lines + 1,
            last_line: self.at.lines,
            byte: from.byte,
            end: self.at.byte,
        }
    }

    /// A seal, of a key that was given or not.
    fn take(&mut self, seal: &Seal, known: bool, bytes: usize, newlines: u64) {
        let place = self.place(self.since.from);
        let covers = self.since.is_of(seal, self.at);
        match self.last.take() {
            Some(last) => self.judge(&last, seal, covers, place),
            None => self.begin(seal, covers, place),
        }
        let from = self.at;
        self.at.byte += bytes as u64;
        self.at.lines += newlines;
        self.torn = newlines == 0;
        self.know(seal, known, self.place(from));
        if known && self.sought.iter().any(|mark| same_number(mark, &seal.mark)) {
            self.found.push(seal.mark);
        }
        if covers && seal.is_after_the_fact() {
            self.late_lines += seal.lines;
            if self.after_the_fact.len() < self.limit {
                self.after_the_fact.push(AfterTheFact {
                    place,
                    seal: seal.mark.number,
                    kind: seal.kind,
                    time: seal.time,
                });
            }
        }
        self.seals += 1;
        self.last = Some(End {
            mark: seal.mark,
            kind: seal.kind,
            time: seal.time,
        });
        (self.since, self.after) = (Run::new(self.at), None);
        self.suspects.clear();
    }

    /// Notes seals of keys that were not given, in one finding for all in a row.
    fn know(&mut self, seal: &Seal, known: bool, place: Place) {
        let number = seal.mark.number;
        match &mut self.unknown {
            Some(unknown) if !known && unknown.key == seal.key_id => {
                unknown.seals.1 = number;
                (unknown.place.last_line, unknown.place.end) = (place.line, place.end);
            }
            _ => {
                self.tell_unknown();
                self.unknown = (!known).then_some(Unknown {
                    key: seal.key_id,
                    seals: (number, number),
                    place: Place {
                        last_line: place.line,
                        ..place
                    },
                });
            }
        }
    }

    fn tell_unknown(&mut self) {
        let Some(Unknown { key, seals, place }) = self.unknown.take() else {
            return;
        };
        let key = String::from_utf8_lossy(&key).into_owned();
        let what = format!(
            "{} made with key {key}, which was not given",
            numbers(seals)
        );
        self.findings
            .add(Sort::UnknownKey, Some(place), Some(seals), what);
    }

    /// The input has ended.
    pub(super) fn finish(mut self, name: String, trouble: Option<String>) -> Strand {
        self.tell_unknown();
        let place = self.place(self.since.from);
        self.tell_suspects(place, false);
        let bytes = self.at.byte - self.since.from.byte;
        let lines = self.at.lines + u64::from(self.torn);
        // A seal that only lacks its newline is whole.
        let torn = self.torn && bytes > 0;
        let tail = Tail {
            lines: self.at.lines - self.since.from.lines + u64::from(torn),
            place: Place {
                last_line: place.last_line + u64::from(torn),
                ..place
            },
            torn,
            bytes,
            hash: self.since.hash,
        };
        if self.seals == 0 && lines > self.beginnings {
            let what = "there is no seal: nothing vouches for these lines".to_owned();
            let place = Some(tail.place);
            self.findings.add(Sort::Unsealed, place, None, what);
        }
        Strand {
            input: self.input,
            name,
            lines,
            bytes: self.at.byte,
            seals: self.seals,
            first: self.first,
            last: self.last,
            tail,
            after_the_fact: self.after_the_fact,
            late_lines: self.late_lines,
            findings: self.findings,
            found: self.found,
            trouble,
        }
    }
}

fn same_number(one: &Mark, other: &Mark) -> bool {
    (one.chain, one.number) == (other.chain, other.number)
}
