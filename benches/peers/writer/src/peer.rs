//! What a writer must do to be compared, and the list of those that are.
//!
//! A peer is chosen by its name once ([`find`]); from there on the loops of [`crate::load`] are compiled for it.

use std::error::Error;
use std::path::Path;

use crate::event::Event;
use crate::load::{Share, Spent};
use crate::peers::{authmeter, bare, log_io, slog, spdlog, tracing};

pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// One way of getting events into a file.
pub(crate) trait Peer: Send + Sync {
    /// What one thread calls for each of its events. Made once a thread.
    fn emitter(&self) -> impl FnMut(Event);

    /// Ends the writer the way its documentation says nothing is lost, and tells how many events it knows to have lost;
    /// `None` if it does not count them.
    fn close(self) -> Result<Option<u64>>;
}

/// A [`Peer`] of any type.
pub(crate) trait Open: Send + Sync {
    /// Emits one thread's share.
    fn drive(&self, share: Share<'_>) -> Spent;

    fn close(self: Box<Self>) -> Result<Option<u64>>;
}

impl<P: Peer> Open for P {
    fn drive(&self, share: Share<'_>) -> Spent {
        share.spend(self.emitter())
    }

    fn close(self: Box<Self>) -> Result<Option<u64>> {
        Peer::close(*self)
    }
}

/// One row of the comparison.
pub(crate) struct Entry {
    /// How it is asked for.
    pub(crate) name: &'static str,
    /// The package it is from, whose version is told; empty for what is in no package.
    pub(crate) package: &'static str,
    pub(crate) title: &'static str,
    /// Where the line is when the call returns.
    pub(crate) returns: &'static str,
    /// Whether every event has to be in the file afterwards, or counted by the writer as lost.
    pub(crate) accounts: bool,
    open: fn(&Path) -> Result<Box<dyn Open>>,
}

impl Entry {
    /// Starts the writer on a file that does not exist yet, in a folder of its own.
    pub(crate) fn open(&self, path: &Path) -> Result<Box<dyn Open>> {
        (self.open)(path)
    }
}

/// The file, as writers that are given one get it: opened to append, as logs are.
pub(crate) fn append(path: &Path) -> Result<std::fs::File> {
    Ok(std::fs::File::options()
        .append(true)
        .create(true)
        .open(path)?)
}

macro_rules! entries {
    ($($name:literal, $package:literal, $title:literal, $returns:literal, $accounts:literal, $open:expr;)*) => {
        pub(crate) static ENTRIES: &[Entry] = &[$(Entry {
            name: $name,
            package: $package,
            title: $title,
            returns: $returns,
            accounts: $accounts,
            open: |path| Ok(Box::new(($open)(path)?)),
        }),*];
    };
}

entries! {
    "clock", "", "the clock alone", "nowhere", false, |_: &Path| Result::Ok(bare::Nothing);
    "bare", "", "bare `write(2)` per line", "system", true, bare::Bare::open;
    "write", "authmeter", "**authmeter, `write`**", "system", true, authmeter::write;
    "async", "authmeter", "**authmeter, `async`**", "queue", true, authmeter::queued;
    "sealed", "authmeter", "**authmeter, `write`, sealed**", "system", true, authmeter::sealed;
    "async-sealed", "authmeter", "**authmeter, `async`, sealed**", "queue", true, authmeter::sealed_queued;
    "log-io", "log-io", "log-io NonBlocking (block)", "queue", false, log_io::non_blocking;
    "log-io-sync", "log-io", "log-io FileSink, unbuffered", "system", false, log_io::unbuffered;
    "tracing-lossless", "tracing-appender", "tracing JSON + non_blocking (lossless)", "queue", false, tracing::lossless;
    "tracing-lossy", "tracing-appender", "tracing JSON + non_blocking (lossy)", "queue", false, tracing::lossy;
    "tracing-sync", "tracing-subscriber", "tracing JSON, synchronous", "system", false, tracing::synchronous;
    "slog-block", "slog-async", "slog-async + slog-json (block)", "queue", false, slog::block;
    "slog-drop", "slog-async", "slog-async + slog-json (drop)", "queue", false, slog::drop_and_report;
    "spdlog-async", "spdlog-rs", "spdlog-rs JSON, async pool (block)", "queue", false, spdlog::pool;
    "spdlog-sync", "spdlog-rs", "spdlog-rs JSON, FileSink", "buffer", false, spdlog::synchronous;
    "sync", "", "bare `write(2)` and `fdatasync(2)` per line", "disk", true, bare::Synced::open;
    "durable", "authmeter", "**authmeter, `durable`**", "disk", true, authmeter::durable;
}

/// The entry of that name.
pub(crate) fn find(name: &str) -> Result<&'static Entry> {
    ENTRIES
        .iter()
        .find(|entry| entry.name == name)
        .ok_or_else(|| format!("no writer is called {name:?}; `writers list` has them").into())
}
