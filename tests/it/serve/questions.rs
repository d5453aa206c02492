//! Stories, several values of a filter, and moments: what they mean is what they mean on the command line.

use std::fs;
use std::io::Write as _;

use super::{Server, heard};
use crate::harness::{LOGIN, Scratch};

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    let log = scratch.run(&["generate", "--events", "3000", "--seed", "5", "--days", "4"]);
    scratch.write("log.jsonl", log.exit(0).stdout());
    scratch
}

/// Every field that the program's JSON has beside the account of the input.
#[track_caller]
fn same_story(scratch: &Scratch, server: &Server, query: &str, words: &[&str]) -> u64 {
    let path = format!("/api/v1/reports/explain?{query}");
    let served = server.get(&path).expect(200).json();
    let words = [
        &["explain", "--format", "json", "--tz", "Europe/Berlin"],
        words,
        &["log.jsonl"],
    ]
    .concat();
    let printed = scratch.run(&words).exit(0).json();
    assert_eq!(served["reports"], printed["reports"], "{query}");
    assert_eq!(served["window"], printed["window"], "{query}");
    served["reports"]["explain"]["events"].as_u64().unwrap()
}

#[test]
fn a_story_is_that_of_the_command_line() {
    let scratch = scratch();
    // By her address, another id is hers, too; a time without an offset is one of Kolkata.
    let mut log = fs::OpenOptions::new()
        .append(true)
        .open(scratch.path("log.jsonl"))
        .unwrap();
    for (user, email, time) in [
        ("\"ana\"", "\"Ana@Example.com\"", "2025-01-07T10:00:00"),
        ("null", "\"ana@example.com\"", "2025-01-07T10:00:00Z"),
        ("\"ana-2\"", "\"ana@example.com\"", "2025-01-07T11:00:00Z"),
        ("\"ana-2\"", "null", "2025-01-07T09:00:00Z"),
        ("\"bo\"", "null", "2025-01-07T09:00:00Z"),
        ("\"ana-2\"", "null", "never"),
    ] {
        writeln!(log, "{{\"event\":\"auth.login\",\"timestamp\":\"{time}\",\"userId\":{user},\"email\":{email},\"success\":true}}").unwrap();
    }
    let words = [
        "log.jsonl",
        "--tz",
        "Europe/Berlin",
        "--assume-tz",
        "Asia/Kolkata",
    ];
    let server = Server::start(&scratch, &words);
    let assume = ["--assume-tz", "Asia/Kolkata"];
    let told = |query: &str, words: &[&str]| {
        same_story(&scratch, &server, query, &[&assume, words].concat())
    };
    let all = told("user=ana%40example.com", &["--user", "ana@example.com"]);
    assert_eq!(all, 5);
    assert_eq!(told("user=ana", &["--user", "ana"]), 2);
    assert_eq!(told("user=nobody", &["--user", "nobody"]), 0);
    let one = scratch
        .run(&["users", "--format", "json", "log.jsonl"])
        .exit(0)
        .json();
    let one = one["reports"]["users"]["top"][0]["user"]
        .as_str()
        .unwrap()
        .to_owned();
    let user = ["--user", &one];
    let whole = told(&format!("user={one}"), &user);
    assert!(whole > 20, "{whole} events of {one}");
    told(
        &format!("user={one}&limit=5"),
        &[&user[..], &["--limit", "5"]].concat(),
    );
    let some = told(
        &format!("user={one}&event=token.*&event=auth.*&outcome=%21failed"),
        &[
            &user[..],
            &[
                "--event",
                "token.*",
                "--event",
                "auth.*",
                "--outcome",
                "!failed",
            ],
        ]
        .concat(),
    );
    assert!((1..whole).contains(&some), "{some}");
    let some = told(
        &format!("user={one}&from=2025-01-07T09:30&to=2025-01-08T18:00:00%2B01:00"),
        &[
            &user[..],
            &[
                "--from",
                "2025-01-07T09:30",
                "--to",
                "2025-01-08T18:00:00+01:00",
            ],
        ]
        .concat(),
    );
    assert!((1..whole).contains(&some), "{some}");
    let some = told(
        &format!("user={one}&from=2025-01-07&to=2025-01-08"),
        &[&user[..], &["--from", "2025-01-07", "--to", "2025-01-08"]].concat(),
    );
    assert!((1..whole).contains(&some), "{some}");
}

#[test]
fn a_story_that_is_too_long_is_refused_as_a_whole_and_told_in_parts() {
    let scratch = Scratch::new();
    let later = LOGIN.replace("01-15T", "01-16T");
    let log = format!("{LOGIN}\n").repeat(50_000) + &later + "\n";
    scratch.write("log.jsonl", log);
    let server = Server::start(&scratch, &["log.jsonl"]);
    let path = "/api/v1/reports/explain?user=u&limit=10";
    let refused = server.get(path).expect(400).json();
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.contains("more than 50000"), "{detail}");
    for (days, events) in [("to=2025-01-15", 50_000), ("from=2025-01-16", 1)] {
        let told = server.get(&format!("{path}&{days}")).expect(200).json();
        assert_eq!(told["reports"]["explain"]["events"], events, "{days}");
    }
}

