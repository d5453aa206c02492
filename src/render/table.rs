//! Answers for people: what matters first, then tables with numbers to the right and thousands marked, never wider than the
//! terminal. On a terminal ([`Look`](super::Look)) bars, lines and maps stand beside the numbers, and colours by what they
//! mean.

mod beside;
mod grid;
mod times;

use std::io;

use super::chart::{self, week};
use super::draw;
use super::headline::{Headline, Piece, Tone, headlines};
use super::human::{basis, human, words};
use super::layout::{Cell, Grid, Row, width, wrapped};
use super::look::{Look, Paint};
use super::select::{each, fact};
use super::summary::Summary;
use super::{Selected, Style, plain};
use crate::document::{Document, Section, Table, Value};
use beside::beside;

/// A blank at which lines are not broken (U+00A0); it is a common one when it is written.
const BOUND: char = '\u{a0}';
/// The fact that is a sentence.
const SUMMARY: &str = "summary";
/// Terminals narrower than this have no room for indents.
const INDENTED: u16 = 40;
/// Terminals at least this wide have parts of a report side by side: two columns of what 80 have room for.
const BESIDE: usize = 160;
/// Texts wider than this stand beside the numbers, not among them.
const LONG: usize = 12;
/// Terminals at least this wide have questions and answers side by side.
const SIDE_BY_SIDE: usize = 76;

/// Writes the whole document.
pub(super) fn document(
    document: &Document,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let brief = document.reports.len() > 1;
    let mut page = Page { style, out, brief };
    let summary = Summary::of(document);
    if let Some(interrupted) = summary.interrupted {
        page.sentence(interrupted, Paint::Warning)?;
    }
    for section in &document.reports {
        if let Some(summary) = fact(section, SUMMARY) {
            page.sentence(&human(summary), Paint::Plain)?;
        }
    }
    page.headlines(&headlines(document))?;
    page.pieces(&summary.window, " ")?;
    page.pieces(&summary.counts, ", ")?;
    for section in &document.reports {
        page.section(document, section)?;
    }
    page.account(&document.input)
}

