use std::fs;
use std::io::Write as _;
use std::time::Duration;

use super::{Server, heard};
use crate::harness::{LOGIN, Scratch};

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    let log = scratch.run(&["generate", "--events", "3000", "--seed", "5", "--days", "4"]);
    scratch.write("log.jsonl", log.exit(0).stdout());
    scratch
}

#[test]
fn reports_are_those_of_the_command_line() {
    let scratch = scratch();
    let server = Server::start(&scratch, &["log.jsonl", "--tz", "Europe/Berlin"]);
    let names = server.get("/api/v1/reports").expect(200).json();
    let names: Vec<_> = names["reports"]
        .as_array()
        .unwrap()
        .iter()
        .map(|report| report["name"].as_str().unwrap())
        .collect();
    assert!(names.len() > 10, "{names:?}");
    // A story is of somebody; see below.
    let others = |name: &&str| !["tokens", "explain"].contains(name);
    for name in names.into_iter().filter(others) {
        for (query, words) in [
            ("", &[][..]),
            (
                "from=2025-01-07&to=2025-01-08",
                &["--from", "2025-01-07", "--to", "2025-01-08"],
            ),
            (
                "event=token.*&outcome=ok&top=3",
                &["--event", "token.*", "--outcome", "ok", "--top", "3"],
            ),
            (
                "client=%21web-app&every=1d",
                &["--client", "!web-app", "--every", "1d"],
            ),
            (
                "reason=%5EInvalid+code%24&ip=%21198.18.0.0%2F15",
                &["--reason", "^Invalid code$", "--ip", "!198.18.0.0/15"],
            ),
            (
                "client=web-app&client=cli&event=%21token.*&event=%21otp.*",
                &[
                    "--client", "web-app", "--client", "cli", "--event", "!token.*", "--event",
                    "!otp.*",
                ],
            ),
            (
                "outcome=ok&client=%21cli&outcome=unknown&client=%21web-app&outcome=ok",
                &[
                    "--outcome",
                    "ok",
                    "--outcome",
                    "unknown",
                    "--client",
                    "!cli",
                    "--client",
                    "!web-app",
                ],
            ),
        ] {
            let served = server
                .get(&format!("/api/v1/reports/{name}?{query}"))
                .expect(200)
                .json();
            let words = [
                &[
                    name,
                    "--format",
                    "json",
                    "--tz",
                    "Europe/Berlin",
                    "log.jsonl",
                ],
                words,
            ]
            .concat();
            let printed = scratch.run(&words).exit(0).json();
            assert_eq!(served["reports"], printed["reports"], "{name}?{query}");
            assert_eq!(served["window"], printed["window"], "{name}?{query}");
        }
    }
}

#[test]
fn whatever_makes_no_sense_is_refused_with_a_remedy() {
    let scratch = scratch();
    let server = Server::start(&scratch, &["log.jsonl"]);
    for (path, status, says) in [
        ("/api/v1/events?frm=2025-01-01", 400, "frm"),
        ("/api/v1/events?from=2025-02-30", 400, "2025-02-30"),
        (
            "/api/v1/events?from=2025-01-02&to=2025-01-01",
            400,
            "No time",
        ),
        ("/api/v1/events?range=8d", 400, "8d"),
        ("/api/v1/events?range=7d&from=2025-01-01", 400, "range"),
        ("/api/v1/events?limit=0", 400, "limit"),
        ("/api/v1/events?limit=1001", 400, "limit"),
        ("/api/v1/events?before=x", 400, "before"),
        ("/api/v1/events?outcome=good", 400, "outcome"),
        ("/api/v1/events?event=%5B", 400, "event"),
        ("/api/v1/events?reason=%28", 400, "reason"),
        ("/api/v1/events?reason=(a{999}){999}", 400, "too large"),
        ("/api/v1/events?ip=10.0.0.300", 400, "ip"),
        ("/api/v1/events?user=%zz", 400, "%"),
        ("/api/v1/events?user=%ff", 400, "UTF-8"),
        ("/api/v1/events?limit=1&limit=2", 400, "more than once"),
        ("/api/v1/events?client=a&client=%21", 400, "client"),
        ("/api/v1/events?outcome=ok&outcome=good", 400, "outcome"),
        ("/api/v1/events?from=2025-01-31T25:00", 400, "T25:00"),
        (
            "/api/v1/events?from=2025-01-02T11:00&to=2025-01-02T11:00",
            400,
            "No time",
        ),
        (
            "/api/v1/reports/logins?from=2025-01-02T11:00:00Z",
            400,
            "day by day",
        ),
        (
            "/api/v1/tokens/x/usage?to=2025-01-02T11:00",
            400,
            "day by day",
        ),
        ("/api/v1/reports/explain", 400, "user=ID"),
        ("/api/v1/reports/explain?user=%21u", 400, "must be named"),
        ("/api/v1/reports/explain?user=u&user=v", 400, "one user"),
        ("/api/v1/reports/explain?user=u&top=3", 400, "top"),
        ("/api/v1/reports/logins,explain?user=u", 400, "alone"),
        ("/api/v1/reports/logins?every=2h", 400, "every"),
        ("/api/v1/reports/login", 404, "logins"),
        ("/api/v1/me?x=1", 400, "x"),
        ("/api/v2/me", 404, "path"),
        ("/assets/../../../etc/passwd", 404, "path"),
    ] {
        let answer = server.get(path).expect(status);
        let problem = answer.json();
        assert!(
            answer
                .head
                .contains("content-type: application/problem+json"),
            "{path}"
        );
        assert!(
            problem["detail"].as_str().unwrap().contains(says),
            "{path}: {problem}"
        );
        assert!(!problem["remedy"].as_str().unwrap().is_empty(), "{path}");
    }
    let host = server.address;
    let post = format!("POST /api/v1/me HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    assert!(
        server
            .raw(post.as_bytes())
            .expect(405)
            .head
            .contains("allow: get, head")
    );
}

