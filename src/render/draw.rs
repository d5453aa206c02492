//! Numbers as lengths, heights and shades of letters.

use super::chart::{Series, Week};
use super::human::{human, thousands, words};
use super::layout::{Cell, Grid, Row, width, wrapped};
use super::look::{Look, Paint};

/// Eighths of a letter, from the left.
const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
/// Eighths of a letter, from below; and what is like it in ASCII.
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ASCII_HEIGHTS: [char; 8] = ['.', '.', ':', ':', '-', '=', '+', '#'];
/// Quarters of the most; and what is like it in ASCII.
const SHADES: [char; 4] = ['░', '▒', '▓', '█'];
const ASCII_SHADES: [char; 4] = ['.', ':', '+', '#'];
/// Columns of a line over time, at most.
const MOST_COLUMNS: usize = 120;
/// Least columns for such a line, and for a map with hours of one letter and of two.
const LEAST_COLUMNS: usize = 8;

/// A bar, whose whole length is `length`. What is more than nothing is seen.
pub(super) fn bar(part: f64, length: usize, look: Look) -> String {
    let part = if part.is_finite() {
        part.clamp(0.0, 1.0)
    } else {
        0.0
    };
    let mut eighths = (part * length as f64 * 8.0).round() as usize;
    if part > 0.0 {
        eighths = eighths.max(1);
    }
    if look.ascii {
        return "#".repeat(eighths.div_ceil(8));
    }
    let mut bar = "█".repeat(eighths / 8);
    if let Some(last) = (eighths % 8).checked_sub(1) {
        bar.push(EIGHTHS[last]);
    }
    bar
}

/// Numbers as heights over a line; where there are more than `columns`, each letter is the largest of some.
pub(super) fn spark(numbers: &[u64], columns: usize, look: Look) -> String {
    let most = numbers.iter().copied().max().unwrap_or(0).max(1);
    let columns = columns.min(numbers.len());
    let heights = if look.ascii { ASCII_HEIGHTS } else { HEIGHTS };
    let letter = |number: u64| match step(number, most, 8) {
        0 => ' ',
        step => heights[step - 1],
    };
    (0..columns)
        .map(|column| {
            let place = |column: usize| column * numbers.len() / columns;
            let some = &numbers[place(column)..place(column + 1)];
            letter(some.iter().copied().max().unwrap_or(0))
        })
        .collect()
}

/// Which of so many equal steps up to the most a number is in; none is 0.
fn step(number: u64, most: u64, steps: u64) -> usize {
    (u128::from(number) * u128::from(steps)).div_ceil(u128::from(most.max(1))) as usize
}

/// A line over time for each column of a timeline, with its least, most and last number.
pub(super) fn series(series: &Series<'_>, room: usize, look: Look) -> Vec<String> {
    let mut grid = Grid::default();
    let number = |number: Option<u64>| {
        let text = number.map_or_else(String::new, thousands);
        Cell::new(text, true, Paint::Plain)
    };
    for (name, numbers) in &series.lines {
        let ends = [
            numbers.iter().copied().min(),
            numbers.iter().copied().max(),
            numbers.last().copied(),
        ];
        let mut cells = vec![Cell::new(words(name), false, Paint::Plain), Cell::default()];
        cells.extend(ends.map(number));
        grid.rows.push(Row {
            cells,
            ..Row::default()
        });
    }
    let heading = |text: &str, right| Cell::new(text.to_owned(), right, Paint::Dim);
    let names = [
        ("", false),
        ("", false),
        ("min", true),
        ("max", true),
        ("now", true),
    ];
    grid.header = names.map(|(name, right)| heading(name, right)).into();
    let columns = room.saturating_sub(grid.natural()).min(MOST_COLUMNS);
    if columns < LEAST_COLUMNS {
        return Vec::new();
    }
    for (row, (name, numbers)) in grid.rows.iter_mut().zip(&series.lines) {
        row.cells[1] = Cell::new(spark(numbers, columns, look), false, meaning(name));
    }
    let mut lines = grid.lines("", room, look);
    let ends = series.starts.first().zip(series.starts.last());
    if let Some((first, last)) = ends {
        let says = format!(
            "{} to {}, buckets of {}",
            human(first),
            human(last),
            series.every
        );
        let dim = |line: String| look.painted(&line, Paint::Dim);
        lines.extend(wrapped(&look.letters(says), room).into_iter().map(dim));
    }
    lines
}

/// A map of the hours of a week: a line for each day. Empty if there is no room.
pub(super) fn week(week: &Week, room: usize, look: Look) -> Vec<String> {
    let names = week.days.map(|day| day.get(..3).unwrap_or(day));
    let letters = match room.saturating_sub(5) / 24 {
        0 => return Vec::new(),
        1 => 1,
        _ => 2,
    };
    let most = most(week);
    let shades = if look.ascii { ASCII_SHADES } else { SHADES };
    let none = if look.ascii { ' ' } else { '·' };
    let paint = match meaning(week.name) {
        Paint::Plain => Paint::Amount,
        paint => paint,
    };
    let mut lines = vec![look.painted(&hours(letters), Paint::Dim)];
    for (name, counts) in names.iter().zip(&week.counts) {
        let mut line = String::new();
        for run in counts.chunk_by(|one, other| (*one == 0) == (*other == 0)) {
            let text: String = run
                .iter()
                .map(|count| match step(*count, most, 4) {
                    0 => none,
                    step => shades[step - 1],
                })
                .flat_map(|letter| std::iter::repeat_n(letter, letters))
                .collect();
            let paint = if run[0] == 0 { Paint::Dim } else { paint };
            line.push_str(&look.painted(&text, paint));
        }
        lines.push(format!("{}  {line}", capital(name)));
    }
    lines
}

/// A name of a day as it is written.
fn capital(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// What the shades mean, and how much the most is.
pub(super) fn legend(weeks: &[Week], room: usize, look: Look) -> Vec<String> {
    let shades = if look.ascii { ASCII_SHADES } else { SHADES };
    let mut says: Vec<String> = std::iter::zip(shades, ["to 25 %", "50 %", "75 %", "100 %"])
        .map(|(shade, part)| format!("{shade} {part}"))
        .collect();
    let most = weeks
        .iter()
        .map(|week| format!("{} {}", thousands(most(week)), week.name));
    let most: Vec<String> = most.collect();
    says.push(format!("of the most in an hour: {}", most.join(", ")));
    let dim = |line: String| look.painted(&line, Paint::Dim);
    wrapped(&says.join(" "), room)
        .into_iter()
        .map(dim)
        .collect()
}

fn most(week: &Week) -> u64 {
    week.counts.iter().flatten().copied().max().unwrap_or(0)
}

/// The heading of a map.
fn hours(letters: usize) -> String {
    let every = 6 / letters;
    let mut line = " ".repeat(5);
    for hour in (0..24).step_by(every) {
        let label = format!("{hour:02}");
        line.push_str(&label);
        line.push_str(&" ".repeat(every * letters - width(&label)));
    }
    line.trim_end().to_owned()
}

/// What a number means by the name of its column or fact.
pub(super) fn meaning(name: &str) -> Paint {
    match name {
        "success" | "ok" | "logins_ok" | "verified" => Paint::Good,
        "critical" | "high" => Paint::Bad,
        "reused" | "medium" => Paint::Warning,
        name if name.contains("fail") => Paint::Bad,
        _ => Paint::Plain,
    }
}

#[cfg(test)]
mod tests;
