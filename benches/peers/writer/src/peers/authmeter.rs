//! authmeter, by its public interface.

use std::fs::File;
use std::hint::black_box;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use authmeter::events::Draft;
use authmeter::{Builder, Delivery, Format, Metrics, events, fields};

use crate::event::{CLIENT, Event, IP, METHOD, NAME, REASON};
use crate::peer::{Peer, Result};

pub(crate) struct Authmeter(Metrics);

/// The line is with the system when the call returns.
pub(crate) fn write(path: &Path) -> Result<Authmeter> {
    to(path, Delivery::Write)
}

/// A queue of bytes, and callers that wait up to 50 ms when it is full, as it comes.
pub(crate) fn queued(path: &Path) -> Result<Authmeter> {
    to(path, Delivery::Async)
}

/// As [`write`], with seals.
pub(crate) fn sealed(path: &Path) -> Result<Authmeter> {
    sealed_to(path, Delivery::Write)
}

/// As [`queued`], with seals.
pub(crate) fn sealed_queued(path: &Path) -> Result<Authmeter> {
    sealed_to(path, Delivery::Async)
}

fn sealed_to(path: &Path, delivery: Delivery) -> Result<Authmeter> {
    let key = path.with_extension("key");
    let mut options = File::options();
    options.write(true).create_new(true).mode(0o600);
    options.open(&key)?.write_all(&[b'k'; 32])?;
    let builder = builder(path).delivery(delivery).key_file(key).seal(true);
    Ok(Authmeter(builder.build()?))
}

fn to(path: &Path, delivery: Delivery) -> Result<Authmeter> {
    Ok(Authmeter(builder(path).delivery(delivery).build()?))
}

fn builder(path: &Path) -> Builder {
    Metrics::builder().format(Format::File).path(path)
}

/// A writer that is switched off.
pub(crate) fn disabled() -> Result<Authmeter> {
    Ok(Authmeter(Metrics::builder().enabled(false).build()?))
}

impl Authmeter {
    pub(crate) fn call_without_fields(&self) {
        black_box(&self.0).track_success(NAME, fields());
    }
}

/// The chain an application would write.
#[inline(always)]
fn draft(event: Event) -> Draft<'static> {
    events::login()
        .failure(REASON)
        .user(event.user)
        .method(METHOD)
        .client(CLIENT)
        .ip(IP)
        .meta("number", event.number)
}

impl Peer for Authmeter {
    fn emitter(&self) -> impl FnMut(Event) {
        |event| draft(event).emit_to(&self.0)
    }

    fn close(self) -> Result<Option<u64>> {
        let report = self.0.shutdown(PATIENCE);
        let stats = self.0.stats();
        if stats.emitted != stats.written + stats.dropped || report.lost != stats.dropped {
            return Err(format!("the account does not add up: {report:?}, {stats:?}").into());
        }
        Ok(Some(stats.dropped))
    }
}

/// Longer than anything takes that is measured.
const PATIENCE: Duration = Duration::from_secs(30);

/// The disk has the line when the call returns; a call that cannot say so ends the run.
pub(crate) struct Durable(Authmeter);

pub(crate) fn durable(path: &Path) -> Result<Durable> {
    let builder = builder(path).delivery(Delivery::Durable).max_wait(PATIENCE);
    Ok(Durable(Authmeter(builder.build()?)))
}

impl Peer for Durable {
    fn emitter(&self) -> impl FnMut(Event) {
        |event| {
            let confirmed = draft(event).emit_durable_to(&self.0.0);
            confirmed.expect("the disk has the event");
        }
    }

    fn close(self) -> Result<Option<u64>> {
        Peer::close(self.0)
    }
}
