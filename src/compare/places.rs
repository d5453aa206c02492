//! Where documents have shares: rates and counts among the facts, and in the rows of ranked tables.

use std::collections::{BTreeMap, BTreeSet};

use super::events;
use crate::document::{Document, Section, Table, Value};

/// Counts that are not of events, or depend on how long a window is and when it was looked at: no shares of anything.
pub const NOT_EVENTS: &[&str] = &[
    "users",
    "unique_users",
    "unique_clients",
    "subjects",
    "distinct",
    "active",
    "ended",
    "empty_left_out",
    "unusual_buckets",
    "peak_hour",
    "quietest_hour",
    "page",
    "limit",
    "total_pages",
];

/// One number of a report, by where it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place<'a> {
    pub(super) column: Column,
    /// Texts of the row; a fact has none.
    pub(super) key: Vec<Option<&'a str>>,
}

/// A fact, or a column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Column {
    pub(super) report: &'static str,
    pub(super) table: Option<&'static str>,
    pub(super) name: &'static str,
    /// Whether the report says it as a rate; else it is a count.
    pub(super) is_rate: bool,
}

/// `part` of `whole`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) part: u64,
    pub(super) whole: u64,
}

/// Every share of a document.
#[derive(Default)]
pub(super) struct Shares<'a> {
    /// In the order of the document.
    pub(super) places: Vec<Place<'a>>,
    counts: BTreeMap<Place<'a>, Counts>,
    /// What a row that is not there has no part of.
    wholes: BTreeMap<Column, u64>,
    /// What is not known exactly.
    estimated: BTreeSet<Column>,
}

impl<'a> Shares<'a> {
    pub(super) fn of(document: &'a Document) -> Shares<'a> {
        let mut shares = Shares::default();
        for section in &document.reports {
            shares.facts(section, events(document));
            let ranked = section.tables.iter().filter(|table| table.ranked);
            ranked.for_each(|table| shares.rows(section.name, table));
        }
        shares
    }

    /// A place that is not there has a count of none, or a rate of nothing.
    pub(super) fn at(&self, place: &Place<'a>) -> Counts {
        let absent = || Counts {
            part: 0,
            whole: self.wholes.get(&place.column).copied().unwrap_or(0),
        };
        self.counts.get(place).copied().unwrap_or_else(absent)
    }

    pub(super) fn is_estimated(&self, column: &Column) -> bool {
        self.estimated.contains(column)
    }

    fn facts(&mut self, section: &'a Section, events: u64) {
        for fact in &section.facts {
            let column = |is_rate| Column {
                report: section.name,
                table: None,
                name: fact.name,
                is_rate,
            };
            match fact.value {
                Value::Ratio { part, whole } => {
                    self.add(column(true), Vec::new(), Counts { part, whole });
                }
                Value::Count(part) if is_share(fact.name) => {
                    let whole = events.max(part);
                    self.wholes.insert(column(false), whole);
                    self.add(column(false), Vec::new(), Counts { part, whole });
                }
                _ => {}
            }
        }
    }

    fn rows(&mut self, report: &'static str, table: &'a Table) {
        let keys = table.rows.iter().map(|row| keys(row)).min().unwrap_or(0);
        if keys == 0 {
            return;
        }
        for (index, name) in table.columns.iter().enumerate().skip(keys) {
            let column = |is_rate| Column {
                report,
                table: Some(table.name),
                name,
                is_rate,
            };
            let values = || table.rows.iter().map(|row| &row[index]);
            if values().any(|value| value.error().is_some()) {
                self.estimated.extend([column(true), column(false)]);
                continue;
            }
            let counts = values().map(|value| match value {
                Value::Count(count) => *count,
                _ => 0,
            });
            let total = counts.fold(0, u64::saturating_add);
            for row in &table.rows {
                let key = || row[..keys].iter().map(text).collect();
                match row[index] {
                    Value::Ratio { part, whole } => {
                        self.add(column(true), key(), Counts { part, whole });
                    }
                    Value::Count(part) if is_share(name) => {
                        self.add(column(false), key(), Counts { part, whole: total });
                    }
                    _ => {}
                }
            }
            self.wholes.insert(column(false), total);
        }
    }

    fn add(&mut self, column: Column, key: Vec<Option<&'a str>>, counts: Counts) {
        let place = Place { column, key };
        self.places.push(place.clone());
        self.counts.insert(place, counts);
    }
}

/// Whether a report of this shape has anything to compare.
pub fn has_places(section: &Section) -> bool {
    let compared = |value: &Value, name| match value {
        Value::Ratio { .. } => true,
        Value::Count(_) => is_share(name),
        _ => false,
    };
    let mut facts = section.facts.iter();
    facts.any(|fact| compared(&fact.value, fact.name))
        || section.tables.iter().any(|table| table.ranked)
}

fn is_share(name: &str) -> bool {
    !NOT_EVENTS.contains(&name)
}

/// How many columns of a row say what it is about: texts before any number.
fn keys(row: &[Value]) -> usize {
    let is_text = |value: &&Value| matches!(value, Value::Text(_) | Value::Missing);
    row.iter().take_while(is_text).count()
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}
