//! The documents that are rendered: of real logs, of none, and of every sort of value.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use authmeter::document::{Document, Section, Value};
use authmeter::engine::{self, Audience, Plan};
use authmeter::event::Timestamp;
use authmeter::filter::Filter;
use authmeter::generate::{self, Settings, Shape};
use authmeter::read::{Input, Inputs, Reading, Watch};
use authmeter::report::{Options, REPORTS};

use crate::harness::{LOGIN, testdata};

/// What all reports say of a log.
pub(crate) fn of(log: impl Into<Vec<u8>>, memory_limit: Option<u64>) -> Document {
    watched(log, memory_limit, Watch::default())
}

/// What all reports say of a log of which nothing is read, because they were stopped before.
pub(crate) fn interrupted() -> Document {
    let watch = Watch::default();
    watch.stop();
    watched(LOGIN, None, watch)
}

fn watched(log: impl Into<Vec<u8>>, memory_limit: Option<u64>, watch: Watch) -> Document {
    let plan = Plan {
        filter: Filter::default(),
        audience: Audience::default(),
        reports: REPORTS.iter().collect(),
        options: Options {
            memory_limit,
            ..Options::default()
        },
        reading: Reading {
            watch: Arc::new(watch),
            ..Reading::default()
        },
        threads: NonZeroUsize::new(2).unwrap(),
    };
    let log = std::io::Cursor::new(log.into());
    let missing = Input::path(testdata().join("no-such-log.jsonl"));
    let inputs = Inputs::new(vec![Input::reader("log.jsonl", Box::new(log)), missing]);
    engine::run(&plan, &inputs).unwrap().document
}

pub(crate) fn mixed() -> Document {
    of(std::fs::read(testdata().join("mixed.jsonl")).unwrap(), None)
}

pub(crate) fn generated(shape: Shape) -> Vec<u8> {
    let mut log = Vec::new();
    let settings = Settings {
        shape,
        ..Settings::new(3000, 5)
    };
    generate::write(&settings, &mut log).unwrap();
    log
}

/// Logs of which there is little to say: none, no times, no outcomes.
pub(crate) fn poor() -> [(&'static str, Document); 3] {
    let undated = r#"{"event":"auth.login","userId":"u","success":true}
{"event":"token.refresh","timestamp":"soon","success":false,"error":"no"}"#;
    let unknown = r#"{"event":"auth.login","timestamp":"2025-01-15T10:30:00.000Z","userId":"u"}
{"event":"token.refresh","timestamp":"2025-01-15T10:30:00.000Z"}"#;
    [("empty", ""), ("undated", undated), ("unknown", unknown)]
        .map(|(name, log)| (name, of(log, None)))
}

/// A log of twenty hours of fifty logins, of which so many usually fail, and nearly all in two of them.
pub(crate) fn failing_at_times(usually: u32) -> String {
    let mut log = String::new();
    for hour in 0..20 {
        let failing = match hour {
            7 => 45,
            12 => 30,
            _ => usually,
        };
        for minute in 0..50 {
            let time = format!("2025-01-15T{hour:02}:{minute:02}:00.000Z");
            let success = minute >= failing;
            log += &format!(
                "{{\"event\":\"auth.login\",\"timestamp\":\"{time}\",\"success\":{success},\"userId\":\"u{minute}\"}}\n"
            );
        }
    }
    log
}

/// Every sort of value there is, as facts and in rows.
pub(crate) fn every_value() -> Document {
    let second = Duration::from_secs(1);
    let values = || {
        vec![
            Value::Text("plain".to_owned()),
            Value::Count(1_234_567),
            Value::About {
                value: 1_204_000,
                permille: 16,
            },
            Value::Ratio { part: 1, whole: 3 },
            Value::Mean { part: 7, whole: 2 },
            Value::AboutRate {
                part: 7,
                whole: 2,
                permille: 5,
            },
            Value::Pace {
                count: 6,
                elapsed: second * 9001,
                unit: second * 3600,
            },
            Value::difference(-0.0725, -0.1, 0.005),
            Value::chance(1.5047e-5),
            Value::Flag(true),
            Value::time(Timestamp::new(1_736_937_000, 250_000_000).unwrap()),
            Value::Span(second * 90_061),
            Value::AboutSpan {
                span: Duration::from_millis(1500),
                permille: 20,
            },
            Value::Missing,
        ]
    };
    const NAMES: &[&str] = &[
        "text",
        "number",
        "about",
        "ratio",
        "mean",
        "about_rate",
        "pace",
        "difference",
        "chance",
        "flag",
        "time",
        "span",
        "about_span",
        "missing",
    ];
    let mut section = Section::new("values", "Every value");
    for (name, value) in NAMES.iter().zip(values()) {
        section = section.fact(name, value);
    }
    let nothing = vec![Value::Missing; NAMES.len()];
    Document {
        window: Section::new("window", "Window"),
        input: Section::new("input", "Input"),
        reports: vec![section.table("rows", NAMES, [values(), nothing])],
    }
}
