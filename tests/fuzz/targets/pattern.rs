//! A log of a few patterns of lines, as the bytes say: shapes are learnt and met again.

#![no_main]

#[path = "../../it/checks/mod.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::pattern(bytes));
