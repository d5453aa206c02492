//! Cells in columns, never wider than there is room: where it is short, headings are broken between words first, then long
//! texts are, and then the gaps get narrower. Where a word or a number would have to be broken, or where it takes fewer lines,
//! each row is told as a list.

mod text;

use std::collections::BTreeSet;

use super::look::{Look, Paint};
pub(crate) use text::width;
pub(super) use text::wrapped;
use text::{Measure, longest_word, shortened};

/// Columns between two columns, and between them where there is little room.
const GAPS: [usize; 2] = [2, 1];
/// Bars are as long as this, if there is room, and not shorter than that.
const BAR: std::ops::RangeInclusive<usize> = 6..=24;
/// As many rows tell how wide columns should be.
const LOOKED_AT: usize = 20;
/// Rows are told as a list where they take more lines side by side than so many lists: columns are easier to look through.
const LIST: f64 = 1.25;
/// What stands before the second line of a list, and a note, and the least room for that.
const FURTHER: (&str, usize) = ("  ", 12);

/// A cell.
#[derive(Clone, Debug, Default)]
pub(super) struct Cell {
    text: String,
    /// Columns the text takes: measured once.
    wide: usize,
    /// Whether it stands to the right, as numbers do, and is never broken.
    right: bool,
    paint: Paint,
    /// Whether it says that there is nothing: a list leaves it out.
    pub(super) absent: bool,
    /// Whether it is understood without the name of its column, as a time is.
    pub(super) evident: bool,
}

impl Cell {
    pub(super) fn new(text: String, right: bool, paint: Paint) -> Cell {
        Cell {
            wide: width(&text),
            text,
            right,
            paint,
            ..Cell::default()
        }
    }

    /// The text alone.
    pub(super) fn into_text(self) -> String {
        self.text
    }
}

/// Cells, and perhaps a bar behind them: which part of its whole length, from 0 to 1.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub(super) cells: Vec<Cell>,
    pub(super) bar: Option<(f64, Paint)>,
    /// What is said below it, if anything.
    pub(super) note: String,
}

/// Rows of cells under a heading.
#[derive(Debug, Default)]
pub(super) struct Grid {
    /// Empty, or as long as the rows.
    pub(super) header: Vec<Cell>,
    pub(super) rows: Vec<Row>,
}

impl Grid {
    /// Columns it takes if nothing is broken, bars left out.
    pub(super) fn natural(&self) -> usize {
        self.takes(|cell| cell.wide)
    }

    /// Columns it takes if nothing is broken but headings, between words.
    pub(super) fn snug(&self) -> usize {
        self.takes(|cell| longest_word(&cell.text))
    }

    fn takes(&self, heading: impl Fn(&Cell) -> usize) -> usize {
        let widths = self.widths(|cell| cell.wide, heading);
        widths.iter().sum::<usize>() + GAPS[0] * widths.len().saturating_sub(1)
    }

    /// Its lines, painted, each with `indent` before it and none wider than `room`.
    pub(super) fn lines(&self, indent: &str, room: usize, look: Look) -> Vec<String> {
        let room = room.saturating_sub(indent.len()).max(1);
        let lines = match self.fitted(room) {
            Some(columns) => {
                let rows: Vec<String> = self
                    .rows
                    .iter()
                    .flat_map(|row| row.lines(&columns, room, look))
                    .collect();
                let list = (rows.len() > self.rows.len()).then(|| self.list(room, look));
                match list.filter(|list| LIST * (list.len() as f64) < rows.len() as f64) {
                    Some(list) => list,
                    None => {
                        let header = Row {
                            cells: self.header.clone(),
                            ..Row::default()
                        };
                        let mut lines = header.lines(&columns, room, look);
                        lines.extend(rows);
                        lines
                    }
                }
            }
            None => self.list(room, look),
        };
        lines
            .into_iter()
            .map(|line| format!("{indent}{line}"))
            .collect()
    }

    /// The largest of some measure in each column.
    fn widths(
        &self,
        body: impl Fn(&Cell) -> usize,
        heading: impl Fn(&Cell) -> usize,
    ) -> Vec<usize> {
        let mut widths: Vec<usize> = self.header.iter().map(heading).collect();
        for row in &self.rows {
            for (index, cell) in row.cells.iter().enumerate() {
                if index == widths.len() {
                    widths.push(0);
                }
                widths[index] = body(cell).max(widths[index]);
            }
        }
        widths
    }

