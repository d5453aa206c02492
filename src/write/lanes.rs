//! What lies between a call and the lanes: one encoded line, and when the call returns.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use super::account::Stats;
use super::config::Delivery;
use super::encode::Record;
use super::endpoint::Outlet;
use super::lane::Lane;
use super::life::{self, FAREWELL, Unfinished};
use crate::error::Error;

pub(crate) struct Lanes {
    /// The lane that decides whether an event is written.
    log: Arc<Lane>,
    /// A lane that shows the same events.
    console: Option<Arc<Lane>>,
    /// Takes the same events elsewhere.
    pub(super) outlet: Outlet,
    delivery: Delivery,
    max_wait: Duration,
    /// How long the end of the process has waited for nothing, in milliseconds.
    waited_in_vain: AtomicU64,
}

thread_local! {
    /// The line being encoded. A call takes it out and puts it back, so that a call within a call finds an empty one.
    static LINE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A line buffer that grew beyond this many bytes is not kept.
const KEEP: usize = 64 << 10;

/// How long a console that is shown beside the file is waited for at the end.
const CONSOLE_FAREWELL: Duration = Duration::from_secs(1);

/// How long an endpoint that answers is waited for when the process exits. What it does not get waits in the spool.
const ENDPOINT_FAREWELL: Duration = Duration::from_secs(2);

impl Lanes {
    /// A queue that cannot have its thread is an error of nobody: callers write themselves then.
    pub(crate) fn new(
        log: Lane,
        console: Option<Lane>,
        outlet: Outlet,
        delivery: Delivery,
        max_wait: Duration,
    ) -> Arc<Lanes> {
        let lanes = Arc::new(Lanes {
            log: Arc::new(log),
            console: console.map(Arc::new),
            outlet,
            delivery,
            max_wait,
            waited_in_vain: AtomicU64::new(0),
        });
        life::register(&lanes);
        lanes.log.begin();
        lanes
    }

    /// Takes one event, and returns as its delivery has it.
    #[inline]
    pub(crate) fn deliver(&self, record: &Record<'_, '_>) {
        with_line(|line| {
            self.log.style.encode(record, line);
            match self.delivery {
                Delivery::Write => self.log.write_now(line, record),
                Delivery::Async => match self.log.queue() {
                    Ok(queue) => self.log.enqueue(queue, line, record, self.max_wait),
                    Err(_) => self.log.write_now(line, record),
                },
                Delivery::Durable => drop(self.commit_line(line, record)),
            }
            self.show(record, line);
            self.send(record, line);
        });
    }

    /// Takes one event, and returns when the disk has it.
    ///
    /// # Errors
    /// If it does not, or if that is not known in time.
    pub(crate) fn commit(&self, record: &Record<'_, '_>) -> Result<(), Error> {
        with_line(|line| {
            self.log.style.encode(record, line);
            let committed = self.commit_line(line, record);
            self.show(record, line);
            self.send(record, line);
            committed
        })
    }

    fn commit_line(&self, line: &[u8], record: &Record<'_, '_>) -> Result<(), Error> {
        match self.log.queue() {
            Ok(queue) => self.log.commit(queue, line, record, self.max_wait),
            Err(error) => {
                self.log.write_now(line, record);
                Err(self.log.no_thread(error))
            }
        }
    }

    /// Shows the event on the console, if it has room for it just now.
    #[inline]
    fn show(&self, record: &Record<'_, '_>, line: &mut Vec<u8>) {
        if let Some(console) = &self.console {
            line.clear();
            console.style.encode(record, line);
            match console.queue() {
                Ok(queue) => console.enqueue(queue, line, record, Duration::ZERO),
                Err(_) => console.account.add_refused(1),
            }
        }
    }

    /// Hands the event to the endpoint's spool, if there is one.
    #[inline]
    fn send(&self, record: &Record<'_, '_>, line: &mut Vec<u8>) {
        if let Err(error) = self.outlet.take(record, line) {
            self.log.account.tell(&error);
        }
    }

    pub(crate) fn stats(&self) -> Stats {
        let mut stats = Stats::default();
        self.log.count(&mut stats);
        stats.dropped = stats.dropped_by.total();
        stats.in_flight = stats.emitted - stats.written - stats.dropped;
        stats.console_dropped = self.console.as_ref().map_or(0, |console| console.lost());
        stats
    }

    pub(crate) fn first_loss(&self) -> Option<&Error> {
        self.log.account.first_loss()
    }

    /// Waits until everything that came so far is written, or lost; whether that was in time.
    pub(crate) fn flush(&self, wait: Duration) -> bool {
        let until = Instant::now() + wait;
        let written = self.each(wait, Lane::flush);
        let left = until.saturating_duration_since(Instant::now());
        self.outlet.flush(left) && written
    }

    /// Takes nothing any more, and writes what came so far; whether that was in time.
    pub(crate) fn close(&self, wait: Duration) -> bool {
        let until = Instant::now() + wait;
        let written = self.each(wait, Lane::close);
        self.outlet
            .close(until.saturating_duration_since(Instant::now()));
        written
    }

    fn each(&self, wait: Duration, end: impl Fn(&Lane, Duration) -> bool) -> bool {
        let until = Instant::now() + wait;
        let written = end(&self.log, wait);
        let left = until.saturating_duration_since(Instant::now());
        let shown = self
            .console
            .as_ref()
            .is_none_or(|console| end(console, left));
        written && shown
    }

    pub(crate) fn reopen(&self) -> Result<(), Error> {
        self.log.reopen()
    }
}

impl Unfinished for Lanes {
    /// A log that stands still is waited for once: who ends a process may come here twice, by the guard and at exit.
    fn finish(&self, wait: Duration) {
        let in_vain = Duration::from_millis(self.waited_in_vain.load(Relaxed));
        let wait = wait.min(FAREWELL.saturating_sub(in_vain));
        let began = Instant::now();
        let in_time = self.log.finish(wait);
        let waited = if in_time {
            Duration::ZERO
        } else {
            in_vain + began.elapsed()
        };
        self.waited_in_vain
            .store(waited.as_millis() as u64, Relaxed);
        if let Some(console) = &self.console {
            console.flush(wait.min(CONSOLE_FAREWELL));
        }
        self.outlet.finish(wait.min(ENDPOINT_FAREWELL));
    }
}

/// Gives `work` an empty line buffer, the thread's own if it still has one.
#[inline]
fn with_line<T>(work: impl FnOnce(&mut Vec<u8>) -> T) -> T {
    let mut line = LINE.try_with(Cell::take).unwrap_or_default();
    line.clear();
    let done = work(&mut line);
    if line.capacity() <= KEEP {
        let _ = LINE.try_with(|place| place.set(line));
    }
    done
}
