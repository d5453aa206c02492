//! Facts and rows.

use maud::{Markup, html};

use super::super::excerpt::is_text_column;
use super::super::human::{basis, human, thousands, words};
use super::super::plain;
use super::page::BREAK;
use super::scale::percent;
use crate::document::{Fact, Section, Table, Value};

/// A table of more rows, or of more columns, is shown in a window of its own, which scrolls.
const TALL: usize = 12;

/// The facts of a section.
pub(super) fn facts(section: &Section) -> Markup {
    html! {
        (BREAK)
        table.facts.panel aria-labelledby={ (section.name) "-title" } {
            tbody {
                @for Fact { name, value } in &section.facts { (fact(&words(name), value)) }
            }
        }
    }
}

/// A row of facts. Numbers stand below each other, so bars are beside them.
pub(super) fn fact(name: &str, value: &Value) -> Markup {
    html! {
        (BREAK)
        tr { th scope="row" { (name) } (cell(value, false)) td.basis { (bar(value)) (basis(value)) } }
    }
}

/// A table of a section; it is linked to from its chart.
pub(super) fn of_section(section: &Section, of: &Table, rows: usize) -> Markup {
    table(&id(section.name, of.name), &words(of.name), of, rows)
}

/// Where the table of a section is.
pub(super) fn id(section: &str, table: &str) -> String {
    format!("{section}-{table}")
}

/// A table of at most so many rows.
pub(super) fn table(id: &str, caption: &str, table: &Table, rows: usize) -> Markup {
    let shown = &table.rows[..rows.min(table.rows.len())];
    let left_out = table.rows.len() - shown.len();
    let scrolls = shown.len() > TALL;
    let title = format!("{id}-title");
    let text: Vec<bool> = (0..table.columns.len())
        .map(|column| is_text_column(table, column))
        .collect();
    html! {
        (BREAK)
        div.panel.wide[table.columns.len() > 4].sortable[shown.len() > 1] id=(id) {
            div.scroll.tall[scrolls] role="group" aria-labelledby=(title) tabindex="0" {
                table {
                    caption id=(title) { (caption) }
                    thead { tr {
                        @for (name, text) in table.columns.iter().zip(&text) {
                            th.number[!text] scope="col" { (words(name)) }
                        }
                    } }
                    tbody {
                        @for cells in shown { (row(cells)) }
                    }
                }
            }
            @if left_out > 0 {
                p.quiet { "… " (thousands(left_out as u64)) " more, in every format for machines" }
            }
        }
    }
}

/// A row of a table.
pub(super) fn row(cells: &[Value]) -> Markup {
    html! {
        (BREAK)
        tr { @for value in cells { (cell(value, true)) } }
    }
}

fn cell(value: &Value, with_bar: bool) -> Markup {
    let text = human(value);
    html! {
        @match value {
            Value::Text(_) => td { bdi { (text) } },
            Value::Missing => td { (text) },
            // What is shown of a count is what it sorts by.
            Value::Count(_) => td.number { (text) },
            _ => td.number data-by=(plain::word(value)) { (text) @if with_bar { (bar(value)) } },
        }
    }
}

/// A share as a bar, with the line of its interval; the number stands beside it.
fn bar(value: &Value) -> Markup {
    html! {
        @if let (Some(rate), Some((low, high))) = (value.rate(), value.interval()) {
            @if low >= 0.0 {
                svg.bar viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" {
                    rect.track width="100" height="10" {}
                    rect width=(percent(rate)) height="10" {}
                    rect.interval x=(percent(low)) y="4" width=(percent(high - low)) height="2" {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        let half = bar(&Value::Ratio { part: 5, whole: 10 }).into_string();
        for piece in ["<rect width=\"50\"", "x=\"23.66\"", "width=\"52.68\""] {
            assert!(half.contains(piece), "{piece} in {half}");
        }
        assert_eq!(bar(&Value::Ratio { part: 0, whole: 0 }).into_string(), "");
        assert_eq!(bar(&Value::Count(5)).into_string(), "");
    }
}
