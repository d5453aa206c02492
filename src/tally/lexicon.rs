//! Texts of many states that are kept beside each other: spelled out once, and known by number in each of the states.
//!
//! ```text
//!  state alone      its texts, in their order                      a state goes anywhere: JSON
//!  states beside    numbers, rising ──▶ lexicon: number ─ text     days of one log: a compact format
//! ```
//!
//! Thousands of users come on most days. Their names in the states of each day are most of what there is to write, and on
//! reading back, each would be looked up for each day. Numbers are looked up in an array.
//!
//! A number stays what it is from one process to the next; the ids that states count by do not. Serialisers have no room
//! for a companion, and so a lexicon is one of the thread, for as long as states are written or read ([`Lexicon::within`]).
//! States spell their texts out where there is none, where their names have a limit (an id may then stand for nothing), and
//! in formats that people read.

use std::cell::RefCell;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::names::{SHARDS, Seen};
use super::{Directory, Names, SavedNames};
use crate::event::{Field, Id};

thread_local! {
    static WITHIN: RefCell<Option<Arc<Lexicon>>> = const { RefCell::new(None) };
}

/// Numbers of the texts of a directory; see the module.
#[derive(Clone, Debug)]
pub struct Lexicon(Vec<Numbering>);

/// Texts that came one after the other, for each field.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Chapter(Vec<Vec<String>>);

impl Chapter {
    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Vec::is_empty)
    }
}

#[derive(Clone, Debug)]
struct Numbering {
    names: Arc<Names>,
    /// By number.
    ids: Vec<Id>,
    /// By id; what has none yet has the greatest.
    numbers: Vec<u32>,
    seen: Seen,
}

impl Numbering {
    fn number(&mut self, Id(id): Id) {
        let place = id as usize;
        if place >= self.numbers.len() {
            self.numbers.resize(place + 1, u32::MAX);
        }
        if self.numbers[place] == u32::MAX {
            self.numbers[place] = self.ids.len() as u32;
            self.ids.push(Id(id));
        }
    }
}

impl Lexicon {
    /// Numbers of no texts yet.
    pub fn new(directory: &Directory) -> Lexicon {
        let numbering = |field| Numbering {
            names: Arc::clone(directory.names(field)),
            ids: Vec::new(),
            numbers: Vec::new(),
            seen: [0; SHARDS],
        };
        Lexicon(Field::ALL.into_iter().map(numbering).collect())
    }

    /// Numbers all texts that came since, and tells which.
    pub fn chapter(&mut self) -> Chapter {
        let texts = self.0.iter_mut().map(|numbering| {
            if numbering.names.is_limited() {
                return Vec::new();
            }
            let mut texts = Vec::new();
            for (id, text) in numbering.names.since(&mut numbering.seen) {
                let known = numbering.ids.len();
                numbering.number(id);
                if numbering.ids.len() > known {
                    texts.push(text);
                }
            }
            texts
        });
        Chapter(texts.collect())
    }

    /// All chapters as one.
    pub fn whole(&self) -> Chapter {
        let texts = self.0.iter().map(|numbering| {
            let ids = numbering.ids.iter();
            ids.map(|id| numbering.names.text(*id)).collect()
        });
        Chapter(texts.collect())
    }

    /// How many texts have a number.
    pub fn count(&self) -> usize {
        self.0.iter().map(|numbering| numbering.ids.len()).sum()
    }

    /// Numbers the texts of a chapter as they were numbered when it was told; chapters come in their order. `None` if it
    /// is of other fields.
    pub fn read(&mut self, chapter: &Chapter) -> Option<()> {
        if chapter.0.len() != self.0.len() {
            return None;
        }
        for (numbering, texts) in self.0.iter_mut().zip(&chapter.0) {
            for text in texts {
                let known = numbering.ids.len();
                numbering.number(numbering.names.id(text)?);
                if numbering.ids.len() == known {
                    return None;
                }
            }
        }
        Some(())
    }

    /// Does something in which states know of this lexicon.
    pub fn within<T>(self: &Arc<Lexicon>, what: impl FnOnce() -> T) -> T {
        struct Before(Option<Arc<Lexicon>>);
        impl Drop for Before {
            fn drop(&mut self) {
                WITHIN.set(self.0.take());
            }
        }
        let _before = Before(WITHIN.replace(Some(Arc::clone(self))));
        what()
    }