#[test]
fn the_description_says_what_a_story_needs_and_what_is_told_twice() {
    let scratch = Scratch::new();
    scratch.write("log.jsonl", "");
    let server = Server::start(&scratch, &["log.jsonl"]);
    let described = server.get("/api/v1/openapi.json").expect(200).json();
    let parameter = |path: &str, name: &str| {
        let all = described["paths"][path]["get"]["parameters"].as_array();
        let found = all.unwrap().iter().find(|one| one["name"] == name);
        found.unwrap_or_else(|| panic!("{path}: {name}")).clone()
    };
    let user = parameter("/api/v1/reports/explain", "user");
    assert_eq!(
        (&user["required"], &user["schema"]["type"]),
        (&true.into(), &"string".into())
    );
    for path in ["/api/v1/reports/{name}", "/api/v1/events", "/api/v1/stream"] {
        let client = parameter(path, "client");
        assert_eq!(client["schema"]["type"], "array", "{path}");
        assert_eq!(client["explode"], true, "{path}");
    }
    assert_eq!(
        parameter("/api/v1/reports/{name}", "from")["schema"]["format"],
        "date"
    );
    let moment = parameter("/api/v1/events", "from");
    assert!(moment["description"].as_str().unwrap().contains("moment"));
    let listed = server.get("/api/v1/reports").expect(200).json();
    let listed = listed["reports"].as_array().unwrap();
    let needs =
        |name: &str| listed.iter().find(|one| one["name"] == name).unwrap()["needs"].clone();
    assert_eq!(
        (needs("explain"), needs("logins")),
        (serde_json::json!(["user"]), serde_json::json!([]))
    );
}

#[test]
fn events_are_those_of_moments_and_of_one_of_several_values() {
    let scratch = scratch();
    let server = Server::start(&scratch, &["log.jsonl", "--tz", "Europe/Berlin"]);
    for (query, words) in [
        (
            "from=2025-01-07T10:30&to=2025-01-07T12:00:00.5Z",
            &[
                "--from",
                "2025-01-07T10:30",
                "--to",
                "2025-01-07T12:00:00.5Z",
            ][..],
        ),
        (
            "from=2025-01-08&to=2025-01-08T03:00",
            &["--from", "2025-01-08", "--to", "2025-01-08T03:00"],
        ),
        (
            "client=cli&client=web-app&outcome=failed",
            &[
                "--client",
                "cli",
                "--client",
                "web-app",
                "--outcome",
                "failed",
            ],
        ),
    ] {
        let served = server
            .get(&format!("/api/v1/events?limit=1000&{query}"))
            .expect(200)
            .json();
        assert_eq!(served["next"], serde_json::Value::Null, "{query}");
        let rows = served["events"].as_array().unwrap().iter();
        let mut served: Vec<_> = rows.map(|row| row["line"].as_str().unwrap()).collect();
        let words = [&["events", "--tz", "Europe/Berlin"], words, &["log.jsonl"]].concat();
        let printed = scratch.run(&words);
        let mut printed: Vec<_> = printed.exit(0).text().lines().collect();
        served.sort_unstable();
        printed.sort_unstable();
        assert!(printed.len() > 3, "{query}: {} events", printed.len());
        assert_eq!(served, printed, "{query}");
    }
}

#[test]
fn long_texts_are_cut_and_their_rows_say_so() {
    let scratch = Scratch::new();
    let long = "ä".repeat(1 << 20);
    let reason = format!("\"success\":false,\"reason\":\"{long}\"");
    let line = LOGIN.replace("\"success\":true", &reason);
    scratch.write("log.jsonl", format!("{LOGIN}\n"));
    let server = Server::start(&scratch, &["log.jsonl"]);
    let mut stream = server.listen("");
    std::thread::sleep(std::time::Duration::from_millis(500));
    let line = line.replace("10:30", "10:31");
    let log = fs::OpenOptions::new()
        .append(true)
        .open(scratch.path("log.jsonl"));
    writeln!(log.unwrap(), "{line}").unwrap();
    let told = heard(
        &mut stream,
        "\"generation\"",
        std::time::Duration::from_secs(10),
    );
    assert!(told.contains("\"cut\":true"), "{} bytes", told.len());
    assert!(told.len() < 200 << 10, "{} bytes", told.len());
    let events = server.get("/api/v1/events").expect(200);
    assert!(events.body.len() < 200 << 10, "{}", events.body.len());
    let rows = events.json()["events"].clone();
    assert_eq!(
        (&rows[0]["cut"], &rows[1]["cut"]),
        (&true.into(), &false.into())
    );
    assert_eq!(rows[0]["reason"].as_str().unwrap(), "ä".repeat(32 << 10));
    assert_eq!(rows[1]["line"], LOGIN);
}
