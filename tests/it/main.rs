//! Black-box tests of the program and the public interface.

#![allow(clippy::unwrap_used)]

mod generate;
mod bad_lines;
mod golden;
mod harness;
mod invariance;
mod layers;
mod oracle;
mod writer;
