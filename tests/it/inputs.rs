//! What the inputs on the command line lead to: folders, globs, rotated sets.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::Value;

use crate::harness::{Ended, LOGIN, Scratch, at};

/// Logs of different users, one event each, by these names in new folders.
fn logs(names: &[&str]) -> Scratch {
    let scratch = Scratch::new();
    for name in names {
        let folder = scratch.path(Path::new(name).parent().unwrap());
        fs::create_dir_all(folder).unwrap();
        scratch.write(name, LOGIN.replace("\"u\"", &format!("\"{name}\"")));
    }
    scratch
}

/// The names of the inputs in the account.
fn names(json: &Value) -> Vec<&str> {
    let inputs = at(json, "/input/inputs").as_array().unwrap();
    inputs
        .iter()
        .map(|input| input["input"].as_str().unwrap())
        .collect()
}

#[track_caller]
fn run(scratch: &Scratch, inputs: &[&str]) -> Ended {
    scratch.run(&[&["logins", "--format", "json"], inputs].concat())
}

#[track_caller]
fn expect_inputs(scratch: &Scratch, inputs: &[&str], expected: &[&str]) {
    let ended = run(scratch, inputs);
    let json = ended.exit(0).json();
    assert_eq!(names(&json), expected, "{}", ended.show());
    assert_eq!(at(&json, "/input/events"), expected.len());
    assert_eq!(at(&json, "/reports/logins/users"), expected.len());
}

#[test]
fn every_log_below_a_folder_is_read_in_one_order() {
    let scratch = logs(&[
        "logs/z/deep/down/auth.ndjson",
        "logs/auth.log",
        "logs/auth.log.1",
        "logs/auth.log.10",
        "logs/auth.log.2",
        "logs/b/x-20250102.jsonl",
        "logs/b/x-20250101.jsonl",
        "logs/b/x.jsonl",
        "logs/node10/a.json",
        "logs/node9/a.json",
    ]);
    let expected = [
        "logs/auth.log.10",
        "logs/auth.log.2",
        "logs/auth.log.1",
        "logs/auth.log",
        "logs/b/x-20250101.jsonl",
        "logs/b/x-20250102.jsonl",
        "logs/b/x.jsonl",
        "logs/node9/a.json",
        "logs/node10/a.json",
        "logs/z/deep/down/auth.ndjson",
    ];
    expect_inputs(&scratch, &["logs"], &expected);
    expect_inputs(&scratch, &["logs/"], &expected);
    run(&scratch, &["logs"]).is_quiet();
    // Words keep the order they are given in.
    expect_inputs(
        &scratch,
        &["logs/z", "logs/auth.log", "logs/auth.log.1", "logs/b"],
        &[
            "logs/z/deep/down/auth.ndjson",
            "logs/auth.log",
            "logs/auth.log.1",
            "logs/b/x-20250101.jsonl",
            "logs/b/x-20250102.jsonl",
            "logs/b/x.jsonl",
        ],
    );
}

#[test]
fn the_order_of_rotated_logs_is_the_order_of_what_is_said_of_them() {
    let scratch = Scratch::new();
    for number in ["", ".2", ".10", ".1"] {
        scratch.write(format!("auth.log{number}"), format!("nope{number}\n"));
    }
    let said = scratch.run(&["report", "."]).exit(0).stderr_text();
    let named: Vec<&str> = said
        .lines()
        .filter_map(|line| line.split(": ").nth(2))
        .collect();
    assert_eq!(
        named,
        [
            "./auth.log.10:1",
            "./auth.log.2:1",
            "./auth.log.1:1",
            "./auth.log:1"
        ]
    );
}

