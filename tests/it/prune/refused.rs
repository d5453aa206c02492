//! What is refused, and what is told of it.

use std::fs;

use super::{OLD, POLICY, event, names, prune};
use crate::harness::{Scratch, at};

#[test]
fn words_that_make_no_sense_are_named_with_what_is_allowed() {
    let scratch = Scratch::new();
    scratch.write("log", event("a", OLD, ""));
    let cases: &[(&[&str], &str)] = &[
        (
            &["--older-than", "90", "log"],
            "--older-than makes no sense:\n  90\n    ^ a unit is missing; write a length",
        ),
        (
            &["--older-than", "0d", "log"],
            "  0d\n  ^^ this is less than an hour",
        ),
        (
            &["--older-than", "3m", "log"],
            "write months in days, as in 90d",
        ),
        (
            &["--older-than", "90d", "--keep-security", "x", "log"],
            "--keep-security makes no sense",
        ),
        (
            &["--older-than", "90d", "--keep-security", "2w", "log"],
            "2w is shorter than --older-than 90d",
        ),
        (
            &["--older-than", "90d", "--as-of", "2025-02-30", "log"],
            "          ^^ no such day: 1 to 28",
        ),
        (
            &["--older-than", "90d", "--wait", "1", "log"],
            "--wait makes no sense",
        ),
        (
            &["--older-than", "90d", "--max-line", "x", "log"],
            "--max-line",
        ),
        (
            &["--older-than", "90d", "--assume-tz", "Nowhere", "log"],
            "--assume-tz",
        ),
        (
            &[
                "--older-than",
                "90d",
                "--apply",
                "--as-of",
                "2999-01-01",
                "log",
            ],
            "is in the future",
        ),
        (&["--older-than", "90d"], "<PATH>"),
        (&["log"], "--older-than <AGE>"),
    ];
    for (args, says) in cases {
        let ended = scratch.run(&[&["prune"], *args].concat());
        ended.exit(2).says(says).prints_nothing();
    }
    assert_eq!(
        fs::read_to_string(scratch.path("log")).unwrap(),
        event("a", OLD, "")
    );
    let ahead = [
        "prune",
        "--older-than",
        "1y",
        "--as-of",
        "2999-01-01",
        "log",
    ];
    scratch.run(&ahead).exit(0);
}

#[test]
fn what_cannot_be_pruned_is_left_and_told_and_the_rest_is_done() {
    let scratch = Scratch::new();
    let old = event("a", OLD, "");
    scratch
        .write("log", &old)
        .write("one", &old)
        .write("torn.gz", [0x1f, 0x8b, 8, 0, 0]);
    fs::hard_link(scratch.path("one"), scratch.path("two")).unwrap();
    scratch.shell("mkfifo pipe").exit(0);
    for args in [&[][..], &["--apply"]] {
        let ended = prune(
            &scratch,
            &[args, &["one", "pipe", "missing", "-", "torn.gz", "log"]].concat(),
        );
        ended
            .exit(3)
            .says("error: one: it has 2 names (hard links)")
            .says("error: pipe: it is no regular file")
            .says("error: missing: No such file or directory")
            .says("error: -: it is no file")
            .says("error: torn.gz: the compressed data ends early");
        assert_eq!(at(&ended.json(), "/logs/0/action"), "failed");
        assert_eq!(at(&ended.json(), "/total/events_gone"), 1);
    }
    assert_eq!(fs::read_to_string(scratch.path("one")).unwrap(), old);
    assert_eq!(fs::read_to_string(scratch.path("log")).unwrap(), "");
    assert_eq!(names(&scratch), ["log", "one", "pipe", "torn.gz", "two"]);
}

#[test]
fn a_folder_another_run_is_at_work_in_is_left_alone() {
    let scratch = Scratch::new();
    scratch.write("log", event("a", OLD, ""));
    let words = POLICY.join(" ");
    let ended = scratch.shell(&format!("flock . \"$AUTHMETER\" prune --apply {words} log"));
    ended
        .exit(3)
        .says("another `authmeter prune` is at work in");
    assert_eq!(
        fs::read_to_string(scratch.path("log")).unwrap(),
        event("a", OLD, "")
    );
}

#[test]
fn a_compressed_log_that_is_being_written_is_left_alone() {
    let scratch = Scratch::new();
    let words = POLICY.join(" ");
    scratch.write("text", event("a", OLD, ""));
    let ended = scratch.shell(&format!(
        "gzip < text > log.gz; exec 3>>log.gz; \"$AUTHMETER\" prune --apply {words} log.gz"
    ));
    ended.exit(3).says("sh (process ").says("is writing to it");
}
