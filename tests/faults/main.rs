//! Faults of the system, provoked for real, with tools that are no everyday ones (strace, logrotate, mounts): these tests
//! are run by name, and as root.
//!
//! ```text
//! tests/faults/run                       installs what it needs, and runs them all
//! tests/faults/run --full --table -      the long forms, and a table of them
//! cargo test --test faults
//! ```

#![allow(clippy::unwrap_used)]

// One harness serves both test programs, and this one does not use all of it.
#[allow(dead_code)]
#[path = "../it/harness.rs"]
mod harness;
mod prune;
#[cfg(feature = "serve")]
mod serve;
// A server under test, as the other test program has it.
#[cfg(feature = "serve")]
#[allow(dead_code)]
#[path = "../it/serve/server.rs"]
mod server;
mod writer;

use std::fs;

use harness::{Scratch, at};

const LOGIN: &str =
    r#"{"event":"auth.login","timestamp":"2025-01-15T10:30:00.000Z","userId":"u","success":true}"#;

#[test]
fn a_file_that_shrinks_while_it_is_read_is_named_and_the_rest_is_kept() {
    let scratch = Scratch::new();
    scratch
        .write("log", format!("{LOGIN}\n").repeat(20))
        .write("good", LOGIN);
    // The end of the file comes early, as it does when somebody truncates it: at the fourth read, the first of which
    // looks at the file's head only.
    let ended = scratch.shell(
        "strace -f -o trace -e trace=pread64 -P log -e inject=pread64:retval=0:when=4+ \
         \"$AUTHMETER\" report -j 1 --chunk-size 100 --format json log good",
    );
    ended.exit(3).says("log: the file shrank");
    let json = ended.json();
    let traced = fs::read_to_string(scratch.path("trace")).unwrap();
    ended.expect(
        traced.contains("(INJECTED)"),
        &format!("strace injected nothing: {traced}"),
    );
    let read = at(&json, "/input/inputs/0/events").as_u64().unwrap();
    ended.expect((1..20).contains(&read), "expected what was read before");
    assert_eq!(at(&json, "/input/inputs/1/events"), 1);
}

#[test]
fn a_mapped_file_that_shrinks_under_the_reader_is_named_and_the_rest_is_kept() {
    let scratch = Scratch::new();
    scratch
        .write("log", format!("{LOGIN}\n").repeat(20_000))
        .write("good", LOGIN);
    // The reader asks for the file's length after each chunk; it is held up there while somebody truncates the file,
    // and then reaches for pages that are gone.
    let ended = scratch.shell(
        "{ sleep 0.7; truncate -s 100 log; } & \
         strace -f -o trace -e trace=statx,fstat -P log -e inject=statx,fstat:delay_enter=2s:when=8 \
         \"$AUTHMETER\" report -j 1 --read map --chunk-size 64KiB --format json log good; status=$?; wait; exit $status",
    );
    ended.exit(3).says("log: the file shrank below its");
    let json = ended.json();
    let read = at(&json, "/input/inputs/0/events").as_u64().unwrap();
    ended.expect((1..10_000).contains(&read), "expected what was read before");
    assert_eq!(at(&json, "/input/inputs/1/events"), 1);
    let traced = fs::read_to_string(scratch.path("trace")).unwrap();
    ended.expect(
        traced.contains("SIGBUS"),
        &format!("no page was missing: {traced}"),
    );
}

#[test]
fn a_read_error_in_the_middle_is_named_and_the_rest_is_kept() {
    let scratch = Scratch::new();
    scratch
        .write("log", format!("{LOGIN}\n").repeat(20))
        .write("good", LOGIN);
    let file = scratch.shell(
        "strace -f -o trace -e trace=pread64 -P log -e inject=pread64:error=EIO:when=4 \
         \"$AUTHMETER\" report -j 1 --chunk-size 100 --format json log good",
    );
    let stream = scratch.shell(
        "cat log | strace -f -o trace -e trace=read -e inject=read:error=EIO:when=12 \
         \"$AUTHMETER\" report -j 1 --chunk-size 100 --format json - good",
    );
    for ended in [file, stream] {
        ended.exit(3).says("Input/output error");
        let json = ended.json();
        let read = at(&json, "/input/inputs/0/events").as_u64().unwrap();
        ended.expect((1..20).contains(&read), "expected what could be read");
        assert_eq!(at(&json, "/input/inputs/1/events"), 1);
    }
}

#[test]
fn a_subfolder_that_cannot_be_looked_into_is_named_and_the_rest_is_read() {
    let scratch = Scratch::new();
    for folder in ["logs", "logs/open", "logs/shut"] {
        fs::create_dir(scratch.path(folder)).unwrap();
    }
    scratch
        .write("logs/open/a.log", LOGIN)
        .write("logs/shut/b.log", LOGIN);
    for input in ["logs", "logs/*", "logs/*/*.log"] {
        let ended = scratch.shell(&format!(
            "strace -f -o trace -e trace=openat -P logs/shut -e inject=openat:error=EACCES \
             \"$AUTHMETER\" report --format json '{input}'"
        ));
        ended
            .exit(3)
            .says("error: logs/shut: cannot look into it: Permission denied");
        let json = ended.json();
        assert_eq!(at(&json, "/input/inputs/0/input"), "logs/open/a.log");
        assert_eq!(at(&json, "/input/inputs/1/input"), "logs/shut");
        assert_eq!(at(&json, "/input/events"), 1);
    }
}