    /// How wide each column is, and the gaps; `None` if they do not fit side by side.
    fn fitted(&self, room: usize) -> Option<Columns> {
        let natural = self.widths(|cell| cell.wide, |cell| cell.wide);
        if self.natural() <= room {
            return Some(Columns {
                widths: natural,
                gap: GAPS[0],
            });
        }
        // Numbers whole, headings by words, and texts so that nothing is broken that is better whole.
        let rows = std::iter::once(&self.header).chain(self.rows.iter().map(|row| &row.cells));
        let rows: Vec<&Vec<Cell>> = rows.collect();
        let texts = |column: usize| -> Vec<Measure> {
            let cells = rows.iter().filter_map(|cells| cells.get(column));
            let cells = cells.filter(|cell| !cell.right);
            cells.map(|cell| Measure::of(&cell.text)).collect()
        };
        let texts: Vec<Vec<Measure>> = (0..natural.len()).map(texts).collect();
        let numbers = |cell: &Cell| if cell.right { cell.wide } else { 0 };
        let mut least = self.widths(numbers, |cell| longest_word(&cell.text));
        for (least, texts) in least.iter_mut().zip(&texts) {
            let widest = texts.iter().map(Measure::least).max();
            *least = widest.unwrap_or(0).max(*least);
        }
        GAPS.into_iter().find_map(|gap| {
            let gaps = gap * natural.len().saturating_sub(1);
            let left = room.checked_sub(gaps + least.iter().sum::<usize>())?;
            let widths = widened(least.clone(), &texts, left);
            Some(Columns { widths, gap })
        })
    }

    /// Each row as a list of what is in it, by the names of the columns.
    fn list(&self, room: usize, look: Look) -> Vec<String> {
        let mut lines = Vec::new();
        for row in &self.rows {
            let said = row.cells.iter().enumerate();
            let said =
                said.filter(|(index, cell)| *index == 0 || !(cell.absent || cell.text.is_empty()));
            let mut list = List::new(room, look);
            for (index, cell) in said {
                let heading = self.header.get(index).filter(|_| row.cells.len() > 1);
                // What a row is about needs no name, unless it is a number; and it is where the eye finds the next row.
                let is_key = index == 0 && (cell.evident || !cell.right);
                let heading = heading.filter(|_| !is_key);
                let name = heading.map_or(String::new(), |name| format!("{}: ", name.text));
                let paint = match (cell.paint, heading) {
                    (Paint::Plain, None) if !self.header.is_empty() => Paint::Strong,
                    (paint, _) => paint,
                };
                list.push(&name, &cell.text, paint);
            }
            lines.extend(list.lines());
            lines.extend(row.note(room, look));
        }
        lines
    }
}

/// Gives what room is left to the columns where it saves most lines.
fn widened(mut widths: Vec<usize>, texts: &[Vec<Measure>], mut left: usize) -> Vec<usize> {
    let looked_at = |column: usize| texts[column].iter().take(LOOKED_AT);
    let lines = |column, room| -> usize { looked_at(column).map(|text| text.lines(room)).sum() };
    loop {
        let mut best = (0.0, 0, 0);
        for (column, now) in widths.iter().enumerate() {
            // Texts on one line, on two, on three.
            let wider = looked_at(column)
                .flat_map(|text| [text.whole, text.whole / 2 + 2, text.whole / 3 + 2]);
            let wider: BTreeSet<usize> = wider
                .filter(|wide| wide > now && wide - now <= left)
                .collect();
            let before = if wider.is_empty() {
                0
            } else {
                lines(column, *now)
            };
            for wide in wider {
                let saved = before.saturating_sub(lines(column, wide));
                let gain = saved as f64 / (wide - now) as f64;
                if gain > best.0 {
                    best = (gain, column, wide);
                }
            }
        }
        let (gain, column, wide) = best;
        if gain == 0.0 {
            break;
        }
        left -= wide - widths[column];
        widths[column] = wide;
    }
    for (now, texts) in widths.iter_mut().zip(texts) {
        let widest = texts.iter().map(|text| text.whole).max();
        let more = widest.unwrap_or(0).saturating_sub(*now).min(left);
        *now += more;
        left -= more;
    }
    widths
}

/// How wide columns are, and the gaps between them.
struct Columns {
    widths: Vec<usize>,
    gap: usize,
}

