//! How late this machine is: a deadline cannot be kept better than the system gives the processor to whoever waits.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

static WORST: AtomicU64 = AtomicU64::new(0);

const NAP: Duration = Duration::from_millis(5);

/// Starts a thread that sleeps for 5 ms again and again, and notes by how much it overslept at worst. It writes nothing.
pub(crate) fn watch() {
    thread::spawn(|| {
        loop {
            let clock = Instant::now();
            thread::sleep(NAP);
            let late = clock.elapsed().saturating_sub(NAP);
            WORST.fetch_max(u64::try_from(late.as_micros()).unwrap_or(u64::MAX), Relaxed);
        }
    });
}

/// The worst so far, in microseconds.
pub(crate) fn worst() -> u64 {
    WORST.load(Relaxed)
}
