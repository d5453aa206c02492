//! Which events count: each filter against lines chosen by hand, and what is said where none is left.

use crate::harness::{Scratch, at};

/// Twelve events of two users, three clients and two tenants, within three days.
const LOG: &str = r#"{"event":"auth.login","timestamp":"2025-03-29T22:30:00.000Z","userId":"ana","email":"Ana@Example.com","success":true,"metadata":{"clientId":"web","ip":"203.0.113.9","tenantId":"t1"}}
{"event":"auth.login","timestamp":"2025-03-29T23:30:00.000Z","userId":"ana","success":false,"error":"Account locked","metadata":{"clientId":"web","ip":"::ffff:203.0.113.10"}}
{"event":"auth.login","timestamp":"2025-03-30T00:30:00.000Z","userId":"bo","success":false,"error":"Password expired","metadata":{"clientId":"cli","ip":"198.51.100.7:5123"}}
{"event":"token.refreshed","timestamp":"2025-03-30T01:30:00.000Z","userId":"bo","metadata":{"clientId":"cli","tenantId":"t2"}}
{"event":"token.issued.client_credentials","timestamp":"2025-03-30T12:00:00.000Z","metadata":{"clientId":"job","ip":"2001:db8::7"}}
{"event":"token.validation_failed","timestamp":"2025-03-30T21:59:59.999Z","error":"Token expired","metadata":{"clientId":"job"}}
{"event":"otp.sent","timestamp":"2025-03-30T22:00:00.000Z","email":"bo@example.org","success":true}
{"event":"profile.updated","timestamp":"2025-03-31T08:00:00.000Z","userId":"ana"}
{"event":"auth.login","timestamp":"yesterday","userId":"ana","success":true,"metadata":{"clientId":"web"}}
{"event":"auth.logout","userId":"ana"}
no event
[1]
"#;

/// Numbers of the lines, counted from 1, that filters let pass, as `events` prints them.
#[track_caller]
fn passed(scratch: &Scratch, words: &[&str]) -> Vec<usize> {
    let ended = scratch.run(&[&["events", "log"], words].concat());
    let lines: Vec<&str> = LOG.lines().collect();
    let place = |line: &str| lines.iter().position(|known| *known == line).unwrap() + 1;
    let passed: Vec<usize> = ended.exit(0).text().lines().map(place).collect();
    // A report over the same filters counts as many.
    let count = ["report", "--get", "input.events", "--get", "input.filtered"];
    let ended = scratch.run(&[&count[..], &["log"], words].concat());
    // A tenant is not told of others.
    let filtered = match words.contains(&"--tenant") {
        true => "n/a".to_owned(),
        false => (10 - passed.len()).to_string(),
    };
    let counted = format!("{}\n{filtered}\n", passed.len());
    ended
        .exit(0)
        .expect(ended.text() == counted, "a report counts the same events");
    passed
}

#[test]
fn each_filter_lets_the_lines_pass_that_it_names() {
    let scratch = Scratch::new();
    scratch.write("log", LOG);
    for (words, expected) in [
        ("--event auth.login", &[1, 2, 3, 9][..]),
        ("--event auth.*", &[1, 2, 3, 9, 10]),
        ("--event token.refresh", &[4]),
        ("--event token.refreshed", &[4]),
        ("--event !auth.* --event !token.*", &[7, 8]),
        ("--event {otp,profile}.*", &[7, 8]),
        ("--kind login", &[1, 2, 3, 9, 10]),
        ("--kind auth.login", &[1, 2, 3, 9]),
        ("--kind token.refreshed --kind otp.sent", &[4, 7]),
        ("--kind other", &[8]),
        ("--kind issue --kind invalid", &[5, 6]),
        ("--user ana", &[1, 2, 8, 9, 10]),
        ("--user !ana", &[3, 4, 5, 6, 7]),
        ("--user ana --user bo", &[1, 2, 3, 4, 8, 9, 10]),
        ("--email ana@example.COM", &[1]),
        ("--client web --client job", &[1, 2, 5, 6, 9]),
        ("--client !web --user ana", &[8, 10]),
        ("--tenant t1", &[1]),
        ("--ip 203.0.113.0/24", &[1, 2]),
        ("--ip 198.51.100.7", &[3]),
        ("--ip 2001:db8::/32", &[5]),
        ("--ip !203.0.113.9 --client web", &[2, 9]),
        ("--reason expired", &[3, 6]),
        ("--reason ^Token", &[6]),
        ("--reason (?i)LOCKED|^token", &[2, 6]),
        ("--reason !expired --outcome failed", &[2]),
        ("--outcome ok --kind login", &[1, 9, 10]),
        ("--outcome failed", &[2, 3, 6]),
        ("--outcome unknown", &[8]),
        ("--from 2025-03-30T12:00:00Z", &[5, 6, 7, 8]),
        ("--to 2025-03-30T12:00:00Z", &[1, 2, 3, 4]),
        ("--from 2025-03-30 --to 2025-03-30", &[3, 4, 5, 6, 7]),
        (
            "--from 2025-03-30 --to 2025-03-30 --tz Europe/Berlin",
            &[2, 3, 4, 5, 6],
        ),
        (
            "--from 2025-03-30T03:00 --to 2025-03-31T00:00 --tz Europe/Berlin",
            &[4, 5, 6],
        ),
        (
            "--since 24h --as-of 2025-03-30T23:00:00Z",
            &[2, 3, 4, 5, 6, 7],
        ),
        ("--since 11h --as-of last", &[6, 7, 8]),
        ("--since 2h --as-of last --user bo", &[3, 4]),
        ("--from 2025 --user ana", &[1, 2, 8]),
    ] {
        let words: Vec<&str> = words.split(' ').collect();
        assert_eq!(passed(&scratch, &words), expected, "{words:?}");
    }
}

