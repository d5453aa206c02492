//! `authmeter check`: every line that is refused or suspicious, with its place and the reason.

use serde_json::Value;

use crate::harness::{Scratch, at};
use crate::invariance::nasty_log;

/// The lines of the table `lines` as `input:line:byte sort`.
fn found(json: &Value) -> Vec<String> {
    let lines = at(json, "/reports/check/lines").as_array().unwrap();
    let line = |line: &Value| {
        let [input, sort] = ["input", "sort"].map(|name| line[name].as_str().unwrap());
        format!("{input}:{}:{} {sort}", line["line"], line["byte"])
    };
    lines.iter().map(line).collect()
}

fn checked(scratch: &Scratch, words: &[&str], exit: i32) -> Value {
    let words = [&["check", "--format", "json"][..], words].concat();
    scratch.run(&words).exit(exit).json()
}

#[test]
fn every_finding_has_its_place_and_its_sort() {
    let scratch = Scratch::new();
    let event = |time: &str| {
        format!("{{\"event\":\"auth.login\",\"timestamp\":\"{time}\",\"success\":true}}")
    };
    let lines = [
        event("2025-01-15T10:00:00Z"),   // 1, at 0
        event("2025-01-15T09:59:59.5Z"), // 2: half a second back is out of order and no finding
        event("2025-01-15T09:00:00Z"),   // 3: an hour back
        event("2025-01-15T09:00:01Z"),   // 4: not behind the line above it
        String::new(),                   // 5
        "{\"event\":\"a\",".to_owned(),  // 6
        "7".to_owned(),                  // 7
        "{\"user\":\"u\"}".to_owned(),   // 8: neither name nor time
        event("soon"),                   // 9
        event("2999-01-01T00:00:00Z"),   // 10
        event("2025-01-15T10:00:01Z"),   // 11: not behind a clock that runs ahead
        event("1970-01-01T00:00:00Z"),   // 12: long ago, and so back, too
        "{\"event\":\"a\\ud800\",\"timestamp\":\"2025-01-15T10:00:02Z\"}".to_owned(), // 13
    ];
    let place = |line: usize| {
        lines[..line - 1]
            .iter()
            .map(|line| line.len() + 1)
            .sum::<usize>()
    };
    scratch.write("log", lines.join("\n"));
    let expected = [
        (3, "clock_back"),
        (6, "malformed"),
        (7, "not_an_object"),
        (8, "no_name"),
        (8, "undated"),
        (9, "undated"),
        (10, "future"),
        (12, "ancient"),
        (12, "clock_back"),
        (13, "repaired"),
    ]
    .map(|(line, sort)| format!("log:{line}:{} {sort}", place(line)));
    for chunk_size in ["1", "100", "256KiB"] {
        let json = checked(&scratch, &["--chunk-size", chunk_size, "log"], 1);
        assert_eq!(found(&json), expected, "chunks of {chunk_size}");
        assert_eq!(at(&json, "/reports/check/findings"), 10);
        // Lines 2, 3, 4 and 12 are behind line 1 or 11.
        assert_eq!(at(&json, "/reports/check/out_of_order"), 4);
        let clock = at(&json, "/reports/check/clocks/0");
        assert_eq!((&clock["line"], &clock["dated"]), (&12.into(), &7.into()));
        let coverage = at(&json, "/reports/check/coverage").as_array().unwrap();
        let success = coverage
            .iter()
            .find(|row| row["field"] == "success")
            .unwrap();
        assert_eq!(
            (&success["events"], &success["share"]["whole"]),
            (&8.into(), &10.into())
        );
    }
    let json = checked(&scratch, &["--limit", "2", "log"], 1);
    assert_eq!(found(&json), expected[..2]);
    assert_eq!(at(&json, "/reports/check/left_out"), 8);
    let logins = checked(
        &scratch,
        &["--kind", "login", "--as-of", "2999-02-01", "log"],
        1,
    );
    assert_eq!(at(&logins, "/reports/check/future"), 0);
    assert_eq!(at(&logins, "/reports/check/no_name"), 0);
    assert_eq!(at(&logins, "/reports/check/events/0/count"), 8);
}

#[test]
fn a_clean_log_is_clean_and_a_strange_one_is_not_whatever_the_chunks() {
    let scratch = Scratch::new();
    scratch
        .run(&["generate", "--events", "5000", "-o", "log"])
        .exit(0);
    let json = checked(&scratch, &["log"], 0);
    assert_eq!(found(&json), [""; 0]);
    assert_eq!(at(&json, "/reports/check/out_of_order"), 0);
    scratch.write("nasty", nasty_log());
    let first = checked(&scratch, &["nasty"], 1);
    let rejected = ["malformed", "not_an_object", "repaired", "undated"];
    for name in rejected {
        let (found, told) = (
            at(&first, &format!("/reports/check/{name}")),
            at(&first, &format!("/input/{name}")),
        );
        assert_eq!(found, told, "{name}: as the account says");
    }
    for chunk_size in ["3", "777", "1MiB"] {
        let json = checked(&scratch, &["--chunk-size", chunk_size, "nasty"], 1);
        assert_eq!(json, first, "chunks of {chunk_size}");
    }
}

#[test]
fn several_inputs_have_clocks_of_their_own() {
    let scratch = Scratch::new();
    scratch.write("late", "{\"event\":\"a\",\"ts\":1736937000}\n");
    scratch.write(
        "early",
        "{\"event\":\"a\",\"ts\":1736930000}\n{\"event\":\"a\",\"ts\":1736930001}\n",
    );
    let json = checked(&scratch, &["late", "early"], 0);
    assert_eq!(
        at(&json, "/reports/check/clocks").as_array().unwrap().len(),
        2
    );
    scratch.write("bad", "x\n");
    let json = checked(&scratch, &["late", "bad", "missing"], 3);
    assert_eq!(found(&json), ["bad:1:0 malformed"]);
}

#[test]
fn what_a_check_does_not_heed_is_refused() {
    let scratch = Scratch::new();
    scratch.write("log", "{}\n");
    scratch
        .run(&["check", "--tenant", "t", "log"])
        .exit(2)
        .says("--tenant is nothing that `check` heeds");
}
