//! The account of a writer: what became of every event, and who is told of errors.
//!
//! Counts only grow. They are kept apart by who knows them: a call that writes itself, the queue (under its own lock, see
//! [`queue`](super::queue)), the thread that empties it. What they add up to is [`Stats`].

use std::fmt::Write as _;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::event::{Fields, Outcome, Timestamp, fields};

/// What became of the events so far.
///
/// `emitted = written + dropped + in_flight`, always, and `dropped` is the sum of [`dropped_by`](Stats::dropped_by).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Events the application emitted.
    pub emitted: u64,
    /// Events whose line is where it belongs: in the file, or on the console if there is no file. What the disk has of the
    /// file after a power loss is another question, see [`unsynced`](Stats::unsynced).
    pub written: u64,
    /// Events that are lost.
    pub dropped: u64,
    /// Why they are lost.
    pub dropped_by: Drops,
    /// Events that are on their way: in the queue, or in a call that has not returned.
    pub in_flight: u64,
    /// Events that were to be confirmed by the disk and were not, or not in time. They are written, or on their way.
    pub unsynced: u64,
    /// Console lines that are lost although the file has the event (`METRICS_FORMAT=both`).
    pub console_dropped: u64,
    /// Records `log.gap` in the log: each says how many events are missing before it.
    pub gaps: u64,
    /// Records `log.seal` in the log.
    pub seals: u64,
    /// How often something went wrong: the operating system refused a write, an `fdatasync` or a rotation, a queue was full,
    /// the disk was late, an event came after the end.
    pub errors: u64,
}

/// Lost events by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drops {
    /// They came before the global writer was initialized.
    pub uninitialized: u64,
    /// The queue was full, and had no room in time.
    pub queue_full: u64,
    /// The operating system refused to write them.
    pub refused: u64,
    /// They came after the writer was shut down.
    pub shut_down: u64,
}

impl Drops {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.uninitialized + self.queue_full + self.refused + self.shut_down
    }
}

/// What a writer that is shut down has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Events whose line is where it belongs.
    pub written: u64,
    /// Events that are lost, with those that were still on their way when time was up.
    pub lost: u64,
}

impl From<Stats> for Report {
    fn from(stats: Stats) -> Report {
        Report {
            written: stats.written,
            lost: stats.emitted - stats.written,
        }
    }
}

/// Whom errors are told.
pub(crate) type Hook = Arc<dyn Fn(&Error) + Send + Sync>;

/// At most one error in so long a time reaches the hook: a full disk fails every event.
const SAY_EVERY: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(crate) struct Account {
    /// Events of calls that write themselves.
    emitted: AtomicU64,
    written: AtomicU64,
    refused: AtomicU64,
    shut_down: AtomicU64,
    unsynced: AtomicU64,
    gaps: AtomicU64,
    seals: AtomicU64,
    errors: AtomicU64,
    first_loss: OnceLock<Error>,
    said: Mutex<Option<Instant>>,
    hook: Option<Hook>,
}

impl Account {
    pub(crate) fn new(hook: Option<Hook>) -> Account {
        Account {
            hook,
            ..Account::default()
        }
    }

    #[inline]
    pub(crate) fn add_emitted(&self) {
        self.emitted.fetch_add(1, Relaxed);
    }

    pub(crate) fn emitted(&self) -> u64 {
        self.emitted.load(Relaxed)
    }

    pub(crate) fn add_unsynced(&self) {
        self.unsynced.fetch_add(1, Relaxed);
    }

    pub(crate) fn add_shut_down(&self) {
        self.shut_down.fetch_add(1, Release);
    }

    pub(crate) fn add_written(&self, events: u64) {
        self.written.fetch_add(events, Release);
    }

    pub(crate) fn add_refused(&self, events: u64) {
        self.refused.fetch_add(events, Release);
    }

    pub(crate) fn add_gap(&self) {
        self.gaps.fetch_add(1, Relaxed);
    }