/// Writes tables, and values alone.
pub(super) fn selection(
    selected: &[(&str, Selected<'_>)],
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    each(selected, out, plain::value, |table, out| {
        let brief = false;
        Page { style, out, brief }.table(table, &all_columns(table), "")
    })
}

/// Where it is written, and how.
struct Page<'a> {
    style: &'a Style,
    out: &'a mut dyn io::Write,
    /// Whether it is one of several reports that people look through.
    brief: bool,
}

impl Page<'_> {
    fn room(&self) -> usize {
        usize::from(self.style.width).max(1)
    }

    fn indent(&self) -> &'static str {
        if self.style.width < INDENTED {
            ""
        } else {
            "  "
        }
    }

    /// Text on as many lines as it needs.
    fn sentence(&mut self, text: &str, paint: Paint) -> io::Result<()> {
        let look = self.style.look;
        for line in wrapped(&look.letters(text.to_owned()), self.room()) {
            writeln!(self.out, "{}", look.painted(&line, paint))?;
        }
        Ok(())
    }

    fn heading(&mut self, text: &str, indent: &str) -> io::Result<()> {
        writeln!(self.out)?;
        self.title(text, indent)
    }

    fn title(&mut self, text: &str, indent: &str) -> io::Result<()> {
        let look = self.style.look;
        let room = self.room().saturating_sub(indent.len());
        for line in wrapped(&look.letters(text.to_owned()), room) {
            let paint = if indent.is_empty() {
                Paint::Heading
            } else {
                Paint::Strong
            };
            writeln!(self.out, "{indent}{}", look.painted(&line, paint))?;
        }
        Ok(())
    }

    /// Pieces between which lines may be broken; what is wider than a line is broken anywhere.
    fn pieces(&mut self, pieces: &[String], between: &str) -> io::Result<()> {
        let mut line = String::new();
        for piece in pieces {
            let longer = width(&line) + width(between) + width(piece);
            if !line.is_empty() && longer > self.room() {
                let done = std::mem::take(&mut line);
                self.sentence(format!("{done}{between}").trim_end(), Paint::Dim)?;
            } else if !line.is_empty() {
                line.push_str(between);
            }
            line.push_str(piece);
        }
        self.sentence(&line, Paint::Dim)
    }

    /// What matters first.
    fn headlines(&mut self, headlines: &[Headline]) -> io::Result<()> {
        if headlines.is_empty() {
            return Ok(());
        }
        let look = self.style.look;
        let questions = headlines.iter().map(|headline| width(headline.question));
        let column = questions.max().unwrap_or(0) + 2;
        for headline in headlines {
            let paint = match headline.tone {
                Tone::Good => Paint::Good,
                Tone::Bad => Paint::Bad,
                Tone::Neutral => Paint::Plain,
                Tone::Unknown => Paint::Dim,
            };
            let sign = look.painted(&look.letters(headline.tone.sign().to_string()), paint);
            let answer = answered(&headline.answer, look);
            let indent = if self.room() < SIDE_BY_SIDE {
                self.sentence(headline.question, Paint::Heading)?;
                2.min(self.room() / 4)
            } else {
                column + 2
            };
            let lines = wrapped(&answer, self.room().saturating_sub(indent));
            for (at, line) in lines.iter().enumerate() {
                let line = &line.replace(BOUND, " ");
                let before = match at {
                    0 if indent < 2 => String::new(),
                    0 if indent == 2 => format!("{sign} "),
                    0 => {
                        let question = look.painted(headline.question, Paint::Heading);
                        let blanks = column - width(headline.question);
                        format!("{question}{:blanks$}{sign} ", "")
                    }
                    _ => " ".repeat(indent),
                };
                let text = match headline.tone {
                    Tone::Bad => look.painted(line, Paint::Strong),
                    _ => line.clone(),
                };
                writeln!(self.out, "{before}{text}")?;
            }
        }
        writeln!(self.out)
    }

    /// A title, then its parts: below each other, or beside each other where there is much room.
    fn section(&mut self, document: &Document, section: &Section) -> io::Result<()> {
        self.heading(section.title, "")?;
        let mut blocks = vec![self.block(|page| page.facts(section))?];
        let drawn = self.style.look.drawn;
        let indent = self.indent();
        if let Some(series) =
            chart::series(document).filter(|_| drawn && section.name == "timeline")
        {
            let room = self.room() - indent.len();
            let lines = draw::series(&series, room, self.style.look);
            blocks.push(self.block(|page| {
                if !lines.is_empty() {
                    page.title("over time", indent)?;
                }
                page.lines(&lines, indent)
            })?);
        }
        let mut weeks = Vec::new();
        for table in section.tables.iter().filter(|table| !table.rows.is_empty()) {
            let map = week(table).filter(|_| drawn);
            let map = map.and_then(|week| {
                let lines = draw::week(&week, self.room() - indent.len(), self.style.look);
                (!lines.is_empty()).then_some((week, lines))
            });
            blocks.push(self.block(|page| {
                page.title(&words(table.name), indent)?;
                match &map {
                    Some((_, lines)) => page.lines(lines, indent),
                    None => page.table(table, &all_columns(table), indent),
                }
            })?);
            weeks.extend(map.map(|(week, _)| week));
        }
        if !weeks.is_empty() {
            let legend = draw::legend(&weeks, self.room() - indent.len(), self.style.look);
            blocks.push(self.block(|page| page.lines(&legend, indent))?);
        }
        let room = match self.room() {
            room if drawn && room >= BESIDE => room,
            _ => 1,
        };
        let lines = beside(blocks, room);
        // Facts follow their title.
        let facts = usize::from(!section.facts.is_empty());
        self.lines(&lines[facts.min(lines.len())..], "")
    }

    /// What would be written, line by line.
    fn block(
        &self,
        write: impl FnOnce(&mut Page<'_>) -> io::Result<()>,
    ) -> io::Result<Vec<String>> {
        let mut out = Vec::new();
        write(&mut Page {
            style: self.style,
            out: &mut out,
            brief: self.brief,
        })?;
        let text = String::from_utf8_lossy(&out);
        Ok(text.lines().map(str::to_owned).collect())
    }

    fn lines(&mut self, lines: &[String], indent: &str) -> io::Result<()> {
        for line in lines {
            writeln!(self.out, "{indent}{line}")?;
        }
        Ok(())
    }

    /// Numbers below each other, and behind or below each what it is made of; texts stand where that does.
    fn facts(&mut self, section: &Section) -> io::Result<()> {
        let look = self.style.look;
        let cell = |text: String, right, paint| Cell::new(look.letters(text), right, paint);
        let mut grid = Grid::default();
        for fact in section.facts.iter().filter(|fact| fact.name != SUMMARY) {
            let paint = match draw::meaning(fact.name) {
                _ if grid::is_nothing(&fact.value) => Paint::Dim,
                Paint::Plain => Paint::Strong,
                paint => paint,
            };
            let told = human(&fact.value);
            let is_long = matches!(fact.value, Value::Text(_)) && width(&told) > LONG;
            let (value, beside) = match is_long {
                true => (String::new(), cell(told, false, paint)),
                false => (told, cell(basis(&fact.value), false, Paint::Dim)),
            };
            let name = cell(words(fact.name), false, Paint::Plain);
            grid.rows.push(Row {
                cells: vec![name, cell(value, true, paint), beside],
                ..Row::default()
            });
        }
        if grid.natural() > self.room() - self.indent().len() {
            for row in &mut grid.rows {
                let beside = row.cells.pop().unwrap_or_default();
                row.note = beside.into_text();
            }
        }
        let lines = grid.lines(self.indent(), self.room(), look);
        self.lines(&lines, "")
    }

    /// Which input holds what, and what was refused, where there is something to tell.
    fn account(&mut self, input: &Section) -> io::Result<()> {
        let table = |name| input.tables.iter().find(|table| table.name == name);
        let several = table("inputs").filter(|table| table.rows.len() > 1);
        let refused = table("rejected").filter(|table| !table.rows.is_empty());
        if several.is_some() || refused.is_some() {
            self.heading(input.title, "")?;
        }
        let indent = self.indent();
        for table in several.into_iter().chain(refused) {
            let says_something = |column: &usize| {
                let nothing = |value: &Value| matches!(value, Value::Missing | Value::Count(0));
                table.rows.iter().any(|row| !nothing(&row[*column]))
            };
            let columns = all_columns(table).into_iter().filter(says_something);
            let columns: Vec<usize> = columns.collect();
            self.heading(&words(table.name), indent)?;
            self.table(table, &columns, indent)?;
        }
        Ok(())
    }

    /// Writes some columns of a table.
    fn table(&mut self, table: &Table, columns: &[usize], indent: &str) -> io::Result<()> {
        let look = self.style.look;
        let told = grid::of(
            table,
            columns,
            self.style,
            self.room().saturating_sub(indent.len()),
            self.brief,
        );
        if told.earlier > 0 {
            let says = format!("{indent}{}", grid::earlier(told.earlier));
            self.sentence(&says, Paint::Dim)?;
        }
        let lines = told.grid.lines(indent, self.room(), look);
        self.lines(&lines, "")?;
        match told.left_out {
            0 => Ok(()),
            rows => self.sentence(
                &format!("{indent}{}", super::excerpt::more(rows)),
                Paint::Dim,
            ),
        }
    }
}

/// An answer in which lines are not broken inside of numbers and before numbers that belong to a name.
fn answered(answer: &[Piece], look: Look) -> String {
    let bound = |text: String| text.replace(' ', &BOUND.to_string());
    let told = answer.iter().map(|piece| match piece {
        Piece::Words(" ") => BOUND.to_string(),
        Piece::Words(words) => look.letters((*words).to_owned()),
        Piece::Value(value @ Value::Text(_)) => {
            let text = look.letters(human(value));
            look.isolated(&text).into_owned()
        }
        Piece::Value(value) => bound(look.letters(human(value))),
    });
    told.collect()
}

fn all_columns(table: &Table) -> Vec<usize> {
    (0..table.columns.len()).collect()
}
