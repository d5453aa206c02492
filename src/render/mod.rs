//! Documents as text. A renderer prints what it is given and computes nothing; a new format is one file and one line
//! of [`FORMATS`].
//!
//! What a log says never acts on who reads it. Formats that have escapes for everything keep its text as it is (`json`,
//! `jsonl`, `tsv`); the others spell out what drives or deceives a terminal as `\u{1b}`
//! ([`Visible`](crate::event::Visible)). On a terminal, text that is written from the right stands between isolates, so that it
//! moves no column; in pipes and files no format has any. Formats for people cut long text, formats for machines do not.

mod cells;
pub mod chart;
mod csv;
mod draw;
mod escaped;
mod excerpt;
pub mod headline;
mod html;
mod human;
mod isolate;
mod json;
mod jsonl;
mod layout;
mod look;
mod markdown;
mod plain;
mod prometheus;
mod select;
mod summary;
mod table;
mod tsv;

use std::io;

use crate::document::Document;
pub use human::thousands;
#[cfg(feature = "cli")]
pub(crate) use layout::width;
pub use look::Look;
pub use select::{Selected, names, select};

/// How the output has to look.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Columns of the terminal.
    pub width: u16,
    /// The most rows a ranked table shows to people; formats for machines show all.
    pub rows: usize,
    /// What the terminal can show; formats but for `table` are the same everywhere.
    pub look: Look,
}

/// Writes a document in one format.
pub type Render = fn(&Document, &Style, &mut dyn io::Write) -> io::Result<()>;

/// Writes values and tables of a document, each with the name it was selected by, in this order.
pub type RenderSelection =
    fn(&[(&str, Selected<'_>)], &Style, &mut dyn io::Write) -> io::Result<()>;

/// One format.
pub struct Format {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is for.
    pub help: &'static str,
    /// How names of its files end, without the dot; the first is the usual one.
    pub extensions: &'static [&'static str],
    /// Writes a whole document.
    pub document: Render,
    /// Writes parts of it.
    pub selection: RenderSelection,
}

/// Every format; the first is the default.
pub static FORMATS: &[Format] = &[
    Format {
        name: "table",
        help: "for people, as wide as the terminal",
        extensions: &["txt", "table"],
        document: table::document,
        selection: table::selection,
    },
    Format {
        name: "json",
        help: "one object, all numbers",
        extensions: &["json"],
        document: json::document,
        selection: json::selection,
    },
    Format {
        name: "jsonl",
        help: "one object a line: a fact, or a row of a table",
        extensions: &["jsonl", "ndjson"],
        document: jsonl::document,
        selection: jsonl::selection,
    },
    Format {
        name: "csv",
        help: "one line a value; with --get, one table",
        extensions: &["csv"],
        document: csv::document,
        selection: csv::selection,
    },
    Format {
        name: "tsv",
        help: "the same, with tabs between, for cut and awk",
        extensions: &["tsv", "tab"],
        document: tsv::document,
        selection: tsv::selection,
    },
    Format {
        name: "markdown",
        help: "for tickets and wikis, as GitHub shows it",
        extensions: &["md", "markdown"],
        document: markdown::document,
        selection: markdown::selection,
    },
    Format {
        name: "html",
        help: "one page, which needs no scripts and no network",
        extensions: &["html", "htm"],
        document: html::document,
        selection: html::selection,
    },
    Format {
        name: "prometheus",
        help: "metrics to scrape, as OpenMetrics text",
        extensions: &["prom", "om"],
        document: prometheus::document,
        selection: prometheus::selection,
    },
];

#[cfg(test)]
mod tests;