impl Row {
    /// Its lines: cells side by side, then the bar; below, the note.
    fn lines(&self, columns: &Columns, room: usize, look: Look) -> Vec<String> {
        let Columns { widths, gap } = columns;
        let used = widths.iter().sum::<usize>() + gap * widths.len();
        let bar = room.saturating_sub(used).min(*BAR.end());
        let cells = self.cells.iter().zip(widths);
        let broken: Vec<Vec<String>> = cells
            .map(|(cell, width)| shortened(wrapped(&cell.text, *width), *width, look))
            .collect();
        let height = broken.iter().map(Vec::len).max().unwrap_or(0);
        let mut lines = Vec::new();
        for at in 0..height {
            let mut line = String::new();
            // Blanks are written when something follows them.
            let mut blanks = 0;
            for ((cell, pieces), column) in self.cells.iter().zip(&broken).zip(widths) {
                let text = pieces.get(at).map_or("", String::as_str);
                let free = column.saturating_sub(width(text));
                let (before, after) = if cell.right { (free, 0) } else { (0, free) };
                if !text.is_empty() {
                    line.extend(std::iter::repeat_n(' ', blanks + before));
                    line.push_str(&look.painted(text, cell.paint));
                    blanks = 0;
                } else {
                    blanks += before;
                }
                blanks += after + gap;
            }
            if let Some((part, paint)) = self.bar.filter(|_| at == 0 && bar >= *BAR.start()) {
                let text = super::draw::bar(part, bar, look);
                if !text.is_empty() {
                    line.extend(std::iter::repeat_n(' ', blanks));
                    line.push_str(&look.painted(&text, paint));
                }
            }
            lines.push(line);
        }
        lines.extend(self.note(room, look));
        lines
    }

    fn note(&self, room: usize, look: Look) -> Vec<String> {
        if self.note.is_empty() {
            return Vec::new();
        }
        let indent = further(room);
        wrapped(&self.note, room - indent.len())
            .iter()
            .map(|line| format!("{indent}{}", look.painted(line, Paint::Dim)))
            .collect()
    }
}

/// What stands before lines that go on with something.
fn further(room: usize) -> &'static str {
    match FURTHER {
        (indent, least) if room >= least => indent,
        _ => "",
    }
}

/// Names and values one after another, in as few lines as they need.
struct List {
    room: usize,
    look: Look,
    lines: Vec<String>,
    line: String,
    /// Columns the line takes.
    taken: usize,
}

impl List {
    fn new(room: usize, look: Look) -> List {
        List {
            room,
            look,
            lines: Vec::new(),
            line: String::new(),
            taken: 0,
        }
    }

    fn push(&mut self, name: &str, text: &str, paint: Paint) {
        let wide = width(name) + width(text);
        if self.taken > 0 && self.taken + GAPS[0] + wide > self.room {
            self.next();
        }
        if self.taken > 0 {
            self.add(&" ".repeat(GAPS[0]), Paint::Plain);
        } else if !self.lines.is_empty() {
            self.add(further(self.room), Paint::Plain);
        }
        let free = self.room - self.taken;
        if wide <= free {
            self.add(name, Paint::Dim);
            self.add(text, paint);
            return;
        }
        let pieces = shortened(wrapped(&format!("{name}{text}"), free), free, self.look);
        let last = pieces.len() - 1;
        let mut named = 0;
        for (at, piece) in pieces.iter().enumerate() {
            // The name is all of the first lines, or the start of one.
            let end = name.trim_end().len().saturating_sub(named).min(piece.len());
            let end = if piece.is_char_boundary(end) { end } else { 0 };
            let (of_name, of_text) = piece.split_at(end);
            named += piece.len() + 1;
            self.add(of_name, Paint::Dim);
            self.add(of_text, paint);
            if at < last {
                let indent = self.taken - width(piece);
                self.next();
                self.add(&" ".repeat(indent), Paint::Plain);
            }
        }
    }

    fn add(&mut self, text: &str, paint: Paint) {
        self.line.push_str(&self.look.painted(text, paint));
        self.taken += width(text);
    }

    fn next(&mut self) {
        self.lines.push(std::mem::take(&mut self.line));
        self.taken = 0;
    }

    fn lines(mut self) -> Vec<String> {
        if self.taken > 0 || self.lines.is_empty() {
            self.next();
        }
        self.lines
    }
}

#[cfg(test)]
mod tests;
