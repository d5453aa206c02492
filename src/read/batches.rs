//! Batches of one kind, so that a report sees only its own.

use super::Consumer;
use crate::event::{Event, Kind};

/// Events waiting to be handed over, grouped by kind.
#[derive(Default)]
pub(super) struct Batches<'a> {
    by_kind: [Vec<Event<'a>>; Kind::COUNT],
}

impl<'a> Batches<'a> {
    /// Enough that a consumer's dispatch costs nothing per event; few enough that batches stay in the cache.
    const SIZE: usize = 64;

    /// Takes an event; hands over its batch when that is full.
    pub(super) fn push<C: Consumer>(&mut self, event: Event<'a>, consumer: &mut C) {
        let batch = &mut self.by_kind[event.kind.index()];
        if batch.capacity() == 0 {
            batch.reserve_exact(Self::SIZE);
        }
        batch.push(event);
        if batch.len() == Self::SIZE {
            consumer.events(batch);
            batch.clear();
        }
    }

    /// Hands over what is left.
    pub(super) fn flush<C: Consumer>(&mut self, consumer: &mut C) {
        for batch in self.by_kind.iter_mut().filter(|batch| !batch.is_empty()) {
            consumer.events(batch);
            batch.clear();
        }
    }
}
