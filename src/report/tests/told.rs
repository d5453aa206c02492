//! What a report says of some events, in few words: for tests of single reports.

use super::{Sample, context, observed};
use crate::document::{Section, Value};
use crate::report::{Options, REPORTS};

/// What a report says of these samples.
pub(in crate::report) fn section(name: &str, options: &Options, samples: &[Sample]) -> Section {
    let report = REPORTS.iter().find(|report| report.info.name == name);
    observed(report.unwrap(), options, samples).finish(&context(samples))
}

/// All facts, as `name value` in their order.
pub(in crate::report) fn told(section: &Section) -> String {
    let facts = section.facts.iter();
    let told: Vec<String> = facts
        .map(|fact| format!("{} {}", fact.name, word(&fact.value)))
        .collect();
    told.join(", ")
}

/// The rows of a table, with a blank between values.
pub(in crate::report) fn rows(section: &Section, table: &str) -> Vec<String> {
    let table = section.tables.iter().find(|found| found.name == table);
    let rows = table.unwrap().rows.iter();
    let words = |row: &Vec<Value>| row.iter().map(word).collect::<Vec<_>>().join(" ");
    rows.map(words).collect()
}

fn word(value: &Value) -> String {
    match value {
        Value::Count(count) => count.to_string(),
        Value::About { value, .. } => format!("≈{value}"),
        Value::Ratio { part, whole } => format!("{part}/{whole}"),
        Value::Time(time) => time.to_string(),
        Value::Span(span) => format!("{span:?}"),
        Value::Text(text) => text.clone(),
        Value::Missing => "–".to_owned(),
        other => format!("{other:?}"),
    }
}
