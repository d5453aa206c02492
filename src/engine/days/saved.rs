//! Days at rest.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};

use super::{Date, Day, Days, Ledger, View};
use crate::engine::{Plan, Times};
use crate::tally::{Directory, Lexicon};

/// What stands before the states of a day's reports.
#[derive(Serialize, Deserialize)]
struct Head {
    date: Date,
    #[serde(with = "times")]
    window: Times,
    events: Vec<u64>,
    version: u64,
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

/// Days in their order.
type Dated = Vec<(Date, Arc<Day>)>;

/// Days of some views as they were at one moment, to be kept: nobody is held up meanwhile.
pub struct AtRest {
    views: Vec<(Directory, Dated)>,
    ledger: Ledger,
}

impl AtRest {
    /// The names that a view counts by, which may be more by now.
    pub fn directory(&self, view: usize) -> Option<&Directory> {
        self.views.get(view).map(|(directory, _)| directory)
    }

    /// Which days a view has, each with a number that changes whenever the day does.
    pub fn versions(&self, view: usize) -> impl Iterator<Item = (Option<i64>, u64)> {
        let days = self.views.get(view).map(|(_, days)| days);
        let days = days.into_iter().flatten();
        days.map(|(date, day)| (*date, day.version))
    }

    /// A day of a view, which goes by its place there; within a [`Lexicon`](crate::tally::Lexicon) of the view's directory
    /// it is much smaller.
    pub fn day(&self, view: usize, place: usize) -> Option<Vec<u8>> {
        let (date, day) = self.views.get(view)?.1.get(place)?;
        let head = Head {
            date: *date,
            window: day.window,
            events: day.events.clone(),
            version: day.version,
        };
        let mut bytes = postcard::to_allocvec(&head).ok()?;
        for report in &day.reports {
            bytes.extend(report.pack().ok()?);
        }
        Some(bytes)
    }

    /// What is known of the input.
    pub fn ledger(&self) -> Option<String> {
        serde_json::to_string(&self.ledger).ok()
    }
}

impl Days {
    /// The first so many views, to be kept.
    pub fn at_rest(&self, views: usize) -> AtRest {
        let days = |view: &View| {
            let days = view.days.iter();
            let days = days.map(|(date, day)| (*date, Arc::clone(day)));
            (view.directory.clone(), days.collect())
        };
        let views = self.views.iter().flatten().take(views);
        AtRest {
            views: views.map(days).collect(),
            ledger: self.ledger.clone(),
        }
    }

    /// Goes on from what was kept of the input; `None` if it is nothing of the sort.
    pub fn load_ledger(&mut self, ledger: &str) -> Option<()> {
        self.ledger = serde_json::from_str::<Ledger>(ledger).ok()?;
        Some(())
    }

    /// The names a view counts by.
    pub fn directory(&self, view: usize) -> Option<&Directory> {
        Some(&self.views.get(view)?.as_ref()?.directory)
    }

    /// Has a view go on from so many days that were kept, which `fetch` gets by their numbers; `None` if one is none of
    /// such a view, or of another lexicon.
    pub fn load(
        &mut self,
        view: usize,
        count: usize,
        lexicon: &Arc<Lexicon>,
        fetch: impl Fn(usize) -> Option<Vec<u8>> + Sync,
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
                let bytes = fetch(number)?;
                loaded.push(lexicon.within(|| day_of(&bytes, plan, directory))?);
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

fn day_of(bytes: &[u8], plan: &Plan, directory: &Directory) -> Option<(Date, Day)> {
    let (head, mut rest) = postcard::take_from_bytes::<Head>(bytes).ok()?;
    let mut day = Day::new(plan, directory);
    for (report, entry) in day.reports.iter_mut().zip(&plan.reports) {
        let (state, behind) = entry.unpack(rest).ok()?;
        rest = behind;
        // A state whose names have a limit brought names of its own.
        match plan.options.memory_limit {
            None => *report = state,
            Some(_) => report.merge(state),
        }
        report.settle();
    }
    (day.window, day.events, day.version) = (head.window, head.events, head.version);
    rest.is_empty().then_some((head.date, day))
}
