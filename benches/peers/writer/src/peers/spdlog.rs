//! spdlog-rs with its JSON lines, to its buffered file, from the caller's thread or from its pool's.

use std::path::Path;
use std::sync::Arc;

use spdlog::Logger;
use spdlog::ThreadPool;
use spdlog::formatter::JsonFormatter;
use spdlog::sink::{AsyncPoolSink, FileSink, Sink};

use crate::event::{CLIENT, Event, IP, METHOD, REASON};
use crate::peer::{Peer, Result};

pub(crate) struct Spdlog(Logger);

/// A queue of 8,192 records that makes callers wait when it is full, as it comes.
pub(crate) fn pool(path: &Path) -> Result<Spdlog> {
    let sink = AsyncPoolSink::builder()
        .sink(file(path)?)
        .thread_pool(ThreadPool::builder().build_arc()?)
        .build_arc()?;
    logger(sink)
}

/// Lines gather in a buffer, which is written when it is full.
pub(crate) fn synchronous(path: &Path) -> Result<Spdlog> {
    logger(file(path)?)
}

fn file(path: &Path) -> Result<Arc<dyn Sink>> {
    Ok(FileSink::builder()
        .path(path)
        .formatter(JsonFormatter::new())
        .build_arc()?)
}

fn logger(sink: Arc<dyn Sink>) -> Result<Spdlog> {
    Ok(Spdlog(Logger::builder().sink(sink).build()?))
}

impl Peer for Spdlog {
    fn emitter(&self) -> impl FnMut(Event) {
        |event| {
            spdlog::info!(logger: self.0, "auth.login", kv: {
                userId = event.user,
                success = false,
                error = REASON,
                method = METHOD,
                clientId = CLIENT,
                ip = IP,
                number = event.number
            });
        }
    }

    fn close(self) -> Result<Option<u64>> {
        // With its last sink goes the pool, which works off its queue, and the buffer is written.
        Ok(None)
    }
}
