//! Bridges: what an application already says to others becomes events of its log.
//!
//! * `tracing` (feature `tracing`): events of target `auth`, with what the spans around them know.
//! * `tower` (feature `tower`): calls of an HTTP API with a token.
//!
//! Both are optional, and each brings only the small crates that define what it plugs into.

#[cfg(feature = "tower")]
pub mod tower;
#[cfg(feature = "tracing")]
pub mod tracing;

use super::events::Draft;
use super::{Metrics, testing};

/// The writer a bridge leads to.
#[derive(Clone, Debug)]
enum Destination {
    /// Whatever the global writer is at the time of an event.
    Global,
    /// This one.
    Writer(Metrics),
}

impl Destination {
    /// Whether events go anywhere, as far as that is known before there is one.
    fn is_enabled(&self) -> bool {
        match self {
            Destination::Global => true,
            Destination::Writer(metrics) => metrics.is_enabled() || testing::is_on(),
        }
    }

    fn emit(&self, draft: Draft<'_>) {
        match self {
            Destination::Global => draft.emit(),
            Destination::Writer(metrics) => draft.emit_to(metrics),
        }
    }
}
