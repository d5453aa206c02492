//! Reasons, as bars: why logins, one-time passwords and refreshes failed.

use maud::{Markup, html};

use super::super::super::chart::{self, Bar};
use super::super::super::human::thousands;
use super::super::scale::{hundredths, short};
use super::{Figure, MOST, more, name};
use crate::document::Document;

pub(super) fn draw(document: &Document) -> Vec<Markup> {
    let charts = [
        (
            "login-reasons",
            "Why logins failed",
            chart::login_reasons(document),
            ("logins", "by_reason"),
        ),
        (
            "otp-reasons",
            "Why one-time passwords were refused",
            chart::otp_reasons(document),
            ("failures", "otp_by_reason"),
        ),
        (
            "refresh-reasons",
            "Why refreshes failed",
            chart::refresh_reasons(document),
            ("refreshes", "by_reason"),
        ),
    ];
    let drawn = |(id, title, bars, numbers): (&str, &str, Vec<Bar<'_>>, (&str, &str))| {
        let figure = Figure {
            id,
            title,
            note: html! { "Most frequent first." },
            numbers: Some(numbers),
            wide: false,
        };
        (!bars.is_empty()).then(|| figure.around(&list(&bars)))
    };
    charts.into_iter().filter_map(drawn).collect()
}

fn list(bars: &[Bar<'_>]) -> Markup {
    let most = bars.iter().map(|bar| bar.count).max().unwrap_or(0);
    html! {
        ul.rows.failing {
            @for bar in bars.iter().take(MOST) {
                li {
                    span.name { (name(bar.name)) }
                    span.count { (thousands(bar.count)) }
                    svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" {
                        rect.track width="100" height="10" {}
                        rect width=(short(hundredths(bar.count, most))) height="10" {}
                    }
                }
            }
            (more(bars.len()))
        }
    }
}
