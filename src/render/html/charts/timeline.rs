//! What happened when: events with the failed ones among them, logins, refreshes, each on a scale of its own above one axis.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::super::super::chart::Series;
use super::super::super::human::{human, thousands};
use super::super::page::BREAK;
use super::super::scale::{brief, end, hundredths, short};
use super::Figure;
use super::ticks::ticks;
use crate::document::{Document, Value};
use crate::event::Local;

/// The most columns that are drawn; more of them would be narrower than a dot.
const MOST_COLUMNS: usize = 360;

/// A drawing of one scale: what stands on what, from below.
struct Lane {
    title: &'static str,
    parts: &'static [Part],
}

struct Part {
    class: &'static str,
    words: &'static str,
    /// The column of the table.
    name: &'static str,
    /// The column that is a part of it and drawn below it, if there is one.
    without: Option<&'static str>,
}

const LANES: [Lane; 3] = [
    Lane {
        title: "Events",
        parts: &[
            Part {
                class: "bad",
                words: "failed",
                name: "failures",
                without: None,
            },
            Part {
                class: "solid",
                words: "others",
                name: "events",
                without: Some("failures"),
            },
        ],
    },
    Lane {
        title: "Logins",
        parts: &[
            Part {
                class: "bad",
                words: "failed",
                name: "logins_failed",
                without: None,
            },
            Part {
                class: "good",
                words: "succeeded",
                name: "logins_ok",
                without: None,
            },
        ],
    },
    Lane {
        title: "Refreshes",
        parts: &[Part {
            class: "second",
            words: "refreshes",
            name: "refreshes",
            without: None,
        }],
    },
];

pub(super) fn draw(document: &Document, series: &Series<'_>) -> Option<Markup> {
    let mut columns = Columns::of(series)?;
    columns.unusual = unusual(document, series, columns.merged);
    let lanes: Vec<Markup> = LANES.iter().filter_map(|lane| columns.lane(lane)).collect();
    let figure = Figure {
        id: "timeline-chart",
        title: "What happened when",
        note: html! {
            "Buckets of " (series.every) "."
            @if columns.merged > 1 {
                " Each column is " (thousands(columns.merged as u64)) " of them, added up; the table has each."
            }
            @if !columns.unusual.is_empty() {
                " " span.key.unusual aria-hidden="true" {} "More failed than usual: " (thousands(columns.unusual.len() as u64))
                @if columns.unusual.len() == 1 { " column." } @else { " columns." }
            }
            @if series.gaps { " Empty buckets are left out, so neighbours need not follow each other." }
        },
        numbers: Some(("timeline", "buckets")),
        wide: true,
    };
    Some(figure.around(&html! {
        div.timeline data-columns=(columns.starts.len()) {
            @for lane in lanes { (lane) }
            (columns.axis())
        }
    }))
}

/// The columns that hold a bucket in which more failed than usual, as the table `unusual` has them.
fn unusual(document: &Document, series: &Series<'_>, merged: usize) -> BTreeSet<usize> {
    let timeline = document
        .reports
        .iter()
        .find(|section| section.name == "timeline");
    let tables = timeline.map_or(&[][..], |section| &section.tables);
    let table = tables.iter().find(|table| table.name == "unusual");
    let start = table.and_then(|table| table.columns.iter().position(|name| *name == "start"));
    let (Some(table), Some(start)) = (table, start) else {
        return BTreeSet::new();
    };
    let time = |value: &Value| match value {
        Value::Time(local) => Some(local.time),
        _ => None,
    };
    let found: BTreeSet<_> = table
        .rows
        .iter()
        .filter_map(|row| time(row.get(start)?))
        .collect();
    let places = series.starts.iter().enumerate();
    places
        .filter(|(_, start)| time(start).is_some_and(|time| found.contains(&time)))
        .map(|(place, _)| place / merged)
        .collect()
}

