//! The checker itself: a checker that finds nothing wrong with a bad log proves nothing.

use std::fs;
use std::path::PathBuf;

use serde_json::json;

use super::super::harness::Scratch;
use super::scene::{Account, check};

/// The line of event `n` of process `a`, without its end.
fn line(n: u64) -> String {
    let padding = format!("{n}-").repeat(3);
    let (size, padding) = (padding.len(), json!(padding));
    format!(
        "{{\"event\":\"token.used\",\"timestamp\":\"2025-01-15T10:30:00.000Z\",\"userId\":\"a\",\"success\":true,\
         \"metadata\":{{\"thread\":0,\"n\":{n},\"size\":{size},\"padding\":{padding}}}}}"
    )
}

/// What the checker says of a log, when the calls of process `a` numbered 0 … `calls` - 1 have returned.
#[track_caller]
fn checked(log: &str, calls: u64) -> Account {
    let scratch = Scratch::new();
    fs::create_dir(scratch.path("diaries")).unwrap();
    let mut diary = Vec::new();
    for n in 0..calls {
        diary.extend([0; 8]);
        diary.extend(n.to_le_bytes());
        diary.extend((1_000 + n).to_le_bytes());
        diary.extend(2_000_000_u64.to_le_bytes());
    }
    // The beginning of an entry that was never finished.
    diary.extend([0; 5]);
    scratch.write("diaries/a.diary", diary).write("log", log);
    check(&scratch.path("diaries"), &[scratch.path("log")])
}

#[track_caller]
fn assert_counts(account: &Account, expected: &[(&str, u64)]) {
    let quiet = [
        "lost",
        "twice",
        "torn",
        "glued",
        "foreign",
        "blank",
        "nul_bytes",
        "disordered",
        "unfinished",
        "gaps",
    ];
    for name in quiet {
        let expected = expected
            .iter()
            .find(|(other, _)| *other == name)
            .map_or(0, |(_, count)| *count);
        assert_eq!(account.count(name), expected, "{name} in {:#}", account.0);
    }
    for (name, expected) in expected {
        assert_eq!(account.count(name), *expected, "{name} in {:#}", account.0);
    }
}

#[test]
fn a_good_log_is_good() {
    let log = format!("{}\n{}\n{}\n", line(0), line(1), line(2));
    let account = checked(&log, 3);
    assert_counts(
        &account,
        &[("calls", 3), ("found", 3), ("unreturned", 0), ("lines", 3)],
    );
    assert_eq!(account.millis("longest_call_ms"), 2.0);
}

#[test]
fn what_is_missing_or_there_twice_or_out_of_order_is_found() {
    let missing = checked(&format!("{}\n{}\n", line(0), line(2)), 3);
    assert_counts(
        &missing,
        &[
            ("lost", 1),
            ("first_lost_ns", 1_001),
            ("last_lost_ns", 1_001),
        ],
    );
    let twice = checked(&format!("{}\n{}\n{}\n", line(0), line(1), line(1)), 2);
    assert_counts(&twice, &[("twice", 1), ("disordered", 1)]);
    let disordered = checked(&format!("{}\n{}\n", line(1), line(0)), 2);
    assert_counts(&disordered, &[("disordered", 1)]);
    let unreturned = checked(&format!("{}\n{}\n", line(0), line(1)), 1);
    assert_counts(&unreturned, &[("unreturned", 1)]);
}

#[test]
fn parts_of_lines_are_torn_alone_and_glued_beside_an_event() {
    let whole = line(0);
    let (head, tail) = whole.split_at(60);
    for (log, name) in [
        (format!("{head}\n"), "torn"),
        (format!("{tail}\n"), "torn"),
        (format!("{head}{}\n", line(1)), "glued"),
        (format!("{}{}\n", line(1), line(2)), "glued"),
        (format!("{}{tail}\n", line(1)), "torn"),
        (format!("x{}\n", line(1)), "glued"),
        (format!("{}\n", whole.replace("true", "NaN")), "torn"),
        (
            format!("{}\n", whole.replace("\"event\"", "\"n\":1,\"n\"")),
            "torn",
        ),
    ] {
        assert_counts(&checked(&log, 0), &[(name, 1)]);
    }
    assert_counts(&checked(&whole, 1), &[("unfinished", 1), ("found", 1)]);
    assert_counts(&checked(head, 0), &[("unfinished", 1), ("torn", 1)]);
    assert_eq!(checked(&format!("{head}\n"), 0).count("torn_of_nobody"), 1);
    assert_eq!(
        checked(&format!("{}\n", &whole[..90]), 0).count("torn_most_of_one"),
        1
    );
}

