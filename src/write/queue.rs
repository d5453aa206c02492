//! Lines on their way from callers to the thread that writes them: a queue of bytes, in two halves.
//!
//! ```text
//!   callers ──push──▶ │ lines │ ──take──▶ │ batch │ ──▶ the writing thread, one write a batch
//!                       4 MiB               4 MiB        settle: what became of them
//! ```
//!
//! Callers copy their encoded line into one half under a lock that nobody holds for longer than that; the thread takes the
//! half away whole and leaves the other, emptied. So order is kept, memory is bounded, and nothing is allocated.
//!
//! Nobody is woken for each line. While lines come, the thread looks every [`PAUSE`]; when it found nothing it goes to
//! sleep, and the next line wakes it. A half that fills up, and a caller that waits for the disk, wake it too.
//!
//! Every accepted line has a ticket, one more than the line before it. What became of lines is known up to a ticket; the
//! few that failed are remembered as ranges, for the callers that wait to know.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use super::account::{Gap, Stats, Why};
use crate::event::Timestamp;

/// How long the thread lets lines gather. At a million events a second that is a thousand lines a write.
pub(crate) const PAUSE: Duration = Duration::from_millis(1);

/// A queue that is fuller than one part in so many does not wait for the pause to end.
const EAGER: usize = 8;

/// Ranges of failed lines that are remembered. A caller that is not run while so many batches fail is told that the fate
/// of its line is not known.
const REMEMBERED: usize = 256;

pub(crate) struct Queue {
    state: Mutex<State>,
    /// For callers that wait for room.
    room: Condvar,
    /// For callers that wait for the disk, or for the queue to be empty.
    settled: Condvar,
    /// Bytes of one half.
    limit: usize,
    thread: OnceLock<Thread>,
    asked: AtomicBool,
}

#[derive(Default)]
struct State {
    batch: Batch,
    /// Lines that callers brought, accepted or not.
    offered: u64,
    full: u64,
    shut: u64,
    /// The ticket of the latest line, and the one up to which it is known what became of lines.
    accepted: u64,
    known: u64,
    failures: Failures,
    callers_waiting: u32,
    asleep: bool,
    /// Somebody waits for what is in the queue.
    hurry: bool,
    closed: bool,
    ended: bool,
}

/// Lines that are written together.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) lines: Vec<u8>,
    pub(crate) events: u64,
    /// The times of the first and of the latest event.
    pub(crate) times: Option<(Timestamp, Timestamp)>,
    /// Callers that wait until the disk has it.
    pub(crate) waiting: u32,
    /// Events that were dropped while these lines filled the queue: they are missing behind them.
    pub(crate) gap: Gap,
    first_ticket: u64,
}

/// What became of the lines of a batch.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Settled {
    /// So many at its start are written.
    pub(crate) written: u64,
    /// Why the others are not, as the number of the system's error.
    pub(crate) refused: Option<i32>,
    /// Why the disk may not have those that are.
    pub(crate) unsynced: Option<i32>,
}

/// Why a caller is not told that its line is on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The line is not in the queue: it had no room.
    Full,
    /// The line is not in the queue: the writer is shut down.
    ShutDown,
    /// The system refused to write the line.
    Refused(i32),
    /// The line is written; the disk failed to confirm it.
    Unsynced(i32),
    /// Time is up. The line is written, or will be.
    Late,
}

