//! The comparison as a section of a document: a sentence, and tables with what changed first.

use super::judge::{Compared, clearest_first};
use super::places::{Counts, Place};
use super::{LEVEL, Side, events, fact, sides};
use crate::document::{Section, Value};

/// The table of what is beyond chance.
pub(super) const CHANGES: &str = "changes";

/// Everything that was compared.
pub(super) fn section(sides: [Side<'_>; 2], compared: &[Compared<'_>]) -> Section {
    let changes = clearest_first(compared, |one| one.is_change);
    let tested = compared.iter().filter(|one| one.verdict.is_some()).count();
    let (is_rate, is_fact) = (
        |one: &&Compared<'_>| one.place.column.is_rate,
        |one: &&Compared<'_>| one.place.key.is_empty(),
    );
    let facts = || compared.iter().filter(is_fact);
    let rates = facts().filter(is_rate).map(|one| row(one, RATE_COLUMNS));
    let counts = facts()
        .filter(|one| !is_rate(one))
        .map(|one| row(one, COUNT_COLUMNS));
    let row_rates = clearest_first(compared, |one| is_rate(&one) && !is_fact(&one));
    let row_counts = clearest_first(compared, |one| !is_rate(&one) && !is_fact(&one));
    let row_rates = row_rates.into_iter().map(|one| row(one, ROW_RATE_COLUMNS));
    let row_counts = row_counts
        .into_iter()
        .map(|one| row(one, ROW_COUNT_COLUMNS));
    Section::new("diff", "What changed")
        .fact(
            "summary",
            Value::Text(summary(sides, compared, &changes, tested)),
        )
        .fact("compared", Value::Count(tested as u64))
        .fact("changed", Value::Count(changes.len() as u64))
        .fact(
            "significance_level",
            Value::Mean {
                part: LEVEL.0,
                whole: LEVEL.1,
            },
        )
        .table(
            "sides",
            &["side", "name", "first", "last", "events"],
            sides::told(sides),
        )
        .ranking(
            CHANGES,
            CHANGE_COLUMNS,
            changes.into_iter().map(|one| row(one, CHANGE_COLUMNS)),
        )
        .table("rates", RATE_COLUMNS, rates)
        .table("counts", COUNT_COLUMNS, counts)
        .ranking("row_rates", ROW_RATE_COLUMNS, row_rates)
        .ranking("row_counts", ROW_COUNT_COLUMNS, row_counts)
        .table("untested", &["name", "a", "b"], untested(sides, compared))
}

const CHANGE_COLUMNS: &[&str] = &["name", "key", "share_a", "share_b", "change", "p_value"];
const RATE_COLUMNS: &[&str] = &["name", "a", "b", "change", "p_value", "deff"];
const COUNT_COLUMNS: &[&str] = &[
    "name", "a", "b", "ratio", "share_a", "share_b", "p_value", "deff",
];
const ROW_RATE_COLUMNS: &[&str] = &["name", "key", "a", "b", "change", "p_value", "deff"];
const ROW_COUNT_COLUMNS: &[&str] = &[
    "name", "key", "a", "b", "share_a", "share_b", "p_value", "deff", "only_in",
];

