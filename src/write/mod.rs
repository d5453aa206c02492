//! The writer: events of an application become lines of a log.
//!
//! ```text
//! track_success · track_failure · events::…        the caller's thread, all the way down
//!        │
//!     Metrics          a handle, cheap to clone; the global one is a convenience over it
//!        │ clock
//!     delivery         when a line is written, and what became of it
//!        │ encode      one line in a reused buffer
//!     sink             file, console
//! ```

mod config;
mod delivery;
mod encode;
#[cfg(feature = "http")]
mod endpoint;
pub mod events;
mod global;
mod sink;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{env, fmt, io};

use crate::error::Error;
use crate::event::{Fields, Outcome, Timestamp};
use config::{Config, DEFAULT_PATH};
use delivery::Delivery;
use encode::Record;
use global::emit_globally;
use sink::console::{Console, Stream};
use sink::file::LogFile;

pub use config::Format;
pub use delivery::Stats;
pub use global::{Guard, init, init_from_env, stats, track_failure, track_success};
#[cfg(feature = "http")]
pub use sink::http::EndpointStats;

/// A writer of events. Clones are cheap and write to the same place; any thread may use any of them.
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
    delivery: Delivery,
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

    /// What became of the events of this writer and its clones so far. A disabled writer counts nothing.
    pub fn stats(&self) -> Stats {
        self.writer
            .as_ref()
            .map_or_else(Stats::default, |writer| writer.delivery.stats())
    }

    fn emit(&self, name: &str, outcome: Outcome, reason: Option<&str>, fields: &Fields<'_>) {
        let Some(writer) = &self.writer else {
            return;
        };
        writer.delivery.deliver(&Record {
            name,
            time: writer
                .clock
                .as_ref()
                .map_or_else(Timestamp::now, |now| now()),
            outcome,
            reason,
            fields,
        });
    }

    /// Why the first lost event was lost.
    pub(crate) fn first_loss(&self) -> Option<&Error> {
        self.writer.as_ref()?.delivery.first_loss()
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

/// The settings of a writer that is about to be. What code says beats what the environment says, in whatever order
/// they are asked.
#[derive(Default)]
#[must_use = "nothing is written before `build`"]
pub struct Builder {
    environment: Config,
    enabled: Option<bool>,
    format: Option<Format>,
    path: Option<PathBuf>,
    stream: Option<Stream>,
    clock: Option<Clock>,
    #[cfg(feature = "http")]
    endpoint: endpoint::Wanted,
}

impl Builder {
    /// Takes the settings of the process's environment: `METRICS_ENABLED`, `METRICS_FORMAT`, `METRICS_FILE_PATH`, and
    /// for the colour of the console `NO_COLOR` and `CLICOLOR_FORCE`. An empty variable is not set. Without this call
    /// nothing of the environment matters, and the console has no colour.
    ///
    /// # Errors
    /// If a variable has a value that means nothing; the error names the variable, the value and what is allowed.
    pub fn from_env(self) -> Result<Builder, Error> {
        self.from_lookup(|name| env::var_os(name))
    }

    /// Takes the settings of an environment that `lookup` knows: it gives the value of a variable, if it is set.
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env).
    pub fn from_lookup(
        mut self,
        lookup: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Builder, Error> {
        self.environment = Config::read(lookup)?;
        Ok(self)
    }

    /// Whether anything is written at all; `true` unless the environment says otherwise.
    pub fn enabled(mut self, enabled: bool) -> Builder {
        self.enabled = Some(enabled);
        self
    }

    /// Where events go; [`Format::Console`] unless the environment says otherwise.
    pub fn format(mut self, format: Format) -> Builder {
        self.format = Some(format);
        self
    }

    /// The file of [`Format::File`] and [`Format::Both`]; `./logs/metrics.jsonl` unless the environment says
    /// otherwise.
    pub fn path(mut self, path: impl AsRef<Path>) -> Builder {
        self.path = Some(path.as_ref().to_path_buf());
        self
    }

    /// Sends console lines to a stream instead of stdout. A stream is no terminal: its lines have colour only if
    /// `CLICOLOR_FORCE` asks for it. The stream must not emit events itself.
    pub fn console(mut self, stream: impl io::Write + Send + 'static) -> Builder {
        self.stream = Some(Box::new(stream));
        self
    }

    /// Takes the time of events from `now` instead of the machine's clock: for tests.
    pub fn clock(mut self, now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Builder {
        self.clock = Some(Box::new(now));
        self
    }

    /// The writer. Its file is open from here on; folders it lies in are made.
    ///
    /// # Errors
    /// If the file or its folder cannot be made or opened; the error names the path and what the operating system
    /// said.
    pub fn build(self) -> Result<Metrics, Error> {
        let colour = self.environment.colour;
        let enabled = self.enabled.or(self.environment.enabled).unwrap_or(true);
        let format = self.format.or(self.environment.format).unwrap_or_default();
        let path = self
            .path
            .or(self.environment.path)
            .unwrap_or_else(|| PathBuf::from(DEFAULT_PATH));
        #[cfg(feature = "http")]
        let (endpoint, log) = (self.endpoint.or(self.environment.endpoint), path.clone());
        #[cfg_attr(not(feature = "http"), expect(unused_mut, reason = "for an endpoint"))]
        let mut delivery = match format {
            _ if !enabled => return Ok(Metrics { writer: None }),
            Format::None => return Ok(Metrics { writer: None }),
            Format::Console => Delivery::new(Box::new(Console::new(self.stream, colour)), None),
            Format::File => Delivery::new(Box::new(LogFile::open(&path)?), None),
            Format::Both => Delivery::new(
                Box::new(LogFile::open(&path)?),
                Some(Box::new(Console::new(self.stream, colour))),
            ),
        };
        #[cfg(feature = "http")]
        {
            delivery.endpoint = endpoint.open(&log)?;
        }
        let clock = self.clock;
        Ok(Metrics {
            writer: Some(Arc::new(Writer { clock, delivery })),
        })
    }
}
