//! authmeter: the flight recorder for authentication, and the tool that reads it back.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod error;
pub mod event;
mod write;

pub use error::{Error, ErrorKind};
pub use event::{Fields, MetaValue, fields};
pub use write::{
    Builder, Format, Guard, Metrics, Stats, events, init, init_from_env, stats, track_failure,
    track_success,
};
