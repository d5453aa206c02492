//! Any bytes as a log: the quick way and the slow way read the same, however it is cut.

#![no_main]

#[path = "../../it/checks/mod.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::log(bytes));
