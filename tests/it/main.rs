//! Black-box tests of the program and the public interface.

#![allow(clippy::unwrap_used)]

mod bad_inputs;
mod bad_lines;
mod checks;
mod compressed;
mod copies;
mod corpus;
mod events;
mod filters;
mod generate;
mod golden;
mod harness;
mod inputs;
mod interrupt;
mod invariance;
mod layers;
mod memory_limit;
mod oracle;
mod process;
mod progress;
mod seeds;
mod spine;
mod terminal;
mod twins;
mod writer;
