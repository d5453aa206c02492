//! The loop every worker runs: chunks into lines, lines into events.

use bumpalo::Bump;
use memchr::memchr;

use super::batches::Batches;
use super::blank::{leading_nuls, trim};
use super::chunk::Chunk;
use super::decode::{Decoded, Decoding, PlainLine, Reason, Shapes, decode};
use super::index::{Index, STRETCH};
use super::{ChunkAccount, Consumer, Inputs, Reading, Rejected};
use crate::event::Position;

/// Runs one worker over all inputs until nothing is left to take. Any number of workers may share the inputs.
pub fn read<C: Consumer>(inputs: &Inputs, reading: &Reading, consumer: &mut C) {
    let mut chunk = Chunk::default();
    let mut tools = Tools::default();
    let mut last = None;
    while let Some(source) =
        inputs.after(last, reading, |input, what| consumer.trouble(input, what))
    {
        loop {
            match source.fill(&mut chunk, reading) {
                Ok(true) => read_chunk(&chunk, source.input, reading, &mut tools, consumer),
                Ok(false) => break,
                Err(error) => {
                    consumer.trouble(source.input, error.to_string());
                    if !source.outlives_errors() {
                        break;
                    }
                }
            }
            tools.arena.reset();
        }
        last = Some(source.input);
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
        text: std::str::from_utf8(bytes).ok(),
        decoding: Decoding {
            fields: reading.fields,
            escapes: memchr(b'\\', bytes).is_some(),
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
    lines.read(bytes, index);
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
    /// The loop: a stretch is indexed, then its lines are taken one by one.
    fn read(mut self, bytes: &'c [u8], index: &mut Index) {
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
                self.take(&bytes[start..end], start);
                start = end + 1;
            }
        }
        self.finish();
    }

    /// Takes the lines that end in the stretch at `start`, and returns how many bytes they were.
    fn take_indexed(&mut self, start: usize, rest: &'c [u8], index: &Index) -> usize {
        let text = self.text.and_then(|text| text.get(start..));
        let (mut line, mut quotes, mut odd) = (0, 0, 0);
        for end in index.lines() {
            let at = usize::from(end.at);
            let plain = PlainLine {
                text: text.unwrap_or_default(),
                start: line,
                end: at - usize::from(at > line && rest[at - 1] == b'\r'),
                quotes: &index.quotes()[usize::from(quotes)..usize::from(end.quotes)],
            };
            let is_plain = text.is_some() && end.odd == odd && rest[line] == b'{';
            if !(is_plain && self.take_plain(&plain, start)) {
                self.take(&rest[line..at], start + line);
            }
            (line, quotes, odd) = (at + 1, end.quotes, end.odd);
        }
        line
    }

    /// Takes a line without anything odd in it, in a text that starts at `start`; `false` if it has to be taken the long
    /// way.
    #[inline]
    fn take_plain(&mut self, line: &PlainLine<'c, '_>, start: usize) -> bool {
        if line.end - line.start > self.max_line {
            return false;
        }
        let (batches, at) = (&mut self.batches, start + line.start);
        let position = Position {
            input: self.account.input,
            offset: self.chunk.position(at, at),
        };
        let mut kind = None;
        let known = self.shapes.decode(line, &self.decoding, |of| {
            kind = Some(of);
            batches.room(of)
        });
        if let (true, Some(kind)) = (known, kind) {
            batches.take(kind, position, self.consumer);
        } else {
            let Some(mut event) = self.shapes.learn(line, &self.decoding) else {
                return false;
            };
            event.position = position;
            batches.push(event, self.consumer);
        }
        self.account.lines += 1;
        true
    }

    /// Takes the line that starts at `start`, whatever it is: blank, an event, or refused.
    #[cold]
    fn take(&mut self, line: &'c [u8], start: usize) {
        let nuls = leading_nuls(line);
        self.account.nul_bytes += nuls as u64;
        let line = &line[nuls..];
        let at = start + nuls;
        if line.len() > self.max_line || self.chunk.is_cut(at + line.len()) {
            self.reject(at, start, &Reason::TooLong(self.max_line));
        } else {
            let (before, line) = trim(line, &mut self.account.nul_bytes);
            let at = at + before;
            if line.is_empty() {
                self.account.blank += 1;
            } else {
                let text = match self.text {
                    Some(text) => Ok(&text[at..at + line.len()]),
                    None => std::str::from_utf8(line).map_err(|_| line),
                };
                match decode(text, &self.decoding) {
                    Ok(decoded) => self.event(at, start, decoded),
                    Err(reason) => self.reject(at, start, &reason),
                }
            }
        }
        self.account.lines += 1;
    }

    fn event(
        &mut self,
        at: usize,
        start: usize,
        Decoded {
            mut event,
            repaired,
        }: Decoded<'c>,
    ) {
        event.position = self.position(at, start);
        self.account.repaired += u64::from(repaired);
        self.batches.push(event, self.consumer);
    }

    #[cold]
    fn reject(&mut self, at: usize, start: usize, reason: &Reason) {
        let (chunk, line) = (self.chunk.index, self.account.lines);
        self.consumer.reject(Rejected {
            position: self.position(at, start),
            chunk,
            line,
            reason,
        });
    }

    /// Where the text at `at` of the line that starts at `start` stands.
    fn position(&self, at: usize, start: usize) -> Position {
        Position {
            input: self.account.input,
            offset: self.chunk.position(at, start),
        }
    }

    fn finish(mut self) {
        self.account.nul_bytes += self.chunk.gap_bytes();
        self.batches.flush(self.consumer);
        self.consumer.chunk(self.account);
    }
}
