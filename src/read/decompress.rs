//! Compressed inputs, known by their first bytes and not by their names: gzip with all its members, zstd with all its
//! frames.
//!
//! What decoded before an error counts. An input that expands beyond reason is stopped there: compressed data a
//! thousand times larger than it looks is made to fill a disk or to keep a reader busy for ever.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::GzDecoder;

use super::blank::leading_nuls;

/// Output that no factor is held against: small inputs of one repeated line compress very well.
const ALWAYS_ALLOWED: u64 = 1 << 20;

/// Bytes read from an input at a time.
const BUFFER: usize = 64 << 10;

/// How an input is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// gzip, all its members.
    Gzip,
    /// zstd, all its frames.
    Zstd,
}

impl Compression {
    /// Told by the first four bytes (RFC 1952, section 2.3.1; RFC 8878, sections 3.1.1 and 3.1.2).
    pub fn of(head: &[u8]) -> Option<Compression> {
        match head {
            [0x1F, 0x8B, ..] => Some(Compression::Gzip),
            [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => {
                Some(Compression::Zstd)
            }
            _ => None,
        }
    }

    /// The decoded bytes of `reader`, up to `max_expand` times as many as it has.
    ///
    /// # Errors
    ///
    /// The system has no memory for a decoder. What is wrong with the data is told by reading it.
    pub fn decode(
        self,
        reader: Box<dyn Read + Send>,
        max_expand: u64,
    ) -> io::Result<Box<dyn Read + Send>> {
        let taken = Arc::new(AtomicU64::new(0));
        let counted = BufReader::with_capacity(
            BUFFER,
            Counted {
                reader,
                taken: Arc::clone(&taken),
            },
        );
        let decoder: Box<dyn Read + Send> = match self {
            Compression::Gzip => Box::new(Members {
                decoder: Some(GzDecoder::new(counted)),
            }),
            Compression::Zstd => Box::new(zstd::Decoder::with_buffer(counted)?),
        };
        Ok(Box::new(Limited {
            decoder,
            taken,
            given: 0,
            max_expand,
        }))
    }
}

/// All members of a gzip file. NUL bytes after the last one are no garbage, as for gzip itself: tapes and disk blocks
/// are filled up with them.
struct Members<R> {
    decoder: Option<GzDecoder<R>>,
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(mut decoder) = self.decoder.take() {
            match decoder.read(buffer) {
                Ok(0) if !buffer.is_empty() => {
                    let mut rest = decoder.into_inner();
                    self.decoder = is_member(&mut rest)?.then(|| GzDecoder::new(rest));
                }
                read => {
                    self.decoder = Some(decoder);
                    return read;
                }
            }
        }
        Ok(0)
    }
}

/// Whether something follows that can only be a member.
fn is_member(rest: &mut impl BufRead) -> io::Result<bool> {
    let mut padded = false;
    loop {
        let bytes = match rest.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            bytes => bytes?,
        };
        let (nuls, length) = (leading_nuls(bytes), bytes.len());
        rest.consume(nuls);
        padded |= nuls > 0;
        match nuls < length {
            true if padded => {
                let what = "something follows the last gzip member";
                return Err(io::Error::new(io::ErrorKind::InvalidData, what));
            }
            true => return Ok(true),
            false if length == 0 => return Ok(false),
            false => {}
        }
    }
}

/// Counts what is read of the compressed input.
struct Counted {
    reader: Box<dyn Read + Send>,
    taken: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.taken.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Stops an input that expands too much, and says of errors what they are errors of.
struct Limited {
    decoder: Box<dyn Read + Send>,
    taken: Arc<AtomicU64>,
    given: u64,
    max_expand: u64,
}

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self
            .decoder
            .read(buffer)
            .map_err(|error| match error.kind() {
                io::ErrorKind::Interrupted => error,
                io::ErrorKind::UnexpectedEof => {
                    io::Error::new(error.kind(), "the compressed data ends early")
                }
                kind => io::Error::new(kind, format!("cannot decompress further: {error}")),
            })?;
        self.given += count as u64;
        let allowed = self
            .taken
            .load(Ordering::Relaxed)
            .saturating_mul(self.max_expand)
            .max(ALWAYS_ALLOWED);
        if self.given > allowed {
            let what = format!(
                "it expands to more than {} times its size (see --max-expand)",
                self.max_expand
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        Ok(count)
    }
}
