//! A table of a document as cells: which rows, what their values mean, and what is drawn behind them.

use crate::document::{Table, Value};
use crate::render::Style;
use crate::render::chart::count;
use crate::render::draw::meaning;
use crate::render::excerpt::{Line, empty, excerpt, is_text, is_text_column};
use crate::render::human::{human, thousands, words};
use crate::render::layout::{Cell, Grid, Row};
use crate::render::look::{Look, Paint};

/// Rows as they are shown, and how many are not.
pub(super) struct Told {
    pub(super) grid: Grid,
    /// Rows left out before the first, of those that stand in the order of time.
    pub(super) earlier: usize,
    /// Rows left out after the last.
    pub(super) left_out: usize,
}

/// How many buckets of a timeline that is drawn as a whole are told one by one, beside other reports.
const LAST_BUCKETS: usize = 12;

/// Some columns of a table; `brief` beside other reports.
pub(super) fn of(
    table: &Table,
    columns: &[usize],
    style: &Style,
    room: usize,
    brief: bool,
) -> Told {
    let look = style.look;
    let (mut lines, mut left_out) = excerpt(table, style);
    let brief = brief && look.drawn;
    if brief && table.name == "recent" && lines.len() > style.rows {
        left_out += lines.len() - style.rows;
        lines.truncate(style.rows);
    }
    let earlier = match lines.len().checked_sub(LAST_BUCKETS) {
        Some(most) if brief && table.name == "buckets" => {
            let first = lines.drain(..most).map(|line| match line {
                Line::Row(_) => 1,
                Line::Empty(rows) => rows,
            });
            first.sum()
        }
        _ => 0,
    };
    let amount = amount(table).filter(|_| look.drawn);
    let most = largest(&lines, amount);
    let grid = |intervals: &[usize]| {
        let columns: Vec<Column> = columns
            .iter()
            .flat_map(|column| {
                let interval = intervals
                    .contains(column)
                    .then_some(Column::Interval(*column));
                [Some(Column::Value(*column)), interval]
                    .into_iter()
                    .flatten()
            })
            .collect();
        let header = columns.iter().map(|column| column.heading(table, look));
        let rows = lines.iter().map(|line| match line {
            Line::Empty(rows) => Row {
                cells: vec![cell(empty(*rows), true, Paint::Dim, look)],
                bar: None,
            },
            Line::Row(row) => {
                let cells = columns.iter().map(|column| column.cell(table, row, look));
                Row {
                    cells: cells.collect(),
                    bar: amount.and_then(|column| bar(table, row, column, most)),
                }
            }
        });
        Grid {
            header: header.collect(),
            rows: rows.collect(),
        }
    };
    let rates: Vec<usize> = columns
        .iter()
        .copied()
        .filter(|at| has_interval(table, *at))
        .collect();
    let with_intervals = Some(&rates).filter(|rates| look.drawn && !rates.is_empty());
    let told = with_intervals
        .map(|rates| grid(rates))
        .filter(|grid| grid.natural() <= room);
    Told {
        grid: told.unwrap_or_else(|| grid(&[])),
        earlier,
        left_out,
    }
}

/// What stands for rows that are left out before the first.
pub(super) fn earlier(rows: usize) -> String {
    format!("… {} earlier", thousands(rows as u64))
}

/// A column as it is shown.
#[derive(Clone, Copy)]
enum Column {
    /// The values themselves.
    Value(usize),
    /// The 95 % interval of shares.
    Interval(usize),
}

impl Column {
    fn heading(self, table: &Table, look: Look) -> Cell {
        match self {
            Column::Value(at) => {
                let text = words(table.columns[at]);
                cell(text, !is_text_column(table, at), Paint::Dim, look)
            }
            Column::Interval(_) => cell("95 % between".to_owned(), true, Paint::Dim, look),
        }
    }

    fn cell(self, table: &Table, row: &[Value], look: Look) -> Cell {
        match self {
            Column::Value(at) => {
                let value = &row[at];
                let paint = match at {
                    0 => Paint::Plain,
                    _ => paint(table.columns[at], value),
                };
                cell(human(value), !is_text(value), paint, look)
            }
            Column::Interval(at) => {
                let interval = row[at].interval();
                let text = interval.map_or_else(String::new, |(low, high)| {
                    format!("{:.1}–{:.1} %", low * 100.0, high * 100.0)
                });
                cell(text, true, Paint::Dim, look)
            }
        }
    }
}

fn cell(text: String, right: bool, paint: Paint, look: Look) -> Cell {
    Cell {
        text: look.letters(text),
        right,
        paint,
    }
}

/// What a value of a column means.
fn paint(column: &str, value: &Value) -> Paint {
    match value {
        value if is_nothing(value) => Paint::Dim,
        Value::Text(text) => match (column, text.as_str()) {
            ("severity", "critical" | "high") | ("outcome", "failed") => Paint::Bad,
            ("severity", "medium") => Paint::Warning,
            ("outcome", "ok") => Paint::Good,
            _ => Paint::Plain,
        },
        Value::Time(_) => Paint::Plain,
        _ => meaning(column),
    }
}

/// Whether a value says that there is nothing.
pub(super) fn is_nothing(value: &Value) -> bool {
    matches!(
        value,
        Value::Missing | Value::Count(0) | Value::About { value: 0, .. }
    )
}

fn has_interval(table: &Table, column: usize) -> bool {
    let name = table.columns[column];
    (name.contains("rate") || name == "failures")
        && table
            .rows
            .iter()
            .any(|row| row[column].interval().is_some())
}

/// The column that is drawn as bars: the shares of unusual buckets, else the first numbers behind the keys.
fn amount(table: &Table) -> Option<usize> {
    let is_amount = |value: &Value| count(value).is_some();
    let row = table.rows.first()?;
    if table.name == "unusual" {
        return row
            .iter()
            .position(|value| matches!(value, Value::Ratio { .. }));
    }
    let is_list = matches!(table.name, "inputs" | "rejected" | "recent" | "lines");
    let column = row.iter().skip(1).position(is_amount)? + 1;
    (!is_list).then_some(column)
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Ratio { .. } => value.rate(),
        value => count(value).map(|count| count as f64),
    }
}

/// The largest number of the rows that are shown.
fn largest(lines: &[Line<'_>], column: Option<usize>) -> f64 {
    let numbers = lines.iter().filter_map(|line| match line {
        Line::Row(row) => number(&row[column?]),
        Line::Empty(_) => None,
    });
    numbers.fold(0.0, f64::max)
}

fn bar(table: &Table, row: &[Value], column: usize, most: f64) -> Option<(f64, Paint)> {
    let part = number(&row[column])? / most;
    let fails = table.name.contains("reason") || table.name == "unusual";
    let paint = match meaning(table.columns[column]) {
        Paint::Plain if fails => Paint::Bad,
        Paint::Plain => Paint::Amount,
        paint => paint,
    };
    Some((part, paint))
}
