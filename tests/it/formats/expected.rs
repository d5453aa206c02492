//! What a value should look like in each sort of format, said once more and without the renderers.

use std::time::Duration;

use authmeter::document::Value;
use authmeter::event::Visible;
use serde_json::json;

/// As JSON.
pub(crate) fn json(value: &Value) -> serde_json::Value {
    let rate = value.rate();
    let (low, high) = value.interval().unzip();
    match value {
        Value::Count(count) => json!(count),
        Value::About { value, permille } => {
            json!({"value": value, "exact": false, "error": f64::from(*permille) / 1000.0})
        }
        Value::Ratio { part, whole } => {
            json!({"part": part, "whole": whole, "rate": rate, "low": low, "high": high})
        }
        Value::Mean { part, whole } => json!({"part": part, "whole": whole, "rate": rate}),
        Value::AboutRate {
            part,
            whole,
            permille,
        } => json!(
            {"part": part, "whole": whole, "rate": rate, "exact": false, "error": f64::from(*permille) / 1000.0}
        ),
        Value::Pace { count, elapsed, .. } => {
            json!({"count": count, "elapsed": elapsed.as_secs_f64(), "rate": rate})
        }
        Value::Difference { .. } => json!({"rate": rate, "low": low, "high": high}),
        Value::Chance { .. } => json!(rate),
        Value::Flag(flag) => json!(flag),
        Value::Time(time) => json!(time.to_string()),
        Value::Span(span) => json!(span.as_secs_f64()),
        Value::AboutSpan { span, permille } => {
            json!({"value": span.as_secs_f64(), "exact": false, "error": f64::from(*permille) / 1000.0})
        }
        Value::Text(text) => json!(text),
        Value::Missing => json!(null),
    }
}

/// Whether two are the same when `1` is `1.0`.
pub(crate) fn same_json(one: &serde_json::Value, other: &serde_json::Value) -> bool {
    use serde_json::Value::{Array, Number, Object};
    match (one, other) {
        (Number(one), Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Array(one), Array(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| same_json(one, other))
        }
        (Object(one), Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(key, one)| other.get(key).is_some_and(|other| same_json(one, other)))
        }
        (one, other) => one == other,
    }
}

/// As cells: the value itself and its parts. `text` is how the format writes text.
pub(crate) fn cells(value: &Value, text: impl Fn(&str) -> String) -> Vec<(String, String)> {
    let word = |value: &serde_json::Value| match value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Number(number) if number.is_f64() => {
            number.as_f64().unwrap().to_string()
        }
        other => other.to_string(),
    };
    if let Value::Text(of_the_log) = value {
        return vec![(String::new(), text(of_the_log))];
    }
    match json(value) {
        serde_json::Value::Object(parts) => {
            let itself = parts.get("rate").or(parts.get("value")).unwrap();
            let mut cells = vec![(String::new(), word(itself))];
            let parts = parts.iter().filter(|(name, _)| *name != "rate");
            cells.extend(parts.map(|(name, part)| (format!(".{name}"), word(part))));
            cells
        }
        other => vec![(String::new(), word(&other))],
    }
}

