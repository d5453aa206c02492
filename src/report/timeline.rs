//! What happened when.
//!
//! Over every dated event, in buckets of time: `events`, `logins_ok`, `logins_failed`, `refreshes` (attempts of kind
//! `token.refresh`), `failures` (of any kind), `subjects` (different ones). Buckets without events are rows too, unless
//! there would be more than [`MOST_ROWS`]: then empty ones are left out and `empty_left_out` says how many.
//!
//! Without `--every` the width is chosen by the window: the shortest of 1m, 5m, 15m, 1h and 1d that needs at most 60
//! buckets, else 1w up to 60 weeks, else 1mo. While reading, buckets only ever widen, from widths that fit into each
//! other, as the window is seen to be longer: so the choice, and what each bucket holds, depend on the events alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};

use super::{Context, Info, Kinds, Options, Report};
use crate::document::{Section, Value};
use crate::event::{Event, Field, FieldSet, Id, Kind, Outcome, Timestamp};
use crate::tally::{Directory, Every, Fresh, Names};

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
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(try_from = "Saved", into = "Saved")]
pub(super) struct Timeline {
    /// The width the user chose.
    chosen: Option<Every>,
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

#[derive(Clone, Default)]
struct Bucket {
    events: u64,
    logins_ok: u64,
    logins_failed: u64,
    refreshes: u64,
    failures: u64,
    /// Ids. A bucket has few of many subjects, or most of few: this suits both.
    subjects: RoaringBitmap,
}

impl Report for Timeline {
    const INFO: Info = Info {
        name: "timeline",
        title: "Timeline",
        help: "Events, logins, refreshes and failures over time",
        details: "Facts: every (width of a bucket), empty_left_out.\nTable: buckets (start, events, logins_ok, \
            logins_failed, refreshes, failures, subjects). Choose the width with --every.",
        kinds: Kinds::All,
        ids: FieldSet::of(&[Field::Subject]),
        fields: FieldSet::EMPTY,
    };

    fn new(options: &Options, directory: &Directory) -> Timeline {
        Timeline {
            chosen: options.every,
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
                self.bucket(time.seconds()).add(event);
                if let Some(subject) = event.id(Field::Subject) {
                    self.fresh.add(subject);
                }
            }
        }
    }

    fn merge(&mut self, mut other: Timeline) {
        other.close();
        let Some((first, last)) = other.range else {
            return;
        };
        self.reach(first, last);
        self.close();
        let same_names = Arc::ptr_eq(&self.subjects, &other.subjects);
        for (start, mut bucket) in other.buckets {
            if !same_names {
                let texts = bucket.subjects.iter().map(|id| other.subjects.text(Id(id)));
                bucket.subjects = texts.map(|text| self.subjects.id(&text).0).collect();
            }
            self.buckets
                .entry(self.width.start(start))
                .or_default()
                .merge(bucket);
        }
    }

