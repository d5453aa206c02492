//! Values as cells of one number or text each, for formats that know no objects.
//!
//! A document is one record a value, with the columns `report`, `table`, `row`, `column`, `value`; facts have no table
//! and no row. A table alone has its own columns. A value of several numbers is one record, or one column, for each:
//! `success_rate`, `success_rate.part`, `.whole`, `.low`, `.high`.

use super::plain::{ends, parts, word};
use super::select::sections;
use crate::document::{Document, Table, Value};

/// Makes a text of the log fit to stand in a cell.
pub(super) type Text = fn(&str) -> String;

/// The columns of [`records`].
pub(super) const COLUMNS: [&str; 5] = ["report", "table", "row", "column", "value"];

/// A document's values, in order.
pub(super) fn records(document: &Document, text: Text) -> impl Iterator<Item = [String; 5]> {
    sections(document).flat_map(move |section| {
        let facts = section
            .facts
            .iter()
            .map(move |fact| ("", String::new(), fact.name, &fact.value));
        let tables = section.tables.iter().flat_map(|table| {
            let rows = (1..).zip(&table.rows);
            rows.flat_map(move |(number, row): (u64, _)| {
                let cells = table.columns.iter().zip(row);
                cells.map(move |(name, value)| (table.name, number.to_string(), *name, value))
            })
        });
        facts
            .chain(tables)
            .flat_map(move |(table, row, name, value)| {
                cells(value, text).into_iter().map(move |(part, cell)| {
                    let (report, table) = (section.name.to_owned(), table.to_owned());
                    [report, table, row.clone(), named(name, part), cell]
                })
            })
    })
}

/// The columns of a table, and its rows as long as these. A column has a column for each part that one of its values
/// has: a table may hold numbers and estimates, or nothing where a rate might be.
pub(super) fn grid(
    table: &Table,
    text: Text,
) -> (Vec<String>, impl Iterator<Item = Vec<String>> + '_) {
    let mut columns: Vec<Vec<&str>> = vec![vec![""]; table.columns.len()];
    for row in &table.rows {
        for (known, value) in columns.iter_mut().zip(row) {
            for part in parts_of(value) {
                if !known.contains(&part) {
                    known.push(part);
                }
            }
        }
    }
    let names = table.columns.iter().zip(&columns);
    let header = names
        .flat_map(|(name, parts)| parts.iter().map(move |part| named(name, part)))
        .collect();
    let rows = table.rows.iter().map(move |row| {
        let mut line = Vec::new();
        for (value, known) in row.iter().zip(&columns) {
            let cells = cells(value, text);
            line.extend(known.iter().map(|part| {
                let found = cells.iter().find(|(name, _)| name == part);
                found.map(|(_, cell)| cell.clone()).unwrap_or_default()
            }));
        }
        line
    });
    (header, rows)
}

fn named(name: &str, part: &str) -> String {
    match part {
        "" => name.to_owned(),
        part => format!("{name}.{part}"),
    }
}

fn parts_of(value: &Value) -> impl Iterator<Item = &'static str> {
    let parts = parts(value).into_iter().map(|(part, _)| part);
    parts.chain(ends(value).into_iter().map(|(end, _)| end))
}

/// A value's cells: the value itself, then each of its parts.
fn cells(value: &Value, text: Text) -> Vec<(&'static str, String)> {
    let whole = match value {
        Value::Text(of_the_log) => text(of_the_log),
        value => word(value),
    };
    let parts = parts(value)
        .into_iter()
        .map(|(part, value)| (part, word(&value)));
    let ends = ends(value).into_iter().map(|(end, number)| {
        let number = number.map(|number| number.to_string());
        (end, number.unwrap_or_default())
    });
    std::iter::once(("", whole))
        .chain(parts)
        .chain(ends)
        .collect()
}

/// Text that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, "CSV Injection"); full-width
/// signs are signs in some of its languages.
pub(super) fn disarmed(text: String) -> String {
    let signs = [
        '=', '+', '-', '@', '\t', '\r', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ];
    // A sign alone is no formula; standard input goes by one.
    let is_formula = text.len() > 1 && text.starts_with(signs);
    if is_formula { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_has_a_place_for_every_part_that_any_of_its_values_has() {
        let about = Value::About {
            value: 7,
            permille: 16,
        };
        let rows = [
            vec![Value::text(Some("a")), Value::Count(1), Value::Missing],
            vec![
                Value::text(Some("b")),
                about,
                Value::Ratio { part: 0, whole: 0 },
            ],
        ];
        let table = Table {
            name: "mixed",
            ranked: false,
            columns: &["key", "users", "rate"],
            rows: rows.into(),
        };
        let (header, rows) = grid(&table, str::to_owned);
        assert_eq!(
            header.join(" "),
            "key users users.value users.exact users.error rate rate.part rate.whole rate.low rate.high"
        );
        let rows: Vec<String> = rows.map(|row| row.join(",")).collect();
        assert_eq!(rows, ["a,1,,,,,,,,", "b,7,7,false,0.016,,0,0,,"]);
    }

    #[test]
    fn formulas_are_disarmed_and_signs_are_not() {
        for formula in ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "＝1", "＠x"] {
            assert_eq!(disarmed(formula.to_owned()), format!("'{formula}"));
        }
        for text in ["", "-", "=", "a=b", "'=1", "user@example.com"] {
            assert_eq!(disarmed(text.to_owned()), text);
        }
    }
}
