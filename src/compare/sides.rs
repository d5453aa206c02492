//! The window and the input of both sides: one account for all that was read, with the side of every row.

use super::{Side, fact};
use crate::document::{Document, Section, Value};
use crate::event::Local;

/// What the sides are called.
pub(super) const NAMES: [&str; 2] = ["a", "b"];

/// Columns of an account's tables, after the side; a column that an account does not have says nothing.
const INPUTS: &[&str] = &[
    "side",
    "input",
    "lines",
    "events",
    "blank",
    "malformed",
    "not_an_object",
    "filtered",
    "repaired",
    "undated",
    "nul_bytes",
    "bytes",
    "trouble",
];
const REJECTED: &[&str] = &["side", "input", "line", "byte", "sort", "reason"];

/// From the first event of either to the last.
pub(super) fn window(sides: [Side<'_>; 2]) -> Section {
    let times = |name: &'static str| {
        sides
            .into_iter()
            .filter_map(move |side| match fact(&side.document.window, name) {
                Some(Value::Time(local)) => Some(*local),
                _ => None,
            })
    };
    let first = times("first").min_by_key(|local| local.time);
    let last = times("last").max_by_key(|local| local.time);
    let elapsed = first.zip(last).map(|(first, last)| {
        let nanos = last.time.nanos_since(first.time).max(0).unsigned_abs();
        Value::Span(std::time::Duration::from_nanos_u128(nanos))
    });
    let time = |local: Option<Local>| local.map_or(Value::Missing, Value::Time);
    Section::new("window", "Window")
        .fact("first", time(first))
        .fact("last", time(last))
        .fact("elapsed", elapsed.unwrap_or(Value::Missing))
}

/// The sum of both accounts, and the rows of both.
pub(super) fn input(sides: [Side<'_>; 2]) -> Section {
    let [a, b] = sides.map(|side| &side.document.input);
    let mut section = Section::new(a.name, a.title);
    for known in &a.facts {
        let value = sum(&known.value, fact(b, known.name).unwrap_or(&Value::Missing));
        section = section.fact(known.name, value);
    }
    section
        .table("inputs", INPUTS, rows(sides, "inputs", INPUTS))
        .table("rejected", REJECTED, rows(sides, "rejected", REJECTED))
}

fn sum(a: &Value, b: &Value) -> Value {
    match (a, b) {
        (Value::Count(a), Value::Count(b)) => Value::Count(a.saturating_add(*b)),
        (Value::Flag(a), Value::Flag(b)) => Value::Flag(*a || *b),
        _ => Value::Missing,
    }
}

fn rows(sides: [Side<'_>; 2], name: &str, columns: &[&str]) -> Vec<Vec<Value>> {
    let mut found = Vec::new();
    for (side, called) in sides.into_iter().zip(NAMES) {
        let mut tables = side.document.input.tables.iter();
        let Some(table) = tables.find(|table| table.name == name) else {
            continue;
        };
        found.extend(table.rows.iter().map(|row| {
            let value = |column: &&str| match table.columns.iter().position(|known| known == column)
            {
                Some(index) => row[index].clone(),
                None => Value::Missing,
            };
            let named = [Value::text(Some(called))];
            named
                .into_iter()
                .chain(columns[1..].iter().map(value))
                .collect()
        }));
    }
    found
}

/// One row for each side: what it is, and from when to when.
pub(super) fn told(sides: [Side<'_>; 2]) -> impl Iterator<Item = Vec<Value>> {
    sides.into_iter().zip(NAMES).map(|(side, called)| {
        let Document { window, .. } = side.document;
        let from = |name| fact(window, name).cloned().unwrap_or(Value::Missing);
        vec![
            Value::text(Some(called)),
            Value::text(Some(side.name)),
            from("first"),
            from("last"),
            Value::Count(super::events(side.document)),
        ]
    })
}

/// A count among the facts.
pub(super) fn count(section: &Section, name: &str) -> u64 {
    match fact(section, name) {
        Some(Value::Count(count)) => *count,
        _ => 0,
    }
}
