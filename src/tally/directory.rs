//! The names of every field whose texts are counted.

use std::sync::Arc;

use super::{Interner, Names};
use crate::event::{Event, Field, Id, KINDS, Kind, Wanted};

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
    /// Ids of what events of a kind are called.
    kinds: Vec<Id>,
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
                .map(|row| directory.names(Field::Event).id(row.name))
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
                let id = self.kinds[kind.index()];
                batch.iter_mut().for_each(|event| event.identify(field, id));
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
        let ids = interner.ids(&texts);
        for ((event, id), text) in events.iter_mut().zip(ids).zip(texts) {
            if text.is_some() {
                event.identify(field, id);
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
