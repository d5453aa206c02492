//! A second, naive reading of the definitions, and the program compared with it: on logs made by hand, and on
//! generated ones.
//!
//! ```text
//!  log ──▶ naive::expect  lines, JSON, fields, outcomes, numbers: one line at a time, all in memory ──┐
//!      └─▶ the program    any number of workers, chunks of any size                                  ──┴▶ the same
//! ```
//!
//! The naive side shares no code with the program, not even its JSON parser.

mod generated;
mod json;
mod naive;
mod sequences;

use serde_json::Value;

use crate::formats::documents;
use crate::harness::{Ended, Scratch};
use naive::Choices;

/// Runs the program over these inputs and expects what the naive reading finds.
#[track_caller]
fn agree(inputs: &[(&str, Vec<u8>)], choices: &Choices, args: &[&str]) {
    let scratch = Scratch::new();
    for (name, bytes) in inputs {
        scratch.write(name, bytes);
    }
    let max_line = choices.max_line.to_string();
    let mut all = vec!["report", "--format", "json", "--max-line", &max_line];
    if let Some(every) = choices.every {
        all.extend(["--every", every]);
    }
    all.extend(args);
    all.extend(inputs.iter().map(|(name, _)| *name));
    let ended = scratch.run(&all);
    let mut found = ended.exit(0).json();
    for rejected in found["input"]["rejected"].as_array_mut().unwrap() {
        rejected.as_object_mut().unwrap().remove("reason");
    }
    let expected = naive::expect(inputs, choices);
    same("", &expected, &found, &ended);
}

/// Equal, but for the last digits of a rate.
#[track_caller]
fn same(path: &str, expected: &Value, found: &Value, ended: &Ended) {
    let is_same = match (expected, found) {
        (Value::Object(one), Value::Object(other)) => {
            for (key, expected) in one {
                same(&format!("{path}/{key}"), expected, &found[key], ended);
            }
            let others = other.keys().filter(|key| *key != "schema_version");
            others.eq(one.keys())
        }
        (Value::Array(one), Value::Array(other)) => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                same(&format!("{path}/{index}"), one, other, ended);
            }
            one.len() == other.len()
        }
        (Value::Number(one), Value::Number(other)) if one.is_f64() => {
            // Rates have four decimals, or four significant digits.
            let (one, other) = (one.as_f64().unwrap(), other.as_f64().unwrap());
            (one - other).abs() <= 5.1e-5_f64.max(one * 1e-9)
        }
        _ => expected == found,
    };
    if !is_same {
        ended.expect(
            false,
            &format!("{path}: expected {expected}, found {found}"),
        );
    }
}

fn lines(lines: &[&str]) -> Vec<u8> {
    lines.join("\n").into_bytes()
}

#[test]
fn the_log_made_by_hand_reads_the_same() {
    let log = std::fs::read(crate::harness::testdata().join("mixed.jsonl")).unwrap();
    for every in [
        None,
        Some("1h"),
        Some("1d"),
        Some("1w"),
        Some("1mo"),
        Some("1m"),
        Some("15m"),
    ] {
        let choices = Choices {
            every,
            ..Choices::default()
        };
        agree(&[("mixed.jsonl", log.clone())], &choices, &[]);
    }
}

#[test]
fn names_of_fields_are_taken_by_place_and_then_by_rank() {
    let log = lines(&[
        r#"{"event":"auth.login","action":"token.refresh","userId":"a","user_id":"b","success":true}"#,
        r#"{"action":"auth.login","event_type":"token.refresh","metadata":{"userId":"a"},"sub":"c","success":true}"#,
        r#"{"event":"auth.login","details":{"clientId":"d"},"metadata":{"oauth_client_id":"m"},"success":false,"event_data":{"error":"e"},"metadata2":{"error":"x"}}"#,
        r#"{"event":"auth.login","event_data":{"success":false,"reason":"r","failure_reason":"f"},"metadata":{"success":"false"}}"#,
        r#"{"event":null,"event_type":"","action":"auth.login","success":null,"metadata":{"success":true},"userId":null,"user_id":"","actor_id":7}"#,
        r#"{"metadata":{"event":"auth.login","timestamp":1736937000,"userId":"inside"}}"#,
        r#"{"event":"auth.login","metadata":{"metadata":{"userId":"deep"}},"email":"ZOË@Example.com"}"#,
        r#"{"event":"auth.login","metadata":{"userId":"first"},"metadata":{"email":"second@x"},"success":true}"#,
        r#"{"event":"auth.login","metadata":{"userId":"first"},"metadata":null,"success":true}"#,
        r#"{"event":"auth.login","metadata":{"clientId":"a","clientId":null,"client_id":"b"},"success":true}"#,
        r#"{"event":"auth.login","clientId":{"id":1},"client_id":["x"],"oauth_client_id":true,"details":{"clientId":"in"},"success":true}"#,
        r#"{"Event":"auth.login","USERID":"a","success":true}"#,
        r#"{"event":"auth.login","method":"top","metadata":{"method":"in"},"success":true}"#,
    ]);
    agree(&[("a", log)], &Choices::default(), &[]);
}

