//! One stretch of time.

use roaring::RoaringBitmap;

use crate::document::Value;
use crate::event::{Event, Id, Key, Kind, Outcome, Timestamp};
use crate::report::rows::counted;
use crate::tally::{Counted, HyperLogLog, Merge, Names};

#[derive(Clone, Default)]
pub(super) struct Bucket {
    pub(super) events: u64,
    pub(super) logins_ok: u64,
    pub(super) logins_failed: u64,
    pub(super) refreshes: u64,
    pub(super) failures: u64,
    /// Ids. A bucket has few of many subjects, or most of few: this suits both.
    pub(super) subjects: RoaringBitmap,
    /// Of subjects that have no id; once there are such, of all at last.
    pub(super) sketch: Option<Box<HyperLogLog>>,
}

impl Bucket {
    pub(super) fn add(&mut self, event: &Event<'_>) {
        self.events += 1;
        self.logins_ok += u64::from(event.kind == Kind::Login && event.outcome == Outcome::Success);
        self.logins_failed +=
            u64::from(event.kind == Kind::Login && event.outcome == Outcome::Failure);
        self.refreshes += u64::from(event.kind == Kind::TokenRefresh);
        self.failures += u64::from(event.outcome == Outcome::Failure);
    }

    pub(super) fn merge(&mut self, other: Bucket) {
        self.events += other.events;
        self.logins_ok += other.logins_ok;
        self.logins_failed += other.logins_failed;
        self.refreshes += other.refreshes;
        self.failures += other.failures;
        self.subjects |= other.subjects;
        if let Some(sketch) = other.sketch {
            self.sketch.get_or_insert_default().merge(*sketch);
        }
    }

    /// Takes a subject that has no id.
    pub(super) fn add_hash(&mut self, hash: u64) {
        self.sketch.get_or_insert_default().add_hash(hash);
    }

    /// Has its subjects go by what they are called in other names.
    pub(super) fn rename(&mut self, from: &Names, to: &Names) {
        for id in std::mem::take(&mut self.subjects) {
            match to.key(&from.text(Id(id))) {
                Key::Id(Id(id)) => _ = self.subjects.insert(id),
                Key::Hash(hash) => self.add_hash(hash),
            }
        }
    }

    /// Moves its subjects into its sketch; `hashes` has theirs, by id.
    pub(super) fn sketch(&mut self, hashes: &[u64]) {
        for id in std::mem::take(&mut self.subjects) {
            self.add_hash(hashes[id as usize]);
        }
    }

    /// Its row; subjects are `exact`, or of its sketch.
    pub(super) fn row(&self, start: i64, exact: bool) -> Vec<Value> {
        let counts = [
            self.events,
            self.logins_ok,
            self.logins_failed,
            self.refreshes,
            self.failures,
        ];
        let start = Timestamp::new(start, 0).map_or(Value::Missing, Value::time);
        let subjects = if exact {
            Counted::Exactly(self.subjects.len())
        } else {
            let sketch = self.sketch.as_deref();
            let count = sketch.map_or(0, |sketch| sketch.estimate(self.events));
            Counted::About(count, HyperLogLog::ERROR_PERMILLE)
        };
        let counts = counts.map(Value::Count);
        [start]
            .into_iter()
            .chain(counts)
            .chain([counted(subjects)])
            .collect()
    }
}
