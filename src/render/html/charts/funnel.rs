//! One-time passwords from made to used, each step as wide as many got there.

use maud::{Markup, html};

use super::super::super::chart::{self, Step};
use super::super::super::human::{thousands, words};
use super::super::scale::{hundredths, short};
use super::Figure;
use crate::document::Document;

pub(super) fn draw(document: &Document) -> Option<Markup> {
    let steps = chart::funnel(document)?;
    let figure = Figure {
        id: "otp-funnel",
        title: "One-time passwords, step by step",
        note: html! { "Each step is as wide as many got there. A password may be tried several times." },
        numbers: None,
        wide: false,
    };
    Some(figure.around(&list(&steps)))
}

fn list(steps: &[Step]) -> Markup {
    let most = steps.iter().map(|step| step.count).max().unwrap_or(0);
    html! {
        ol.rows.funnel {
            @for step in steps {
                li {
                    span.name { (words(step.name)) }
                    span.count {
                        @if let Some((name, lost)) = step.lost.filter(|(_, lost)| *lost > 0) {
                            small { (thousands(lost)) " " (words(name)) " · " }
                        }
                        (thousands(step.count))
                    }
                    (bar(hundredths(step.count, most)))
                }
            }
        }
    }
}

/// What got there, in the middle.
fn bar(reached: f64) -> Markup {
    html! {
        svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" {
            rect.track width="100" height="10" {}
            rect.solid x=(short(50.0 - reached / 2.0)) width=(short(reached)) height="10" {}
        }
    }
}
