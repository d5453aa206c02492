//! Tokens by type and by client: issued, refreshed, failed.

use maud::{Markup, html};

use super::super::super::chart::{self, Tokens};
use super::super::super::human::thousands;
use super::super::scale::{hundredths, short};
use super::{Figure, MOST, more, name};
use crate::document::Document;

/// What each number is, and how its part of the bar looks.
const PARTS: [(&str, &str); 3] = [
    ("issued", "solid"),
    ("refreshed", "second"),
    ("failed", "bad"),
];

pub(super) fn draw(document: &Document) -> Vec<Markup> {
    let charts = [
        (
            "tokens-types",
            "Tokens by type",
            chart::tokens_by_type(document),
            "by_type",
        ),
        (
            "tokens-clients",
            "Tokens by client",
            chart::tokens_by_client(document),
            "by_client",
        ),
    ];
    let drawn = |(id, title, tokens, table): (&str, &str, Vec<Tokens<'_>>, &str)| {
        let figure = Figure {
            id,
            title,
            note: html! { "Issued, then refreshed, then failed." },
            numbers: Some(("tokens", table)),
            wide: false,
        };
        (!tokens.is_empty()).then(|| figure.around(&list(&tokens)))
    };
    charts.into_iter().filter_map(drawn).collect()
}

fn list(tokens: &[Tokens<'_>]) -> Markup {
    let all = |tokens: &Tokens<'_>| {
        tokens
            .counts
            .iter()
            .fold(0_u64, |sum, count| sum.saturating_add(*count))
    };
    let most = tokens.iter().map(all).max().unwrap_or(0);
    html! {
        ul.rows {
            @for row in tokens.iter().take(MOST) {
                li {
                    span.name { (name(row.name)) }
                    span.count {
                        @for ((part, class), count) in PARTS.iter().zip(row.counts) {
                            span.part { span.key.(class) aria-hidden="true" {} (thousands(count)) " " (part) }
                        }
                    }
                    (bar(row.counts, most))
                }
            }
            (more(tokens.len()))
        }
    }
}

fn bar(counts: [u64; 3], most: u64) -> Markup {
    let mut end = 0.0;
    let parts = PARTS.iter().zip(counts).map(|((_, class), count)| {
        let (start, width) = (end, hundredths(count, most));
        end += width;
        (*class, start, width)
    });
    html! {
        svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" {
            rect.track width="100" height="10" {}
            @for (class, start, width) in parts.filter(|(_, _, width)| *width > 0.0) {
                rect class=(class) x=(short(start)) width=(short(width)) height="10" {}
            }
        }
    }
}
