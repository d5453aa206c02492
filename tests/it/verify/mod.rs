//! `authmeter verify`: logs sealed by hand, and what the program says of them and of what was done to them.

mod checkpoint;
mod inputs;
mod peer;
mod sealer;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::harness::{Scratch, at};
use sealer::{Sealer, key};

/// A log of 20 lines and 6 seals.
fn log() -> Vec<u8> {
    let mut sealer = Sealer::new("a");
    sealer.sealed(4, 4).events(4).seal("closed");
    sealer.log
}

fn text(log: &[u8]) -> String {
    String::from_utf8(log.to_vec()).unwrap()
}

/// The answer as JSON, from a program that ends with this code.
#[track_caller]
fn verified(scratch: &Scratch, words: &[&str], exit: i32) -> Value {
    let words = [&["verify", "--format", "json"][..], words].concat();
    scratch.run(&words).exit(exit).json()
}

fn fact<'a>(json: &'a Value, name: &str) -> &'a Value {
    at(json, &format!("/reports/verify/{name}"))
}

/// Findings as `sort input:line-last_line`.
fn places(json: &Value) -> Vec<String> {
    let places = fact(json, "places").as_array().unwrap();
    let place = |place: &Value| {
        let sort = place["sort"].as_str().unwrap();
        match place["input"].as_str() {
            Some(input) => format!("{sort} {input}:{}-{}", place["line"], place["last_line"]),
            None => sort.to_owned(),
        }
    };
    places.iter().map(place).collect()
}

#[test]
fn a_whole_log_is_whole() {
    let scratch = Scratch::new();
    let key = key(&scratch, "a");
    scratch.write("log", log());
    let json = verified(&scratch, &["--key", &key, "log"], 0);
    assert_eq!(
        (fact(&json, "intact"), fact(&json, "findings")),
        (&true.into(), &0.into())
    );
    assert_eq!(at(&json, "/input/seals"), 6);
    assert_eq!(at(&json, "/input/lines"), 26);
    let chain = fact(&json, "chains/0");
    assert_eq!(
        (&chain["first_seal"], &chain["last_seal"]),
        (&1.into(), &6.into())
    );
    assert_eq!(
        (&chain["closed"], &chain["from_its_start"]),
        (&true.into(), &true.into())
    );
    assert_eq!(at(&json, "/window/first"), "2025-01-15T10:30:01.000Z");
    scratch
        .run(&["verify", "--key", &key, "log"])
        .exit(0)
        .is_quiet();
}

#[test]
fn a_change_is_found_and_its_place_is_told_in_every_format() {
    let scratch = Scratch::new();
    let key = key(&scratch, "a");
    // Lines: 1 is a seal, 2 to 5 events, 6 a seal, 7 to 10 events.
    let changed = text(&log()).replace("user-6\"", "user-7\"");
    scratch.write("log", changed);
    let json = verified(&scratch, &["--key", &key, "log"], 1);
    assert_eq!(places(&json), ["changed log:7-10"]);
    assert_eq!(fact(&json, "places/0/first_seal"), 3);
    assert_eq!(fact(&json, "changed"), 1);
    for format in [
        "table",
        "json",
        "jsonl",
        "csv",
        "tsv",
        "markdown",
        "html",
        "prometheus",
    ] {
        let ended = scratch.run(&["verify", "--key", &key, "--format", format, "log"]);
        let told = ended.exit(1).text();
        ended.expect(
            told.contains("seal 3 covers lines: 4"),
            "the finding in every format",
        );
    }
    let ended = scratch.run(&["verify", "--key", &key, "--get", "verify.findings", "log"]);
    assert_eq!(ended.exit(1).text(), "1\n");
    scratch
        .run(&["verify", "--key", &key, "--get", "verify.finding", "log"])
        .exit(2)
        .says("did you mean `verify.findings`?");
}

