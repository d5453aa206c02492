//! A lane: one sink, the way lines get there, and the account of what became of them. A writer has one for its log, and
//! one more for the console where events are shown beside the file; what happens on that one never matters to the other.
//!
//! ```text
//!   write_now     the caller's thread: one write a line
//!   enqueue       the queue; a thread of the lane's own: one write for many lines
//!   commit        the queue; the caller waits until the disk has its line
//! ```

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use super::account::{Account, Stats, Why};
use super::encode::Record;
use super::queue::{Batch, PAUSE, Queue, Settled, Taken, Trouble, errno};
use super::sink::Sink;
use super::sink::file::lock_chain;
use super::style::Style;
use super::trail::Trail;
use crate::error::{Error, ErrorKind};

pub(crate) struct Lane {
    pub(crate) style: Style,
    pub(crate) account: Account,
    /// What errors name.
    place: PathBuf,
    trail: Mutex<Trail>,
    /// Made with its thread when it is first needed.
    queue: OnceLock<Queue>,
    /// Bytes of one half of the queue.
    half: usize,
    /// Held while the queue is made, and while the lane is closed: a queue that is made later is closed from the start.
    starting: Mutex<()>,
    is_closed: AtomicBool,
    is_sealed: bool,
}

impl Lane {
    pub(crate) fn new(style: Style, sink: Box<dyn Sink>, account: Account, half: usize) -> Lane {
        let trail = Trail::new(sink);
        Lane {
            style,
            account,
            place: trail.path(),
            trail: Mutex::new(trail),
            queue: OnceLock::new(),
            half,
            starting: Mutex::new(()),
            is_closed: AtomicBool::new(false),
            is_sealed: false,
        }
    }

    /// A lane whose thread seals what is written.
    pub(crate) fn sealed(mut self) -> Lane {
        self.is_sealed = true;
        self
    }

    fn trail(&self) -> MutexGuard<'_, Trail> {
        self.trail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn starting(&self) -> MutexGuard<'_, ()> {
        self.starting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The queue; the first call makes it and starts the thread that empties it.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(crate) fn queue(self: &Arc<Lane>) -> io::Result<&Queue> {
        if let Some(queue) = self.queue.get() {
            return Ok(queue);
        }
        let _starting = self.starting();
        if let Some(queue) = self.queue.get() {
            return Ok(queue);
        }
        let lane = Arc::clone(self);
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let thread = thread::Builder::new()
            .name("authmeter".to_owned())
            .spawn(move || {
                // The queue is there as soon as somebody says so.
                if wait.recv().is_ok() {
                    lane.empty();
                }
            })?;
        let queue = self.queue.get_or_init(|| Queue::new(self.half));
        queue.set_thread(thread.thread().clone());
        if self.is_closed.load(Relaxed) {
            queue.close();
        }
        let _ = go.send(());
        Ok(queue)
    }

    /// Starts the thread where it has something to do even if no line comes: a line may wait for its seal.
    pub(crate) fn begin(self: &Arc<Lane>) {
        if self.is_sealed {
            // Where there is no thread, the next line asks again.
            let _ = self.queue();
        }
    }

    /// Writes a line in the caller's thread.
    #[inline]
    pub(crate) fn write_now(self: &Arc<Lane>, line: &[u8], record: &Record<'_, '_>) {
        self.account.add_emitted();
        if self.is_closed.load(Relaxed) {
            return self.too_late();
        }
        let times = (record.time, record.time);
        let mut trail = self.trail();
        // It may have been closed while this call waited for its turn.
        if self.is_closed.load(Relaxed) {
            drop(trail);
            return self.too_late();
        }
        match trail.write(line, times, &self.style, &self.account) {
            Ok(()) => {
                self.account.add_written(1);
                let trouble = trail.trouble();
                let seal_is_due = self.is_sealed && trail.sink().seal_is_due();
                drop(trail);
                if seal_is_due && let Ok(queue) = self.queue() {
                    queue.ask();
                }
                if let Some(error) = trouble {
                    self.account.tell(&error);
                }
            }
            Err(cut) => {
                trail.lost(1, Why::of(&cut.error), times.0, times.1);
                drop(trail);
                self.refused(1, cut.error);
            }
        }
    }

    #[cold]
    fn too_late(&self) {
        self.account.add_shut_down();
        self.not_taken(Trouble::ShutDown, Duration::ZERO);
    }

    #[cold]
    fn refused(&self, events: u64, error: io::Error) {
        self.account.add_refused(events);
        let error = self.error("write to", error);
        self.account.tell(&error);
        self.account.set_first_loss(|| error);
    }

    fn error(&self, action: &'static str, error: io::Error) -> Error {
        Error::io(action, &self.place, error)
    }