/// Buckets as they are drawn.
struct Columns {
    /// How many buckets a column is.
    merged: usize,
    /// Columns in which more failed than usual.
    unusual: BTreeSet<usize>,
    starts: Vec<Local>,
    lines: Vec<(&'static str, Vec<u64>)>,
}

impl Columns {
    fn of(series: &Series<'_>) -> Option<Columns> {
        let merged = series.starts.len().div_ceil(MOST_COLUMNS).max(1);
        let start = |bucket: &[&Value]| match bucket.first() {
            Some(Value::Time(start)) => Some(*start),
            _ => None,
        };
        let sum = |bucket: &[u64]| {
            bucket
                .iter()
                .fold(0, |sum: u64, count| sum.saturating_add(*count))
        };
        let lines = series.lines.iter();
        Some(Columns {
            merged,
            unusual: BTreeSet::new(),
            starts: series
                .starts
                .chunks(merged)
                .map(start)
                .collect::<Option<_>>()?,
            lines: lines
                .map(|(name, counts)| (*name, counts.chunks(merged).map(sum).collect()))
                .collect(),
        })
    }

    fn line(&self, name: &str) -> Option<&[u64]> {
        let line = self.lines.iter().find(|(known, _)| *known == name);
        line.map(|(_, counts)| &counts[..])
    }

    /// What is drawn of a part in each column.
    fn heights(&self, part: &Part) -> Option<Vec<u64>> {
        let all = self.line(part.name)?;
        let below = part.without.and_then(|name| self.line(name)).unwrap_or(&[]);
        let below = below.iter().copied().chain(std::iter::repeat(0));
        Some(
            all.iter()
                .zip(below)
                .map(|(all, below)| all.saturating_sub(below))
                .collect(),
        )
    }

    /// A lane, if anything of it happened.
    fn lane(&self, lane: &Lane) -> Option<Markup> {
        let heights: Vec<Vec<u64>> = lane
            .parts
            .iter()
            .map(|part| self.heights(part))
            .collect::<Option<_>>()?;
        let total = |column: usize| {
            heights
                .iter()
                .fold(0, |sum: u64, part| sum.saturating_add(part[column]))
        };
        let most = (0..self.starts.len())
            .map(total)
            .max()
            .filter(|most| *most > 0)?;
        let top = end(most);
        Some(html! {
            (BREAK)
            div.lane {
                p.key {
                    b { (lane.title) }
                    @if lane.parts.len() > 1 {
                        @for part in lane.parts {
                            span.part { span.key.(part.class) aria-hidden="true" {} (part.words) }
                        }
                    }
                }
                div.marks aria-hidden="true" { span { (brief(top)) } span { (brief(top / 2)) } span { "0" } }
                svg.plot viewBox={ "0 0 " (self.starts.len()) " 100" } preserveAspectRatio="none" role="img"
                    aria-label={ (lane.title) ": at most " (most) " in a column" } {
                    path.rule d={ "M0 0H" (self.starts.len()) "M0 50H" (self.starts.len()) "M0 100H" (self.starts.len()) } {}
                    @for column in &self.unusual {
                        rect.unusual x=(column) width="1" height="100" {}
                        rect.bad x=(column) width="1" height="3" {}
                    }
                    @for (index, part) in lane.parts.iter().enumerate() {
                        path class=(part.class) d=(outline(&heights[..=index], top)) {}
                    }
                    g { @for column in 0..self.starts.len() { (self.hit(lane, column, &heights)) } }
                }
            }
        })
    }

    /// Where a pointer finds what a column is.
    fn hit(&self, lane: &Lane, column: usize, heights: &[Vec<u64>]) -> Markup {
        let start = human(&Value::Time(self.starts[column]));
        html! {
            rect x=(column) width="1" height="100" {
                title {
                    (start) ":"
                    @for (index, (part, heights)) in lane.parts.iter().zip(heights).enumerate() {
                        @if index > 0 { "," }
                        " " (thousands(heights[column])) " " (part.words)
                    }
                    @if lane.title == LANES[0].title && self.unusual.contains(&column) { ", more failed than usual" }
                }
            }
        }
    }

