//! What lies between a call and the sinks: when a line is written, and the account of what became of it.
//!
//! There is one way now, `write`: the call returns when the operating system has the line. A queue, or a wait for the
//! disk, would be another way from an encoded line to [`Sink::write`]; neither callers nor sinks would notice.

use std::cell::Cell;
use std::io;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use super::encode::Record;
use super::sink::Sink;
#[cfg(feature = "http")]
use super::{encode, sink::http::Endpoint};
use crate::error::Error;

/// What became of the events so far.
///
/// `emitted = written + dropped`, as long as no call is under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Events the application emitted.
    pub emitted: u64,
    /// Events whose line is where it belongs: in the file, or on the console if there is no file.
    pub written: u64,
    /// Events that are lost.
    pub dropped: u64,
    /// Console lines that are lost although the file has the event (`METRICS_FORMAT=both`).
    pub console_failed: u64,
}

/// Lines on their way to the sinks.
pub(crate) struct Delivery {
    /// The sink that decides whether an event is written.
    trail: Box<dyn Sink>,
    /// A sink that shows the same events; what happens to it never matters to the trail.
    mirror: Option<Box<dyn Sink>>,
    /// Takes the same events elsewhere; it counts for itself.
    #[cfg(feature = "http")]
    pub(super) endpoint: Option<Endpoint>,
    emitted: AtomicU64,
    written: AtomicU64,
    dropped: AtomicU64,
    mirror_failed: AtomicU64,
    first_loss: OnceLock<Error>,
}

thread_local! {
    /// The line being encoded. A call takes it out and puts it back, so that a call within a call finds an empty one.
    static LINE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A line buffer that grew beyond this many bytes is not kept.
const KEEP: usize = 64 << 10;

impl Delivery {
    pub(crate) fn new(trail: Box<dyn Sink>, mirror: Option<Box<dyn Sink>>) -> Delivery {
        Delivery {
            trail,
            mirror,
            #[cfg(feature = "http")]
            endpoint: None,
            emitted: AtomicU64::new(0),
            written: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            mirror_failed: AtomicU64::new(0),
            first_loss: OnceLock::new(),
        }
    }

    /// Writes one event to the trail, then to the mirror.
    pub(crate) fn deliver(&self, record: &Record<'_, '_>) {
        self.emitted.fetch_add(1, Relaxed);
        // A thread that is ending may have lost its buffer already.
        let mut line = LINE.try_with(Cell::take).unwrap_or_default();
        match put(&*self.trail, record, &mut line) {
            Ok(()) => self.written.fetch_add(1, Release),
            Err(error) => self.drop_one(error),
        };
        if let Some(mirror) = &self.mirror
            && put(&**mirror, record, &mut line).is_err()
        {
            self.mirror_failed.fetch_add(1, Relaxed);
        }
        #[cfg(feature = "http")]
        if let Some(endpoint) = &self.endpoint {
            line.clear();
            encode::json(record, &mut line);
            let _ = endpoint.append(&line, record.time);
        }
        if line.capacity() <= KEEP {
            let _ = LINE.try_with(|place| place.set(line));
        }
    }

    #[cold]
    fn drop_one(&self, error: io::Error) -> u64 {
        self.first_loss
            .get_or_init(|| Error::io("write to", self.trail.path(), error));
        self.dropped.fetch_add(1, Release)
    }

    pub(crate) fn stats(&self) -> Stats {
        Stats {
            // Whoever sees an event written or dropped sees it emitted too, because that is read last: it is never less
            // than the others add up to.
            written: self.written.load(Acquire),
            dropped: self.dropped.load(Acquire),
            console_failed: self.mirror_failed.load(Relaxed),
            emitted: self.emitted.load(Relaxed),
        }
    }

    /// Why the first event that is lost was lost.
    pub(crate) fn first_loss(&self) -> Option<&Error> {
        self.first_loss.get()
    }
}

fn put(sink: &dyn Sink, record: &Record<'_, '_>, line: &mut Vec<u8>) -> io::Result<()> {
    line.clear();
    sink.encode(record, line);
    sink.write(line, record.time)
}
