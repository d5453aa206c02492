//! One tally for each text: exactly, while their names have room for all of them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::directory::text_of;
use super::hash::mixed;
use super::{Cells, Counts, Frequent, Merge, Names, SavedNames, Texts, text_hash};
use crate::event::{Event, Field, Id, Key};

/// One tally for each text, and one for events that have none: an array by id. A text whose tally is the default was
/// never counted. Texts without an id are counted by a sketch, which takes all others in, too, once there are such.
#[derive(Clone, Debug, Default)]
pub struct Keyed<T: Counts, C = Vec<T>> {
    names: Arc<Names>,
    none: T,
    some: C,
    /// By id, where names have a limit: what a sketch has to know.
    lowest: Vec<Lowest>,
    sketch: Option<Box<Frequent<T>>>,
}

/// A text's hash, and the smallest draw of its events.
#[derive(Clone, Copy, Debug)]
struct Lowest {
    hash: u64,
    draw: u64,
}

const NEVER: Lowest = Lowest {
    hash: 0,
    draw: u64::MAX,
};

/// Texts with their tallies, the largest first.
#[derive(Debug)]
pub struct Ranked<Key, T> {
    /// Equal ones are in the order of the texts; no text comes first.
    pub rows: Vec<(Key, T)>,
    /// By how much each tally may be too large; `None` if all are exact. Then texts that are rarer than that are left out.
    pub off: Option<T>,
}

impl<T: Counts, C: Cells<T>> Keyed<T, C> {
    /// No tallies yet, of texts that `names` knows.
    pub fn new(names: &Arc<Names>) -> Keyed<T, C> {
        Keyed {
            names: Arc::clone(names),
            ..Keyed::default()
        }
    }

    /// Counts an event in the tally of its text of a field.
    #[inline]
    pub fn count(&mut self, event: &Event<'_>, field: Field, how: impl Fn(&mut T)) {
        match event.key(field) {
            None => how(&mut self.none),
            Some(Key::Id(id)) => {
                self.some.change(id, how);
                // Events have a draw where names have a limit.
                if event.draw != 0 {
                    self.draw(id, event, field);
                }
            }
            Some(Key::Hash(hash)) => {
                let mut one = T::default();
                how(&mut one);
                self.count_hash(event, field, hash, one);
            }
        }
    }

    #[cold]
    fn count_hash(&mut self, event: &Event<'_>, field: Field, hash: u64, one: T) {
        let text = text_of(event, field).unwrap_or_default();
        let sketch = self.sketch.get_or_insert_default();
        sketch.add(text, hash, mixed(event.draw ^ hash), one);
    }

    #[cold]
    fn draw(&mut self, id: Id, event: &Event<'_>, field: Field) {
        let lowest = self.lowest_of(id);
        if lowest.draw == u64::MAX {
            lowest.hash = text_of(event, field).map_or(0, text_hash);
        }
        lowest.draw = lowest.draw.min(mixed(event.draw ^ lowest.hash));
    }

    fn lowest_of(&mut self, Id(id): Id) -> &mut Lowest {
        if id as usize >= self.lowest.len() {
            self.lowest.resize(id as usize + 1, NEVER);
        }
        &mut self.lowest[id as usize]
    }

    /// Takes less room where few texts were counted, until more are.
    pub fn settle(&mut self) {
        self.some.settle();
    }

    /// The sum of all tallies, which is always exact.
    pub fn total(&self) -> T {
        let mut total = self.none;
        self.some().for_each(|(_, tally)| total.merge(tally));
        if let Some(sketch) = &self.sketch {
            total.merge(sketch.total());
        }
        total
    }

