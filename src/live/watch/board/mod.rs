//! The dashboard in the terminal.
//!
//! Keys change what is shown, never what is counted. Whatever ends it, the terminal is left as it was found: the screen
//! before it comes back, with its cursor.

mod draw;
#[cfg(test)]
mod tests;

use std::io;
use std::time::Duration;

use ratatui::crossterm::event::{
    self, Event as Input, KeyCode, KeyEvent, KeyEventKind, KeyModifiers,
};

use super::{Recent, Watching};
use crate::event::Timestamp;
use crate::read::Watch;
use crate::zone::Zone;

/// How often it looks and, if there is something new to show, draws.
const PACE: Duration = Duration::from_millis(250);

/// What somebody who looks has chosen.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    zoom: Zoom,
    paused: bool,
    help: bool,
    /// Events below the newest that are scrolled past.
    scroll: usize,
    /// Text that shown events must have.
    filter: String,
    /// Whether the filter is being written.
    writing: bool,
}

/// How much time the timeline shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Zoom {
    Minute,
    #[default]
    Hour,
    Day,
}

impl Zoom {
    /// Its name, seconds of a bucket, and how many buckets it has.
    fn of(self) -> (&'static str, u32, usize) {
        match self {
            Zoom::Minute => ("minute", 1, 60),
            Zoom::Hour => ("hour", 60, 60),
            Zoom::Day => ("day", 900, 96),
        }
    }

    fn closer(self) -> Zoom {
        match self {
            Zoom::Day => Zoom::Hour,
            _ => Zoom::Minute,
        }
    }

    fn farther(self) -> Zoom {
        match self {
            Zoom::Minute => Zoom::Hour,
            _ => Zoom::Day,
        }
    }
}

/// What a key asks for beyond another view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Nothing,
    End,
}

impl View {
    fn press(&mut self, key: KeyEvent) -> Wish {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        if control && matches!(key.code, KeyCode::Char('c' | 'd')) {
            return Wish::End;
        }
        if self.writing {
            self.write(key.code);
            return Wish::Nothing;
        }
        if self.help {
            self.help = false;
            return Wish::Nothing;
        }
        match key.code {
            KeyCode::Char('q') => return Wish::End,
            KeyCode::Char('?' | 'h') => self.help = true,
            KeyCode::Char('p' | ' ') => self.paused = !self.paused,
            KeyCode::Char('f' | '/') => self.writing = true,
            KeyCode::Char('+' | '=') => self.zoom = self.zoom.closer(),
            KeyCode::Char('-') => self.zoom = self.zoom.farther(),
            KeyCode::Char('z') => {
                self.zoom = match self.zoom {
                    Zoom::Day => Zoom::Minute,
                    zoom => zoom.farther(),
                }
            }
            KeyCode::Down => self.scroll = (self.scroll + 1).min(Recent::ROWS),
            KeyCode::PageDown => self.scroll = (self.scroll + 10).min(Recent::ROWS),
            KeyCode::Up => self.scroll = self.scroll.saturating_sub(1),
            KeyCode::PageUp => self.scroll = self.scroll.saturating_sub(10),
            KeyCode::Home => self.scroll = 0,
            KeyCode::Esc => (self.filter, self.scroll) = (String::new(), 0),
            _ => {}
        }
        Wish::Nothing
    }

    fn write(&mut self, key: KeyCode) {
        match key {
            KeyCode::Enter => self.writing = false,
            KeyCode::Esc => (self.filter, self.writing) = (String::new(), false),
            KeyCode::Backspace => {
                self.filter.pop();
            }
            KeyCode::Char(letter) if self.filter.chars().count() < 60 => self.filter.push(letter),
            _ => {}
        }
        self.scroll = 0;
    }
}

/// Draws until a key or `stop` ends it. Times are shown as clocks of `zone` show them; `colour` is whether there is any.
///
/// # Errors
///
/// The terminal cannot be drawn on. It is restored then, too.
pub fn run(watching: &mut Watching, stop: &Watch, zone: Zone, colour: bool) -> io::Result<()> {
    // Restores the terminal before a panic is told.
    let mut terminal = ratatui::try_init()?;
    let ended = looked_at(&mut terminal, watching, stop, zone, colour);
    let restored = ratatui::try_restore();
    ended.and(restored)
}

fn looked_at(
    terminal: &mut ratatui::DefaultTerminal,
    watching: &mut Watching,
    stop: &Watch,
    zone: Zone,
    colour: bool,
) -> io::Result<()> {
    let mut view = View::default();
    let mut held: Option<Recent> = None;
    while !stop.is_stopped() && !watching.is_over() {
        watching.poll();
        match view.paused {
            true => _ = held.get_or_insert_with(|| watching.recent().clone()),
            false => held = None,
        }
        let now = Timestamp::now();
        terminal.draw(|frame| {
            let shown = draw::Shown {
                recent: held.as_ref().unwrap_or(watching.recent()),
                lines: watching.lines(),
                states: watching.states().collect(),
                view: &view,
                now,
                zone,
                colour,
            };
            draw::draw(&shown, frame);
        })?;
        // Waits for a key, and takes all that were pressed.
        let mut wait = PACE;
        while event::poll(wait)? {
            if let Input::Key(key) = event::read()?
                && key.kind != KeyEventKind::Release
                && view.press(key) == Wish::End
            {
                return Ok(());
            }
            wait = Duration::ZERO;
        }
    }
    Ok(())
}
