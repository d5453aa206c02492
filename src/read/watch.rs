//! What is known of a scan while it runs, and the word that ends it early.
//!
//! ```text
//!  workers ──── bytes, lines, once a chunk ───▶ Watch ───▶ whoever wants to know
//!  workers ◀─── "no further" ───────────────── Watch ◀─── whoever wants it to end
//! ```
//!
//! A stopped scan keeps what it has: workers finish the chunk they are at and take no other. For streams the word is the
//! end of the input, so that a reader in the middle of a chunk hands over the whole lines it has.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Looks on while one scan runs, and may end it.
#[derive(Default)]
pub struct Watch {
    stop: Arc<AtomicBool>,
    bytes: AtomicU64,
    lines: AtomicU64,
    /// [`UNKNOWN`] where an input does not say how long it is.
    total: AtomicU64,
    waiting: Option<Box<dyn Waiting>>,
}

const UNKNOWN: u64 = u64::MAX;

/// Waits for inputs in a way that a stop can end. Reading alone waits for as long as a pipe delivers nothing.
pub trait Waiting: Send + Sync {
    /// Opens an input without waiting for anybody to write to it; reading it may then say
    /// [`WouldBlock`](io::ErrorKind::WouldBlock).
    ///
    /// # Errors
    ///
    /// It cannot be opened.
    fn open(&self, path: &Path) -> io::Result<File>;
    /// Returns when `file` has something to say, be it its end or an error, or when the scan is stopped.
    fn wait(&self, file: &File);
}

impl Watch {
    /// A watch over a scan that ends early once `stop` is true, even while it waits for an input.
    pub fn stopped_by(stop: Arc<AtomicBool>, waiting: Box<dyn Waiting>) -> Watch {
        Watch {
            stop,
            waiting: Some(waiting),
            ..Watch::default()
        }
    }

    /// Ends the scan: what was read until then is its answer.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
    }

    /// Whether the scan is to end.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// Bytes of the inputs read so far, as they lie on the disk: of a compressed input, compressed ones.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Lines read so far.
    pub fn lines(&self) -> u64 {
        self.lines.load(Ordering::Relaxed)
    }

    /// Bytes of all inputs, as they lie on the disk; `None` where one does not say.
    pub fn total(&self) -> Option<u64> {
        Some(self.total.load(Ordering::Relaxed)).filter(|total| *total != UNKNOWN)
    }

    /// Begins a scan of `total` bytes.
    pub(crate) fn begin(&self, total: Option<u64>) {
        self.total
            .store(total.unwrap_or(UNKNOWN), Ordering::Relaxed);
        self.bytes.store(0, Ordering::Relaxed);
        self.lines.store(0, Ordering::Relaxed);
    }

    pub(super) fn took_bytes(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn took_lines(&self, lines: u64) {
        self.lines.fetch_add(lines, Ordering::Relaxed);
    }

    pub(super) fn open(&self, path: &Path) -> io::Result<File> {
        match &self.waiting {
            Some(waiting) => waiting.open(path),
            None => File::open(path),
        }
    }

    /// A file read from start to end under this watch.
    pub(crate) fn over_file(self: &Arc<Self>, mut file: File) -> Box<dyn Read + Send> {
        let watch = Arc::clone(self);
        Box::new(Watched(Arc::clone(self), move |buffer: &mut [u8]| {
            let Some(waiting) = &watch.waiting else {
                return file.read(buffer);
            };
            loop {
                waiting.wait(&file);
                if watch.is_stopped() {
                    return Ok(0);
                }
                match file.read(buffer) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    read => return read,
                }
            }
        }))
    }

    /// Any reader, under this watch. Nothing can end a read that waits.
    pub(super) fn over(self: &Arc<Self>, mut reader: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        Box::new(Watched(Arc::clone(self), move |buffer: &mut [u8]| {
            reader.read(buffer)
        }))
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("stopped", &self.is_stopped())
            .field("bytes", &self.bytes())
            .field("lines", &self.lines())
            .field("total", &self.total())
            .finish_non_exhaustive()
    }
}

/// A way to read, counted, that ends when the scan is stopped.
struct Watched<F>(Arc<Watch>, F);

impl<F: FnMut(&mut [u8]) -> io::Result<usize>> Read for Watched<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Watched(watch, read) = self;
        // The end, and no `Interrupted`: whatever stands between here and the chunks would try that again for ever.
        if watch.is_stopped() {
            return Ok(0);
        }
        let count = read(buffer)?;
        watch.took_bytes(count as u64);
        Ok(count)
    }
}
