//! Tables for people: numbers to the right, thousands marked, never wider than the terminal.

use std::io;
use std::time::Duration;

use comfy_table::{Cell, CellAlignment, ContentArrangement, presets};

use super::Style;
use crate::document::{Document, Section, Table, Value};
use crate::event::Visible;

/// The most characters a cell shows; an attacker's may be a megabyte long.
const MOST_CHARACTERS: usize = 120;
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
    print(&grid, "  ", out)
}

fn write_table(
    table: &Table,
    style: &Style,
    indent: &str,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut grid = grid(style);
    grid.set_header(table.columns.iter().enumerate().map(|(index, name)| {
        let is_text = table
            .rows
            .iter()
            .all(|row| matches!(row[index], Value::Text(_) | Value::Missing));
        Cell::new(words(name)).set_alignment(if is_text {
            CellAlignment::Left
        } else {
            CellAlignment::Right
        })
    }));
    let shown = if table.ranked {
        table.rows.len().min(style.rows)
    } else {
        table.rows.len()
    };
    for row in &table.rows[..shown] {
        let cells = row.iter().map(|value| match value {
            Value::Text(_) | Value::Missing => Cell::new(human(value)),
            _ => Cell::new(human(value)).set_alignment(CellAlignment::Right),
        });
        let mut row = comfy_table::Row::from(cells.collect::<Vec<_>>());
        row.max_height(MOST_LINES);
        grid.add_row(row);
    }
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

fn grid(style: &Style) -> comfy_table::Table {
    let mut grid = comfy_table::Table::new();
    grid.load_style(presets::NOTHING);
    grid.set_content_arrangement(ContentArrangement::Dynamic);
    grid.set_width(style.width.saturating_sub(2).max(10));
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
                .strip_suffix(".000Z")
                .map_or(text.clone(), |text| format!("{text}Z"));
            text.replace('T', " ")
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
