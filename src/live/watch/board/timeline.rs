//! Events over time, as columns, and the share of them that failed.

use ratatui::style::{Color, Style};
use ratatui::symbols::bar::NINE_LEVELS;
use ratatui::text::{Line, Span};

use super::Moment;
use super::draw::Ink;
use super::keys::Zoom;
use crate::live::watch::Counts;
use crate::render::thousands;

/// Terminals narrower than this have no room for a title that says what is drawn.
const WHOLE_TITLE: u16 = 80;

/// A title, and lines for so many columns and rows, of which the last tells the share that failed.
pub(super) fn timeline(
    moment: &Moment,
    zoom: Zoom,
    ink: Ink,
    (width, rows): (u16, u16),
) -> (String, Vec<Line<'static>>) {
    let (name, seconds, buckets) = zoom.of();
    let series = moment.recent.series(moment.now, seconds, buckets);
    let most = series.iter().map(|counts| counts.events).max().unwrap_or(0);
    let sum = series.iter().map(|counts| counts.events).sum();
    let each = match seconds {
        1 => "a second",
        60 => "a minute",
        _ => "15 minutes",
    };
    let title = match most {
        _ if width < WHOLE_TITLE => format!("Last {name}: {} events", thousands(sum)),
        0 => format!("Last {name}: no events"),
        most => format!(
            "Last {name}: events, {} at most in {each}; below, which part failed",
            thousands(most)
        ),
    };
    let room = usize::from(width).saturating_sub(2).max(1);
    // As wide as there is room; what there is no room for is the oldest.
    let wide = (room / buckets).clamp(1, 4);
    let latest = &series[buckets - buckets.min(room)..];
    let height = rows.saturating_sub(1);
    let mut lines: Vec<Line<'static>> = (0..height)
        .rev()
        .map(|level| {
            let cells = latest
                .iter()
                .map(|counts| cell(counts, most, level, height, ink, wide));
            Line::from_iter(std::iter::once(Span::raw(" ")).chain(cells))
        })
        .collect();
    let failed = latest.iter().map(|counts| {
        let part = eighths(counts.failures, counts.events, 1);
        NINE_LEVELS_TEXT[part as usize].repeat(wide)
    });
    lines.push(Line::styled(
        format!(" {}", failed.collect::<String>()),
        ink.of(Color::Red),
    ));
    (title, lines)
}

const NINE_LEVELS_TEXT: [&str; 9] = [
    NINE_LEVELS.empty,
    NINE_LEVELS.one_eighth,
    NINE_LEVELS.one_quarter,
    NINE_LEVELS.three_eighths,
    NINE_LEVELS.half,
    NINE_LEVELS.five_eighths,
    NINE_LEVELS.three_quarters,
    NINE_LEVELS.seven_eighths,
    NINE_LEVELS.full,
];

/// The part of a column that stands in one row of so many: failures at its foot, in red.
fn cell(
    counts: &Counts,
    most: u64,
    level: u16,
    height: u16,
    ink: Ink,
    wide: usize,
) -> Span<'static> {
    let here = |value| {
        let all = eighths(value, most, height);
        all.saturating_sub(u64::from(level) * 8).min(8)
    };
    let (all, failed) = (here(counts.events), here(counts.failures));
    let text = |eighths: u64| NINE_LEVELS_TEXT[eighths as usize].repeat(wide);
    let (red, blue) = (ink.of(Color::Red), ink.of(Color::Cyan));
    match (all, failed) {
        (all, failed) if failed == all => Span::styled(text(all), red),
        (all, 0) => Span::styled(text(all), blue),
        // A cell has two colours only: what stands above a part of it is taken as all of the rest.
        (8, failed) if ink.colour => Span::styled(text(failed), red.bg(Color::Cyan)),
        (all, _) => Span::styled(text(all), if ink.colour { blue } else { Style::new() }),
    }
}

/// How many eighths of a row a value is high, where the highest has so many rows. Whatever is there is seen.
fn eighths(value: u64, most: u64, rows: u16) -> u64 {
    match most {
        0 => 0,
        most => {
            let rows = u128::from(rows) * 8;
            (u128::from(value) * rows).div_ceil(most.into()) as u64
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_there_is_seen_and_nothing_else() {
        assert_eq!(eighths(0, 9, 3), 0);
        assert_eq!([eighths(1, 1_000_000, 3), eighths(9, 9, 3)], [1, 24]);
        assert_eq!(eighths(u64::MAX, u64::MAX, 100), 800);
        assert_eq!(eighths(0, 0, 3), 0);
    }
}
