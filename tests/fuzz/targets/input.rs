//! Any bytes as an input, compressed or not: it is read to an end, and every line is in the account once.

#![no_main]

#[path = "../../it/checks/mod.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::input(bytes));
