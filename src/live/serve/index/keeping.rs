//! When what was counted is kept: beside everything else, and at the end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::cache::Cache;
use super::logs::{Logs, SavedLogs};
use super::{Index, lock};
use crate::engine::AtRest;
use crate::event::Timestamp;

/// What is kept for the next run.
#[derive(Default)]
pub(super) struct Keeping {
    pub(super) cache: Option<Cache>,
    pub(super) last: Option<Instant>,
    pub(super) remark: Option<String>,
}

impl Keeping {
    fn keep(&mut self, days: &AtRest, as_of: Timestamp, logs: SavedLogs) {
        let Some(cache) = &mut self.cache else { return };
        let as_of = (as_of.seconds(), as_of.subsec_nanos());
        if let Err(error) = cache.save(days, as_of, logs) {
            let what = format!("nothing is kept for the next start: {error}");
            self.remark.get_or_insert(what);
        }
        self.last = Some(Instant::now());
    }
}

/// So often states are kept, at most.
const KEPT_EVERY: Duration = Duration::from_secs(60);

impl Index {
    /// Keeps what was counted for the next run, if it was not kept lately: beside everything else that goes on.
    pub(super) fn keep_beside(&self, logs: &Logs) {
        let Ok(keeping) = self.keeping.try_lock() else {
            return;
        };
        let lately = keeping.last.is_some_and(|last| last.elapsed() < KEPT_EVERY);
        let Some(cache) = keeping.cache.as_ref().filter(|_| !lately) else {
            return;
        };
        let (days, logs) = (self.at_rest(cache), logs.save());
        let (as_of, shared) = (self.as_of, Arc::clone(&self.keeping));
        drop(keeping);
        let keep = move || lock(&shared).keep(&days, as_of, logs);
        // Without a thread it is kept when the server ends.
        let _ = std::thread::Builder::new().spawn(keep);
    }

    fn at_rest(&self, cache: &Cache) -> AtRest {
        self.views.with_days(|days| days.at_rest(cache.views()))
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        let logs = self.logs();
        let mut keeping = lock(&self.keeping);
        let Some(cache) = &keeping.cache else { return };
        let days = self.at_rest(cache);
        keeping.keep(&days, self.as_of, logs.save());
    }
}
