//! One tally for each text.

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Merge;

/// One tally for each text, and one for events that have none. The hash is seeded anew in every process: the texts are
/// an attacker's.
#[derive(Clone, Debug, Default)]
pub struct Keyed<T> {
    none: Option<T>,
    some: HashMap<String, T, RandomState>,
}

impl<T: Default> Keyed<T> {
    /// The tally of `key`, made if it is new.
    pub fn of(&mut self, key: Option<&str>) -> &mut T {
        match key {
            Some(key) => self.some.entry_ref(key).or_default(),
            None => self.none.get_or_insert_default(),
        }
    }

    /// Every key with its tally, in the order of their texts; no text comes first.
    pub fn sorted(&self) -> Vec<(Option<&str>, &T)> {
        let mut entries: Vec<_> = self.iter().collect();
        entries.sort_unstable_by_key(|(key, _)| *key);
        entries
    }

    /// Every key with its tally: the largest `size` first, equal ones in the order of their texts.
    pub fn largest_first(&self, size: impl Fn(&T) -> u64) -> Vec<(Option<&str>, &T)> {
        let mut entries = self.sorted();
        entries.sort_by_key(|(_, tally)| std::cmp::Reverse(size(tally)));
        entries
    }

    fn iter(&self) -> impl Iterator<Item = (Option<&str>, &T)> {
        let none = self.none.iter().map(|tally| (None, tally));
        none.chain(
            self.some
                .iter()
                .map(|(key, tally)| (Some(key.as_str()), tally)),
        )
    }
}

impl<T: Merge> Merge for Keyed<T> {
    fn merge(&mut self, other: Keyed<T>) {
        if let Some(tally) = other.none {
            self.of(None).merge(tally);
        }
        for (key, tally) in other.some {
            self.some.entry(key).or_default().merge(tally);
        }
    }
}

impl<T: Default + Serialize> Serialize for Keyed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.sorted())
    }
}

impl<'de, T: Merge + Deserialize<'de>> Deserialize<'de> for Keyed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut keyed = Keyed::<T>::default();
        for (key, tally) in Vec::<(Option<String>, T)>::deserialize(deserializer)? {
            keyed.of(key.as_deref()).merge(tally);
        }
        Ok(keyed)
    }
}
