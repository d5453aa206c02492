//! JSON Lines: one object a line, to be filtered and loaded line by line.
//!
//! ```json
//! {"report":"logins","fact":"users","value":6}
//! {"report":"logins","fact":"success_rate","value":{"part":5,"whole":10,"rate":0.5,"low":0.2366,"high":0.7634}}
//! {"report":"logins","table":"by_client","row":1,"client":"web","success":1,"failure":1,"success_rate":{…}}
//! ```
//!
//! `jq 'select(.fact == "users")'` finds a fact, `jq 'select(.table == "by_client")'` a table, whose columns are at the top
//! level, where databases look for them. `row` counts from 1; `window` and `input` are reports here. Values are those of
//! [`json`](super::json). Of a selection, a table is its rows alone, and a value is a value.

use std::io;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::ser::CompactFormatter;

use super::json::write;
use super::select::{each, sections};
use super::{Selected, Style};
use crate::document::{Document, Table, Value};

/// Writes the whole document.
pub(super) fn document(document: &Document, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    for section in sections(document) {
        for fact in &section.facts {
            let fact = Fact {
                report: section.name,
                fact: fact.name,
                value: &fact.value,
            };
            write(&fact, CompactFormatter, out)?;
        }
        for table in &section.tables {
            let of = Some((section.name, table.name));
            rows(table, of, out)?;
        }
    }
    Ok(())
}

/// Writes tables as their rows, and values.
pub(super) fn selection(
    selected: &[(&str, Selected<'_>)],
    _: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let value = |value: &Value, out: &mut dyn io::Write| write(value, CompactFormatter, out);
    each(selected, out, value, |table, out| rows(table, None, out))
}

fn rows(table: &Table, of: Option<(&str, &str)>, out: &mut dyn io::Write) -> io::Result<()> {
    for (row, cells) in (1..).zip(&table.rows) {
        let columns = table.columns;
        let row = Row {
            place: of.map(|(report, table)| (report, table, row)),
            columns,
            cells,
        };
        write(&row, CompactFormatter, out)?;
    }
    Ok(())
}

#[derive(serde::Serialize)]
struct Fact<'a> {
    report: &'a str,
    fact: &'a str,
    value: &'a Value,
}

struct Row<'a> {
    /// Report, table and number, where they are to be said.
    place: Option<(&'a str, &'a str, u64)>,
    columns: &'a [&'static str],
    cells: &'a [Value],
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some((report, table, row)) = self.place {
            map.serialize_entry("report", report)?;
            map.serialize_entry("table", table)?;
            map.serialize_entry("row", &row)?;
        }
        for (column, cell) in self.columns.iter().zip(self.cells) {
            map.serialize_entry(column, cell)?;
        }
        map.end()
    }
}
