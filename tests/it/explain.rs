//! `authmeter explain`: one identity's story in the order of time.

use serde_json::Value;

use crate::harness::{Scratch, at};

/// The story of Ana, who is `u1` to the application, between events of others; not in the order of time.
const LOG: &str = r#"{"event":"token.refresh","timestamp":"2025-01-15T11:00:00.000Z","userId":"u1","success":true,"metadata":{"clientId":"web","ip":"203.0.113.9"}}
{"event":"otp.sent","timestamp":"2025-01-15T10:00:00.000Z","email":"Ana@Example.com","success":true}
{"event":"otp.sent","timestamp":"2025-01-15T10:00:01.000Z","email":"bo@example.com","success":true}
{"event":"auth.login","timestamp":"2025-01-15T10:00:30.000Z","userId":"u1","email":"ana@example.com","success":true,"metadata":{"method":"otp","clientId":"web","ip":"203.0.113.9"}}
{"event":"auth.login","timestamp":"2025-01-15T10:00:31.000Z","userId":"u2","email":"bo@example.com","success":true,"metadata":{"clientId":"web"}}
{"event":"auth.login","timestamp":"2025-01-15T12:00:00.000Z","userId":"u1","success":false,"error":"Account locked","metadata":{"clientId":"cli","ip":"198.51.100.7"}}
{"event":"profile.updated","userId":"u1"}
{"event":"otp.sent","timestamp":"2025-01-15T13:00:00.000Z","userId":"u2","email":"ana@example.com","success":true}
"#;

fn story(json: &Value) -> Vec<String> {
    let rows = at(json, "/reports/explain/story").as_array().unwrap();
    let word = |value: &Value| match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.replace("2025-01-15T", "").replace(".000Z", ""),
        other => other.to_string(),
    };
    let columns = [
        "time", "after", "event", "outcome", "reason", "client", "ip", "about", "new",
    ];
    rows.iter()
        .map(|row| columns.map(|name| word(&row[name])).join(" "))
        .collect()
}

const STORY: [&str; 5] = [
    "– – profile.updated unknown – – – – –",
    "10:00:00 – otp.sent ok – – – – –",
    "10:00:30 30 auth.login ok – web 203.0.113.9 otp ip, client",
    "11:00:00 3570 token.refresh ok – web 203.0.113.9 – –",
    "12:00:00 3600 auth.login failed Account locked cli 198.51.100.7 – ip, client",
];

#[test]
fn the_story_is_that_of_the_user_and_of_addresses_seen_with_the_user() {
    let scratch = Scratch::new();
    scratch.write("log", LOG);
    for name in ["u1", "ana@example.com", "ANA@example.com"] {
        let words = ["explain", "--user", name, "--format", "json"];
        let file = scratch.run(&[&words[..], &["log"]].concat()).exit(0).json();
        let pipe = scratch.pipe(LOG.as_bytes(), &words).exit(0).json();
        assert_eq!(
            file["reports"], pipe["reports"],
            "a pipe is kept and read twice"
        );
        // By the address u2 is hers, too: the last line names both. Bo's own address is not.
        let by_address = name != "u1";
        let more = at(&file, "/reports/explain/events").as_u64().unwrap();
        assert_eq!(more, if by_address { 7 } else { 5 });
        if !by_address {
            assert_eq!(story(&file), STORY);
            assert_eq!(at(&file, "/reports/explain/users"), "u1");
            assert_eq!(
                at(&file, "/reports/explain/emails"),
                "Ana@Example.com ana@example.com"
            );
            for (fact, count) in [
                ("logins_ok", 1),
                ("logins_failed", 1),
                ("refreshes", 1),
                ("failures", 1),
            ] {
                assert_eq!(
                    at(&file, &format!("/reports/explain/{fact}")),
                    count,
                    "{fact}"
                );
            }
        }
    }
}

#[test]
fn a_long_story_is_cut_at_its_beginning_and_says_so() {
    let scratch = Scratch::new();
    scratch.write("log", LOG);
    let words = [
        "explain", "--user", "u1", "--limit", "2", "--format", "json", "log",
    ];
    let json = scratch.run(&words).exit(0).json();
    let kept = STORY[3..]
        .iter()
        .map(|row| row.replace(" 3570 ", " – ").replace("ip, client", "–"));
    assert_eq!(story(&json), kept.collect::<Vec<_>>());
    assert_eq!(at(&json, "/reports/explain/left_out"), 3);
    assert_eq!(
        at(&json, "/reports/explain/logins_ok"),
        1,
        "facts are of all events"
    );
    let some = scratch.run(&[
        "explain",
        "--user",
        "u1",
        "--kind",
        "login",
        "--get",
        "explain.events",
        "log",
    ]);
    assert_eq!(
        some.exit(0).text(),
        "2\n",
        "other filters choose among them"
    );
}

#[test]
fn a_story_is_of_one_who_is_named() {
    let scratch = Scratch::new();
    scratch.write("log", LOG);
    for (words, remedy) in [
        (&["log"][..], "say whose by --user"),
        (&["--user", "!u1", "log"], "one --user, who must be named"),
        (&["--user", "u1", "--user", "u2", "log"], "one --user"),
    ] {
        scratch
            .run(&[&["explain"], words].concat())
            .exit(2)
            .says(remedy);
    }
    let ended = scratch.run(&["explain", "--user", "nobody", "log"]);
    ended.exit(0).says("no event passes the filters");
    let fifo = scratch.shell("mkfifo pipe; timeout 5 $AUTHMETER explain --user u1 pipe");
    fifo.exit(2).says("reads its inputs twice");
}
