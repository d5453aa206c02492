//! Inputs in, events out: the loop every worker runs.
//!
//! Workers take chunks of an input in turn, cut it into lines, decode each, and push what they find to a [`Consumer`].
//! A chunk holds whole lines only, so nothing a worker counts depends on where the cuts fall, or on who took which.

mod chunk;
pub mod decode;
mod input;

use bumpalo::Bump;
use memchr::memchr;

use crate::event::{Event, FieldSet, Kind, Position};
use chunk::Chunk;
use decode::{Decoded, Reason, decode};
pub use input::{Input, Inputs};

/// How to read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Bytes a worker takes at a time; at least 1.
    pub chunk_size: usize,
    /// A longer line, in bytes, is refused.
    pub max_line: usize,
    /// Fields the consumer asks for, beyond those every event is read for.
    pub fields: FieldSet,
}

impl Reading {
    /// Small enough for the second-level cache and for the last chunks to end at about the same time.
    pub const CHUNK_SIZE: usize = 256 << 10;
    /// 16 MiB.
    pub const MAX_LINE: usize = 16 << 20;
}

impl Default for Reading {
    fn default() -> Reading {
        Reading {
            chunk_size: Reading::CHUNK_SIZE,
            max_line: Reading::MAX_LINE,
            fields: FieldSet::EMPTY,
        }
    }
}

/// What takes the events. It must not care about their order.
pub trait Consumer {
    /// Events of one kind; never none.
    fn events(&mut self, batch: &[Event<'_>]);
    /// A line that is no event.
    fn reject(&mut self, rejected: Rejected<'_>);
    /// A chunk is done, and this is what it was made of.
    fn chunk(&mut self, chunk: ChunkAccount);
    /// An input could not be read, or not to its end.
    fn trouble(&mut self, input: u32, what: String);
}

/// A line that is no event.
#[derive(Debug)]
pub struct Rejected<'a> {
    /// Where its text stands.
    pub position: Position,
    /// The chunk it stands in, counted from the start of the input.
    pub chunk: u64,
    /// Its line in the chunk, counted from 0.
    pub line: u64,
    /// Why it is no event.
    pub reason: &'a Reason,
}

/// What one chunk was made of, beyond events and rejected lines.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChunkAccount {
    /// Index of the input.
    pub input: u32,
    /// Which chunk of the input.
    pub chunk: u64,
    /// Bytes of the input this chunk stands for.
    pub bytes: u64,
    /// Lines of any sort.
    pub lines: u64,
    /// Lines of nothing but white space and NUL.
    pub blank: u64,
    /// Events whose text had to be mended.
    pub repaired: u64,
    /// NUL bytes skipped.
    pub nul_bytes: u64,
}

/// Runs one worker over all inputs until nothing is left to take. Any number of workers may share the inputs.
pub fn read<C: Consumer>(inputs: &Inputs, reading: &Reading, consumer: &mut C) {
    let mut chunk = Chunk::default();
    let mut arena = Bump::new();
    let mut last = None;
    while let Some(source) = inputs.after(last, |input, what| consumer.trouble(input, what)) {
        loop {
            match source.fill(&mut chunk, reading) {
                Ok(true) => read_lines(&chunk, source.input, reading, &arena, consumer),
                Ok(false) => break,
                Err(error) => {
                    consumer.trouble(source.input, error.to_string());
                    if !source.outlives_errors() {
                        break;
                    }
                }
            }
            arena.reset();
        }
        last = Some(source.input);
    }
}

/// The loop: every line of a chunk is blank, an event, or refused.
fn read_lines<C: Consumer>(
    chunk: &Chunk,
    input: u32,
    reading: &Reading,
    arena: &Bump,
    consumer: &mut C,
) {
    let bytes = chunk.lines();
    let text = std::str::from_utf8(bytes);
    let mut batches = Batches::default();
    let mut account = ChunkAccount {
        input,
        chunk: chunk.index,
        bytes: chunk.consumed,
        ..Default::default()
    };
    account.nul_bytes = chunk.gap_bytes();
    let mut start = 0;
    while start < bytes.len() || chunk.gap_at(start) {
        let end = memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |length| start + length);
        let line = trim(&bytes[start..end], &mut account.nul_bytes);
        if line.is_empty() {
            account.blank += 1;
        } else {
            let at = start + line.start;
            let whole = &bytes[at..start + line.end];
            let result = if line.length > reading.max_line || chunk.is_cut(end) {
                Err(Reason::TooLong(reading.max_line))
            } else {
                let text = text
                    .map(|text| &text[at..start + line.end])
                    .or_else(|_| std::str::from_utf8(whole));
                decode(text.map_err(|_| whole), reading.fields, arena)
            };
            let position = Position {
                input,
                offset: chunk.position(at, start),
            };
            match result {
                Ok(Decoded {
                    mut event,
                    repaired,
                }) => {
                    event.position = position;
                    account.repaired += u64::from(repaired);
                    batches.push(event, consumer);
                }
                Err(reason) => {
                    consumer.reject(Rejected {
                        position,
                        chunk: chunk.index,
                        line: account.lines,
                        reason: &reason,
                    });
                }
            }
        }
        account.lines += 1;
        start = end + 1;
    }
    batches.flush(consumer);
    consumer.chunk(account);
}

