//! HTML: one page that needs no scripts and no network, and works where its own policy forbids both.
//!
//! ```text
//! page     head, what matters first, charts, sections
//!  ├─ charts   a file for each way to draw; SVG, whose sizes are attributes
//!  └─ tables   facts and rows
//! ```
//!
//! The policy allows one style sheet and one script, told by their hashes, and nothing else: no other scripts, no images, no
//! inline styles, no connections. The script sorts tables and zooms into the timeline; without it nothing is missing.
//! Text of the log is escaped by the template, isolated from the direction of what stands around it, and never put into an
//! attribute.
//!
//! A page stays below [`MOST_BYTES`] however large the log was: tables that are too long for it end early and say so, and a
//! timeline of many buckets is drawn with several in one column.

mod charts;
mod page;
mod scale;
mod tables;

use std::io;

use super::{Selected, Style};
use crate::document::Document;

const SHEET: &str = include_str!("style.css");
/// The sheet's SHA-256 in base64. A test says what it should be when the sheet has changed.
const SHEET_HASH: &str = "i2xdDSi3EzUml7Jfewcw2O6zGiWTS8lWzbQxDpAR3qw=";
const SCRIPT: &str = include_str!("script.js");
/// The script's SHA-256 in base64, as with the sheet.
const SCRIPT_HASH: &str = "TrxIP2pS0v1bt2BoDqIUHVsoUtteEPP6+iFJVfmZXlM=";

/// What a page stays below: it is to be mailed, and opened on a telephone.
const MOST_BYTES: usize = 1_000_000;

/// How many rows a table may have, tried in this order until the page is small enough. The last is small enough for whatever
/// texts there are: these are cut.
const MOST_ROWS: [usize; 10] = [1000, 500, 200, 100, 50, 20, 10, 5, 2, 1];

/// Writes the whole document.
pub(super) fn document(document: &Document, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(small(|rows| page::document(document, rows)).as_bytes())
}

/// Writes one page of tables and values.
pub(super) fn selection(
    selected: &[(&str, Selected<'_>)],
    _: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    out.write_all(small(|rows| page::selection(selected, rows)).as_bytes())
}

/// The page with the most rows that is small enough.
fn small(page: impl Fn(usize) -> String) -> String {
    let mut smallest = String::new();
    for rows in MOST_ROWS {
        smallest = page(rows);
        if smallest.len() < MOST_BYTES {
            break;
        }
    }
    smallest
}

#[cfg(test)]
mod tests;
