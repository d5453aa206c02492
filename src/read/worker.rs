//! The loop every worker runs: chunks into lines, lines into events.

use bumpalo::Bump;
use memchr::memchr;

use super::batches::Batches;
use super::chunk::{Chunk, leading_nuls};
use super::decode::{Decoded, Decoding, Reason, decode};
use super::{ChunkAccount, Consumer, Inputs, Reading, Rejected};
use crate::event::Position;

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
