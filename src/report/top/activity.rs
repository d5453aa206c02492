//! What one user, client or address did, in 39 bytes.

use serde::{Deserialize, Serialize};

use crate::event::{Event, Family, Kind, Outcome, Timestamp};
use crate::tally::{Counts, Merge};

/// How often what happened, and when first and last: seven numbers one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Plain", into = "Plain")]
pub(super) struct Activity([u8; LAST + TIME]);

/// Bytes of a count, one for each [`Sort`]: up to 10^12, and no more are counted.
const COUNT: usize = 5;
/// Bytes of a time, and where they stand.
const TIME: usize = 7;
const FIRST: usize = 5 * COUNT;
const LAST: usize = FIRST + TIME;

/// What is counted, in the order of the columns.
#[derive(Clone, Copy)]
enum Sort {
    Events,
    LoginsOk,
    LoginsFailed,
    Issued,
    Refreshes,
}

impl Activity {
    /// 1970, in milliseconds since a time that is earlier than any: 0 is no time.
    pub(super) const EPOCH: u64 = 1 << 55;

    /// An activity of these counts, in the order of the columns, with the times of the first and the last dated event.
    #[inline]
    pub(super) fn new(counts: [u64; 5], [first, last]: [u64; 2]) -> Activity {
        let mut activity = Activity::default();
        for (sort, count) in counts.into_iter().enumerate() {
            activity.set::<COUNT>(sort * COUNT, count);
        }
        activity.set::<TIME>(FIRST, first);
        activity.set::<TIME>(LAST, last);
        activity
    }

    /// The times of the first and the last dated event, in milliseconds.
    #[inline]
    pub(super) fn times(&self) -> [u64; 2] {
        [FIRST, LAST].map(|at| self.get::<TIME>(at))
    }

    /// Counts one event.
    #[inline]
    pub(super) fn add(&mut self, event: &Event<'_>) {
        self.count(Sort::Events);
        match (event.kind, event.outcome) {
            (Kind::Login, Outcome::Success) => self.count(Sort::LoginsOk),
            (Kind::Login, Outcome::Failure) => self.count(Sort::LoginsFailed),
            (Kind::TokenRefresh, _) => self.count(Sort::Refreshes),
            (kind, outcome) => {
                if kind.family() == Family::Issue && outcome != Outcome::Failure {
                    self.count(Sort::Issued);
                }
            }
        }
        if let Some(time) = event.time {
            let millis = time.seconds() * 1000 + i64::from(time.subsec_nanos() / 1_000_000);
            self.see(Self::EPOCH.saturating_add_signed(millis));
        }
    }

    #[inline]
    fn count(&mut self, sort: Sort) {
        let at = sort as usize * COUNT;
        self.set::<COUNT>(at, self.get::<COUNT>(at) + 1);
    }

    #[inline]
    fn see(&mut self, time: u64) {
        let [first, last] = self.times();
        if time != 0 && (time < first || first == 0) {
            self.set::<TIME>(FIRST, time);
        }
        if time > last {
            self.set::<TIME>(LAST, time);
        }
    }

    #[inline]
    fn get<const BYTES: usize>(&self, at: usize) -> u64 {
        let mut bytes = [0; 8];
        bytes[..BYTES].copy_from_slice(&self.0[at..at + BYTES]);
        u64::from_le_bytes(bytes)
    }

    /// The largest number that fits stands for all larger ones.
    #[inline]
    fn set<const BYTES: usize>(&mut self, at: usize, number: u64) {
        let number = number.min(u64::MAX >> (64 - 8 * BYTES));
        self.0[at..at + BYTES].copy_from_slice(&number.to_le_bytes()[..BYTES]);
    }

    /// How many events there were.
    pub(super) fn events(&self) -> u64 {
        self.get::<COUNT>(Sort::Events as usize * COUNT)
    }

    /// How often what happened, in the order of the columns.
    #[inline]
    pub(super) fn counts(&self) -> [u64; 5] {
        std::array::from_fn(|sort| self.get::<COUNT>(sort * COUNT))
    }

    /// The times of the first and the last dated event.
    pub(super) fn seen(&self) -> [Option<Timestamp>; 2] {
        self.times().map(|time| {
            let millis = time.checked_signed_diff(Self::EPOCH)?;
            let nanos = millis.rem_euclid(1000) as u32 * 1_000_000;
            Timestamp::new(millis.div_euclid(1000), nanos)
        })
    }
}

impl Default for Activity {
    fn default() -> Activity {
        Activity([0; LAST + TIME])
    }
}

impl Merge for Activity {
    fn merge(&mut self, other: Activity) {
        for at in (0..FIRST).step_by(COUNT) {
            self.set::<COUNT>(at, self.get::<COUNT>(at) + other.get::<COUNT>(at));
        }
        for time in other.times() {
            self.see(time);
        }
    }
}

impl Counts for Activity {
    fn total(&self) -> u64 {
        self.events()
    }

    /// Of estimates: they know no times.
    fn least(self, other: Activity) -> Activity {
        let [one, other] = [self, other].map(|activity| activity.counts());
        let counts = std::array::from_fn(|sort| one[sort].min(other[sort]));
        Activity::new(counts, [0, 0])
    }

    fn each(self, of: impl Fn(u64) -> u64) -> Activity {
        Activity::new(self.counts().map(of), [0, 0])
    }
}

/// An activity at rest.
type Plain = ([u64; 5], [u64; 2]);

impl From<Activity> for Plain {
    fn from(activity: Activity) -> Plain {
        (activity.counts(), activity.times())
    }
}

impl From<Plain> for Activity {
    fn from((counts, times): Plain) -> Activity {
        Activity::new(counts, times)
    }
}
