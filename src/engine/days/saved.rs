//! Days at rest.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Date, Day, Days, Ledger};
use crate::engine::Times;
use crate::report::Running;

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

impl Days {
    /// Which days a view has, each with a number that changes whenever the day does.
    pub fn versions(&self, view: usize) -> Vec<(Option<i64>, u64)> {
        let view = self.views.get(view).and_then(Option::as_ref);
        let days = view.into_iter().flat_map(|view| &view.days);
        days.map(|(date, day)| (*date, day.version)).collect()
    }

    /// One day of a view, to be kept.
    pub fn save(&self, view: usize, date: Option<i64>) -> Option<SavedDay> {
        let day = self.views.get(view)?.as_ref()?.days.get(&date)?;
        let reports = day.reports.iter().map(Running::save);
        Some(SavedDay {
            date,
            window: day.window,
            events: day.events.clone(),
            version: day.version,
            reports: reports.collect::<Result<_, _>>().ok()?,
        })
    }

    /// What is known of the input, to be kept.
    pub fn save_ledger(&self) -> Option<String> {
        serde_json::to_string(&self.ledger).ok()
    }

    /// Goes on from what was kept of the input; `None` if it is nothing of the sort.
    pub fn load_ledger(&mut self, ledger: &str) -> Option<()> {
        self.ledger = serde_json::from_str::<Ledger>(ledger).ok()?;
        Some(())
    }

    /// Has a view go on from a day that was kept; `None` if it is none of such a view.
    pub fn load(&mut self, view: usize, saved: SavedDay) -> Option<()> {
        let view = self.views.get_mut(view)?.as_mut()?;
        let plan = &view.plan;
        if saved.reports.len() != plan.reports.len() {
            return None;
        }
        let mut day = Day::new(plan, &view.directory);
        let states = plan.reports.iter().zip(&saved.reports);
        for (report, (entry, state)) in day.reports.iter_mut().zip(states) {
            report.merge(entry.load(state).ok()?);
        }
        (day.window, day.events, day.version) = (saved.window, saved.events, saved.version);
        self.version = self.version.max(day.version);
        view.days.insert(saved.date, Arc::new(day));
        Some(())
    }
}
