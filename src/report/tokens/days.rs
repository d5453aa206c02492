//! What became of requests day by day.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::requests::{Became, Requests};
use crate::document::Value;
use crate::event::Timestamp;
use crate::tally::{Every, Merge};
use crate::zone::Zone;

/// Requests by the days of a zone.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Saved", into = "Saved")]
pub(super) struct Days {
    zone: Zone,
    /// By first second; not the open one.
    days: BTreeMap<i64, Requests>,
    open: Open,
}

/// The day of the last request: logs are written in the order of time, so it mostly is that of the next one, too.
#[derive(Clone, Copy, Debug, Default)]
struct Open {
    /// Its first second, and the first after it: the same, where no day is open.
    start: i64,
    next: i64,
    requests: Requests,
}

impl Days {
    /// No days yet.
    pub(super) fn new(zone: Zone) -> Days {
        Days {
            zone,
            ..Days::default()
        }
    }

    /// Counts a request of this second.
    #[inline]
    pub(super) fn add(&mut self, second: i64, became: Became) {
        if second < self.open.start || second >= self.open.next {
            self.turn(second);
        }
        self.open.requests.add(became);
    }

    #[cold]
    fn turn(&mut self, second: i64) {
        self.close();
        let start = Every::Day.start(self.zone, second);
        self.open = Open {
            start,
            next: Every::Day.next(self.zone, start),
            requests: self.days.remove(&start).unwrap_or_default(),
        };
    }

    /// Puts the open day among the others.
    fn close(&mut self) {
        let Open {
            start, requests, ..
        } = std::mem::take(&mut self.open);
        if requests != Requests::default() {
            self.days.insert(start, requests);
        }
    }

    /// Adds the days of the same zone.
    pub(super) fn merge(&mut self, mut other: Days) {
        self.close();
        other.close();
        for (start, requests) in other.days {
            self.days.entry(start).or_default().merge(requests);
        }
    }

    /// Buckets of a day or longer by their first second; none is empty.
    pub(super) fn buckets(&self, every: Every) -> BTreeMap<i64, Requests> {
        let mut buckets: BTreeMap<i64, Requests> = BTreeMap::new();
        let open = (self.open.start, self.open.requests);
        let days = self
            .days
            .iter()
            .map(|(start, requests)| (*start, *requests));
        let days = days.chain(Some(open).filter(|(_, open)| *open != Requests::default()));
        for (start, requests) in days {
            let start = every.start(self.zone, start);
            buckets.entry(start).or_default().merge(requests);
        }
        buckets
    }

    /// Rows of start, issued, refreshed, failed; the newest first.
    pub(super) fn rows(&self, every: Every) -> impl Iterator<Item = Vec<Value>> {
        let buckets = self.buckets(every).into_iter().rev();
        buckets.map(|(start, requests)| {
            let start = Timestamp::new(start, 0).map_or(Value::Missing, Value::time);
            let Requests {
                issued,
                refreshed,
                failed,
            } = requests;
            let counts = [issued, refreshed, failed].map(Value::Count);
            std::iter::once(start).chain(counts).collect()
        })
    }
}

/// Days at rest, in their order.
#[derive(Serialize, Deserialize)]
struct Saved {
    zone: Zone,
    days: Vec<(i64, Requests)>,
}

impl From<Days> for Saved {
    fn from(mut days: Days) -> Saved {
        days.close();
        Saved {
            zone: days.zone,
            days: days.days.into_iter().collect(),
        }
    }
}

impl From<Saved> for Days {
    fn from(saved: Saved) -> Days {
        let mut days = Days::new(saved.zone);
        for (start, requests) in saved.days {
            days.days.entry(start).or_default().merge(requests);
        }
        days
    }
}
