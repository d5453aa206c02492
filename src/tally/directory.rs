//! The names of every field whose texts are counted.

use std::sync::Arc;

use super::hash::mixed;
use super::{Interner, Names, text_hash};
use crate::event::{Event, Field, Id, KINDS, Key, Kind, Timestamp, Wanted};

/// One table of names for each field, for all workers and reports of a run.
#[derive(Clone, Debug)]
pub struct Directory {
    fields: [Arc<Names>; Field::COUNT],
}

impl Default for Directory {
    fn default() -> Directory {
        Directory {
            fields: std::array::from_fn(|_| Arc::default()),
        }
    }
}

impl Directory {
    /// Names for which there is this much memory. Subjects, of which there are most, may take half of it, and the texts of
    /// each other field a 32nd part: what is counted by them takes about four times as much again.
    pub fn new(memory_limit: Option<u64>) -> Directory {
        let names = |field| match (memory_limit, field) {
            (None, _) => Names::default(),
            (Some(bytes), Field::Subject) => Names::limited(bytes / 2),
            (Some(bytes), _) => Names::limited(bytes / 32),
        };
        Directory {
            fields: Field::ALL.map(|field| Arc::new(names(field))),
        }
    }

    /// The names of one field.
    pub fn names(&self, field: Field) -> &Arc<Names> {
        &self.fields[field as usize]
    }
}

/// How a worker gives events the ids that reports count by: each text is hashed once, whoever counts it.
#[derive(Debug)]
pub struct Identifying {
    wanted: Wanted,
    /// Whether there may be sketches.
    limited: bool,
    /// One for each field.
    interners: Vec<Interner>,
    /// Keys of what events of a kind are called.
    kinds: Vec<Key>,
}

impl Identifying {
    /// Gives events the ids that are wanted. That of [`Field::Event`] is the id of [`Event::name`].
    pub fn new(directory: &Directory, wanted: &Wanted) -> Identifying {
        let names = |field| Arc::clone(directory.names(field));
        let kinds = KINDS
            .iter()
            .filter(|_| wanted.of_any().contains(Field::Event));
        Identifying {
            kinds: kinds
                .map(|row| directory.names(Field::Event).key(row.name))
                .collect(),
            interners: Field::ALL
                .into_iter()
                .map(|field| Interner::new(names(field)))
                .collect(),
            limited: directory.names(Field::Subject).is_limited(),
            wanted: wanted.clone(),
        }
    }

    /// Gives these events, which are of one kind, their ids.
    pub fn identify(&mut self, batch: &mut [Event<'_>]) {
        let Some(kind) = batch.first().map(|event| event.kind) else {
            return;
        };
        if self.limited {
            batch.iter_mut().for_each(|event| event.draw = draw(event));
        }
        for field in self.wanted.of(kind).iter() {
            if field == Field::Event && kind != Kind::Other {
                let key = self.kinds[kind.index()];
                batch
                    .iter_mut()
                    .for_each(|event| event.identify(field, key));
            } else {
                identify(batch, field, &mut self.interners[field as usize]);
            }
        }
    }
}

fn identify(batch: &mut [Event<'_>], field: Field, interner: &mut Interner) {
    for events in batch.chunks_mut(Interner::TOGETHER) {
        let mut texts = [None; Interner::TOGETHER];
        for (text, event) in texts.iter_mut().zip(&*events) {
            *text = text_of(event, field);
        }
        let ids = match interner.overflowed() {
            true => [Id(0); Interner::TOGETHER],
            false => interner.ids(&texts),
        };
        let events = events.iter_mut().zip(texts);
        if interner.overflowed() {
            // Ids were in vain: everything counted by them ends as hashes too.
            for (event, text) in events {
                if let Some(text) = text {
                    event.identify(field, Key::Hash(text_hash(text)));
                }
            }
            continue;
        }
        for ((event, text), id) in events.zip(ids) {
            if text.is_some() {
                event.identify(field, Key::Id(id));
            }
        }
    }
}

/// A hash of what an event says. Where its line stands would tell events apart that say the same, but the same lines in
/// other files must give the same answer.
fn draw(event: &Event<'_>) -> u64 {
    let epoch = Timestamp::new(0, 0);
    let time = event.time.zip(epoch);
    let words = [
        time.map_or(0, |(time, epoch)| time.nanos_since(epoch) as u64),
        (event.kind.index() as u64) << 2 | event.outcome as u64,
        event.get(Field::Subject).map_or(0, text_hash),
    ];
    words.into_iter().fold(1, |bits, word| mixed(bits ^ word))
}

/// The text that is counted of a field.
pub(super) fn text_of<'a>(event: &Event<'a>, field: Field) -> Option<&'a str> {
    match field {
        Field::Event => Some(event.name()),
        field => event.get(field),
    }
}