    pub(crate) fn add_seals(&self, seals: u64) {
        self.seals.fetch_add(seals, Relaxed);
    }

    /// Adds what it knows to `stats`. Whoever sees an event written or dropped sees it emitted too, because that is read
    /// last, by the caller.
    pub(crate) fn settled(&self, stats: &mut Stats) {
        stats.written += self.written.load(Acquire);
        stats.dropped_by.refused += self.refused.load(Acquire);
        stats.dropped_by.shut_down += self.shut_down.load(Acquire);
        stats.unsynced = self.unsynced.load(Relaxed);
        stats.gaps = self.gaps.load(Relaxed);
        stats.seals = self.seals.load(Relaxed);
        stats.errors = self.errors.load(Relaxed);
    }

    /// Why the first lost event was lost.
    pub(crate) fn first_loss(&self) -> Option<&Error> {
        self.first_loss.get()
    }

    pub(crate) fn set_first_loss(&self, error: impl FnOnce() -> Error) {
        self.first_loss.get_or_init(error);
    }

    /// Tells of an error of the operating system, unless another was told just now. The caller holds no lock: a hook may
    /// emit events.
    #[cold]
    pub(crate) fn tell(&self, error: &Error) {
        self.errors.fetch_add(1, Relaxed);
        {
            let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
            if said.is_some_and(|said| said.elapsed() < SAY_EVERY) {
                return;
            }
            *said = Some(Instant::now());
        }
        if let Some(hook) = &self.hook {
            // Whoever emits an event does not expect it to panic.
            let _ = catch_unwind(AssertUnwindSafe(|| hook(error)));
        }
    }
}

/// One line on stderr. If there is no stderr, nobody is there to tell.
pub(crate) fn say(sentence: std::fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stderr(), "authmeter: {sentence}");
}

/// Events that are missing from a log, one after another.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Gap {
    dropped: u64,
    why: Why,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

/// Why events are missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Why {
    #[default]
    QueueFull,
    DiskFull,
    Refused,
}

impl Why {
    pub(crate) fn of(error: &std::io::Error) -> Why {
        use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        match error.kind() {
            StorageFull | QuotaExceeded | FileTooLarge => Why::DiskFull,
            _ => Why::Refused,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Why::QueueFull => "queue full",
            Why::DiskFull => "disk full",
            Why::Refused => "write refused",
        }
    }
}

impl Gap {
    pub(crate) fn is_empty(&self) -> bool {
        self.dropped == 0
    }

    pub(crate) fn to(&self) -> Option<Timestamp> {
        self.to
    }

    /// Events of these times are missing too. The reason of the first is kept.
    pub(crate) fn add(&mut self, dropped: u64, why: Why, from: Timestamp, to: Timestamp) {
        if self.is_empty() {
            *self = Gap {
                dropped,
                why,
                from: Some(from),
                to: Some(to),
            };
            return;
        }
        self.dropped += dropped;
        self.from = self.from.min(Some(from));
        self.to = self.to.max(Some(to));
    }

    pub(crate) fn merge(&mut self, other: Gap) {
        if let Gap {
            dropped,
            why,
            from: Some(from),
            to: Some(to),
        } = other
        {
            self.add(dropped, why, from, to);
        }
    }

    /// Gives `write` the record that tells of the gap: its reason and its fields.
    pub(crate) fn told(&self, write: impl FnOnce(&str, Outcome, &str, &Fields<'_>)) {
        let [from, to] = [self.from, self.to].map(|time| {
            let mut text = String::new();
            if let Some(time) = time {
                let _ = write!(text, "{}", Millis(time));
            }
            text
        });
        let about = fields()
            .meta("dropped", self.dropped)
            .meta("from", &from)
            .meta("to", &to);
        write(GAP, Outcome::Failure, self.why.name(), &about);
    }
}

/// The name of the record that says how many events are missing before it.
const GAP: &str = "log.gap";

/// A time as lines have it.
struct Millis(Timestamp);

impl std::fmt::Display for Millis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = self.0.to_millis_text();
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}
