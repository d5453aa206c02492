//! The five kinds of log the product was made for, a small one of each, and all of them as one: numbers counted by hand.
//!
//! ```text
//!  metrics           lines of the writer                            event, timestamp, metadata
//!  audit_logs        a table of token audits, as row_to_json        action, created_at, details
//!  oauth_events      a table of a Rails application, as to_json      event_type, created_at, event_data
//!  audit_log         a table of an API's logins and refreshes       event_type beside action, actor_id
//!  api_token_usage   a table of requests, which have no name        tokenId or token_id, endpoint
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

use crate::harness::{Scratch, testdata};

const LOGS: [&str; 5] = [
    "metrics.jsonl",
    "audit_logs.jsonl",
    "oauth_events.jsonl",
    "audit_log.jsonl",
    "api_token_usage.jsonl",
];

/// What a report says, as `report.fact` and the fact in JSON, or `report.table` and its rows: of each the texts, then
/// the numbers that are not 0. Lines are numbered from 1.
type Counted = &'static [(&'static str, &'static str)];

const METRICS: Counted = &[
    ("input.events", "14"),
    ("input.undated", "0"),
    // From line 1 to line 14: 1 h 50 min.
    ("window.elapsed", "6600"),
    // Lines 6 and 12; user-1 and bo@example.org.
    ("logins.success", "1"),
    ("logins.failure", "1"),
    ("logins.users", "2"),
    ("logins.by_method", "magic-link failure=1, otp success=1"),
    ("logins.by_client", "web failure=1 success=1"),
    // Lines 3, 4, 10, 11, 12, 13.
    ("failures.total", "6"),
    // The login of 12 and the verification of 3, beside those of 6 and 5.
    ("failures.failed_auth_rate.part", "2"),
    ("failures.failed_auth_rate.whole", "4"),
    ("failures.otp_by_reason", "Invalid code count=1"),
    // Lines 9 and 10; line 8 issues the refresh token.
    ("refreshes.success", "1"),
    ("refreshes.failure", "1"),
    ("refreshes.usage_rate.whole", "1"),
    // Line 10 says so, and its token is the one that line 9 rotated.
    ("refreshes.reused", "1"),
    ("otp.generated", "1"),
    // Lines 2 and 11; lines 5 and 3, 40 s and 20 s after line 2, whose address line 5 writes with capitals.
    ("otp.sent", "1"),
    ("otp.send_failed", "1"),
    ("otp.verify_rate.whole", "2"),
    ("otp.time_to_verify_p50", "40"),
    ("otp.attempts", "attempts=2 count=1"),
    // Lines 7 and 8, not 13; line 9. Lines 10 and 13 failed.
    ("tokens.issued", "2"),
    ("tokens.refreshed", "1"),
    ("tokens.failed", "2"),
    // user-1 and user-2; an hour and 30 days.
    ("tokens.unique_users", "2"),
    ("tokens.mean_lifetime", "1297800"),
    (
        "tokens.by_source",
        "- failed=1 refreshed=1, otp issued=2, magic-link failed=1",
    ),
    // The failed login of line 12.
    ("security.total", "1"),
    ("security.low", "1"),
];

