//! Values as single words for scripts: no thousands marks, no units, `n/a` for nothing.

use std::io;

use crate::document::Value;
use crate::event::Visible;

/// One value as a machine reads it; empty for [`Value::Missing`] and for a rate of nothing.
pub(super) fn word(value: &Value) -> String {
    match value {
        Value::Count(count) | Value::About { value: count, .. } => count.to_string(),
        Value::Ratio { .. } | Value::Mean { .. } | Value::AboutRate { .. } | Value::Pace { .. } => {
            value
                .rate()
                .map(|rate| rate.to_string())
                .unwrap_or_default()
        }
        Value::Flag(flag) => flag.to_string(),
        Value::Time(time) => time.to_string(),
        Value::Span(span) | Value::AboutSpan { span, .. } => span.as_secs_f64().to_string(),
        Value::Text(text) => text.clone(),
        Value::Missing => String::new(),
    }
}

/// The parts of a value that is more than one number, by name: what formats of one number a cell show beside it.
pub(super) fn parts(value: &Value) -> Vec<(&'static str, Value)> {
    match *value {
        Value::Ratio { part, whole } | Value::Mean { part, whole } => {
            vec![("part", Value::Count(part)), ("whole", Value::Count(whole))]
        }
        Value::About { value, permille } => {
            vec![
                ("value", Value::Count(value)),
                ("exact", Value::Flag(false)),
                ("error", error(permille)),
            ]
        }
        Value::AboutSpan { span, permille } => vec![
            ("value", Value::Span(span)),
            ("exact", Value::Flag(false)),
            ("error", error(permille)),
        ],
        Value::AboutRate {
            part,
            whole,
            permille,
        } => vec![
            ("part", Value::Count(part)),
            ("whole", Value::Count(whole)),
            ("exact", Value::Flag(false)),
            ("error", error(permille)),
        ],
        Value::Pace { count, elapsed, .. } => vec![
            ("count", Value::Count(count)),
            ("elapsed", Value::Span(elapsed)),
        ],
        _ => Vec::new(),
    }
}

fn error(permille: u16) -> Value {
    Value::Mean {
        part: permille.into(),
        whole: 1000,
    }
}

/// The ends of a share's interval, by name.
pub(super) fn ends(value: &Value) -> Vec<(&'static str, Option<f64>)> {
    if !matches!(value, Value::Ratio { .. }) {
        return Vec::new();
    }
    let (low, high) = value.interval().unzip();
    vec![("low", low), ("high", high)]
}

/// One value on a line of its own: text spelled out, so that it is one line.
pub(super) fn value(value: &Value, out: &mut dyn io::Write) -> io::Result<()> {
    match word(value) {
        word if word.is_empty() => writeln!(out, "n/a"),
        word => writeln!(out, "{}", Visible(&word)),
    }
}
