//! HTML: one page that needs no scripts and no network, and works where its own policy forbids both.
//!
//! ```text
//! page     head, what matters first, charts, sections
//!  ├─ charts   a file for each way to draw; SVG, whose sizes are attributes
//!  └─ tables   facts and rows
//!      └─ room   how many rows there may be
//! ```
//!
//! The policy allows one style sheet and one script, told by their hashes, and nothing else: no other scripts, no images, no
//! inline styles, no connections. The script sorts tables, zooms into the timeline, and saves as JSON and CSV what the page
//! carries as JSON; without it nothing is missing.
//! Text of the log is escaped by the template, isolated from the direction of what stands around it, and never put into an
//! attribute.
//!
//! A page stays below [`MOST_BYTES`] however large the log was: tables that are too long for it end early and say so, the longest first, and a
//! timeline of many buckets is drawn with several in one column.

mod charts;
mod page;
mod room;
mod scale;
mod tables;

use std::io;

use serde_json::ser::CompactFormatter;

use super::{Selected, Style, json};
use crate::document::{Document, Table};
use room::Room;

const SHEET: &str = include_str!("style.css");
/// The sheet's SHA-256 in base64. A test says what it should be when the sheet has changed.
const SHEET_HASH: &str = "r1VlqaPMkOytBYJi8UugDJ+6hHHeqkRvXIGz+vBsQ6E=";
const SCRIPT: &str = concat!(include_str!("csv.js"), include_str!("script.js"));
/// The script's SHA-256 in base64, as with the sheet.
const SCRIPT_HASH: &str = "hr4kHZLZO1FtSqvfQwZx08AxQrsc3PEK1j4HB8abhZU=";

/// What a page stays below: it is to be mailed, and opened on a telephone.
const MOST_BYTES: usize = 1_000_000;

/// The most that a document may take as JSON to be carried by its page; with a larger one there is nothing to save there.
const MOST_DATA: usize = 300_000;

/// What is kept free: a table with rows says more around them than one without.
const SPARE: usize = 20_000;

/// Writes the whole document.
pub(super) fn document(document: &Document, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let data = data(document)?;
    let sections = document.reports.iter().chain([&document.input]);
    let tables = sections.flat_map(|section| &section.tables);
    out.write_all(
        small(tables, |room| {
            page::document(document, data.as_deref(), room)
        })
        .as_bytes(),
    )
}

/// The document as JSON, in which nothing ends the element that holds it.
fn data(document: &Document) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    json::write(document, CompactFormatter, &mut bytes)?;
    let text = String::from_utf8(bytes).map_err(io::Error::other)?;
    // A sign of JSON's own is never `<`: it stands in texts alone, where this means the same.
    let text = text.trim_end().replace('<', "\\u003c");
    Ok((text.len() <= MOST_DATA).then_some(text))
}

/// Writes one page of tables and values.
pub(super) fn selection(
    selected: &[(&str, Selected<'_>)],
    _: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let tables = selected.iter().filter_map(|(_, selected)| match selected {
        Selected::Table(table) => Some(*table),
        Selected::Value(_) => None,
    });
    out.write_all(small(tables, |room| page::selection(selected, room)).as_bytes())
}

/// The page with as many rows of its tables as leave it small enough.
fn small<'a>(tables: impl Iterator<Item = &'a Table>, page: impl Fn(&Room) -> String) -> String {
    let around = page(&Room::NONE).len() + SPARE;
    page(&Room::shared(tables, MOST_BYTES.saturating_sub(around)))
}

#[cfg(test)]
mod tests;
