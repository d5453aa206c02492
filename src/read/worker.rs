//! The loop every worker runs: chunks into lines, lines into events.

use bumpalo::Bump;
use memchr::memchr;

use super::batches::Batches;
use super::blank::{leading_nuls, trim};
use super::chunk::Chunk;
use super::decode::{Decoded, Decoding, Reason, decode};
use super::{ChunkAccount, Consumer, Inputs, Reading, Rejected};
use crate::event::Position;

/// Runs one worker over all inputs until nothing is left to take. Any number of workers may share the inputs.
pub fn read<C: Consumer>(inputs: &Inputs, reading: &Reading, consumer: &mut C) {
    let mut chunk = Chunk::default();
    let mut arena = Bump::new();
    let mut own = None;
    while let Some(input) = inputs.fill(&mut own, &mut chunk, reading, |input, what| {
        consumer.trouble(input, what);
    }) {
        read_lines(&chunk, input, reading, &arena, consumer);
        arena.reset();
    }
}

/// The loop.
fn read_lines<C: Consumer>(
    chunk: &Chunk,
    input: u32,
    reading: &Reading,
    arena: &Bump,
    consumer: &mut C,
) {
    let bytes = chunk.lines();
    let mut lines = Lines {
        chunk,
        max_line: reading.max_line,
        text: std::str::from_utf8(bytes).ok(),
        decoding: Decoding {
            fields: reading.fields,
            escapes: memchr(b'\\', bytes).is_some(),
            arena,
        },
        batches: Batches::default(),
        account: ChunkAccount {
            input,
            chunk: chunk.index,
            bytes: chunk.consumed,
            ..Default::default()
        },
        consumer,
    };
    let mut start = 0;
    while start < bytes.len() || chunk.gap_at(start) {
        let end = memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |length| start + length);
        lines.take(&bytes[start..end], start);
        start = end + 1;
    }
    reading.watch.took_lines(lines.account.lines);
    lines.finish();
}

/// The lines of one chunk, while they are read.
struct Lines<'c, 'k, C> {
    chunk: &'c Chunk,
    max_line: usize,
    /// The chunk, if all of it is UTF-8.
    text: Option<&'c str>,
    decoding: Decoding<'c>,
    batches: Batches<'c>,
    account: ChunkAccount,
    consumer: &'k mut C,
}

impl<'c, C: Consumer> Lines<'c, '_, C> {
    /// Takes the line that starts at `start`: it is blank, an event, or refused.
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
