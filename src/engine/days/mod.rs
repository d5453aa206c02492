//! A log counted day by day, for several at once: what was in any stretch of whole days is a sum of days.
//!
//! ```text
//!  events ─▶ each view: its filter ─▶ the day on its clocks ─▶ that day's reports      views share nothing:
//!                                    └ undated: a day apart                            not even names
//!  a stretch of days ─▶ snapshot ─▶ sum of blocks of 1, 2, 4 … days, kept ─▶ answer
//! ```
//!
//! Reports are commutative sums, so that the sum of days says what one scan of the stretch would: sequences across
//! midnight are in it, because states keep what has to be put in order until they are asked.

mod blocks;
mod router;
mod saved;
mod snapshot;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::account::Tally;
use super::partial::wanted;
use super::sift::extend;
use super::{Plan, Times};
use crate::event::Timestamp;
use crate::read::{Inputs, Reading, read};
use crate::report::Running;
use crate::tally::Directory;
use blocks::Blocks;
use router::Router;
pub use router::Stretch;
pub use saved::AtRest;
pub use snapshot::Snapshot;

/// Which day, since 1970-01-01; `None` is that of undated events.
type Date = Option<i64>;

/// What one day has.
#[derive(Clone)]
struct Day {
    reports: Vec<Running>,
    window: Times,
    /// How many events each input has on this day.
    events: Vec<u64>,
    /// Changes with every change of the day.
    version: u64,
}

impl Day {
    fn new(plan: &Plan, directory: &Directory) -> Day {
        let reports = plan.reports.iter();
        Day {
            reports: reports
                .map(|report| report.start(&plan.options, directory))
                .collect(),
            window: None,
            events: Vec::new(),
            version: 0,
        }
    }

    fn count(&mut self, input: u32, events: u64) {
        let input = input as usize;
        if input >= self.events.len() {
            self.events.resize(input + 1, 0);
        }
        self.events[input] += events;
    }

    fn merge(&mut self, other: Day) {
        for (report, other) in self.reports.iter_mut().zip(other.reports) {
            report.merge(other);
        }
        if let Some((first, last)) = other.window {
            extend(&mut self.window, first, last);
        }
        for (input, events) in (0..).zip(other.events) {
            self.count(input, events);
        }
        self.version = self.version.max(other.version);
    }
}

/// For whom days are counted: a plan whose filter has no window.
struct View {
    plan: Arc<Plan>,
    directory: Directory,
    days: BTreeMap<Date, Arc<Day>>,
    blocks: Arc<Blocks>,
}

/// What is known of the input, whoever asks.
#[derive(Clone, Serialize, Deserialize)]
struct Ledger {
    names: Vec<String>,
    tally: Tally,
    /// Events of each input.
    events: Vec<u64>,
}

/// Counts inputs piece by piece and day by day, for each of some views.
pub struct Days {
    threads: usize,
    reading: Reading,
    views: Vec<Option<View>>,
    ledger: Ledger,
    version: u64,
}

impl Days {
    /// Nothing read, for nobody yet.
    pub fn new(reading: Reading, threads: usize) -> Days {
        Days {
            threads: threads.max(1),
            reading,
            views: Vec::new(),
            ledger: Ledger {
                names: Vec::new(),
                tally: Tally::new(0),
                events: Vec::new(),
            },
            version: 0,
        }
    }

    /// Counts what comes from now on for one more view, too, and returns its number.
    pub fn view(&mut self, plan: Plan) -> usize {
        let view = View {
            directory: Directory::new(plan.options.memory_limit),
            plan: Arc::new(plan),
            days: BTreeMap::new(),
            blocks: Arc::default(),
        };
        self.place(view)
    }

    fn place(&mut self, view: View) -> usize {
        match self.views.iter().position(Option::is_none) {
            Some(free) => {
                self.views[free] = Some(view);
                free
            }
            None => {
                self.views.push(Some(view));
                self.views.len() - 1
            }
        }
    }

    /// Takes over the only view of another count, which has read the same inputs as far as this; returns its number.
    pub fn adopt(&mut self, mut other: Days) -> Option<usize> {
        self.version = self.version.max(other.version);
        let view = other.views.pop()??;
        Some(self.place(view))
    }

    /// Counts for a view no more.
    pub fn drop_view(&mut self, view: usize) {
        if let Some(view) = self.views.get_mut(view) {
            *view = None;
        }
    }

    /// Reads what these inputs have, the first of which is the one of this number; as
    /// [`Counting::read`](super::Counting::read). Where there is little, no other worker is started. Returns the stretches
    /// of lines that were read.
    pub fn read(&mut self, inputs: &Inputs, first: usize, little: bool) -> Vec<Stretch> {
        let count = first + inputs.names().len();
        let names = &mut self.ledger.names;
        names.resize(names.len().max(count), String::new());
        names[first..count].clone_from_slice(inputs.names());
        self.version += 1;
        let mut reading = self.reading.clone();
        for view in self.views.iter().flatten() {
            let plan = &view.plan;
            reading.wanted.extend(&plan.reading().wanted);
        }
        let mut own = Router::new(&mut self.views, first, count, self.version);
        let others = if little { 0 } else { self.threads - 1 };
        let others: Vec<Router> = (0..others).map(|_| own.twin()).collect();
        let reading = &reading;
        let others: Vec<Router> = std::thread::scope(|scope| {
            let spawned = others.into_iter().map(|mut router| {
                scope.spawn(move || {
                    read(inputs, reading, &mut router);
                    router.settle();
                    router
                })
            });
            let spawned: Vec<_> = spawned.collect();
            read(inputs, reading, &mut own);
            own.settle();
            let joined = spawned.into_iter().map(std::thread::ScopedJoinHandle::join);
            joined
                .map(|router| router.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        for router in others {
            own.merge(router);
        }
        let (tally, events, stretches) = own.finish(&mut self.views);
        self.ledger.tally.grow(count);
        self.ledger.tally.merge(tally);
        self.ledger.tally.settle();
        self.ledger
            .events
            .resize(count.max(self.ledger.events.len()), 0);
        for (sum, events) in self.ledger.events.iter_mut().zip(events) {
            *sum += events;
        }
        stretches
    }

    /// A view's days as they are now, from one on and before another; without a limit on both sides, undated events too.
    pub fn snapshot(&self, view: usize, from: Option<i64>, to: Option<i64>) -> Option<Snapshot> {
        let view = self.views.get(view)?.as_ref()?;
        let open = from.is_none() && to.is_none();
        let within = |date: Date| match date {
            None => open,
            Some(day) => from.is_none_or(|from| from <= day) && to.is_none_or(|to| day < to),
        };
        let days = view.days.iter().filter(|(date, _)| within(**date));
        Some(Snapshot {
            plan: Arc::clone(&view.plan),
            directory: view.directory.clone(),
            days: days.map(|(date, day)| (*date, Arc::clone(day))).collect(),
            blocks: Arc::clone(&view.blocks),
            ledger: self.ledger.clone(),
        })
    }

    /// Times of the first and the last event of a view.
    pub fn window(&self, view: usize) -> Option<(Timestamp, Timestamp)> {
        let mut window = None;
        for day in self.views.get(view)?.as_ref()?.days.values() {
            if let Some((first, last)) = day.window {
                extend(&mut window, first, last);
            }
        }
        window
    }
}
