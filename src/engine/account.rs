//! The account of the input: every line is in it once, and what was refused can be found again.
//!
//! `lines = events + blank + malformed + not_an_object + filtered`, for each input and in total. `repaired` and
//! `undated` events are events; `nul_bytes` are bytes.
//!
//! A tenant is told of its own events only: a line that is no event is nobody's, and how many others there are, or how
//! many bytes, is others' business.

use serde::{Deserialize, Serialize};

use super::Audience;
use crate::document::{Section, Value};
use crate::read::decode::Reason;
use crate::read::{ChunkAccount, Rejected, Repeated, Watch};

/// How many rejected lines of each sort are kept for an input: the first ones.
const KEPT: usize = 3;

/// What became of the lines of one input, or of all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lines {
    /// Lines of any sort.
    pub lines: u64,
    /// Lines that are events.
    pub events: u64,
    /// Lines of nothing but white space and NUL.
    pub blank: u64,
    /// Lines that are no JSON.
    pub malformed: u64,
    /// Lines that are JSON and no object.
    pub not_an_object: u64,
    /// Events that no filter let through.
    pub filtered: u64,
    /// Events in whose text invalid UTF-8 or lone surrogates were replaced by U+FFFD.
    pub repaired: u64,
    /// Events without a readable time.
    pub undated: u64,
    /// NUL bytes skipped.
    pub nul_bytes: u64,
    /// Bytes read.
    pub bytes: u64,
}

/// The finished account.
#[derive(Debug)]
pub struct Account {
    /// Each input, in the order given.
    pub inputs: Vec<InputAccount>,
    /// All inputs together.
    pub total: Lines,
    /// The first lines of each sort that were refused, in input order.
    pub rejected: Vec<RejectedLine>,
    /// Whether the scan was ended early.
    pub interruption: Option<Interruption>,
    /// Whom it may be told to.
    pub audience: Audience,
}

/// A scan was told to end before all its workers had; in the last moment there may have been nothing left to read.
#[derive(Clone, Copy, Debug)]
pub struct Interruption {
    /// Bytes of the inputs that were read, as they lie on the disk.
    pub read: u64,
    /// Bytes that were not; `None` where an input does not say how long it is.
    pub unread: Option<u64>,
}

impl Interruption {
    /// How the scan under `watch` was ended early; `None` if it was not.
    pub(super) fn of(watch: &Watch) -> Option<Interruption> {
        let read = watch.bytes();
        watch.is_stopped().then(|| Interruption {
            read,
            unread: watch.total().map(|total| total.saturating_sub(read)),
        })
    }
}

/// What became of one input.
#[derive(Debug)]
pub struct InputAccount {
    /// Its name.
    pub name: String,
    /// What became of its lines.
    pub lines: Lines,
    /// Why it could not be read, or not to its end.
    pub trouble: Option<String>,
}

/// A line that is no event, and where to find it.
#[derive(Debug)]
pub struct RejectedLine {
    /// Name of the input.
    pub input: String,
    /// Line number, counted from 1.
    pub line: u64,
    /// Bytes from the start of the input to the line's text.
    pub byte: u64,
    /// `malformed` or `not_an_object`.
    pub sort: &'static str,
    /// Why.
    pub reason: String,
}

/// What one worker knows of the account.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Tally {
    inputs: Vec<InputTally>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct InputTally {
    lines: Lines,
    /// Chunks that have lines, and how many each has: where line numbers come from. Chunks are counted from 1; before
    /// them stands what was settled.
    chunks: Vec<(u64, u64)>,
    malformed: Vec<Kept>,
    not_an_object: Vec<Kept>,
    trouble: Option<String>,
}

/// A rejected line as one worker sees it. Ordered by place.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Kept {
    chunk: u64,
    line: u64,
    byte: u64,
    reason: String,
}

impl Tally {
    pub(super) fn new(inputs: usize) -> Tally {
        Tally {
            inputs: std::iter::repeat_with(InputTally::default)
                .take(inputs)
                .collect(),
        }
    }

    /// Counts events of one input, and how many of them have a time.
    pub(super) fn events(&mut self, input: u32, events: u64, dated: u64) {
        let lines = &mut self.inputs[input as usize].lines;
        lines.events += events;
        lines.undated += events - dated;
    }

    /// Counts events of one input that the filter held back.
    pub(super) fn filtered(&mut self, input: u32, events: u64) {
        self.inputs[input as usize].lines.filtered += events;
    }

