//! The newest events, as rows of text.
//!
//! Newest first; events without a time last; of those with one time, the one that stands first in the input; and where
//! that is the same or nobody asks, what the rows say decides. So which rows are kept, and in which
//! order, depends on the events alone.
//!
//! ```text
//!  event ─ older than the oldest that counts? ─▶ nothing
//!            └─ no ─▶ a row behind the others ─ no room left? ─▶ the newest are moved to the front, and the oldest of
//!                                                                them is what counts from now on
//! ```
//!
//! A log is mostly in the order of time, and then every event is newer than all before it. So a row is taken without
//! looking at the others, by copying its text to where a dropped row had its own, and rows are compared once for as many
//! events as are kept. For rows of six texts, 75 bytes together, and the newest 50 that is 40 ns an event; an event that
//! is too old costs 3 ns (`cargo bench -- newest`).

use std::cmp::{Ordering, Reverse};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Merge, stamp};
use crate::event::{Position, Timestamp};

/// Rows there is room for beside those that are kept, at least.
const SPARE: usize = 64;
/// Bytes of text, at least, after which the newest rows are looked for, although there is room for more: some events are
/// large.
const MUCH: usize = 1 << 20;
/// A dropped row keeps as much room for the next one's text, and no more.
const REUSED: usize = 1 << 12;

/// The newest rows, each of so many texts, any of which may be missing.
#[derive(Clone, Debug, Default)]
pub struct Newest<const TEXTS: usize> {
    /// How many are kept.
    most: usize,
    /// Rows in no order, of which the first `length` count; the others are room.
    rows: Vec<Row<TEXTS>>,
    length: usize,
    /// Bytes of text of rows taken since the newest were looked for, and of the newest then.
    taken: usize,
    kept: usize,
    /// No event that is older is among the newest.
    oldest: Option<Key>,
}

/// One event, as it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<const TEXTS: usize> {
    key: Key,
    /// All texts, one behind the other.
    text: String,
    /// Where each ends.
    ends: [usize; TEXTS],
}

/// When an event was and where it stands: the greater, the newer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    time: Option<Timestamp>,
    /// Input and offset. Which line of its chunk it is depends on how the input was cut.
    place: Reverse<(u32, u64)>,
}

impl Key {
    fn of(time: Option<Timestamp>, Position { input, offset, .. }: Position) -> Key {
        Key {
            time,
            place: Reverse((input, offset)),
        }
    }
}

impl<const TEXTS: usize> Row<TEXTS> {
    /// When it was.
    pub fn time(&self) -> Option<Timestamp> {
        self.key.time
    }

    /// Its texts; an empty one is none.
    pub fn texts(&self) -> [Option<&str>; TEXTS] {
        let mut start = 0;
        self.ends.map(|end| {
            let text = self.text.get(start..end);
            start = end;
            text.filter(|text| !text.is_empty())
        })
    }

    fn fill(&mut self, key: Key, texts: [Option<&str>; TEXTS]) {
        self.key = key;
        self.text.clear();
        for (end, text) in self.ends.iter_mut().zip(texts) {
            self.text.push_str(text.unwrap_or_default());
            *end = self.text.len();
        }
    }

    /// Less than another if it comes before it.
    fn newest_first(&self, other: &Row<TEXTS>) -> Ordering {
        let by_key = other.key.cmp(&self.key);
        by_key.then_with(|| self.texts().cmp(&other.texts()))
    }
}

impl<const TEXTS: usize> Newest<TEXTS> {
    /// The newest `most` rows of none.
    pub fn new(most: usize) -> Newest<TEXTS> {
        Newest {
            most,
            ..Newest::default()
        }
    }

    /// Takes one more event with its texts, which are asked for if it may be one of the newest. Where it stands decides
    /// between events of one time; who would rather not depend on the order of lines gives all the same position.
    #[inline]
    pub fn add<'a>(
        &mut self,
        time: Option<Timestamp>,
        position: Position,
        texts: impl FnOnce() -> [Option<&'a str>; TEXTS],
    ) {
        let key = Key::of(time, position);
        if self.may_be(key) {
            self.room().fill(key, texts());
            self.take();
        }
    }

    /// The rows, newest first.
    pub fn rows(mut self) -> Vec<Row<TEXTS>> {
        self.settle();
        self.rows
    }

