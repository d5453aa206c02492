//! A worker that brings each event to its day, in every view that it counts in.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Date, Day, View, wanted};
use crate::engine::Plan;
use crate::engine::account::Tally;
use crate::engine::sift::extend_by;
use crate::event::{Event, Kind, Timestamp};
use crate::filter::Verdict;
use crate::read::{ChunkAccount, Consumer, Rejected};
use crate::report::Running;
use crate::tally::{Directory, Identifying};

/// Whole lines that stand beside each other, and when their events were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// The input.
    pub input: u32,
    /// From the first event's line to the end of the last one's.
    pub bytes: Range<u64>,
    /// The first and the last time.
    #[serde(with = "super::saved::times")]
    pub window: Option<(Timestamp, Timestamp)>,
    /// How many events have none.
    pub undated: u64,
}

/// See the module.
pub(super) struct Router {
    views: Vec<Option<Lane>>,
    first: u32,
    tally: Tally,
    events: Vec<u64>,
    /// What was seen of the chunk so far.
    chunk: Option<Stretch>,
    stretches: Vec<Stretch>,
}

/// A view at work.
struct Lane {
    plan: Arc<Plan>,
    directory: Directory,
    identifying: Identifying,
    /// Indexes of the reports that observe a kind, by kind.
    observers: Arc<[Vec<usize>]>,
    days: BTreeMap<Date, Arc<Day>>,
    /// The newest day as it was known to be.
    newest: Option<Date>,
    /// Days that are being counted.
    version: u64,
    /// The last day looked up, and the seconds that are in it.
    known: Option<(i64, Range<i64>)>,
}

impl Router {
    /// A worker that goes on with the days of these views.
    pub(super) fn new(
        views: &mut [Option<View>],
        first: usize,
        count: usize,
        version: u64,
    ) -> Router {
        let lane = |view: &mut View| {
            let mut observers = vec![Vec::new(); Kind::COUNT];
            for (index, report) in view.plan.reports.iter().enumerate() {
                for kind in report.kinds(&view.plan.options).iter() {
                    observers[kind.index()].push(index);
                }
            }
            let days = std::mem::take(&mut view.days);
            Lane::new(&view.plan, &view.directory, observers.into(), days, version)
        };
        Router {
            views: views
                .iter_mut()
                .map(|view| view.as_mut().map(lane))
                .collect(),
            first: first as u32,
            tally: Tally::new(count),
            events: vec![0; count],
            chunk: None,
            stretches: Vec::new(),
        }
    }

    /// One beside it, that has counted nothing.
    pub(super) fn twin(&self) -> Router {
        let twin = |lane: &Lane| {
            let observers = Arc::clone(&lane.observers);
            let days = BTreeMap::new();
            Lane::new(&lane.plan, &lane.directory, observers, days, lane.version)
        };
        Router {
            views: self
                .views
                .iter()
                .map(|lane| lane.as_ref().map(twin))
                .collect(),
            first: self.first,
            tally: Tally::new(self.events.len()),
            events: vec![0; self.events.len()],
            chunk: None,
            stretches: Vec::new(),
        }
    }

    /// Days that were counted take less room from now on, and their sums less time: all but the newest, which goes on.
    pub(super) fn settle(&mut self) {
        for lane in self.views.iter_mut().flatten() {
            let Some((newest, _)) = lane.days.last_key_value() else {
                continue;
            };
            let (newest, before) = (*newest, lane.newest.replace(*newest));
            for (date, day) in &mut lane.days {
                let is_over = before == Some(*date) || day.version == lane.version;
                if *date != newest && is_over {
                    let day = Arc::make_mut(day);
                    day.reports.iter_mut().for_each(Running::settle);
                }
            }
        }
    }

    pub(super) fn merge(&mut self, other: Router) {
        self.tally.merge(other.tally);
        for (sum, events) in self.events.iter_mut().zip(other.events) {
            *sum += events;
        }
        self.stretches.extend(other.stretches);
        for (lane, other) in self.views.iter_mut().zip(other.views) {
            if let (Some(lane), Some(other)) = (lane, other) {
                lane.merge(other);
            }
        }
    }

    /// Gives the views their days back.
    pub(super) fn finish(mut self, views: &mut [Option<View>]) -> (Tally, Vec<u64>, Vec<Stretch>) {
        self.settle();
        for (view, lane) in views.iter_mut().zip(self.views) {
            if let (Some(view), Some(lane)) = (view, lane) {
                view.days = lane.days;
            }
        }
        let order = |stretch: &Stretch| (stretch.input, stretch.bytes.start);
        self.stretches.sort_unstable_by_key(order);
        (self.tally, self.events, self.stretches)
    }
}