    #[cold]
    pub(super) fn reject(&mut self, rejected: &Rejected<'_>) {
        let input = &mut self.inputs[rejected.position.input as usize];
        let (count, kept) = match rejected.reason {
            Reason::NotAnObject(_) => (&mut input.lines.not_an_object, &mut input.not_an_object),
            _ => (&mut input.lines.malformed, &mut input.malformed),
        };
        *count += 1;
        // Lines of a chunk come in any order.
        let Rejected {
            position,
            line,
            reason,
            ..
        } = *rejected;
        let chunk = rejected.chunk + 1;
        let place = kept.partition_point(|kept| (kept.chunk, kept.line) < (chunk, line));
        if place < KEPT {
            kept.truncate(KEPT - 1);
            let (byte, reason) = (position.offset, reason.to_string());
            kept.insert(
                place,
                Kept {
                    chunk,
                    line,
                    byte,
                    reason,
                },
            );
        }
    }

    pub(super) fn chunk(&mut self, chunk: ChunkAccount) {
        let input = &mut self.inputs[chunk.input as usize];
        if chunk.lines > 0 {
            input.chunks.push((chunk.chunk + 1, chunk.lines));
        }
        input.lines.add(&Lines {
            lines: chunk.lines,
            blank: chunk.blank,
            repaired: chunk.repaired,
            nul_bytes: chunk.nul_bytes,
            bytes: chunk.bytes,
            ..Lines::default()
        });
    }

    #[cold]
    pub(super) fn trouble(&mut self, input: u32, what: String) {
        let trouble = &mut self.inputs[input as usize].trouble;
        // One is enough, and which one must not depend on who came first.
        if trouble.as_ref().is_none_or(|known| what < *known) {
            *trouble = Some(what);
        }
    }

    pub(super) fn merge(&mut self, other: Tally) {
        for (input, other) in self.inputs.iter_mut().zip(other.inputs) {
            input.lines.add(&other.lines);
            input.chunks.extend(other.chunks);
            for (kept, other) in [
                (&mut input.malformed, other.malformed),
                (&mut input.not_an_object, other.not_an_object),
            ] {
                kept.extend(other);
                kept.sort_unstable();
                kept.truncate(KEPT);
            }
            input.trouble = input.trouble.take().into_iter().chain(other.trouble).min();
        }
    }

    /// Makes room for the account of so many inputs.
    pub(super) fn grow(&mut self, inputs: usize) {
        let inputs = inputs.max(self.inputs.len());
        self.inputs.resize_with(inputs, InputTally::default);
    }

    /// All inputs together.
    pub(super) fn total(&self) -> Lines {
        let mut total = Lines::default();
        self.inputs.iter().for_each(|input| total.add(&input.lines));
        total
    }

    /// Ends a stretch of the inputs: chunks that come now follow those that came, and are counted from the start.
    pub(super) fn settle(&mut self) {
        self.inputs.iter_mut().for_each(InputTally::settle);
    }

    /// Inputs that repeat others as a whole were not read, and have no account.
    pub(super) fn finish(
        self,
        names: &[String],
        repeated: &[Repeated],
        interruption: Option<Interruption>,
        audience: Audience,
    ) -> Account {
        let mut account = Account {
            inputs: Vec::new(),
            total: Lines::default(),
            rejected: Vec::new(),
            interruption,
            audience,
        };
        let mut left_out = repeated.iter().filter(|repeated| repeated.whole).peekable();
        for (index, (name, mut tally)) in (0..).zip(names.iter().zip(self.inputs)) {
            if left_out
                .next_if(|repeated| repeated.input == index)
                .is_some()
            {
                continue;
            }
            tally.settle();
            let sorts = [
                ("malformed", tally.malformed),
                ("not_an_object", tally.not_an_object),
            ];
            for (sort, kept) in sorts
                .into_iter()
                .flat_map(|(sort, kept)| kept.into_iter().map(move |kept| (sort, kept)))
            {
                let Kept {
                    line, byte, reason, ..
                } = kept;
                account.rejected.push(RejectedLine {
                    input: name.clone(),
                    line: line + 1,
                    byte,
                    sort,
                    reason,
                });
            }
            account.total.add(&tally.lines);
            account.inputs.push(InputAccount {
                name: name.clone(),
                lines: tally.lines,
                trouble: tally.trouble,
            });
        }
        account
    }
}