    /// Every text with its tally, or the most frequent ones with about theirs.
    pub fn ranked(&self) -> Ranked<Option<String>, T> {
        let mut off = None;
        let mut rows: Vec<(Option<String>, T)> = match self.names.overflowed() {
            false => self
                .counted()
                .map(|(text, tally, _)| (Some(text), tally))
                .collect(),
            true => {
                let sketch = self.sketched();
                let most = sketch.off();
                off = Some(most);
                let texts = sketch.largest_first(text_hash).into_iter();
                let common = texts.filter(|(_, tally)| tally.total() > most.total());
                common
                    .map(|(text, tally)| (Some(text.to_owned()), tally))
                    .collect()
            }
        };
        if self.none != T::default() {
            rows.push((None, self.none));
        }
        rows.sort_unstable_by(|(one, tally), (other, others)| {
            let by_size = others.total().cmp(&tally.total());
            by_size.then_with(|| one.cmp(other))
        });
        Ranked { rows, off }
    }

    /// The tally of events that have no text.
    pub fn none(&self) -> T {
        self.none
    }

    /// The first rows of [`Keyed::ranked`] that have a text. Of millions of texts only those are fetched that may be
    /// among them.
    pub fn top(&self, most: usize) -> Ranked<String, T> {
        if self.names.overflowed() {
            let Ranked { rows, off } = self.ranked();
            let rows = rows.into_iter();
            let rows = rows.filter_map(|(text, tally)| Some((text?, tally)));
            return Ranked {
                rows: rows.take(most).collect(),
                off,
            };
        }
        let border = self.border(most);
        let reach = |above: bool| {
            self.some().filter(move |(_, tally)| match above {
                true => tally.total() > border,
                false => tally.total() == border,
            })
        };
        let above = reach(true).map(|(id, tally)| (self.names.text(id), tally));
        let mut rows: Vec<(String, T)> = above.take(most).collect();
        // Any number of texts may be tied at the border: the first ones, last on top.
        let mut tied: BinaryHeap<(String, u32)> = BinaryHeap::new();
        let room = most - rows.len();
        for (id, _) in reach(false).filter(|_| room > 0) {
            let text = self.names.text(id);
            if tied.len() < room {
                tied.push((text, id.0));
            } else if let Some(mut last) = tied.peek_mut()
                && text < last.0
            {
                *last = (text, id.0);
            }
        }
        rows.extend(
            tied.into_iter()
                .map(|(text, id)| (text, self.some.tally(Id(id)))),
        );
        rows.sort_unstable_by(|(one, tally), (other, others)| {
            let by_size = others.total().cmp(&tally.total());
            by_size.then_with(|| one.cmp(other))
        });
        Ranked { rows, off: None }
    }

    /// The smallest of the `most` largest totals of texts that have an id, or 0 if there are fewer.
    fn border(&self, most: usize) -> u64 {
        let mut largest: BinaryHeap<Reverse<u64>> = BinaryHeap::new();
        for total in self.some().map(|(_, tally)| tally.total()) {
            if largest.len() < most {
                largest.push(Reverse(total));
            } else if let Some(mut least) = largest.peek_mut()
                && total > least.0
            {
                least.0 = total;
            }
        }
        match largest.peek() {
            Some(Reverse(least)) if largest.len() == most => *least,
            _ => 0,
        }
    }

    /// A sketch of all texts, those with an id too.
    fn sketched(&self) -> Frequent<T> {
        let mut sketch = self.sketch.as_deref().cloned().unwrap_or_default();
        for (text, tally, draw) in self.counted() {
            sketch.add(&text, text_hash(&text), draw, tally);
        }
        sketch
    }

    /// Texts that have an id, with their tallies and smallest draws, in no order.
    fn counted(&self) -> impl Iterator<Item = (String, T, u64)> {
        self.some().map(|(id, tally)| {
            let lowest = self.lowest.get(id.0 as usize).unwrap_or(&NEVER);
            (self.names.text(id), tally, lowest.draw)
        })
    }

    /// Ids that were counted, with their tallies.
    fn some(&self) -> impl Iterator<Item = (Id, T)> {
        self.some.some()
    }

