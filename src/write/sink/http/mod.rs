//! The endpoint: events are POSTed as JSON Lines, in batches, and lie on the disk until somebody has them.
//!
//! The caller's thread writes a line into a segment of the spool and goes on; a thread of its own takes sealed segments
//! to the endpoint. Neither waits for the other.
//!
//! ```text
//!    first event        256 KiB, or 1 s old and nothing        2xx, to the end
//!        │              older waits                                 │
//!        ▼                   ▼                                      ▼
//!     growing ───────────▶ sealed ───────────▶ on its way ───────▶ gone
//!        │                   ▲  ▲                  │  │
//!        │ process dies      │  └──────────────────┘  └───────────▶ refused/
//!        ▼                   │    anything else:           400 or 422, five times; 413 of a single event
//!     orphan ────────────────┘    wait, again
//!             next start, or another process within 30 s: cut after its last whole line
//! ```
//!
//! # What a receiver sees
//!
//! `POST`, `Content-Type: application/x-ndjson`, one event a line. `Batch-Id` is the same whenever the same bytes are
//! sent, and never the same for others: 32 hexadecimal digits of the writing process, and the number of the batch. A
//! batch can arrive twice, when its answer was lost; a receiver that has its id already answers 2xx and drops it.
//! `Batch-Events` is how many lines there are. Batches of one process come in order. A batch that was too large (413)
//! comes in halves, whose ids are `….0` and `….1`.
//!
//! A receiver answers 2xx when it has the batch safe. 400 and 422 say that something is wrong with this very batch: after
//! five times it is set aside. Everything else says that it may work later, 401, 403 and 404 too: batches wait in
//! order, longer each time, 60 s at most, or as long as `Retry-After` asks (an hour at most). Redirects are not followed.
//!
//! # What is lost, and when
//!
//! Nothing but what does not fit: the spool has a bound (64 MiB, all processes that share it together; files count in
//! blocks of 4 KiB). What comes when it is full, or when the disk is, is refused and counted, and once there is room
//! the stream itself says how much: `log.gap`. An accepted event survives the process. It survives a power cut once its
//! batch was sent for the first time; before that it is as safe as the system's cache.

mod parts;
mod post;
mod queue;
mod retry;
mod segment;
mod sender;
mod spool;
mod target;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind};
use crate::event::Timestamp;
use crate::write::account::Hook;
use crate::write::style::Style;
use queue::Queue;
use sender::Sender;
use spool::Folder;

pub(crate) use target::Target;

/// What an endpoint needs to know.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) target: Target,
    /// The folder of the spool.
    pub(crate) spool: PathBuf,
    pub(crate) limits: Limits,
    /// How records are written that it adds itself.
    pub(crate) style: Style,
    pub(crate) on_error: Hook,
}

/// How much, how long, how often.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// Bytes of the whole spool, all processes together.
    pub(crate) spool_bytes: u64,
    /// Bytes of a batch; one event that is larger is a batch of its own.
    pub(crate) batch_bytes: u64,
    /// The longest an event waits for company.
    pub(crate) batch_age: Duration,
    /// The longest a connection may take.
    pub(crate) connect: Duration,
    /// The longest a request may take, connection and answer included.
    pub(crate) request: Duration,
    /// The wait after the first failure.
    pub(crate) first_retry: Duration,
    /// The longest wait that is not asked for.
    pub(crate) longest_retry: Duration,
    /// How often a batch is refused (400, 422) before it is set aside.
    pub(crate) refusals: u32,
    /// How often to look for what dead processes left.
    pub(crate) look: Duration,
    /// How long an outage that lasts is not told again.
    pub(crate) tell_again: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            spool_bytes: 64 << 20,
            batch_bytes: 256 << 10,
            batch_age: Duration::from_secs(1),
            connect: Duration::from_secs(5),
            request: Duration::from_secs(30),
            first_retry: Duration::from_millis(500),
            longest_retry: Duration::from_secs(60),
            refusals: 5,
            look: Duration::from_secs(30),
            tell_again: Duration::from_secs(60),
        }
    }
}