    /// Puts a line into the queue.
    #[inline]
    pub(crate) fn enqueue(
        &self,
        queue: &Queue,
        line: &[u8],
        record: &Record<'_, '_>,
        wait: Duration,
    ) {
        if let Err(trouble) = queue.push(line, record.time, wait, false) {
            self.not_taken(trouble, wait);
        }
    }

    #[cold]
    fn not_taken(&self, trouble: Trouble, waited: Duration) {
        let error = self.explain(trouble, waited);
        self.account.tell(&error);
        self.account.set_first_loss(|| error);
    }

    /// Puts a line into the queue and waits until the disk has it.
    ///
    /// # Errors
    /// If it does not, or if that is not known in time.
    pub(crate) fn commit(
        &self,
        queue: &Queue,
        line: &[u8],
        record: &Record<'_, '_>,
        wait: Duration,
    ) -> Result<(), Error> {
        let began = Instant::now();
        let committed = queue
            .push(line, record.time, wait, true)
            .and_then(|ticket| queue.wait_for(ticket, wait.saturating_sub(began.elapsed())));
        committed.map_err(|trouble| {
            match trouble {
                Trouble::Late => {
                    self.account.add_unsynced();
                    self.account.tell(&self.explain(trouble, wait));
                }
                Trouble::Unsynced(_) => self.account.add_unsynced(),
                Trouble::Full | Trouble::ShutDown => self.not_taken(trouble, wait),
                Trouble::Refused(_) => {}
            }
            self.explain(trouble, wait)
        })
    }

    pub(crate) fn no_thread(&self, error: io::Error) -> Error {
        self.error("start a thread for", error)
    }

    fn explain(&self, trouble: Trouble, waited: Duration) -> Error {
        let path = || self.place.clone();
        match trouble {
            Trouble::Full => ErrorKind::QueueFull { waited }.into(),
            Trouble::ShutDown => ErrorKind::ShutDown.into(),
            Trouble::Late => ErrorKind::NotConfirmed {
                path: path(),
                waited,
            }
            .into(),
            Trouble::Refused(errno) => self.error("write to", io::Error::from_raw_os_error(errno)),
            Trouble::Unsynced(errno) => {
                self.error("synchronize", io::Error::from_raw_os_error(errno))
            }
        }
    }

    /// Writes what comes into the queue until it is closed: the life of the lane's thread.
    fn empty(&self) {
        let Some(queue) = self.queue.get() else {
            return;
        };
        let mut batch = queue.other_half();
        let mut unsealed = Vec::new();
        let mut tick = Instant::now() + TICK;
        loop {
            let taken = queue.take(&mut batch, self.is_sealed.then_some(tick));
            if taken == Taken::End {
                return;
            }
            let mut took = Duration::ZERO;
            if taken == Taken::Lines {
                took = self.write_batch(queue, &batch);
            }
            if self.is_sealed {
                // Lines that trickle in are not to put the seal off.
                let is_time = taken == Taken::Nothing || Instant::now() >= tick;
                self.seal(&mut unsealed, is_time);
                if is_time {
                    tick = Instant::now() + TICK;
                }
            }
            match (taken, batch.waiting) {
                // Callers write themselves, and may well have written enough for the next seal.
                (Taken::Nothing, _) => thread::sleep(PAUSE),
                (_, 0) => queue.pause(),
                (_, 1) => {}
                (_, callers) => queue.gather(callers, took / GATHERING),
            }
        }
    }

    /// Seals what was written, if that is enough, or if it may have been waiting for long.
    fn seal(&self, unsealed: &mut Vec<u8>, even_little: bool) {
        let mut trail = self.trail();
        if !even_little && !trail.sink().seal_is_due() {
            return;
        }
        if let Some(chain) = trail.sink().chain() {
            // Locked while the file is, so that nobody else hashes what comes later before this.
            let mut chain = lock_chain(&chain);
            trail.sink().take_unsealed(unsealed);
            drop(trail);
            chain.update(unsealed);
        } else {
            drop(trail);
        }
        self.seal_trail(self.trail(), false);
    }

    /// Seals what is left, unless a write that hangs keeps the file until then; whether it did not.
    fn seal_until(&self, until: Instant, is_last: bool) -> bool {
        loop {
            match self.trail.try_lock() {
                Ok(trail) => self.seal_trail(trail, is_last),
                Err(TryLockError::Poisoned(trail)) => {
                    self.seal_trail(trail.into_inner(), is_last);
                }
                Err(TryLockError::WouldBlock) if Instant::now() >= until => return false,
                Err(TryLockError::WouldBlock) => {
                    thread::sleep(PAUSE);
                    continue;
                }
            }
            return true;
        }
    }

