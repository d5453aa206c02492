//! Who asks, and what they filter by: each with days of its own.

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::{Only, Question, Who};
use crate::engine::{Days, Plan, Snapshot, Stretch};
use crate::event::Timestamp;
use crate::read::{Inputs, Reading};

/// So many views are kept beside those that are expected.
const MOST: usize = 8;

/// What a view is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) who: Who,
    pub(super) only: Only,
    /// The token whose calls it has, and nothing else.
    pub(super) token: Option<String>,
}

impl Key {
    /// Of somebody who filters by nothing.
    pub(super) fn of(who: Who) -> Key {
        Key {
            who,
            only: Only::default(),
            token: None,
        }
    }

    /// Of a question: of all it filters by, or of the calls with one token.
    pub(super) fn asked(question: &Question, token: Option<&String>) -> Key {
        Key {
            who: question.who.clone(),
            only: question.only.clone(),
            token: token.cloned(),
        }
    }
}

/// See the module.
pub(super) struct Views {
    reading: Reading,
    threads: usize,
    days: RwLock<Days>,
    /// Where each view is among the days; the one that was asked for last stands last.
    known: Mutex<Vec<Known>>,
}

struct Known {
    key: Key,
    number: usize,
    expected: bool,
}

impl Views {
    pub(super) fn new(reading: Reading, threads: usize) -> Views {
        Views {
            days: RwLock::new(Days::new(reading.clone(), threads)),
            known: Mutex::default(),
            reading,
            threads,
        }
    }

    /// Looks at the days, or fills them: views that are expected go by their places.
    pub(super) fn with_days<T>(&self, with: impl FnOnce(&mut Days) -> T) -> T {
        with(&mut self.days_mut())
    }

    /// Has a view from the start.
    pub(super) fn expect(&self, key: Key, plan: Plan) {
        let mut known = self.known();
        if known.iter().all(|known| known.key != key) {
            let number = self.days_mut().view(plan);
            known.push(Known {
                key,
                number,
                expected: true,
            });
        }
    }

    pub(super) fn has(&self, key: &Key) -> bool {
        self.known().iter().any(|known| known.key == *key)
    }

    /// Makes a view of all that was read so far, each of these with the number of its first input.
    pub(super) fn make(&self, key: Key, plan: Plan, read: Vec<(Inputs, usize)>) {
        let mut days = Days::new(self.reading.clone(), self.threads);
        days.view(plan);
        for (inputs, first) in read {
            days.read(&inputs, first, false);
        }
        let mut known = self.known();
        let mut all = self.days_mut();
        let Some(number) = all.adopt(days) else {
            return;
        };
        known.push(Known {
            key,
            number,
            expected: false,
        });
        let others = known.iter().filter(|known| !known.expected).count();
        if others > MOST
            && let Some(oldest) = known.iter().position(|known| !known.expected)
        {
            let oldest = known.remove(oldest);
            all.drop_view(oldest.number);
        }
    }

    /// Counts what is new, for every view.
    pub(super) fn read(&self, inputs: &Inputs, first: usize, little: bool) -> Vec<Stretch> {
        self.days_mut().read(inputs, first, little)
    }

    /// Days of a view; `None` if there is none.
    pub(super) fn snapshot(
        &self,
        key: &Key,
        from: Option<i64>,
        to: Option<i64>,
    ) -> Option<Snapshot> {
        let mut known = self.known();
        let at = known.iter().position(|known| known.key == *key)?;
        let found = known.remove(at);
        let number = found.number;
        known.push(found);
        self.days().snapshot(number, from, to)
    }

    pub(super) fn window(&self, key: &Key) -> Option<(Timestamp, Timestamp)> {
        let known = self.known();
        let known = known.iter().find(|known| known.key == *key)?;
        self.days().window(known.number)
    }

    // Always before the days.
    fn known(&self) -> MutexGuard<'_, Vec<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn days(&self) -> RwLockReadGuard<'_, Days> {
        self.days.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn days_mut(&self) -> RwLockWriteGuard<'_, Days> {
        self.days.write().unwrap_or_else(PoisonError::into_inner)
    }
}
