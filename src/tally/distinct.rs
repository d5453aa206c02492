//! How many different texts there were, exactly.

use foldhash::fast::RandomState;
use hashbrown::HashSet;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Merge;

/// A set of texts.
#[derive(Clone, Debug, Default)]
pub struct Distinct {
    texts: HashSet<String, RandomState>,
}

impl Distinct {
    /// Takes one more text, seen before or not.
    pub fn add(&mut self, text: &str) {
        self.texts.get_or_insert_with(text, ToOwned::to_owned);
    }

    /// How many different texts there were.
    pub fn count(&self) -> u64 {
        self.texts.len() as u64
    }
}

impl Merge for Distinct {
    fn merge(&mut self, mut other: Distinct) {
        if other.texts.len() > self.texts.len() {
            std::mem::swap(self, &mut other);
        }
        self.texts.extend(other.texts);
    }
}

impl Serialize for Distinct {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut texts: Vec<&str> = self.texts.iter().map(String::as_str).collect();
        texts.sort_unstable();
        serializer.collect_seq(texts)
    }
}

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        Ok(Distinct {
            texts: texts.into_iter().collect(),
        })
    }
}
