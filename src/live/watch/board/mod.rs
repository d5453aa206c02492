//! The dashboard in the terminal.
//!
//! Keys change what is shown, never what is counted. Whatever ends it, the terminal is left as it was found: the screen
//! before it comes back, with its cursor.

mod draw;
mod events;
mod keys;
mod rates;
#[cfg(test)]
mod tests;
mod timeline;

use std::io::{self, Write};
use std::time::Duration;

use ratatui::crossterm::event::{self, Event as Input, KeyEventKind};

use super::{Recent, Watching};
use crate::engine::Lines;
use crate::event::Timestamp;
use crate::filter::Filter;
use crate::live::follow::State;
use crate::read::Watch;
use crate::zone::Zone;
use keys::{View, Wish};

/// How often it looks and draws.
const PACE: Duration = Duration::from_millis(250);

/// How it looks, and what words on it mean.
pub struct Settings<'a> {
    /// Where clocks show the times that are shown.
    pub zone: Zone,
    /// Whether there are colours.
    pub colour: bool,
    /// What the words of a filter mean, or what is wrong with them.
    pub meaning: &'a dyn Fn(&str) -> Result<Filter, String>,
}

/// Everything a frame tells of, at one moment.
struct Moment {
    now: Timestamp,
    recent: Recent,
    lines: Lines,
    states: Vec<State>,
}

impl Moment {
    fn of(watching: &Watching) -> Moment {
        Moment {
            now: Timestamp::now(),
            recent: watching.recent().clone(),
            lines: watching.lines(),
            states: watching.states().collect(),
        }
    }
}

/// Draws until a key or `stop` ends it, or nothing more can come.
///
/// # Errors
///
/// The terminal cannot be drawn on. It is restored then, too.
pub fn run(watching: &mut Watching, stop: &Watch, settings: &Settings<'_>) -> io::Result<()> {
    // What is there already may take a while, and Ctrl-C is a signal as long as nothing is drawn.
    watching.poll();
    // Restores the terminal before a panic is told.
    let mut terminal = ratatui::try_init()?;
    let ended = order(false).and_then(|()| look(&mut terminal, watching, stop, settings));
    let restored = order(true).and(ratatui::try_restore());
    ended.and(restored)
}

/// Whether the terminal may order text by its direction: bidirectional support mode (ECMA-48, 8.3.85 and 7.2.1), explicit and
/// implicit. A log's Hebrew or Arabic would take numbers and columns behind it along; cells are drawn where they belong.
fn order(implicit: bool) -> io::Result<()> {
    let mut terminal = io::stdout();
    terminal.write_all(if implicit { b"\x1b[8h" } else { b"\x1b[8l" })?;
    terminal.flush()
}

fn look(
    terminal: &mut ratatui::DefaultTerminal,
    watching: &mut Watching,
    stop: &Watch,
    settings: &Settings<'_>,
) -> io::Result<()> {
    let mut view = View::default();
    let mut moment = Moment::of(watching);
    while !stop.is_stopped() && !watching.is_over() {
        watching.poll();
        if !view.paused {
            moment = Moment::of(watching);
        }
        terminal.draw(|frame| draw::draw(&moment, &view, settings, frame))?;
        // Waits for a key, and takes all that were pressed.
        let mut wait = PACE;
        while event::poll(wait)? {
            if let Input::Key(key) = event::read()?
                && key.kind != KeyEventKind::Release
            {
                match view.press(key) {
                    Wish::Nothing => {}
                    Wish::End => return Ok(()),
                    Wish::List(words) => {
                        list(words, &mut view, watching, settings);
                        moment.recent = watching.recent().clone();
                    }
                }
            }
            wait = Duration::ZERO;
        }
    }
    Ok(())
}

/// Lists the events that words mean.
fn list(words: String, view: &mut View, watching: &mut Watching, settings: &Settings<'_>) {
    match (settings.meaning)(&words) {
        Ok(filter) => {
            watching.list(filter);
            view.listed(words);
        }
        Err(why) => view.refuse(why),
    }
}
