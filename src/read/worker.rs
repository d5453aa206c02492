//! The loop every worker runs: chunks into lines, lines into events.

use bumpalo::Bump;
use memchr::memchr;

use super::batches::Batches;
use super::blank::{leading_nuls, trim};
use super::chunk::Chunk;
use super::decode::{Decoding, Meaning, PlainLine, Reason, Room, Shapes, Stretch, decode_as};
use super::index::{Index, STRETCH};
use super::{ChunkAccount, Consumer, Inputs, Reading, Rejected};
use crate::event::{Event, Kind, Position};

/// Runs one worker over all inputs until nothing is left to take. Any number of workers may share the inputs.
pub fn read<C: Consumer>(inputs: &Inputs, reading: &Reading, consumer: &mut C) {
    let mut chunk = Chunk::default();
    let mut tools = Tools::default();
    let mut own = None;
    while let Some(input) = inputs.fill(&mut own, &mut chunk, reading, |input, what| {
        consumer.trouble(input, what);
    }) {
        read_chunk(&chunk, input, reading, &mut tools, consumer);
        tools.arena.reset();
    }
}

/// What a worker keeps from chunk to chunk.
#[derive(Default)]
struct Tools {
    arena: Bump,
    index: Index,
    shapes: Shapes,
}

fn read_chunk<C: Consumer>(
    chunk: &Chunk,
    input: u32,
    reading: &Reading,
    Tools {
        arena,
        index,
        shapes,
    }: &mut Tools,
    consumer: &mut C,
) {
    let bytes = chunk.lines();
    let lines = Lines {
        chunk,
        max_line: reading.max_line,
        text: simdutf8::basic::from_utf8(bytes).ok(),
        decoding: Decoding {
            wanted: &reading.wanted,
            slowly: reading.slowly,
            assume: reading.assume,
            arena,
        },
        shapes,
        batches: Batches::default(),
        account: ChunkAccount {
            input,
            chunk: chunk.index,
            bytes: chunk.consumed,
            ..Default::default()
        },
        consumer,
    };
    let count = lines.read(bytes, index);
    reading.watch.took_lines(count);
}

/// The lines of one chunk, while they are read.
struct Lines<'c, 'k, C> {
    chunk: &'c Chunk,
    max_line: usize,
    /// The chunk, if all of it is UTF-8.
    text: Option<&'c str>,
    decoding: Decoding<'c>,
    shapes: &'k mut Shapes,
    batches: Batches<'c>,
    account: ChunkAccount,
    consumer: &'k mut C,
}

