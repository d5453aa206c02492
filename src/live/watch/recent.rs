//! What happened lately: sums over seconds and minutes, the newest events, what fails.
//!
//! Sums are by the time events say, so that a log that is read from its start has its last day at once; an event without
//! a time counts when it is read. Everything here takes the same room after a year as after a day.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::newest::{self, Newest, Row};
use crate::engine::Observer;
use crate::event::{Event, Field, Kind, Outcome, Timestamp};
use crate::filter::{Filter, Verdict};

/// Events of a stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub events: u64,
    /// Logins that succeeded.
    pub logins_ok: u64,
    /// Logins that failed.
    pub logins_failed: u64,
    /// Refreshes that succeeded.
    pub refreshes: u64,
    /// Events of any kind that failed.
    pub failures: u64,
}

impl Counts {
    fn of(event: &Event<'_>) -> Counts {
        let is = |yes: bool| u64::from(yes);
        let (login, ok) = (event.kind == Kind::Login, event.outcome == Outcome::Success);
        let failed = event.outcome == Outcome::Failure;
        Counts {
            events: 1,
            logins_ok: is(login && ok),
            logins_failed: is(login && failed),
            refreshes: is(event.kind == Kind::TokenRefresh && ok),
            failures: is(failed),
        }
    }

    pub(super) fn add(&mut self, other: Counts) {
        self.events += other.events;
        self.logins_ok += other.logins_ok;
        self.logins_failed += other.logins_failed;
        self.refreshes += other.refreshes;
        self.failures += other.failures;
    }

    /// What is here and was not in `earlier`.
    #[must_use]
    pub fn since(self, earlier: Counts) -> Counts {
        Counts {
            events: self.events - earlier.events,
            logins_ok: self.logins_ok - earlier.logins_ok,
            logins_failed: self.logins_failed - earlier.logins_failed,
            refreshes: self.refreshes - earlier.refreshes,
            failures: self.failures - earlier.failures,
        }
    }

    /// Logins of which it is known how they ended.
    pub fn logins(self) -> u64 {
        self.logins_ok + self.logins_failed
    }
}

/// What happened lately.
#[derive(Clone)]
pub struct Recent {
    now: Timestamp,
    total: Counts,
    seconds: Ring,
    minutes: Ring,
    newest: Newest,
    /// Those that somebody wants to see.
    chosen: Option<Newest>,
    /// Failures of each reason, by minute, and how many there ever were.
    reasons: BTreeMap<String, (Ring, u64)>,
}

impl Recent {
    /// How many events are kept.
    pub const ROWS: usize = newest::ROWS;

    /// How many reasons are kept.
    const REASONS: usize = 200;

    /// Two minutes by the second, and a day with an hour before it by the minute.
    pub fn new() -> Recent {
        Recent {
            now: Timestamp::now(),
            total: Counts::default(),
            seconds: Ring::new(1, 120),
            minutes: Ring::new(60, 25 * 60),
            newest: Newest::default(),
            chosen: None,
            reasons: BTreeMap::new(),
        }
    }

