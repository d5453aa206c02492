//! Tables for people: numbers to the right, thousands marked, never wider than the terminal.

use std::io;
use std::time::Duration;

use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, Width, presets};

use super::Style;
use crate::document::{Document, Section, Table, Value};
use crate::event::Visible;

/// The most characters a cell shows; an attacker's may be a megabyte long.
const MOST_CHARACTERS: usize = 120;
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
    heading(document, out)?;
    for section in &document.reports {
        writeln!(out, "\n{}", section.title)?;
        facts(section, style, out)?;
        for table in section.tables.iter().filter(|table| !table.rows.is_empty()) {
            writeln!(out, "\n  {}", words(table.name))?;
            write_table(table, style, "  ", out)?;
        }
    }
    Ok(())
}

/// Writes one table.
pub(super) fn table(table: &Table, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    write_table(table, style, "", out)
}

/// What was read, in two lines.
fn heading(document: &Document, out: &mut dyn io::Write) -> io::Result<()> {
    let fact = |section: &Section, name: &str| {
        section
            .facts
            .iter()
            .find(|fact| fact.name == name)
            .map_or(Value::Missing, |fact| fact.value.clone())
    };
    let window = &document.window;
    match fact(window, "first") {
        Value::Missing => writeln!(out, "No dated events")?,
        first => {
            let (last, elapsed) = (fact(window, "last"), fact(window, "elapsed"));
            writeln!(
                out,
                "{} to {} ({})",
                human(&first),
                human(&last),
                human(&elapsed)
            )?;
        }
    }
    let mut words = vec![format!("{} lines", human(&fact(&document.input, "lines")))];
    for count in document
        .input
        .facts
        .iter()
        .filter(|fact| fact.name != "lines")
    {
        if count.name == "events" || count.value != Value::Count(0) {
            words.push(format!(
                "{} {}",
                human(&count.value),
                self::words(count.name)
            ));
        }
    }
    writeln!(out, "{}", words.join(", "))
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

fn write_table(
    table: &Table,
    style: &Style,
    indent: &str,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut grid = grid(style);
    let is_text = |value: &Value| matches!(value, Value::Text(_) | Value::Missing);
    let cell = |text: String, is_text| {
        Cell::new(text).set_alignment(if is_text {
            CellAlignment::Left
        } else {
            CellAlignment::Right
        })
    };
    grid.set_header(table.columns.iter().enumerate().map(|(index, name)| {
        cell(
            words(name),
            table.rows.iter().all(|row| is_text(&row[index])),
        )
    }));
    let shown = if table.ranked {
        table.rows.len().min(style.rows)
    } else {
        table.rows.len()
    };
    let mut numbers = vec![0; table.columns.len()];
    for row in &table.rows[..shown] {
        let mut cells = Vec::with_capacity(row.len());
        for (value, widest) in row.iter().zip(&mut numbers) {
            let text = human(value);
            if !is_text(value) {
                *widest = text.len().max(*widest);
            }
            cells.push(cell(text, is_text(value)));
        }
        let mut row = comfy_table::Row::from(cells);
        row.max_height(MOST_LINES);
        grid.add_row(row);
    }
    keep_whole(&mut grid, table.columns, &numbers, style);
    print(&grid, indent, out)?;
    match table.rows.len() - shown {
        0 => Ok(()),
        more => writeln!(
            out,
            "{indent}… {} more (--format json or csv shows all)",
            thousands(more as u64)
        ),
    }
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

/// A name as words.
fn words(name: &str) -> String {
    name.replace('_', " ")
}

/// One value as a person reads it.
fn human(value: &Value) -> String {
    match value {
        Value::Count(count) => thousands(*count),
        Value::Ratio { .. } => value
            .rate()
            .map_or_else(not_available, |rate| format!("{:.2} %", rate * 100.0)),
        Value::Mean { .. } | Value::Pace { .. } => value
            .rate()
            .map_or_else(not_available, |rate| format!("{rate:.2}")),
        Value::Time(time) => {
            let text = time.to_string();
            let text = text
                .strip_suffix(":00.000Z")
                .or_else(|| text.strip_suffix(".000Z"))
                .unwrap_or(&text);
            format!("{}Z", text.trim_end_matches('Z').replace('T', " "))
        }
        Value::Span(span) => length(*span),
        Value::Text(text) => shortened(&Visible(text).to_string()),
        Value::Missing => "–".to_owned(),
    }
}

/// What a rate is made of.
fn basis(value: &Value) -> String {
    match *value {
        Value::Ratio { part, whole } => {
            let of = format!("{} of {}", thousands(part), thousands(whole));
            match value.interval() {
                Some((low, high)) => format!(
                    "{of}, 95 % between {:.2} % and {:.2} %",
                    low * 100.0,
                    high * 100.0
                ),
                None => of,
            }
        }
        Value::Mean { part, whole } => format!("{} for {}", thousands(part), thousands(whole)),
        Value::Pace { count, elapsed, .. } => {
            format!("{} in {}", thousands(count), length(elapsed))
        }
        _ => String::new(),
    }
}

fn not_available() -> String {
    "n/a".to_owned()
}

fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut marked = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            marked.push(',');
        }
        marked.push(digit);
    }
    marked
}

/// A length of time in its two largest units.
fn length(span: Duration) -> String {
    let seconds = span.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match seconds {
        0..60 => format!("{:.3} s", span.as_secs_f64()),
        60..3600 => format!("{minutes} min {} s", seconds % 60),
        3600..86_400 => format!("{hours} h {minutes} min"),
        _ => format!("{} d {hours} h", thousands(days)),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