impl<'c, C: Consumer> Lines<'c, '_, C> {
    /// The loop: a stretch is indexed, then its lines are taken. Returns how many there were.
    fn read(mut self, bytes: &'c [u8], index: &mut Index) -> u64 {
        let mut start = 0;
        while start < bytes.len() || self.chunk.gap_at(start) {
            let rest = &bytes[start..];
            index.scan(&rest[..rest.len().min(STRETCH)]);
            let whole = self.take_indexed(start, rest, index);
            if whole > 0 {
                start += whole;
            } else {
                // The last line of the chunk, or one longer than a stretch.
                let end = memchr(b'\n', rest).map_or(bytes.len(), |length| start + length);
                self.take(&bytes[start..end], start, self.account.lines);
                self.account.lines += 1;
                start = end + 1;
            }
        }
        let count = self.account.lines;
        self.finish();
        count
    }

    /// Takes the lines that end in the stretch at `start`, and returns how many bytes they were.
    fn take_indexed(&mut self, start: usize, rest: &'c [u8], index: &Index) -> usize {
        let text = self.text.and_then(|text| text.get(start..));
        let stretch = Stretch {
            text: text.unwrap_or_default(),
            quotes: index.quotes(),
        };
        let mut others = Vec::new();
        let before = self.account.lines;
        let (mut line, mut quotes, mut odd) = (0, 0, 0);
        for (number, end) in (0..).zip(index.lines()) {
            let at = usize::from(end.at);
            let bytes = &rest[line..at];
            let is_plain = !self.decoding.slowly
                && end.odd == odd
                && text.is_some()
                && bytes.first() == Some(&b'{')
                && bytes.len() <= self.max_line;
            let plain = PlainLine {
                start: line as u16,
                end: end.at - u16::from(bytes.last() == Some(&b'\r')),
                first_quote: quotes,
                quotes: end.quotes - quotes,
                number,
            };
            if !is_plain {
                self.take(bytes, start + line, before + u64::from(number));
            } else if !self.shapes.wait(&stretch, plain) {
                others.push(plain);
            }
            (line, quotes, odd) = (at + 1, end.quotes, end.odd);
        }
        self.account.lines += index.lines().len() as u64;
        let mut room = MakingRoom {
            batches: &mut self.batches,
            chunk: self.chunk,
            input: self.account.input,
            start,
            rest,
            before,
            consumer: self.consumer,
        };
        self.shapes
            .decode_waiting(&stretch, &self.decoding, &mut room, &mut others);
        others.retain(|line| {
            let made = self.shapes.learn(&stretch, line, &self.decoding, &mut room);
            made.is_none()
        });
        for line in others {
            let at = start + usize::from(line.start);
            let bytes = whole(rest, &line);
            self.take(bytes, at, before + u64::from(line.number));
        }
        line
    }

    /// Takes the line that starts at `start`, whatever it is: blank, an event, or refused. It is line `number` of the
    /// chunk.
    fn take(&mut self, line: &'c [u8], start: usize, number: u64) {
        let nuls = leading_nuls(line);
        self.account.nul_bytes += nuls as u64;
        let whole = &line[nuls..];
        let line = whole;
        let at = start + nuls;
        if line.len() > self.max_line || self.chunk.is_cut(at + line.len()) {
            return self.reject(at, start, number, &Reason::TooLong(self.max_line));
        }
        let (before, line) = trim(line, &mut self.account.nul_bytes);
        let at = at + before;
        if line.is_empty() {
            self.account.blank += 1;
            return;
        }
        let text = match self.text {
            Some(text) => Ok(&text[at..at + line.len()]),
            None => simdutf8::basic::from_utf8(line).map_err(|_| line),
        };
        let position = self.position(at, start, number);
        let make = |meaning: &Meaning<'_, 'c>, repaired| {
            let kind = meaning.named.kind;
            let event = self.batches.room(kind);
            meaning.fill(event, &self.decoding);
            (event.position, event.line) = (position, &whole[before..]);
            event.repaired = repaired;
            self.batches.take(kind, self.consumer);
        };
        match decode_as(text, &self.decoding, make) {
            Ok(repaired) => self.account.repaired += u64::from(repaired),
            Err(reason) => self.reject(at, start, number, &reason),
        }
    }

    #[cold]
    fn reject(&mut self, at: usize, start: usize, line: u64, reason: &Reason) {
        self.consumer.reject(Rejected {
            position: self.position(at, start, line),
            chunk: self.chunk.index,
            line,
            reason,
        });
    }

    /// Where the text at `at` of line `number`, which starts at `start`, stands.
    fn position(&self, at: usize, start: usize, number: u64) -> Position {
        Position {
            input: self.account.input,
            offset: self.chunk.position(at, start),
            line: number as u32,
        }
    }

    fn finish(mut self) {
        self.account.nul_bytes += self.chunk.gap_bytes();
        self.batches.flush(self.consumer);
        self.consumer.chunk(self.account);
    }
}

/// A plain line with the carriage return that may follow it.
fn whole<'c>(stretch: &'c [u8], line: &PlainLine) -> &'c [u8] {
    let (start, end) = (usize::from(line.start), usize::from(line.end));
    let carriage_return = stretch.get(end) == Some(&b'\r');
    &stretch[start..end + usize::from(carriage_return)]
}

/// Where events of lines of known shapes are made.
struct MakingRoom<'c, 'k, C> {
    batches: &'k mut Batches<'c>,
    chunk: &'c Chunk,
    input: u32,
    /// Where the stretch starts in the chunk.
    start: usize,
    /// What follows there.
    rest: &'c [u8],
    /// Lines of the chunk before the stretch.
    before: u64,
    consumer: &'k mut C,
}

impl<'c, C: Consumer> Room<'c> for MakingRoom<'c, '_, C> {
    #[inline]
    fn make(&mut self, kind: Kind, line: &PlainLine, fill: impl FnOnce(&mut Event<'c>)) {
        let at = self.start + usize::from(line.start);
        let event = self.batches.room(kind);
        fill(event);
        event.position = Position {
            input: self.input,
            offset: self.chunk.position(at, at),
            line: (self.before + u64::from(line.number)) as u32,
        };
        event.line = whole(self.rest, line);
        self.batches.take(kind, self.consumer);
    }
}
