//! How many different texts there were: exactly, while their names have room for all of them.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::bits::Bits;
use super::{Counted, HyperLogLog, Merge, Names, SavedNames, Texts, text_hash};
use crate::event::Key;

/// A set of texts: one bit for each id, and a sketch of those that have none. Once there are such, the sketch takes the
/// others in, too, and answers alone.
#[derive(Clone, Debug, Default)]
pub struct Distinct {
    names: Arc<Names>,
    bits: Bits,
    sketch: Option<Box<HyperLogLog>>,
}

impl Distinct {
    /// No texts yet, out of those `names` knows.
    pub fn new(names: &Arc<Names>) -> Distinct {
        Distinct {
            names: Arc::clone(names),
            bits: Bits::default(),
            sketch: None,
        }
    }

    /// Takes one more text, seen before or not.
    #[inline]
    pub fn add(&mut self, key: Key) {
        match key {
            Key::Id(id) => _ = self.bits.insert(id),
            Key::Hash(hash) => self.add_hash(hash),
        }
    }

    #[cold]
    fn add_hash(&mut self, hash: u64) {
        self.sketch.get_or_insert_default().add_hash(hash);
    }

    /// How many different texts there were, which is never more than how many `additions` there were.
    pub fn count(&self, additions: u64) -> Counted {
        if self.names.overflowed() {
            let sketch = self.sketched();
            return Counted::About(sketch.estimate(additions), sketch.error_permille());
        }
        Counted::Exactly(self.bits.count())
    }

    /// A sketch of all texts, those with an id too.
    fn sketched(&self) -> HyperLogLog {
        let mut sketch = self.sketch.as_deref().cloned().unwrap_or_default();
        let texts = self.texts();
        texts.for_each(|text| sketch.add_hash(text_hash(&text)));
        sketch
    }

    fn texts(&self) -> impl Iterator<Item = String> {
        self.bits.iter().map(|id| self.names.text(id))
    }
}

impl Merge for Distinct {
    fn merge(&mut self, other: Distinct) {
        self.add_all(&other);
    }
}

impl Distinct {
    /// Adds what others hold, which stay.
    pub fn add_all(&mut self, other: &Distinct) {
        if let Some(sketch) = &other.sketch {
            self.sketch
                .get_or_insert_default()
                .merge((**sketch).clone());
        }
        if !Arc::ptr_eq(&self.names, &other.names) {
            self.names.absorb(&other.names);
            let names = Arc::clone(&self.names);
            other.texts().for_each(|text| self.add(names.key(&text)));
            return;
        }
        self.bits.unite(&other.bits);
    }
}

/// A set at rest: its texts, or a sketch of them.
#[derive(Serialize, Deserialize)]
struct Saved {
    names: SavedNames,
    texts: Texts,
    sketch: Option<HyperLogLog>,
}

impl Serialize for Distinct {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let overflowed = self.names.overflowed();
        let ids = match overflowed {
            true => Vec::new(),
            false => self.bits.iter().collect(),
        };
        let saved = Saved {
            names: self.names.save(),
            texts: Texts::of(&self.names, ids, serializer.is_human_readable()).0,
            sketch: overflowed.then(|| self.sketched()),
        };
        saved.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let saved = Saved::deserialize(deserializer)?;
        let (names, ids) = saved.texts.ids(&saved.names).map_err(de::Error::custom)?;
        let mut distinct = Distinct::new(&names);
        distinct.sketch = saved.sketch.map(Box::new);
        for id in ids {
            distinct.bits.insert(id);
        }
        Ok(distinct)
    }
}

#[cfg(test)]
mod tests;