#[test]
fn of_two_names_of_a_field_the_left_one_counts() {
    let rows: &[(&str, &[&str])] = &[
        ("auth.login", &["userId", "user_id", "actor_id", "sub"]),
        ("auth.login", &["email", "actor_name"]),
        ("auth.login", &["clientId", "client_id", "oauth_client_id"]),
        ("auth.login_failure", &["error", "reason", "failure_reason"]),
        ("token.issued", &["grantType", "grant_type"]),
        ("token.issued", &["tokenType", "token_type"]),
        ("otp.sent", &["status", "responseStatus", "response_status"]),
        ("otp.sent", &["timestamp", "created_at", "time", "ts"]),
        ("", &["event", "event_type", "action"]),
    ];
    // Each pair of values shows which of the two was taken; two lines do where only distinct values are counted.
    let values = [
        ("\"one\"", "\"all\""),
        ("\"two\"", "\"all\""),
        ("\"refresh_token\"", "\"x\""),
        ("\"refresh\"", "\"x\""),
        ("200", "500"),
        ("1736937000", "1736999999"),
        ("\"auth.login\"", "\"token.refresh\""),
    ];
    for (event, names) in rows {
        let pairs =
            (0..names.len()).flat_map(|one| (one + 1..names.len()).map(move |other| (one, other)));
        for (one, other) in pairs {
            let mut log = String::new();
            for (left, right) in values {
                let (left, right) = (
                    format!("\"{}\":{left}", names[one]),
                    format!("\"{}\":{right}", names[other]),
                );
                let event = format!("\"event\":\"{event}\"");
                let event = if names.contains(&"event") {
                    "\"x\":1".to_owned()
                } else {
                    event
                };
                log += &format!("{{{event},{left},{right}}}\n{{{right},{left},{event}}}\n");
                log += &format!(
                    "{{{event},\"details\":{{{right},{left}}}}}\n{{\"metadata\":{{{left}}},{event},{right}}}\n"
                );
                log += &format!("{{\"event_data\":{{{left}}},\"details\":{{{right}}},{event}}}\n");
            }
            agree(&[("a", log.into_bytes())], &Choices::default(), &[]);
        }
    }
}

#[test]
fn the_outcome_is_the_first_that_says_something() {
    let mut log = Vec::new();
    let names = [
        "auth.login",
        "auth.login_success",
        "auth.login_failure",
        "auth_failed",
        "oauth.auth_failed",
        "auth.logout",
        "token.generated",
        "token.issued",
        "token.issued.refresh_token",
        "token.issued.",
        "token.refresh",
        "token.refreshed",
        "auth.token_refresh",
        "otp.verification",
        "otp.verification.detail",
        "token.validation_failed",
        "token.pkce_failed",
        "token.code_invalid",
        "token.client_invalid",
        "scope.validated",
        "scope_violation",
        "oauth.scope_violation",
        "oauth.scope_validation_success",
        "rate_limit.exceeded",
        "auth.rate_limited",
        "oauth.suspicious_activity",
        "token.revoked",
        "token.expired",
        "api_token.used",
        "oauth.token_used",
        "never.heard.of",
    ];
    for name in names {
        for rest in [
            "",
            r#","success":true"#,
            r#","success":false"#,
            r#","success":"true""#,
            r#","status":200"#,
            r#","status":"400""#,
            r#","response_status":399,"error":"x""#,
            r#","status":"fine","details":{"reason":"y"}"#,
            r#","error":"x","success":true"#,
            r#","error":"""#,
            r#","error":{"code": 5}"#,
            r#","failure_reason":[1, 2]"#,
            r#","reason":5e0"#,
        ] {
            log.extend(format!("{{\"event\":\"{name}\"{rest}}}\n").into_bytes());
        }
    }
    log.extend(b"{\"token_id\":1,\"endpoint\":\"/\"}\n{\"tokenId\":\"t\",\"endpoint\":\"/\",\"responseStatus\":500}\n");
    log.extend(b"{\"tokenId\":\"t\",\"metadata\":{\"endpoint\":\"/\",\"status\":204}}\n{\"tokenId\":\"\",\"endpoint\":\"/\"}\n");
    agree(&[("a", log)], &Choices::default(), &[]);
}

