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
//! inline styles, no connections. The script sorts tables and zooms into the timeline; without it nothing is missing.
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

use super::{Selected, Style};
use crate::document::{Document, Table};
use room::Room;

const SHEET: &str = include_str!("style.css");
/// The sheet's SHA-256 in base64. A test says what it should be when the sheet has changed.
const SHEET_HASH: &str = "IOonygh8rm43Y3BNgVcpo6+nbPrazvrLd9f7HYO3KWA=";
const SCRIPT: &str = include_str!("script.js");
/// The script's SHA-256 in base64, as with the sheet.
const SCRIPT_HASH: &str = "TrxIP2pS0v1bt2BoDqIUHVsoUtteEPP6+iFJVfmZXlM=";

/// What a page stays below: it is to be mailed, and opened on a telephone.
const MOST_BYTES: usize = 1_000_000;

/// What is kept free: a table with rows says more around them than one without.
const SPARE: usize = 20_000;

/// Writes the whole document.
pub(super) fn document(document: &Document, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let sections = document.reports.iter().chain([&document.input]);
    let tables = sections.flat_map(|section| &section.tables);
    out.write_all(small(tables, |room| page::document(document, room)).as_bytes())
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
