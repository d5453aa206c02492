//! `authmeter diff`: two logs of the same life show no change, a planted one leads, and nothing that one side lacks is
//! passed over.

mod counts;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use authmeter::generate::{self, Settings};
use authmeter::render::FORMATS;
use serde_json::Value;

use crate::harness::{Ended, LOGIN, Scratch, at};

/// A synthetic log.
fn log(events: u64, seed: u64) -> String {
    let mut log = Vec::new();
    generate::write(&Settings::new(events, seed), &mut log).unwrap();
    String::from_utf8(log).unwrap()
}

/// The log with every so many of the successful logins of a client turned into failures.
fn with_failures(log: &str, client: &str, one_in: usize) -> String {
    let client = format!("\"clientId\":\"{client}\"");
    let mut seen = 0;
    let mut planted = String::new();
    for line in log.lines() {
        let is_login = line.contains("\"auth.login\"") && line.contains("\"success\":true");
        seen += usize::from(is_login && line.contains(&client));
        let fails = is_login && line.contains(&client) && seen % one_in == 0;
        let line = match fails {
            true => line.replace(
                "\"success\":true",
                "\"success\":false,\"error\":\"Account locked\"",
            ),
            false => line.to_owned(),
        };
        planted.push_str(&line);
        planted.push('\n');
    }
    planted
}

/// Logins of users numbered from 0, of which the first so many fail.
fn logins(users: usize, failures: usize) -> String {
    let mut log = String::new();
    for user in 0..users {
        let success = user >= failures;
        writeln!(
            log,
            r#"{{"event":"auth.login","userId":"u{user}","success":{success}}}"#
        )
        .unwrap();
    }
    log
}

fn diff(scratch: &Scratch, words: &[&str]) -> Ended {
    let mut args = vec!["diff", "--format", "json"];
    args.extend(words);
    scratch.run(&args)
}

fn changed(ended: &Ended) -> u64 {
    at(&ended.json(), "/reports/diff/changed").as_u64().unwrap()
}

#[test]
fn two_logs_of_the_same_life_show_no_change() {
    let scratch = Scratch::new();
    let mut runs_with_changes = 0;
    for run in 0..20 {
        scratch.write("a.jsonl", log(3_000, 2 * run));
        scratch.write("b.jsonl", log(3_000, 2 * run + 1));
        let ended = diff(&scratch, &["a.jsonl", "b.jsonl"]);
        runs_with_changes += u64::from(changed(ended.exit(0)) > 0);
        assert!(at(&ended.json(), "/reports/diff/compared").as_u64() > Some(100));
    }
    // One in a hundred may.
    assert_eq!(runs_with_changes, 0);
}

#[test]
fn a_client_whose_logins_fail_twice_as_often_leads_the_list_and_fails_the_run() {
    let scratch = Scratch::new();
    // 7 of 100 logins of this client fail; 7 more do now.
    scratch.write("a.jsonl", log(40_000, 1));
    scratch.write("b.jsonl", with_failures(&log(40_000, 2), "web-app", 13));
    scratch.write("c.jsonl", log(40_000, 2));
    let ended = diff(&scratch, &["--fail", "a.jsonl", "b.jsonl"]);
    let json = ended.exit(1).json();
    let first = at(&json, "/reports/diff/changes/0");
    assert_eq!(first["name"], "logins.by_client success_rate");
    assert_eq!(first["key"], "web-app");
    assert!(first["p_value"].as_f64() < Some(1e-4), "{first}");
    assert!(first["change"]["high"].as_f64() < Some(0.0), "{first}");
    diff(&scratch, &["a.jsonl", "b.jsonl"]).exit(0);
    diff(&scratch, &["--fail", "a.jsonl", "c.jsonl"]).exit(0);
    let table = scratch.run(&["diff", "a.jsonl", "b.jsonl"]);
    let sentence = table.exit(0).text().lines().next().unwrap();
    assert!(sentence.ends_with("most clearly logins.by_client success_rate fell for web-app"));
}

#[test]
fn what_one_user_does_is_no_change_and_what_many_do_is() {
    let scratch = Scratch::new();
    let burst = format!(
        "{}\n",
        LOGIN.replace("true", "false").replace("\"u\"", "\"u7\"")
    )
    .repeat(300);
    scratch.write("a.jsonl", logins(1_000, 50));
    scratch.write("one.jsonl", logins(1_000, 50) + &burst);
    scratch.write("many.jsonl", logins(1_300, 350));
    assert_eq!(changed(&diff(&scratch, &["a.jsonl", "one.jsonl"])), 0);
    assert!(changed(&diff(&scratch, &["a.jsonl", "many.jsonl"])) > 0);
}

