//! Synthetic authentication logs that look like life, and the truth about them.
//!
//! ```text
//! rhythm ─▶ arrivals ─▶ life: sessions ─▶ pending events, by time ─▶ line or hostile ─▶ bytes
//!                        ▲                                             │
//!                  population                                          └─▶ truth
//! ```
//!
//! The same settings give the same bytes on every machine. Memory depends on the number of users, not on the number
//! of events: sessions overlap, so what is pending is the open sessions' future, and that is bounded.

mod hostile;
mod life;
mod line;
mod pending;
mod population;
mod random;
mod rhythm;
mod truth;
mod vocabulary;

use std::io;
use std::time::Duration;

use self::hostile::Hostile;
use self::line::Clock;
use self::pending::Arrivals;
use self::population::Population;
use self::truth::{Count, Shown};
use self::vocabulary::Event;
use crate::event::Timestamp;

pub use self::truth::{Failures, Logins, Part, Refreshes, Split, Truth, Window};

/// What the lines of a log look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// Exactly what the writer writes.
    #[default]
    Plain,
    /// The same life, but with everything that is legal, strange or broken in the lines: other key orders, white space,
    /// escapes, unknown and duplicate fields, torn lines, garbage.
    Hostile,
}

/// What log to generate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many events. Lines that are none come on top, in a hostile log.
    pub events: u64,
    /// What makes this log differ from others of the same settings.
    pub seed: u64,
    /// How many users there are, 1 to [`Settings::MAX_USERS`]; those who never come do not appear.
    pub users: u32,
    /// How many clients they use, 1 to [`Settings::MAX_CLIENTS`].
    pub clients: u32,
    /// No event is earlier.
    pub start: Timestamp,
    /// Every event is less than this after `start`, which counts in whole milliseconds.
    pub span: Duration,
    /// What the lines look like.
    pub shape: Shape,
}

/// Bytes gathered before they are handed on: large enough that a write costs nothing beside making its bytes.
const BATCH: usize = 1 << 20;

/// 2025-01-06T00:00:00Z, a Monday.
const DEFAULT_START: Timestamp = match Timestamp::new(1_736_121_600, 0) {
    Some(time) => time,
    None => panic!("a year of four digits"),
};

impl Settings {
    /// The most users; a user costs about 9 bytes of memory.
    pub const MAX_USERS: u32 = 50_000_000;
    /// The most clients.
    pub const MAX_CLIENTS: u32 = 10_000;
    /// The longest span, a hundred years.
    pub const MAX_DAYS: u32 = 36_525;

    /// A plain log of `events` events with the proportions of a usual one: 10 clients, 36 events per user up to 165,000
    /// users, 4,000 events a day for at least 3 and at most 135 days (4.5 months).
    pub fn new(events: u64, seed: u64) -> Settings {
        Settings {
            events,
            seed,
            users: (events / 36).clamp(20, 165_000) as u32,
            clients: 10,
            start: DEFAULT_START,
            span: Duration::from_secs((events / 4_000).clamp(3, 135) * 86_400),
            shape: Shape::Plain,
        }
    }

    /// Start and end in milliseconds since 1970, or what is wrong with the settings.
    fn checked(&self) -> Result<(i64, i64), String> {
        let within = |what: &str, value: u32, most: u32| match value {
            0 => Err(format!("no {what}: at least 1 is needed")),
            _ if value > most => Err(format!("{value} {what}: at most {most} are possible")),
            _ => Ok(()),
        };
        within("users", self.users, Settings::MAX_USERS)?;
        within("clients", self.clients, Settings::MAX_CLIENTS)?;
        let longest = u128::from(Settings::MAX_DAYS) * 86_400_000;
        let span = match self.span.as_millis() {
            0 => return Err("no time: at least 1 ms is needed".to_owned()),
            span if span > longest => {
                return Err(format!("more than {} days", Settings::MAX_DAYS));
            }
            span => span as i64,
        };
        // Rounded up, so that no event is earlier than the start.
        let millis = i64::from(self.start.subsec_nanos().div_ceil(1_000_000));
        let start = self.start.seconds() * 1000 + millis;
        match line::timestamp(start + span) {
            Some(_) => Ok((start, start + span)),
            None => Err("the end lies after the year 9999".to_owned()),
        }
    }
}

/// Writes the log that `settings` describe, in large pieces, and returns the truth about it.
///
/// # Errors
///
/// [`io::ErrorKind::InvalidInput`] if the settings describe no log, and whatever `out` answers.
pub fn write(settings: &Settings, out: &mut dyn io::Write) -> io::Result<Truth> {
    let (start, end) = settings
        .checked()
        .map_err(|wrong| io::Error::new(io::ErrorKind::InvalidInput, wrong))?;
    let hostile = settings.shape == Shape::Hostile;
    let population = Population::new(settings.seed, settings.users, settings.clients, hostile);
    let mut arrivals = Arrivals::new(settings.events, settings.seed, start..end, &population);
    let mut lines = match settings.shape {
        Shape::Plain => Lines::Plain(Clock::default()),
        Shape::Hostile => Lines::Hostile(Box::new(Hostile::new(settings.seed, start..end))),
    };
    let mut count = Count::new(&population);
    let mut batch = Vec::with_capacity(BATCH + (BATCH >> 2));
    while let Some(event) = arrivals.next() {
        lines.append(event, &population, &mut batch, &mut count);
        if batch.len() >= BATCH {
            count.truth.bytes += batch.len() as u64;
            out.write_all(&batch)?;
            batch.clear();
        }
    }
    count.truth.bytes += batch.len() as u64;
    out.write_all(&batch)?;
    out.flush()?;
    Ok(count.finish(&population))
}

/// How events become lines.
enum Lines {
    Plain(Clock),
    Hostile(Box<Hostile>),
}

impl Lines {
    fn append(
        &mut self,
        event: Event,
        population: &Population,
        out: &mut Vec<u8>,
        count: &mut Count,
    ) {
        match self {
            Lines::Plain(clock) => {
                line::write(&event, population, clock, out);
                out.push(b'\n');
                count.truth.lines += 1;
                count.event(&event, Shown::default());
            }
            Lines::Hostile(hostile) => hostile.append(event, population, out, count),
        }
    }
}

#[cfg(test)]
mod tests;
