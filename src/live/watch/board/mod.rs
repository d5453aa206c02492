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
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use ratatui::crossterm::event::{self, Event as Input, KeyEventKind};

use super::{Recent, Watching};
use crate::engine::Lines;
use crate::event::Timestamp;
use crate::filter::Filter;
use crate::live::follow::State;
use crate::read::Watch;
use crate::zone::Zone;
use keys::{View, Wish};

/// How often files are looked at, and it is drawn, if no key is pressed.
const PACE: Duration = Duration::from_millis(250);

/// How soon it is drawn again when a list was asked for, or much is being read; and how soon a signal ends it.
const SOON: Duration = Duration::from_millis(50);

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
    /// Bytes that are there and not counted yet.
    left: u64,
    /// How many lists were asked for until then.
    lists: u64,
    /// Nothing was looked at yet.
    is_first: bool,
}

impl Moment {
    fn of(watching: &Watching, lists: u64) -> Moment {
        Moment {
            left: watching.left(),
            lists,
            is_first: false,
            now: Timestamp::now(),
            recent: watching.recent().clone(),
            lines: watching.lines(),
            states: watching.states().collect(),
        }
    }
}

/// What the thread that reads and the one that draws tell each other.
#[derive(Default)]
struct Between {
    /// The latest moment that was not drawn.
    moment: Mutex<Option<Moment>>,
    /// Nobody looks any more.
    is_left: AtomicBool,
}

/// Draws until a key or `stop` ends it, or nothing more can come; `stop` is said then in any case.
///
/// ```text
///  reading: slices, one after another ── moments ──▶ drawing: keys, frames
///                                     ◀── filters ──
/// ```
///
/// Two threads, so that keys are answered at once however much there is to read. At the end the terminal is restored first;
/// what was not counted yet is left to [`Watching::finish`].
///
/// # Errors
///
/// The terminal cannot be drawn on. It is restored then, too.
pub fn run(watching: &mut Watching, stop: &Watch, settings: &Settings<'_>) -> io::Result<()> {
    let between = &Between::default();
    let first = Moment {
        is_first: true,
        ..Moment::of(watching, 0)
    };
    let (filters, asked) = channel();
    thread::scope(|scope| {
        let reading = scope.spawn(move || read_on(watching, between, &asked));
        // Nothing more can come, or it panicked, which is told below.
        let goes_on = || !stop.is_stopped() && !reading.is_finished();
        // Restores the terminal before a panic is told.
        let ended = ratatui::try_init().and_then(|mut terminal| {
            let ended = order(false)
                .and_then(|()| look(&mut terminal, first, between, &filters, &goes_on, settings));
            // Ctrl-C is a signal again from here, and the next one ends the program.
            stop.stop();
            let restored = order(true).and(ratatui::try_restore());
            ended.and(restored)
        });
        between.is_left.store(true, Ordering::Relaxed);
        // Whoever waits for a filter is woken.
        drop(filters);
        ended
    })
}

/// Reads, and tells what it has seen, until nobody looks or nothing more can come.
fn read_on(watching: &mut Watching, between: &Between, asked: &Receiver<Filter>) {
    let mut lists = 0;
    while !between.is_left.load(Ordering::Relaxed) && !watching.is_over() {
        watching.poll();
        let wait = match watching.is_behind() {
            false => PACE,
            true => Duration::ZERO,
        };
        // The filters that are there, or the first that comes while there is nothing to read.
        let mut filter = asked.try_recv().ok();
        loop {
            if let Some(filter) = filter {
                watching.list(filter);
                lists += 1;
            }
            let moment = Moment::of(watching, lists);
            *between
                .moment
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = Some(moment);
            filter = asked.recv_timeout(wait).ok();
            if filter.is_none() {
                break;
            }
        }
    }
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
    mut moment: Moment,
    between: &Between,
    filters: &Sender<Filter>,
    goes_on: &dyn Fn() -> bool,
    settings: &Settings<'_>,
) -> io::Result<()> {
    let mut view = View::default();
    let mut lists = 0;
    while goes_on() {
        let latest = between
            .moment
            .lock()
            .map_or(None, |mut latest| latest.take());
        if let Some(latest) = latest {
            match view.paused {
                false => moment = latest,
                // What is held is listed in another way.
                true if latest.lists > moment.lists => {
                    (moment.recent, moment.lists) = (latest.recent, latest.lists);
                }
                true => {}
            }
        }
        terminal.draw(|frame| draw::draw(&moment, &view, settings, frame))?;
        let wait = match (moment.left, moment.lists == lists) {
            (0, true) if !moment.is_first => PACE,
            _ => SOON,
        };
        // Waits for a key, and takes all that were pressed.
        let mut until = Instant::now() + wait;
        while goes_on() {
            let more = until.saturating_duration_since(Instant::now());
            if !event::poll(more.min(SOON))? {
                match more.is_zero() {
                    true => break,
                    false => continue,
                }
            }
            if let Input::Key(key) = event::read()?
                && key.kind != KeyEventKind::Release
            {
                match view.press(key) {
                    Wish::Nothing => {}
                    Wish::End => return Ok(()),
                    Wish::List(words) => match (settings.meaning)(&words) {
                        Ok(filter) => {
                            // Whoever reads is there as long as this is.
                            lists += u64::from(filters.send(filter).is_ok());
                            view.listed(words);
                        }
                        Err(why) => view.refuse(why),
                    },
                }
            }
            until = Instant::now();
        }
    }
    Ok(())
}
