//! Who was there most: `users`, `clients` and `ips` through the program.

use std::fmt::Write as _;

use authmeter::render::FORMATS;
use serde_json::{Value, json};

use crate::harness::{Ended, Scratch, at};

#[track_caller]
fn run(scratch: &Scratch, args: &[&str]) -> Ended {
    let ended = scratch.run(args);
    ended.exit(0).is_quiet();
    ended
}

fn column<'a>(report: &'a Value, path: &str, name: &str) -> Vec<&'a Value> {
    let rows = at(report, path).as_array().unwrap();
    rows.iter().map(|row| &row[name]).collect()
}

#[test]
fn one_address_is_one_row_however_it_is_written() {
    let scratch = Scratch::new();
    let addresses = [
        "203.0.113.9",
        "::ffff:203.0.113.9",
        "203.0.113.9:51324",
        "[::ffff:203.0.113.9]:443",
        "2001:DB8:0:0:0:0:0:1",
        "[2001:db8::1]:8443",
        "unknown",
        "",
    ];
    let mut log = String::new();
    for (minute, address) in addresses.iter().enumerate() {
        let at = format!("2025-01-15T10:{minute:02}:00Z");
        writeln!(
            log,
            r#"{{"event":"auth.login","ts":"{at}","ip":"{address}","success":false}}"#
        )
        .unwrap();
    }
    scratch.write("log", log);
    let ips = run(&scratch, &["ips", "--format", "json", "log"]).json();
    let row = |ip: &str, events: u64, first: &str, last: &str| {
        let [first, last] = [first, last].map(|at| format!("2025-01-15T10:{at}:00.000Z"));
        json!({"ip": ip, "events": events, "logins_ok": 0, "logins_failed": events, "issued": 0, "refreshes": 0,
            "first_seen": first, "last_seen": last})
    };
    assert_eq!(
        ips["reports"]["ips"],
        json!({"distinct": 3, "unnamed": 1, "top": [
            row("203.0.113.9", 4, "00", "03"),
            row("2001:db8::1", 2, "04", "05"),
            row("unknown", 1, "06", "06"),
        ]})
    );
}

/// User n of 100 has n events, from address n / 10, one a minute.
fn crowd() -> Scratch {
    let scratch = Scratch::new();
    for log in 0..2 {
        let mut lines = String::new();
        for user in 0..=100_usize {
            for event in (0..user).filter(|event| event % 2 == log) {
                let name = ["auth.login", "token.refresh", "token.generated", "x"][event % 4];
                writeln!(
                    lines,
                    "{{\"event\":\"{name}\",\"ts\":\"2025-01-15T{:02}:{:02}:00Z\",\"userId\":\"user-{user}\",\"ip\":\"192.0.2.{}\",\"success\":{}}}",
                    event / 60,
                    event % 60,
                    user / 10,
                    event % 3 > 0
                )
                .unwrap();
            }
        }
        scratch.write(format!("{log}.jsonl"), lines);
    }
    scratch
}

const LOGS: [&str; 2] = ["0.jsonl", "1.jsonl"];

#[test]
fn the_top_is_ten_and_the_rest_is_counted_in_every_format() {
    let scratch = crowd();
    let users = run(
        &scratch,
        &[&["users", "--format", "json"], &LOGS[..]].concat(),
    )
    .json();
    assert_eq!(at(&users, "/reports/users/distinct"), 100);
    let names: Vec<String> = (91..=100)
        .rev()
        .map(|user| format!("user-{user}"))
        .collect();
    assert_eq!(
        column(&users, "/reports/users/top", "user"),
        names.iter().collect::<Vec<_>>()
    );
    for format in FORMATS {
        let users = run(
            &scratch,
            &[&["users", "--format", format.name], &LOGS[..]].concat(),
        );
        let has = |user: &str| users.text().contains(user);
        let is_ten = names.iter().all(|name| has(name)) && !has("user-90") && !has("user-1\"");
        users.expect(is_ten, "the top are user-91 to user-100");
    }
    let report = run(
        &scratch,
        &[&["report", "--format", "json"], &LOGS[..]].concat(),
    )
    .json();
    let made = report["reports"].as_object().unwrap();
    assert!(made.contains_key("clients"));
    assert!(!made.contains_key("users") && !made.contains_key("ips"));
}

#[test]
fn the_top_is_the_same_bytes_however_it_is_read() {
    let scratch = crowd();
    for report in ["users", "ips", "clients"] {
        for limit in ["1GiB", "1MiB"] {
            let args = |more: &[&'static str]| {
                let args = [report, "--format", "json", "--memory-limit", limit];
                let all: Vec<&str> = args.into_iter().chain(more.iter().copied()).collect();
                run(&scratch, &all)
            };
            let expected = args(&["-j", "1", "0.jsonl", "1.jsonl"]);
            let found = args(&["-j", "3", "--chunk-size", "500", "0.jsonl", "1.jsonl"]);
            found.expect(
                found.stdout() == expected.stdout(),
                "it differs from one worker's",
            );
            let turned = args(&["-j", "2", "1.jsonl", "0.jsonl"]).json();
            assert_eq!(turned["reports"], expected.json()["reports"]);
        }
    }
}

#[test]
fn over_the_memory_limit_counts_are_estimates_and_times_are_not_told() {
    let scratch = Scratch::new();
    let mut log = String::new();
    for event in 0..20_000 {
        let user = if event % 4 == 0 { 7 } else { event };
        writeln!(
            log,
            "{{\"event\":\"auth.login\",\"ts\":{},\"userId\":\"user-{user}\",\"success\":true}}",
            1_736_935_200 + event
        )
        .unwrap();
    }
    scratch.write("log", log);
    let exact = run(&scratch, &["users", "--format", "json", "log"]).json();
    let limited = |more: [&'static str; 2]| {
        let args = ["users", "--format", "json", "--memory-limit", "1MiB", "log"];
        run(&scratch, &[&args[..], &more].concat())
    };
    let about = limited(["-j", "1"]);
    for more in [["-j", "3"], ["--chunk-size", "1000"]] {
        let found = limited(more);
        found.expect(
            found.stdout() == about.stdout(),
            "it differs from one worker's",
        );
    }
    let about = about.json();
    let (exact, about) = (at(&exact, "/reports/users"), at(&about, "/reports/users"));
    assert_eq!(exact["distinct"], 15_000);
    assert_eq!(about["distinct"]["exact"], false);
    assert_eq!(exact["top"][0]["user"], "user-7");
    assert_eq!(exact["top"][0]["events"], 5001);
    let first = &about["top"][0];
    assert_eq!(first["user"], "user-7");
    assert_eq!(first["events"]["exact"], false);
    let events = first["events"]["value"].as_u64().unwrap();
    assert!((5001..=5005).contains(&events), "{first}");
    assert_eq!(
        (&first["first_seen"], &first["last_seen"]),
        (&Value::Null, &Value::Null)
    );
}
