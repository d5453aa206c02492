//! What happened when.
//!
//! Over every dated event, in buckets of time: `events`, `logins_ok`, `logins_failed`, `refreshes` (attempts of kind
//! `token.refresh`), `failures` (of any kind), `subjects` (different ones). Buckets without events are rows too, unless
//! there would be more than [`MOST_ROWS`]: then empty ones are left out and `empty_left_out` says how many.
//!
//! Without `--every` the width is chosen by the window: the shortest of 1m, 5m, 15m, 1h and 1d that needs at most 60
//! buckets, else 1w up to 60 weeks, else 1mo. While reading, buckets only ever widen, from widths that fit into each
//! other, as the window is seen to be longer: so the choice, and what each bucket holds, depend on the events alone.
//!
//! `unusual` has the buckets in which a larger share of events failed than the others make likely: at least 10 failures,
//! at least twice the share of the others, and beyond chance at 1 % over all buckets (the module `unusual` says how).
//! `failures` is their share, `usual` that of all buckets which are not unusual (also a fact, `usual_failures`), `times`
//! how many times it that is, missing if usually nothing fails; most failures beyond the usual first. With fewer than two
//! buckets that have events there is nothing to compare: `unusual_buckets` is missing, and `usual_failures` of nothing.
//!
//! Where the subjects of the log have no room, each bucket has a sketch of its own: 4 bytes for each of its first 1024
//! subjects, then 16 KiB. A long log in short buckets may have many.

mod bucket;
mod saved;
mod unusual;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::{Context, Info, Kinds, Options, Report};
use crate::document::{Section, Value};
use crate::event::{Event, Field, FieldSet, Key, Timestamp};
use crate::tally::{Directory, Every, Fresh, Names};
use crate::zone::Zone;
use bucket::Bucket;
use saved::Saved;
use unusual::{Share, unusual};

/// A table of more rows than this leaves its empty ones out.
const MOST_ROWS: u64 = 10_000;

/// Widths the timeline chooses from while it reads, and how many buckets each may need: the next one takes over above
/// that. Days are kept up to 60 weeks, because weeks can be made of them and months cannot be made of weeks.
const LADDER: [(Every, u64); 6] = [
    (Every::Minute, 60),
    (Every::FiveMinutes, 60),
    (Every::QuarterHour, 60),
    (Every::Hour, 60),
    (Every::Day, 60 * 7),
    (Every::Month, u64::MAX),
];

/// See the module.
#[derive(Clone, Default, Deserialize)]
#[serde(try_from = "Saved")]
pub(super) struct Timeline {
    /// The width the user chose.
    chosen: Option<Every>,
    /// By whose clocks days and hours begin.
    zone: Zone,
    /// The width of the buckets so far: the user's, or the shortest of the ladder that is long enough.
    width: Every,
    /// First and last second seen.
    range: Option<(i64, i64)>,
    /// By first second.
    buckets: BTreeMap<i64, Bucket>,
    /// The bucket that took the last event, out of the others: its first second, and the first after it.
    open: Option<(i64, i64, Bucket)>,
    /// Subjects of the open bucket that it has not been given yet.
    fresh: Fresh,
    subjects: Arc<Names>,
}

impl Report for Timeline {
    const INFO: Info = Info {
        name: "timeline",
        title: "Timeline",
        help: "Events, logins, refreshes and failures over time",
        details: "Facts: every (width of a bucket), empty_left_out, unusual_buckets (how many stand in the table unusual; \
            missing with less than two buckets to compare), usual_failures (share of failed events in the other \
            buckets).\nTables: buckets (start, events, logins_ok, logins_failed, refreshes, failures, subjects), unusual (buckets \
            with at least 10 failures, whose share of failed events is at least twice that of the others, and beyond \
            chance at 1 % over all buckets; times says how many times the usual share it is). Choose the width with \
            --every.",
        kinds: Kinds::All,
        ids: FieldSet::of(&[Field::Subject]),
        fields: FieldSet::EMPTY,
        default: true,
        owned: false,
    };

    fn new(options: &Options, directory: &Directory) -> Timeline {
        Timeline {
            chosen: options.every,
            zone: options.zone,
            width: options.every.unwrap_or_default(),
            subjects: Arc::clone(directory.names(Field::Subject)),
            ..Timeline::default()
        }
    }