    fn seal_trail(&self, mut trail: MutexGuard<'_, Trail>, is_last: bool) {
        if is_last {
            trail.say_gap(&self.style, &self.account);
        }
        self.account.add_seals(trail.sink().seal(is_last));
        let trouble = trail.trouble();
        drop(trail);
        if let Some(error) = trouble {
            self.account.tell(&error);
        }
    }

    /// Gives the time the disk took.
    fn write_batch(&self, queue: &Queue, batch: &Batch) -> Duration {
        let mut trail = self.trail();
        let mut settled = Settled {
            written: batch.events,
            ..Settled::default()
        };
        let mut cut = None;
        if batch.waiting > 0 {
            trail.sink().expect_sync();
        }
        if let Some(times) = batch.times
            && let Err(error) = trail.write(&batch.lines, times, &self.style, &self.account)
        {
            let whole = &batch.lines[..error.whole];
            settled.written = whole.iter().filter(|byte| **byte == b'\n').count() as u64;
            settled.refused = Some(errno(&error.error));
            let lost = batch.events - settled.written;
            trail.lost(lost, Why::of(&error.error), times.0, times.1);
            cut = Some((lost, error.error));
        }
        trail.add_gap(batch.gap, &self.style, &self.account);
        let files = match batch.waiting {
            0 => Vec::new(),
            _ => trail.unsynced(),
        };
        let trouble = trail.trouble();
        drop(trail);

        let began = Instant::now();
        let synced = files.iter().try_for_each(synchronize);
        let took = began.elapsed();
        settled.unsynced = synced.as_ref().err().map(errno);
        self.account.add_written(settled.written);
        if let Some((lost, error)) = cut {
            self.refused(lost, error);
        }
        queue.settle(batch, settled);
        let unsynced = synced.err().map(|error| self.error("synchronize", error));
        for error in trouble.iter().chain(&unsynced) {
            self.account.tell(error);
        }
        took
    }

    /// Waits until everything that was brought so far is written, or lost; whether that was in time.
    pub(crate) fn flush(&self, wait: Duration) -> bool {
        self.queue.get().is_none_or(|queue| queue.flush(wait))
    }

    /// The same, and seals it: the process is about to end.
    pub(crate) fn finish(&self, wait: Duration) -> bool {
        let until = Instant::now() + wait;
        self.flush(wait) && (!self.is_sealed || self.seal_until(until, false))
    }

    /// Takes nothing any more, and writes what is in the queue, or in calls under way; whether that was in time.
    pub(crate) fn close(&self, wait: Duration) -> bool {
        {
            let _starting = self.starting();
            self.is_closed.store(true, Relaxed);
        }
        let until = Instant::now() + wait;
        let queued = self.queue.get().is_none_or(|queue| {
            queue.close();
            queue.flush(wait)
        });
        queued && self.wait_for_calls(until) && self.seal_until(until, true)
    }

    /// Waits until no event is on its way; whether that was in time.
    fn wait_for_calls(&self, until: Instant) -> bool {
        loop {
            let mut stats = Stats::default();
            self.count(&mut stats);
            if stats.emitted <= stats.written + stats.dropped_by.total() {
                return true;
            }
            if Instant::now() >= until {
                return false;
            }
            thread::sleep(PAUSE);
        }
    }

    pub(crate) fn reopen(&self) -> Result<(), Error> {
        self.trail().sink().reopen()
    }

    /// Adds what it knows to `stats`; what is still on its way comes last.
    pub(crate) fn count(&self, stats: &mut Stats) {
        self.account.settled(stats);
        if let Some(queue) = self.queue.get() {
            queue.count(stats);
        }
        stats.emitted += self.account.emitted();
    }

    /// How many events are lost.
    pub(crate) fn lost(&self) -> u64 {
        let mut stats = Stats::default();
        self.count(&mut stats);
        stats.dropped_by.total()
    }
}

/// How long a line may wait for its seal, and half of that is how long it does: a second at most.
const TICK: Duration = Duration::from_millis(500);

/// Callers that were told together come back together: for one part in so many of the time the disk takes they are waited
/// for.
const GATHERING: u32 = 8;

/// Asks the disk to have a file. What cannot be asked, a pipe or a terminal, has nothing to lose in a power loss. A failure
/// is final: the system may have thrown away what it could not write, and a second `fdatasync` would succeed without it.
fn synchronize(file: &Arc<File>) -> io::Result<()> {
    match file.sync_data() {
        Err(error) if matches!(error.raw_os_error(), Some(libc::EINVAL | libc::ENOTSUP)) => Ok(()),
        other => other,
    }
}