#[test]
fn lines_are_accounted_for_whatever_the_filters() {
    let scratch = Scratch::new();
    scratch.write("log", LOG);
    for words in [
        &["--user", "ana"][..],
        &["--from", "2030"],
        &["--outcome", "failed", "--client", "web"],
    ] {
        let json = scratch.run(&[&["report", "--format", "json", "log"], words].concat());
        let json = json.exit(0).json();
        let count = |name: &str| at(&json, &format!("/input/{name}")).as_u64().unwrap();
        let sum = ["events", "blank", "malformed", "not_an_object", "filtered"].map(count);
        assert_eq!(sum.iter().sum::<u64>(), count("lines"), "{words:?}");
        assert_eq!(count("lines"), 12);
    }
}

#[test]
fn an_empty_window_says_what_the_log_has() {
    let scratch = Scratch::new();
    scratch.write("log", LOG);
    let ended = scratch.run(&["logins", "--from", "2026-01-01", "log"]);
    ended.exit(0).says(
        "no events in this window; the log has such events from 2025-03-29T22:30:00.000Z to 2025-03-31T08:00:00.000Z",
    );
    let ended = scratch.run(&[
        "logins",
        "--to",
        "2024",
        "--user",
        "bo",
        "--tz",
        "Asia/Kolkata",
        "log",
    ]);
    ended
        .exit(0)
        .says("from 2025-03-30T06:00:00.000+05:30 to 2025-03-30T07:00:00.000+05:30");
    let ended = scratch.run(&["logins", "--user", "nobody", "log"]);
    ended
        .exit(0)
        .says("no event passes the filters, of 10 read");
    // So do commands that make no report.
    for command in ["events", "check"] {
        let ended = scratch.run(&[command, "--to", "2024", "--user", "ana", "log"]);
        ended.says(
            "no events in this window; the log has such events from 2025-03-29T22:30:00.000Z",
        );
    }
    // Nothing is said of a log without events, or of a filter that lets something pass.
    scratch.write("empty", "\n");
    for words in [["--user", "ana", "log"], ["--user", "ana", "empty"]] {
        let ended = scratch.run(&[&["logins"][..], &words].concat());
        ended
            .exit(0)
            .expect(!ended.stderr_text().contains("no event "), "nothing to say");
    }
}

