//! Black-box tests of the program and the public interface.

#![allow(clippy::unwrap_used)]

mod bad_inputs;
mod bad_lines;
mod board;
mod check;
mod checks;
mod compressed;
mod copies;
mod corpus;
mod diff;
mod events;
mod explain;
mod filters;
mod formats;
mod generate;
mod golden;
mod harness;
mod help;
mod inputs;
mod interrupt;
mod invariance;
mod layers;
mod log;
mod memory_limit;
mod oracle;
mod outputs;
mod owner;
mod process;
mod progress;
mod prune;
mod readme;
mod sampled;
mod schema;
mod seeds;
#[cfg(feature = "serve")]
mod serve;
mod spine;
mod tenants;
mod terminal;
mod top;
mod twins;
mod verify;
mod watched;
mod writer;
