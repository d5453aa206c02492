//! The names of every field whose texts are counted.

use std::sync::Arc;

use super::{Interner, Names};
use crate::event::{Event, Field, FieldSet, Id, KINDS, Kind};

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
    fields: Vec<(Field, Interner)>,
    event_names: Option<EventNames>,
}

/// Ids of what events are called: those of the kinds once and for all, and those of unknown events as they come.
#[derive(Debug)]
struct EventNames {
    kinds: Vec<Id>,
    others: Interner,
}

impl Identifying {
    /// Gives these fields ids. That of [`Field::Event`] is the id of [`Event::name`].
    pub fn new(directory: &Directory, fields: FieldSet) -> Identifying {
        let interner = |field| Interner::new(Arc::clone(directory.names(field)));
        let event_names = || EventNames {
            kinds: KINDS
                .iter()
                .map(|row| directory.names(Field::Event).id(row.name))
                .collect(),
            others: interner(Field::Event),
        };
        Identifying {
            event_names: fields.contains(Field::Event).then(event_names),
            fields: fields
                .without(Field::Event)
                .iter()
                .map(|field| (field, interner(field)))
                .collect(),
        }
    }

    /// Gives these events, of one kind, their ids.
    pub fn identify(&mut self, batch: &mut [Event<'_>]) {
        // Field by field: what is looked up next does not wait for what was looked up before.
        if let Some(names) = &mut self.event_names {
            for event in &mut *batch {
                let id = match event.kind {
                    Kind::Other => names.others.id(event.name()),
                    known => names.kinds[known.index()],
                };
                event.identify(Field::Event, id);
            }
        }
        for (field, interner) in &mut self.fields {
            for event in &mut *batch {
                if let Some(text) = event.get(*field) {
                    event.identify(*field, interner.id(text));
                }
            }
        }
    }
}
