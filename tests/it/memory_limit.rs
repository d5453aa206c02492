//! Over `--memory-limit` numbers become estimates that say so; below it nothing changes.

use std::fmt::Write as _;

use authmeter::render::FORMATS;

use crate::harness::{Ended, Scratch, at};

const USERS: usize = 16_000;

/// Three logs of logins and refreshes, of more users, clients and reasons than the least limit has room for. One client
/// of all has a fourth of the events, one reason a third of those of users whose number is odd.
fn scratch() -> Scratch {
    let scratch = Scratch::new();
    for log in 0..3 {
        let mut lines = String::new();
        for user in 0..USERS * 2 / 3 {
            let user = (user * 7919 + log * USERS / 3) % USERS;
            let event = ["auth.login", "token.refresh"][user % 2];
            let client = match user % 8 {
                0 | 1 => "web".to_owned(),
                _ => format!("client-{user}"),
            };
            let reason = match user % 3 {
                0 => "Invalid code".to_owned(),
                _ => format!("fault {user}"),
            };
            writeln!(
                lines,
                "{{\"event\":\"{event}\",\"timestamp\":\"2025-01-15T{:02}:{:02}:00.000Z\",\"userId\":\"user-{user}\",\"success\":{},\"error\":\"{reason}\",\"clientId\":\"{client}\"}}",
                user % 20,
                user % 59,
                !user.is_multiple_of(5)
            )
            .unwrap();
        }
        scratch.write(format!("{log}.jsonl"), lines);
    }
    scratch
}

const LOGS: [&str; 3] = ["0.jsonl", "1.jsonl", "2.jsonl"];

#[track_caller]
fn report(scratch: &Scratch, more: &[&str], logs: &[&str]) -> Ended {
    let ended = scratch.run(&[&["report"], more, logs].concat());
    ended.exit(0).is_quiet();
    ended
}

#[test]
fn nothing_changes_while_there_is_room() {
    let scratch = scratch();
    for format in FORMATS {
        let format = ["--format", format.name];
        let exact = report(&scratch, &format, &LOGS);
        let limited = [&format[..], &["--memory-limit", "64MiB"]].concat();
        let limited = report(&scratch, &limited, &LOGS);
        limited.expect(limited.stdout() == exact.stdout(), "it differs");
    }
}

#[test]
fn estimates_are_the_same_bytes_however_they_are_made() {
    let scratch = scratch();
    let limit = ["--memory-limit", "1MiB", "--format", "json"];
    let expected = report(&scratch, &[&limit[..], &["-j", "1"]].concat(), &LOGS);
    for way in [
        ["-j", "2", "--chunk-size", "1000"],
        ["-j", "8", "--chunk-size", "64KiB"],
        ["-j", "3", "--read", "map"],
        ["-j", "8", "--chunk-size", "7777"],
    ] {
        let found = report(&scratch, &[&limit[..], &way].concat(), &LOGS);
        found.expect(
            found.stdout() == expected.stdout(),
            "it differs from one worker's",
        );
    }
    let turned = report(&scratch, &limit, &["2.jsonl", "0.jsonl", "1.jsonl"]);
    assert_eq!(turned.json()["reports"], expected.json()["reports"]);
}

#[test]
fn estimates_are_near_the_truth_and_never_above_the_number_of_events() {
    let scratch = scratch();
    let exact = report(&scratch, &["--format", "json"], &LOGS).json();
    let limit = ["--memory-limit", "1MiB", "--format", "json"];
    let about = report(&scratch, &limit, &LOGS).json();
    let users = at(&about, "/reports/logins/users");
    assert_eq!(users["exact"], false);
    assert_eq!(users["error"], 0.016);
    let truth = at(&exact, "/reports/logins/users").as_u64().unwrap();
    let found = users["value"].as_u64().unwrap();
    assert!(
        found.abs_diff(truth) * 1000 <= truth * 16,
        "{found} for {truth}"
    );
    let (mean, truth) = (
        at(&about, "/reports/refreshes/per_user"),
        at(&exact, "/reports/refreshes/per_user"),
    );
    assert_eq!(
        (&mean["exact"], &mean["part"]),
        (&false.into(), &truth["part"])
    );
    let (found, truth) = (
        mean["rate"].as_f64().unwrap(),
        truth["rate"].as_f64().unwrap(),
    );
    assert!((found / truth - 1.0).abs() <= 0.017, "{found} for {truth}");
    for bucket in at(&about, "/reports/timeline/buckets").as_array().unwrap() {
        let subjects = bucket["subjects"]["value"].as_u64().unwrap();
        assert!(subjects <= bucket["events"].as_u64().unwrap(), "{bucket}");
        assert_eq!(bucket["subjects"]["exact"], false);
    }
    // What needs no room is still exact.
    for path in [
        "/input",
        "/window",
        "/reports/logins/success_rate",
        "/reports/logins/by_method",
        "/reports/failures/total",
        "/reports/refreshes/by_hour",
    ] {
        assert_eq!(at(&about, path), at(&exact, path));
    }
}