    fn axis(&self) -> Markup {
        let place = |column: usize| short(100.0 * column as f64 / self.starts.len() as f64) + "%";
        html! {
            svg.axis aria-hidden="true" {
                // A narrow screen has room for every other.
                @for (index, tick) in ticks(&self.starts).into_iter().enumerate() {
                    g.other[index % 2 == 1] {
                        line x1=(place(tick.column)) x2=(place(tick.column)) y1="0" y2="6" {}
                        text x=(place(tick.column)) y="19" text-anchor=[(tick.column * 8 > self.starts.len() * 7).then_some("end")] { (tick.label) }
                    }
                }
            }
        }
    }
}

/// The outline of the last of `parts`, which stands on those before it.
fn outline(parts: &[Vec<u64>], top: u64) -> String {
    let Some((part, below)) = parts.split_last() else {
        return String::new();
    };
    let mut path = String::new();
    for (column, count) in part.iter().enumerate().filter(|(_, count)| **count > 0) {
        let base: f64 = below.iter().map(|part| hundredths(part[column], top)).sum();
        let height = hundredths(*count, top).min((100.0 - base).max(0.0));
        let (bottom, height) = (short(100.0 - base), short(height));
        path.push_str(&format!("M{column}.06 {bottom}v-{height}h.88v{height}z"));
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Section;
    use crate::event::Timestamp;

    fn series(starts: &[Value]) -> Series<'_> {
        let failures: Vec<u64> = (0..starts.len() as u64).map(|at| at % 2).collect();
        Series {
            every: "1h",
            gaps: false,
            starts: starts.iter().collect(),
            lines: vec![("events", vec![3; starts.len()]), ("failures", failures)],
        }
    }

    fn starts(count: i64) -> Vec<Value> {
        let start = |hour| Value::time(Timestamp::new(hour * 3600, 0).unwrap());
        (0..count).map(start).collect()
    }

    /// A document in whose timeline these buckets are unusual.
    fn document(unusual: &[Value]) -> Document {
        let rows = unusual.iter().map(|start| vec![start.clone()]);
        Document {
            window: Section::new("window", "Window"),
            input: Section::new("input", "Input"),
            reports: vec![Section::new("timeline", "Timeline").table("unusual", &["start"], rows)],
        }
    }

    #[test]
    fn a_column_with_an_unusual_bucket_is_marked_and_says_so() {
        let starts = starts(MOST_COLUMNS as i64 * 2);
        let unusual = [starts[8].clone(), starts[9].clone(), starts[100].clone()];
        let page = draw(&document(&unusual), &series(&starts))
            .unwrap()
            .into_string();
        assert!(
            page.contains("More failed than usual: 2 columns."),
            "{page}"
        );
        for column in [4, 50] {
            let mark = format!("<rect class=\"unusual\" x=\"{column}\"");
            assert_eq!(page.matches(&mark).count(), 1, "{column}");
        }
        assert_eq!(page.matches("class=\"unusual\"").count(), 2);
        let words = "<title>1970-01-01 08:00Z: 1 failed, 5 others, more failed than usual</title>";
        assert!(page.contains(words), "{page}");
    }

    #[test]
    fn what_failed_is_below_and_a_part_of_all() {
        let starts = starts(2);
        let page = draw(&document(&[]), &series(&starts))
            .unwrap()
            .into_string();
        // The axis ends at 4: one of three is a quarter of the height, the other two stand on it.
        assert!(
            page.contains("class=\"bad\" d=\"M1.06 100v-25h.88v25z\""),
            "{page}"
        );
        assert!(
            page.contains("class=\"solid\" d=\"M0.06 100v-75h.88v75zM1.06 75v-50h.88v50z\""),
            "{page}"
        );
        assert!(
            page.contains("<title>1970-01-01 01:00Z: 1 failed, 2 others</title>"),
            "{page}"
        );
        assert!(
            !page.contains("Logins") && !page.contains("added up"),
            "{page}"
        );
    }

    #[test]
    fn many_buckets_are_added_up_and_none_is_lost() {
        let starts = starts(MOST_COLUMNS as i64 * 2 + 1);
        let series = series(&starts);
        let columns = Columns::of(&series).unwrap();
        assert_eq!((columns.merged, columns.starts.len()), (3, 241));
        let sum = |line: &[u64]| line.iter().sum::<u64>();
        for (name, counts) in &series.lines {
            assert_eq!(sum(columns.line(name).unwrap()), sum(counts), "{name}");
        }
        assert_eq!(columns.line("events").unwrap()[240], 3);
        assert!(
            draw(&document(&[]), &series)
                .unwrap()
                .into_string()
                .contains("Each column is 3 of them, added up")
        );
    }

    #[test]
    fn nothing_is_drawn_outside_however_large_numbers_are() {
        let parts = [vec![u64::MAX, 1], vec![u64::MAX, u64::MAX]];
        for parts in [&parts[..1], &parts] {
            for number in
                outline(parts, u64::MAX).split(|c: char| !(c.is_ascii_digit() || c == '.'))
            {
                let number: f64 = number.parse().unwrap_or(0.0);
                assert!((0.0..=100.0).contains(&number));
            }
        }
    }
}
