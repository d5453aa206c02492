//! Cells in columns, never wider than there is room: where it is short, headings are broken between words first, then long
//! texts are; then the gaps get narrower; and when all of that is not enough, each row is told as a list.

use unicode_width::UnicodeWidthStr;

use super::look::{Look, Paint};

/// The most lines a cell takes.
const MOST_LINES: usize = 4;
/// Columns between two columns, and between them where there is little room.
const GAPS: [usize; 2] = [2, 1];
/// Texts are not made narrower than this, with each of these gaps.
const LEAST_TEXT: [usize; 2] = [8, 4];
/// Bars are as long as this, if there is room, and not shorter than that.
const BAR: std::ops::RangeInclusive<usize> = 6..=24;

/// Columns a text takes.
pub(super) fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// A cell.
#[derive(Clone, Debug, Default)]
pub(super) struct Cell {
    pub(super) text: String,
    /// Whether it stands to the right, as numbers do, and is not broken while something else can be.
    pub(super) right: bool,
    pub(super) paint: Paint,
}

/// Cells, and perhaps a bar behind them: which part of its whole length, from 0 to 1.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub(super) cells: Vec<Cell>,
    pub(super) bar: Option<(f64, Paint)>,
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
        let widths = self.widths(|cell| width(&cell.text));
        widths.iter().sum::<usize>() + GAPS[0] * widths.len().saturating_sub(1)
    }

    /// Its lines, painted, each with `indent` before it and none wider than `room`.
    pub(super) fn lines(&self, indent: &str, room: usize, look: Look) -> Vec<String> {
        let room = room.saturating_sub(indent.len()).max(1);
        let lines = match self.fitted(room) {
            Some((widths, gap)) => {
                let used = widths.iter().sum::<usize>() + gap * widths.len();
                let bar = room.saturating_sub(used).min(*BAR.end());
                let mut lines = self.headings(&widths, gap, look);
                for row in &self.rows {
                    lines.extend(row.lines(&widths, gap, bar, look));
                }
                lines
            }
            None => self.list(room, look),
        };
        lines
            .into_iter()
            .map(|line| format!("{indent}{line}"))
            .collect()
    }

    fn cells(&self) -> impl Iterator<Item = &Vec<Cell>> {
        self.rows.iter().map(|row| &row.cells)
    }

    /// The largest of some measure in each column.
    fn widths(&self, of: impl Fn(&Cell) -> usize) -> Vec<usize> {
        let mut widths = Vec::new();
        for row in self.cells().chain([&self.header]) {
            for (index, cell) in row.iter().enumerate() {
                if index == widths.len() {
                    widths.push(0);
                }
                widths[index] = of(cell).max(widths[index]);
            }
        }
        widths
    }

    /// How wide each column is, and the gaps; `None` if they do not fit side by side.
    fn fitted(&self, room: usize) -> Option<(Vec<usize>, usize)> {
        let natural = self.widths(|cell| width(&cell.text));
        if self.natural() <= room {
            return Some((natural, GAPS[0]));
        }
        // Numbers whole, headings by words, and texts as wide as they are.
        let header: Vec<usize> = self
            .header
            .iter()
            .map(|cell| longest_word(&cell.text))
            .collect();
        let body = Grid {
            header: Vec::new(),
            rows: self.rows.clone(),
        };
        let body_widths = body.widths(|cell| width(&cell.text));
        let numbers = body.widths(|cell| if cell.right { width(&cell.text) } else { 0 });
        for (gap, least) in GAPS.into_iter().zip(LEAST_TEXT) {
            let free = room.checked_sub(gap * natural.len().saturating_sub(1))?;
            let limited = |most: usize| -> Vec<usize> {
                let columns = body_widths.iter().zip(&numbers).enumerate();
                columns
                    .map(|(index, (body, number))| {
                        let heading = header.get(index).copied().unwrap_or(0);
                        let heading = if gap == 1 {
                            heading.min(least)
                        } else {
                            heading
                        };
                        (*number).max((*body).min(most)).max(heading).max(1)
                    })
                    .collect()
            };
            let widest = body_widths.iter().copied().max().unwrap_or(0).max(least);
            let fits = |most: &usize| limited(*most).iter().sum::<usize>() <= free;
            if let Some(most) = (least..=widest).rev().find(fits) {
                let mut widths = limited(most);
                let mut left = free - widths.iter().sum::<usize>();
                for (width, natural) in widths.iter_mut().zip(&natural) {
                    let more = natural.saturating_sub(*width).min(left);
                    *width += more;
                    left -= more;
                }
                return Some((widths, gap));
            }
        }
        None
    }

    fn headings(&self, widths: &[usize], gap: usize, look: Look) -> Vec<String> {
        if self.header.is_empty() {
            return Vec::new();
        }
        let header = Row {
            cells: self.header.clone(),
            bar: None,
        };
        header.lines(widths, gap, 0, look)
    }

    /// Each row as a list of what is in it, by the names of the columns.
    fn list(&self, room: usize, look: Look) -> Vec<String> {
        let mut lines = Vec::new();
        for row in &self.rows {
            for (index, cell) in row.cells.iter().enumerate() {
                let heading = self.header.get(index).filter(|_| row.cells.len() > 1);
                let name = heading.map_or(String::new(), |name| format!("{}: ", name.text));
                let start = if index == 0 { "" } else { " " };
                let mut pieces = wrapped(
                    &format!("{name}{}", cell.text),
                    room.saturating_sub(1).max(1),
                );
                pieces.truncate(MOST_LINES);
                for piece in pieces {
                    let start = if room > 1 { start } else { "" };
                    lines.push(format!("{start}{}", look.painted(&piece, cell.paint)));
                }
            }
        }
        lines
    }
}

impl Row {
    /// Its lines: cells side by side, then the bar.
    fn lines(&self, widths: &[usize], gap: usize, bar: usize, look: Look) -> Vec<String> {
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
        lines
    }
}

fn longest_word(text: &str) -> usize {
    text.split(' ').map(width).max().unwrap_or(0)
}

/// The first lines; the last of them says if there are more.
fn shortened(mut lines: Vec<String>, room: usize, look: Look) -> Vec<String> {
    if lines.len() > MOST_LINES {
        lines.truncate(MOST_LINES);
        if let Some(last) = lines.last_mut() {
            let more = look.letters("…".to_owned());
            let (more, _) = split(&more, room);
            let (start, _) = split(last, room - width(more));
            *last = format!("{start}{more}");
        }
    }
    lines
}

/// Text in lines no wider than `room`: broken between words where that is possible, else anywhere.
pub(super) fn wrapped(text: &str, room: usize) -> Vec<String> {
    let room = room.max(1);
    if width(text) <= room {
        return vec![text.to_owned()];
    }
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in text.split(' ') {
        if !line.is_empty() && width(&line) + 1 + width(word) <= room {
            line.push(' ');
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        let mut rest = word;
        while width(rest) > room {
            let (start, end) = split(rest, room);
            if start.is_empty() {
                // Wider than all the room there is.
                let mut characters = rest.chars();
                characters.next();
                lines.push("?".to_owned());
                rest = characters.as_str();
            } else {
                lines.push(start.to_owned());
                rest = end;
            }
        }
        line.push_str(rest);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// As much of the text as there is room for, and the rest.
fn split(text: &str, room: usize) -> (&str, &str) {
    let mut end = 0;
    for (at, character) in text.char_indices() {
        let next = at + character.len_utf8();
        if width(&text[..next]) > room {
            break;
        }
        end = next;
    }
    text.split_at(end)
}

#[cfg(test)]
mod tests;
