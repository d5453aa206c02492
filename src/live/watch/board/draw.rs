//! What the dashboard shows, as a frame. Whatever comes from a log is spelled out, so that it drives no terminal.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::bar::NINE_LEVELS;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Clear, Paragraph};

use super::View;
use crate::document::Value;
use crate::engine::Lines;
use crate::event::{Local, Outcome, Timestamp, Visible};
use crate::live::follow::State;
use crate::live::watch::{Alarm, Counts, Recent, Row, alarms};
use crate::zone::Zone;

/// Everything a frame is made of.
pub(super) struct Shown<'a> {
    pub(super) recent: &'a Recent,
    pub(super) lines: Lines,
    pub(super) states: Vec<State>,
    pub(super) view: &'a View,
    pub(super) now: Timestamp,
    pub(super) zone: Zone,
    pub(super) colour: bool,
}

const HELP: &str = "\
 q, Ctrl-C   end, and print the report
 p, space    pause what is shown; counting goes on
 f, /        show only events with this text; Esc shows all
 z, +, -     timeline of a minute, an hour, a day
 up, down    scroll through recent events; Home is the newest
 ?           this help; any key closes it

 Rates are by the times of events. Failures are events of any
 kind that failed; reasons are those of the last hour.";

pub(super) fn draw(shown: &Shown<'_>, frame: &mut Frame<'_>) {
    let area = frame.area();
    let alarms = alarm_lines(shown);
    let states = state_lines(shown);
    let room = area.height;
    // On a low terminal the first things stay: totals, alarms, rates, the newest events.
    let timeline = if room >= 20 { 6 } else { 0 };
    let rows = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length((alarms.len() as u16).min(3)),
        Constraint::Length(if room >= 8 { 5 } else { 0 }),
        Constraint::Length(timeline),
        Constraint::Length(if room >= 16 { 5 } else { 0 }),
        Constraint::Min(0),
        Constraint::Length((states.len() as u16).min(room / 6)),
        Constraint::Length(u16::from(room >= 4)),
    ])
    .split(area);
    frame.render_widget(Paragraph::new(head(shown)), rows[0]);
    frame.render_widget(Paragraph::new(alarms), rows[1]);
    frame.render_widget(Paragraph::new(rates(shown)), rows[2]);
    draw_timeline(shown, frame, rows[3]);
    frame.render_widget(
        Paragraph::new(reasons(shown, rows[4])).block(titled("Failures, last hour")),
        rows[4],
    );
    let title = match (&shown.view.filter[..], shown.view.writing) {
        ("", false) => "Recent events".to_owned(),
        (filter, false) => format!("Recent events with {}", Visible(filter)),
        (filter, true) => format!("Show only events with: {}_", Visible(filter)),
    };
    frame.render_widget(
        Paragraph::new(events(shown, rows[5])).block(titled(&title)),
        rows[5],
    );
    frame.render_widget(Paragraph::new(states), rows[6]);
    let keys = " q end  p pause  f filter  z zoom  ? help";
    frame.render_widget(Paragraph::new(keys).style(dim(shown)), rows[7]);
    if shown.view.help {
        draw_help(frame);
    }
}

fn titled(title: &str) -> Block<'_> {
    Block::new()
        .borders(Borders::TOP)
        .title(format!(" {title} "))
}

fn style(shown: &Shown<'_>, colour: Color) -> Style {
    match shown.colour {
        true => Style::new().fg(colour),
        false => Style::new(),
    }
}

fn dim(shown: &Shown<'_>) -> Style {
    match shown.colour {
        true => Style::new().add_modifier(Modifier::DIM),
        false => Style::new(),
    }
}

/// Colours mean the same everywhere, and a sign or a word says it too.
fn of_outcome(shown: &Shown<'_>, outcome: Outcome) -> (&'static str, Style) {
    match outcome {
        Outcome::Success => ("✓", style(shown, Color::Green)),
        Outcome::Failure => ("✗", style(shown, Color::Red)),
        Outcome::Unknown => ("·", Style::new()),
    }
}