impl InputTally {
    /// Has everything stand in one chunk, the one before the first: lines then have the numbers they have in the input.
    fn settle(&mut self) {
        self.chunks.sort_unstable();
        let kept = self.malformed.iter_mut().chain(&mut self.not_an_object);
        for kept in kept {
            let before = self.chunks.iter();
            let before = before.take_while(|(chunk, _)| *chunk < kept.chunk);
            kept.line += before.map(|(_, lines)| lines).sum::<u64>();
            kept.chunk = 0;
        }
        let lines = self.chunks.drain(..).map(|(_, lines)| lines).sum();
        if lines > 0 {
            self.chunks.push((0, lines));
        }
    }
}

impl Lines {
    fn add(&mut self, other: &Lines) {
        let Lines {
            lines,
            events,
            blank,
            malformed,
            not_an_object,
            filtered,
            repaired,
            undated,
            nul_bytes,
            bytes,
        } = other;
        self.lines += lines;
        self.events += events;
        self.blank += blank;
        self.malformed += malformed;
        self.not_an_object += not_an_object;
        self.filtered += filtered;
        self.repaired += repaired;
        self.undated += undated;
        self.nul_bytes += nul_bytes;
        self.bytes += bytes;
    }

    /// What the audience may know. To a tenant, the log is its own events.
    fn told(&self, audience: Audience) -> [(&'static str, Value); 10] {
        let count = |count: u64, least: Audience| match (audience, least) {
            (Audience::Operator, _) | (Audience::Tenant, Audience::Tenant) => Value::Count(count),
            _ => Value::Missing,
        };
        let all = |known: u64| count(known, Audience::Operator);
        let own = |known: u64| count(known, Audience::Tenant);
        let lines = match audience {
            Audience::Operator => all(self.lines),
            _ => own(self.events),
        };
        [
            ("lines", lines),
            ("events", own(self.events)),
            ("blank", all(self.blank)),
            ("malformed", all(self.malformed)),
            ("not_an_object", all(self.not_an_object)),
            ("filtered", all(self.filtered)),
            ("repaired", all(self.repaired)),
            ("undated", own(self.undated)),
            ("nul_bytes", all(self.nul_bytes)),
            ("bytes", all(self.bytes)),
        ]
    }
}

const INPUT_COLUMNS: &[&str] = &[
    "input",
    "lines",
    "events",
    "blank",
    "malformed",
    "not_an_object",
    "filtered",
    "repaired",
    "undated",
    "nul_bytes",
    "bytes",
    "trouble",
];

impl Account {
    /// The account as a section of the document.
    pub(super) fn section(&self) -> Section {
        let mut section = Section::new("input", "Input");
        for (name, value) in self.total.told(self.audience) {
            section = section.fact(name, value);
        }
        let unread = match self.interruption {
            _ if self.audience != Audience::Operator => Value::Missing,
            Some(Interruption { unread, .. }) => unread.map_or(Value::Missing, Value::Count),
            None => Value::Count(0),
        };
        section = section
            .fact("partial", Value::Flag(self.interruption.is_some()))
            .fact("unread_bytes", unread);
        let (audience, inputs) = (self.audience, self.inputs.iter());
        let inputs = inputs.filter(|input| match audience {
            Audience::Operator => true,
            Audience::Tenant => input.lines.events > 0 || input.trouble.is_some(),
            Audience::Owner => input.trouble.is_some(),
        });
        let inputs = inputs.map(
            |InputAccount {
                 name,
                 lines,
                 trouble,
             }| {
                let counts = lines.told(audience).into_iter().map(|(_, value)| value);
                [Value::text(Some(name))]
                    .into_iter()
                    .chain(counts)
                    .chain([Value::text(trouble.as_deref())])
                    .collect()
            },
        );
        let rejected = self.rejected.iter();
        let rejected = rejected.filter(|_| audience == Audience::Operator);
        let rejected = rejected.map(|rejected| {
            vec![
                Value::text(Some(&rejected.input)),
                Value::Count(rejected.line),
                Value::Count(rejected.byte),
                Value::text(Some(rejected.sort)),
                Value::text(Some(&rejected.reason)),
            ]
        });
        section.table("inputs", INPUT_COLUMNS, inputs).table(
            "rejected",
            &["input", "line", "byte", "sort", "reason"],
            rejected,
        )
    }
}
