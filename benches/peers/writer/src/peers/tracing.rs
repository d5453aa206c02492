//! tracing with the JSON lines of tracing-subscriber, straight to the file or through tracing-appender's thread.

use std::path::Path;
use std::sync::Arc;

use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::fmt::MakeWriter;

use crate::event::{CLIENT, Event, IP, METHOD, REASON};
use crate::peer::{Peer, Result, append};

pub(crate) struct Tracing {
    /// The thread that writes, if there is one, and its count of what is lost.
    worker: Option<(WorkerGuard, ErrorCounter)>,
}

/// A queue of 128,000 lines that makes callers wait when it is full.
pub(crate) fn lossless(path: &Path) -> Result<Tracing> {
    queued(path, false)
}

/// The same queue as it comes: what does not fit is lost.
pub(crate) fn lossy(path: &Path) -> Result<Tracing> {
    queued(path, true)
}

fn queued(path: &Path, lossy: bool) -> Result<Tracing> {
    let (writer, guard) = NonBlockingBuilder::default()
        .lossy(lossy)
        .finish(append(path)?);
    let lost = writer.error_counter();
    subscribe(writer)?;
    Ok(Tracing {
        worker: Some((guard, lost)),
    })
}

/// One `write(2)` a line, without a lock.
pub(crate) fn synchronous(path: &Path) -> Result<Tracing> {
    subscribe(Arc::new(append(path)?))?;
    Ok(Tracing { worker: None })
}

fn subscribe(writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static) -> Result<()> {
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_writer(writer)
        .finish();
    Ok(tracing::subscriber::set_global_default(subscriber)?)
}

impl Peer for Tracing {
    fn emitter(&self) -> impl FnMut(Event) {
        |event| {
            tracing::info!(
                userId = event.user,
                success = false,
                error = REASON,
                method = METHOD,
                clientId = CLIENT,
                ip = IP,
                number = event.number,
                "auth.login"
            );
        }
    }

    fn close(self) -> Result<Option<u64>> {
        Ok(self.worker.map(|(guard, lost)| {
            drop(guard);
            lost.dropped_lines() as u64
        }))
    }
}
