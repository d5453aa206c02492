//! What happened in the last minute, hour and day, and what fails.

use std::time::Duration;

use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};

use super::draw::Ink;
use super::{Moment, Recent};
use crate::document::Value;
use crate::event::Visible;
use crate::live::watch::Counts;
use crate::live::watch::alarm::percent;
use crate::render::thousands;

/// A column: its heading, its width, and what it says of so many seconds.
struct Column {
    name: &'static str,
    width: usize,
    /// Columns with a higher one go first where there is no room.
    rank: u8,
    tell: fn(Counts, u32) -> String,
    is_bad: fn(Counts) -> bool,
}

const COLUMNS: [Column; 7] = [
    column("events", 12, 0, |counts, _| thousands(counts.events)),
    column("per s", 9, 4, pace),
    column("logins ok", 11, 3, |counts, _| thousands(counts.logins_ok)),
    Column {
        is_bad: |counts| counts.logins_failed > 0,
        ..column("failed", 9, 2, |counts, _| thousands(counts.logins_failed))
    },
    column("ok", 9, 1, |counts, _| percent(&share(counts))),
    column("refreshes", 11, 6, |counts, _| thousands(counts.refreshes)),
    Column {
        is_bad: |counts| counts.failures > 0,
        ..column("failures", 10, 5, |counts, _| thousands(counts.failures))
    },
];

const fn column(
    name: &'static str,
    width: usize,
    rank: u8,
    tell: fn(Counts, u32) -> String,
) -> Column {
    Column {
        name,
        width,
        rank,
        tell,
        is_bad: |_| false,
    }
}

/// Of logins, those that succeeded.
fn share(counts: Counts) -> Value {
    Value::Ratio {
        part: counts.logins_ok,
        whole: counts.logins(),
    }
}

fn pace(counts: Counts, seconds: u32) -> String {
    let pace = Value::Pace {
        count: counts.events,
        elapsed: Duration::from_secs(seconds.into()),
        unit: Duration::from_secs(1),
    };
    match pace.rate() {
        Some(rate) if rate >= 100.0 => thousands(rate.round() as u64),
        Some(rate) => format!("{rate:.2}"),
        None => "n/a".to_owned(),
    }
}

/// A heading and a line for each stretch of time, as wide as there is room.
pub(super) fn rates(moment: &Moment, ink: Ink, width: u16) -> Vec<Line<'static>> {
    let columns = fitting(usize::from(width).saturating_sub(8));
    let heading = columns
        .iter()
        .map(|column| format!("{:>1$}", column.name, column.width));
    let heading = format!(" {:<7}{}", "last", heading.collect::<String>());
    let mut lines = vec![Line::styled(heading, ink.dim())];
    for (name, seconds) in [("minute", 60), ("hour", 3600), ("day", 86_400)] {
        let counts = moment.recent.last(moment.now, seconds);
        let mut spans = vec![Span::raw(format!(" {name:<7}"))];
        spans.extend(columns.iter().map(|column| {
            let text = (column.tell)(counts, seconds);
            let style = match (column.is_bad)(counts) {
                true => ink.of(Color::Red),
                false => Style::new(),
            };
            Span::styled(format!("{text:>0$}", column.width), style)
        }));
        lines.push(Line::from(spans));
    }
    lines
}

/// The columns there is room for, in their order.
fn fitting(room: usize) -> Vec<&'static Column> {
    let fits = |rank: u8| {
        let kept = COLUMNS.iter().filter(|column| column.rank <= rank);
        kept.map(|column| column.width).sum::<usize>() <= room
    };
    let rank = (0..COLUMNS.len() as u8).rev().find(|rank| fits(*rank));
    COLUMNS
        .iter()
        .filter(|column| column.rank <= rank.unwrap_or(0))
        .collect()
}

/// The reasons of most failures, with a bar each.
pub(super) fn reasons(
    recent: &Recent,
    moment: &Moment,
    ink: Ink,
    (width, rows): (u16, u16),
) -> Vec<Line<'static>> {
    let reasons = recent.reasons(moment.now);
    let Some((_, most)) = reasons.first() else {
        return vec![Line::styled(" nothing failed", ink.dim())];
    };
    let bar = if width >= 60 { 16 } else { 0 };
    let reasons = reasons.iter().take(rows.into());
    reasons
        .map(|(reason, count)| {
            let filled = (count * bar).div_ceil(*most) as usize;
            let empty = bar as usize - filled;
            Line::from(vec![
                Span::raw(format!(" {:>9} ", thousands(*count))),
                Span::styled("■".repeat(filled), ink.of(Color::Red)),
                Span::raw(format!("{:empty$} {}", "", Visible(reason))),
            ])
        })
        .collect()
}
