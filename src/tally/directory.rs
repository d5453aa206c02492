//! The names of every field whose texts are counted.

use std::sync::Arc;

use super::{Interner, Names, text_hash};
use crate::event::{Event, Field, KINDS, Key, Kind, Wanted};

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
    /// Names that take no more than about half of this many bytes; the rest is for what is counted by them. `None` is no
    /// limit.
    pub fn new(memory_limit: Option<u64>) -> Directory {
        let mut directory = Directory::default();
        if let Some(bytes) = memory_limit {
            directory.fields[Field::Subject as usize] = Arc::new(Names::limited(bytes / 2));
        }
        directory
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
            wanted: wanted.clone(),
        }
    }

    /// Gives these events, which are of one kind, their ids.
    pub fn identify(&mut self, batch: &mut [Event<'_>]) {
        let Some(kind) = batch.first().map(|event| event.kind) else {
            return;
        };
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
        // Ids were in vain: everything counted by them ends as hashes too.
        let ids = match interner.overflowed() {
            true => [Interner::NO_ROOM; Interner::TOGETHER],
            false => interner.ids(&texts),
        };
        for ((event, id), text) in events.iter_mut().zip(ids).zip(texts) {
            match text {
                Some(text) if id == Interner::NO_ROOM => {
                    event.identify(field, Key::Hash(text_hash(text)));
                }
                Some(_) => event.identify(field, Key::Id(id)),
                None => {}
            }
        }
    }
}

fn text_of<'a>(event: &Event<'a>, field: Field) -> Option<&'a str> {
    match field {
        Field::Event => Some(event.name()),
        field => event.get(field),
    }
}
