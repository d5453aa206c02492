//! CSV: a whole document as one line a value, or one table with its own columns.
//!
//! The document has the columns `report`, `table`, `row`, `column`, `value`; facts have no table and no row. A value of
//! several numbers is one line, or one column, for each: `success_rate`, `success_rate.part`, `.whole`, `.low`, `.high`.
//! Text that a spreadsheet would take for a formula has an apostrophe put before it (OWASP, "CSV Injection").

use std::io;

use csv::Writer;

use super::Style;
use super::plain::{parts, word};
use crate::document::{Document, Table, Value};

/// Writes the whole document.
pub(super) fn document(document: &Document, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    write_document(document, out).map_err(cause)
}

fn write_document(document: &Document, out: &mut dyn io::Write) -> csv::Result<()> {
    let mut csv = Writer::from_writer(out);
    csv.write_record(["report", "table", "row", "column", "value"])?;
    for section in [&document.window, &document.input]
        .into_iter()
        .chain(&document.reports)
    {
        for fact in &section.facts {
            for (column, cell) in cells(fact.name, &fact.value) {
                csv.write_record([section.name, "", "", &column, &cell])?;
            }
        }
        for table in &section.tables {
            for (index, row) in table.rows.iter().enumerate() {
                for (name, value) in table.columns.iter().zip(row) {
                    for (column, cell) in cells(name, value) {
                        csv.write_record([
                            section.name,
                            table.name,
                            &(index + 1).to_string(),
                            &column,
                            &cell,
                        ])?;
                    }
                }
            }
        }
    }
    Ok(csv.flush()?)
}

/// Writes one table.
pub(super) fn table(table: &Table, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    write_table(table, out).map_err(cause)
}

fn write_table(table: &Table, out: &mut dyn io::Write) -> csv::Result<()> {
    let mut csv = Writer::from_writer(out);
    // A column has a column for each part that one of its values has.
    let mut columns: Vec<Vec<String>> = vec![vec![String::new()]; table.columns.len()];
    for row in &table.rows {
        for (known, value) in columns.iter_mut().zip(row) {
            for (part, _) in cells("", value) {
                if !known.contains(&part) {
                    known.push(part);
                }
            }
        }
    }
    let names = table.columns.iter().zip(&columns);
    csv.write_record(
        names.flat_map(|(name, parts)| parts.iter().map(move |part| format!("{name}{part}"))),
    )?;
    for row in &table.rows {
        let mut line = Vec::new();
        for (value, known) in row.iter().zip(&columns) {
            let cells = cells("", value);
            line.extend(known.iter().map(|part| {
                let found = cells.iter().find(|(name, _)| name == part);
                found.map(|(_, cell)| cell.clone()).unwrap_or_default()
            }));
        }
        csv.write_record(line)?;
    }
    Ok(csv.flush()?)
}

/// What went wrong beneath: a closed pipe must be known as one.
fn cause(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        kind => io::Error::other(format!("{kind:?}")),
    }
}

/// A value's cells, each with its column.
fn cells(name: &str, value: &Value) -> Vec<(String, String)> {
    let mut cells = vec![(name.to_owned(), disarmed(value))];
    cells.extend(
        parts(value)
            .into_iter()
            .map(|(part, value)| (format!("{name}.{part}"), word(&value))),
    );
    if matches!(value, Value::Ratio { .. } | Value::Difference { .. }) {
        let (low, high) = value.interval().unzip();
        for (end, number) in [("low", low), ("high", high)] {
            cells.push((
                format!("{name}.{end}"),
                number
                    .map(|number: f64| number.to_string())
                    .unwrap_or_default(),
            ));
        }
    }
    cells
}

fn disarmed(value: &Value) -> String {
    let word = word(value);
    // A sign alone is no formula; standard input goes by one.
    let is_formula = matches!(value, Value::Text(_))
        && word.len() > 1
        && word.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula { format!("'{word}") } else { word }
}
