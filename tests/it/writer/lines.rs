//! What lines say.

use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use authmeter::{Format, MetaValue, Metrics, events, fields};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{LONG, Screen, time, to_file};

/// The events of the seed's example, in its order, with their times.
const SEED_TIMES: [&str; 4] = [
    "2025-01-15T10:30:00.000Z",
    "2025-01-15T10:30:00.100Z",
    "2025-01-15T10:30:05.000Z",
    "2025-01-15T10:30:05.010Z",
];

const SEED_JSON: &str = r#"{"event":"otp.generated","timestamp":"2025-01-15T10:30:00.000Z","email":"user@example.com","success":true,"metadata":{"emailDomain":"example.com"}}
{"event":"otp.sent","timestamp":"2025-01-15T10:30:00.100Z","email":"user@example.com","success":true}
{"event":"otp.verification","timestamp":"2025-01-15T10:30:05.000Z","email":"user@example.com","success":true}
{"event":"auth.login","timestamp":"2025-01-15T10:30:05.010Z","userId":"user-123","email":"user@example.com","success":true,"metadata":{"method":"otp"}}
"#;

const SEED_CONSOLE: &str = "\
[METRIC] ✅ otp.generated                | email=user@example.com, emailDomain=example.com
[METRIC] ✅ otp.sent                     | email=user@example.com
[METRIC] ✅ otp.verification             | email=user@example.com
[METRIC] ✅ auth.login                   | userId=user-123, email=user@example.com, method=otp
[METRIC] ✅ token.generated              | userId=user-123, email=user@example.com, tokenType=access, expiresIn=1h
[METRIC] ✅ token.generated              | userId=user-123, email=user@example.com, tokenType=refresh, expiresIn=30d
";

const EMAIL: &str = "user@example.com";
const USER: &str = "user-123";

fn emit_the_seeds_events(metrics: &Metrics) {
    let with_domain = fields().email(EMAIL).meta("emailDomain", "example.com");
    metrics.track_success("otp.generated", with_domain);
    metrics.track_success("otp.sent", fields().email(EMAIL));
    events::otp_verification()
        .success()
        .email(EMAIL)
        .emit_to(metrics);
    events::login()
        .success()
        .user(USER)
        .email(EMAIL)
        .method("otp")
        .emit_to(metrics);
}

#[test]
fn the_file_holds_the_seeds_example_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.jsonl");
    let next = AtomicUsize::new(0);
    let metrics = to_file(&path)
        .clock(move || time(SEED_TIMES[next.fetch_add(1, Relaxed)]))
        .build()
        .unwrap();
    emit_the_seeds_events(&metrics);
    assert_eq!(fs::read_to_string(&path).unwrap(), SEED_JSON);
}

#[test]
fn the_console_shows_the_seeds_example_byte_for_byte() {
    let screen = Screen::default();
    let metrics = Metrics::builder().console(screen.clone()).build().unwrap();
    emit_the_seeds_events(&metrics);
    for (token_type, expires_in) in [("access", "1h"), ("refresh", "30d")] {
        let event = events::token_generated().user(USER).email(EMAIL);
        event
            .token_type(token_type)
            .expires_in(expires_in)
            .emit_to(&metrics);
    }
    assert_eq!(screen.text(), SEED_CONSOLE);
}

#[test]
fn a_failure_and_its_reason_are_on_the_console_before_the_metadata() {
    let screen = Screen::default();
    let metrics = Metrics::builder().console(screen.clone()).build().unwrap();
    let about = fields().email(EMAIL).meta("attempts", 3);
    metrics.track_failure("otp.verification", "Invalid code", about);
    assert_eq!(
        screen.text(),
        "[METRIC] ❌ otp.verification             | email=user@example.com, error=Invalid code, attempts=3\n"
    );
}

#[test]
fn the_format_decides_where_events_go() {
    let folder = tempfile::tempdir().unwrap();
    for (format, in_file, on_console) in [
        (Format::Console, false, true),
        (Format::File, true, false),
        (Format::Both, true, true),
        (Format::None, false, false),
    ] {
        let path = folder.path().join(format!("{format:?}.jsonl"));
        let screen = Screen::default();
        let metrics = Metrics::builder()
            .format(format)
            .path(&path)
            .console(screen.clone())
            .build()
            .unwrap();
        metrics.track_success("otp.sent", fields());
        assert!(metrics.flush(LONG));
        assert_eq!(path.exists(), in_file, "{format:?}");
        assert_eq!(
            screen.text(),
            if on_console {
                "[METRIC] ✅ otp.sent\n"
            } else {
                ""
            }
        );
        assert_eq!(metrics.stats().written, u64::from(in_file || on_console));
        assert_eq!(metrics.is_enabled(), in_file || on_console);
    }
}

#[test]
fn code_beats_the_environment_in_whatever_order_they_are_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.jsonl");
    let environment = |name: &str| match name {
        "METRICS_FORMAT" => Some("none".into()),
        "METRICS_FILE_PATH" => Some("/dev/null/nowhere.jsonl".into()),
        _ => None,
    };
    let first = Metrics::builder().from_lookup(environment).unwrap();
    let first = first.format(Format::File).path(&path).build().unwrap();
    first.track_success("otp.sent", fields());
    let last = to_file(&path)
        .from_lookup(environment)
        .unwrap()
        .build()
        .unwrap();
    last.track_success("otp.sent", fields());
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 2);
}

#[test]
fn a_disabled_writer_opens_no_file_whatever_the_format() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("logs/auth.jsonl");
    let off = |name: &str| (name == "METRICS_ENABLED").then(|| "off".into());
    let metrics = to_file(&path).from_lookup(off).unwrap().build().unwrap();
    metrics.track_success("otp.sent", fields());
    assert!(!path.parent().unwrap().exists());
    assert_eq!(metrics.stats().emitted, 0);
    assert!(
        to_file(&path)
            .from_lookup(off)
            .unwrap()
            .enabled(true)
            .build()
            .unwrap()
            .is_enabled()
    );
}

