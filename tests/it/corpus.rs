//! What fuzzing found worth keeping is checked again, without a fuzzer.

use std::path::Path;
use std::{fs, panic};

use crate::checks;

/// Runs a check on each file of a target's corpus, and names the first of which it does not hold.
#[track_caller]
fn replay(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fuzz/corpus")
        .join(target);
    let mut count = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let holds = panic::catch_unwind(|| check(&bytes)).is_ok();
        assert!(holds, "{}", path.display());
        count += 1;
    }
    assert!(count > 20, "{} has {count} files", folder.display());
}

#[test]
fn logs_of_the_corpus_read_the_same_quickly_and_slowly() {
    replay("log", checks::log);
}

#[test]
fn logs_of_patterns_of_the_corpus_read_the_same_quickly_and_slowly() {
    replay("pattern", checks::pattern);
}

#[test]
fn inputs_of_the_corpus_are_read_to_an_end() {
    replay("input", checks::input);
}
