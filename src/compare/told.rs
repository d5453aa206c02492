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
    let rates = facts().filter(is_rate).map(rate_row);
    let counts = facts().filter(|one| !is_rate(one)).map(fact_count_row);
    let row_rates = clearest_first(compared, |one| is_rate(&one) && !is_fact(&one));
    let row_counts = clearest_first(compared, |one| !is_rate(&one) && !is_fact(&one));
    Section::new("diff", "What changed")
        .fact("summary", Value::Text(summary(sides, &changes, tested)))
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
        .ranking(CHANGES, CHANGE_COLUMNS, changes.into_iter().map(change_row))
        .table("rates", RATE_COLUMNS, rates)
        .table("counts", COUNT_COLUMNS, counts)
        .ranking(
            "row_rates",
            CHANGE_COLUMNS,
            row_rates.into_iter().map(change_row),
        )
        .ranking(
            "row_counts",
            ROW_COLUMNS,
            row_counts.into_iter().map(keyed_count_row),
        )
        .table(
            "untested",
            &["report", "name", "a", "b"],
            untested(sides, compared),
        )
}

const CHANGE_COLUMNS: &[&str] = &[
    "report",
    "name",
    "key",
    "a",
    "b",
    "difference",
    "p_value",
    "design_effect",
];
const RATE_COLUMNS: &[&str] = &[
    "report",
    "name",
    "a",
    "b",
    "difference",
    "p_value",
    "design_effect",
];
const COUNT_COLUMNS: &[&str] = &[
    "report",
    "name",
    "a",
    "b",
    "ratio",
    "share_a",
    "share_b",
    "p_value",
    "design_effect",
];
const ROW_COLUMNS: &[&str] = &[
    "report",
    "name",
    "key",
    "a",
    "b",
    "ratio",
    "share_a",
    "share_b",
    "p_value",
    "design_effect",
    "only_in",
];

/// Where the key stands in a row of these.
const KEY: usize = 2;

/// What differs, in one sentence; a text of the log stands at its end, where it can be cut.
fn summary(sides: [Side<'_>; 2], changes: &[&Compared<'_>], tested: usize) -> String {
    match (sides.map(|side| events(side.document)), changes) {
        ([0, 0], _) => "Neither side has events: there is nothing to compare".to_owned(),
        ([0, _], _) => "Side a has no events: there is nothing to compare b with".to_owned(),
        ([_, 0], _) => "Side b has no events: there is nothing to compare a with".to_owned(),
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
    let column = one.place.column;
    let rose = one
        .verdict
        .is_some_and(|verdict| verdict.difference.0 > 0.0);
    let what = if column.is_rate { "" } else { "the share of " };
    let way = if rose { "rose" } else { "fell" };
    let place = match one.place.key.is_empty() {
        true => String::new(),
        false => format!(" for {}", key(&one.place)),
    };
    format!("{what}{}.{} {way}{place}", column.report, name(&one.place))
}

/// The fact, or table and column.
fn name(place: &Place<'_>) -> String {
    let column = place.column;
    let table = column.table.map(|table| format!("{table}."));
    format!("{}{}", table.unwrap_or_default(), column.name)
}

/// The texts of a row, those that are not there as `–`.
fn key(place: &Place<'_>) -> String {
    let texts = place.key.iter().map(|text| text.unwrap_or("–"));
    texts.collect::<Vec<_>>().join(", ")
}

fn place(place: &Place<'_>) -> [Value; 3] {
    [
        Value::text(Some(place.column.report)),
        Value::Text(name(place)),
        match place.key.as_slice() {
            [] | [None] => Value::Missing,
            _ => Value::Text(key(place)),
        },
    ]
}

fn change_row(one: &Compared<'_>) -> Vec<Value> {
    let shares = one.counts.map(Counts::value);
    let row = place(&one.place).into_iter().chain(shares);
    row.chain([difference(one), p_value(one), design_effect(one)])
        .collect()
}

fn rate_row(one: &Compared<'_>) -> Vec<Value> {
    let mut row = change_row(one);
    row.remove(KEY);
    row
}

fn count_row(one: &Compared<'_>) -> Vec<Value> {
    let [a, b] = one.counts;
    let ratio = Value::Mean {
        part: b.part,
        whole: a.part,
    };
    let counts = [Value::Count(a.part), Value::Count(b.part), ratio];
    let shares = one.counts.map(Counts::value);
    let row = place(&one.place).into_iter().chain(counts).chain(shares);
    row.chain([p_value(one), design_effect(one)]).collect()
}

fn fact_count_row(one: &Compared<'_>) -> Vec<Value> {
    let mut row = count_row(one);
    row.remove(KEY);
    row
}

/// The side that alone has the row: `a` if it is gone, `b` if it is new.
fn keyed_count_row(one: &Compared<'_>) -> Vec<Value> {
    let [a, b] = one.counts;
    let only = match (a.part, b.part) {
        (0, 1..) => Some(sides::NAMES[1]),
        (1.., 0) => Some(sides::NAMES[0]),
        _ => None,
    };
    let mut row = count_row(one);
    row.push(Value::text(only));
    row
}

fn difference(one: &Compared<'_>) -> Value {
    one.verdict.map_or(Value::Missing, |verdict| {
        let (change, low, high) = verdict.difference;
        Value::difference(change, low, high)
    })
}

fn p_value(one: &Compared<'_>) -> Value {
    let verdict = one.verdict;
    verdict.map_or(Value::Missing, |verdict| Value::chance(verdict.p_value))
}

/// How many events weigh as much as an independent one, in thousandths.
fn design_effect(one: &Compared<'_>) -> Value {
    one.verdict.map_or(Value::Missing, |verdict| Value::Mean {
        part: (verdict.design_effect * 1000.0).round() as u64,
        whole: 1000,
    })
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
                    Value::text(Some(section.name)),
                    Value::text(Some(known.name)),
                    known.value.clone(),
                    fact(other, known.name).cloned().unwrap_or(Value::Missing),
                ]);
            }
        }
    }
    rows
}
