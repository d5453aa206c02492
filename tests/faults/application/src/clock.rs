//! A clock that is set back and forth.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use authmeter::event::Timestamp;

/// How many readings lie between two steps.
const EVERY: u32 = 100;

/// A clock that is slow by one step, by none, by one, and by two, in turns of a hundred readings: it is set forward and
/// back by a step each time.
pub(crate) fn stepping(step: Duration) -> impl Fn() -> Timestamp + Send + Sync + 'static {
    let readings = AtomicU32::new(0);
    move || {
        let turn = readings.fetch_add(1, Relaxed) / EVERY;
        let slow = step * [1, 0, 1, 2][turn as usize % 4];
        let now = Timestamp::now();
        now.before(slow).unwrap_or(now)
    }
}
