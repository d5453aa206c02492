//! Which events of a batch count, and when those would have been that are only out of the filter's window.

use super::Times;
use crate::event::{Event, Timestamp};
use crate::filter::{Filter, Verdict};

/// A filter at work.
#[derive(Clone)]
pub(super) struct Sift {
    /// `None` if every event passes.
    filter: Option<Filter>,
    out_of_window: Times,
}

impl Sift {
    pub(super) fn new(filter: &Filter) -> Sift {
        Sift {
            filter: (!filter.is_open()).then(|| filter.clone()),
            out_of_window: None,
        }
    }

    /// Has the events that count stand before the others, and returns how many they are.
    pub(super) fn sift(&mut self, batch: &mut [Event<'_>]) -> usize {
        let Some(filter) = &self.filter else {
            return batch.len();
        };
        let mut kept = 0;
        for index in 0..batch.len() {
            match filter.judge(&batch[index]) {
                Verdict::Passes => {
                    batch.swap(kept, index);
                    kept += 1;
                }
                Verdict::OutOfWindow => {
                    if let Some(time) = batch[index].time {
                        extend(&mut self.out_of_window, time, time);
                    }
                }
                Verdict::Fails => {}
            }
        }
        kept
    }

    pub(super) fn merge(&mut self, other: &Sift) {
        if let Some((first, last)) = other.out_of_window {
            extend(&mut self.out_of_window, first, last);
        }
    }

    /// Times of the first and the last event that would count at any time, when these are those that do.
    pub(super) fn at_any_time(&self, counting: Times) -> Times {
        let mut times = self.out_of_window;
        if let Some((first, last)) = counting {
            extend(&mut times, first, last);
        }
        times
    }
}

/// Has times include these.
pub(super) fn extend(times: &mut Times, first: Timestamp, last: Timestamp) {
    *times = Some(times.map_or((first, last), |known| {
        (known.0.min(first), known.1.max(last))
    }));
}

/// Has times include those of events, and returns how many events have one.
pub(super) fn extend_by(times: &mut Times, events: &[Event<'_>]) -> u64 {
    let mut dated = 0;
    for time in events.iter().filter_map(|event| event.time) {
        dated += 1;
        extend(times, time, time);
    }
    dated
}