    fn finish(mut self, _: &Context) -> Section {
        self.close();
        if let Some((first, last)) = self.range
            && self.chosen.is_none()
            && self.width == Every::Day
            && Every::Day.buckets(first, last) > 60
        {
            self.widen(Every::Week);
        }
        let width = self.width;
        let (mut rows, mut left_out) = (Vec::new(), 0);
        if let Some((first, last)) = self.range {
            let all = width.buckets(first, last);
            let starts: Vec<i64> = if all <= MOST_ROWS {
                std::iter::successors(Some(width.start(first)), |start| Some(width.next(*start)))
                    .take(all as usize)
                    .collect()
            } else {
                self.buckets.keys().copied().collect()
            };
            left_out = all - starts.len() as u64;
            let empty = Bucket::default();
            rows.extend(
                starts
                    .iter()
                    .map(|start| self.buckets.get(start).unwrap_or(&empty).row(*start)),
            );
        }
        Section::new(Self::INFO.name, Self::INFO.title)
            .fact("every", Value::Text(width.to_string()))
            .fact("empty_left_out", Value::Count(left_out))
            .table("buckets", COLUMNS, rows)
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

impl Timeline {
    /// Extends the range, and widens the buckets if it takes wider ones now.
    fn reach(&mut self, first: i64, last: i64) {
        let (first, last) = match self.range {
            Some(range) if range.0 <= first && last <= range.1 => return,
            Some(range) => (range.0.min(first), range.1.max(last)),
            None => (first, last),
        };
        self.range = Some((first, last));
        if self.chosen.is_none() {
            let fits = |(every, most): &&(Every, u64)| every.buckets(first, last) <= *most;
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
        let (width, buckets) = (self.width, &mut self.buckets);
        let open = || {
            let start = width.start(second);
            let bucket = buckets.remove(&start).unwrap_or_default();
            (start, width.next(start), bucket)
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

    fn widen(&mut self, width: Every) {
        self.close();
        self.width = width;
        for (start, bucket) in std::mem::take(&mut self.buckets) {
            self.buckets
                .entry(width.start(start))
                .or_default()
                .merge(bucket);
        }
    }
}

impl Bucket {
    fn add(&mut self, event: &Event<'_>) {
        self.events += 1;
        self.logins_ok += u64::from(event.kind == Kind::Login && event.outcome == Outcome::Success);
        self.logins_failed +=
            u64::from(event.kind == Kind::Login && event.outcome == Outcome::Failure);
        self.refreshes += u64::from(event.kind == Kind::TokenRefresh);
        self.failures += u64::from(event.outcome == Outcome::Failure);
    }

    fn merge(&mut self, other: Bucket) {
        self.events += other.events;
        self.logins_ok += other.logins_ok;
        self.logins_failed += other.logins_failed;
        self.refreshes += other.refreshes;
        self.failures += other.failures;
        self.subjects |= other.subjects;
    }

    fn row(&self, start: i64) -> Vec<Value> {
        let counts = [
            self.events,
            self.logins_ok,
            self.logins_failed,
            self.refreshes,
            self.failures,
        ];
        let start = Timestamp::new(start, 0).map_or(Value::Missing, Value::Time);
        let counts = counts
            .into_iter()
            .chain([self.subjects.len()])
            .map(Value::Count);
        std::iter::once(start).chain(counts).collect()
    }
}

/// A timeline as it is saved: texts in order, numbered by it; buckets in order.
#[derive(Serialize, Deserialize)]
struct Saved {
    chosen: Option<Every>,
    width: Every,
    range: Option<(i64, i64)>,
    subjects: Vec<String>,
    buckets: Vec<(i64, [u64; 5], Vec<u32>)>,
}

impl From<Timeline> for Saved {
    fn from(mut timeline: Timeline) -> Saved {
        timeline.close();
        let used: RoaringBitmap = timeline
            .buckets
            .values()
            .fold(RoaringBitmap::new(), |used, bucket| used | &bucket.subjects);
        let mut subjects: Vec<(String, u32)> = used
            .iter()
            .map(|id| (timeline.subjects.text(Id(id)), id))
            .collect();
        subjects.sort_unstable();
        let places = subjects.iter().map(|(_, id)| *id).zip(0_u32..);
        let places: BTreeMap<u32, u32> = places.collect();
        let bucket = |(start, bucket): (i64, Bucket)| {
            let counts = [
                bucket.events,
                bucket.logins_ok,
                bucket.logins_failed,
                bucket.refreshes,
                bucket.failures,
            ];
            let mut members: Vec<u32> = bucket.subjects.iter().map(|id| places[&id]).collect();
            members.sort_unstable();
            (start, counts, members)
        };
        Saved {
            chosen: timeline.chosen,
            width: timeline.width,
            range: timeline.range,
            buckets: timeline.buckets.into_iter().map(bucket).collect(),
            subjects: subjects.into_iter().map(|(text, _)| text).collect(),
        }
    }
}

impl TryFrom<Saved> for Timeline {
    type Error = &'static str;

    fn try_from(saved: Saved) -> Result<Timeline, &'static str> {
        let names = Names::default();
        let ids: Vec<Id> = saved.subjects.iter().map(|text| names.id(text)).collect();
        let mut buckets = BTreeMap::new();
        for (start, counts, members) in saved.buckets {
            let [events, logins_ok, logins_failed, refreshes, failures] = counts;
            let members = members
                .iter()
                .map(|place| Some(ids.get(*place as usize)?.0));
            let subjects = members
                .collect::<Option<RoaringBitmap>>()
                .ok_or("a bucket names a subject that is not there")?;
            let bucket = Bucket {
                events,
                logins_ok,
                logins_failed,
                refreshes,
                failures,
                subjects,
            };
            buckets.insert(start, bucket);
        }
        Ok(Timeline {
            chosen: saved.chosen,
            width: saved.width,
            range: saved.range,
            buckets,
            open: None,
            fresh: Fresh::default(),
            subjects: Arc::new(names),
        })
    }
}
