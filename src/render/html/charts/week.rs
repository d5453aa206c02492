//! Hours of the week, the stronger the more happened.

use maud::{Markup, html};

use super::super::super::chart::{self, Week};
use super::super::super::human::thousands;
use super::Figure;
use crate::document::Document;

/// How many shades there are beside that of nothing.
const SHADES: u64 = 6;

pub(super) fn draw(document: &Document) -> Vec<Markup> {
    let weeks = chart::weeks(document);
    let drawn = weeks.iter().filter_map(|week| {
        let most = week.counts.iter().flatten().copied().max().filter(|most| *most > 0)?;
        let (id, title) = match week.name {
            "failures" => ("week-failures", "When failures happen"),
            _ => ("week-events", "When events happen"),
        };
        let figure = Figure {
            id,
            title,
            note: html! {
                "Days down, hours across; the strongest is " b { (thousands(most)) } " in an hour of the week, and framed."
            },
            numbers: Some(("peaks", week.name)),
            wide: false,
        };
        Some(figure.around(&grid(week, most)))
    });
    drawn.collect()
}

fn grid(week: &Week, most: u64) -> Markup {
    html! {
        div.week.failing[week.name == "failures"] {
            div.days aria-hidden="true" {
                @for day in week.days { span { (&day.get(..2).unwrap_or(day)) } }
            }
            svg viewBox="0 0 24 7" preserveAspectRatio="none" role="img" aria-labelledby={ "week-" (week.name) "-title" } {
                @for (day, counts) in week.counts.iter().enumerate() {
                    @for (hour, count) in counts.iter().enumerate() {
                        rect.{ "shade-" (shade(*count, most)) }.most[*count == most]
                            x={ (hour) ".05" } y={ (day) ".05" } width="0.9" height="0.9" {
                            title { (week.days[day]) " " (hour) ":00: " (thousands(*count)) }
                        }
                    }
                }
            }
            div.hours aria-hidden="true" { @for hour in [0, 6, 12, 18] { span { (hour) ":00" } } }
        }
        p.legend.failing[week.name == "failures"] aria-hidden="true" {
            "0 "
            svg viewBox="0 0 7 1" preserveAspectRatio="none" {
                @for shade in 0..=SHADES { rect.{ "shade-" (shade) } x=(shade) width="1" height="1" {} }
            }
            " " (thousands(most))
        }
    }
}

/// 0 for nothing, and only for nothing.
fn shade(count: u64, most: u64) -> u64 {
    let shade = u128::from(count) * u128::from(SHADES);
    shade.div_ceil(u128::from(most.max(1))) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_nothing_has_the_shade_of_nothing_and_the_most_the_darkest() {
        let shades = [0, 1, 100, 101, 599, 600].map(|count| shade(count, 600));
        assert_eq!(shades, [0, 1, 1, 2, 6, 6]);
        assert_eq!(shade(u64::MAX, u64::MAX), SHADES);
    }
}
