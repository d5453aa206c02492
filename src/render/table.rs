//! Tables for people: numbers to the right, thousands marked, never wider than the terminal while that is possible.

use std::io;

use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, Row, Width, presets};

use super::excerpt::{Line, empty, excerpt, is_text, is_text_column, more};
use super::human::{basis, human, words};
use super::select::each;
use super::summary::Summary;
use super::{Selected, Style, plain};
use crate::document::{Document, Section, Table, Value};

/// Columns between two columns.
const PADDING: u16 = 2;
/// The most lines a cell takes when its table is squeezed.
const MOST_LINES: usize = 4;

/// Writes the whole document.
pub(super) fn document(
    document: &Document,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    heading(document, style, out)?;
    for section in &document.reports {
        writeln!(out, "\n{}", section.title)?;
        facts(section, style, out)?;
        for table in section.tables.iter().filter(|table| !table.rows.is_empty()) {
            writeln!(out, "\n  {}", words(table.name))?;
            write_table(table, &all_columns(table), style, "  ", out)?;
        }
    }
    account(&document.input, style, out)
}

/// Writes tables, and values alone.
pub(super) fn selection(
    selected: &[(&str, Selected<'_>)],
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    each(selected, out, plain::value, |table, out| {
        write_table(table, &all_columns(table), style, "", out)
    })
}

/// What was read, in two sentences.
fn heading(document: &Document, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let summary = Summary::of(document);
    if let Some(interrupted) = summary.interrupted {
        writeln!(out, "{interrupted}")?;
    }
    wrap(summary.window, " ", style, out)?;
    wrap(summary.counts, ", ", style, out)
}

/// Writes pieces on as many lines as they need.
fn wrap(
    pieces: Vec<String>,
    between: &str,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut line = String::new();
    for piece in pieces {
        let longer = line.chars().count() + between.len() + piece.chars().count();
        if !line.is_empty() && longer > usize::from(style.width) {
            writeln!(out, "{}", format!("{line}{between}").trim_end())?;
            line.clear();
        } else if !line.is_empty() {
            line.push_str(between);
        }
        line.push_str(&piece);
    }
    writeln!(out, "{line}")
}

/// Which input holds what, and what was refused, where there is something to tell.
fn account(input: &Section, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let table = |name| input.tables.iter().find(|table| table.name == name);
    let several = table("inputs").filter(|table| table.rows.len() > 1);
    let refused = table("rejected").filter(|table| !table.rows.is_empty());
    if several.is_some() || refused.is_some() {
        writeln!(out, "\n{}", input.title)?;
    }
    for table in several.into_iter().chain(refused) {
        let says_something = |column: &usize| {
            let nothing = |value: &Value| matches!(value, Value::Missing | Value::Count(0));
            table.rows.iter().any(|row| !nothing(&row[*column]))
        };
        let columns: Vec<usize> = all_columns(table)
            .into_iter()
            .filter(says_something)
            .collect();
        writeln!(out, "\n  {}", words(table.name))?;
        write_table(table, &columns, style, "  ", out)?;
    }
    Ok(())
}

fn facts(section: &Section, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let mut grid = grid(style);
    for fact in &section.facts {
        let number = Cell::new(human(&fact.value)).set_alignment(CellAlignment::Right);
        grid.add_row(vec![
            Cell::new(words(fact.name)),
            number,
            Cell::new(basis(&fact.value)),
        ]);
    }
    for column in grid.column_iter_mut() {
        column.set_padding((0, PADDING));
    }
    print(&grid, "  ", out)
}

fn all_columns(table: &Table) -> Vec<usize> {
    (0..table.columns.len()).collect()
}

/// Writes some columns of a table.
fn write_table(
    table: &Table,
    columns: &[usize],
    style: &Style,
    indent: &str,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut grid = grid(style);
    let names: Vec<&str> = columns
        .iter()
        .map(|column| table.columns[*column])
        .collect();
    grid.set_header(columns.iter().map(|column| {
        cell(
            words(table.columns[*column]),
            is_text_column(table, *column),
        )
    }));
    let (lines, left_out) = excerpt(table, style);
    let mut numbers = vec![0; columns.len()];
    for line in lines {
        let row = match line {
            Line::Empty(rows) => {
                grid.add_row(vec![cell(empty(rows), false)]);
                continue;
            }
            Line::Row(row) => row,
        };
        let cells = columns.iter().zip(&mut numbers).map(|(column, widest)| {
            let (value, text) = (&row[*column], human(&row[*column]));
            if !is_text(value) {
                *widest = text.len().max(*widest);
            }
            cell(text, is_text(value))
        });
        let mut row = Row::from(cells.collect::<Vec<_>>());
        row.max_height(MOST_LINES);
        grid.add_row(row);
    }
    keep_whole(&mut grid, &names, &numbers, style);
    print(&grid, indent, out)?;
    match left_out {
        0 => Ok(()),
        rows => writeln!(out, "{indent}{}", more(rows)),
    }
}

fn cell(text: String, left: bool) -> Cell {
    Cell::new(text).set_alignment(if left {
        CellAlignment::Left
    } else {
        CellAlignment::Right
    })
}

/// Where room is short, headings are broken between words and text anywhere before numbers and times are; when these
/// alone are too much, headings are broken anywhere, and at last everything is.
fn keep_whole(grid: &mut comfy_table::Table, columns: &[&str], numbers: &[usize], style: &Style) {
    let longest_word = |name: &&str| name.split('_').map(str::len).max().unwrap_or(0);
    let with_words: Vec<usize> = columns
        .iter()
        .map(longest_word)
        .zip(numbers)
        .map(|(word, number)| word.max(*number))
        .collect();
    let fits = |widths: &&[usize]| {
        widths
            .iter()
            .map(|width| width + usize::from(PADDING))
            .sum::<usize>()
            <= usize::from(style.width)
    };
    let least = [with_words.as_slice(), numbers]
        .into_iter()
        .find(fits)
        .unwrap_or(&[]);
    for (index, column) in grid.column_iter_mut().enumerate() {
        column.set_padding((0, PADDING));
        if let Some(width) = least.get(index).filter(|width| **width > 0) {
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(
                *width as u16 + PADDING,
            )));
        }
    }
}

fn grid(style: &Style) -> comfy_table::Table {
    let mut grid = comfy_table::Table::new();
    grid.load_style(presets::NOTHING);
    grid.set_content_arrangement(ContentArrangement::Dynamic);
    // Lines are indented by as much as the padding of their last column, which is not printed.
    grid.set_width(style.width.max(10));
    grid
}

fn print(grid: &comfy_table::Table, indent: &str, out: &mut dyn io::Write) -> io::Result<()> {
    for line in grid.lines() {
        writeln!(out, "{indent}{}", line.trim_end())?;
    }
    Ok(())
}
