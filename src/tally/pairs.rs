//! One count for each pair of texts: exactly, while there is room for all of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::directory::text_of;
use super::hash::mixed;
use super::{Frequent, Merge, Names, Ranked, SavedNames, Texts, pair_hash, text_hash};
use crate::event::{Event, Field, Id, Key};

/// Bytes a pair takes in the table, about.
const EACH: u64 = 64;

/// One count for each pair of texts of two fields; the second may be missing. A table and no array of arrays: many
/// firsts with many seconds would need room for every pair there could be.
///
/// Names may have room for all texts where there is none for all pairs: then, too, everything moves to a sketch.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    names: [Arc<Names>; 2],
    counts: HashMap<(Id, Option<Id>), Count, RandomState>,
    sketch: Option<Box<Sketch>>,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    events: u64,
    /// The smallest of their draws.
    draw: u64,
}

/// About how often pairs came, and their firsts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Sketch {
    pairs: Frequent,
    firsts: Frequent,
}

/// Two texts, and how often the first came, whatever the second.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// The first text.
    pub first: String,
    /// The second, if there was one.
    pub second: Option<String>,
    /// How often the first came.
    pub whole: u64,
}

impl Sketch {
    fn add(&mut self, first: &str, second: &str, draw: u64, events: u64) {
        // What the first is, is told by its length.
        let text = format!("{}:{first}{second}", first.len());
        self.pairs
            .add(&text, pair_hash(first, second), draw, events);
        self.firsts.add("", text_hash(first), 0, events);
    }
}

/// The texts of a pair; no second is the empty one.
fn texts_of(pair: &str) -> (&str, &str) {
    let split = pair.split_once(':').and_then(|(length, texts)| {
        let length = length.parse().ok()?;
        texts.split_at_checked(length)
    });
    split.unwrap_or_default()
}

impl Pairs {
    /// No counts yet, of texts that these names know.
    pub fn new(first: &Arc<Names>, second: &Arc<Names>) -> Pairs {
        Pairs {
            names: [Arc::clone(first), Arc::clone(second)],
            ..Pairs::default()
        }
    }

    /// Counts an event that has a text of the first field.
    pub fn count(&mut self, event: &Event<'_>, fields: [Field; 2]) {
        let [first, second] = fields.map(|field| event.key(field));
        let texts = || fields.map(|field| text_of(event, field).unwrap_or_default());
        let draw = |[first, second]: [&str; 2]| match event.draw {
            0 => u64::MAX,
            draw => mixed(draw ^ pair_hash(first, second)),
        };
        match (first, second, &mut self.sketch) {
            (None, ..) => {}
            (Some(Key::Id(first)), None, None) => self.add((first, None), 1, || draw(texts())),
            (Some(Key::Id(first)), Some(Key::Id(second)), None) => {
                self.add((first, Some(second)), 1, || draw(texts()));
            }
            (_, _, sketch) => {
                let [first, second] = texts();
                let sketch = sketch.get_or_insert_default();
                sketch.add(first, second, draw([first, second]), 1);
            }
        }
    }

    fn add(&mut self, pair: (Id, Option<Id>), events: u64, draw: impl FnOnce() -> u64) {
        let count = self.counts.entry(pair).or_insert(Count {
            events: 0,
            draw: u64::MAX,
        });
        count.events += events;
        if let Some(room) = self.names[1].room() {
            count.draw = count.draw.min(draw());
            if self.counts.len() as u64 * EACH > room {
                self.sketch = Some(Box::new(self.sketched()));
                self.counts = HashMap::default();
            }
        }
    }

    fn overflowed(&self) -> bool {
        self.sketch.is_some() || self.names.iter().any(|names| names.overflowed())
    }

    /// How many events were counted, exactly.
    pub fn total(&self) -> u64 {
        let counted: u64 = self.counts.values().map(|count| count.events).sum();
        let sketch = self.sketch.as_ref();
        counted + sketch.map_or(0, |sketch| sketch.pairs.total())
    }

    /// Every pair with its count, or the most frequent ones with about theirs.
    pub fn ranked(&self) -> Ranked<Pair, u64> {
        let mut ranked = match self.overflowed() {
            true => self.sketched().ranked(),
            false => self.exact(),
        };
        let rows = &mut ranked.rows;
        rows.sort_unstable_by(|(one, count), (other, others)| {
            others.cmp(count).then_with(|| one.cmp(other))
        });
        ranked
    }

    fn exact(&self) -> Ranked<Pair, u64> {
        let counted = self.counted();
        let mut wholes: HashMap<&str, u64, RandomState> = HashMap::default();
        for (first, _, count) in &counted {
            *wholes.entry(first).or_default() += count.events;
        }
        let pair = |(first, second, count): &(String, Option<String>, Count)| {
            let pair = Pair {
                first: first.clone(),
                second: second.clone(),
                whole: wholes[first.as_str()],
            };
            (pair, count.events)
        };
        Ranked {
            rows: counted.iter().map(pair).collect(),
            off: None,
        }
    }

    /// A sketch of all pairs, those that were counted by id too.
    fn sketched(&self) -> Sketch {
        let mut sketch = self.sketch.as_deref().cloned().unwrap_or_default();
        for (first, second, count) in self.counted() {
            let second = second.as_deref().unwrap_or_default();
            sketch.add(&first, second, count.draw, count.events);
        }
        sketch
    }