fn head<'a>(shown: &Shown<'_>) -> Line<'a> {
    let total = shown.recent.total();
    let bad = shown.lines.malformed + shown.lines.not_an_object;
    let mut text = format!(" {} events", thousands(total.events));
    if bad > 0 {
        text += &format!(", {} bad lines", thousands(bad));
    }
    let paused = if shown.view.paused { "  PAUSED" } else { "" };
    Line::from(vec![
        Span::styled(" authmeter ", Style::new().add_modifier(Modifier::REVERSED)),
        Span::raw(text),
        Span::raw(format!("  {}", clock(shown, shown.now))),
        Span::styled(paused, style(shown, Color::Yellow)),
    ])
}

fn alarm_lines<'a>(shown: &Shown<'_>) -> Vec<Line<'a>> {
    let text = |alarm: Alarm| match alarm {
        Alarm::Failures { now, before } => format!(
            " ▲ {} of logins fail in the last 5 minutes; {} in the day before",
            percent(&now),
            percent(&before)
        ),
        Alarm::Silence(seconds) => format!(" ▲ no event for {} s", thousands(seconds)),
    };
    let alarms = alarms(shown.recent, shown.now).into_iter().map(text);
    let style = style(shown, Color::Red).add_modifier(Modifier::BOLD);
    alarms.map(|text| Line::styled(text, style)).collect()
}

fn rates<'a>(shown: &Shown<'_>) -> Vec<Line<'a>> {
    let title = format!(
        " {:<8}{:>12}{:>12}{:>10}{:>9}{:>11}{:>10}",
        "last", "events", "logins ok", "failed", "ok", "refreshes", "failures"
    );
    let mut lines = vec![Line::raw(""), Line::styled(title, dim(shown))];
    for (name, seconds) in [("minute", 60), ("hour", 3600), ("day", 86_400)] {
        let counts = shown.recent.last(shown.now, seconds);
        let share = Value::Ratio {
            part: counts.logins_ok,
            whole: counts.logins(),
        };
        let failed = match counts.logins_failed {
            0 => Style::new(),
            _ => style(shown, Color::Red),
        };
        lines.push(Line::from(vec![
            Span::raw(format!(
                " {name:<8}{:>12}{:>12}",
                thousands(counts.events),
                thousands(counts.logins_ok)
            )),
            Span::styled(format!("{:>10}", thousands(counts.logins_failed)), failed),
            Span::raw(format!(
                "{:>9}{:>11}{:>10}",
                percent(&share),
                thousands(counts.refreshes),
                thousands(counts.failures)
            )),
        ]));
    }
    lines
}

fn draw_timeline(shown: &Shown<'_>, frame: &mut Frame<'_>, area: Rect) {
    if area.height < 3 || area.width < 12 {
        return;
    }
    let (name, width, buckets) = shown.view.zoom.of();
    let series = shown.recent.series(shown.now, width, buckets);
    let most = series.iter().map(|counts| counts.events).max().unwrap_or(0);
    let title = format!(
        "Last {name}: events, {} at most in {}",
        thousands(most),
        match width {
            1 => "a second",
            60 => "a minute",
            _ => "15 minutes",
        }
    );
    frame.render_widget(titled(&title), area);
    let height = area.height - 2;
    let room = usize::from(area.width - 2);
    let latest = &series[buckets - buckets.min(room)..];
    // As wide as there is room for all.
    let wide = (room / buckets).max(1);
    let mut lines: Vec<Line<'_>> = (0..height)
        .rev()
        .map(|level| {
            let text = latest
                .iter()
                .map(|counts| column(counts.events, most, level, height));
            Line::styled(
                format!(" {}", text.collect::<String>()),
                style(shown, Color::Cyan),
            )
        })
        .collect();
    let failures = latest.iter().map(|counts: &Counts| match counts.failures {
        0 => " ".repeat(wide),
        _ => "✗".repeat(wide),
    });
    lines.push(Line::styled(
        format!(" {}", failures.collect::<String>()),
        style(shown, Color::Red),
    ));
    let inside = Rect {
        y: area.y + 1,
        height: area.height - 1,
        ..area
    };
    frame.render_widget(Paragraph::new(lines), inside);
}