    fn add_text(&mut self, text: &str, tally: T, draw: u64) {
        match self.names.key(text) {
            Key::Id(id) => {
                self.some.change(id, |sum| sum.merge(tally));
                if draw != u64::MAX {
                    let lowest = self.lowest_of(id);
                    lowest.hash = text_hash(text);
                    lowest.draw = lowest.draw.min(draw);
                }
            }
            Key::Hash(hash) => {
                let sketch = self.sketch.get_or_insert_default();
                sketch.add(text, hash, draw, tally);
            }
        }
    }
}

impl<T: Counts, C: Cells<T>> Keyed<T, C> {
    /// Adds what others hold, which stay.
    pub fn add_all(&mut self, other: &Keyed<T, C>) {
        self.none.merge(other.none);
        if !Arc::ptr_eq(&self.names, &other.names) {
            self.names.absorb(&other.names);
            for (text, tally, draw) in other.counted() {
                self.add_text(&text, tally, draw);
            }
        } else {
            for (id, tally) in other.some() {
                self.some.change(id, |sum| sum.merge(tally));
            }
            for (id, lowest) in (0..).map(Id).zip(&other.lowest) {
                if lowest.draw < self.lowest_of(id).draw {
                    *self.lowest_of(id) = *lowest;
                }
            }
        }
        if let Some(sketch) = &other.sketch {
            self.sketch
                .get_or_insert_default()
                .merge((**sketch).clone());
        }
    }
}

impl<T: Counts, C: Cells<T>> Merge for Keyed<T, C> {
    fn merge(&mut self, other: Keyed<T, C>) {
        self.add_all(&other);
    }
}

/// Tallies at rest: in the order of their texts, or a sketch of them.
#[derive(Serialize, Deserialize)]
#[serde(bound = "T: Counts + Serialize + for<'a> Deserialize<'a>")]
struct Saved<T> {
    names: SavedNames,
    none: T,
    texts: Texts,
    tallies: Vec<T>,
    /// Hashes and smallest draws, where names have a limit.
    draws: Vec<(u64, u64)>,
    sketch: Option<Frequent<T>>,
}

impl<T, C> Serialize for Keyed<T, C>
where
    T: Counts + Serialize + for<'a> Deserialize<'a>,
    C: Cells<T>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let overflowed = self.names.overflowed();
        let ids = self.some().map(|(id, _)| id).filter(|_| !overflowed);
        let (texts, ids) = Texts::of(&self.names, ids.collect(), serializer.is_human_readable());
        let draws = ids.iter().filter(|_| self.names.is_limited());
        let draws = draws.map(|id| {
            let lowest = self.lowest.get(id.0 as usize).unwrap_or(&NEVER);
            (lowest.hash, lowest.draw)
        });
        let saved = Saved {
            names: self.names.save(),
            none: self.none,
            texts,
            draws: draws.collect(),
            tallies: ids.iter().map(|id| self.some.tally(*id)).collect(),
            sketch: overflowed.then(|| self.sketched()),
        };
        saved.serialize(serializer)
    }
}

impl<'de, T, C> Deserialize<'de> for Keyed<T, C>
where
    T: Counts + Serialize + for<'a> Deserialize<'a>,
    C: Cells<T>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let saved = Saved::<T>::deserialize(deserializer)?;
        let (names, ids) = saved.texts.ids(&saved.names).map_err(de::Error::custom)?;
        if ids.len() != saved.tallies.len() {
            return Err(de::Error::custom("a text has no tally"));
        }
        let mut keyed: Keyed<T, C> = Keyed::new(&names);
        keyed.none = saved.none;
        keyed.sketch = saved.sketch.map(Box::new);
        for (id, tally) in ids.iter().zip(saved.tallies) {
            keyed.some.change(*id, |sum| *sum = tally);
        }
        for (id, (hash, draw)) in ids.iter().zip(saved.draws) {
            *keyed.lowest_of(*id) = Lowest { hash, draw };
        }
        Ok(keyed)
    }
}

#[cfg(test)]
mod tests;
