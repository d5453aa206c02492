//! Chunks: runs of whole lines, taken from a file by place or from a stream by turn.
//!
//! ```text
//!  file    ├── 0 ──┼── 1 ──┼── 2 ──┤      a chunk owns the lines that start in its range,
//!  lines   aaaa bbbbbbb cc ddddddddd eee  and reads on past its end to finish the last one
//!
//!  stream  carry + next bytes │ cut at the last newline │ rest becomes the carry
//! ```
//!
//! A line that outgrows the limit is cut: its chunk ends there, its remainder is passed over. NUL bytes before a line's
//! text, which copytruncate leaves by the gigabyte, are counted and not kept.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU64, Ordering};

use memchr::{memchr, memrchr};

use super::Reading;
use super::blank::leading_nuls;
use super::map::Map;

/// One run of whole lines.
#[derive(Default)]
pub(super) struct Chunk {
    /// Which chunk of its input this is.
    pub(super) index: u64,
    /// Bytes of the input it stands for.
    pub(super) consumed: u64,
    buffer: Vec<u8>,
    filled: usize,
    /// First byte of the first line.
    start: usize,
    /// Place in the input of the buffer's first byte.
    offset: u64,
    /// NUL bytes left out, at this place in the buffer.
    gap: Option<(usize, u64)>,
    /// The last line was longer than allowed and ends in the middle.
    cut: bool,
}

impl Chunk {
    /// The bytes of its lines, each but the last ending in a newline.
    pub(super) fn lines(&self) -> &[u8] {
        &self.buffer[self.start..self.filled]
    }

    /// How many NUL bytes were left out.
    pub(super) fn gap_bytes(&self) -> u64 {
        self.gap.map_or(0, |(_, bytes)| bytes)
    }

    /// Whether NUL bytes were left out before the line that starts at `line`.
    pub(super) fn gap_at(&self, line: usize) -> bool {
        self.gap.is_some_and(|(at, _)| at == self.start + line)
    }

    /// Whether the line that ends at `end` was cut.
    pub(super) fn is_cut(&self, end: usize) -> bool {
        self.cut && self.start + end == self.filled
    }

    /// Place in the input of the byte at `at` of a line that starts at `line`.
    pub(super) fn position(&self, at: usize, line: usize) -> u64 {
        let gap = self
            .gap
            .filter(|(gap, _)| *gap <= self.start + line)
            .map_or(0, |(_, bytes)| bytes);
        self.offset + (self.start + at) as u64 + gap
    }

    fn begin(&mut self, index: u64, offset: u64) {
        (self.index, self.offset) = (index, offset);
        (self.consumed, self.filled, self.start, self.gap, self.cut) = (0, 0, 0, None, false);
    }

    /// Room for `more` bytes after what is filled.
    fn room(&mut self, more: usize) -> &mut [u8] {
        let end = self.filled + more;
        if self.buffer.len() < end {
            self.buffer.resize(end, 0);
        }
        &mut self.buffer[self.filled..end]
    }

    /// What to do with an unfinished line from `line` to the end: leaves out its NUL bytes while there is nothing else,
    /// and cuts it when it is too long. Returns whether it was cut.
    fn hold(&mut self, line: usize, max_line: usize) -> bool {
        let tail = &self.buffer[line..self.filled];
        let nuls = leading_nuls(tail);
        if nuls > 0 && nuls == tail.len() {
            let before = self.gap.map_or(0, |(_, bytes)| bytes);
            self.gap = Some((line, before + nuls as u64));
            self.filled = line;
        }
        self.cut = tail.len() - nuls > max_line;
        self.cut
    }

    /// Leaves out a line whose end was not waited for, with the NUL bytes before it.
    fn drop_unfinished_line(&mut self) {
        let last = memrchr(b'\n', &self.buffer[self.start..self.filled]);
        self.filled = last.map_or(self.start, |at| self.start + at + 1);
        self.gap = self.gap.filter(|(at, _)| *at < self.filled);
    }
}

/// A regular file, read by place: any number of workers at once. The system is left to read ahead by itself: outside
/// the page cache two workers are then as fast as `cat`, and asking for megabytes in advance (`POSIX_FADV_WILLNEED`)
/// took twice as long.
pub(super) struct FileChunks {
    file: File,
    map: Option<Map>,
    /// Where the first chunk starts, with a line.
    first: u64,
    /// Where the last one ends.
    length: u64,
    next: AtomicU64,
}

impl FileChunks {
    /// These bytes of `file`, of which the first begins a line; mapped or not.
    pub(super) fn new(file: File, range: Range<u64>, map: bool) -> FileChunks {
        FileChunks {
            map: map.then(|| Map::of(&file, range.end)).flatten(),
            file,
            first: range.start,
            length: range.end,
            next: AtomicU64::new(0),
        }
    }

    /// Takes the next chunk; `false` when there is none.
    pub(super) fn fill(&self, chunk: &mut Chunk, reading: &Reading) -> io::Result<bool> {
        let size = reading.chunk_size as u64;
        let index = self.next.fetch_add(1, Ordering::Relaxed);
        let start = index
            .checked_mul(size)
            .and_then(|ahead| ahead.checked_add(self.first));
        let Some(start) = start.filter(|start| *start < self.length) else {
            return Ok(false);
        };
        let end = self.length.min(start.saturating_add(size));
        // The byte before tells whether a line starts here; where the first chunk starts, one does.
        chunk.begin(index, start - u64::from(index > 0));
        self.read(chunk, (end - chunk.offset) as usize)?;
        chunk.consumed = end - start;
        reading.watch.took_bytes(chunk.consumed);
        if index > 0 {
            chunk.start =
                memchr(b'\n', &chunk.buffer[..chunk.filled]).map_or(chunk.filled, |at| at + 1);
        }
        if chunk.start < chunk.filled {
            self.finish_last_line(chunk, reading.max_line)?;
        }
        Ok(true)
    }

