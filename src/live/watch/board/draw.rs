//! A frame of the dashboard. Whatever comes from a log is spelled out, so that it drives no terminal; what a colour says,
//! a sign or a word says too.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Clear, Paragraph};

use super::keys::View;
use super::{Moment, Settings, events, rates, timeline};
use crate::event::{Local, Timestamp, Visible};
use crate::live::follow::State;
use crate::live::watch::alarm::{Alarm, alarms, percent};
use crate::render::thousands;
use crate::zone::Zone;

/// How things are marked, with colours or without.
#[derive(Clone, Copy)]
pub(super) struct Ink {
    pub(super) colour: bool,
}

impl Ink {
    pub(super) fn of_settings(settings: &Settings<'_>) -> Ink {
        Ink {
            colour: settings.colour,
        }
    }

    pub(super) fn of(self, colour: Color) -> Style {
        match self.colour {
            true => Style::new().fg(colour),
            false => Style::new(),
        }
    }

    pub(super) fn dim(self) -> Style {
        match self.colour {
            true => Style::new().add_modifier(Modifier::DIM),
            false => Style::new(),
        }
    }
}

/// The keys one needs most, first.
const KEYS: [&str; 5] = [" q end", "  ? help", "  p pause", "  f filter", "  z zoom"];

const HELP: &str = "\
 q, Ctrl-C   end, and print the report
 p, space    hold what is shown; counting goes on
 f, /        list only some events, in the command line's words:
             outcome=failed user=!bob ip=10.0.0.0/8 Invalid code
             Enter lists them, Esc lists all again
 z, +, -     timeline of a minute, an hour, a day
 up, down    scroll through the events; Home is the newest
 ?           this help; any key closes it

 Rates are by the times events say. Failures are events of any
 kind that failed. Filters choose what is listed, not what is
 counted.";

/// Draws everything there is room for: on a low terminal, alarms, rates and the newest events stay.
pub(super) fn draw(moment: &Moment, view: &View, settings: &Settings<'_>, frame: &mut Frame<'_>) {
    let area = frame.area();
    let ink = Ink::of_settings(settings);
    let alarms = alarm_lines(moment, ink);
    let states = state_lines(moment, ink);
    let (tall, room) = (
        area.height,
        |lines, from| if area.height >= from { lines } else { 0 },
    );
    let [
        head,
        warnings,
        rates,
        timeline,
        reasons,
        events,
        inputs,
        keys,
    ] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length((alarms.len() as u16).min(room(2, 6))),
        Constraint::Length(room(4, 9)),
        Constraint::Length(room(6 + tall.saturating_sub(30).min(16) / 4, 20)),
        Constraint::Length(room(4 + tall.saturating_sub(30).min(16) / 4, 16)),
        Constraint::Fill(1),
        Constraint::Length((states.len() as u16).min(tall / 8)),
        Constraint::Length(room(1, 5)),
    ])
    .areas(area);
    frame.render_widget(Paragraph::new(head_line(moment, view, settings)), head);
    frame.render_widget(Paragraph::new(alarms), warnings);
    frame.render_widget(Paragraph::new(rates::rates(moment, ink, area.width)), rates);
    if timeline.height > 0 {
        let (title, lines) = timeline::timeline(moment, view.zoom, ink, inside(timeline));
        section(frame, timeline, &title, lines, ink);
    }
    if reasons.height > 0 {
        let lines = rates::reasons(&moment.recent, moment, ink, inside(reasons));
        section(frame, reasons, "Why, in the last hour", lines, ink);
    }
    let lines = events::events(moment, view, settings, inside(events));
    section(frame, events, &events::title(view), lines, ink);
    frame.render_widget(Paragraph::new(states), inputs);
    let mut room = usize::from(area.width);
    let fitting = KEYS.into_iter().take_while(|key| {
        let fits = key.len() <= room;
        room = room.saturating_sub(key.len());
        fits
    });
    let line: String = fitting.collect();
    frame.render_widget(Paragraph::new(line).style(ink.dim()), keys);
    if view.help {
        draw_help(frame);
    }
}

/// Columns and rows below a title.
fn inside(area: Rect) -> (u16, u16) {
    (area.width, area.height.saturating_sub(1))
}

fn section(frame: &mut Frame<'_>, area: Rect, title: &str, lines: Vec<Line<'_>>, ink: Ink) {
    let title = Span::styled(
        format!(" {title} "),
        Style::new().add_modifier(Modifier::BOLD),
    );
    let block = Block::new()
        .borders(Borders::TOP)
        .border_style(ink.dim())
        .title(title);
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

fn head_line(moment: &Moment, view: &View, settings: &Settings<'_>) -> Line<'static> {
    let ink = Ink::of_settings(settings);
    let bad = moment.lines.malformed + moment.lines.not_an_object;
    let reversed = |text| Span::styled(text, Style::new().add_modifier(Modifier::REVERSED));
    let mut spans = vec![reversed(match view.paused {
        true => " PAUSED ",
        false => " authmeter ",
    })];
    let events = thousands(moment.recent.total().events);
    spans.push(Span::raw(format!(" {events} events")));
    if bad > 0 {
        let text = format!(", {} bad lines", thousands(bad));
        spans.push(Span::styled(text, ink.of(Color::Yellow)));
    }
    spans.push(Span::raw(format!("  {}", clock(settings.zone, moment.now))));
    if moment.is_first {
        spans.push(Span::styled("  reading", ink.of(Color::Yellow)));
    } else if moment.left > 0 {
        // Rounded up: what is there is not nothing.
        let text = format!(
            "  {} MB to read",
            thousands(moment.left.div_ceil(1_000_000))
        );
        spans.push(Span::styled(text, ink.of(Color::Yellow)));
    }
    Line::from(spans)
}

fn alarm_lines(moment: &Moment, ink: Ink) -> Vec<Line<'static>> {
    let text = |alarm: Alarm| match alarm {
        Alarm::Failures { now, before } => format!(
            " ▲ {} of logins fail in the last 5 minutes; {} in the day before",
            percent(&now),
            percent(&before)
        ),
        Alarm::Silence(seconds) => format!(" ▲ no event for {} s", thousands(seconds)),
    };
    let alarms = alarms(&moment.recent, moment.now).into_iter().map(text);
    let style = ink.of(Color::Red).add_modifier(Modifier::BOLD);
    alarms.map(|text| Line::styled(text, style)).collect()
}

/// What is in trouble is seen first, and of many files, how many there are.
fn state_lines(moment: &Moment, ink: Ink) -> Vec<Line<'static>> {
    let line = |state: &State| {
        let mut text = format!(" {}", Visible(&state.path.display().to_string()));
        if state.generations > 1 {
            text += &format!("  rotated {} ×", state.generations - 1);
        }
        match &state.trouble {
            Some(trouble) => {
                let text = format!("{text}  ▲ {}", Visible(trouble));
                Line::styled(text, ink.of(Color::Yellow))
            }
            None => Line::styled(text, ink.dim()),
        }
    };
    let mut states: Vec<&State> = moment.states.iter().collect();
    states.sort_by_key(|state| state.trouble.is_none());
    states.into_iter().map(line).collect()
}

fn draw_help(frame: &mut Frame<'_>) {
    let area = frame.area();
    let (width, height) = (66.min(area.width), 15.min(area.height));
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
pub(super) fn clock(zone: Zone, time: Timestamp) -> String {
    let offset = zone.offset(time.seconds());
    let text = Local { time, offset }.to_string();
    text.get(11..19).unwrap_or(&text).to_owned()
}