#[test]
fn what_is_no_log_is_passed_over_and_that_is_said() {
    let scratch = logs(&[
        "logs/auth.log",
        "logs/.hidden.log",
        "logs/.git/a.log",
        "logs/auth.log~",
        "logs/auth.log.bak",
        "logs/.auth.log.swp",
        "logs/readme.md",
        "logs/sub/core",
        "logs/auth.log.xz",
    ]);
    expect_inputs(&scratch, &["logs"], &["logs/auth.log"]);
    run(&scratch, &["logs"])
        .says("logs: files passed over, not being named like logs: 3; name them to read them");
    // What is named is read.
    expect_inputs(
        &scratch,
        &["logs/readme.md", "logs/.hidden.log"],
        &["logs/readme.md", "logs/.hidden.log"],
    );
    run(&scratch, &["logs/readme.md"]).is_quiet();
}

#[test]
fn a_folder_without_logs_is_said_and_everything_else_is_read() {
    let scratch = logs(&["docs/readme.md", "good.log"]);
    fs::create_dir_all(scratch.path("empty/er")).unwrap();
    for (folder, what) in [("docs", "; files passed over: 1"), ("empty", "")] {
        let ended = run(&scratch, &[folder, "good.log"]);
        ended.exit(3).says(&format!(
            "error: {folder}: no file in this folder is named like a log (.jsonl, .ndjson, .json, .log); name the files \
             that are logs{what}\n"
        ));
        assert_eq!(at(&ended.json(), "/input/events"), 1);
        assert_eq!(names(&ended.json()), [folder, "good.log"]);
    }
}

#[test]
fn links_to_files_are_followed_and_no_circle_is_walked() {
    let scratch = logs(&["logs/a.log", "logs/sub/b.log", "elsewhere/c.log"]);
    let link = |target: &str, name: &str| symlink(target, scratch.path(name)).unwrap();
    link("..", "logs/sub/up.log");
    link("sub", "logs/again");
    link("../elsewhere", "logs/elsewhere");
    link("../elsewhere/c.log", "logs/c.log");
    link("logs", "linked");
    let expected = ["logs/a.log", "logs/c.log", "logs/sub/b.log"];
    expect_inputs(&scratch, &["logs"], &expected);
    run(&scratch, &["logs"]).is_quiet();
    // The folder that is named may be a link.
    let expected = expected.map(|name| name.replace("logs", "linked"));
    expect_inputs(
        &scratch,
        &["linked"],
        &expected.each_ref().map(String::as_str),
    );
    // A link to nothing is trouble, not nothing.
    link("gone", "logs/gone.log");
    run(&scratch, &["logs"])
        .exit(3)
        .says("logs/gone.log: No such file");
}

#[test]
fn a_link_beside_its_file_is_the_same_file() {
    let scratch = logs(&["logs/a-20250101.log"]);
    symlink("a-20250101.log", scratch.path("logs/a.log")).unwrap();
    expect_inputs(&scratch, &["logs"], &["logs/a-20250101.log"]);
    run(&scratch, &["logs"]).says("logs/a.log: given more than once, read once");
    run(&scratch, &["logs", "logs/a-20250101.log", "logs/*"])
        .exit(0)
        .says("logs/a-20250101.log: given more than once");
}

#[test]
fn pipes_and_sockets_in_a_folder_are_not_waited_for() {
    let scratch = logs(&["logs/a.log"]);
    scratch.shell("mkfifo logs/pipe.log").exit(0);
    let _socket = std::os::unix::net::UnixListener::bind(scratch.path("logs/s.log")).unwrap();
    expect_inputs(&scratch, &["logs"], &["logs/a.log"]);
}