    fn observe(&mut self, events: &[Event<'_>]) {
        let seconds = || {
            events
                .iter()
                .filter_map(|event| event.time.map(Timestamp::seconds))
        };
        let Some((first, last)) = seconds().min().zip(seconds().max()) else {
            return;
        };
        self.reach(first, last);
        for event in events {
            if let Some(time) = event.time {
                let bucket = self.bucket(time.seconds());
                bucket.add(event);
                match event.key(Field::Subject) {
                    Some(Key::Id(id)) => self.fresh.add(id),
                    Some(Key::Hash(hash)) => bucket.add_hash(hash),
                    None => {}
                }
            }
        }
    }

    fn merge(&mut self, mut other: Timeline) {
        other.close();
        if !Arc::ptr_eq(&self.subjects, &other.subjects) {
            self.subjects.absorb(&other.subjects);
        }
        let Some((first, last)) = other.range else {
            return;
        };
        self.reach(first, last);
        self.close();
        let same_names = Arc::ptr_eq(&self.subjects, &other.subjects);
        for (start, mut bucket) in other.buckets {
            if !same_names {
                bucket.rename(&other.subjects, &self.subjects);
            }
            self.buckets
                .entry(self.width.start(self.zone, start))
                .or_default()
                .merge(bucket);
        }
    }

    fn finish(mut self, _: &Context) -> Section {
        self.settle();
        if let Some((first, last)) = self.range
            && self.chosen.is_none()
            && self.width == Every::Day
            && Every::Day.buckets(self.zone, first, last) > 60
        {
            self.widen(Every::Week);
        }
        let (count, usual, found) = self.unusual();
        let (width, zone) = (self.width, self.zone);
        let (mut rows, mut left_out) = (Vec::new(), 0);
        if let Some((first, last)) = self.range {
            let all = width.buckets(zone, first, last);
            let starts: Vec<i64> = if all <= MOST_ROWS {
                let next = |start: &i64| Some(width.next(zone, *start));
                std::iter::successors(Some(width.start(zone, first)), next)
                    .take_while(|start| *start <= last)
                    .collect()
            } else {
                self.buckets.keys().copied().collect()
            };
            left_out = all.saturating_sub(starts.len() as u64);
            let (empty, exact) = (Bucket::default(), !self.subjects.overflowed());
            rows.extend(
                starts
                    .iter()
                    .map(|start| self.buckets.get(start).unwrap_or(&empty).row(*start, exact)),
            );
        }
        Section::new(Self::INFO.name, Self::INFO.title)
            .fact("every", Value::Text(width.to_string()))
            .fact("empty_left_out", Value::Count(left_out))
            .fact("unusual_buckets", count)
            .fact("usual_failures", usual)
            .table("buckets", COLUMNS, rows)
            .ranking("unusual", UNUSUAL, found)
    }
}

const COLUMNS: &[&str] = &[
    "start",
    "events",
    "logins_ok",
    "logins_failed",
    "refreshes",
    "failures",
    "subjects",
];

const UNUSUAL: &[&str] = &["start", "events", "failures", "usual", "times"];

impl Timeline {
    /// How many buckets are unusual, what is usual, and the rows of those that are not.
    fn unusual(&self) -> (Value, Value, Vec<Vec<Value>>) {
        let share = |bucket: &Bucket| Share {
            failures: bucket.failures,
            events: bucket.events,
        };
        let buckets: Vec<(i64, Share)> = self
            .buckets
            .iter()
            .map(|(start, bucket)| (*start, share(bucket)))
            .collect();
        let shares: Vec<Share> = buckets.iter().map(|(_, share)| *share).collect();
        let ratio = |share: Share| Value::Ratio {
            part: share.failures,
            whole: share.events,
        };
        let Some(found) = unusual(&shares) else {
            return (Value::Missing, ratio(Share::default()), Vec::new());
        };
        let rows = found.places.iter().map(|place| {
            let (start, share) = buckets[*place];
            let times = share.times(found.usual);
            vec![
                Timestamp::new(start, 0).map_or(Value::Missing, Value::time),
                Value::Count(share.events),
                ratio(share),
                ratio(found.usual),
                times.map_or(Value::Missing, |part| Value::Mean { part, whole: 1000 }),
            ]
        });
        let count = Value::Count(found.places.len() as u64);
        (count, ratio(found.usual), rows.collect())
    }

    /// Extends the range, and widens the buckets if it takes wider ones now.
    fn reach(&mut self, first: i64, last: i64) {
        let (first, last) = match self.range {
            Some(range) if range.0 <= first && last <= range.1 => return,
            Some(range) => (range.0.min(first), range.1.max(last)),
            None => (first, last),
        };
        self.range = Some((first, last));
        if self.chosen.is_none() {
            let fits =
                |(every, most): &&(Every, u64)| every.buckets(self.zone, first, last) <= *most;
            let width = LADDER
                .iter()
                .find(fits)
                .map_or(Every::Month, |(every, _)| *every);
            if width != self.width {
                self.widen(width);
            }
        }
    }

    /// The bucket that holds a second, opened if it is not. Logs are written in the order of time, so it mostly is.
    fn bucket(&mut self, second: i64) -> &mut Bucket {
        let held = |(start, next, _): &(i64, i64, Bucket)| (*start..*next).contains(&second);
        if !self.open.as_ref().is_some_and(held) {
            self.close();
        }
        let (width, zone, buckets) = (self.width, self.zone, &mut self.buckets);
        let open = || {
            let start = width.start(zone, second);
            let bucket = buckets.remove(&start).unwrap_or_default();
            (start, width.next(zone, start), bucket)
        };
        &mut self.open.get_or_insert_with(open).2
    }

    /// Puts the open bucket back among the others.
    fn close(&mut self) {
        if let Some((start, _, mut bucket)) = self.open.take() {
            self.fresh.empty_into(&mut bucket.subjects);
            self.buckets.insert(start, bucket);
        }
    }

    /// Puts everything where it belongs: subjects of buckets into sketches, where there was no room for all of them.
    fn settle(&mut self) {
        self.close();
        if self.subjects.overflowed() {
            let hashes = self.subjects.hashes();
            let buckets = self.buckets.values_mut();
            buckets.for_each(|bucket| bucket.sketch(&hashes));
        }
    }

    fn widen(&mut self, width: Every) {
        self.close();
        self.width = width;
        for (start, bucket) in std::mem::take(&mut self.buckets) {
            self.buckets
                .entry(width.start(self.zone, start))
                .or_default()
                .merge(bucket);
        }
    }
}
