//! The quick way and the slow way read any log alike: the same events with the same fields, the same lines refused for
//! the same reasons, the same account. So it is in chunks of any size, from a file and from a stream.

use std::collections::BTreeMap;

use authmeter::event::{Event, Field, FieldSet, KINDS, Kind, Outcome, Timestamp, Wanted};
use authmeter::read::{ChunkAccount, Consumer, Inputs, Reading, Rejected, read};

use super::{Source, Way};

/// Everything a consumer can learn of one input, in the order of the input.
#[derive(Debug, Default, PartialEq)]
struct Learnt {
    events: Vec<Seen>,
    rejected: Vec<Refused>,
    /// Lines of each chunk.
    chunks: BTreeMap<u64, u64>,
    lines: u64,
    blank: u64,
    repaired: u64,
    nul_bytes: u64,
    bytes: u64,
    troubles: Vec<String>,
}

/// One event.
#[derive(Debug, PartialEq)]
struct Seen {
    offset: u64,
    kind: Kind,
    outcome: Outcome,
    time: Option<Timestamp>,
    fields: Vec<(Field, String)>,
}

/// One line that is no event, and which line it is: of its chunk at first, of the input in the end.
#[derive(Debug, PartialEq)]
struct Refused {
    chunk: u64,
    line: u64,
    offset: u64,
    reason: String,
}

impl Consumer for Learnt {
    fn events(&mut self, batch: &mut [Event<'_>]) {
        for event in batch {
            let fields = FieldSet::ALL.iter();
            self.events.push(Seen {
                offset: event.position.offset,
                kind: event.kind,
                outcome: event.outcome,
                time: event.time,
                fields: fields
                    .filter_map(|field| Some((field, event.get(field)?.to_owned())))
                    .collect(),
            });
        }
    }

    fn reject(&mut self, rejected: Rejected<'_>) {
        self.rejected.push(Refused {
            chunk: rejected.chunk,
            line: rejected.line,
            offset: rejected.position.offset,
            reason: rejected.reason.to_string(),
        });
    }

    fn chunk(&mut self, chunk: ChunkAccount) {
        self.chunks.insert(chunk.chunk, chunk.lines);
        self.lines += chunk.lines;
        self.blank += chunk.blank;
        self.repaired += chunk.repaired;
        self.nul_bytes += chunk.nul_bytes;
        self.bytes += chunk.bytes;
    }

    fn trouble(&mut self, _: u32, what: String) {
        self.troubles.push(what);
    }
}

impl Learnt {
    /// What depends on the cuts is told without them, and everything is in the order of the input.
    fn finish(mut self) -> Learnt {
        let mut before = BTreeMap::new();
        let mut lines = 0;
        for (chunk, of_chunk) in std::mem::take(&mut self.chunks) {
            before.insert(chunk, lines);
            lines += of_chunk;
        }
        for refused in &mut self.rejected {
            refused.line += before[&refused.chunk];
            refused.chunk = 0;
        }
        self.events.sort_by_key(|seen| seen.offset);
        self.rejected.sort_by_key(|refused| refused.offset);
        self
    }
}

/// What is wanted: everything, what one report may want, and more of some kinds than of others.
fn wishes() -> [Wanted; 3] {
    let few = FieldSet::of(&[Field::Client, Field::Subject]);
    let mut by_kind = Wanted::default();
    for row in KINDS {
        match row.kind.index() % 3 {
            0 => by_kind.add(row.kind, few.with(Field::GrantType).with(Field::Scopes)),
            1 => by_kind.add(row.kind, FieldSet::of(&[Field::Method, Field::HttpMethod])),
            _ => {}
        }
    }
    [Wanted::of_all(FieldSet::ALL), Wanted::of_all(few), by_kind]
}

/// Any log reads the same quickly and slowly, whatever is wanted of it.
///
/// # Panics
///
/// It does not.
pub(crate) fn twins(log: &[u8]) {
    let source = Source::new(log).expect("a file for the log");
    for wanted in wishes() {
        let [quick, slow] = [false, true].map(|slowly| {
            let reading = Reading {
                wanted: wanted.clone(),
                slowly,
                ..whole(log)
            };
            learn(&source, Way::Stream, &reading)
        });
        assert_eq!(quick, slow, "quickly and slowly");
    }
}

/// Any log reads the same quickly and slowly, however it comes and is cut.
///
/// # Panics
///
/// It does not.
pub(crate) fn log(log: &[u8]) {
    if is_compressed(log) {
        return; // `input` has these
    }
    twins(log);
    let source = Source::new(log).expect("a file for the log");
    for max_line in [Reading::MAX_LINE, 60] {
        let reading = Reading {
            max_line,
            wanted: Wanted::of_all(FieldSet::ALL),
            slowly: true,
            ..whole(log)
        };
        let expected = learn(&source, Way::Stream, &reading);
        account_is_right(&expected, log);
        for (way, chunk_size, slowly) in cuts(log, max_line) {
            let reading = Reading {
                chunk_size,
                slowly,
                ..reading.clone()
            };
            let found = learn(&source, way, &reading);
            let how = format!("{way:?} in chunks of {chunk_size}, lines of {max_line}, {slowly}");
            assert_eq!(found, expected, "{how}");
        }
    }
}

/// A log in one chunk.
fn whole(log: &[u8]) -> Reading {
    Reading {
        chunk_size: log.len() + 1,
        ..Reading::default()
    }
}

fn learn(source: &Source<'_>, way: Way, reading: &Reading) -> Learnt {
    let reading = Reading {
        map: matches!(way, Way::Map),
        ..reading.clone()
    };
    let mut learnt = Learnt::default();
    let input = source.input(way).expect("the file again");
    read(&Inputs::new(vec![input]), &reading, &mut learnt);
    learnt.finish()
}

/// Ways to read a log that must not make a difference. Few bytes at a time take long, and show what they can soon.
fn cuts(log: &[u8], max_line: usize) -> Vec<(Way, usize, bool)> {
    let mut cuts = vec![
        (Way::Stream, 4096, false),
        (Way::File, log.len() + 1, false),
    ];
    if log.len() <= 8192 {
        cuts.extend([(Way::Stream, 64, false), (Way::Map, 64, false)]);
    }
    if log.len() <= 512 {
        cuts.extend([(Way::Stream, 1, false), (Way::File, 1, false)]);
    }
    if max_line < Reading::MAX_LINE {
        cuts.extend([(Way::Stream, log.len() + 1, false), (Way::File, 4096, true)]);
    }
    cuts
}

fn account_is_right(learnt: &Learnt, log: &[u8]) {
    let told = learnt.events.len() as u64 + learnt.rejected.len() as u64 + learnt.blank;
    assert_eq!(learnt.lines, told, "every line is in the account once");
    if learnt.troubles.is_empty() {
        assert_eq!(learnt.bytes, log.len() as u64, "and so is every byte");
    }
}

fn is_compressed(log: &[u8]) -> bool {
    log.starts_with(b"\x1F\x8B")
        || log.starts_with(b"\x28\xB5\x2F\xFD")
        || (log.get(1..4) == Some(b"\x2A\x4D\x18") && log[0] >> 4 == 5)
}
