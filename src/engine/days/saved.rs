//! Days at rest.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};

use super::{Date, Day, Days, Ledger, View};
use crate::engine::{Plan, Times};
use crate::report::Running;
use crate::tally::Directory;

/// One day of a view at rest.
#[derive(Serialize, Deserialize)]
pub struct SavedDay {
    date: Date,
    #[serde(with = "times")]
    window: Times,
    events: Vec<u64>,
    version: u64,
    /// The state of each report of the view.
    reports: Vec<String>,
}

/// Points in time at rest: seconds and nanoseconds.
pub(super) mod times {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    use crate::engine::Times;
    use crate::event::Timestamp;

    type Saved = Option<[(i64, u32); 2]>;

    pub(in crate::engine::days) fn serialize<S: Serializer>(
        times: &Times,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let both = times.map(|(first, last)| [first, last]);
        let saved: Saved = both.map(|both| both.map(|time| (time.seconds(), time.subsec_nanos())));
        saved.serialize(serializer)
    }

    pub(in crate::engine::days) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Times, D::Error> {
        let Some(both) = Saved::deserialize(deserializer)? else {
            return Ok(None);
        };
        let [first, last] = both.map(|(seconds, nanos)| Timestamp::new(seconds, nanos));
        let both = first.zip(last);
        both.map(Some)
            .ok_or_else(|| de::Error::custom("a time is out of range"))
    }
}

/// Days of some views as they were at one moment, to be kept: nobody is held up meanwhile.
pub struct AtRest {
    views: Vec<Vec<(Date, Arc<Day>)>>,
    ledger: Ledger,
}

impl AtRest {
    /// Which days a view has, each with a number that changes whenever the day does.
    pub fn versions(&self, view: usize) -> impl Iterator<Item = (Option<i64>, u64)> {
        let days = self.views.get(view).into_iter().flatten();
        days.map(|(date, day)| (*date, day.version))
    }

    /// A day of a view, which goes by its place there.
    pub fn day(&self, view: usize, place: usize) -> Option<SavedDay> {
        let (date, day) = self.views.get(view)?.get(place)?;
        let reports = day.reports.iter().map(Running::save);
        Some(SavedDay {
            date: *date,
            window: day.window,
            events: day.events.clone(),
            version: day.version,
            reports: reports.collect::<Result<_, _>>().ok()?,
        })
    }

    /// What is known of the input.
    pub fn ledger(&self) -> Option<String> {
        serde_json::to_string(&self.ledger).ok()
    }
}

impl Days {
    /// The first so many views, to be kept.
    pub fn at_rest(&self, views: usize) -> AtRest {
        let days = |view: &Option<View>| {
            let days = view.iter().flat_map(|view| &view.days);
            days.map(|(date, day)| (*date, Arc::clone(day))).collect()
        };
        AtRest {
            views: self.views.iter().take(views).map(days).collect(),
            ledger: self.ledger.clone(),
        }
    }

    /// Goes on from what was kept of the input; `None` if it is nothing of the sort.
    pub fn load_ledger(&mut self, ledger: &str) -> Option<()> {
        self.ledger = serde_json::from_str::<Ledger>(ledger).ok()?;
        Some(())
    }

    /// Has a view go on from so many days that were kept, which `fetch` gets by their numbers; `None` if one is none of
    /// such a view.
    pub fn load(
        &mut self,
        view: usize,
        count: usize,
        fetch: impl Fn(usize) -> Option<SavedDay> + Sync,
    ) -> Option<()> {
        let threads = self.threads;
        let view = self.views.get_mut(view)?.as_mut()?;
        let (next, fetch) = (AtomicUsize::new(0), &fetch);
        let (plan, directory) = (&view.plan, &view.directory);
        let load = || {
            let mut loaded = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return Some(loaded);
                }
                loaded.push(fetch(number)?.into_day(plan, directory)?);
            }
        };
        let loaded: Vec<_> = std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(load)).collect();
            let own = load();
            let others = others.into_iter().map(|other| other.join().ok().flatten());
            std::iter::once(own).chain(others).collect()
        });
        for (date, day) in loaded
            .into_iter()
            .collect::<Option<Vec<_>>>()?
            .into_iter()
            .flatten()
        {
            self.version = self.version.max(day.version);
            view.days.insert(date, Arc::new(day));
        }
        Some(())
    }
}

impl SavedDay {
    fn into_day(self, plan: &Plan, directory: &Directory) -> Option<(Date, Day)> {
        let mut day = Day::new(plan, directory);
        if self.reports.len() != plan.reports.len() {
            return None;
        }
        let states = plan.reports.iter().zip(&self.reports);
        for (report, (entry, state)) in day.reports.iter_mut().zip(states) {
            report.merge(entry.load(state).ok()?);
        }
        (day.window, day.events, day.version) = (self.window, self.events, self.version);
        Some((self.date, day))
    }
}
