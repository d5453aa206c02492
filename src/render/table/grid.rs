//! A table of a document as cells: which rows, what their values mean, and what is drawn behind them.

use super::times::{self, Form, Times};
use crate::document::{Table, Value};
use crate::render::Style;
use crate::render::chart::count;
use crate::render::draw::meaning;
use crate::render::excerpt::{Line, empty, excerpt, is_text, is_text_column};
use crate::render::human::{thousands, words};
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
    let shown = Shown {
        table,
        lines: &lines,
        bars: amount.map(|column| (column, most)),
        look,
    };
    Told {
        grid: shown.fitting(columns, room),
        earlier,
        left_out,
    }
}

/// Lines of a table, and what is drawn behind them.
struct Shown<'a> {
    table: &'a Table,
    lines: &'a [Line<'a>],
    /// The column that is drawn as bars, and its largest number.
    bars: Option<(usize, f64)>,
    look: Look,
}

impl Shown<'_> {
    /// With everything there is room for: intervals go first, then headings are broken, then parts of times go.
    fn fitting(&self, columns: &[usize], room: usize) -> Grid {
        let table = self.table;
        let whole = |column: usize| Column::Value(column, Times::default());
        let rates = |column: &usize| self.look.drawn && has_interval(table, *column);
        if columns.iter().any(rates) {
            let with = columns.iter().flat_map(|column| {
                let interval = rates(column).then_some(Column::Interval(*column));
                std::iter::once(whole(*column)).chain(interval)
            });
            let grid = self.grid(&with.collect::<Vec<_>>());
            if grid.natural() <= room {
                return grid;
            }
        }
        let mut columns: Vec<Column> = columns.iter().map(|column| whole(*column)).collect();
        let mut grid = self.grid(&columns);
        for form in Form::SHORTER {
            if grid.snug() <= room || !self.shorten(&mut columns, form) {
                break;
            }
            grid = self.grid(&columns);
        }
        grid
    }

    /// Has less told of each time; whether there is any.
    fn shorten(&self, columns: &mut [Column], form: Form) -> bool {
        let mut any = false;
        for column in columns {
            if let Column::Value(at, times) = column {
                let rows = self.lines.iter().filter_map(|line| match line {
                    Line::Row(row) => Some(&row[*at]),
                    Line::Empty(_) => None,
                });
                let written = times::written(rows);
                any |= !written.is_empty();
                *times = Times::of(&written, form, *at == 0);
            }
        }
        any
    }

    fn grid(&self, columns: &[Column]) -> Grid {
        let (table, look) = (self.table, self.look);
        let header = columns.iter().map(|column| column.heading(table, look));
        let rows = self.lines.iter().map(|line| match line {
            Line::Empty(rows) => Row {
                cells: vec![cell(empty(*rows), true, Paint::Dim, look)],
                ..Row::default()
            },
            Line::Row(row) => {
                let cells = columns.iter().map(|column| column.cell(table, row, look));
                let bar = |(column, most)| bar(table, row, column, most);
                Row {
                    cells: cells.collect(),
                    bar: self.bars.and_then(bar),
                    ..Row::default()
                }
            }
        });
        Grid {
            header: header.collect(),
            rows: rows.collect(),
        }
    }
}

/// What stands for rows that are left out before the first.
pub(super) fn earlier(rows: usize) -> String {
    format!("… {} earlier", thousands(rows as u64))
}

/// A column as it is shown.
enum Column {
    /// The values themselves, times among them as there is room for.
    Value(usize, Times),
    /// The 95 % interval of shares.
    Interval(usize),
}

impl Column {
    fn heading(&self, table: &Table, look: Look) -> Cell {
        match self {
            Column::Value(at, times) => {
                let mut text = words(table.columns[*at]);
                if let Some(zone) = &times.zone {
                    text = format!("{text} ({zone})");
                }
                cell(text, !is_text_column(table, *at), Paint::Dim, look)
            }
            Column::Interval(_) => cell("95 % between".to_owned(), true, Paint::Dim, look),
        }
    }

    fn cell(&self, table: &Table, row: &[Value], look: Look) -> Cell {
        match self {
            Column::Value(at, times) => {
                let value = &row[*at];
                let paint = match at {
                    0 => Paint::Plain,
                    _ => paint(table.columns[*at], value),
                };
                let mut cell = cell(times.text(value), !is_text(value), paint, look);
                cell.absent = matches!(value, Value::Missing);
                cell.evident = matches!(value, Value::Time(_));
                cell
            }
            Column::Interval(at) => {
                let interval = row[*at].interval();
                let text = interval.map_or_else(String::new, |(low, high)| {
                    format!("{:.1}–{:.1} %", low * 100.0, high * 100.0)
                });
                cell(text, true, Paint::Dim, look)
            }
        }
    }
}

fn cell(text: String, right: bool, paint: Paint, look: Look) -> Cell {
    Cell::new(look.letters(text), right, paint)
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
