//! The quick way and the slow way read any log alike: the same events with the same fields, the same lines refused.

use proptest::prelude::*;

use crate::checks::twins as agree;

/// What stands for a value in a pattern of a line.
const HOLE: char = '\u{1}';

/// Lines with holes: a log has few of them, and many lines of each.
fn pattern() -> impl Strategy<Value = String> {
    const KEYS: &[&str] = &[
        "event",
        "event",
        "action",
        "timestamp",
        "ts",
        "userId",
        "user_id",
        "email",
        "success",
        "error",
        "reason",
        "status",
        "clientId",
        "client_id",
        "method",
        "scopes",
        "grantType",
        "endpoint",
        "tokenId",
        "x",
        "",
        "a key of more bytes than are compared at a time",
    ];
    let space = prop_oneof![9 => Just(""), 1 => Just(" ")];
    let pair = (prop::sample::select(KEYS), space)
        .prop_map(|(key, space)| format!("\"{key}\"{space}:{space}{HOLE}"));
    let pairs =
        |most| prop::collection::vec(pair.clone(), 0..most).prop_map(|pairs| pairs.join(","));
    let container = (
        prop::sample::select(&["metadata", "details", "event_data", "other"][..]),
        pairs(4),
    );
    let container = container.prop_map(|(key, inner)| format!("\"{key}\":{{{inner}}}"));
    let array = pairs(3).prop_map(|inner| format!("\"list\":[{HOLE},{{{inner}}}]"));
    let member = prop_oneof![6 => pair.clone(), 2 => container, 1 => array];
    prop::collection::vec(member, 0..7).prop_map(|members| format!("{{{}}}", members.join(",")))
}

fn value() -> impl Strategy<Value = String> {
    const RARE: &[&str] = &[
        "null",
        "\"\"",
        "[]",
        "[\"a\",\"b\"]",
        "{\"event\":\"auth.login\"}",
        "1.5",
        "-3e2",
        "01",
        "tru",
        "\"\\u0061\\n\"",
        "\"\\ud800\"",
        "\"tab\t\"",
        "\"open",
        "\"漢字\"",
        "\"\\\"\"",
        " ",
        "",
    ];
    prop_oneof![
        6 => "\"[a-zA-Z@.]{1,9}\"",
        4 => prop::sample::select(&[
            "\"auth.login\"", "\"token.issued.x\"", "\"token.issued.client_credentials\"", "\"api_token.used\"",
            "\"scope.violation\"", "\"otp.verification.detail\"", "\"2025-01-15T10:30:00.000Z\"",
            "\"2025-01-15T23:59:60.000Z\"",
        ][..]).prop_map(str::to_owned),
        3 => prop::sample::select(&["true", "false"][..]).prop_map(str::to_owned),
        3 => (0..5000_u32).prop_map(|number| number.to_string()),
        1 => prop::sample::select(RARE).prop_map(str::to_owned),
    ]
}

/// A log of some patterns, filled in any order, with a byte changed here and there.
fn log() -> impl Strategy<Value = Vec<u8>> {
    let lines = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..80);
    let values = prop::collection::vec(value(), 1..40);
    let end = prop::sample::select(&["\n", "\n", "\n", "\r\n"][..]);
    let change = (any::<prop::sample::Index>(), any::<u8>());
    let changes = prop::collection::vec(change, 0..3);
    (
        prop::collection::vec(pattern(), 1..4),
        lines,
        values,
        end,
        changes,
    )
        .prop_map(|(patterns, lines, values, end, changes)| {
            let mut values = values.iter().cycle();
            let mut log = Vec::new();
            for (which, turn) in lines {
                values.nth(usize::from(turn) % 3);
                let mut parts = patterns[which.index(patterns.len())].split(HOLE);
                log.extend(parts.next().unwrap_or_default().bytes());
                for part in parts {
                    log.extend(values.next().into_iter().flat_map(|value| value.bytes()));
                    log.extend(part.bytes());
                }
                log.extend(end.bytes());
            }
            for (at, byte) in changes {
                let at = at.index(log.len());
                log[at] = byte;
            }
            log
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_log_of_a_few_patterns_reads_the_same_quickly_and_slowly(log in log()) {
        agree(&log);
    }
}

#[test]
fn a_line_with_any_byte_in_any_place_reads_the_same_among_lines_of_its_shape() {
    let line = br#"{"event":"auth.login","timestamp":"2025-01-15T10:30:00.000Z","userId":"user-123","success":true,"n":12,"metadata":{"clientId":"web","x":null}}"#;
    for place in 0..line.len() {
        let mut log = Vec::new();
        for byte in 0..=255 {
            log.extend_from_slice(line);
            log.push(b'\n');
            let mut changed = *line;
            changed[place] = byte;
            log.extend_from_slice(&changed);
            log.push(b'\n');
        }
        agree(&log);
    }
}

#[test]
fn a_line_cut_anywhere_reads_the_same_among_lines_of_its_shape() {
    let line = r#"{"event":"token.issued.x","ts":1736937000,"email":"A@b.c","success":false,"error":"é","metadata":{"clientId":"web"}}"#;
    let log: String = (0..=line.len())
        .filter(|end| line.is_char_boundary(*end))
        .map(|end| format!("{line}\n{}\n", &line[..end]))
        .collect();
    agree(log.as_bytes());
}

#[test]
fn lines_longer_than_a_stretch_read_the_same() {
    for padding in [100, 30_000, 32_700, 33_000, 70_000] {
        let long = "x".repeat(padding);
        let line = format!(r#"{{"event":"auth.login","userId":"{long}","success":true}}"#);
        let short = r#"{"event":"auth.login","userId":"u","success":true}"#;
        agree(
            [short, &line, short, short, &line, short]
                .join("\n")
                .as_bytes(),
        );
    }
}
