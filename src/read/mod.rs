//! Inputs in, events out.
//!
//! Workers take chunks of an input in turn, cut them into lines, decode each, and push what they find to a [`Consumer`]:
//! that loop is `worker`. A chunk holds whole lines only, so nothing a worker counts depends on where the cuts fall, or
//! on who took which.

mod batches;
mod blank;
mod chunk;
mod copies;
pub mod decode;
mod decompress;
mod index;
mod input;
mod line;
mod map;
mod source;
mod watch;
mod worker;

use std::sync::Arc;

use crate::event::{Event, Position, Wanted};
use crate::zone::Zone;
pub use copies::Repeated;
use decode::Reason;
pub use decompress::Compression;
pub use input::{Input, Inputs};
pub use line::Line;
pub use watch::{Waiting, Watch};
pub use worker::read;

/// How to read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Bytes a worker takes at a time; at least 1.
    pub chunk_size: usize,
    /// A longer line, in bytes, is refused.
    pub max_line: usize,
    /// An input that decompresses to more than this many times its size is stopped.
    pub max_expand: u64,
    /// Fields the consumer asks for.
    pub wanted: Wanted,
    /// Whether every line is left to serde_json: the slow twin, which the quick ways are held against.
    pub slowly: bool,
    /// Whether regular files are mapped into memory, or read by place.
    pub map: bool,
    /// Whether files of the same content count each for itself.
    pub count_copies: bool,
    /// Whose clocks times go by that say no offset.
    pub assume: Zone,
    /// Who looks on, and may end it early; one for each scan.
    pub watch: Arc<Watch>,
}

impl Reading {
    /// Small enough for the second-level cache and for the last chunks to end at about the same time.
    pub const CHUNK_SIZE: usize = 256 << 10;
    /// 16 MiB.
    pub const MAX_LINE: usize = 16 << 20;
    /// Logs compress some ten to fifty times, and gzip no better than 1,032 times whatever it is given.
    pub const MAX_EXPAND: u64 = 1000;
}

impl Default for Reading {
    fn default() -> Reading {
        Reading {
            chunk_size: Reading::CHUNK_SIZE,
            max_line: Reading::MAX_LINE,
            max_expand: Reading::MAX_EXPAND,
            wanted: Wanted::default(),
            slowly: false,
            map: false,
            count_copies: false,
            assume: Zone::UTC,
            watch: Arc::default(),
        }
    }
}

/// What takes the events. It must not care about their order.
pub trait Consumer {
    /// Events of one kind and one input; never none. They have no ids yet.
    fn events(&mut self, batch: &mut [Event<'_>]);
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

#[cfg(test)]
mod tests;
