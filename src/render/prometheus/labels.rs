//! Which columns of a table become labels, so that no two rows have the same.

use std::collections::HashSet;

use super::super::excerpt::is_text_column;
use super::super::plain::word;
use crate::document::{Table, Value};
use crate::event::is_unsafe;

/// The labels of a table's rows.
pub(super) struct Labels {
    /// Indexes of the columns that are labels.
    columns: Vec<usize>,
    /// Each row's labels, separated by commas; no two are the same.
    pub(super) rows: Vec<String>,
}

impl Labels {
    pub(super) fn of(table: &Table) -> Labels {
        let is_nothing =
            |column: &usize| table.rows.iter().all(|row| row[*column] == Value::Missing);
        let (mut columns, others): (Vec<usize>, Vec<usize>) = (0..table.columns.len())
            .filter(|column| *column == 0 || !is_nothing(column))
            .partition(|column| *column == 0 || is_text_column(table, *column));
        let mut rows = joined(table, &columns);
        let mut different = distinct(&rows);
        for column in others.into_iter().filter(|column| is_key(table, *column)) {
            if different == rows.len() {
                break;
            }
            let with = [columns.as_slice(), &[column]].concat();
            let candidates = joined(table, &with);
            // A column that tells nothing apart is a number like others.
            if distinct(&candidates) > different {
                (columns, rows) = (with, candidates);
                different = distinct(&rows);
            }
        }
        if different < rows.len() {
            for (number, row) in (1..).zip(&mut rows) {
                row.push_str(&format!(",row=\"{number}\""));
            }
        }
        Labels { columns, rows }
    }

    /// Whether a column is a label.
    pub(super) fn hold(&self, column: usize) -> bool {
        self.columns.contains(&column)
    }
}

fn joined(table: &Table, columns: &[usize]) -> Vec<String> {
    let pair = |row: &[Value], column: usize| label(table.columns[column], &word(&row[column]));
    let row = |row: &Vec<Value>| {
        let pairs: Vec<String> = columns.iter().map(|column| pair(row, *column)).collect();
        pairs.join(",")
    };
    table.rows.iter().map(row).collect()
}

fn distinct(rows: &[String]) -> usize {
    rows.iter().collect::<HashSet<_>>().len()
}

/// Whether a column may tell rows apart: exact numbers and times may.
fn is_key(table: &Table, column: usize) -> bool {
    let mut values = table.rows.iter().map(|row| &row[column]);
    values.all(|value| matches!(value, Value::Count(_) | Value::Time(_)))
}

/// A label and its text.
pub(super) fn label(name: &str, text: &str) -> String {
    let mut label = format!("{name}=\"");
    for character in text.chars() {
        match character {
            '\n' => label.push_str("\\n"),
            '"' => label.push_str("\\\""),
            '\\' => label.push_str("\\\\"),
            character if is_unsafe(character) => {
                label.push_str(&format!("\\\\u{{{:x}}}", u32::from(character)));
            }
            character => label.push(character),
        }
    }
    label.push('"');
    label
}
