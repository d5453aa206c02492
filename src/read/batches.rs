//! Batches of one kind, so that a report sees only its own.

use super::Consumer;
use crate::event::{Event, Kind};

/// Events waiting to be handed over, grouped by kind. Their places are used again and again.
#[derive(Default)]
pub(super) struct Batches<'a> {
    by_kind: [Batch<'a>; Kind::COUNT],
}

#[derive(Default)]
struct Batch<'a> {
    /// Events, of which the first `length` are waiting.
    events: Vec<Event<'a>>,
    length: usize,
}

impl<'a> Batches<'a> {
    /// Enough that a consumer's dispatch costs little per event; few enough that batches stay in the cache.
    const SIZE: usize = 16;

    /// Where the next event of a kind is made. What is there means nothing.
    #[inline]
    pub(super) fn room(&mut self, kind: Kind) -> &mut Event<'a> {
        let batch = &mut self.by_kind[kind.index()];
        if batch.length == batch.events.len() {
            batch.events.push(Event::new(kind));
        }
        &mut batch.events[batch.length]
    }

    /// Takes the event that was made in the room; hands over its batch when that is full.
    #[inline]
    pub(super) fn take<C: Consumer>(&mut self, kind: Kind, consumer: &mut C) {
        let batch = &mut self.by_kind[kind.index()];
        batch.length += 1;
        if batch.length == Self::SIZE {
            batch.hand_over(consumer);
        }
    }

    /// Hands over what is left.
    pub(super) fn flush<C: Consumer>(&mut self, consumer: &mut C) {
        for batch in &mut self.by_kind {
            batch.hand_over(consumer);
        }
    }
}

impl Batch<'_> {
    fn hand_over<C: Consumer>(&mut self, consumer: &mut C) {
        if self.length > 0 {
            consumer.events(&mut self.events[..self.length]);
            self.length = 0;
        }
    }
}
