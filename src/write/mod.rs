//! The writer: events of an application become lines of a log.
//!
//! ```text
//! track_success · track_failure · events::…        the caller's thread
//!        │
//!     Metrics          a handle, cheap to clone; the global one is a convenience over it
//!        │ clock
//!      lanes           one for the log, one for a console beside the file
//!        │ encode      one line in a reused buffer
//!      lane            written now │ into the queue, and from there by the lane's thread │ and the disk has it
//!        │ trail       gaps are said before the log goes on
//!      sink            file (follows its path, begins anew, repairs), console
//! ```
//!
//! `account` knows what became of every event; `life` what happens when the process exits or forks.

mod account;
#[cfg(any(feature = "tracing", feature = "tower"))]
pub mod bridge;
mod builder;
mod config;
mod encode;
mod endpoint;
pub mod events;
mod global;
mod lane;
mod lanes;
#[allow(unsafe_code, reason = "argued in the module")]
mod life;
mod privacy;
mod queue;
mod sink;
mod style;
pub mod testing;
mod trail;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
use crate::event::{Fields, Outcome, Timestamp};
use builder::Settings;
use encode::Record;
use global::emit_globally;
use lanes::Lanes;
use life::{FAREWELL, Lives, Unfinished as _};

pub use account::{Drops, Report, Stats};
pub use builder::Builder;
pub use config::{Delivery, Format, Keep, Meaningless, Rotate};
pub use global::{Guard, init, init_from_env, stats, track_failure, track_success};
pub use privacy::{Personal, fingerprint};
#[cfg(feature = "http")]
pub use sink::http::EndpointStats;

/// A writer of events. Clones are cheap and write to the same place; any thread may use any of them. When the last one
/// goes, what is still in a queue is written, for up to five seconds.
///
/// ```
/// use authmeter::{Format, Metrics, fields};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("auth.jsonl");
/// let metrics = Metrics::builder().format(Format::File).path(&path).build()?;
/// metrics.track_success("otp.sent", fields().email("user@example.com"));
/// assert_eq!(metrics.stats().written, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Metrics {
    /// `None` writes nothing, counts nothing and costs nothing.
    writer: Option<Arc<Writer>>,
}

struct Writer {
    clock: Option<Clock>,
    settings: Settings,
    lives: Lives<Arc<Lanes>>,
}

/// Another clock than the machine's.
type Clock = Box<dyn Fn() -> Timestamp + Send + Sync>;

impl Metrics {
    /// The start of a writer: events go to the console, unless told otherwise.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Whether events go anywhere. An application may skip work that only serves an event.
    pub fn is_enabled(&self) -> bool {
        self.writer.is_some()
    }

    /// Writes an event that worked. Never panics; an event that cannot be written is counted in [`stats`](Self::stats).
    #[expect(
        clippy::needless_pass_by_value,
        reason = "it is given the end of a chain"
    )]
    pub fn track_success(&self, name: &str, fields: Fields<'_>) {
        self.emit(name, Outcome::Success, None, &fields);
    }

    /// Writes an event that failed, and why. Never panics; an event that cannot be written is counted in
    /// [`stats`](Self::stats). An empty reason is left out.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "it is given the end of a chain"
    )]
    pub fn track_failure(&self, name: &str, reason: &str, fields: Fields<'_>) {
        self.emit(name, Outcome::Failure, Some(reason), &fields);
    }

    /// Writes an event that does not say how it ended. Never panics; an event that cannot be written is counted in
    /// [`stats`](Self::stats).
    #[expect(
        clippy::needless_pass_by_value,
        reason = "it is given the end of a chain"
    )]
    pub fn track(&self, name: &str, fields: Fields<'_>) {
        self.emit(name, Outcome::Unknown, None, &fields);
    }

    /// What became of the events of this writer and its clones so far, in this process. A disabled writer counts nothing.
    pub fn stats(&self) -> Stats {
        self.lanes()
            .map_or_else(Stats::default, |lanes| lanes.stats())
    }

    /// Waits until every event that was emitted so far is written, or lost, and an endpoint has it; whether that was within
    /// `wait`. Only a queue and an endpoint have anything to wait for.
    pub fn flush(&self, wait: Duration) -> bool {
        self.lanes().is_none_or(|lanes| lanes.flush(wait))
    }

    /// Waits for what is on its way as the end of a process does.
    fn finish(&self, wait: Duration) {
        if let Some(lanes) = self.lanes() {
            lanes.finish(wait);
        }
    }

    /// Ends the writer and all its clones: waits at most so long for what is on its way, and says what became of it. Events
    /// that come later are dropped and counted. What an endpoint does not get in time, or cannot get now, waits in its spool
    /// for the next start.
    pub fn shutdown(&self, wait: Duration) -> Report {
        let Some(lanes) = self.lanes() else {
            return Report::default();
        };
        lanes.close(wait);
        lanes.stats().into()
    }

    /// What became of the events for the endpoint, if there is one.
    #[cfg(feature = "http")]
    pub fn endpoint_stats(&self) -> Option<EndpointStats> {
        self.lanes()?.outlet.stats()
    }

    /// Opens the log file anew, for a program that is told when its log was moved away. Without it, a file that was moved is
    /// noticed at the first event a tenth of a second later.
    ///
    /// # Errors
    /// If the file cannot be opened; events go on to where they went.
    pub fn reopen(&self) -> Result<(), Error> {
        self.lanes().map_or(Ok(()), |lanes| lanes.reopen())
    }

    fn lanes(&self) -> Option<&Arc<Lanes>> {
        let writer = self.writer.as_ref()?;
        Some(writer.lives.now(|| writer.settings.lanes_of_child()))
    }

    #[inline]
    fn emit(&self, name: &str, outcome: Outcome, reason: Option<&str>, fields: &Fields<'_>) {
        if let Some((lanes, record)) = self.record(name, outcome, reason, fields) {
            lanes.deliver(&record);
        }
    }

    fn emit_durable(
        &self,
        name: &str,
        outcome: Outcome,
        reason: Option<&str>,
        fields: &Fields<'_>,
    ) -> Result<(), Error> {
        match self.record(name, outcome, reason, fields) {
            Some((lanes, record)) => lanes.commit(&record),
            None => Ok(()),
        }
    }

    /// What is to be written, unless nothing is, or a test takes it.
    #[inline]
    fn record<'a, 'f>(
        &self,
        name: &'a str,
        outcome: Outcome,
        reason: Option<&'a str>,
        fields: &'a Fields<'f>,
    ) -> Option<(&Lanes, Record<'a, 'f>)> {
        if testing::takes(name, outcome, reason, fields) {
            return None;
        }
        let writer = self.writer.as_ref()?;
        let lanes = writer.lives.now(|| writer.settings.lanes_of_child());
        let time = match &writer.clock {
            None => Timestamp::now(),
            Some(now) => now(),
        };
        let record = Record {
            name,
            time,
            outcome,
            reason,
            fields,
        };
        Some((lanes, record))
    }

    /// Why the first lost event was lost.
    pub(crate) fn first_loss(&self) -> Option<&Error> {
        self.lanes()?.first_loss()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // What was the parent's before a fork is the parent's to write.
        if let Some(lanes) = self.lives.current() {
            lanes.close(FAREWELL);
        }
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics")
            .field("enabled", &self.is_enabled())
            .field("stats", &self.stats())
            .finish()
    }
}