#[test]
fn every_answer_has_strict_headers_and_nothing_is_kept() {
    let scratch = scratch();
    let server = Server::start(&scratch, &["log.jsonl"]);
    for path in [
        "/",
        "/assets/app.js",
        "/api/v1/me",
        "/nothing",
        "/healthz",
        "/metrics",
    ] {
        let head = server.get(path).head;
        for header in [
            "content-security-policy: default-src 'none'",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
            "frame-ancestors 'none'",
            "cross-origin-resource-policy: same-origin",
        ] {
            assert!(head.contains(header), "{path}: {header}\n{head}");
        }
        assert!(
            head.contains("cache-control: no-store") || head.contains("cache-control: no-cache"),
            "{path}\n{head}"
        );
        assert!(!head.contains("set-cookie"), "{path}");
    }
}

#[test]
fn pages_of_events_hold_each_event_once_newest_first() {
    let scratch = scratch();
    let server = Server::start(&scratch, &["log.jsonl"]);
    let (mut seen, mut times, mut next) = (Vec::new(), Vec::new(), String::new());
    loop {
        let page = server
            .get(&format!("/api/v1/events?limit=700{next}"))
            .expect(200)
            .json();
        for row in page["events"].as_array().unwrap() {
            seen.push(row["line"].as_str().unwrap().to_owned());
            times.push(row["time"].as_str().unwrap().to_owned());
        }
        match page["next"].as_str() {
            Some(place) => next = format!("&before={place}"),
            None => break,
        }
    }
    assert!(times.is_sorted_by(|one, other| one >= other));
    seen.sort();
    let log = fs::read_to_string(scratch.path("log.jsonl")).unwrap();
    let mut lines: Vec<_> = log.lines().collect();
    lines.sort_unstable();
    assert_eq!(seen, lines);
}

#[test]
fn an_appended_line_is_heard_and_counted_and_a_rotation_loses_none() {
    let scratch = Scratch::new();
    scratch.write("log.jsonl", format!("{LOGIN}\n"));
    let server = Server::start(&scratch, &["log.jsonl"]);
    let mut stream = server.listen("");
    // The stream has seen the log as it is before it is told of what is new.
    std::thread::sleep(Duration::from_millis(500));
    let mut log = fs::OpenOptions::new()
        .append(true)
        .open(scratch.path("log.jsonl"))
        .unwrap();
    writeln!(
        log,
        "{}",
        LOGIN
            .replace("\"u\"", "\"second\"")
            .replace("10:30:00", "10:31:00")
    )
    .unwrap();
    let told = heard(&mut stream, "\"second\"", Duration::from_secs(10));
    assert!(
        told.contains("event: update") && told.contains("second"),
        "{told}"
    );
    assert!(
        !told.contains("10:30:00"),
        "only what is new is told: {told}"
    );
    fs::rename(scratch.path("log.jsonl"), scratch.path("log.jsonl.1")).unwrap();
    scratch.write(
        "log.jsonl",
        format!(
            "{}\n",
            LOGIN
                .replace("\"u\"", "\"third\"")
                .replace("10:30:00", "10:32:00")
        ),
    );
    let told = heard(&mut stream, "third", Duration::from_secs(10));
    assert!(told.contains("third"), "{told}");
}

#[test]
fn a_server_ends_cleanly_while_somebody_listens() {
    let scratch = Scratch::new();
    scratch.write("log.jsonl", "");
    let mut server = Server::start(&scratch, &["log.jsonl"]);
    let _stream = server.listen("");
    assert!(server.is_running());
    assert_eq!(
        server.get("/api/v1/events").expect(200).json()["events"],
        serde_json::json!([])
    );
    assert_eq!(server.end(), Some(0));
}