#[test]
fn the_same_input_on_both_sides_has_no_difference_and_is_no_copy() {
    let scratch = Scratch::new();
    scratch
        .write("a.jsonl", log(600, 1))
        .write("b.jsonl", log(600, 1));
    for other in ["a.jsonl", "b.jsonl"] {
        let ended = diff(&scratch, &["--fail", "a.jsonl", other]);
        let json = ended.exit(0).is_quiet().json();
        assert_eq!(
            at(&json, "/reports/diff/summary"),
            "Both sides have the same numbers"
        );
        assert_eq!(at(&json, "/input/events"), 1_200);
        for row in at(&json, "/reports/diff/counts").as_array().unwrap() {
            assert_eq!(row["a"], row["b"], "{row}");
        }
    }
}

#[test]
fn two_windows_are_two_logs() {
    let scratch = Scratch::new();
    let all = log(4_000, 5);
    let starts = |line: &&str, day| line.contains(&format!("\"timestamp\":\"2025-01-0{day}"));
    let of_day = |day| {
        let lines = all.lines().filter(|line| starts(line, day));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    scratch.write("all.jsonl", &all);
    scratch
        .write("6.jsonl", of_day(6))
        .write("7.jsonl", of_day(7));
    let files = diff(&scratch, &["6.jsonl", "7.jsonl"]).exit(0).json();
    for windows in [
        ["2025-01-06..2025-01-06", "2025-01-07..2025-01-07"],
        ["..2025-01-06", "2025-01-07..2025-01-07T23:59:59.9999"],
    ] {
        let ended = diff(&scratch, &[windows[0], windows[1], "all.jsonl"]);
        let json = ended.exit(0).is_quiet().json();
        for table in [
            "changes",
            "rates",
            "counts",
            "row_rates",
            "row_counts",
            "untested",
        ] {
            let path = format!("/reports/diff/{table}");
            assert_eq!(at(&json, &path), at(&files, &path), "{table}");
        }
        assert_eq!(at(&json, "/reports/diff/sides/0/name"), windows[0]);
        assert_eq!(at(&json, "/window"), at(&files, "/window"));
    }
    let overlap = diff(&scratch, &["..2025-01-07", "2025-01-07..", "all.jsonl"]);
    overlap.exit(0).says("the windows overlap");
    let empty = diff(&scratch, &["2024", "..2024", "all.jsonl"]);
    empty.exit(2);
    let empty = diff(&scratch, &["..2024", "2025..", "all.jsonl"]);
    empty.exit(0).says("..2024: no events in this window");
}

#[test]
fn wrong_words_are_told_before_anything_is_read() {
    let scratch = Scratch::new();
    scratch.write("a.jsonl", LOGIN).write("b.jsonl", LOGIN);
    for (words, says) in [
        (
            &["a.jsonl", "b.jsonl", "a.jsonl"][..],
            "diff takes two inputs, and here are 3",
        ),
        (
            &["2025-01-01..2025-01-02", "b.jsonl"],
            "2025-01-01..2025-01-02 is a window, and b.jsonl is none",
        ),
        (
            &["2025-01..2025-13", "2025..2026", "a.jsonl"],
            "          ^^",
        ),
        (
            &["2025-02..2025-01", "2025..2026", "a.jsonl"],
            "no time lies in the window",
        ),
        (
            &["2025..2026", "2025..2026", "--from", "2025", "a.jsonl"],
            "leave out --from",
        ),
        (
            &["2025..2026", "2025..2026"],
            "two windows read the inputs twice",
        ),
        (&["-", "-"], "standard input can be one side only"),
        (
            &["a.jsonl", "b.jsonl", "--get", "diff.chnges"],
            "did you mean `diff.changes`?",
        ),
    ] {
        let ended = scratch.run(&[&["diff"], words].concat());
        ended.exit(2).prints_nothing().says(says);
    }
    scratch.run(&["diff", "a.jsonl"]).exit(2);
}

#[test]
fn what_cannot_be_read_on_either_side_is_told_and_matters_more_than_a_change() {
    let scratch = Scratch::new();
    scratch.write("a.jsonl", logins(500, 20) + "{torn\n");
    scratch.write("b.jsonl", "[]\n".to_owned() + &logins(500, 120));
    let ended = diff(&scratch, &["--fail", "a.jsonl", "b.jsonl"]);
    let json = ended.exit(1).json();
    let rows = at(&json, "/input/rejected").as_array().unwrap();
    let told: Vec<_> = rows
        .iter()
        .map(|row| (&row["side"], &row["input"], &row["line"]))
        .collect();
    assert_eq!(
        told,
        [
            (&"a".into(), &"a.jsonl".into(), &501.into()),
            (&"b".into(), &"b.jsonl".into(), &1.into())
        ]
    );
    ended
        .says("a.jsonl:501: malformed")
        .says("b.jsonl:1: not an object");
    diff(&scratch, &["--fail", "--strict", "a.jsonl", "b.jsonl"]).exit(3);
    for sides in [["a.jsonl", "none"], ["none", "a.jsonl"]] {
        let ended = diff(&scratch, &["--fail", sides[0], sides[1]]);
        ended.exit(3).says("none: ");
    }
}

#[test]
fn the_account_of_both_sides_has_every_column_of_one() {
    let scratch = Scratch::new();
    scratch.write("a.jsonl", "{torn\n").write("b.jsonl", LOGIN);
    let one = scratch
        .run(&["report", "--format", "json", "a.jsonl"])
        .json();
    let both = diff(&scratch, &["a.jsonl", "b.jsonl"]).json();
    let names = |json: &Value, path: &str| -> BTreeSet<String> {
        at(json, path)
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect()
    };
    assert_eq!(names(&one, "/input"), names(&both, "/input"));
    for row in ["/input/inputs/0", "/input/rejected/0"] {
        let mut expected = names(&one, row);
        expected.insert("side".to_owned());
        assert_eq!(names(&both, row), expected);
    }
}

#[test]
fn empty_and_single_sides_are_told_in_every_format() {
    let scratch = Scratch::new();
    scratch
        .write("none.jsonl", "")
        .write("one.jsonl", LOGIN)
        .write("some.jsonl", log(300, 1));
    for a in ["none.jsonl", "one.jsonl", "some.jsonl"] {
        for b in ["none.jsonl", "one.jsonl", "some.jsonl"] {
            for format in FORMATS {
                let ended = scratch.run(&["diff", "--format", format.name, a, b]);
                let text = ended.exit(0).is_quiet().text();
                let mut words = text.split(|character: char| !character.is_alphanumeric());
                ended.expect(!words.any(|word| matches!(word, "NaN" | "inf")), "numbers");
            }
        }
    }
}

#[test]
fn the_answer_does_not_depend_on_workers_chunks_or_order() {
    let scratch = Scratch::new();
    let (a, b) = (log(2_000, 1), log(2_000, 2));
    let reversed: Vec<&str> = a.lines().rev().collect();
    scratch.write("a.jsonl", &a).write("b.jsonl", &b);
    let one = diff(&scratch, &["-j1", "a.jsonl", "b.jsonl"]);
    let many = diff(
        &scratch,
        &["-j7", "--chunk-size", "3KiB", "a.jsonl", "b.jsonl"],
    );
    assert_eq!(one.exit(0).text(), many.exit(0).text());
    scratch.write("a.jsonl", reversed.join("\n") + "\n");
    assert_eq!(
        diff(&scratch, &["a.jsonl", "b.jsonl"]).exit(0).text(),
        one.text()
    );
}

#[test]
fn a_tenant_learns_nothing_of_others() {
    let scratch = Scratch::new();
    let of = |tenant: &str, reason: &str| {
        let event =
            r#"{"event":"auth.login","userId":"U","tenantId":"T","success":false,"error":"R"}"#;
        let event = event.replace("\"T\"", &format!("\"{tenant}\""));
        let line = |user| {
            event
                .replace("\"U\"", &format!("\"u{user}\""))
                .replace("\"R\"", &format!("\"{reason}\""))
        };
        (0..50).map(|user| line(user) + "\n").collect::<String>()
    };
    scratch.write("a.jsonl", of("ours", "locked") + &of("theirs", "secret"));
    scratch.write(
        "b.jsonl",
        of("ours", "expired") + &of("theirs", "secret") + "{torn secret\n",
    );
    for format in FORMATS {
        let ended = scratch.run(&[
            "diff",
            "--tenant",
            "ours",
            "--format",
            format.name,
            "a.jsonl",
            "b.jsonl",
        ]);
        ended.exit(0);
        let all = ended.text().to_owned() + &ended.stderr_text();
        ended.expect(
            all.contains("locked") && !all.contains("secret"),
            "another tenant's",
        );
        ended.expect(
            !all.contains("201") && !all.contains("torn"),
            "another tenant's lines",
        );
    }
}

#[test]
fn every_name_of_the_answer_is_in_the_help_and_prints_alone() {
    let scratch = Scratch::new();
    scratch
        .write("a.jsonl", log(300, 1))
        .write("b.jsonl", log(300, 2));
    let help = scratch.run(&["diff", "--help"]);
    let json = diff(&scratch, &["a.jsonl", "b.jsonl"]).json();
    for name in at(&json, "/reports/diff").as_object().unwrap().keys() {
        help.exit(0)
            .expect(help.text().contains(name.as_str()), name);
        let name = format!("diff.{name}");
        for format in FORMATS {
            let words = [
                "diff",
                "--get",
                &name,
                "--format",
                format.name,
                "a.jsonl",
                "b.jsonl",
            ];
            scratch.run(&words).exit(0);
        }
    }
    assert!(help.text().lines().all(|line| line.chars().count() <= 120));
}
