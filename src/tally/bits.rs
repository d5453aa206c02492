//! A set of ids: one bit for each.

use crate::event::Id;

/// A set of ids. It takes as many bits as the largest one says.
#[derive(Clone, Debug, Default)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// Takes an id. Whether it was not there before.
    #[inline]
    pub(super) fn insert(&mut self, Id(id): Id) -> bool {
        let (word, bit) = (id as usize / 64, 1 << (id % 64));
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        let is_new = self.0[word] & bit == 0;
        self.0[word] |= bit;
        is_new
    }

    /// Drops an id, if it is there.
    pub(super) fn remove(&mut self, Id(id): Id) {
        if let Some(word) = self.0.get_mut(id as usize / 64) {
            *word &= !(1 << (id % 64));
        }
    }

    /// How many ids there are.
    pub(super) fn count(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// All ids, in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Id> {
        (0..).zip(&self.0).flat_map(|(index, word)| {
            (0..64_u32)
                .filter(move |bit| word >> bit & 1 == 1)
                .map(move |bit| Id(index * 64 + bit))
        })
    }

    /// Takes all ids of the other set.
    pub(super) fn unite(&mut self, other: &Bits) {
        if other.0.len() > self.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word |= other;
        }
    }
}