    /// These ids by their numbers, in whose order they are put.
    fn numbered(&self, names: &Arc<Names>, ids: &mut [Id]) -> Option<Told> {
        let mut fields = self.0.iter();
        let field = fields.position(|field| Arc::ptr_eq(&field.names, names))?;
        let numbers = &self.0[field].numbers;
        let number = |id: &Id| numbers.get(id.0 as usize).copied().unwrap_or(u32::MAX);
        ids.sort_unstable_by_key(number);
        let told: Vec<u32> = ids.iter().map(number).collect();
        let all = told.last().is_none_or(|number| *number < u32::MAX);
        all.then_some(Told::Numbered(field as u8, Rising(told)))
    }

    fn with<T>(what: impl FnOnce(&Lexicon) -> Option<T>) -> Option<T> {
        WITHIN.with_borrow(|within| what(within.as_deref()?))
    }
}

/// Texts of a state at rest. None stands there twice.
#[derive(Debug)]
pub struct Texts(Told);

#[derive(Debug, Serialize, Deserialize)]
enum Told {
    /// In their order.
    Spelled(Vec<String>),
    /// In the order of their numbers; of a field, which goes by its place.
    Numbered(u8, Rising),
}

impl Texts {
    /// The texts of these ids, as people read them or not; and the ids in the order of the texts.
    pub fn of(names: &Arc<Names>, mut ids: Vec<Id>, readable: bool) -> (Texts, Vec<Id>) {
        if !readable
            && !names.is_limited()
            && let Some(told) = Lexicon::with(|lexicon| lexicon.numbered(names, &mut ids))
        {
            return (Texts(told), ids);
        }
        let texts = ids.into_iter().map(|id| (names.text(id), id));
        let mut texts: Vec<(String, Id)> = texts.collect();
        texts.sort_unstable();
        let (texts, ids) = texts.into_iter().unzip();
        (Texts(Told::Spelled(texts)), ids)
    }

    /// Names that know the texts, and the id of each.
    ///
    /// # Errors
    ///
    /// There is no lexicon that has the numbers, or the names have no room for the texts, which is said of no such state.
    pub fn ids(self, own: &SavedNames) -> Result<(Arc<Names>, Vec<Id>), &'static str> {
        match self.0 {
            Told::Spelled(texts) => {
                let names = Names::load(own);
                let ids = texts.iter().map(|text| names.id(text));
                let ids = ids.collect::<Option<Vec<Id>>>();
                let ids = ids.ok_or("there is no room for the texts of a state")?;
                Ok((names, ids))
            }
            Told::Numbered(field, Rising(numbers)) => {
                let known = Lexicon::with(|lexicon| {
                    let Numbering { names, ids, .. } = lexicon.0.get(usize::from(field))?;
                    let id = |number: &u32| ids.get(*number as usize).copied();
                    let ids = numbers.iter().map(id).collect::<Option<Vec<Id>>>()?;
                    Some((Arc::clone(names), ids))
                });
                known.ok_or("a state says a number that no text has")
            }
        }
    }
}

impl Serialize for Texts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Told::Spelled(texts) if serializer.is_human_readable() => texts.serialize(serializer),
            told => told.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Texts, D::Error> {
        match deserializer.is_human_readable() {
            true => Vec::deserialize(deserializer).map(Told::Spelled),
            false => Told::deserialize(deserializer),
        }
        .map(Texts)
    }
}

/// Numbers, each larger than the one before; at rest, by how much: most of these differences take a byte.
#[derive(Debug)]
pub struct Rising(pub Vec<u32>);

impl Serialize for Rising {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let before = std::iter::once(0).chain(self.0.iter().copied());
        let steps = self.0.iter().zip(before);
        serializer.collect_seq(steps.map(|(number, before)| number.wrapping_sub(before)))
    }
}

impl<'de> Deserialize<'de> for Rising {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Rising, D::Error> {
        let mut numbers: Vec<u32> = Vec::deserialize(deserializer)?;
        for at in 1..numbers.len() {
            let sum = numbers[at - 1].checked_add(numbers[at]);
            let sum = sum.filter(|sum| *sum > numbers[at - 1]);
            numbers[at] = sum.ok_or_else(|| de::Error::custom("numbers at rest do not rise"))?;
        }
        Ok(Rising(numbers))
    }
}

#[cfg(test)]
mod tests;
