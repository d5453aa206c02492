//! One value for each text, exactly, or none at all: for what no sketch can stand for.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Merge, Names, SavedNames, Texts};
use crate::event::{Id, Key};

/// Values by the ids of their texts. There are none any more once names have no room for all texts, or there are more
/// values than there is room for: which of them came first must not matter.
#[derive(Clone, Debug, Default)]
pub struct Each<T> {
    names: Arc<Names>,
    /// How many values there may be; `None` is no limit.
    room: Option<u64>,
    values: Vec<Option<Box<T>>>,
    count: u64,
    full: bool,
}

impl<T: Merge> Each<T> {
    /// No values yet, of texts that `names` knows, and room for so many.
    pub fn new(names: &Arc<Names>, room: Option<u64>) -> Each<T> {
        Each {
            names: Arc::clone(names),
            room,
            values: Vec::new(),
            count: 0,
            full: false,
        }
    }

    /// The value of a text, which starts as the default; `None` if there are none any more.
    #[inline]
    pub fn of(&mut self, key: Key) -> Option<&mut T> {
        match key {
            Key::Id(id) if !self.full => self.of_id(id),
            _ => None,
        }
    }

    fn of_id(&mut self, Id(id): Id) -> Option<&mut T> {
        let place = id as usize;
        if place >= self.values.len() {
            self.values.resize_with(place + 1, || None);
        }
        if self.values[place].is_none() {
            if self.room.is_some_and(|room| self.count >= room) {
                self.drop_all();
                return None;
            }
            self.count += 1;
        }
        Some(self.values[place].get_or_insert_default())
    }

    #[cold]
    fn drop_all(&mut self) {
        (self.values, self.count, self.full) = (Vec::new(), 0, true);
    }

    /// Whether there are none any more.
    pub fn gone(&self) -> bool {
        self.full || self.names.overflowed()
    }

    /// Texts with their values, in no order; none if they are [gone](Each::gone).
    pub fn iter(&self) -> impl Iterator<Item = (String, &T)> {
        let some = (0..).map(Id).zip(&self.values);
        let some = some.filter(|_| !self.gone());
        some.filter_map(|(id, value)| {
            let value = value.as_deref()?;
            Some((self.names.text(id), value))
        })
    }
}

impl<T: Merge> Merge for Each<T> {
    fn merge(&mut self, other: Each<T>) {
        let same = Arc::ptr_eq(&self.names, &other.names);
        if !same {
            self.names.absorb(&other.names);
        }
        if other.full {
            self.drop_all();
        }
        for (id, value) in (0..).map(Id).zip(other.values) {
            let Some(value) = value else { continue };
            let key = match same {
                true => Key::Id(id),
                false => self.names.key(&other.names.text(id)),
            };
            if let Some(mine) = self.of(key) {
                mine.merge(*value);
            }
        }
    }
}

/// Values at rest, in the order of their texts.
#[derive(Serialize, Deserialize)]
struct Saved<T> {
    names: SavedNames,
    room: Option<u64>,
    gone: bool,
    texts: Texts,
    values: Vec<T>,
}

impl<T: Merge + Serialize> Serialize for Each<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let some = (0..).map(Id).zip(&self.values);
        let some = some.filter(|(_, value)| value.is_some() && !self.gone());
        let ids = some.map(|(id, _)| id).collect();
        let (texts, ids) = Texts::of(&self.names, ids, serializer.is_human_readable());
        let values = ids
            .iter()
            .filter_map(|id| self.values[id.0 as usize].as_deref());
        let saved = Saved {
            names: self.names.save(),
            room: self.room,
            gone: self.gone(),
            texts,
            values: values.collect(),
        };
        saved.serialize(serializer)
    }
}

impl<'de, T: Merge + Deserialize<'de>> Deserialize<'de> for Each<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let saved = Saved::<T>::deserialize(deserializer)?;
        let (names, ids) = saved.texts.ids(&saved.names).map_err(de::Error::custom)?;
        let mut each = Each::<T>::new(&names, saved.room);
        each.full = saved.gone;
        if ids.len() != saved.values.len() {
            return Err(de::Error::custom("a text has no value"));
        }
        for (id, value) in ids.into_iter().zip(saved.values) {
            if let Some(mine) = each.of(Key::Id(id)) {
                *mine = value;
            }
        }
        Ok(each)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::laws::merging_is_adding;

    /// How often each text came.
    fn counted(names: &Arc<Names>, room: Option<u64>, texts: &[&str]) -> Each<u64> {
        let mut each = Each::new(names, room);
        for text in texts {
            if let Some(count) = each.of(names.key(text)) {
                *count += 1;
            }
        }
        each
    }

    #[test]
    fn each_text_has_its_own_value() {
        let each = counted(&Arc::default(), Some(2), &["a", "b", "a"]);
        let mut values: Vec<(String, u64)> =
            each.iter().map(|(text, value)| (text, *value)).collect();
        values.sort();
        assert_eq!(values, [("a".to_owned(), 2), ("b".to_owned(), 1)]);
        assert!(!each.gone());
    }

    #[test]
    fn one_text_too_many_and_there_are_none_however_they_came() {
        let texts = ["a", "b", "c", "a", "c", "d"];
        for room in [Some(0), Some(2), Some(3), Some(4), None] {
            let names = Arc::default();
            let parts = [0..2, 2..4, 4..6].map(|part| counted(&names, room, &texts[part]));
            let all = counted(&names, room, &texts);
            merging_is_adding(&parts, &all);
            let apart = [0..2, 2..4, 4..6].map(|part| counted(&Arc::default(), room, &texts[part]));
            merging_is_adding(&apart, &all);
            assert_eq!(all.gone(), room.is_some_and(|room| room < 4));
            assert_eq!(all.iter().count(), if all.gone() { 0 } else { 4 });
        }
    }

    #[test]
    fn names_without_room_leave_no_values() {
        let names = Arc::new(Names::limited(0));
        let each = counted(&names, None, &["a", "b"]);
        assert!(each.gone() && each.iter().next().is_none());
        let saved = serde_json::to_string(&each).unwrap();
        let loaded: Each<u64> = serde_json::from_str(&saved).unwrap();
        assert_eq!(serde_json::to_string(&loaded).unwrap(), saved);
    }
}