#[test]
fn a_bad_value_is_an_error_with_a_caret_and_never_an_empty_report() {
    let scratch = Scratch::new();
    scratch.write("log", LOG);
    for (word, value, caret, remedy) in [
        ("--event", "a{b", "^^^", "alternate group"),
        (
            "--kind",
            "auth.logn",
            "^^^^^^^^^",
            "did you mean auth.login?",
        ),
        ("--kind", "!refesh", " ^^^^^^", "did you mean refresh?"),
        ("--ip", "203.0.113", "^^^^^^^^^", "203.0.113.0/24"),
        ("--reason", "ab[c", "  ^", "unclosed character class"),
        ("--outcome", "bad", "^^^", "ok, failed, unknown"),
        ("--from", "2025-02-30", "        ^^", "1 to 28"),
        (
            "--to",
            "2025-01-15T10",
            "             ^",
            "2025-01-15T10:30",
        ),
        ("--since", "1mo", " ^^", "write a length as in"),
        ("--as-of", "tomorrow", "^^^^^^^^", "now, or last"),
        (
            "--tz",
            "Europe/Berln",
            "^^^^^^^^^^^^",
            "did you mean Europe/Berlin?",
        ),
        (
            "--assume-tz",
            "Nowhere",
            "^^^^^^^",
            "there is no such time zone",
        ),
        ("--reuse-grace", "10", "  ^", "a unit is missing"),
        ("--user", "!", " ^", "a value is missing"),
    ] {
        let ended = scratch.run(&["report", &format!("{word}={value}"), "log"]);
        let said = ended.exit(2).prints_nothing().stderr_text();
        let shown = format!("authmeter: error: {word} makes no sense:\n  {value}\n  {caret} ");
        ended.expect(
            said.starts_with(&shown) && said.contains(remedy),
            &format!("{shown} … {remedy}"),
        );
    }
    let ended = scratch.run(&[
        "report",
        "--from",
        "2025-02-01",
        "--to",
        "2025-01-01",
        "log",
    ]);
    ended.exit(2).says("no time lies between");
    // Only a named pipe cannot be read twice; standard input is kept.
    let fifo = "mkfifo pipe; timeout 5 $AUTHMETER report --as-of last --since 1h pipe";
    scratch.shell(fifo).exit(2).says("reads its inputs twice");
    let words = [
        "report",
        "--as-of",
        "last",
        "--since",
        "11h",
        "--get",
        "input.events",
    ];
    let ended = scratch.pipe(LOG.as_bytes(), &words);
    assert_eq!(ended.exit(0).text(), "3\n");
}

#[test]
fn times_without_an_offset_are_those_of_the_assumed_zone() {
    let scratch = Scratch::new();
    scratch.write(
        "log",
        "{\"event\":\"auth.login\",\"created_at\":\"2025-07-15 10:30:00\"}\n",
    );
    let first = |words: &[&str]| {
        let ended = scratch.run(&[&["logins", "--get", "window.first", "log"], words].concat());
        ended.exit(0).text().trim().to_owned()
    };
    assert_eq!(first(&[]), "2025-07-15T10:30:00.000Z");
    assert_eq!(
        first(&["--assume-tz", "Europe/Berlin"]),
        "2025-07-15T08:30:00.000Z"
    );
    assert_eq!(
        first(&["--assume-tz", "Europe/Berlin", "--tz", "Asia/Tokyo"]),
        "2025-07-15T17:30:00.000+09:00"
    );
}

#[test]
fn days_have_the_hours_their_clocks_show() {
    let scratch = Scratch::new();
    let lines: String = (0..72)
        .map(|hour| {
            let (day, hour) = (25 + hour / 24, hour % 24);
            format!("{{\"event\":\"auth.login\",\"timestamp\":\"2025-10-{day}T{hour:02}:15:00.000Z\",\"userId\":\"u\"}}\n")
        })
        .collect();
    scratch.write("log", lines);
    let rows = |every: &str| {
        let words = [
            "timeline",
            "--every",
            every,
            "--tz",
            "Europe/Berlin",
            "--get",
            "timeline.buckets",
            "--format",
            "json",
            "log",
        ];
        let rows = scratch.run(&words).exit(0).json();
        let row = |row: &serde_json::Value| {
            format!("{} {}", row["start"].as_str().unwrap(), row["events"])
        };
        rows.as_array().unwrap().iter().map(row).collect::<Vec<_>>()
    };
    assert_eq!(
        rows("1d"),
        [
            "2025-10-25T00:00:00.000+02:00 22",
            "2025-10-26T00:00:00.000+02:00 25",
            "2025-10-27T00:00:00.000+01:00 24",
            "2025-10-28T00:00:00.000+01:00 1",
        ]
    );
    let hours = rows("1h");
    assert_eq!(hours.len(), 72);
    let twice: Vec<&String> = hours
        .iter()
        .filter(|row| row.starts_with("2025-10-26T02:00"))
        .collect();
    assert_eq!(
        twice,
        [
            "2025-10-26T02:00:00.000+02:00 1",
            "2025-10-26T02:00:00.000+01:00 1"
        ]
    );
}