    /// Pairs that were counted by id, in no order.
    fn counted(&self) -> Vec<(String, Option<String>, Count)> {
        let [firsts, seconds] = &self.names;
        let counts = self.counts.iter().map(|((first, second), count)| {
            let second = second.map(|second| seconds.text(second));
            (firsts.text(*first), second, *count)
        });
        counts.collect()
    }

    fn add_texts(&mut self, first: &str, second: Option<&str>, count: Count) {
        let ids = [Some(first), second]
            .into_iter()
            .zip(&self.names)
            .map(|(text, names)| text.map(|text| names.key(text)));
        let ids: Vec<Option<Key>> = ids.collect();
        match (ids[0], ids[1], &mut self.sketch) {
            (Some(Key::Id(first)), None, None) => {
                self.add((first, None), count.events, || count.draw);
            }
            (Some(Key::Id(first)), Some(Key::Id(second)), None) => {
                self.add((first, Some(second)), count.events, || count.draw);
            }
            (_, _, sketch) => sketch.get_or_insert_default().add(
                first,
                second.unwrap_or_default(),
                count.draw,
                count.events,
            ),
        }
    }
}

impl Sketch {
    fn ranked(&self) -> Ranked<Pair, u64> {
        let off = self.pairs.off();
        let hash = |text: &str| {
            let (first, second) = texts_of(text);
            pair_hash(first, second)
        };
        let pairs = self.pairs.largest_first(hash).into_iter();
        let pairs = pairs.filter(|(_, count)| *count > off);
        let rows = pairs.map(|(text, count)| {
            let (first, second) = texts_of(text);
            let pair = Pair {
                first: first.to_owned(),
                second: Some(second.to_owned()).filter(|second| !second.is_empty()),
                whole: self.firsts.estimate(text_hash(first)).max(count),
            };
            (pair, count)
        });
        Ranked {
            rows: rows.collect(),
            off: Some(off),
        }
    }
}

impl Merge for Pairs {
    fn merge(&mut self, other: Pairs) {
        let same = |index: usize| Arc::ptr_eq(&self.names[index], &other.names[index]);
        if same(0) && same(1) && self.sketch.is_none() {
            for (pair, count) in &other.counts {
                if self.sketch.is_none() {
                    self.add(*pair, count.events, || count.draw);
                } else {
                    let [firsts, seconds] = &self.names;
                    let (first, second) = (firsts.text(pair.0), pair.1.map(|id| seconds.text(id)));
                    self.add_texts(&first, second.as_deref(), *count);
                }
            }
        } else {
            for (names, others) in self.names.iter().zip(&other.names) {
                if !Arc::ptr_eq(names, others) {
                    names.absorb(others);
                }
            }
            for (first, second, count) in other.counted() {
                self.add_texts(&first, second.as_deref(), count);
            }
        }
        if let Some(sketch) = other.sketch {
            let whole = self.sketch.get_or_insert_default();
            whole.pairs.merge(sketch.pairs);
            whole.firsts.merge(sketch.firsts);
        }
    }
}

/// Counts at rest: in the order of their texts, or a sketch of them.
#[derive(Serialize, Deserialize)]
struct Saved {
    names: [SavedNames; 2],
    firsts: Texts,
    seconds: Texts,
    /// The places of the first and the second among these, events, smallest draw.
    counts: Vec<(u32, Option<u32>, u64, u64)>,
    sketch: Option<Sketch>,
}

impl Serialize for Pairs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let overflowed = self.overflowed();
        let counted = || self.counts.iter().filter(|_| !overflowed);
        let ids: [Vec<Id>; 2] = [
            counted().map(|((first, _), _)| *first).collect(),
            counted().filter_map(|((_, second), _)| *second).collect(),
        ];
        let readable = serializer.is_human_readable();
        let [(firsts, first), (seconds, second)] = std::array::from_fn(|at| {
            let ids: BTreeSet<Id> = ids[at].iter().copied().collect();
            let (texts, ids) = Texts::of(&self.names[at], ids.into_iter().collect(), readable);
            let places: HashMap<Id, u32, RandomState> = ids.into_iter().zip(0..).collect();
            (texts, places)
        });
        let mut counts: Vec<_> = counted()
            .map(|(ids, count)| {
                let place = ids.1.map(|id| second[&id]);
                (first[&ids.0], place, count.events, count.draw)
            })
            .collect();
        counts.sort_unstable();
        let saved = Saved {
            names: self.names.each_ref().map(|names| names.save()),
            firsts,
            seconds,
            counts,
            sketch: overflowed.then(|| self.sketched()),
        };
        saved.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let saved = Saved::deserialize(deserializer)?;
        let [first, second] = &saved.names;
        let (first, firsts) = saved.firsts.ids(first).map_err(de::Error::custom)?;
        let (second, seconds) = saved.seconds.ids(second).map_err(de::Error::custom)?;
        let mut pairs = Pairs::new(&first, &second);
        pairs.sketch = saved.sketch.map(Box::new);
        let id = |ids: &[Id], place: u32| {
            let id = ids.get(place as usize).copied();
            id.ok_or_else(|| de::Error::custom("a pair names a text that is not there"))
        };
        for (first, second, events, draw) in saved.counts {
            let second = second.map(|place| id(&seconds, place)).transpose()?;
            pairs.add((id(&firsts, first)?, second), events, || draw);
        }
        Ok(pairs)
    }
}
