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
        note: html! { "Each step is as wide as many got there; the hatched part did not." },
        numbers: None,
        wide: false,
    };
    Some(figure.around(&list(&steps)))
}

fn list(steps: &[Step]) -> Markup {
    let lost = |step: &Step| step.lost.map_or(0, |(_, lost)| lost);
    let most = steps
        .iter()
        .map(|step| step.count.saturating_add(lost(step)));
    let most = most.max().unwrap_or(0);
    html! {
        ol.rows.funnel {
            @for step in steps {
                li {
                    span.name { (words(step.name)) }
                    span.count {
                        (thousands(step.count))
                        @if let Some((name, lost)) = step.lost.filter(|(_, lost)| *lost > 0) {
                            small { " · " (thousands(lost)) " " (words(name)) }
                        }
                    }
                    (bar(hundredths(step.count, most), hundredths(lost(step), most)))
                }
            }
        }
    }
}

/// What got there in the middle, what did not on both sides of it.
fn bar(reached: f64, lost: f64) -> Markup {
    let all = (reached + lost).min(100.0);
    html! {
        svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" {
            rect.track width="100" height="10" {}
            rect.bad x=(short(50.0 - all / 2.0)) width=(short(all)) height="10" {}
            rect.solid x=(short(50.0 - reached / 2.0)) width=(short(reached)) height="10" {}
        }
    }
}