impl Queue {
    /// A queue of two halves of so many bytes.
    pub(crate) fn new(limit: usize) -> Queue {
        Queue {
            state: Mutex::new(State {
                batch: Batch {
                    lines: Vec::with_capacity(limit),
                    first_ticket: 1,
                    ..Batch::default()
                },
                ..State::default()
            }),
            room: Condvar::new(),
            settled: Condvar::new(),
            limit,
            thread: OnceLock::new(),
            asked: AtomicBool::new(false),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a line into the queue, and waits at most until `deadline` for room. Gives the line's ticket.
    #[inline]
    pub(crate) fn push(
        &self,
        line: &[u8],
        time: Timestamp,
        wait: Duration,
        durable: bool,
    ) -> Result<u64, Trouble> {
        let mut state = self.lock();
        state.offered += 1;
        if state.closed || state.batch.lines.len() + line.len() > self.limit {
            state = self.wait_for_room(state, line.len(), time, wait)?;
        }
        let state = &mut *state;
        let before = state.batch.lines.len();
        state.batch.lines.extend_from_slice(line);
        state.batch.events += 1;
        state.batch.times = match state.batch.times {
            Some((first, _)) => Some((first, time)),
            None => Some((time, time)),
        };
        state.batch.waiting += u32::from(durable);
        state.accepted += 1;
        let eager = self.limit / EAGER;
        let wakes = state.asleep || durable || (before < eager && before + line.len() >= eager);
        state.asleep = false;
        let ticket = state.accepted;
        if wakes {
            self.wake();
        }
        Ok(ticket)
    }

    #[cold]
    fn wait_for_room<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        bytes: usize,
        time: Timestamp,
        wait: Duration,
    ) -> Result<MutexGuard<'a, State>, Trouble> {
        let began = Instant::now();
        loop {
            if state.closed {
                state.shut += 1;
                return Err(Trouble::ShutDown);
            }
            if state.batch.lines.len() + bytes <= self.limit {
                return Ok(state);
            }
            let left = wait.saturating_sub(began.elapsed());
            if left.is_zero() {
                state.full += 1;
                state.batch.gap.add(1, Why::QueueFull, time, time);
                return Err(Trouble::Full);
            }
            self.wake();
            state.callers_waiting += 1;
            let waited = self.room.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            state.callers_waiting -= 1;
        }
    }

    /// Wakes the thread for something else than lines, unless it was asked already.
    #[inline]
    pub(crate) fn ask(&self) {
        if !self.asked.load(Relaxed) && !self.asked.swap(true, Relaxed) {
            self.wake();
        }
    }

    fn wake(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }

    /// The thread that empties the queue from now on.
    pub(crate) fn set_thread(&self, thread: Thread) {
        let _ = self.thread.set(thread);
    }

    /// Waits until something became of the line with this ticket, as long as `left` lasts.
    pub(crate) fn wait_for(&self, ticket: u64, wait: Duration) -> Result<(), Trouble> {
        let began = Instant::now();
        let mut state = self.lock();
        loop {
            if state.known >= ticket {
                return state.failures.of(ticket);
            }
            let left = wait.saturating_sub(began.elapsed());
            if left.is_zero() {
                return Err(Trouble::Late);
            }
            let waited = self.settled.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until something became of every line that is in the queue now; whether it did in time.
    pub(crate) fn flush(&self, wait: Duration) -> bool {
        let ticket = {
            let mut state = self.lock();
            if state.known < state.accepted {
                state.hurry = true;
            }
            state.accepted
        };
        self.wake();
        self.wait_for(ticket, wait) != Err(Trouble::Late)
    }

    /// Takes no more lines; those it has are still written.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.wake();
        self.room.notify_all();
    }

    /// Adds what it knows to `stats`.
    pub(crate) fn count(&self, stats: &mut Stats) {
        let state = self.lock();
        stats.emitted += state.offered;
        stats.dropped_by.queue_full += state.full;
        stats.dropped_by.shut_down += state.shut;
    }

    /// The other half.
    pub(crate) fn other_half(&self) -> Batch {
        Batch {
            lines: Vec::with_capacity(self.limit),
            ..Batch::default()
        }
    }

    /// The next lines, into `batch`, whose emptied half is kept for the lines after them. Waits for lines as long as there
    /// are none, at most until `until`, or until somebody has [asked](Queue::ask) for the thread.
    pub(crate) fn take(&self, batch: &mut Batch, until: Option<Instant>) -> Taken {
        loop {
            let mut state = self.lock();
            if state.batch.events > 0 || !state.batch.gap.is_empty() {
                self.swap(&mut state, batch);
                return Taken::Lines;
            }
            if state.closed {
                state.ended = true;
                return Taken::End;
            }
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) || self.asked.swap(false, Relaxed) {
                return Taken::Nothing;
            }
            state.asleep = true;
            drop(state);
            match left {
                Some(left) => thread::park_timeout(left),
                None => thread::park(),
            }
        }
    }

