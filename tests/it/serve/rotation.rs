//! Logs that are rotated under `serve`: whatever is done to them, answers are those of `authmeter` over the bytes that
//! were written.

use std::fs;

use super::Server;
use crate::harness::Scratch;

/// Parts of a log, of different events: `one`, `two`, `three`.
fn scratch() -> Scratch {
    let scratch = Scratch::new();
    for (name, events, seed) in [
        ("one", "200", "1"),
        ("two", "150", "2"),
        ("three", "100", "3"),
    ] {
        let words = [
            "generate", "--events", events, "--seed", seed, "--days", "3",
        ];
        let log = scratch.run(&words);
        scratch.write(name, log.exit(0).stdout());
    }
    fs::copy(scratch.path("one"), scratch.path("auth.log")).unwrap();
    scratch
}

/// Serves what a script makes, and has it rotated by another, in which `seen N` waits until the server has counted so many events; then expects
/// every answer to be that over these files.
#[track_caller]
fn rotated(words: &[&str], before: &str, script: &str, files: &[&str]) {
    let scratch = scratch();
    scratch.shell(before).exit(0);
    let server = Server::start(&scratch, words);
    for step in script.split("; ") {
        match step.strip_prefix("seen ") {
            Some(events) => {
                let events: u64 = events.parse().unwrap();
                counted(&server, events);
            }
            None => {
                scratch.shell(step).exit(0);
            }
        }
    }
    let text: String = files
        .iter()
        .map(|file| fs::read_to_string(scratch.path(file)).unwrap())
        .collect();
    let mut lines: Vec<&str> = text.lines().collect();
    counted(&server, lines.len() as u64);
    server.equals_the_report(&scratch, files);
    // What nobody has asked for before is counted from what can still be read.
    for (query, words) in [
        ("user=%21nobody", &["--user", "!nobody"][..]),
        ("every=1m", &["--every", "1m"]),
        (
            "client=web-app&from=2025-01-07",
            &["--client", "web-app", "--from", "2025-01-07"],
        ),
    ] {
        let path = format!("/api/v1/reports/timeline?{query}");
        let served = server.get(&path).expect(200).json();
        let words = [
            &["timeline", "--format", "json", "--count-copies"],
            words,
            files,
        ]
        .concat();
        let printed = scratch.run(&words).exit(0).json();
        assert_eq!(served["reports"], printed["reports"], "{query}");
    }
    let mut told = told(&server);
    told.sort_unstable();
    lines.sort_unstable();
    assert_eq!(told, lines);
}

/// Every line that the server tells of.
fn told(server: &Server) -> Vec<String> {
    let (mut told, mut next) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/events?limit=1000{next}");
        let page = server.get(&path).expect(200).json();
        let rows = page["events"].as_array().unwrap().iter();
        told.extend(rows.map(|row| row["line"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(place) => next = format!("&before={place}"),
            None => return told,
        }
    }
}

fn counted(server: &Server, events: u64) {
    server.until("/api/v1/reports/logins", |answer| {
        answer.status == 200 && answer.json()["input"]["events"] == events
    });
}

#[test]
fn a_log_that_was_renamed_and_made_anew() {
    rotated(
        &["auth.log"],
        "",
        "mv auth.log auth.log.1; cat two >> auth.log.1; seen 350; cp three auth.log",
        &["auth.log.1", "auth.log"],
    );
}

#[test]
fn a_log_that_was_renamed_many_times() {
    let mut script = String::new();
    let mut files = Vec::new();
    let names: Vec<String> = (1..8)
        .rev()
        .map(|number| format!("auth.log.{number}"))
        .collect();
    for (round, part) in ["two", "three", "two", "three", "two", "three", "two"]
        .iter()
        .enumerate()
    {
        let seen: u64 = 200 + (0..round).map(|round| [150, 100][round % 2]).sum::<u64>();
        script += &format!("seen {seen}; ");
        for number in (1..=round).rev() {
            script += &format!("mv auth.log.{number} auth.log.{}; ", number + 1);
        }
        script += &format!("mv auth.log auth.log.1; cp {part} auth.log; ");
    }
    files.extend(names.iter().map(String::as_str));
    files.push("auth.log");
    rotated(&["auth.log"], "", script.trim_end_matches("; "), &files);
}

#[test]
fn a_log_that_was_copied_and_cut() {
    rotated(
        &["auth.log"],
        "",
        "cat two >> auth.log; cp auth.log auth.log.1; truncate -s 0 auth.log; cat three >> auth.log; seen 450",
        &["auth.log.1", "auth.log"],
    );
}

#[test]
fn a_log_that_was_replaced() {
    rotated(
        &["auth.log"],
        "",
        "cp auth.log before; cp two new; mv new auth.log; seen 350; cp three new; cp two again; mv new auth.log",
        &["before", "again", "auth.log"],
    );
}

#[test]
fn a_log_that_was_deleted_and_one_that_came_again() {
    rotated(
        &["auth.log"],
        "",
        "cp auth.log before; rm auth.log; sleep 1; seen 200; cp three auth.log",
        &["before", "auth.log"],
    );
}

#[test]
fn a_restart_after_a_rotation() {
    let scratch = scratch();
    let words = ["auth.log", "--cache", "cache"];
    let mut server = Server::start(&scratch, &words);
    scratch
        .shell("cp auth.log auth.log.1; truncate -s 0 auth.log; cat two >> auth.log")
        .exit(0);
    counted(&server, 350);
    assert_eq!(server.end(), Some(0));
    scratch.shell("cat three >> auth.log; sleep 0.1").exit(0);
    let server = Server::start(&scratch, &words);
    counted(&server, 450);
    server.equals_the_report(&scratch, &["auth.log.1", "auth.log"]);
    // Of both files, the one that was cut before the restart too.
    let path = "/api/v1/reports/timeline?user=%21nobody";
    let served = server.get(path).expect(200).json();
    assert_eq!(served["input"]["events"], 450);
    assert_eq!(told(&server).len(), 450);
}

#[test]
fn a_log_whose_name_has_a_date_from_the_start() {
    rotated(
        &["logs"],
        "mkdir logs; cp auth.log logs/auth-2025-01-15.log; cp two logs/auth-2025-01-16.log",
        "cat three >> logs/auth-2025-01-16.log",
        &["logs/auth-2025-01-15.log", "logs/auth-2025-01-16.log"],
    );
}

#[test]
fn several_logs_each_rotated_in_its_own_way() {
    rotated(
        &["logs"],
        "mkdir logs; cp one logs/a.log; cp two logs/b.log",
        "mv logs/a.log logs/a.log.1; cp three logs/a.log; cp logs/b.log logs/b.log.1; truncate -s 0 logs/b.log; cat three >> logs/b.log",
        &["logs/a.log.1", "logs/a.log", "logs/b.log.1", "logs/b.log"],
    );
}