#[test]
fn a_glob_that_no_shell_expanded_is_expanded() {
    let scratch = logs(&[
        "logs/auth.log",
        "logs/auth.log.1",
        "logs/auth.log.2",
        "logs/mail.txt",
        "logs/.hidden.log",
        "logs/2024/auth.log",
        "logs/2025/deep/auth.log",
    ]);
    for (glob, expected) in [
        (
            "logs/auth.log*",
            &["logs/auth.log.2", "logs/auth.log.1", "logs/auth.log"][..],
        ),
        ("logs/auth.log.?", &["logs/auth.log.2", "logs/auth.log.1"]),
        ("logs/auth.log.[1-1]", &["logs/auth.log.1"]),
        (
            "logs/{mail.txt,auth.log{,.2}}",
            &["logs/auth.log.2", "logs/auth.log", "logs/mail.txt"],
        ),
        ("logs/*/auth.log", &["logs/2024/auth.log"]),
        (
            "l*s/**/auth.log",
            &[
                "logs/auth.log",
                "logs/2024/auth.log",
                "logs/2025/deep/auth.log",
            ],
        ),
        ("logs/*.txt", &["logs/mail.txt"]),
        ("logs/.h*", &["logs/.hidden.log"]),
        // A folder that a glob matches is read like one that is named.
        (
            "logs/202[45]",
            &["logs/2024/auth.log", "logs/2025/deep/auth.log"],
        ),
        ("logs/2025/**", &["logs/2025/deep/auth.log"]),
    ] {
        expect_inputs(&scratch, &[glob], expected);
        run(&scratch, &[glob]).is_quiet();
    }
    let absolute = scratch.path("logs/*.txt");
    run(&scratch, &[absolute.to_str().unwrap()])
        .exit(0)
        .is_quiet();
}

#[test]
fn a_file_whose_name_looks_like_a_glob_is_that_file() {
    let scratch = logs(&["a[1].log", "a1.log", "*.log"]);
    expect_inputs(&scratch, &["a[1].log"], &["a[1].log"]);
    expect_inputs(&scratch, &["*.log"], &["*.log"]);
    expect_inputs(&scratch, &["a[[]1].log"], &["a[1].log"]);
}

#[test]
fn a_glob_that_matches_nothing_is_said_with_the_place_and_the_rest_is_read() {
    let scratch = logs(&["logs/auth.log"]);
    for (glob, what) in [
        (
            "logs/*.jsonl",
            "/logs\"; name the folder to read every log in it",
        ),
        ("*.jsonl", "this glob matches no file in \""),
        ("gone/*.log", "\"gone/\": No such file"),
        ("logs/auth.log/*.log", "Not a directory"),
    ] {
        let ended = run(&scratch, &[glob, "logs/auth.log"]);
        ended
            .exit(3)
            .says(&format!("error: {glob}: this glob matches no file"))
            .says(what);
        assert_eq!(at(&ended.json(), "/input/events"), 1);
        assert_eq!(names(&ended.json()), [glob, "logs/auth.log"]);
    }
}

#[test]
fn a_glob_that_makes_no_sense_is_shown_with_a_caret() {
    let scratch = logs(&["a.log"]);
    let ended = run(&scratch, &["a.log", "logs/[a.log"]);
    ended.exit(2).prints_nothing().says(
        "authmeter: error: this glob makes no sense: unclosed character class; missing ']'\n  logs/[a.log\n       ^ here",
    );
    for glob in [
        "{a,b",
        "x*}",
        "[z-a]",
        "\u{1b}[31m{[",
        "[",
        "{",
        "**[",
        "é{*",
    ] {
        run(&scratch, &[glob])
            .exit(2)
            .prints_nothing()
            .says("^ here");
    }
}

#[test]
fn a_folder_of_thousands_of_logs_needs_few_descriptors() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.path("logs")).unwrap();
    for number in 0..5000 {
        let folder = format!("logs/{}", number % 50);
        fs::create_dir_all(scratch.path(&folder)).unwrap();
        let user = format!("\"user-{number}\"");
        scratch.write(
            format!("{folder}/{number}.jsonl"),
            LOGIN.replace("\"u\"", &user),
        );
    }
    let ended = scratch.shell("ulimit -n 64; \"$AUTHMETER\" report -j 8 --format json logs");
    let json = ended.exit(0).is_quiet().json();
    assert_eq!(at(&json, "/input/events"), 5000);
    assert_eq!(at(&json, "/reports/logins/users"), 5000);
}