/// What is frequent is found first, with no fewer events than it had, and with no more than is said.
#[test]
fn top_lists_find_what_is_frequent() {
    let scratch = scratch();
    let exact = report(&scratch, &["--format", "json"], &LOGS).json();
    let limit = ["--memory-limit", "1MiB", "--format", "json"];
    let about = report(&scratch, &limit, &LOGS).json();
    for (table, key, count) in [
        ("/reports/logins/by_client", "client", "success"),
        ("/reports/logins/by_client", "client", "failure"),
        ("/reports/refreshes/by_client", "client", "success"),
        ("/reports/logins/by_reason", "reason", "count"),
        ("/reports/refreshes/by_reason", "reason", "count"),
        ("/reports/failures/by_reason", "reason", "count"),
    ] {
        let (found, truth) = (&at(&about, table)[0], &at(&exact, table)[0]);
        assert_eq!(found[key], truth[key], "{table}");
        let truth = truth[count].as_u64().unwrap();
        let value = found[count]["value"].as_u64().unwrap();
        let error = found[count]["error"].as_f64().unwrap();
        assert!(
            value >= truth && (value - truth) as f64 <= error * value as f64,
            "{table} {found}"
        );
        for row in at(&about, table).as_array().unwrap() {
            assert_eq!(row[count]["exact"], false, "{table} {row}");
        }
    }
}

#[test]
fn a_table_of_estimates_has_as_many_cells_in_every_row() {
    let scratch = scratch();
    for table in ["logins.by_client", "failures.by_reason", "timeline.buckets"] {
        let more = ["--memory-limit", "1MiB", "--format", "csv", "--get", table];
        let ended = report(&scratch, &more, &LOGS);
        let mut rows = csv::Reader::from_reader(ended.stdout());
        let has_error = rows
            .headers()
            .unwrap()
            .iter()
            .any(|name| name.ends_with(".error"));
        ended.expect(has_error, "a column should tell the error");
        let rows = rows.records().filter(Result::is_ok).count();
        ended.expect(
            rows + 1 == ended.text().lines().count(),
            "a row is of another shape",
        );
    }
}

#[test]
fn every_format_says_that_an_estimate_is_one() {
    let scratch = scratch();
    let limit = ["--memory-limit", "1MiB"];
    let table = report(&scratch, &limit, &LOGS);
    for what in ["≈ 8,", " ± 1.6 %", " ± 1.7 %", " for ≈ "] {
        table.expect(table.text().contains(what), &format!("expected {what:?}"));
    }
    let csv = report(
        &scratch,
        &[&limit[..], &["--format", "csv"]].concat(),
        &LOGS,
    );
    for line in [
        "logins,,,users.exact,false",
        "logins,,,users.error,0.016",
        "refreshes,,,per_user.exact,false",
        "timeline,buckets,1,subjects.exact,false",
        "logins,by_client,1,client,web",
        "logins,by_client,1,success.exact,false",
        "logins,by_client,1,success_rate.exact,false",
        "failures,by_reason,1,count.exact,false",
        "failures,by_reason,1,share.exact,false",
    ] {
        csv.expect(
            csv.text().lines().any(|known| known == line),
            &format!("expected the line {line:?}"),
        );
    }
}

#[test]
fn one_estimate_is_printed_alone() {
    let scratch = scratch();
    let get = ["--memory-limit", "1MiB", "--get", "logins.users"];
    let word = report(&scratch, &get, &LOGS);
    let number: u64 = word.text().trim_end().parse().unwrap();
    let json = report(&scratch, &[&get[..], &["--format", "json"]].concat(), &LOGS).json();
    assert_eq!(
        json,
        serde_json::json!({"value": number, "exact": false, "error": 0.016})
    );
}

#[test]
fn a_script_can_ask_whether_a_number_is_exact() {
    let scratch = scratch();
    for (limit, answer) in [("1MiB", "false\n"), ("64MiB", "true\n")] {
        let get = ["--memory-limit", limit, "--get", "logins.users.exact"];
        assert_eq!(report(&scratch, &get, &LOGS).text(), answer, "{limit}");
    }
}

#[test]
fn a_limit_that_is_none_is_refused_before_anything_is_read() {
    let scratch = Scratch::new();
    for (limit, why) in [
        (
            "1023KiB",
            "--memory-limit \"1023KiB\" is too small; 1MiB is the least",
        ),
        ("64 monkeys", "--memory-limit \"64 monkeys\" is no size"),
    ] {
        let ended = scratch.run(&["report", "--memory-limit", limit, "missing.jsonl"]);
        ended.exit(2).prints_nothing().says(why);
    }
}
