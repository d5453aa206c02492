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
use chunk::{Chunk, leading_nuls};
use decode::{Decoded, Decoding, Reason, decode};
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
    let decoding = Decoding {
        fields: reading.fields,
        escapes: memchr(b'\\', bytes).is_some(),
        arena,
    };
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
        let nuls = leading_nuls(&bytes[start..end]);
        account.nul_bytes += nuls as u64;
        let mut at = start + nuls;
        let refused = if end - at > reading.max_line || chunk.is_cut(end) {
            Some(Reason::TooLong(reading.max_line))
        } else {
            let (before, line) = trim(&bytes[at..end], &mut account.nul_bytes);
            at += before;
            let text = match text {
                Ok(text) => Ok(&text[at..at + line.len()]),
                Err(_) => std::str::from_utf8(line).map_err(|_| line),
            };
            if line.is_empty() {
                account.blank += 1;
                None
            } else {
                match decode(text, &decoding) {
                    Ok(Decoded {
                        mut event,
                        repaired,
                    }) => {
                        event.position = Position {
                            input,
                            offset: chunk.position(at, start),
                        };
                        account.repaired += u64::from(repaired);
                        batches.push(event, consumer);
                        None
                    }
                    Err(reason) => Some(reason),
                }
            }
        };
        if let Some(reason) = refused {
            let position = Position {
                input,
                offset: chunk.position(at, start),
            };
            consumer.reject(Rejected {
                position,
                chunk: chunk.index,
                line: account.lines,
                reason: &reason,
            });
        }
        account.lines += 1;
        start = end + 1;
    }
    batches.flush(consumer);
    consumer.chunk(account);
}

/// Cuts off what carries nothing: JSON's white space, NUL bytes, and a byte order mark at the start, which is found
/// inside an input too where files were put together with `cat`. Returns how many bytes stood before the rest.
fn trim<'a>(line: &'a [u8], nul_bytes: &mut u64) -> (usize, &'a [u8]) {
    const MARK: &[u8] = b"\xEF\xBB\xBF";
    let mut is_space = |byte: u8| {
        *nul_bytes += u64::from(byte == 0);
        matches!(byte, b' ' | b'\t' | b'\r' | 0)
    };
    let mut rest = line;
    while let [first, after @ ..] = rest {
        rest = if is_space(*first) {
            after
        } else if let Some(after) = rest.strip_prefix(MARK) {
            after
        } else {
            break;
        };
    }
    let before = line.len() - rest.len();
    while let [head @ .., last] = rest
        && is_space(*last)
    {
        rest = head;
    }
    // Other white space is no JSON, but a line of nothing else is blank.
    let is_blank = rest
        .iter()
        .all(|byte| matches!(byte, 0x0B | 0x0C | b' ' | b'\t' | b'\r' | 0));
    (before, if is_blank { &[] } else { rest })
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