    /// Says what time it is for events without one.
    pub fn at(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// Everything ever counted.
    pub fn total(&self) -> Counts {
        self.total
    }

    /// Events of the last so many seconds, up to two minutes, or minutes, up to a day; the present one is the last of them.
    pub fn last(&self, now: Timestamp, seconds: u32) -> Counts {
        let ring = if seconds <= 120 {
            &self.seconds
        } else {
            &self.minutes
        };
        let buckets = i64::from(seconds).div_euclid(ring.width);
        let mut sum = Counts::default();
        ring.last(now, buckets).for_each(|counts| sum.add(counts));
        sum
    }

    /// So many buckets of so many seconds each, oldest first, the last of which is the present one.
    pub fn series(&self, now: Timestamp, width: u32, buckets: usize) -> Vec<Counts> {
        let ring = if width < 60 {
            &self.seconds
        } else {
            &self.minutes
        };
        let each = (i64::from(width) / ring.width).max(1);
        let latest = now.seconds().div_euclid(i64::from(width.max(1)));
        let first = (latest + 1 - buckets as i64) * each;
        (0..buckets as i64)
            .map(|bucket| {
                let mut sum = Counts::default();
                for cell in 0..each {
                    sum.add(ring.cell(first + bucket * each + cell));
                }
                sum
            })
            .collect()
    }

    /// The newest events, the newest first.
    pub fn newest(&self) -> impl Iterator<Item = &Row> {
        self.newest.rows.iter().rev()
    }

    /// Lists only events that a filter lets pass: as many of them as are kept of all, however seldom they come, from those
    /// that are known now.
    pub fn list(&mut self, filter: Filter) {
        self.chosen = (!filter.is_open()).then(|| {
            let known = self.newest.rows.iter();
            let passes = |row: &&Row| filter.judge(&row.event()) == Verdict::Passes;
            let rows = known.filter(passes).cloned().collect();
            let filter = Some(Arc::new(filter));
            Newest { filter, rows }
        });
    }

    /// The newest events that are listed, the newest first.
    pub fn listed(&self) -> impl Iterator<Item = &Row> {
        let listed = self.chosen.as_ref().unwrap_or(&self.newest);
        listed.rows.iter().rev()
    }

    /// Nothing yet, to see the same events listed.
    pub(super) fn beside(&self, now: Timestamp) -> Recent {
        let filter = self.chosen.as_ref().map(|chosen| chosen.filter.clone());
        let rows = VecDeque::new();
        Recent {
            now,
            chosen: filter.map(|filter| Newest { filter, rows }),
            ..Recent::new()
        }
    }

    /// What failed in the last hour and how often, most often first.
    pub fn reasons(&self, now: Timestamp) -> Vec<(String, u64)> {
        let sum = |ring: &Ring| ring.last(now, 60).map(|counts| counts.failures).sum();
        let reasons = self.reasons.iter();
        let mut reasons: Vec<(String, u64)> = reasons
            .map(|(reason, (ring, _))| (reason.clone(), sum(ring)))
            .filter(|(_, count)| *count > 0)
            .collect();
        reasons.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        reasons
    }

    /// How often each reason was seen since it is known here; reasons that come seldom are forgotten.
    pub fn failed(&self) -> BTreeMap<String, u64> {
        let reasons = self.reasons.iter();
        reasons
            .map(|(reason, (_, count))| (reason.clone(), *count))
            .collect()
    }

    /// Adds what another worker saw.
    pub fn merge(&mut self, other: Recent) {
        self.total.add(other.total);
        self.seconds.merge(&other.seconds);
        self.minutes.merge(&other.minutes);
        self.newest.merge(other.newest);
        if let (Some(chosen), Some(other)) = (&mut self.chosen, other.chosen) {
            chosen.merge(other);
        }
        for (reason, (ring, count)) in other.reasons {
            let known = self.reasons.entry(reason).or_insert_with(fresh_reason);
            known.0.merge(&ring);
            known.1 += count;
        }
        self.forget_reasons();
    }

    fn fails(&mut self, reason: &str, time: Timestamp, counts: Counts) {
        let reason = newest::start(reason);
        if let Some((ring, count)) = self.reasons.get_mut(reason) {
            ring.add(time, counts);
            *count += 1;
            return;
        }
        let (mut ring, count) = fresh_reason();
        ring.add(time, counts);
        self.reasons.insert(reason.to_owned(), (ring, count + 1));
        self.forget_reasons();
    }

    /// An attacker's reasons are never twice the same: what failed longest ago, and least often, goes.
    fn forget_reasons(&mut self) {
        while self.reasons.len() > 2 * Recent::REASONS {
            let mut ages: Vec<(i64, u64, String)> = self
                .reasons
                .iter()
                .map(|(reason, (ring, _))| (ring.latest(), ring.sum().failures, reason.clone()))
                .collect();
            ages.sort();
            for (_, _, reason) in ages.into_iter().take(Recent::REASONS) {
                self.reasons.remove(&reason);
            }
        }
    }
}

/// A reason that was not seen yet.
fn fresh_reason() -> (Ring, u64) {
    (Ring::new(60, 60), 0)
}

impl Default for Recent {
    fn default() -> Recent {
        Recent::new()
    }
}

impl Observer for Recent {
    fn observe(&mut self, events: &[Event<'_>]) {
        for event in events {
            // A clock ahead of ours must not hide what comes after it.
            let time = event.time.map_or(self.now, |time| time.min(self.now));
            let counts = Counts::of(event);
            self.total.add(counts);
            self.seconds.add(time, counts);
            self.minutes.add(time, counts);
            if event.outcome == Outcome::Failure {
                self.fails(
                    event.get(Field::Reason).unwrap_or_else(|| event.name()),
                    time,
                    counts,
                );
            }
            self.newest.add(event, time);
            if let Some(chosen) = &mut self.chosen {
                chosen.add(event, time);
            }
        }
    }
}

/// Sums of the last so many stretches of time; a stretch takes the place of the one so many before it.
#[derive(Clone, Debug)]
struct Ring {
    /// Seconds of a stretch.
    width: i64,
    /// Number of the stretch since 1970, and its sums.
    cells: Vec<(i64, Counts)>,
}

impl Ring {
    fn new(width: i64, cells: usize) -> Ring {
        Ring {
            width,
            cells: vec![(i64::MIN, Counts::default()); cells],
        }
    }

    fn place(&self, number: i64) -> usize {
        number.rem_euclid(self.cells.len() as i64) as usize
    }

    fn add(&mut self, time: Timestamp, counts: Counts) {
        self.add_to(time.seconds().div_euclid(self.width), counts);
    }

    fn add_to(&mut self, number: i64, counts: Counts) {
        let place = self.place(number);
        let cell = &mut self.cells[place];
        if cell.0 < number {
            *cell = (number, Counts::default());
        }
        if cell.0 == number {
            cell.1.add(counts);
        }
    }

    fn cell(&self, number: i64) -> Counts {
        let (found, counts) = self.cells[self.place(number)];
        if found == number {
            counts
        } else {
            Counts::default()
        }
    }

    /// The last so many stretches, of which the present one is the last.
    fn last(&self, now: Timestamp, stretches: i64) -> impl Iterator<Item = Counts> {
        let latest = now.seconds().div_euclid(self.width);
        (latest + 1 - stretches..=latest).map(|number| self.cell(number))
    }

    fn latest(&self) -> i64 {
        let numbers = self.cells.iter().map(|(number, _)| *number);
        numbers.max().unwrap_or(i64::MIN)
    }

    fn sum(&self) -> Counts {
        let mut sum = Counts::default();
        self.cells.iter().for_each(|(_, counts)| sum.add(*counts));
        sum
    }

    fn merge(&mut self, other: &Ring) {
        for (number, counts) in &other.cells {
            if *number > i64::MIN {
                self.add_to(*number, *counts);
            }
        }
    }
}