/// As metrics: ends of names, and numbers.
pub(crate) fn metrics(value: &Value) -> Vec<(&'static str, f64)> {
    let error = |permille: &u16| ("_error_ratio", f64::from(*permille) / 1000.0);
    let rate = |parts: Vec<(&'static str, f64)>| {
        let rate = value.rate().map(|rate| ("", rate));
        let ends = value
            .interval()
            .map(|(low, high)| [("_low", low), ("_high", high)]);
        rate.into_iter()
            .chain(parts)
            .chain(ends.into_iter().flatten())
            .collect()
    };
    match value {
        Value::Count(count) => vec![("", *count as f64)],
        Value::About { value, permille } => vec![("", *value as f64), error(permille)],
        Value::Ratio { part, whole } | Value::Mean { part, whole } => {
            rate(vec![("_part", *part as f64), ("_whole", *whole as f64)])
        }
        Value::AboutRate {
            part,
            whole,
            permille,
        } => rate(vec![
            ("_part", *part as f64),
            ("_whole", *whole as f64),
            error(permille),
        ]),
        Value::Pace { count, elapsed, .. } => rate(vec![
            ("_part", *count as f64),
            ("_elapsed_seconds", elapsed.as_secs_f64()),
        ]),
        Value::Difference { .. } | Value::Chance { .. } => rate(Vec::new()),
        Value::Flag(flag) => vec![("", f64::from(u8::from(*flag)))],
        Value::Time(local) => {
            let nanos = f64::from(local.time.subsec_nanos()) / 1e9;
            vec![("_timestamp_seconds", local.time.seconds() as f64 + nanos)]
        }
        Value::Span(span) => vec![("_seconds", span.as_secs_f64())],
        Value::AboutSpan { span, permille } => {
            vec![("_seconds", span.as_secs_f64()), error(permille)]
        }
        Value::Text(_) | Value::Missing => Vec::new(),
    }
}

/// As people read it.
pub(crate) fn people(value: &Value) -> String {
    let about =
        |text: String, permille: u16| format!("≈ {text} ± {:.1} %", f64::from(permille) / 10.0);
    let rate = |form: &dyn Fn(f64) -> String| value.rate().map_or("n/a".to_owned(), form);
    let marked = |rate: f64| {
        let text = format!("{rate:.2}");
        let (whole, part) = text.split_once('.').unwrap();
        format!("{}.{part}", thousands(whole.parse().unwrap()))
    };
    match value {
        Value::Count(count) => thousands(*count),
        Value::About { value, permille } => about(thousands(*value), *permille),
        Value::Ratio { part, whole } => rate(&|rate| match (rate * 10_000.0).round() as u64 {
            10_000 if part < whole => "> 99.99 %".to_owned(),
            0 if *part > 0 => "< 0.01 %".to_owned(),
            _ => format!("{:.2} %", rate * 100.0),
        }),
        Value::Mean { .. } | Value::Pace { .. } => rate(&marked),
        Value::AboutRate { permille, .. } => rate(&|rate| about(marked(rate), *permille)),
        Value::Difference { .. } => rate(&|rate| format!("{:+.2} pp", rate * 100.0)),
        Value::Chance { .. } => rate(&|rate| match rate < 0.0001 {
            true => "< 0.0001".to_owned(),
            false => format!("{rate:.4}"),
        }),
        Value::Flag(true) => "yes".to_owned(),
        Value::Flag(false) => "no".to_owned(),
        Value::Time(time) => {
            let text = time.to_string().replace('T', " ").replace(".000", "");
            // Without seconds that are zero, before the zone.
            let seconds = text.get(16..19) == Some(":00") && text.get(19..20) != Some(".");
            if seconds {
                format!("{}{}", &text[..16], &text[19..])
            } else {
                text
            }
        }
        Value::Span(span) => length(*span),
        Value::AboutSpan { span, permille } => about(length(*span), *permille),
        Value::Text(text) => {
            let text = Visible(text).to_string();
            let short: String = text.chars().take(120).collect();
            if short == text { text } else { short + "…" }
        }
        Value::Missing => "–".to_owned(),
    }
}

fn thousands(mut number: u64) -> String {
    let mut groups = Vec::new();
    while number >= 1000 {
        groups.insert(0, format!("{:03}", number % 1000));
        number /= 1000;
    }
    groups.insert(0, number.to_string());
    groups.join(",")
}

fn length(span: Duration) -> String {
    let (seconds, minutes, hours) = (span.as_secs(), span.as_secs() / 60, span.as_secs() / 3600);
    match (hours, minutes) {
        (24.., _) => format!("{} d {} h", thousands(hours / 24), hours % 24),
        (1.., _) => format!("{hours} h {} min", minutes % 60),
        (0, 1..) => format!("{minutes} min {} s", seconds % 60),
        (0, 0) => format!("{:.3} s", span.as_secs_f64()),
    }
}
