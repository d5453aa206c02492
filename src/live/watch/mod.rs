//! Looking at logs while they grow: what was counted, what happened lately, and what should not be overlooked.
//!
//! ```text
//!  files ─▶ follow ─▶ slices ─▶ Counting ─▶ the report, at any time
//!  pipe  ─▶ lines  ─▶              │
//!                                  └──────▶ Recent ─▶ rates, newest events, alarms ─▶ a line a period, or the dashboard
//! ```
//!
//! However much there is to read, it is read in slices, between which somebody can look, choose and end.

mod alarm;
pub mod board;
mod line;
mod newest;
mod pipe;
mod recent;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fs::File;
use std::path::PathBuf;

use rayon::ThreadPoolBuildError;

use super::follow::{Following, State};
use super::is_little;
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

/// Bytes that are counted at a time, and the line they end in: about a tenth of a second's work.
const SLICE: u64 = 32 << 20;

/// Logs that are looked at while they grow.
pub struct Watching {
    following: Following,
    pipe: Option<Pipe>,
    /// What was found and is not counted yet, by the index of its generation.
    waiting: VecDeque<(u32, Input)>,
    slice: u64,
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
            waiting: VecDeque::new(),
            slice: SLICE,
            recent: Recent::new(),
            counting: Counting::new(plan)?,
        })
    }

    /// Counts the next slice of what is new.
    pub fn poll(&mut self) {
        if self.waiting.is_empty() {
            self.waiting.extend(self.following.poll_some(self.slice));
        }
        let piped = self.pipe.as_mut().and_then(|pipe| pipe.lines(false));
        self.count(piped);
    }

    /// Whether there is more to count already: it is worth to poll again at once.
    pub fn is_behind(&self) -> bool {
        let piped = self.pipe.as_ref().is_some_and(Pipe::is_behind);
        piped || !self.waiting.is_empty() || self.following.is_behind()
    }

    /// Bytes that were found and are not counted yet.
    pub fn left(&self) -> u64 {
        let sizes = self.waiting.iter().filter_map(|(_, input)| input.size());
        sizes.sum()
    }

    /// Counts what is left, lines without an end included.
    pub fn finish(&mut self) {
        self.count_waiting();
        // Every file once more, before the last look, which takes what there is into memory.
        loop {
            self.waiting.extend(self.following.poll_some(self.slice));
            self.count_waiting();
            if !self.following.is_behind() {
                break;
            }
        }
        self.waiting.extend(self.following.finish_new());
        let piped = self.pipe.as_mut().and_then(|pipe| pipe.lines(true));
        self.count(piped);
        self.count_waiting();
    }

    fn count_waiting(&mut self) {
        while !self.waiting.is_empty() {
            self.count(None);
        }
    }

    /// Whether nothing more can come: a pipe has ended, and no file is followed.
    pub fn is_over(&self) -> bool {
        let ended = self.pipe.as_ref().is_some_and(Pipe::is_over);
        ended && self.following.states().next().is_none()
    }

    /// Takes a slice out of what waits: a part of a file, or several that are small.
    fn slice(&mut self) -> Vec<(u32, Input)> {
        let mut slice = Vec::new();
        let mut room = self.slice;
        while room > 0
            && let Some((index, mut input)) = self.waiting.pop_front()
        {
            // What cannot be cut is counted as a whole.
            let rest = input.split_off(room).ok().flatten();
            room = match &rest {
                Some(_) => 0,
                None => room.saturating_sub(input.size().unwrap_or(0)),
            };
            slice.push((index, input));
            if let Some(rest) = rest {
                self.waiting.push_front((index, rest));
            }
        }
        slice
    }

    /// The pipe is the first input, and files come after it.
    fn count(&mut self, piped: Option<Input>) {
        let fresh = self.slice();
        if fresh.is_empty() && piped.is_none() {
            return;
        }
        let mut inputs = Vec::new();
        if self.pipe.is_some() {
            inputs.push(piped.unwrap_or_else(|| Input::nothing(Pipe::NAME)));
        }
        inputs.extend(self.following.inputs(fresh));
        let now = Timestamp::now();
        let inputs = Inputs::new(inputs);
        self.recent.at(now);
        match self.counting.plan().threads.get() {
            workers if workers == 1 || is_little(&inputs) => {
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
