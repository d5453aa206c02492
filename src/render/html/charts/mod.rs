//! What is drawn of a document, in the order in which it is asked: when, how many, why not, who.
//!
//! Every chart says its numbers as text too, or links to the table that does. What stands in a chart of the log's own words is
//! HTML beside the drawing: it wraps, and it has a direction of its own.

mod bars;
mod funnel;
mod rates;
mod ticks;
mod timeline;
mod tokens;
mod week;

use maud::{Markup, html};

use super::super::chart;
use super::tables;
use crate::document::Document;

/// The most rows a chart has; the table has them all.
const MOST: usize = 8;

/// Every chart there is something to draw in.
pub(super) fn all(document: &Document) -> Vec<Markup> {
    let series = chart::series(document);
    let mut charts = Vec::new();
    charts.extend(
        series
            .as_ref()
            .and_then(|series| timeline::draw(document, series)),
    );
    charts.extend(rates::draw(document));
    charts.extend(bars::draw(document));
    charts.extend(funnel::draw(document));
    charts.extend(tokens::draw(document));
    charts.extend(week::draw(document));
    charts
}

/// Stripes, so that what failed is told from the rest without colour: flat ones for columns, which are stretched to the side,
/// and upright ones for rows.
pub(super) fn patterns() -> Markup {
    html! {
        svg.unseen aria-hidden="true" {
            pattern id="flat" width="1" height="4" patternUnits="userSpaceOnUse" {
                rect.ground width="1" height="4" {}
                rect.stripe width="1" height="1.4" {}
            }
            pattern id="upright" width="1.4" height="10" patternUnits="userSpaceOnUse" {
                rect.ground width="1.4" height="10" {}
                rect.stripe width=".5" height="10" {}
            }
        }
    }
}

/// What is around a drawing.
struct Figure<'a> {
    /// Its id on the page.
    id: &'a str,
    title: &'a str,
    /// How to read it.
    note: Markup,
    /// The section and the table that say the same in numbers.
    numbers: Option<(&'a str, &'a str)>,
    /// Whether it is as wide as the page.
    wide: bool,
}

impl Figure<'_> {
    fn around(&self, drawing: &Markup) -> Markup {
        let title = format!("{}-title", self.id);
        html! {
            figure.panel.wide[self.wide] id=(self.id) aria-labelledby=(title) {
                figcaption {
                    h3 id=(title) { (self.title) }
                    p.quiet { (self.note) }
                }
                (drawing)
                @if let Some((section, table)) = self.numbers {
                    p.numbers {
                        a href={ "#" (tables::id(section, table)) } {
                            "All numbers" span.unseen { " of: " (self.title) }
                        }
                    }
                }
            }
        }
    }
}

/// What a row of a chart is named, from the log.
fn name(name: Option<&str>) -> Markup {
    use super::super::human::human;
    use crate::document::Value;

    html! {
        @match name {
            Some(name) => bdi { (human(&Value::Text(name.to_owned()))) },
            None => i { "not said" },
        }
    }
}

/// That there are more rows than are drawn.
fn more(rows: usize) -> Markup {
    html! {
        @if rows > MOST {
            li.quiet { "… " (super::super::human::thousands((rows - MOST) as u64)) " more in the table" }
        }
    }
}
