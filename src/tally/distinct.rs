//! How many different texts there were, exactly.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Merge, Names};
use crate::event::Id;

/// A set of texts: one bit for each id.
#[derive(Clone, Debug, Default)]
pub struct Distinct {
    names: Arc<Names>,
    bits: Vec<u64>,
}

impl Distinct {
    /// No texts yet, out of those `names` knows.
    pub fn new(names: &Arc<Names>) -> Distinct {
        Distinct {
            names: Arc::clone(names),
            bits: Vec::new(),
        }
    }

    /// Takes one more text, seen before or not.
    pub fn add(&mut self, Id(id): Id) {
        let word = id as usize / 64;
        if word >= self.bits.len() {
            self.bits.resize(word + 1, 0);
        }
        self.bits[word] |= 1 << (id % 64);
    }

    /// How many different texts there were.
    pub fn count(&self) -> u64 {
        self.bits
            .iter()
            .map(|word| u64::from(word.count_ones()))
            .sum()
    }

    fn texts(&self) -> impl Iterator<Item = String> {
        let ids = (0..).zip(&self.bits).flat_map(|(index, word)| {
            (0..64_u32)
                .filter(move |bit| word >> bit & 1 == 1)
                .map(move |bit| Id(index * 64 + bit))
        });
        ids.map(|id| self.names.text(id))
    }
}

impl Merge for Distinct {
    fn merge(&mut self, mut other: Distinct) {
        if !Arc::ptr_eq(&self.names, &other.names) {
            let texts: Vec<String> = other.texts().collect();
            texts.iter().for_each(|text| self.add(self.names.id(text)));
            return;
        }
        if other.bits.len() > self.bits.len() {
            std::mem::swap(&mut self.bits, &mut other.bits);
        }
        for (word, other) in self.bits.iter_mut().zip(other.bits) {
            *word |= other;
        }
    }
}

impl Serialize for Distinct {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut texts: Vec<String> = self.texts().collect();
        texts.sort_unstable();
        serializer.collect_seq(texts)
    }
}

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut distinct = Distinct::default();
        for text in Vec::<String>::deserialize(deserializer)? {
            distinct.add(distinct.names.id(&text));
        }
        Ok(distinct)
    }
}