/// What became of the events for the endpoint, of this process.
///
/// `spooled + adopted = delivered + refused + missing + waiting`, gap records included, once the sender rests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EndpointStats {
    /// Events that were taken, and lie in the spool until they are delivered.
    pub spooled: u64,
    /// Events of processes that are gone, which this one has taken over.
    pub adopted: u64,
    /// Events the endpoint has.
    pub delivered: u64,
    /// Events the endpoint refuses; they are kept in the spool's folder `refused`.
    pub refused: u64,
    /// Events whose segment somebody has removed from the spool.
    pub missing: u64,
    /// Events that were not taken: the spool was full, or could not be written.
    pub dropped: u64,
    /// Records in the stream that say what was not taken.
    pub gaps: u64,
    /// Batches, or parts of one, the endpoint has.
    pub batches: u64,
    /// Requests made.
    pub attempts: u64,
    /// Requests that have failed and were or will be made again.
    pub failures: u64,
    /// Batches that wait now.
    pub waiting_batches: u64,
    /// Their bytes.
    pub waiting_bytes: u64,
}

/// What the endpoint did not get; it waits in the spool for the next start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Undelivered {
    pub(crate) batches: u64,
    pub(crate) bytes: u64,
}

/// The sink.
pub(crate) struct Endpoint {
    instance: Instance,
}

/// The writing side of one process.
struct Instance {
    /// The process it belongs to.
    owner: u32,
    shared: Arc<Shared>,
    /// The instance of a forked child, which has its parent's memory, but neither its thread nor any business in its
    /// folder. Without a lock, which another thread of the parent might have held.
    child: OnceLock<Box<Instance>>,
}

/// What callers and the sender share.
struct Shared {
    settings: Settings,
    folder: Folder,
    queue: Mutex<Queue>,
    /// Something to send, or the end.
    wake: Condvar,
    /// Something was sent, or the sender has ended.
    progress: Condvar,
}

impl Endpoint {
    /// Opens the spool and starts to send.
    ///
    /// # Errors
    /// If the spool's folder cannot be made, or no thread be started.
    pub(crate) fn open(settings: Settings) -> Result<Endpoint, Error> {
        let path = settings.spool.clone();
        let instance =
            Instance::start(settings).map_err(|error| Error::io("spool to", &path, error))?;
        Ok(Endpoint { instance })
    }

    /// Takes one event, a line with its newline: it is in the hands of the operating system when the call returns.
    ///
    /// # Errors
    /// If the spool is full (`StorageFull`) or cannot be written. The event is counted then, and the stream will say
    /// that it is missing.
    pub(crate) fn append(&self, line: &[u8], time: Timestamp) -> io::Result<()> {
        self.instance.own_or_start()?.append(line, time)
    }

    /// Sends what there is, without waiting for more, and waits until it is delivered. `false`: not within `timeout`.
    pub(crate) fn flush(&self, timeout: Duration) -> bool {
        self.instance
            .own()
            .is_none_or(|instance| instance.flush(timeout, false))
    }

    /// The same, but does not wait for an endpoint that fails.
    pub(crate) fn flush_unless_away(&self, timeout: Duration) {
        if let Some(instance) = self.instance.own() {
            instance.flush(timeout, true);
        }
    }

    /// Takes no more events, sends what there is for as long as that works, `timeout` at most, and ends. The rest waits in
    /// the spool for the next start.
    pub(crate) fn shutdown(&self, timeout: Duration) -> Undelivered {
        self.instance
            .own()
            .map_or_else(Undelivered::default, |instance| instance.shutdown(timeout))
    }

    pub(crate) fn stats(&self) -> EndpointStats {
        self.instance
            .own()
            .map_or_else(EndpointStats::default, |instance| instance.shared.stats())
    }
}

/// Whoever has not shut it down does not wait for it either.
impl Drop for Endpoint {
    fn drop(&mut self) {
        self.shutdown(Duration::ZERO);
    }
}

impl Instance {
    fn start(settings: Settings) -> io::Result<Instance> {
        let folder = Folder::create(&settings.spool)?;
        let style = settings.style.clone();
        let others = spool::taken_by_others(&settings.spool, &folder.id);
        let shared = Arc::new(Shared {
            settings,
            folder,
            queue: Mutex::new(Queue::new(others, style)),
            wake: Condvar::new(),
            progress: Condvar::new(),
        });
        let sending = Arc::clone(&shared);
        let thread = thread::Builder::new().name("authmeter-http".to_owned());
        if let Err(error) = thread.spawn(move || sending.send()) {
            shared.folder.give_back();
            return Err(error);
        }
        Ok(Instance {
            owner: std::process::id(),
            shared,
            child: OnceLock::new(),
        })
    }

