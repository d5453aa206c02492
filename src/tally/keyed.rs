//! One tally for each text.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Merge, Names};
use crate::event::Id;

/// One tally for each text, and one for events that have none: an array by id. A text whose tally is the default was
/// never counted.
#[derive(Clone, Debug, Default)]
pub struct Keyed<T> {
    names: Arc<Names>,
    none: T,
    some: Vec<T>,
}

impl<T: Merge + Clone + PartialEq> Keyed<T> {
    /// No tallies yet, of texts that `names` knows.
    pub fn new(names: &Arc<Names>) -> Keyed<T> {
        Keyed {
            names: Arc::clone(names),
            none: T::default(),
            some: Vec::new(),
        }
    }

    /// The tally of a text.
    pub fn of(&mut self, id: Option<Id>) -> &mut T {
        let Some(Id(id)) = id else {
            return &mut self.none;
        };
        if id as usize >= self.some.len() {
            self.some.resize(id as usize + 1, T::default());
        }
        &mut self.some[id as usize]
    }

    /// The tallies, in no order.
    pub fn tallies(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.none).chain(&self.some)
    }

    /// Every text with its tally, in the order of the texts; no text comes first.
    pub fn sorted(&self) -> Vec<(Option<String>, &T)> {
        let nothing = T::default();
        let some = (0..).map(Id).zip(&self.some);
        let some = some.filter(|(_, tally)| **tally != nothing);
        let none = (self.none != nothing).then_some((None, &self.none));
        let mut entries: Vec<_> = none
            .into_iter()
            .chain(some.map(|(id, tally)| (Some(self.names.text(id)), tally)))
            .collect();
        entries.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        entries
    }

    /// Every text with its tally: the largest `size` first, equal ones in the order of the texts.
    pub fn largest_first(&self, size: impl Fn(&T) -> u64) -> Vec<(Option<String>, &T)> {
        let mut entries = self.sorted();
        entries.sort_by_key(|(_, tally)| std::cmp::Reverse(size(tally)));
        entries
    }
}

impl<T: Merge + Clone + PartialEq> Merge for Keyed<T> {
    fn merge(&mut self, other: Keyed<T>) {
        let same_names = Arc::ptr_eq(&self.names, &other.names);
        let nothing = T::default();
        self.none.merge(other.none);
        for (id, tally) in (0..).map(Id).zip(other.some) {
            if tally != nothing {
                let id = match same_names {
                    true => Some(id),
                    false => self.names.id(&other.names.text(id)),
                };
                self.of(id).merge(tally);
            }
        }
    }
}

impl<T: Merge + Clone + PartialEq + Serialize> Serialize for Keyed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.sorted())
    }
}

impl<'de, T: Merge + Clone + PartialEq + Deserialize<'de>> Deserialize<'de> for Keyed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut keyed = Keyed::<T>::default();
        for (text, tally) in Vec::<(Option<String>, T)>::deserialize(deserializer)? {
            let id = text.and_then(|text| keyed.names.id(&text));
            keyed.of(id).merge(tally);
        }
        Ok(keyed)
    }
}
