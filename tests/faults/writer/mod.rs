//! The writer under faults: an application of its own package (`application`) emits, the fault is a real one, and a
//! checker that shares no code with either (`check.py`) says what is in the log.
//!
//! `AUTHMETER_FAULTS=full` runs the long forms. `AUTHMETER_FAULTS_TABLE=FOLDER` keeps a row for each fault; `run` makes
//! the table of them.

mod checker;
mod clock;
mod disk_full;
mod exits;
mod io_error;
mod kill;
mod logrotate;
mod processes;
mod rotation;
mod scene;
mod sealed;
mod slow;
mod trial;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Whether the long forms are asked for.
fn is_full() -> bool {
    std::env::var_os("AUTHMETER_FAULTS").is_some_and(|word| word == "full")
}

/// The short number, or the full one if that is asked for.
fn short_or_full<T>(short: T, full: T) -> T {
    if is_full() { full } else { short }
}

/// Waits until something is so, at most so long; says how long it took.
fn wait_until(most: Duration, mut is_so: impl FnMut() -> bool) -> Option<Duration> {
    let clock = Instant::now();
    while clock.elapsed() < most {
        if is_so() {
            return Some(clock.elapsed());
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    None
}

/// The machine's clock, in nanoseconds since 1970.
fn unix_nanos() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_nanos().try_into().unwrap()
}
