//! authmeter, by its public interface.

use std::hint::black_box;
use std::path::Path;

use authmeter::{Format, Metrics, events, fields};

use crate::event::{CLIENT, Event, IP, METHOD, NAME, REASON};
use crate::peer::{Peer, Result};

pub(crate) struct Authmeter(Metrics);

pub(crate) fn write(path: &Path) -> Result<Authmeter> {
    Ok(Authmeter(
        Metrics::builder().format(Format::File).path(path).build()?,
    ))
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

impl Peer for Authmeter {
    fn emitter(&self) -> impl FnMut(Event) {
        |event| {
            events::login()
                .failure(REASON)
                .user(event.user)
                .method(METHOD)
                .client(CLIENT)
                .ip(IP)
                .meta("number", event.number)
                .emit_to(&self.0);
        }
    }

    fn close(self) -> Result<Option<u64>> {
        let stats = self.0.stats();
        if stats.emitted != stats.written + stats.dropped {
            return Err(format!("the account does not add up: {stats:?}").into());
        }
        Ok(Some(stats.dropped))
    }
}
