//! The share of logins that succeed, with its interval, for all and for each method and client.

use maud::{Markup, html};

use super::super::super::chart::{self, Rate};
use super::super::super::human::{basis, human};
use super::super::scale::percent;
use super::{Figure, MOST, more, name};
use crate::document::Document;

pub(super) fn draw(document: &Document) -> Option<Markup> {
    let all = chart::login_rate(document)?;
    let groups = [
        ("By method", chart::login_rates_by_method(document)),
        ("By client", chart::login_rates_by_client(document)),
    ];
    let figure = Figure {
        id: "login-rate",
        title: "How many logins succeed",
        note: html! { "The dark line is where the share is with a certainty of 95 %." },
        numbers: Some(("logins", "by_client")),
        wide: false,
    };
    Some(figure.around(&html! {
        p.large { (human(all.value)) }
        (gauge(&all))
        div.scale aria-hidden="true" { span { "0" } span { "50 %" } span { "100 %" } }
        p.quiet { (basis(all.value)) }
        @for (title, rates) in groups {
            @if rates.len() > 1 {
                h4 { (title) }
                ul.rows.shares {
                    @for rate in rates.iter().take(MOST) {
                        li {
                            span.name { (name(rate.name)) }
                            span.count { (human(rate.value)) }
                            (gauge(rate))
                        }
                    }
                    (more(rates.len()))
                }
            }
        }
    }))
}

fn gauge(rate: &Rate<'_>) -> Markup {
    html! {
        svg.gauge viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" {
            rect.track width="100" height="10" {}
            rect.good width=(percent(rate.rate)) height="10" {}
            @if let Some((low, high)) = rate.interval {
                rect.interval x=(percent(low)) y="3.5" width=(percent(high - low)) height="3" {}
            }
        }
    }
}
