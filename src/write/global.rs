//! The global writer: for applications that have one log and do not want to hand a [`Metrics`] around.

use std::panic;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use super::account::say;
use super::life::{FAREWELL, finish_all};
use super::{Metrics, Report, Stats, testing};
use crate::error::{Error, ErrorKind};
use crate::event::{Fields, Outcome};

static GLOBAL: OnceLock<Metrics> = OnceLock::new();

/// Events that came before the global writer did.
static EARLY: AtomicU64 = AtomicU64::new(0);

/// Makes the global writer with the settings of the environment, as [`Builder::from_env`](crate::Builder::from_env)
/// reads them.
///
/// # Errors
/// If a setting means nothing, if the file cannot be opened, or if there is a global writer already.
///
/// ```no_run
/// let _guard = authmeter::init_from_env()?;
/// authmeter::track_success("otp.sent", authmeter::fields().email("user@example.com"));
/// # Ok::<(), authmeter::Error>(())
/// ```
pub fn init_from_env() -> Result<Guard, Error> {
    // Asked first, so that a second call leaves no file behind.
    match GLOBAL.get() {
        Some(_) => Err(ErrorKind::AlreadyInitialized.into()),
        None => init(Metrics::builder().from_env()?.build()?),
    }
}

/// Makes `metrics` the global writer.
///
/// # Errors
/// If there is a global writer already.
pub fn init(metrics: Metrics) -> Result<Guard, Error> {
    match GLOBAL.set(metrics.clone()) {
        Ok(()) => {
            write_before_a_panic_ends_it_all();
            Ok(Guard { metrics })
        }
        Err(_) => Err(ErrorKind::AlreadyInitialized.into()),
    }
}

/// How long a panic waits for queues to empty: it may be one of many.
const PANICKING: Duration = Duration::from_secs(1);

/// Empties queues after a panic is said: with `panic = "abort"`, and where a panic meets another, nothing comes after that.
fn write_before_a_panic_ends_it_all() {
    if thread::panicking() {
        return;
    }
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |about| {
        before(about);
        finish_all(PANICKING);
    }));
}

/// Keep it until the application ends: when it goes, what is in the queue is written, for up to five seconds, and events
/// that were lost are said on stderr, how many and why. The global writer itself stays.
///
/// Without it nothing is lost either, as long as the process ends by a return from `main` or [`std::process::exit`]: the queue
/// is emptied then.
#[derive(Debug)]
#[must_use = "bind it to a name, as in `let _guard = …`: `_` alone drops it at once"]
pub struct Guard {
    metrics: Metrics,
}

impl Guard {
    /// The global writer.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Ends the global writer: waits at most so long for what is on its way, and says what became of all events. Those that
    /// come later are dropped and counted.
    pub fn shutdown(self, wait: Duration) -> Report {
        self.metrics.shutdown(wait);
        stats().into()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.metrics.finish(FAREWELL);
        let stats = stats();
        let (lost, emitted) = (stats.dropped + stats.in_flight, stats.emitted);
        if lost > 0 {
            let why = match self.metrics.first_loss() {
                Some(error) => format!("{error}"),
                None if stats.in_flight > 0 => "they could not be written in time".to_owned(),
                None => "they came before the writer was initialized".to_owned(),
            };
            say(format_args!("{lost} of {emitted} events were lost: {why}"));
        }
    }
}

/// Writes an event that worked to the global writer. Never panics; without a global writer the event is dropped and
/// counted.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it is given the end of a chain"
)]
pub fn track_success(name: &str, fields: Fields<'_>) {
    emit_globally(name, Outcome::Success, None, &fields);
}

/// Writes an event that failed, and why, to the global writer. Never panics; without a global writer the event is
/// dropped and counted. An empty reason is left out.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it is given the end of a chain"
)]
pub fn track_failure(name: &str, reason: &str, fields: Fields<'_>) {
    emit_globally(name, Outcome::Failure, Some(reason), &fields);
}

/// What became of the events of the global writer so far. Events that came before it count as dropped.
pub fn stats() -> Stats {
    let early = EARLY.load(Relaxed);
    let mut stats = GLOBAL.get().map_or_else(Stats::default, Metrics::stats);
    stats.emitted += early;
    stats.dropped += early;
    stats.dropped_by.uninitialized += early;
    stats
}

pub(super) fn emit_globally(
    name: &str,
    outcome: Outcome,
    reason: Option<&str>,
    fields: &Fields<'_>,
) {
    match GLOBAL.get() {
        Some(metrics) => metrics.emit(name, outcome, reason, fields),
        None if testing::takes(name, outcome, reason, fields) => {}
        None => drop_early(),
    }
}

pub(super) fn emit_globally_durable(
    name: &str,
    outcome: Outcome,
    reason: Option<&str>,
    fields: &Fields<'_>,
) -> Result<(), Error> {
    match GLOBAL.get() {
        Some(metrics) => metrics.emit_durable(name, outcome, reason, fields),
        None if testing::takes(name, outcome, reason, fields) => Ok(()),
        None => {
            drop_early();
            Err(ErrorKind::NotInitialized.into())
        }
    }
}

#[cold]
fn drop_early() {
    if EARLY.fetch_add(1, Relaxed) == 0 {
        say(format_args!(
            "an event came before the writer was initialized; it is dropped, and so are others until then"
        ));
    }
}
