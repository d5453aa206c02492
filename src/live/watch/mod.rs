//! Looking at logs while they grow: what was counted, what happened lately, and what should not be overlooked.
//!
//! ```text
//!  files ─▶ follow ─▶ Counting ─▶ the report, at any time
//!  pipe  ─▶ lines  ─▶    │
//!                        └──────▶ Recent ─▶ rates, newest events, alarms ─▶ a line a period, or the dashboard
//! ```

mod alarm;
pub mod board;
mod line;
mod newest;
mod pipe;
mod recent;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::path::PathBuf;

use rayon::ThreadPoolBuildError;

use super::follow::{Following, State};
use crate::engine::{Answer, Counting, Lines, Plan};
use crate::event::{Field, FieldSet, Timestamp, Wanted};
use crate::filter::Filter;
use crate::read::{Input, Inputs};
pub use alarm::{Alarm, alarms};
pub use line::Periods;
pub use newest::Row;
use pipe::Pipe;
pub use recent::{Counts, Recent};

/// Fields that are shown of an event.
const SHOWN: FieldSet = FieldSet::of(&[
    Field::Event,
    Field::User,
    Field::Email,
    Field::Tenant,
    Field::Client,
    Field::Ip,
    Field::Reason,
]);

/// Logs that are looked at while they grow.
pub struct Watching {
    following: Following,
    pipe: Option<Pipe>,
    counting: Counting,
    recent: Recent,
}

impl Watching {
    /// Follows files, and a pipe or anything else that can only be read once.
    ///
    /// # Errors
    ///
    /// The system cannot start the workers.
    pub fn new(
        mut plan: Plan,
        files: Vec<PathBuf>,
        pipe: Option<File>,
    ) -> Result<Watching, ThreadPoolBuildError> {
        plan.reading.wanted.extend(&Wanted::of_all(SHOWN));
        Ok(Watching {
            following: Following::new(files),
            pipe: pipe.map(Pipe::new),
            recent: Recent::new(),
            counting: Counting::new(plan)?,
        })
    }

    /// Reads what is new; whether there was anything.
    pub fn poll(&mut self) -> bool {
        let fresh = self.following.poll();
        let piped = self.pipe.as_mut().and_then(|pipe| pipe.lines(false));
        self.count(fresh, piped)
    }

    /// Reads what is left, lines without an end included.
    pub fn finish(&mut self) {
        let fresh = self.following.finish();
        let piped = self.pipe.as_mut().and_then(|pipe| pipe.lines(true));
        self.count(fresh, piped);
    }

    /// Whether nothing more can come: a pipe has ended, and no file is followed.
    pub fn is_over(&self) -> bool {
        let ended = self.pipe.as_ref().is_some_and(Pipe::is_over);
        ended && self.following.states().next().is_none()
    }

    /// The pipe is the first input, and files come after it.
    fn count(&mut self, fresh: Option<Vec<Input>>, piped: Option<Input>) -> bool {
        if fresh.is_none() && piped.is_none() {
            return false;
        }
        let mut inputs = Vec::new();
        if self.pipe.is_some() {
            inputs.push(piped.unwrap_or_else(|| Input::nothing(Pipe::NAME)));
        }
        inputs.extend(fresh.into_iter().flatten());
        let now = Timestamp::now();
        let inputs = Inputs::new(inputs);
        self.recent.at(now);
        match self.counting.plan().threads.get() {
            1 => {
                let recent = std::slice::from_mut(&mut self.recent);
                self.counting.read_and(&inputs, recent);
            }
            workers => {
                let mut seen = vec![self.recent.beside(now); workers];
                self.counting.read_and(&inputs, &mut seen);
                for seen in seen {
                    self.recent.merge(seen);
                }
            }
        }
        true
    }

    /// What the reports say of everything read so far.
    pub fn answer(&self) -> Answer {
        self.counting.answer()
    }

    /// What became of the lines read so far.
    pub fn lines(&self) -> Lines {
        self.counting.lines()
    }

    /// What happened lately.
    pub fn recent(&self) -> &Recent {
        &self.recent
    }

    /// Lists only events that a filter lets pass; everything is counted as before.
    pub fn list(&mut self, filter: Filter) {
        self.recent.list(filter);
    }

    /// How each file is doing.
    pub fn states(&self) -> impl Iterator<Item = State> {
        self.following.states()
    }
}