#[test]
fn a_given_stream_has_colour_only_where_it_is_forced() {
    for (variable, coloured) in [("CLICOLOR_FORCE", true), ("UNRELATED", false)] {
        let screen = Screen::default();
        let lookup = |name: &str| (name == variable).then(|| "1".into());
        let builder = Metrics::builder().from_lookup(lookup).unwrap();
        builder
            .console(screen.clone())
            .build()
            .unwrap()
            .track_success("otp.sent", fields());
        assert_eq!(screen.text().contains("\x1b[32m"), coloured, "{variable}");
    }
}

/// A line, read by somebody else's parser. Numbers keep their text: no digit of theirs may be lost.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    event: String,
    timestamp: String,
    #[serde(rename = "userId")]
    user: Option<String>,
    email: Option<String>,
    success: Option<bool>,
    error: Option<String>,
    metadata: Option<BTreeMap<String, Box<RawValue>>>,
}

/// A metadata value that owns its text.
#[derive(Clone, Debug)]
enum Value {
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Text(String),
}

impl Value {
    fn borrow(&self) -> MetaValue<'_> {
        match self {
            Value::Bool(value) => MetaValue::Bool(*value),
            Value::Int(value) => MetaValue::Int(*value),
            Value::Uint(value) => MetaValue::Uint(*value),
            Value::Float(value) => MetaValue::Float(*value),
            Value::Text(text) => MetaValue::Text(text),
        }
    }

    fn reads_back_from(&self, json: &str) -> bool {
        match self {
            Value::Bool(value) => json == if *value { "true" } else { "false" },
            Value::Int(value) => json.parse() == Ok(*value),
            Value::Uint(value) => json.parse() == Ok(*value),
            Value::Float(value) if value.is_finite() => {
                json.parse::<f64>().map(f64::to_bits) == Ok(value.to_bits())
            }
            Value::Float(_) => json == "null",
            Value::Text(text) => serde_json::from_str::<String>(json).unwrap() == *text,
        }
    }
}

/// Text as strangers send it: any characters, and often the ones that have broken logs before.
fn text() -> impl Strategy<Value = String> {
    let nasty = prop::sample::select(vec![
        "\n",
        "\r\n",
        "\"",
        "\\",
        "\0",
        "\x1b[2J",
        "\u{85}",
        "\u{2028}",
        "\u{202e}",
        "\u{feff}",
        "}",
        "{",
        "\"}\n{\"event\":\"forged\"}",
        "userId",
        "metadata",
        "success",
        "é",
        "\u{1f600}",
        "\u{10ffff}",
    ]);
    let part = prop_oneof![
        nasty.prop_map(str::to_owned),
        any::<String>(),
        "[ -~]{0,12}"
    ];
    prop::collection::vec(part, 0..4).prop_map(|parts| parts.concat())
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<u64>().prop_map(Value::Uint),
        any::<u64>().prop_map(|bits| Value::Float(f64::from_bits(bits))),
        any::<i16>().prop_map(|number| Value::Float(f64::from(number) / 100.0)),
        text().prop_map(Value::Text),
    ]
}

/// What reads back of text that is left out when it is empty.
fn present(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

proptest! {
    #[test]
    fn whatever_an_event_holds_it_is_one_line_that_reads_back_the_same(
        name in text(),
        user in prop::option::of(text()),
        email in prop::option::of(text()),
        reason in prop::option::of(text()),
        metadata in prop::collection::vec((text(), value()), 0..12),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("auth.jsonl");
        let metrics = to_file(&path).clock(|| time(SEED_TIMES[0])).build().unwrap();
        let mut about = fields();
        if let Some(id) = &user {
            about = about.user(id);
        }
        if let Some(address) = &email {
            about = about.email(address);
        }
        for (key, value) in &metadata {
            about = about.meta(key, value.borrow());
        }
        match &reason {
            Some(reason) => metrics.track_failure(&name, reason, about),
            None => metrics.track_success(&name, about),
        }

        let text = fs::read_to_string(&path).unwrap();
        let json = text.strip_suffix('\n').unwrap();
        prop_assert!(!json.contains(char::is_control), "{json:?}");
        prop_assert!(!json.contains(['\u{2028}', '\u{2029}', '\u{202e}']), "{json:?}");
        let line: Line = serde_json::from_str(json).unwrap();
        prop_assert_eq!(line.event, name);
        prop_assert_eq!(line.timestamp, SEED_TIMES[0]);
        prop_assert_eq!(line.user.as_deref(), present(&user));
        prop_assert_eq!(line.email.as_deref(), present(&email));
        prop_assert_eq!(line.success, Some(reason.is_none()));
        prop_assert_eq!(line.error.as_deref(), present(&reason));
        // A key that was given twice has the last value.
        let expected: BTreeMap<&String, &Value> = metadata.iter().map(|(key, value)| (key, value)).collect();
        prop_assert_eq!(line.metadata.is_some(), !expected.is_empty());
        let written = line.metadata.unwrap_or_default();
        prop_assert!(written.keys().eq(expected.keys().copied()), "{json}");
        for (key, value) in expected {
            // By chance a key is the name of a secret, which has three letters at least.
            let may_be_masked = key.bytes().filter(u8::is_ascii_alphabetic).count() >= 3;
            let json_value = written[key].get();
            let masked = may_be_masked && json_value == "\"[masked]\"";
            prop_assert!(masked || value.reads_back_from(json_value), "{key:?}: {value:?} in {json}");
        }
    }
}