    fn finish_last_line(&self, chunk: &mut Chunk, max_line: usize) -> io::Result<()> {
        let line = memrchr(b'\n', &chunk.buffer[chunk.start..chunk.filled])
            .map_or(chunk.start, |at| chunk.start + at + 1);
        let mut more = 4 << 10; // most lines end in the first step
        let mut place = chunk.offset + chunk.filled as u64;
        if line == chunk.filled {
            return Ok(());
        }
        while place < self.length && !chunk.hold(line, max_line) {
            let from = chunk.filled;
            let step = (self.length - place).min(more) as usize;
            self.read_at(chunk, place, step)?;
            place += step as u64;
            if let Some(at) = memchr(b'\n', &chunk.buffer[from..chunk.filled]) {
                chunk.filled = from + at + 1;
                return Ok(());
            }
            more = (more * 2).min(256 << 10);
        }
        Ok(())
    }

    fn read(&self, chunk: &mut Chunk, bytes: usize) -> io::Result<()> {
        self.read_at(chunk, chunk.offset, bytes)
    }

    /// Appends exactly `bytes` bytes of the file from `place`.
    fn read_at(&self, chunk: &mut Chunk, place: u64, bytes: usize) -> io::Result<()> {
        let room = chunk.room(bytes);
        let result = match &self.map {
            Some(map) => map.copy(&self.file, place, room),
            None => self.file.read_exact_at(room, place),
        };
        match result {
            Ok(()) => chunk.filled += bytes,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                let what = format!(
                    "the file shrank below its {} bytes while it was read; read it again",
                    self.length
                );
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, what));
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// Anything else, read from start to end: workers take turns.
pub(super) struct StreamChunks {
    reader: Box<dyn Read + Send>,
    next: u64,
    /// Place in the input of the carry's first byte.
    offset: u64,
    /// The unfinished line at the end of the last chunk.
    carry: Vec<u8>,
    /// Whether the rest of a cut line is still to be passed over.
    passing: bool,
    state: State,
}

enum State {
    Open,
    Failed(io::Error),
    Ended,
}

impl StreamChunks {
    /// Everything `reader` has, which begins at `place` of the input.
    pub(super) fn new(reader: Box<dyn Read + Send>, place: u64) -> StreamChunks {
        StreamChunks {
            reader,
            next: 0,
            offset: place,
            carry: Vec::new(),
            passing: false,
            state: State::Open,
        }
    }

    /// Takes the next chunk; `false` when there is none. An error of the reader comes after what was read before it.
    pub(super) fn fill(&mut self, chunk: &mut Chunk, reading: &Reading) -> io::Result<bool> {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Open => self.state = State::Open,
            State::Failed(error) => return Err(error),
            State::Ended => return Ok(false),
        }
        chunk.begin(self.next, self.offset);
        self.next += 1;
        chunk.room(self.carry.len()).copy_from_slice(&self.carry);
        chunk.filled = self.carry.len();
        self.carry.clear();
        let passed = self.pass_over(chunk, reading.chunk_size);
        let mut searched = chunk.start;
        let mut target = chunk.filled.max(chunk.start + reading.chunk_size);
        while self.read(chunk, target) {
            if let Some(at) = memrchr(b'\n', &chunk.buffer[searched..chunk.filled]) {
                let end = searched + at + 1;
                self.carry
                    .extend_from_slice(&chunk.buffer[end..chunk.filled]);
                chunk.filled = end;
                break;
            }
            if chunk.hold(chunk.start, reading.max_line) {
                self.passing = true;
                break;
            }
            searched = chunk.filled;
            target = chunk.filled + reading.chunk_size;
        }
        if reading.watch.is_stopped() && matches!(self.state, State::Ended) {
            chunk.drop_unfinished_line();
        }
        chunk.consumed = passed + chunk.filled as u64 + chunk.gap_bytes();
        self.offset += chunk.consumed;
        Ok(true)
    }

    /// Passes over the rest of a line that was cut. Returns how many bytes are gone.
    fn pass_over(&mut self, chunk: &mut Chunk, step: usize) -> u64 {
        let mut passed = 0;
        let mut more = true;
        while self.passing && more {
            more = self.read(chunk, step);
            match memchr(b'\n', &chunk.buffer[..chunk.filled]) {
                Some(at) => (self.passing, chunk.start) = (false, at + 1),
                None => {
                    passed += chunk.filled as u64;
                    chunk.filled = 0;
                }
            }
        }
        chunk.offset += passed;
        passed
    }

    /// Reads until `target` bytes are filled; `false` if the stream ended before. The buffer grows with what comes, not
    /// with what is wished for: a chunk may be asked to be larger than the memory.
    fn read(&mut self, chunk: &mut Chunk, target: usize) -> bool {
        if !matches!(self.state, State::Open) {
            return false;
        }
        while chunk.filled < target {
            let step = (target - chunk.filled).min(Reading::CHUNK_SIZE);
            match self.reader.read(chunk.room(step)) {
                Ok(0) => {
                    self.state = State::Ended;
                    return false;
                }
                Ok(count) => chunk.filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.state = State::Failed(error);
                    return false;
                }
            }
        }
        true
    }
}
