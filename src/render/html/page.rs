//! What stands where on a page.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::super::headline::{Headline, Piece, headlines};
use super::super::human::{human, thousands};
use super::super::select::fact;
use super::super::summary::Summary;
use super::room::Room;
use super::{SCRIPT, SCRIPT_HASH, SHEET, SHEET_HASH, Selected, charts, tables};
use crate::document::{Document, Section, Value};

/// A line's end, where a person who reads the source wants one.
pub(super) const BREAK: PreEscaped<&str> = PreEscaped("\n");

/// The page of a document, with as many rows of its tables as there is room for, and the document itself as JSON.
pub(super) fn document(document: &Document, data: Option<&str>, room: &Room) -> String {
    let summary = Summary::of(document);
    let drawn = charts::all(document);
    let sections = || document.reports.iter().chain([&document.input]);
    let body = html! {
        a.skip href="#content" { "Skip to the content" }
        (BREAK)
        header {
            h1 { "Authentication report" }
            @if let Some(interrupted) = summary.interrupted { p.warning { (interrupted) } }
            p { (summary.window.join(" ")) }
            p.quiet { (summary.counts.join(", ")) }
        }
        (BREAK)
        nav aria-label="Sections" {
            ul {
                @if !drawn.is_empty() { li { a href="#charts" { "Charts" } } }
                @for section in sections() { li { a href={ "#" (section.name) } { (section.title) } } }
            }
        }
        (BREAK)
        main #content tabindex="-1" {
            @if let Some(why) = nothing(&document.input) {
                p.panel.nothing { (why) }
            } @else {
                (answers(&headlines(document)))
            }
            @if !drawn.is_empty() {
                (BREAK)
                section #charts aria-labelledby="charts-title" {
                    h2 #charts-title { "Charts" }
                    (charts::patterns())
                    div.grid { @for chart in drawn { (BREAK) (chart) } }
                }
            }
            @for section in sections() { (BREAK) (of_section(section, room)) }
        }
        @if let Some(data) = data {
            (BREAK)
            script #document type="application/json" { (PreEscaped(data)) }
        }
    };
    page(&body)
}

/// A page of tables and values alone.
pub(super) fn selection(selected: &[(&str, Selected<'_>)], room: &Room) -> String {
    let body = html! {
        main #content {
            h1 { "Authentication report" }
            @for (name, selected) in selected {
                (BREAK)
                @match selected {
                    Selected::Value(value) => {
                        table.facts { tbody { (tables::fact(name, value)) } }
                    }
                    Selected::Table(table) => (tables::table(&name.replace('.', "-"), name, table, room.rows(table))),
                }
            }
        }
    };
    page(&body)
}

fn page(body: &Markup) -> String {
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{SHEET_HASH}'; script-src 'sha256-{SCRIPT_HASH}'; base-uri 'none'; \
         form-action 'none'"
    );
    let page = html! {
        (DOCTYPE) (BREAK)
        html lang="en" {
            (BREAK)
            head {
                meta charset="utf-8"; (BREAK)
                meta http-equiv="Content-Security-Policy" content=(policy); (BREAK)
                meta name="viewport" content="width=device-width, initial-scale=1"; (BREAK)
                meta name="color-scheme" content="light dark"; (BREAK)
                meta name="referrer" content="no-referrer"; (BREAK)
                title { "Authentication report" } (BREAK)
                style { (PreEscaped(SHEET)) } (BREAK)
            }
            (BREAK)
            body { (BREAK) (body) (BREAK) script { (PreEscaped(SCRIPT)) } (BREAK) }
            (BREAK)
        }
    };
    page.into_string() + "\n"
}

/// Why there is nothing to report, if there is nothing.
fn nothing(input: &Section) -> Option<String> {
    let count = |name| match fact(input, name) {
        Some(Value::Count(count)) => *count,
        _ => 0,
    };
    if !matches!(fact(input, "events"), Some(Value::Count(0))) {
        return None;
    }
    let (lines, filtered) = (count("lines"), count("filtered"));
    Some(match (lines, filtered) {
        (0, _) => "The input has no lines: there is nothing to report.".to_owned(),
        (_, 0) => format!(
            "No event is among the lines of the input ({}). What is wrong with them, authmeter check says of each.",
            thousands(lines)
        ),
        (_, filtered) => format!(
            "No event passes the filters; so many lines are outside of them: {}.",
            thousands(filtered)
        ),
    })
}

/// What matters first, as questions with their answers.
fn answers(headlines: &[Headline]) -> Markup {
    html! {
        @if !headlines.is_empty() {
            (BREAK)
            section #answers aria-labelledby="answers-title" {
                h2.unseen #answers-title { "What matters first" }
                dl {
                    @for headline in headlines {
                        (BREAK)
                        div.answer.(headline.tone.word()) {
                            dt { (headline.question) }
                            @if let Some((key, unit)) = key(headline) { dd.large aria-hidden="true" { (said(key)) (unit) } }
                            dd {
                                span.sign aria-hidden="true" { (headline.tone.sign()) }
                                span.unseen { (headline.tone.word()) ": " }
                                @for piece in &headline.answer { (said(piece)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What of an answer is seen from afar: its first share, how many times as much as usual, or what it names first; and
/// what to say behind it.
fn key(headline: &Headline) -> Option<(&Piece, &'static str)> {
    let pieces = || headline.answer.iter();
    let share = |piece: &&Piece| matches!(piece, Piece::Value(Value::Ratio { .. }));
    let name = |piece: &&Piece| matches!(piece, Piece::Value(Value::Text(_)));
    let usual = |(_, next): &(&Piece, &Piece)| matches!(next, Piece::Words(words) if words.starts_with(" × "));
    let times = || pieces().zip(pieces().skip(1)).find(usual);
    pieces()
        .find(share)
        .map(|share| (share, ""))
        .or_else(|| times().map(|(times, _)| (times, " ×")))
        .or_else(|| headline.answer.first().filter(name).map(|name| (name, "")))
}

fn said(piece: &Piece) -> Markup {
    html! {
        @match piece {
            Piece::Words(words) => (words),
            Piece::Value(Value::Text(text)) => b { bdi { (human(&Value::Text(text.clone()))) } },
            Piece::Value(value) => b.number { (human(value)) },
        }
    }
}

fn of_section(section: &Section, room: &Room) -> Markup {
    let title = format!("{}-title", section.name);
    let shown = || section.tables.iter().filter(|table| !table.rows.is_empty());
    html! {
        section id=(section.name) aria-labelledby=(title) {
            h2 id=(title) { (section.title) }
            @if !section.facts.is_empty() { (tables::facts(section)) }
            @if shown().next().is_some() {
                div.grid.few[shown().count() < 4] {
                    @for table in shown() { (tables::of_section(section, table, room.rows(table))) }
                }
            }
        }
    }
}