const AUDIT_LOGS: Counted = &[
    ("input.events", "13"),
    // Line 2 is told by clocks an hour ahead, and comes before line 3.
    ("window.first", r#""2025-03-03T11:00:00.000001Z""#),
    ("window.last", r#""2025-03-04T09:16:00.000Z""#),
    ("logins.total", "0"),
    ("logins.success_rate.rate", "null"),
    // Lines 7, 8, 9, which are all of those that can fail.
    (
        "failures.by_reason",
        "token.pkce_failed code_verifier mismatch count=1, token.validation_failed invalid_client count=1, \
         token.validation_failed invalid_grant count=1",
    ),
    ("failures.failed_auth_rate.whole", "3"),
    // Lines 4 and 5, by user 10, who is text there and a number in line 3, and by u-11.
    ("refreshes.success", "2"),
    ("refreshes.per_user.whole", "2"),
    ("refreshes.by_client", "mobile success=1, portal success=1"),
    // Line 3 is a refresh by its name; issues are lines 1, 2, 3, 12, 13.
    ("refreshes.usage_rate.part", "1"),
    ("refreshes.usage_rate.whole", "5"),
    // The document's total_issued, total_refreshed and total_failed.
    ("tokens.issued", "5"),
    ("tokens.refreshed", "2"),
    ("tokens.failed", "3"),
    // u-10, 10, u-11, u-12; portal, batch, mobile.
    ("tokens.unique_users", "4"),
    ("tokens.unique_clients", "3"),
    ("tokens.userinfo", "1"),
    ("tokens.expired", "1"),
    // 3600 s of line 1 and 15 min of line 12; the others do not say.
    ("tokens.mean_lifetime", "2250"),
    // Lines 3 and 13 say it by their name alone. What is no issue says none.
    (
        "tokens.by_grant",
        "- failed=3 refreshed=2, authorization_code issued=2, client_credentials issued=1, device_code issued=1, \
         refresh_token issued=1",
    ),
    // Line 11 is of no token: 1 to 10, 12, 13.
    ("activity.total", "12"),
    // Line 8 names neither. 198.51.100.7 of lines 1 and 4, one address of lines 5 and 6, line 7's, and "unknown".
    ("users.distinct", "4"),
    ("clients.unnamed", "1"),
    ("ips.distinct", "4"),
    ("security.medium", "3"),
];

const OAUTH_EVENTS: Counted = &[
    ("input.events", "12"),
    // Lines 7 and 8, by eve@example.com and u-20. Line 8 says neither success nor reason, but failure_reason.
    ("logins.failure", "2"),
    ("logins.total", "2"),
    ("logins.users", "2"),
    (
        "logins.by_reason",
        "expired count=1, invalid_credentials count=1",
    ),
    ("logins.by_method", "- failure=1, otp failure=1"),
    // Lines 5, 6, 7, 8, 9, 10: the token of line 2 was used, by the event's name, though the answer was 401.
    ("failures.total", "6"),
    ("failures.failed_auth_rate.part", "2"),
    ("failures.failed_auth_rate.whole", "2"),
    (
        "failures.by_reason",
        "auth.login expired count=1, auth.login invalid_credentials count=1, rate_limit.exceeded - count=1, \
         scope.violation - count=1, scope.violation missing orders:write count=1, suspicious_activity - count=1",
    ),
    ("refreshes.total", "0"),
    // u-20 and u-21 used tokens; u-20's was revoked.
    ("tokens.unique_users", "2"),
    ("tokens.unique_clients", "2"),
    ("tokens.revoked", "1"),
    // By level: line 9 and line 6. By kind: 5 and 10; 7 and 8; 4.
    ("security.critical", "1"),
    ("security.high", "1"),
    ("security.medium", "2"),
    ("security.low", "2"),
    ("security.info", "1"),
    // Lines 3 and 7 are one address: 127.0.0.1, 192.0.2.50, 2001:db8::1.
    ("ips.distinct", "3"),
];

const AUDIT_LOG: Counted = &[
    ("input.events", "11"),
    // Lines 1, 2, 10, 11 and 3, 4, 5: `event_type` is the name, not `action`.
    ("logins.success", "4"),
    ("logins.failure", "3"),
    // kc-1, "unknown", kc-9 (of line 5's details), and zoë@globex.example of lines 10 and 11.
    ("logins.users", "4"),
    (
        "logins.by_reason",
        "expired count=1, invalid_token count=1, missing_token count=1",
    ),
    // And the rate limit of line 8.
    ("failures.total", "4"),
    ("failures.failed_auth_rate.part", "3"),
    ("failures.failed_auth_rate.whole", "7"),
    // Lines 6 and 7, of which 7 names nobody. 16:05 two hours ahead is 14:05.
    ("refreshes.success", "2"),
    ("refreshes.per_user.whole", "1"),
    ("refreshes.per_login.whole", "4"),
    ("refreshes.by_hour", "14 success=2"),
    ("tokens.refreshed", "2"),
    ("tokens.unique_users", "1"),
    // Lines 3, 4, 5, 8, which all say warning.
    ("security.medium", "4"),
    ("security.total", "4"),
];

const API_TOKEN_USAGE: Counted = &[
    ("input.events", "10"),
    ("input.undated", "0"),
    // From line 1 to line 10; line 6 counts in milliseconds since 1970 and line 7 in seconds.
    ("window.elapsed", "9"),
    // Lines 3, 4, 6, 8: 429, 404, 500, 400. Line 9 has no endpoint, so it is no use of a token.
    ("failures.by_reason", "api_token.used - count=4"),
    ("failures.failed_auth_rate.whole", "0"),
    ("logins.total", "0"),
    // Lines 1, 2, 3, 4, 10; 5, 8, which has an empty id before the other; 6, 7, a number and text. Times of half and of
    // 95 of 100 are 8 and 30 ms of 2, 8, 12, 30; 3 and 101 ms; 40 and 950 ms.
    ("usage.requests", "9"),
    (
        "usage.by_token",
        "2025-03-04T08:00:09.000Z tok-1 duration_p50=0.008 duration_p95=0.03 endpoints=3 failed=2 ok=3 requests=5, \
         2025-03-04T08:00:06.000Z 77 duration_p50=0.04 duration_p95=0.95 endpoints=1 failed=1 ok=1 requests=2, \
         2025-03-04T08:00:07.000Z tok-2 duration_p50=0.003 duration_p95=0.101 endpoints=2 failed=1 ok=1 requests=2",
    ),
];

/// All five: sums of the above, but for different users, who are 8 and 4 different ones in all.
const ALL: Counted = &[
    ("input.lines", "60"),
    ("input.events", "60"),
    // From the first line of `metrics` to the last of `audit_logs`: 24 h 16 min.
    ("window.elapsed", "87360"),
    ("logins.success", "5"),
    ("logins.failure", "6"),
    ("logins.users", "8"),
    ("failures.total", "23"),
    ("failures.failed_auth_rate.part", "10"),
    ("failures.failed_auth_rate.whole", "16"),
    ("refreshes.success", "5"),
    ("refreshes.failure", "1"),
    ("refreshes.per_user.whole", "4"),
    ("refreshes.per_login.whole", "5"),
    ("refreshes.usage_rate.whole", "1"),
    ("tokens.issued", "7"),
    ("tokens.refreshed", "5"),
    ("tokens.failed", "5"),
    // 2, 4, 2, 1 and 2: u-30 and 31 used API tokens. web; portal, batch, mobile; c-web, c-ios.
    ("tokens.unique_users", "11"),
    ("tokens.unique_clients", "6"),
    ("security.total", "15"),
    ("usage.requests", "9"),
];

/// The folder of the logs, copied, so that answers name the logs alone.
fn scratch() -> Scratch {
    let scratch = Scratch::new();
    for log in LOGS {
        scratch.write(log, fs::read(testdata().join("seeds").join(log)).unwrap());
    }
    scratch
}

#[track_caller]
fn check(logs: &[&str], counted: Counted) {
    let scratch = scratch();
    let mut answers = BTreeMap::new();
    for (name, expected) in counted {
        let (report, path) = name.split_once('.').unwrap();
        let command = match report {
            "input" | "window" => "logins",
            report => report,
        };
        let ended = answers.entry(command).or_insert_with(|| {
            let words = [command, "--format", "json"];
            scratch.run(&[&words, logs].concat())
        });
        let document = ended.exit(0).is_quiet().json();
        let section = match report {
            "input" | "window" => &document[report],
            report => &document["reports"][report],
        };
        let value = path.split('.').fold(section, |value, part| &value[part]);
        let found = match value {
            Value::Array(rows) => rows.iter().filter_map(row).collect::<Vec<_>>().join(", "),
            value => value.to_string(),
        };
        ended.expect(
            found == *expected,
            &format!("counted by hand, {name} is {expected}, not {found}"),
        );
    }
}

/// The texts of a row and its numbers by name; nothing of a row without numbers, such as an hour without events.
fn row(row: &Value) -> Option<String> {
    let (mut texts, mut numbers) = (Vec::new(), Vec::new());
    for (column, value) in row.as_object().unwrap() {
        match value {
            Value::Null => texts.push("-".to_owned()),
            Value::String(text) => texts.push(text.clone()),
            // It says which row it is.
            Value::Number(hour) if column == "hour" => texts.push(hour.to_string()),
            Value::Number(number) if number.as_f64() != Some(0.0) => {
                numbers.push(format!("{column}={number}"));
            }
            _ => {}
        }
    }
    let is_empty = numbers.is_empty();
    texts.append(&mut numbers);
    (!is_empty).then(|| texts.join(" "))
}

#[test]
fn lines_of_the_writer_are_counted_as_by_hand() {
    check(&["metrics.jsonl"], METRICS);
}

#[test]
fn a_table_of_token_audits_is_counted_as_by_hand() {
    check(&["audit_logs.jsonl"], AUDIT_LOGS);
}

#[test]
fn a_table_of_oauth_events_is_counted_as_by_hand() {
    check(&["oauth_events.jsonl"], OAUTH_EVENTS);
}

#[test]
fn a_table_of_logins_is_counted_as_by_hand() {
    check(&["audit_log.jsonl"], AUDIT_LOG);
}

#[test]
fn a_table_of_requests_is_counted_as_by_hand() {
    check(&["api_token_usage.jsonl"], API_TOKEN_USAGE);
}

#[test]
fn all_five_in_one_input_are_counted_together() {
    check(&LOGS, ALL);
    let mut backwards = LOGS;
    backwards.reverse();
    check(&backwards, ALL);
}

/// Every alias of the table is used with a value, and every container; so none is left out of what was counted.
#[test]
fn the_logs_use_every_name_of_the_table() {
    let folder = testdata().join("seeds");
    let mut used = BTreeSet::new();
    for log in LOGS {
        for line in fs::read_to_string(folder.join(log)).unwrap().lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let pairs = line.as_object().unwrap();
            let inner = pairs.values().filter_map(Value::as_object).flatten();
            let given = pairs.iter().chain(inner).filter(|(_, value)| {
                !value.is_null() && value.as_str().is_none_or(|text| !text.is_empty())
            });
            used.extend(given.map(|(name, _)| name.clone()));
        }
    }
    let table = fs::read_to_string(folder.join("aliases.tsv")).unwrap();
    let rows = table.lines().filter(|line| !line.starts_with('#')).skip(1);
    let names = rows.flat_map(|row| row.rsplit('\t').next().unwrap().split(' '));
    let missing: Vec<_> = names
        .chain(["metadata", "details", "event_data"])
        .filter(|name| !used.contains(*name))
        .collect();
    assert_eq!(missing, [""; 0], "no log has it");
}
