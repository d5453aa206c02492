//! Documents as text. A renderer prints what it is given and computes nothing; a new format is one file and one line
//! of [`FORMATS`].

mod csv;
mod human;
mod json;
mod plain;
mod select;
mod table;

use std::io;

use crate::document::{Document, Table, Value};
pub use select::{Selected, names, select};

/// How the output has to look.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Columns of the terminal.
    pub width: u16,
    /// The most rows a ranked table shows; other formats show all.
    pub rows: usize,
}

/// Writes a document in one format.
pub type Render = fn(&Document, &Style, &mut dyn io::Write) -> io::Result<()>;

/// One format.
pub struct Format {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is for.
    pub help: &'static str,
    /// Writes a whole document.
    pub document: Render,
    /// Writes one table of it.
    pub table: fn(&Table, &Style, &mut dyn io::Write) -> io::Result<()>,
    /// Writes one value of it, and a line end.
    pub value: fn(&Value, &mut dyn io::Write) -> io::Result<()>,
}

/// Every format; the first is the default.
pub static FORMATS: &[Format] = &[
    Format {
        name: "table",
        help: "for people, as wide as the terminal",
        document: table::document,
        table: table::table,
        value: plain::value,
    },
    Format {
        name: "json",
        help: "one object, all numbers",
        document: json::document,
        table: json::table,
        value: json::value,
    },
    Format {
        name: "csv",
        help: "one line a value; with --get, one table",
        document: csv::document,
        table: csv::table,
        value: plain::value,
    },
];

#[cfg(test)]
mod tests;