    /// The instance of this process, if it has one.
    fn own(&self) -> Option<&Instance> {
        let mut instance = self;
        while instance.owner != std::process::id() {
            instance = instance.child.get()?;
        }
        Some(instance)
    }

    fn own_or_start(&self) -> io::Result<&Instance> {
        match self.own() {
            Some(instance) => Ok(instance),
            None => self.start_in_child(),
        }
    }

    #[cold]
    fn start_in_child(&self) -> io::Result<&Instance> {
        let mut last = self;
        while let Some(child) = last.child.get() {
            last = child;
        }
        last.shared.folder.disown();
        let started = Instance::start(self.shared.settings.clone())?;
        // Two threads may have come here; the second one's instance is not needed.
        if let Err(second) = last.child.set(Box::new(started)) {
            second.shutdown(Duration::ZERO);
        }
        self.own()
            .ok_or_else(|| io::Error::other("no instance of this process"))
    }

    fn append(&self, line: &[u8], time: Timestamp) -> io::Result<()> {
        let Shared {
            settings, folder, ..
        } = &*self.shared;
        let is_news = self
            .shared
            .queue()
            .append(line, time, folder, &settings.limits)?;
        if is_news {
            self.shared.wake.notify_one();
        }
        Ok(())
    }

    fn flush(&self, timeout: Duration, unless_away: bool) -> bool {
        let mut queue = self.shared.queue();
        let newest = queue.newest();
        queue.hurry = newest;
        self.shared.wake.notify_one();
        let waited = self
            .shared
            .progress
            .wait_timeout_while(queue, timeout, |queue| {
                !(queue.is_delivered(newest) || queue.stopped || unless_away && queue.is_away)
            });
        let (queue, _) = waited.unwrap_or_else(PoisonError::into_inner);
        queue.is_delivered(newest)
    }

    fn shutdown(&self, timeout: Duration) -> Undelivered {
        let mut queue = self.shared.queue();
        if queue.stop.is_none() {
            let Shared {
                settings, folder, ..
            } = &*self.shared;
            // What cannot be written cannot be said.
            let _ = queue.state_gap(folder, &settings.limits, true);
            queue.stop = Instant::now().checked_add(timeout).or(Some(Instant::now()));
        }
        self.shared.wake.notify_one();
        let waited = self
            .shared
            .progress
            .wait_timeout_while(queue, timeout, |queue| !queue.stopped);
        let (queue, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let (batches, bytes) = queue.left();
        Undelivered { batches, bytes }
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sender's thread. A panic of the client would not end the deliveries.
    fn send(self: Arc<Shared>) {
        loop {
            let sender = Sender::new(Arc::clone(&self));
            let ended = catch_unwind(AssertUnwindSafe(|| sender.run()));
            if ended.is_ok() || self.queue().stop.is_some() {
                break;
            }
            self.queue().adopted.clear();
            thread::sleep(self.settings.limits.first_retry);
        }
        let mut queue = self.queue();
        queue.seal(&self.folder);
        self.folder.give_back();
        queue.stopped = true;
        drop(queue);
        self.progress.notify_all();
    }

    /// Looks how much room the rest of the spool takes.
    fn measure(&self) {
        let others = spool::taken_by_others(&self.settings.spool, &self.folder.id);
        self.queue().others = others;
    }

    fn report(&self, what: String) {
        let origin = self.settings.target.origin().to_owned();
        let error = ErrorKind::Endpoint { origin, what }.into();
        // A panic of theirs is theirs: deliveries go on.
        let _ = catch_unwind(AssertUnwindSafe(|| (self.settings.on_error)(&error)));
    }

    fn stats(&self) -> EndpointStats {
        let queue = self.queue();
        let counts = queue.counts;
        let (waiting_batches, waiting_bytes) = queue.left();
        EndpointStats {
            spooled: counts.spooled,
            adopted: counts.adopted,
            delivered: counts.delivered,
            refused: counts.refused,
            missing: counts.missing,
            dropped: counts.dropped,
            gaps: counts.gaps,
            batches: counts.batches,
            attempts: counts.attempts,
            failures: counts.failures,
            waiting_batches,
            waiting_bytes,
        }
    }
}

#[cfg(test)]
mod tests;
