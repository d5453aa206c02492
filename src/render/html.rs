//! HTML: one page that needs no scripts and no network, and works where its own policy forbids both.
//!
//! The policy allows one style sheet, told by its hash, and nothing else: neither scripts nor images nor inline styles. Bars
//! are drawn as SVG, whose widths are attributes. Text of the log is escaped, and isolated from the direction of what
//! stands around it.

use std::fmt::Write as _;
use std::io;

use super::excerpt::is_text;
use super::human::{basis, human, thousands, words};
use super::summary::Summary;
use super::{Selected, Style};
use crate::document::{Document, Fact, Section, Table, Value};

const SHEET: &str = include_str!("html.css");
/// The sheet's SHA-256 in base64. A test says what it should be when the sheet has changed.
const SHEET_HASH: &str = "iMhPrp0JZM357aEKQlg1lu1knBNXDfN9jfDIiaCfweo=";

/// The most rows of a ranked table on a page: browsers grow slow before a log runs out of different reasons.
const MOST_ROWS: usize = 1000;

/// Writes the whole document.
pub(super) fn document(
    document: &Document,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    begin(out)?;
    let summary = Summary::of(document);
    writeln!(out, "<header>\n<h1>Authentication report</h1>")?;
    if let Some(interrupted) = summary.interrupted {
        writeln!(out, "<p class=\"warning\">{interrupted}</p>")?;
    }
    writeln!(out, "<p>{}</p>", escaped(&summary.window.join(" ")))?;
    writeln!(out, "<p>{}</p>", escaped(&summary.counts.join(", ")))?;
    let sections = || document.reports.iter().chain([&document.input]);
    writeln!(out, "<nav>")?;
    for section in sections() {
        writeln!(out, "<a href=\"#{}\">{}</a>", section.name, section.title)?;
    }
    writeln!(out, "</nav>\n</header>\n<main>")?;
    for section in sections() {
        write_section(section, style, out)?;
    }
    writeln!(out, "</main>\n</body>\n</html>")
}

/// Writes one page of tables and values.
pub(super) fn selection(
    selected: &[(&str, Selected<'_>)],
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    begin(out)?;
    writeln!(out, "<main>")?;
    for (name, selected) in selected {
        let name = escaped(name);
        match selected {
            Selected::Value(value) => {
                writeln!(out, "<table class=\"facts\">")?;
                write_fact(&name, value, out)?;
                writeln!(out, "</table>")?;
            }
            Selected::Table(table) => write_table(&name, table, style, out)?,
        }
    }
    writeln!(out, "</main>\n</body>\n</html>")
}

/// Everything before what is to be read.
fn begin(out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{SHEET_HASH}'; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>Authentication report</title>\n\
         <style>{SHEET}</style>\n</head>\n<body>"
    )
}

fn write_section(section: &Section, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(
        out,
        "<section id=\"{}\">\n<h2>{}</h2>",
        section.name, section.title
    )?;
    if !section.facts.is_empty() {
        writeln!(out, "<table class=\"facts\">")?;
        for Fact { name, value } in &section.facts {
            write_fact(&words(name), value, out)?;
        }
        writeln!(out, "</table>")?;
    }
    for table in section.tables.iter().filter(|table| !table.rows.is_empty()) {
        write_table(&words(table.name), table, style, out)?;
    }
    writeln!(out, "</section>")
}

fn write_fact(name: &str, value: &Value, out: &mut dyn io::Write) -> io::Result<()> {
    // Numbers stand below each other, so bars are beside them.
    let (cell, bar, basis) = (cell(value, ""), bar(value), escaped(&basis(value)));
    writeln!(
        out,
        "<tr><th scope=\"row\">{name}</th>{cell}<td>{bar}{basis}</td></tr>"
    )
}

fn write_table(
    caption: &str,
    table: &Table,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    // A list whose first rows matter most begins with these; the others are one click away.
    let first = if table.ranked { style.rows } else { usize::MAX };
    let (shown, others) = table.rows.split_at(first.min(table.rows.len()));
    write_rows(Some(caption), table, shown, out)?;
    if others.is_empty() {
        return Ok(());
    }
    let (others, left_out) = others.split_at(MOST_ROWS.min(others.len()));
    let more = thousands(others.len() as u64);
    writeln!(out, "<details>\n<summary>{more} more</summary>")?;
    write_rows(None, table, others, out)?;
    if !left_out.is_empty() {
        let rows = thousands(left_out.len() as u64);
        writeln!(out, "<p>… {rows} more, in every format for machines</p>")?;
    }
    writeln!(out, "</details>")
}

fn write_rows(
    caption: Option<&str>,
    table: &Table,
    rows: &[Vec<Value>],
    out: &mut dyn io::Write,
) -> io::Result<()> {
    writeln!(out, "<div class=\"wide\">\n<table>")?;
    if let Some(caption) = caption {
        writeln!(out, "<caption>{caption}</caption>")?;
    }
    write!(out, "<thead><tr>")?;
    for (index, name) in table.columns.iter().enumerate() {
        let class = class(rows.iter().all(|row| is_text(&row[index])));
        write!(out, "<th scope=\"col\"{class}>{}</th>", words(name))?;
    }
    writeln!(out, "</tr></thead>\n<tbody>")?;
    for row in rows {
        let cells: String = row.iter().map(|value| cell(value, &bar(value))).collect();
        writeln!(out, "<tr>{cells}</tr>")?;
    }
    writeln!(out, "</tbody>\n</table>\n</div>")
}

fn class(is_text: bool) -> &'static str {
    if is_text { "" } else { " class=\"number\"" }
}

fn cell(value: &Value, bar: &str) -> String {
    let (class, text) = (class(is_text(value)), escaped(&human(value)));
    match value {
        Value::Text(_) => format!("<td{class}><bdi>{text}</bdi></td>"),
        _ => format!("<td{class}>{text}{bar}</td>"),
    }
}

/// A share as a bar, with the line of its interval; the number stands beside it.
fn bar(value: &Value) -> String {
    let mut bar = String::new();
    if let (Some(rate), Some((low, high))) = (value.rate(), value.interval()) {
        let percent = |share: f64| format!("{:.2}", share * 100.0);
        let _ = write!(
            bar,
            "<svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
             <rect class=\"track\" width=\"100\" height=\"10\"/><rect width=\"{}\" height=\"10\"/>\
             <rect class=\"interval\" x=\"{}\" y=\"4\" width=\"{}\" height=\"2\"/></svg>",
            percent(rate),
            percent(low),
            percent(high - low)
        );
    }
    bar
}

/// Text that is nothing but text, between tags and between quotes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, Engine};
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn the_policy_allows_the_sheet_as_it_is() {
        assert_eq!(SHEET_HASH, BASE64_STANDARD.encode(Sha256::digest(SHEET)));
    }

    #[test]
    fn the_sheet_ends_only_where_it_ends_and_fetches_nothing() {
        for wrong in ["</", "url(", "@import", "\r"] {
            assert!(!SHEET.contains(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        let half = bar(&Value::Ratio { part: 5, whole: 10 });
        for piece in ["<rect width=\"50.00\"", "x=\"23.66\"", "width=\"52.68\""] {
            assert!(half.contains(piece), "{piece} in {half}");
        }
        assert_eq!(bar(&Value::Ratio { part: 0, whole: 0 }), "");
        assert_eq!(bar(&Value::Count(5)), "");
    }
}
