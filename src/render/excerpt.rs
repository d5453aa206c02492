//! Which rows of a table people are shown.

use super::Style;
use super::human::thousands;
use crate::document::{Table, Value};

/// Rows of nothing but zeros that follow each other are folded when they are more than this.
const MOST_EMPTY: usize = 3;

/// A line of a table.
pub(super) enum Line<'a> {
    /// A row of it.
    Row(&'a [Value]),
    /// So many rows that tell of nothing.
    Empty(usize),
}

/// The lines of a table to show, and how many rows are left out after them.
pub(super) fn excerpt<'a>(table: &'a Table, style: &Style) -> (Vec<Line<'a>>, usize) {
    let shown = if table.ranked {
        table.rows.len().min(style.rows)
    } else {
        table.rows.len()
    };
    let mut lines = Vec::new();
    for run in table.rows[..shown].chunk_by(|one, other| is_empty(one) && is_empty(other)) {
        if run.len() > MOST_EMPTY {
            lines.push(Line::Empty(run.len()));
        } else {
            lines.extend(run.iter().map(|row| Line::Row(row)));
        }
    }
    (lines, table.rows.len() - shown)
}

/// What stands for rows that are folded.
pub(super) fn empty(rows: usize) -> String {
    format!("… {} empty", thousands(rows as u64))
}

/// What stands for rows that are left out.
pub(super) fn more(rows: usize) -> String {
    format!("… {} more", thousands(rows as u64))
}

/// Whether a value stands to the left, as text does.
pub(super) fn is_text(value: &Value) -> bool {
    matches!(value, Value::Text(_) | Value::Missing)
}

/// Whether all of a column stands to the left.
pub(super) fn is_text_column(table: &Table, column: usize) -> bool {
    table.rows.iter().all(|row| is_text(&row[column]))
}

/// Whether a row tells of nothing: behind its first column there are zeros only.
fn is_empty(row: &[Value]) -> bool {
    let none = |value: &Value| matches!(value, Value::Count(0) | Value::About { value: 0, .. });
    row.len() > 1 && row[1..].iter().all(none)
}