    /// Keeps no more than so many.
    pub fn shorten(&mut self, most: usize) {
        if most < self.most {
            self.most = most;
            self.drop_old();
            self.length = self.length.min(most);
        }
    }

    /// Whether nothing known makes an event with this key too old.
    #[inline]
    fn may_be(&self, key: Key) -> bool {
        self.oldest.is_none_or(|oldest| key >= oldest) && self.most > 0
    }

    /// Where the next row is made.
    #[inline]
    fn room(&mut self) -> &mut Row<TEXTS> {
        if self.length == self.rows.len() {
            self.rows.push(Row {
                key: Key::default(),
                text: String::new(),
                ends: [0; TEXTS],
            });
        }
        &mut self.rows[self.length]
    }

    /// Takes the row that was made in the room.
    #[inline]
    fn take(&mut self) {
        self.taken = self.taken.saturating_add(self.rows[self.length].text.len());
        self.length += 1;
        let full = self.length >= self.most.saturating_add(self.most.max(SPARE));
        let much = self.taken > self.kept.max(MUCH);
        if full || (much && self.length > self.most) {
            self.drop_old();
        }
    }

    /// Moves the newest to the front; the others become room.
    fn drop_old(&mut self) {
        self.taken = 0;
        if self.length < self.most || self.most == 0 {
            return;
        }
        let rows = &mut self.rows[..self.length];
        let (_, oldest, old) = rows.select_nth_unstable_by(self.most - 1, Row::newest_first);
        self.oldest = Some(oldest.key);
        for row in old {
            if row.text.capacity() > REUSED {
                row.text = String::new();
            }
        }
        self.length = self.most;
        let kept = self.rows[..self.length].iter().map(|row| row.text.len());
        self.kept = kept.fold(0, usize::saturating_add);
    }

    /// Leaves nothing but the newest, in their order.
    fn settle(&mut self) {
        self.drop_old();
        self.rows.truncate(self.length);
        self.rows.sort_unstable_by(Row::newest_first);
    }

    fn take_row(&mut self, mut row: Row<TEXTS>) {
        if self.may_be(row.key) {
            std::mem::swap(self.room(), &mut row);
            self.take();
        }
    }
}

/// Of as many rows as either keeps: one that keeps none is the identity.
impl<const TEXTS: usize> Merge for Newest<TEXTS> {
    fn merge(&mut self, other: Newest<TEXTS>) {
        if other.most > self.most {
            (self.most, self.oldest) = (other.most, None);
        }
        let rows = other.rows.into_iter().take(other.length);
        rows.for_each(|row| self.take_row(row));
    }
}

/// Rows at rest, newest first.
#[derive(Serialize, Deserialize)]
struct Saved {
    most: usize,
    rows: Vec<SavedRow>,
}

#[derive(Serialize, Deserialize)]
struct SavedRow {
    #[serde(with = "stamp")]
    time: Option<Timestamp>,
    input: u32,
    offset: u64,
    texts: Vec<Option<String>>,
}

impl<const TEXTS: usize> Serialize for Newest<TEXTS> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rows = self.clone().rows();
        let rows = rows.iter().map(|row| SavedRow {
            time: row.time(),
            input: row.key.place.0.0,
            offset: row.key.place.0.1,
            texts: row.texts().map(|text| text.map(str::to_owned)).into(),
        });
        let saved = Saved {
            most: self.most,
            rows: rows.collect(),
        };
        saved.serialize(serializer)
    }
}

impl<'de, const TEXTS: usize> Deserialize<'de> for Newest<TEXTS> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let saved = Saved::deserialize(deserializer)?;
        let mut newest = Newest::new(saved.most);
        for row in saved.rows {
            let texts: [Option<String>; TEXTS] = row
                .texts
                .try_into()
                .map_err(|_| de::Error::custom(format!("a row has {TEXTS} texts")))?;
            let position = Position {
                input: row.input,
                offset: row.offset,
                line: 0,
            };
            let key = Key::of(row.time, position);
            if newest.may_be(key) {
                newest
                    .room()
                    .fill(key, texts.each_ref().map(Option::as_deref));
                newest.take();
            }
        }
        Ok(newest)
    }
}

#[cfg(test)]
mod tests;