    fn swap(&self, state: &mut State, batch: &mut Batch) {
        let mut lines = std::mem::take(&mut batch.lines);
        lines.clear();
        let next = Batch {
            lines,
            first_ticket: state.accepted + 1,
            ..Batch::default()
        };
        *batch = std::mem::replace(&mut state.batch, next);
        if state.callers_waiting > 0 {
            self.room.notify_all();
        }
    }

    /// Lets lines gather, unless somebody waits for them.
    pub(crate) fn pause(&self) {
        let state = self.lock();
        let eager = state.hurry
            || state.closed
            || state.batch.waiting > 0
            || state.batch.lines.len() >= self.limit / EAGER;
        drop(state);
        if !eager {
            thread::park_timeout(PAUSE);
        }
    }

    /// Waits until as many callers wait for the disk as did before, at most so long: those that were just told are about
    /// to come back, and one `fdatasync` for all of them is cheaper than two. Nobody else is kept waiting for that.
    pub(crate) fn gather(&self, callers: u32, wait: Duration) {
        let until = Instant::now() + wait;
        loop {
            let state = self.lock();
            let somebody_waits = state.hurry || state.closed || state.callers_waiting > 0;
            if somebody_waits || state.batch.waiting >= callers {
                return;
            }
            drop(state);
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            thread::park_timeout(left);
        }
    }

    /// Says what became of a batch.
    pub(crate) fn settle(&self, batch: &Batch, settled: Settled) {
        let mut state = self.lock();
        let (first, end) = (batch.first_ticket, batch.first_ticket + batch.events);
        let refused = first + settled.written;
        if let Some(errno) = settled.unsynced {
            state.failures.add(first, refused, Trouble::Unsynced(errno));
        }
        if let Some(errno) = settled.refused {
            state.failures.add(refused, end, Trouble::Refused(errno));
        }
        state.known = end - 1;
        if state.known == state.accepted {
            state.hurry = false;
        }
        drop(state);
        self.settled.notify_all();
    }
}

/// What [`Queue::take`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    Lines,
    /// Nothing, and time is up.
    Nothing,
    /// The queue is closed, and empty.
    End,
}

/// Lines that failed, oldest first.
#[derive(Default)]
struct Failures {
    ranges: VecDeque<(u64, u64, Trouble)>,
    /// Nothing is known any more of failures before this ticket.
    forgotten: u64,
}

impl Failures {
    fn add(&mut self, first: u64, end: u64, trouble: Trouble) {
        if first == end {
            return;
        }
        if self.ranges.len() == REMEMBERED
            && let Some((_, end, _)) = self.ranges.pop_front()
        {
            self.forgotten = end;
        }
        self.ranges.push_back((first, end, trouble));
    }

    fn of(&self, ticket: u64) -> Result<(), Trouble> {
        if ticket < self.forgotten {
            return Err(Trouble::Late);
        }
        let found = self
            .ranges
            .iter()
            .find(|(first, end, _)| (*first..*end).contains(&ticket));
        found.map_or(Ok(()), |(_, _, trouble)| Err(*trouble))
    }
}

/// The number of an error of the operating system; `EIO` where it has none, as for a write that takes nothing.
pub(crate) fn errno(error: &io::Error) -> i32 {
    error.raw_os_error().unwrap_or(libc::EIO)
}

#[cfg(test)]
mod tests;
