//! When most happens: by hour of the day and day of the week.
//!
//! Over every dated event, by what the clocks of `--tz` show: an hour that clocks show twice counts twice, one they skip
//! is empty. Failures are events whose outcome is failed.
//!
//! * `peak_hour`: the hour of the day, 0 to 23, with most events over all days; `quietest_hour`: with fewest, and that
//!   may be none. `peak_day`: the day of the week with most events. Of equal ones it is the earliest, Monday first;
//!   without any dated event there is none.
//! * `by_hour`, `by_weekday`: events and failures. `events`, `failures`: weekday × hour, a row for each hour and a column
//!   for each day of the week.

use serde::{Deserialize, Serialize};

use super::{Context, Info, Kinds, Options, Report};
use crate::document::{Section, Value};
use crate::event::{Event, FieldSet, Outcome, Timestamp};
use crate::tally::{Directory, Merge};
use crate::zone::Clock;

/// See the module.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Peaks {
    /// From Monday.
    days: [Day; 7],
    clock: Clock,
}

/// One day of the week, by hour.
type Day = [Hour; 24];

/// What happened in an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Hour {
    events: u64,
    failures: u64,
}

impl Merge for Hour {
    fn merge(&mut self, other: Hour) {
        self.events += other.events;
        self.failures += other.failures;
    }
}

const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

const COLUMNS: &[&str] = &[
    "hour",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

const HOURS: i64 = 24;

impl Report for Peaks {
    const INFO: Info = Info {
        name: "peaks",
        title: "Peak times",
        help: "When most happens, by hour of the day and day of the week",
        details: "Facts: peak_hour (0 to 23, with most events), peak_day (of the week), quietest_hour (with fewest \
            events).\nTables: by_hour and by_weekday (events and failures), events and failures (a row for each hour, \
            a column for each day of the week). Hours and days are those of dated events, as clocks of --tz show \
            them.",
        kinds: Kinds::All,
        ids: FieldSet::EMPTY,
        fields: FieldSet::EMPTY,
        default: true,
        owned: false,
    };

    fn new(options: &Options, _: &Directory) -> Peaks {
        Peaks {
            days: Default::default(),
            clock: options.zone.into(),
        }
    }

    fn observe(&mut self, events: &[Event<'_>]) {
        for event in events {
            if let Some(second) = event.time.map(Timestamp::seconds) {
                let (day, hour) = place(self.clock.local(second));
                let hour = &mut self.days[day][hour];
                hour.events += 1;
                hour.failures += u64::from(event.outcome == Outcome::Failure);
            }
        }
    }

    fn merge(&mut self, other: Peaks) {
        let others = other.days.into_iter().flatten();
        for (hour, other) in self.days.iter_mut().flatten().zip(others) {
            hour.merge(other);
        }
    }

    fn finish(self, _: &Context) -> Section {
        let by_hour: [Hour; 24] =
            std::array::from_fn(|hour| sum(self.days.iter().map(|day| day[hour])));
        let by_day = self.days.map(|day| sum(day.into_iter()));
        let dated = by_hour.iter().any(|hour| hour.events > 0);
        let fact = |value| if dated { value } else { Value::Missing };
        let hour = |hour: usize| fact(Value::Count(hour as u64));
        let counts = |hour: &Hour| [hour.events, hour.failures].map(Value::Count);
        let hours = (0..).map(Value::Count).zip(&by_hour);
        let days = DAYS.map(|day| Value::Text(day.to_owned()));
        Section::new(Self::INFO.name, Self::INFO.title)
            .fact("peak_hour", hour(most(&by_hour)))
            .fact(
                "peak_day",
                fact(Value::Text(DAYS[most(&by_day)].to_owned())),
            )
            .fact("quietest_hour", hour(least(&by_hour)))
            .table(
                "by_hour",
                &["hour", "events", "failures"],
                hours.map(|(hour, counted)| row(hour, counts(counted))),
            )
            .table(
                "by_weekday",
                &["weekday", "events", "failures"],
                days.into_iter()
                    .zip(&by_day)
                    .map(|(day, counted)| row(day, counts(counted))),
            )
            .table("events", COLUMNS, self.week(|hour| hour.events))
            .table("failures", COLUMNS, self.week(|hour| hour.failures))
    }
}

impl Peaks {
    /// A row for each hour of the day, with a number for each day of the week.
    fn week(&self, of: fn(&Hour) -> u64) -> impl Iterator<Item = Vec<Value>> {
        (0..HOURS as usize).map(move |hour| {
            let days = self.days.iter().map(|day| Value::Count(of(&day[hour])));
            row(Value::Count(hour as u64), days)
        })
    }
}

/// The day of the week, from Monday, and the hour of the day that a clock shows.
fn place(local: i64) -> (usize, usize) {
    // 1970-01-01 was a Thursday, three days after a Monday.
    let hour = (local.div_euclid(3600) + 3 * HOURS).rem_euclid(7 * HOURS);
    ((hour / HOURS) as usize, (hour % HOURS) as usize)
}

fn row(key: Value, numbers: impl IntoIterator<Item = Value>) -> Vec<Value> {
    std::iter::once(key).chain(numbers).collect()
}

fn sum(hours: impl Iterator<Item = Hour>) -> Hour {
    hours.fold(Hour::default(), |mut sum, hour| {
        sum.merge(hour);
        sum
    })
}

/// The first of those with most events.
fn most(hours: &[Hour]) -> usize {
    let busiest = (0..hours.len()).min_by_key(|at| std::cmp::Reverse(hours[*at].events));
    busiest.unwrap_or_default()
}

/// The first of those with fewest events.
fn least(hours: &[Hour]) -> usize {
    let quietest = (0..hours.len()).min_by_key(|at| hours[*at].events);
    quietest.unwrap_or_default()
}

#[cfg(test)]
mod tests;