/// The text of a line: from and to which byte, and how long the line is without the NUL bytes before it.
struct Line {
    start: usize,
    end: usize,
    length: usize,
}

impl Line {
    fn is_empty(&self) -> bool {
        self.start >= self.end
    }
}

/// Cuts off what carries nothing: NUL bytes, JSON's white space, and a byte order mark at the start, which is found
/// inside an input too where files were put together with `cat`.
fn trim(line: &[u8], nul_bytes: &mut u64) -> Line {
    const MARK: &[u8] = b"\xEF\xBB\xBF";
    let is_space = |byte: u8| matches!(byte, b' ' | b'\t' | b'\r' | 0);
    let (mut start, mut end, mut nuls) = (0, line.len(), 0);
    while start < end {
        if is_space(line[start]) {
            nuls += usize::from(line[start] == 0);
            start += 1;
        } else if line[start] == MARK[0] && line[start..].starts_with(MARK) {
            start += MARK.len();
        } else {
            break;
        }
    }
    let length = end - nuls;
    while start < end && is_space(line[end - 1]) {
        nuls += usize::from(line[end - 1] == 0);
        end -= 1;
    }
    *nul_bytes += nuls as u64;
    if line[start..end]
        .iter()
        .all(|byte| matches!(byte, 0x0B | 0x0C | b' ' | b'\t' | b'\r' | 0))
    {
        end = start; // other white space is no JSON, but a line of nothing else is blank
    }
    Line { start, end, length }
}

/// Events waiting to be handed over, grouped by kind.
#[derive(Default)]
struct Batches<'a> {
    by_kind: [Vec<Event<'a>>; Kind::COUNT],
}

impl<'a> Batches<'a> {
    /// Enough that a consumer's dispatch costs nothing per event; few enough that batches stay in the cache.
    const SIZE: usize = 64;

    fn push<C: Consumer>(&mut self, event: Event<'a>, consumer: &mut C) {
        let batch = &mut self.by_kind[event.kind.index()];
        if batch.capacity() == 0 {
            batch.reserve_exact(Self::SIZE);
        }
        batch.push(event);
        if batch.len() == Self::SIZE {
            consumer.events(batch);
            batch.clear();
        }
    }

    fn flush<C: Consumer>(&mut self, consumer: &mut C) {
        for batch in self.by_kind.iter_mut().filter(|batch| !batch.is_empty()) {
            consumer.events(batch);
            batch.clear();
        }
    }
}

#[cfg(test)]
mod tests;
