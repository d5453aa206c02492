//! CSV: a whole document as one line a value, or one table with its own columns; see [`cells`](super::cells).
//!
//! Text that a spreadsheet would take for a formula has an apostrophe put before it. CSV has no escapes but the quote: what
//! drives or deceives a terminal, line ends among it, is spelled out as `\u{a}`, so that a record is a line.

use std::io;

use csv::Writer;

use super::cells::{COLUMNS, disarmed, grid, records};
use super::select::each;
use super::{Selected, Style, plain};
use crate::document::{Document, Table};
use crate::event::Visible;

/// Writes the whole document.
pub(super) fn document(document: &Document, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let rows = records(document, text);
    write(COLUMNS.map(str::to_owned), rows, out).map_err(cause)
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
    write(header, rows, out).map_err(cause)
}

fn write<R: IntoIterator<Item = String>>(
    header: impl IntoIterator<Item = String>,
    rows: impl IntoIterator<Item = R>,
    out: &mut dyn io::Write,
) -> csv::Result<()> {
    let mut csv = Writer::from_writer(out);
    csv.write_record(header.into_iter().collect::<Vec<_>>())?;
    for row in rows {
        csv.write_record(row.into_iter().collect::<Vec<_>>())?;
    }
    Ok(csv.flush()?)
}

fn text(text: &str) -> String {
    disarmed(Visible(text).to_string())
}

/// What went wrong beneath: a closed pipe must be known as one.
fn cause(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        kind => io::Error::other(format!("{kind:?}")),
    }
}
