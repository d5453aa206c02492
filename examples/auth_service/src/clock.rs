//! The time, in milliseconds since 1970. With `--dev` it can be moved forward, so that what lives 30 days is seen to die;
//! the writer takes the time of events from it, too.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use authmeter::event::Timestamp;

/// A clock; clones are moved together.
#[derive(Clone, Default)]
pub struct Clock {
    ahead: Arc<AtomicI64>,
}

impl Clock {
    pub fn now(&self) -> i64 {
        millis(Timestamp::now()) + self.ahead.load(Relaxed)
    }

    /// The same, as events have it.
    pub fn timestamp(&self) -> Timestamp {
        timestamp(self.now())
    }

    pub fn advance(&self, millis: i64) {
        self.ahead.fetch_add(millis, Relaxed);
    }
}

pub fn millis(time: Timestamp) -> i64 {
    time.seconds() * 1_000 + i64::from(time.subsec_nanos() / 1_000_000)
}

/// The time of so many milliseconds; beyond the year 9999, now.
pub fn timestamp(millis: i64) -> Timestamp {
    let nanos = u32::try_from(millis.rem_euclid(1_000) * 1_000_000).unwrap_or_default();
    Timestamp::new(millis.div_euclid(1_000), nanos).unwrap_or_else(Timestamp::now)
}

/// As people and JSON have it: `2025-01-15T10:30:00.000Z`.
pub fn text(millis: i64) -> String {
    String::from_utf8_lossy(&timestamp(millis).to_millis_text()).into_owned()
}