#[test]
fn each_sort_of_tampering_has_its_name() {
    let scratch = Scratch::new();
    let key = key(&scratch, "a");
    let log = text(&log());
    let lines: Vec<&str> = log.lines().collect();
    let some = |which: &[usize]| {
        let lines = which.iter().map(|line| format!("{}\n", lines[line - 1]));
        lines.collect::<String>()
    };
    let all: Vec<usize> = (1..=26).collect();
    let without = |gone: std::ops::RangeInclusive<usize>| {
        let left: Vec<usize> = all
            .iter()
            .copied()
            .filter(|line| !gone.contains(line))
            .collect();
        some(&left)
    };
    let cases = [
        ("one line removed", without(8..=8), "changed log:7-9"),
        ("a seal removed", without(11..=11), "missing log:7-14"),
        (
            "lines and their seal removed",
            without(7..=11),
            "missing log:7-10",
        ),
        (
            "the code of a seal",
            log.replacen("\"seal\":4,", "\"seal\":5,", 1),
            "forged log:12-16",
        ),
        (
            "all seals removed",
            without(1..=1)
                .lines()
                .filter(|line| !line.contains("log.seal"))
                .collect::<Vec<_>>()
                .join("\n"),
            "unsealed log:1-20",
        ),
        (
            "a seal repeated",
            some(&[&all[..11], &[11], &all[11..]].concat()),
            "repeated log:12-12",
        ),
        (
            "a file of nothing but a made up seal",
            lines[0].replace("opened", "closed"),
            "forged log:1-1",
        ),
    ];
    for (what, log, expected) in cases {
        scratch.write("log", &log);
        let json = verified(&scratch, &["--key", &key, "log"], 1);
        let found = places(&json);
        assert!(
            found.iter().any(|place| place == expected),
            "{what}: {found:?}"
        );
    }
}

#[test]
fn lines_behind_the_last_seal_are_a_tail_and_no_tampering() {
    let scratch = Scratch::new();
    let key = key(&scratch, "a");
    let mut sealer = Sealer::new("a");
    sealer.sealed(2, 3).events(2).bytes(b"{\"event\":\"auth.lo");
    scratch.write("log", &sealer.log);
    let json = verified(&scratch, &["--key", &key, "log"], 0);
    assert_eq!(
        (fact(&json, "intact"), fact(&json, "unsealed_lines")),
        (&true.into(), &3.into())
    );
    assert_eq!(fact(&json, "chains/0/torn"), &Value::Bool(true));
    // The next start isolates the torn line and covers what is there.
    sealer
        .bytes(b"\n")
        .seal("recovered")
        .events(1)
        .seal("closed");
    scratch.write("log", &sealer.log);
    let json = verified(&scratch, &["--key", &key, "log"], 0);
    assert_eq!(
        (
            fact(&json, "unsealed_lines"),
            fact(&json, "after_the_fact_lines")
        ),
        (&0.into(), &3.into())
    );
    let late = fact(&json, "after_the_fact/0");
    assert_eq!(
        (&late["line"], &late["last_line"], &late["kind"]),
        (&10.into(), &12.into(), &"recovered".into())
    );
}

#[test]
fn keys_come_from_files_that_nobody_else_reads_or_from_the_environment() {
    let scratch = Scratch::new();
    let (a, b) = (key(&scratch, "a"), key(&scratch, "b"));
    let mut sealer = Sealer::new("a");
    sealer.sealed(2, 3).with_key("b");
    sealer.seal("opened").sealed(1, 3);
    scratch.write("log", &sealer.log);
    scratch
        .run(&["verify", "log"])
        .exit(2)
        .says("METRICS_KEY_FILE")
        .prints_nothing();
    let one = verified(&scratch, &["--key", &b, "log"], 1);
    assert_eq!(places(&one), ["unknown_key log:1-9"]);
    verified(&scratch, &["--key", &a, "--key", &b, "log"], 0);
    let of_environment =
        scratch.shell("METRICS_KEY_FILE=a.key \"$AUTHMETER\" verify --get verify.unknown_key log");
    assert_eq!(of_environment.exit(1).text(), "1\n");
    let shared = fs::Permissions::from_mode(0o644);
    fs::set_permissions(scratch.path(&a), shared).unwrap();
    scratch
        .run(&["verify", "--key", &a, "log"])
        .exit(2)
        .says("chmod 600");
    scratch
        .run(&["verify", "--key", "none", "log"])
        .exit(2)
        .says("none");
    scratch.write("short", "x");
    scratch.run(&["verify", "--key", "short", "log"]).exit(2);
}

#[test]
fn what_verify_does_is_in_its_help() {
    let scratch = Scratch::new();
    let help = scratch.run(&["verify", "--help"]);
    for word in [
        "--checkpoint",
        "METRICS_KEY_FILE",
        "Exit codes: 0 nothing found; 1 something was found",
    ] {
        help.expect(help.text().contains(word), word);
    }
    let commands = scratch.run(&["--help"]);
    commands.expect(
        commands.text().contains("verify "),
        "verify among the commands",
    );
}
