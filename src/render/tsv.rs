//! TSV: what [`csv`](super::csv) has, with tabs between and without quotes, so that `cut`, `awk` and `sort` need to know
//! nothing else.
//!
//! In texts, `\t`, `\n`, `\r` and `\\` stand for a tab, the line ends and a backslash, and `\u001b` for whatever else drives
//! or deceives a terminal; `printf %b` of bash undoes all of them. Formulas are disarmed as in CSV.

use std::fmt::Write as _;
use std::io;

use super::cells::{COLUMNS, disarmed, grid, records};
use super::select::each;
use super::{Selected, Style, plain};
use crate::document::{Document, Table};
use crate::event::is_unsafe;

/// Writes the whole document.
pub(super) fn document(document: &Document, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "{}", COLUMNS.join("\t"))?;
    for record in records(document, text) {
        writeln!(out, "{}", record.join("\t"))?;
    }
    Ok(())
}

/// Writes tables with their own columns, and values alone.
pub(super) fn selection(
    selected: &[(&str, Selected<'_>)],
    _: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    each(selected, out, plain::value, table)
}

fn table(table: &Table, out: &mut dyn io::Write) -> io::Result<()> {
    let (header, rows) = grid(table, text);
    writeln!(out, "{}", header.join("\t"))?;
    for row in rows {
        writeln!(out, "{}", row.join("\t"))?;
    }
    Ok(())
}

fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in disarmed(text.to_owned()).chars() {
        match character {
            '\t' => escaped.push_str("\\t"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\\' => escaped.push_str("\\\\"),
            // All of these are in Unicode's first 65,536.
            character if is_unsafe(character) => {
                let _ = write!(escaped, "\\u{:04x}", u32::from(character));
            }
            character => escaped.push(character),
        }
    }
    escaped
}
