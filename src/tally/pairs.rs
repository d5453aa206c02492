//! One count for each pair of texts.

use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Merge, Names};
use crate::event::Id;

/// One count for each pair of texts of two sorts; the second may be missing. A table and no array of arrays: many
/// firsts with many seconds would need room for every pair there could be.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    names: [Arc<Names>; 2],
    counts: HashMap<(Id, Option<Id>), u64, RandomState>,
}

impl Pairs {
    /// No counts yet, of texts that these names know.
    pub fn new(first: &Arc<Names>, second: &Arc<Names>) -> Pairs {
        Pairs {
            names: [Arc::clone(first), Arc::clone(second)],
            counts: HashMap::default(),
        }
    }

    /// The count of a pair.
    pub fn of(&mut self, first: Id, second: Option<Id>) -> &mut u64 {
        self.counts.entry((first, second)).or_default()
    }

    /// Every pair with its count, in the order of the texts; no text comes first.
    pub fn sorted(&self) -> Vec<(String, Option<String>, u64)> {
        let [firsts, seconds] = &self.names;
        let texts = |((first, second), count): (&(Id, Option<Id>), &u64)| {
            let second = second.map(|second| seconds.text(second));
            (firsts.text(*first), second, *count)
        };
        let mut pairs: Vec<_> = self.counts.iter().map(texts).collect();
        pairs.sort_unstable();
        pairs
    }
}

impl Merge for Pairs {
    fn merge(&mut self, other: Pairs) {
        let same = |index: usize| Arc::ptr_eq(&self.names[index], &other.names[index]);
        if same(0) && same(1) {
            for ((first, second), count) in other.counts {
                *self.of(first, second) += count;
            }
        } else {
            for (first, second, count) in other.sorted() {
                self.add_texts(&first, second.as_deref(), count);
            }
        }
    }
}

impl Pairs {
    fn add_texts(&mut self, first: &str, second: Option<&str>, count: u64) {
        let second = second.and_then(|second| self.names[1].id(second));
        if let Some(first) = self.names[0].id(first) {
            *self.of(first, second) += count;
        }
    }
}

impl Serialize for Pairs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.sorted())
    }
}

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut pairs = Pairs::default();
        for (first, second, count) in
            Vec::<(String, Option<String>, u64)>::deserialize(deserializer)?
        {
            pairs.add_texts(&first, second.as_deref(), count);
        }
        Ok(pairs)
    }
}
