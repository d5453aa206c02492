//! The newest events, a line each.

use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};

use super::draw::{Ink, clock};
use super::keys::View;
use super::{Moment, Settings};
use crate::event::{Outcome, Visible};
use crate::live::watch::Row;
use crate::render::width;

/// Above the list: which events it has.
pub(super) fn title(view: &View) -> String {
    match (&view.writing, &view.refused) {
        (Some(words), None) => format!("List only: {}_", Visible(words)),
        (Some(words), Some(why)) => format!("List only: {}_ ▲ {}", Visible(words), Visible(why)),
        (None, _) if view.filter.is_empty() => "Newest events".to_owned(),
        (None, _) => format!("Newest events: {}", Visible(&view.filter)),
    }
}

/// So many rows of the list.
pub(super) fn events(
    moment: &Moment,
    view: &View,
    settings: &Settings<'_>,
    (columns, rows): (u16, u16),
) -> Vec<Line<'static>> {
    let ink = Ink::of_settings(settings);
    let listed: Vec<&Row> = moment.recent.listed().collect();
    // Nobody scrolls past the last one.
    let past = view.scroll.min(listed.len().saturating_sub(rows.into()));
    let lines = listed.iter().skip(past).take(rows.into());
    let lines: Vec<Line<'_>> = lines
        .map(|row| event(row, ink, settings, columns.into()))
        .collect();
    match lines.is_empty() {
        true => vec![Line::styled(" none", ink.dim())],
        false => lines,
    }
}

fn event(row: &Row, ink: Ink, settings: &Settings<'_>, columns: usize) -> Line<'static> {
    let (sign, style) = of_outcome(row.outcome, ink);
    // What is least needed goes where there is no room.
    let (name, who, ip, client) = match columns {
        0..70 => (16, 0, 0, 0),
        70..90 => (19, 20, 0, 0),
        90..130 => (19, 20, 15, 0),
        _ => (24, 28, 24, 16),
    };
    let who_said = row.user.as_ref().or(row.email.as_ref());
    let mut spans = vec![
        Span::styled(format!(" {} ", clock(settings.zone, row.time)), ink.dim()),
        Span::styled(format!("{sign} "), style),
        Span::raw(padded(&row.name, name)),
    ];
    let beside = [
        (who_said, who),
        (row.ip.as_ref(), ip),
        (row.client.as_ref(), client),
    ];
    for (text, columns) in beside {
        if columns > 0 {
            let text = text.map_or("–", String::as_str);
            spans.push(Span::styled(padded(text, columns), ink.dim()));
        }
    }
    let reason = row.reason.as_deref().unwrap_or_default();
    spans.push(Span::styled(Visible(reason).to_string(), style));
    Line::from(spans)
}

/// A sign says what a colour says.
fn of_outcome(outcome: Outcome, ink: Ink) -> (&'static str, Style) {
    match outcome {
        Outcome::Success => ("✓", ink.of(Color::Green)),
        Outcome::Failure => ("✗", ink.of(Color::Red)),
        Outcome::Unknown => ("·", Style::new()),
    }
}

/// A text of the log, cut or filled to so many columns, and one that is empty.
fn padded(text: &str, columns: usize) -> String {
    let mut text = Visible(text).to_string();
    if width(&text) > columns {
        while width(&text) >= columns && text.pop().is_some() {}
        text.push('…');
    }
    let missing = columns.saturating_sub(width(&text));
    format!("{text}{:missing$} ", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_as_wide_as_it_is_said_to_be() {
        for text in [
            "",
            "a",
            "abcdefgh",
            "漢字漢字漢字",
            "\x1b[31m",
            "محمد السلام",
            "سلام",
            "e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e",
        ] {
            assert_eq!(width(&padded(text, 6)), 7, "{text:?}");
        }
        assert_eq!(padded("abcdefgh", 6), "abcde… ");
    }
}