/// What differs, in one sentence; a text of the log stands at its end, where it can be cut.
fn summary(
    sides: [Side<'_>; 2],
    compared: &[Compared<'_>],
    changes: &[&Compared<'_>],
    tested: usize,
) -> String {
    let same = |one: &Compared<'_>| one.counts[0] == one.counts[1];
    match (sides.map(|side| events(side.document)), changes) {
        ([0, 0], _) => "Neither side has events: there is nothing to compare".to_owned(),
        ([0, _], _) => "Side a has no events: there is nothing to compare b with".to_owned(),
        ([_, 0], _) => "Side b has no events: there is nothing to compare a with".to_owned(),
        (_, []) if compared.iter().all(same) => "Both sides have the same numbers".to_owned(),
        (_, []) if tested == 0 => {
            "Nothing could be tested: there are too few users to tell change from chance".to_owned()
        }
        (_, []) => format!("Nothing changed beyond chance, in {tested} comparisons"),
        (_, [first, ..]) => format!(
            "{} of {tested} comparisons changed beyond chance; most clearly {}",
            changes.len(),
            change(first)
        ),
    }
}

/// As in `the share of logins.by_reason.count rose for Account locked`.
fn change(one: &Compared<'_>) -> String {
    let rose = one
        .verdict
        .is_some_and(|verdict| verdict.difference.0 > 0.0);
    let what = if one.place.column.is_rate {
        ""
    } else {
        "the share of "
    };
    let way = if rose { "rose" } else { "fell" };
    let place = match one.place.key.is_empty() {
        true => String::new(),
        false => format!(" for {}", key(&one.place)),
    };
    format!("{what}{} {way}{place}", name(&one.place))
}

/// The fact, or table and column: as they are asked for by name, but for the blank.
fn name(place: &Place<'_>) -> String {
    let column = place.column;
    match column.table {
        Some(table) => format!("{}.{table} {}", column.report, column.name),
        None => format!("{}.{}", column.report, column.name),
    }
}

/// The texts of a row, those that are not there as `–`.
fn key(place: &Place<'_>) -> String {
    let texts = place.key.iter().map(|text| text.unwrap_or("–"));
    texts.collect::<Vec<_>>().join(", ")
}

/// A row of a comparison by names of columns.
fn row(one: &Compared<'_>, columns: &[&str]) -> Vec<Value> {
    columns.iter().map(|column| cell(one, column)).collect()
}

fn cell(one: &Compared<'_>, column: &str) -> Value {
    let [a, b] = one.counts;
    let is_rate = one.place.column.is_rate;
    let count = |counts: Counts| match is_rate {
        true => counts.value(),
        false => Value::Count(counts.part),
    };
    match (column, one.verdict) {
        ("name", _) => Value::Text(name(&one.place)),
        ("key", _) => match one.place.key.as_slice() {
            [] | [None] => Value::Missing,
            _ => Value::Text(key(&one.place)),
        },
        ("a", _) => count(a),
        ("b", _) => count(b),
        ("share_a", _) => a.value(),
        ("share_b", _) => b.value(),
        ("ratio", _) => Value::Mean {
            part: b.part,
            whole: a.part,
        },
        // `a` if it is gone, `b` if it is new.
        ("only_in", _) => Value::text(match (a.part, b.part) {
            (0, 1..) => Some(sides::NAMES[1]),
            (1.., 0) => Some(sides::NAMES[0]),
            _ => None,
        }),
        ("p_value", Some(verdict)) => Value::chance(verdict.p_value),
        ("change", Some(verdict)) => {
            let (change, low, high) = verdict.difference;
            Value::difference(change, low, high)
        }
        ("deff", Some(verdict)) => Value::Mean {
            part: (verdict.design_effect * 1000.0).round() as u64,
            whole: 1000,
        },
        _ => Value::Missing,
    }
}

/// Facts that are no shares, or not known exactly, on both sides.
fn untested<'a>(sides: [Side<'a>; 2], compared: &'a [Compared<'_>]) -> Vec<Vec<Value>> {
    let [a, b] = sides.map(|side| &side.document.reports);
    let is_compared = |report: &str, name: &str| {
        let facts = compared.iter().map(|one| one.place.column);
        let mut facts = facts.filter(|column| column.table.is_none());
        facts.any(|column| (column.report, column.name) == (report, name))
    };
    let mut rows = Vec::new();
    for section in a {
        let Some(other) = b.iter().find(|other| other.name == section.name) else {
            continue;
        };
        for known in &section.facts {
            if !is_compared(section.name, known.name) {
                rows.push(vec![
                    Value::Text(format!("{}.{}", section.name, known.name)),
                    known.value.clone(),
                    fact(other, known.name).cloned().unwrap_or(Value::Missing),
                ]);
            }
        }
    }
    rows
}
