//! Which fields somebody wants, of which events.

use super::{FieldSet, KINDS, Kind};

/// For each kind of event, the fields somebody wants of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    by_kind: [FieldSet; Kind::COUNT],
    any: FieldSet,
}

impl Wanted {
    /// These fields, of every event.
    pub fn of_all(fields: FieldSet) -> Wanted {
        Wanted {
            by_kind: [fields; Kind::COUNT],
            any: fields,
        }
    }

    /// Wants these fields of events of this kind, too.
    pub fn add(&mut self, kind: Kind, fields: FieldSet) {
        let wanted = &mut self.by_kind[kind.index()];
        *wanted = wanted.union(fields);
        self.any = self.any.union(fields);
    }

    /// Wants everything the other wants, too.
    pub fn extend(&mut self, other: &Wanted) {
        for row in KINDS {
            self.add(row.kind, other.of(row.kind));
        }
    }

    /// What is wanted of events of a kind.
    pub fn of(&self, kind: Kind) -> FieldSet {
        self.by_kind[kind.index()]
    }

    /// What is wanted of events of any kind.
    pub fn of_any(&self) -> FieldSet {
        self.any
    }
}
