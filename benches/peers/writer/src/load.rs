//! The load: what one thread emits, how fast, and how long each call took.

use std::ops::Range;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use crate::event::{Event, Events};

/// In what rhythm events come.
#[derive(Clone, Copy)]
pub(crate) enum Pace {
    /// One after the other, each call timed from the end of the one before: one look at the clock an event.
    Burst,
    /// One every so often. A call that is late does not delay what is due after it: that is late, too.
    Every {
        interval: Duration,
        /// When the thread's first event is due, after the start.
        offset: Duration,
    },
    /// As many as there are in this time, each call timed.
    For(Duration),
    /// As many as there are in this time, without a look at the clock between them.
    Untimed(Duration),
}

/// What one thread has to do.
pub(crate) struct Share<'a> {
    pub(crate) numbers: Range<u64>,
    /// So many of the events come before the start, so that buffers have grown and threads are awake.
    pub(crate) warm_up: u64,
    pub(crate) pace: Pace,
    /// Whether the thread gives its processor away while it waits for its next event to be due.
    pub(crate) yields: bool,
    pub(crate) start: &'a Barrier,
}

/// What became of it. Times are in nanoseconds; four seconds is the longest.
pub(crate) struct Spent {
    /// When the thread started, after its warm-up.
    pub(crate) began: Instant,
    pub(crate) emitted: u64,
    /// Each call's time.
    pub(crate) calls: Vec<u32>,
    /// Each call's end, after the time it was due; for [`Pace::Every`] alone.
    pub(crate) due: Vec<u32>,
}

/// Events between two looks at the clock where calls are not timed.
const STRETCH: u64 = 256;

impl Share<'_> {
    pub(crate) fn spend(self, mut emit: impl FnMut(Event)) -> Spent {
        let events = Events::all();
        let mut emit = |number| emit(events.get(number));
        let Range { start, end } = self.numbers;
        let first = end.min(start + self.warm_up);
        (start..first).for_each(&mut emit);
        let numbers = first..end;
        let mut spent = match self.pace {
            Pace::Burst => burst(numbers, self.start, emit),
            Pace::Every { interval, offset } => {
                paced(numbers, interval, offset, self.yields, self.start, emit)
            }
            Pace::For(time) => timed(numbers, time, self.start, emit),
            Pace::Untimed(time) => untimed(numbers, time, self.start, emit),
        };
        spent.emitted += first - start;
        spent
    }
}

fn burst(numbers: Range<u64>, start: &Barrier, mut emit: impl FnMut(u64)) -> Spent {
    let mut calls = touched(numbers.end - numbers.start);
    start.wait();
    let began = Instant::now();
    let mut last = began;
    for (number, call) in numbers.zip(&mut calls) {
        emit(number);
        let now = Instant::now();
        *call = nanos(now - last);
        last = now;
    }
    Spent {
        began,
        emitted: calls.len() as u64,
        calls,
        due: Vec::new(),
    }
}

fn paced(
    numbers: Range<u64>,
    interval: Duration,
    offset: Duration,
    yields: bool,
    start: &Barrier,
    mut emit: impl FnMut(u64),
) -> Spent {
    let many = numbers.end - numbers.start;
    let (mut calls, mut due) = (touched(many), touched(many));
    start.wait();
    let start = Instant::now();
    let mut at = start + offset;
    for ((number, call), late) in numbers.zip(&mut calls).zip(&mut due) {
        let mut began = Instant::now();
        while began < at {
            if yields {
                thread::yield_now();
            } else {
                std::hint::spin_loop();
            }
            began = Instant::now();
        }
        emit(number);
        let ended = Instant::now();
        *call = nanos(ended - began);
        *late = nanos(ended - at);
        at += interval;
    }
    Spent {
        began: start,
        emitted: many,
        calls,
        due,
    }
}

fn timed(numbers: Range<u64>, time: Duration, start: &Barrier, mut emit: impl FnMut(u64)) -> Spent {
    let mut calls = Vec::with_capacity(1 << 16);
    start.wait();
    let began = Instant::now();
    let mut last = began;
    for number in numbers {
        emit(number);
        let now = Instant::now();
        calls.push(nanos(now - last));
        last = now;
        if now - began >= time {
            break;
        }
    }
    Spent {
        began,
        emitted: calls.len() as u64,
        calls,
        due: Vec::new(),
    }
}

fn untimed(
    numbers: Range<u64>,
    time: Duration,
    start: &Barrier,
    mut emit: impl FnMut(u64),
) -> Spent {
    start.wait();
    let began = Instant::now();
    let Range { start: first, end } = numbers;
    let mut next = first;
    while next < end && began.elapsed() < time {
        let stop = end.min(next + STRETCH);
        (next..stop).for_each(&mut emit);
        next = stop;
    }
    Spent {
        began,
        emitted: next - first,
        calls: Vec::new(),
        due: Vec::new(),
    }
}

/// Room for times whose pages are there already: a page fault in the loop would count as a slow call.
fn touched(many: u64) -> Vec<u32> {
    vec![u32::MAX; many as usize]
}

fn nanos(time: Duration) -> u32 {
    u32::try_from(time.as_nanos()).unwrap_or(u32::MAX)
}
