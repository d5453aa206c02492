//! log-io: its macros, to a queue that blocks when it is full, or to a file without a buffer.

use std::path::Path;

use log_io::format::JsonFormat;
use log_io::sink::{FileSink, NonBlocking, Sink};
use log_io::{Level, Logger};

use crate::event::{CLIENT, Event, IP, METHOD, NAME, REASON};
use crate::peer::{Peer, Result, append};

pub(crate) struct LogIo(Logger);

/// A queue of 8,192 records, as it comes.
pub(crate) fn non_blocking(path: &Path) -> Result<LogIo> {
    Ok(logger(NonBlocking::new(append(path)?, format())?))
}

/// As [`non_blocking`], but the line is with the system when the call returns.
pub(crate) fn unbuffered(path: &Path) -> Result<LogIo> {
    Ok(logger(
        FileSink::builder(path, format())
            .append(true)
            .buffer_capacity(0)
            .open()?,
    ))
}

fn format() -> JsonFormat {
    JsonFormat::new().timestamp_rfc3339(true)
}

fn logger(sink: impl Sink + 'static) -> LogIo {
    LogIo(Logger::builder().level(Level::Info).with_sink(sink).build())
}

impl Peer for LogIo {
    fn emitter(&self) -> impl FnMut(Event) {
        |event| {
            log_io::info!(
                self.0,
                target: "auth",
                NAME,
                userId = event.user,
                success = false,
                error = REASON,
                method = METHOD,
                clientId = CLIENT,
                ip = IP,
                number = event.number
            );
        }
    }

    fn close(self) -> Result<Option<u64>> {
        self.0.shutdown()?;
        Ok(None)
    }
}
