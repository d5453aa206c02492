//! authmeter: the flight recorder for authentication, and the tool that reads it back.

#![cfg_attr(test, allow(clippy::unwrap_used))]

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "analyze")]
pub mod document;
#[cfg(feature = "analyze")]
pub mod engine;
pub mod event;
#[cfg(feature = "analyze")]
pub mod read;
#[cfg(feature = "analyze")]
pub mod render;
#[cfg(feature = "analyze")]
pub mod report;
#[cfg(feature = "analyze")]
pub mod tally;

pub use event::{Fields, MetaValue, fields};
