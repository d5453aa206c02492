//! slog with slog-json behind slog-async.
//!
//! slog-json hands out a line in a dozen pieces, each of which would be a system call: it is given a buffer that is
//! emptied after each line.

use std::io::BufWriter;
use std::path::Path;

use slog::{Drain as _, Logger, o};
use slog_async::{Async, AsyncGuard, OverflowStrategy};
use slog_json::Json;

use crate::event::{CLIENT, Event, IP, METHOD, REASON};
use crate::peer::{Peer, Result, append};

pub(crate) struct Slog {
    logger: Logger,
    guard: AsyncGuard,
}

/// Callers wait when the queue of 128 records is full.
pub(crate) fn block(path: &Path) -> Result<Slog> {
    open(path, OverflowStrategy::Block)
}

/// As it comes: what does not fit is lost, and a line of the log says how many.
pub(crate) fn drop_and_report(path: &Path) -> Result<Slog> {
    open(path, OverflowStrategy::DropAndReport)
}

fn open(path: &Path, overflow: OverflowStrategy) -> Result<Slog> {
    let json = Json::new(BufWriter::new(append(path)?))
        .add_default_keys()
        .set_flush(true)
        .build();
    let (drain, guard) = Async::new(json.fuse())
        .overflow_strategy(overflow)
        .build_with_guard();
    Ok(Slog {
        logger: Logger::root(drain.fuse(), o!()),
        guard,
    })
}

impl Peer for Slog {
    fn emitter(&self) -> impl FnMut(Event) {
        |event| {
            slog::info!(self.logger, "auth.login";
                "userId" => event.user,
                "success" => false,
                "error" => REASON,
                "method" => METHOD,
                "clientId" => CLIENT,
                "ip" => IP,
                "number" => event.number);
        }
    }

    fn close(self) -> Result<Option<u64>> {
        // The drain reports what is lost while its thread is still there.
        drop(self.logger);
        drop(self.guard);
        Ok(None)
    }
}