#[test]
fn holes_blank_lines_and_what_nobody_emitted_are_found() {
    assert_counts(&checked(&format!("\n{}\n", line(0)), 1), &[("blank", 1)]);
    let hole = checked(&format!("\0\0\0{}\n", line(0)), 0);
    assert_counts(&hole, &[("nul_bytes", 3), ("glued", 1)]);
    // A byte of the padding is another's, or missing: the line is JSON, but not what was emitted.
    for changed in [
        line(1).replace("1-1-1-", "1-2-1-"),
        line(1).replace("1-1-1-", "1-1-1"),
    ] {
        assert_counts(&checked(&format!("{changed}\n"), 0), &[("foreign", 1)]);
    }
    assert_counts(&checked("[1]\n", 0), &[("torn", 1)]);
}

#[test]
fn what_was_flushed_and_is_lost_is_told_from_what_was_not() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.path("diaries")).unwrap();
    let entry = |thread: u32, n: u64| {
        let outcome = 0_u32.to_le_bytes();
        let times = [5_000_000 * (n + 1), 1].map(u64::to_le_bytes).concat();
        [
            &thread.to_le_bytes()[..],
            &outcome,
            &n.to_le_bytes(),
            &times,
        ]
        .concat()
    };
    let diary = [
        entry(0, 0),
        entry(0, 1),
        entry(u32::MAX, 0),
        entry(0, 2),
        entry(0, 3),
    ]
    .concat();
    scratch
        .write("diaries/a.diary", diary)
        .write("log", line(0) + "\n");
    let account = check(&scratch.path("diaries"), &[scratch.path("log")]);
    assert_counts(
        &account,
        &[
            ("calls", 4),
            ("lost", 3),
            ("flushed", 2),
            ("flushed_lost", 1),
        ],
    );
    assert_eq!(account.millis("lost_for_ms"), 10.0);
}

#[test]
fn losses_that_are_counted_are_told_from_silent_ones() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.path("diaries")).unwrap();
    let entry = |outcome: u32, n: u64| {
        let times = [0; 16];
        [
            &[0; 4][..],
            &outcome.to_le_bytes(),
            &n.to_le_bytes(),
            &times,
        ]
        .concat()
    };
    // One is there, one was refused, two are missing.
    let diary = [entry(0, 0), entry(1, 1), entry(0, 2), entry(0, 3)].concat();
    scratch
        .write("diaries/a.diary", diary)
        .write("log", line(0) + "\n");
    let (diaries, logs) = (scratch.path("diaries"), [scratch.path("log")]);
    let account = check(&diaries, &logs);
    let expected = |counted, silent| {
        [
            ("absent_counted", counted),
            ("absent_silent", silent),
            ("lost", 2),
        ]
    };
    assert_counts(&account, &expected(1, 2));
    let stats = r#"{"emitted":4,"written":2,"dropped":1,"in_flight":1}"#;
    scratch.write("diaries/a.stats", stats);
    assert_counts(&check(&diaries, &logs), &expected(2, 1));
}

#[test]
fn gaps_are_added_up() {
    let gap = |dropped: u64| {
        format!(
            "{{\"event\":\"log.gap\",\"success\":false,\"error\":\"queue full\",\"metadata\":{{\"dropped\":{dropped}}}}}\n"
        )
    };
    let account = checked(&format!("{}{}\n{}", gap(2), line(0), gap(40)), 1);
    assert_counts(
        &account,
        &[
            ("gaps", 2),
            ("gaps_dropped", 42),
            ("own_records", 2),
            ("found", 1),
        ],
    );
}

#[test]
fn an_account_that_is_not_what_the_log_holds_is_named() {
    let unbalanced = |stats: &str| {
        let scratch = Scratch::new();
        fs::create_dir(scratch.path("diaries")).unwrap();
        let mut diary = vec![0; 32];
        diary.extend([0; 8]);
        diary.extend(1_u64.to_le_bytes());
        diary.extend([0; 16]);
        scratch
            .write("diaries/a.diary", diary)
            .write("diaries/a.stats", stats)
            .write("log", line(0) + "\n");
        let log: PathBuf = scratch.path("log");
        check(&scratch.path("diaries"), &[log]).0["unbalanced"].to_string()
    };
    assert_eq!(unbalanced(r#"{"emitted":2,"written":1,"dropped":1}"#), "[]");
    for (stats, broken) in [
        (
            r#"{"emitted":2,"written":2,"dropped":0}"#,
            "written = lines",
        ),
        (
            r#"{"emitted":1,"written":1,"dropped":0}"#,
            "emitted = calls",
        ),
        (
            r#"{"emitted":2,"written":1,"dropped":0}"#,
            "emitted = written + dropped",
        ),
        (
            r#"{"emitted":2,"written":1,"dropped":0,"in_flight":2}"#,
            "calls without a line",
        ),
    ] {
        assert!(
            unbalanced(stats).contains(broken),
            "{broken}: {}",
            unbalanced(stats)
        );
    }
}