/// The part of a column that stands in one row of so many.
fn column(value: u64, most: u64, level: u16, height: u16) -> &'static str {
    if most == 0 || value == 0 {
        return " ";
    }
    // Whatever is there is seen.
    let eighths = (value * u64::from(height) * 8).div_ceil(most);
    let levels = [
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
    levels[eighths.saturating_sub(u64::from(level) * 8).min(8) as usize]
}

fn reasons<'a>(shown: &Shown<'_>, area: Rect) -> Vec<Line<'a>> {
    let reasons = shown.recent.reasons(shown.now);
    if reasons.is_empty() {
        return vec![Line::styled(" nothing failed", dim(shown))];
    }
    let room = usize::from(area.height.saturating_sub(1));
    let reasons = reasons.into_iter().take(room);
    reasons
        .map(|(reason, count)| Line::raw(format!(" {:>9}  {}", thousands(count), Visible(&reason))))
        .collect()
}

fn events<'a>(shown: &Shown<'_>, area: Rect) -> Vec<Line<'a>> {
    let room = usize::from(area.height.saturating_sub(1));
    let wanted = shown.view.filter.to_lowercase();
    let matching = shown.recent.newest().filter(|row| {
        let texts = [&row.user, &row.client, &row.ip, &row.reason];
        let mut texts = texts.into_iter().flatten().chain([&row.name]);
        wanted.is_empty() || texts.any(|text| text.to_lowercase().contains(&wanted))
    });
    let rows = matching.skip(shown.view.scroll).take(room);
    let lines: Vec<Line<'_>> = rows.map(|row| event(shown, row)).collect();
    match lines.is_empty() {
        true => vec![Line::styled(" none", dim(shown))],
        false => lines,
    }
}

fn event<'a>(shown: &Shown<'_>, row: &Row) -> Line<'a> {
    let (sign, style) = of_outcome(shown, row.outcome);
    let text = |text: &Option<String>| match text {
        Some(text) => format!("  {}", Visible(text)),
        None => String::new(),
    };
    Line::from(vec![
        Span::styled(format!(" {} ", clock(shown, row.time)), dim(shown)),
        Span::styled(sign, style),
        Span::raw(format!(" {:<20}", Visible(&row.name).to_string())),
        Span::raw(text(&row.user)),
        Span::styled(text(&row.reason), style),
        Span::styled(
            format!("{}{}", text(&row.client), text(&row.ip)),
            dim(shown),
        ),
    ])
}

fn state_lines<'a>(shown: &Shown<'_>) -> Vec<Line<'a>> {
    let line = |state: &State| {
        let name = state.path.display().to_string();
        let mut text = format!(" {}", Visible(&name));
        if state.generations > 1 {
            text += &format!("  rotated {} ×", state.generations - 1);
        }
        match &state.trouble {
            Some(trouble) => Line::styled(
                format!("{text}  ▲ {}", Visible(trouble)),
                style(shown, Color::Yellow),
            ),
            None => Line::styled(text, dim(shown)),
        }
    };
    // What is in trouble is seen first.
    let mut states: Vec<&State> = shown.states.iter().collect();
    states.sort_by_key(|state| state.trouble.is_none());
    states.into_iter().map(line).collect()
}

fn draw_help(frame: &mut Frame<'_>) {
    let area = frame.area();
    let (width, height) = (66.min(area.width), 12.min(area.height));
    let middle = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    };
    frame.render_widget(Clear, middle);
    let block = Block::bordered().title(" Keys ");
    frame.render_widget(Paragraph::new(HELP).block(block), middle);
}

/// Hours, minutes and seconds as a clock there shows them.
fn clock(shown: &Shown<'_>, time: Timestamp) -> String {
    let offset = shown.zone.offset(time.seconds());
    let text = Local { time, offset }.to_string();
    text.get(11..19).unwrap_or(&text).to_owned()
}

fn percent(share: &Value) -> String {
    let rate = share.rate();
    rate.map_or_else(|| "n/a".to_owned(), |rate| format!("{:.1} %", rate * 100.0))
}

fn thousands(count: u64) -> String {
    crate::render::thousands(count)
}