#[test]
fn times_in_every_shape_make_the_same_timeline() {
    let times = [
        "\"2025-01-15T10:30:00Z\"",
        "\"2025-01-15T10:30:00.1Z\"",
        "\"2025-01-15t10:30:00.123456789z\"",
        "\"2025-01-15T10:30:00+05:45\"",
        "\"2025-01-15T10:30:00-0330\"",
        "\"2025-01-15 10:30:00\"",
        "\"2025-01-15 10:30:00.5+02\"",
        "\"2025-01-15T10:30:00\"",
        "1736937000",
        "1736937000123",
        "1736937000123456",
        "1736937000123456789",
        "\"1736937000\"",
        "1736937000.75",
        "1.736937e9",
        "1e3",
        "0",
        "-1",
        "99999999999",
        "100000000000",
        "9007199254740993",
        "253402300799",
        "\"2025-02-29T00:00:00Z\"",
        "\"2024-02-29T00:00:00Z\"",
        "\"2025-01-15T24:00:00Z\"",
        "\"2025-01-15\"",
        "\"yesterday\"",
        "\"\"",
        "null",
        "true",
        "{}",
        "123456789012345678901234567890",
        "1e400",
    ];
    for pair in times.windows(2) {
        let log: String = pair
            .iter()
            .map(|time| {
                format!("{{\"event\":\"auth.login\",\"timestamp\":{time},\"success\":true}}\n")
            })
            .collect();
        agree(&[("a", log.into_bytes())], &Choices::default(), &[]);
    }
    let all: String = times
        .iter()
        .map(|time| format!("{{\"event\":\"auth.login\",\"created_at\":\"2025-01-01T00:00:00Z\",\"timestamp\":{time}}}\n"))
        .collect();
    agree(
        &[("a", all.into_bytes())],
        &Choices::default(),
        &["--every", "1mo"],
    );
}

#[test]
fn the_timeline_widens_with_its_window() {
    const MINUTE: i64 = 60;
    const DAY: i64 = 86_400;
    for elapsed in [
        59 * MINUTE,
        60 * MINUTE,
        299 * MINUTE,
        300 * MINUTE,
        15 * 60 * MINUTE,
        60 * 60 * MINUTE,
        59 * DAY,
        60 * DAY,
        419 * DAY,
        421 * DAY,
        3000 * DAY,
    ] {
        let start = 1_736_899_200; // 2025-01-15, a Wednesday
        let log: String = [0, elapsed / 3, elapsed / 2, elapsed - 1, elapsed]
            .iter()
            .map(|after| {
                format!(
                    "{{\"event\":\"token.refresh\",\"ts\":{},\"sub\":{after},\"success\":true}}\n",
                    start + after
                )
            })
            .collect();
        agree(&[("a", log.into_bytes())], &Choices::default(), &[]);
    }
}

#[test]
fn hours_in_which_more_fails_than_usual_are_the_same() {
    for usually_failing in [0, 2] {
        let log = documents::failing_at_times(usually_failing);
        agree(&[("a", log.into_bytes())], &Choices::default(), &[]);
    }
}

#[test]
fn the_first_and_the_last_moment_there_is_make_a_timeline() {
    let log = r#"{"event":"auth.login","ts":"0001-01-01T00:00:00Z","success":true}
{"event":"auth.login","ts":"9999-12-31T23:59:59.999999999Z","success":true}
"#;
    for every in [
        None,
        Some("1m"),
        Some("1h"),
        Some("1d"),
        Some("1w"),
        Some("1mo"),
    ] {
        let choices = Choices {
            every,
            ..Choices::default()
        };
        agree(&[("a", log.as_bytes().to_vec())], &choices, &[]);
    }
}

#[test]
fn every_kind_of_line_there_is_reads_the_same() {
    for max_line in [16 << 20, 2000, 999, 100, 1] {
        let choices = Choices {
            max_line,
            ..Choices::default()
        };
        let log = crate::invariance::nasty_log();
        agree(
            &[("a", log.clone()), ("b", log)],
            &choices,
            &["--chunk-size", "500", "--count-copies"],
        );
    }
}

#[test]
fn synthetic_logs_read_the_same() {
    for (shape, seed) in [("plain", "1"), ("hostile", "2"), ("hostile", "3")] {
        let args = [
            "generate", "--events", "2000", "--shape", shape, "--seed", seed,
        ];
        let log = Scratch::new().run(&args).exit(0).stdout().to_vec();
        agree(&[("log", log.clone())], &Choices::default(), &[]);
        let scratch = Scratch::new();
        let users = scratch
            .write("log", &log)
            .run(&["users", "--format", "json", "log"]);
        let found = &users.exit(0).json()["reports"]["users"];
        same("users", &naive::users(&log), found, &users);
    }
}

#[test]
fn generated_logs_read_the_same() {
    generated::check();
}