impl Lane {
    fn new(
        plan: &Arc<Plan>,
        directory: &Directory,
        observers: Arc<[Vec<usize>]>,
        days: BTreeMap<Date, Arc<Day>>,
        version: u64,
    ) -> Lane {
        let ids = wanted(&plan.reports, &plan.options, |report| report.info.ids);
        Lane {
            plan: Arc::clone(plan),
            directory: directory.clone(),
            identifying: Identifying::new(directory, &ids),
            observers,
            newest: days.last_key_value().map(|(date, _)| *date),
            days,
            version,
            known: None,
        }
    }

    fn merge(&mut self, other: Lane) {
        for (date, day) in other.days {
            match self.days.get_mut(&date) {
                Some(known) => Arc::make_mut(known).merge(Arc::unwrap_or_clone(day)),
                None => _ = self.days.insert(date, day),
            }
        }
    }

    /// Counts those events of a batch that count.
    fn count(&mut self, batch: &mut [Event<'_>]) {
        let kept = self.sift(batch);
        let batch = &mut batch[..kept];
        batch.iter_mut().for_each(Event::unidentify);
        self.identifying.identify(batch);
        let mut rest = &*batch;
        while let Some(event) = rest.first() {
            let date = self.date(event);
            let other = rest.iter().position(|event| self.date(event) != date);
            let (of_day, others) = rest.split_at(other.unwrap_or(rest.len()));
            self.add(date, of_day);
            rest = others;
        }
    }

    /// Has the events that count stand before the others, and returns how many they are.
    fn sift(&self, batch: &mut [Event<'_>]) -> usize {
        let filter = &self.plan.filter;
        if filter.is_open() {
            return batch.len();
        }
        let mut kept = 0;
        for index in 0..batch.len() {
            if matches!(filter.judge(&batch[index]), Verdict::Passes) {
                batch.swap(kept, index);
                kept += 1;
            }
        }
        kept
    }

    /// The day of an event.
    fn date(&mut self, event: &Event<'_>) -> Date {
        let second = event.time?.seconds();
        if let Some((day, seconds)) = &self.known
            && seconds.contains(&second)
        {
            return Some(*day);
        }
        let zone = self.plan.options.zone;
        let day = zone.day(second);
        self.known = Some((day, zone.day_start(day)..zone.day_start(day + 1)));
        Some(day)
    }

    /// Counts events of one kind, one input and one day.
    fn add(&mut self, date: Date, events: &[Event<'_>]) {
        let day = self
            .days
            .entry(date)
            .or_insert_with(|| Arc::new(Day::new(&self.plan, &self.directory)));
        let day = Arc::make_mut(day);
        day.version = self.version;
        let Some(event) = events.first() else { return };
        day.count(event.position.input, events.len() as u64);
        extend_by(&mut day.window, events);
        for index in &self.observers[event.kind.index()] {
            day.reports[*index].observe(events);
        }
    }
}

impl Consumer for Router {
    fn events(&mut self, batch: &mut [Event<'_>]) {
        let mut input = 0;
        for event in &mut *batch {
            event.position.input += self.first;
            input = event.position.input;
            let (start, end) = (
                event.position.offset,
                event.position.offset + event.line.len() as u64,
            );
            let chunk = self.chunk.get_or_insert(Stretch {
                input,
                bytes: start..end,
                window: None,
                undated: 0,
            });
            chunk.bytes.start = chunk.bytes.start.min(start);
            chunk.bytes.end = chunk.bytes.end.max(end);
        }
        if let Some(chunk) = &mut self.chunk {
            let dated = extend_by(&mut chunk.window, batch);
            chunk.undated += batch.len() as u64 - dated;
        }
        self.events[input as usize] += batch.len() as u64;
        for lane in self.views.iter_mut().flatten() {
            lane.count(batch);
        }
    }

    fn reject(&mut self, mut rejected: Rejected<'_>) {
        rejected.position.input += self.first;
        self.tally.reject(&rejected);
    }

    fn chunk(&mut self, mut chunk: ChunkAccount) {
        chunk.input += self.first;
        self.stretches.extend(self.chunk.take());
        self.tally.chunk(chunk);
    }

    fn trouble(&mut self, input: u32, what: String) {
        self.tally.trouble(input + self.first, what);
    }
}
