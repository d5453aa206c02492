//! authmeter: the flight recorder for authentication, and the tool that reads it back.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod event;

pub use event::{Fields, MetaValue, fields};
