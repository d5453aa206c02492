//! The way through one input, from seal to seal.

use sha2::{Digest as _, Sha256};

use super::{
    AfterTheFact, End, Finding, Findings, Head, Keys, LONGEST, Mark, Place, Seal, Sort, Strand,
    Tail,
};
use crate::seal::Broken;

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

/// How a seal follows the one before it.
enum Order {
    Next,
    /// As its number says, but from another one.
    Fork,
    Gap,
    Again,
    Before,
    OtherChain,
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

    /// A line that looks like a seal, with its newline if it has one.
    pub(super) fn resembling(&mut self, bytes: &[u8]) {
        let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let newlines = u64::from(line.len() < bytes.len());
        debug_assert!(line.len() <= LONGEST);
        let seal = match Seal::read(line) {
            // It was never finished.
            Err(Broken::Short) => {
                self.beginnings += 1;
                return self.ordinary(bytes, newlines);
            }
            Err(Broken::Wrong) => {
                let what =
                    "it looks like a seal and is none: it was changed, or somebody made it up";
                return self.suspect(bytes, newlines, None, what);
            }
            Ok(seal) => seal,
        };
        match self.keys.of(&seal.key_id) {
            Some(key) if seal.is_of(key, line) => self.take(&seal, true, bytes.len(), newlines),
            Some(_) => {
                let what = "its code is wrong: the seal was changed, or made without the key";
                let number = Some((seal.mark.number, seal.mark.number));
                self.suspect(bytes, newlines, number, what);
            }
            None => self.take(&seal, false, bytes.len(), newlines),
        }
    }

    fn suspect(&mut self, bytes: &[u8], newlines: u64, seals: Option<(u64, u64)>, what: &str) {
        let from = self.at;
        self.ordinary(bytes, newlines);
        self.after = Some(Run::new(self.at));
        if self.suspects.len() < SUSPECTS {
            self.suspects.push(Finding {
                place: Some(Place {
                    last_line: from.lines + 1,
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

    /// The first seal of the input.
    fn begin(&mut self, seal: &Seal, covers: bool, place: Place) {
        let head = self.head.take();
        let mut open = None;
        if !covers {
            let explained = self.explained(seal, 0);
            self.tell_suspects(place, explained);
            if !explained && seal.mark.number == 1 {
                self.changed(seal, place);
            } else if !explained {
                open = Some(head);
            }
        }
        self.first = Some(Head {
            seal: seal.clone(),
            place,
            open,
        });
    }

    /// Whether a seal covers just what follows the last line that only looks like one: that one was a seal, then, and all
    /// those between this and the seal of number `last` are such lines.
    fn explained(&self, seal: &Seal, last: u64) -> bool {
        let between = seal.mark.number.checked_sub(last + 1);
        let after = self.after.as_ref();
        between == Some(self.suspects.len() as u64)
            && after.is_some_and(|after| after.is_of(seal, self.at))
    }

    /// Tells of lines that only look like seals. Where they stand for seals, what these covered cannot be checked.
    fn tell_suspects(&mut self, between: Place, explained: bool) {
        let mut from = (between.line, between.byte);
        for mut finding in std::mem::take(&mut self.suspects) {
            if let (true, Some(place)) = (explained, &mut finding.place) {
                let line = place.line;
                if from.0 < line {
                    let (first, last) = (from.0, line - 1);
                    finding.what = format!(
                        "line {line}: {}; what it covered, lines {first} to {last}, cannot be checked",
                        finding.what
                    );
                }
                let end = (place.last_line + 1, place.end);
                (place.line, place.byte) = from;
                from = end;
            }
            self.found(finding);
        }
    }

    fn found(&mut self, finding: Finding) {
        let Finding {
            place,
            sort,
            seals,
            what,
        } = finding;
        self.findings.add(sort, place, seals, what);
    }

    /// A seal behind another one of the same input.
    fn judge(&mut self, last: &End, seal: &Seal, covers: bool, place: Place) {
        let order = order(&last.mark, seal);
        if covers && matches!(order, Order::Next) {
            // Whatever looked like a seal between was sealed as it is.
            return;
        }
        let same_chain = last.mark.chain == seal.mark.chain;
        let explained = same_chain && self.explained(seal, last.mark.number);
        self.tell_suspects(place, explained);
        if explained {
            return;
        }
        let (before, number) = (last.mark.number, seal.mark.number);
        let lines = match covers {
            true => "",
            false => ", and the lines before it are not those that it covers",
        };
        let (sort, seals, what) = match order {
            Order::Next => return self.changed(seal, place),
            Order::Fork => (
                Sort::Rewritten,
                (number, number),
                format!(
                    "seal {number} follows another seal {before} than the one before it{lines}"
                ),
            ),
            Order::Gap => (
                Sort::Missing,
                (before + 1, number - 1),
                missing(before + 1, number - 1, covers),
            ),
            Order::Again => (
                Sort::Repeated,
                (number, number),
                format!("seal {number} is there again{lines}"),
            ),
            Order::Before => (
                Sort::Repeated,
                (number, before),
                format!("seal {number} stands behind seal {before}: repeated, or moved{lines}"),
            ),
            Order::OtherChain => (
                Sort::AnotherChain,
                (number, number),
                format!(
                    "seal {number} of chain {} follows seal {before} of chain {}, which no writer does{lines}",
                    String::from_utf8_lossy(&seal.mark.chain),
                    String::from_utf8_lossy(&last.mark.chain)
                ),
            ),
        };
        self.findings.add(sort, Some(place), Some(seals), what);
    }

    fn changed(&mut self, seal: &Seal, place: Place) {
        let what = changed(seal, place);
        let seals = Some((seal.mark.number, seal.mark.number));
        self.findings.add(Sort::Changed, Some(place), seals, what);
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

/// How a seal follows the one before it.
fn order(last: &Mark, seal: &Seal) -> Order {
    if last.chain != seal.mark.chain {
        return Order::OtherChain;
    }
    match seal.mark.number.checked_sub(last.number) {
        Some(1) if seal.previous == last.hmac => Order::Next,
        Some(1) => Order::Fork,
        Some(0) if seal.mark.hmac == last.hmac => Order::Again,
        Some(0) | None => Order::Before,
        Some(_) => Order::Gap,
    }
}

/// What is said of lines that are not those that were sealed.
pub(in crate::verify) fn changed(seal: &Seal, place: Place) -> String {
    let number = seal.mark.number;
    let (lines, bytes) = (place.last_line + 1 - place.line, place.end - place.byte);
    let why = match lines.cmp(&seal.lines) {
        std::cmp::Ordering::Less => "lines are gone",
        std::cmp::Ordering::Greater => "lines were added",
        std::cmp::Ordering::Equal => "something in them is not as it was, or their order is not",
    };
    format!(
        "seal {number} covers lines: {}, bytes: {}; here are lines: {lines}, bytes: {bytes}; {why}",
        seal.lines, seal.bytes
    )
}

/// What is said of seals that are not there.
fn missing(first: u64, last: u64, clean: bool) -> String {
    let seals = numbers((first, last));
    match clean {
        true => format!("{seals} missing, and the lines they covered"),
        false => format!("{seals} missing; what they covered, if it is here, cannot be checked"),
    }
}

/// `seal 5 is` or `seals 5 to 7 are`.
pub(in crate::verify) fn numbers((first, last): (u64, u64)) -> String {
    match first == last {
        true => format!("seal {first} is"),
        false => format!("seals {first} to {last} are"),
    }
}
