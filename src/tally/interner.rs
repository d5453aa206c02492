//! Texts as small integers, for sets that hold the same texts many times.

use foldhash::fast::RandomState;
use hashbrown::{HashMap, HashSet};

/// A set of interned texts.
pub type IdSet = HashSet<u32, RandomState>;

/// Gives each text a number, counting from 0 in the order they come. Numbers mean nothing outside their interner.
#[derive(Clone, Debug, Default)]
pub struct Interner {
    ids: HashMap<String, u32, RandomState>,
}

impl Interner {
    /// The number of `text`.
    pub fn id(&mut self, text: &str) -> u32 {
        let next = self.ids.len() as u32;
        *self.ids.entry_ref(text).or_insert(next)
    }

    /// Takes all texts of `other`. Returns this interner's number for each of the other's.
    pub fn absorb(&mut self, other: Interner) -> Vec<u32> {
        let mut renumbered = vec![0; other.ids.len()];
        for (text, id) in other.ids {
            let next = self.ids.len() as u32;
            renumbered[id as usize] = *self.ids.entry(text).or_insert(next);
        }
        renumbered
    }

    /// Every text at the place of its number.
    pub fn texts(&self) -> Vec<&str> {
        let mut texts = vec![""; self.ids.len()];
        for (text, id) in &self.ids {
            texts[*id as usize] = text;
        }
        texts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_dense_and_survive_absorption_under_new_ones() {
        let (mut one, mut other) = (Interner::default(), Interner::default());
        assert_eq!([one.id("a"), one.id("b"), one.id("a")], [0, 1, 0]);
        assert_eq!([other.id("c"), other.id("b")], [0, 1]);
        assert_eq!(one.absorb(other), [2, 1]);
        assert_eq!(one.texts(), ["a", "b", "c"]);
    }
}
