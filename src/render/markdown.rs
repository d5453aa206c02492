//! Markdown as GitHub shows it: headings and tables, for tickets and wikis.
//!
//! Text of the log stands in code spans, in which nothing is markup: no HTML, no links, images, mentions or addresses.
//! Its backticks make the span's own longer; its pipes are escaped, as tables want it.

use std::io;

use super::excerpt::{Line, empty, excerpt, is_text_column, more};
use super::human::{basis, human, words};
use super::select::each;
use super::summary::Summary;
use super::{Selected, Style};
use crate::document::{Document, Section, Table, Value};

/// Writes the whole document.
pub(super) fn document(
    document: &Document,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    writeln!(out, "# Authentication report\n")?;
    let summary = Summary::of(document);
    if let Some(interrupted) = summary.interrupted {
        writeln!(out, "**{interrupted}**\n")?;
    }
    writeln!(out, "{}\n", summary.window.join(" "))?;
    writeln!(out, "{}", summary.counts.join(", "))?;
    for section in document.reports.iter().chain([&document.input]) {
        writeln!(out, "\n## {}", section.title)?;
        write_section(section, style, out)?;
    }
    Ok(())
}

/// Writes tables, and values as people read them.
pub(super) fn selection(
    selected: &[(&str, Selected<'_>)],
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let value = |value: &Value, out: &mut dyn io::Write| writeln!(out, "{}", shown(value));
    each(selected, out, value, |table, out| {
        write_table(table, style, out)
    })
}

fn write_section(section: &Section, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    if !section.facts.is_empty() {
        writeln!(out, "\n| fact | value | of |\n|:--|--:|:--|")?;
    }
    for fact in &section.facts {
        let cells = [
            words(fact.name),
            shown(&fact.value),
            plain(&basis(&fact.value)),
        ];
        write_row(cells, out)?;
    }
    for table in section.tables.iter().filter(|table| !table.rows.is_empty()) {
        writeln!(out, "\n### {}\n", words(table.name))?;
        write_table(table, style, out)?;
    }
    Ok(())
}

fn write_table(table: &Table, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    write_row(table.columns.iter().map(|name| words(name)), out)?;
    for column in 0..table.columns.len() {
        let text = is_text_column(table, column);
        write!(out, "|{}", if text { ":--" } else { "--:" })?;
    }
    writeln!(out, "|")?;
    let (lines, left_out) = excerpt(table, style);
    // Cells that a row does not have are empty.
    for line in lines {
        match line {
            Line::Row(row) => write_row(row.iter().map(shown), out)?,
            Line::Empty(rows) => write_row([empty(rows)], out)?,
        }
    }
    match left_out {
        0 => Ok(()),
        rows => writeln!(out, "\n{}", more(rows)),
    }
}

fn write_row(cells: impl IntoIterator<Item = String>, out: &mut dyn io::Write) -> io::Result<()> {
    for cell in cells {
        write!(out, "| {cell} ")?;
    }
    writeln!(out, "|")
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(_) => code(&human(value)),
        value => plain(&human(value)),
    }
}

/// A number's text: of what Markdown knows, it has only `<` and `>`.
fn plain(text: &str) -> String {
    text.replace('<', "&lt;").replace('>', "&gt;")
}

/// A code span in a table.
fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let longest = text.split(|character| character != '`').map(str::len).max();
    let fence = "`".repeat(longest.unwrap_or(0) + 1);
    // One blank on either side is not shown, and keeps backticks and blanks of the text apart from the span's ends.
    let padding = match text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) {
        true => " ",
        false => "",
    };
    // Whether a pipe after a backslash ends the cell is no two programs' opinion.
    let text = text.replace("\\|", "\\\\u{7c}").replace('|', "\\|");
    format!("{fence}{padding}{text}{padding}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_code_span_or_a_cell_but_its_end() {
        for (text, span) in [
            ("plain", "`plain`"),
            ("a`b", "``a`b``"),
            ("`a``b`", "``` `a``b` ```"),
            (" x ", "`  x  `"),
            ("a|b||c", r"`a\|b\|\|c`"),
            (r"a\|b", r"`a\\u{7c}b`"),
            ("", ""),
        ] {
            assert_eq!(code(text), span, "{text}");
        }
    }
}
