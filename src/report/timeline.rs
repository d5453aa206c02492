//! What happened when.
//!
//! Over every dated event, in buckets of time: `events`, `logins_ok`, `logins_failed`, `refreshes` (attempts of kind
//! `token.refresh`), `failures` (of any kind), `subjects` (different ones). Buckets without events are rows too, unless
//! there would be more than [`MOST_ROWS`]: then empty ones are left out and `empty_left_out` says how many.
//!
//! Without `--every` the width is chosen by the window: the shortest of 1m, 5m, 15m, 1h and 1d that needs at most 60
//! buckets, else 1w up to 60 weeks, else 1mo. While reading, buckets only ever widen, from widths that fit into each
//! other, as the window is seen to be longer: so the choice, and what each bucket holds, depend on the events alone.

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use super::{Context, Info, Kinds, Options, Report};
use crate::document::{Section, Value};
use crate::event::{Event, FieldSet, Kind, Outcome, Timestamp};
use crate::tally::{Every, IdSet, Interner};

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
    buckets: HashMap<i64, Bucket, foldhash::fast::RandomState>,
    subjects: Interner,
}

#[derive(Clone, Default)]
struct Bucket {
    events: u64,
    logins_ok: u64,
    logins_failed: u64,
    refreshes: u64,
    failures: u64,
    subjects: IdSet,
}

impl Report for Timeline {
    const INFO: Info = Info {
        name: "timeline",
        title: "Timeline",
        help: "Events, logins, refreshes and failures over time",
        details: "Facts: every (width of a bucket), empty_left_out.\nTable: buckets (start, events, logins_ok, \
            logins_failed, refreshes, failures, subjects). Choose the width with --every.",
        kinds: Kinds::All,
        fields: FieldSet::EMPTY,
    };

    fn new(options: &Options) -> Timeline {
        Timeline {
            chosen: options.every,
            width: options.every.unwrap_or_default(),
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
                let subject = event.subject.map(|subject| self.subjects.id(subject));
                self.buckets
                    .entry(self.width.start(time.seconds()))
                    .or_default()
                    .add(event, subject);
            }
        }
    }

    fn merge(&mut self, other: Timeline) {
        let Some((first, last)) = other.range else {
            return;
        };
        self.reach(first, last);
        let renumbered = self.subjects.absorb(other.subjects);
        for (start, mut bucket) in other.buckets {
            bucket.subjects = bucket
                .subjects
                .into_iter()
                .map(|id| renumbered[id as usize])
                .collect();
            self.buckets
                .entry(self.width.start(start))
                .or_default()
                .merge(bucket);
        }
    }

    fn finish(mut self, _: &Context) -> Section {
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
            let mut starts: Vec<i64> = if all <= MOST_ROWS {
                std::iter::successors(Some(width.start(first)), |start| Some(width.next(*start)))
                    .take(all as usize)
                    .collect()
            } else {
                self.buckets.keys().copied().collect()
            };
            starts.sort_unstable();
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

    fn widen(&mut self, width: Every) {
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
    fn add(&mut self, event: &Event<'_>, subject: Option<u32>) {
        self.events += 1;
        self.logins_ok += u64::from(event.kind == Kind::Login && event.outcome == Outcome::Success);
        self.logins_failed +=
            u64::from(event.kind == Kind::Login && event.outcome == Outcome::Failure);
        self.refreshes += u64::from(event.kind == Kind::TokenRefresh);
        self.failures += u64::from(event.outcome == Outcome::Failure);
        self.subjects.extend(subject);
    }

    fn merge(&mut self, other: Bucket) {
        self.events += other.events;
        self.logins_ok += other.logins_ok;
        self.logins_failed += other.logins_failed;
        self.refreshes += other.refreshes;
        self.failures += other.failures;
        self.subjects.extend(other.subjects);
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
            .chain([self.subjects.len() as u64])
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
    fn from(timeline: Timeline) -> Saved {
        let texts = timeline.subjects.texts();
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_unstable_by_key(|id| texts[*id]);
        let mut rank = vec![0; texts.len()];
        for (place, id) in order.iter().enumerate() {
            rank[*id] = place as u32;
        }
        let mut buckets: Vec<_> = timeline
            .buckets
            .iter()
            .map(|(start, bucket)| {
                let counts = [
                    bucket.events,
                    bucket.logins_ok,
                    bucket.logins_failed,
                    bucket.refreshes,
                    bucket.failures,
                ];
                let mut subjects: Vec<u32> = bucket
                    .subjects
                    .iter()
                    .map(|id| rank[*id as usize])
                    .collect();
                subjects.sort_unstable();
                (*start, counts, subjects)
            })
            .collect();
        buckets.sort_unstable();
        let subjects = order.iter().map(|id| texts[*id].to_owned()).collect();
        Saved {
            chosen: timeline.chosen,
            width: timeline.width,
            range: timeline.range,
            subjects,
            buckets,
        }
    }
}

impl TryFrom<Saved> for Timeline {
    type Error = &'static str;

    fn try_from(saved: Saved) -> Result<Timeline, &'static str> {
        let mut subjects = Interner::default();
        let ids: Vec<u32> = saved
            .subjects
            .iter()
            .map(|text| subjects.id(text))
            .collect();
        let mut buckets = HashMap::default();
        for (start, counts, members) in saved.buckets {
            let [events, logins_ok, logins_failed, refreshes, failures] = counts;
            let members = members
                .iter()
                .map(|place| ids.get(*place as usize).copied());
            let subjects = members
                .collect::<Option<IdSet>>()
                .ok_or("a bucket names a subject that is not there")?;
            buckets.insert(
                start,
                Bucket {
                    events,
                    logins_ok,
                    logins_failed,
                    refreshes,
                    failures,
                    subjects,
                },
            );
        }
        Ok(Timeline {
            chosen: saved.chosen,
            width: saved.width,
            range: saved.range,
            buckets,
            subjects,
        })
    }
}
