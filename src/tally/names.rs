//! Texts as small integers, for all workers at once.
//!
//! ```text
//!  text ─ hash ─▶ shard ─▶ slots   tag │ place     open addressing, a power of two
//!                            └──────▶ records      id │ length │ text, in blocks that never move
//! ```
//!
//! One table serves the whole run, so an id means the same to every worker and merging what they counted adds arrays;
//! memory does not grow with their number. Finding a text takes no lock: records never change once a slot names them,
//! and a worker that looks at an outdated table merely finds less. What is not found is looked for again, and added,
//! under the lock of its shard.
//!
//! The hash is seeded anew in every process: the texts are an attacker's. Which id a text gets depends on who came
//! first, and so nothing printed may depend on an id.

mod room;

use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use foldhash::quality::RandomState;

use crate::event::Id;
use room::Room;
pub use room::SavedNames;
pub(super) use room::Seen;

/// Locks that workers who add new texts can hold at once; a power of two.
pub(super) const SHARDS: usize = 16;
/// Words of a block of records, 8 KiB: few enough that ten clients cost little.
const BLOCK: usize = 1024;
/// Longer texts, in bytes, are kept apart: one of them may outgrow a block.
const LONG: usize = 512;
/// Words of records a shard can name places of: 32 GiB.
const MOST_WORDS: usize = u32::MAX as usize - 2 * BLOCK;

/// The texts of one sort, each with an id.
#[derive(Debug)]
pub struct Names {
    shards: [Mutex<Shard>; SHARDS],
    hasher: RandomState,
    room: Room,
}

/// What a worker sees of a shard: all of it, or as much as there was when it last looked.
#[derive(Clone, Debug)]
struct View {
    /// Zero, or a tag in the upper half and a place, counted from 1, in the lower.
    slots: Arc<[AtomicU64]>,
    blocks: Arc<[OnceLock<Arc<[AtomicU64]>>]>,
}

#[derive(Debug)]
struct Shard {
    view: View,
    /// Places of the records, by order of arrival; long texts have `LONG_PLACE`.
    places: Vec<u32>,
    /// The next free word.
    free: usize,
    /// Texts without a record, and their order of arrival; and the same in that order.
    long: hashbrown::HashMap<Arc<str>, u32, RandomState>,
    long_texts: Vec<(u32, Arc<str>)>,
}

const LONG_PLACE: u32 = u32::MAX;

/// How a worker finds ids.
#[derive(Debug)]
pub struct Interner {
    names: Arc<Names>,
    views: [View; SHARDS],
}

impl Interner {
    /// Ids of `names`.
    pub fn new(names: Arc<Names>) -> Interner {
        let views = std::array::from_fn(|shard| names.lock(shard).view.clone());
        Interner { names, views }
    }

    /// Texts that are looked up at once.
    pub const TOGETHER: usize = 16;

    /// Whether some texts had no room: see [`Names::overflowed`].
    pub fn overflowed(&self) -> bool {
        self.names.overflowed()
    }

    /// The ids of some texts, which they get if they are new. The ids of no texts mean nothing, and so
    /// do all once names have overflowed.
    ///
    /// Tables of many texts are larger than any cache near the processor. Here all texts wait for their slots at once,
    /// and then for their records.
    pub fn ids(&mut self, texts: &[Option<&str>; Self::TOGETHER]) -> [Id; Self::TOGETHER] {
        let count = texts
            .iter()
            .rposition(Option::is_some)
            .map_or(0, |last| last + 1);
        let texts = &texts[..count];
        let mut hashes = [0; Self::TOGETHER];
        for (hash, text) in hashes.iter_mut().zip(texts) {
            *hash = text.map_or(0, |text| self.names.hasher.hash_one(Bytes(text)));
        }
        let mut slots = [0; Self::TOGETHER];
        for (slot, hash) in slots.iter_mut().zip(&hashes[..count]) {
            *slot = self.views[shard_of(*hash)].first_slot(tag_of(*hash));
        }
        let mut heads = [0; Self::TOGETHER];
        for ((head, slot), hash) in heads.iter_mut().zip(slots).zip(&hashes[..count]) {
            *head = self.views[shard_of(*hash)].head(slot);
        }
        let mut ids = [Id(0); Self::TOGETHER];
        for (index, text) in texts.iter().enumerate() {
            let Some(text) = text else { continue };
            let (shard, tag) = (shard_of(hashes[index]), tag_of(hashes[index]));
            let known = self.views[shard].check(slots[index], heads[index], tag, text.as_bytes());
            ids[index] = match known.or_else(|| self.views[shard].find(tag, text.as_bytes())) {
                Some(arrival) => id_of(shard, arrival),
                None => self.look_again(shard, tag, text),
            };
        }
        ids
    }

    #[cold]
    fn look_again(&mut self, shard: usize, tag: u32, text: &str) -> Id {
        let mut locked = self.names.lock(shard);
        let arrival = locked.find_or_add(tag, text, &self.names.room);
        self.views[shard] = locked.view.clone();
        arrival.map_or(Id(0), |arrival| id_of(shard, arrival))
    }
}

/// A text that is hashed as its bytes and nothing else.
struct Bytes<'a>(&'a str);

impl Hash for Bytes<'_> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write(self.0.as_bytes());
    }
}

impl Default for Names {
    fn default() -> Names {
        Names {
            shards: std::array::from_fn(|_| Mutex::new(Shard::default())),
            hasher: RandomState::default(),
            room: Room::default(),
        }
    }
}

impl Names {
    /// The id of `text`, which it gets if it is new and there is room. An [`Interner`] is quicker.
    pub fn id(&self, text: &str) -> Option<Id> {
        let hash = self.hasher.hash_one(Bytes(text));
        let shard = shard_of(hash);
        let arrival = self.lock(shard).find_or_add(tag_of(hash), text, &self.room);
        arrival.map(|arrival| id_of(shard, arrival))
    }

    /// The text of an id that one of these names has.
    pub fn text(&self, id: Id) -> String {
        let (shard, arrival) = (id.0 as usize % SHARDS, id.0 as usize / SHARDS);
        self.lock(shard).text(arrival)
    }

    fn lock(&self, shard: usize) -> MutexGuard<'_, Shard> {
        self.shards[shard]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn shard_of(hash: u64) -> usize {
    hash as usize % SHARDS
}

fn id_of(shard: usize, arrival: u32) -> Id {
    Id(arrival * SHARDS as u32 + shard as u32)
}

/// The half of a hash that the choice of a shard leaves untouched, and of a slot that holds it.
fn tag_of(word: u64) -> u32 {
    (word >> 32) as u32
}

/// A record's first word: order of arrival, and length of the text.
fn head_of(arrival: u32, length: usize) -> u64 {
    u64::from(arrival) << 32 | length as u64
}

fn arrival_of(head: u64) -> u32 {
    (head >> 32) as u32
}

fn length_of(head: u64) -> usize {
    head as u32 as usize
}

impl View {
    /// The slot where the search for a tag starts.
    #[inline]
    fn first_slot(&self, tag: u32) -> u64 {
        // Acquire: see `find`.
        self.slots[tag as usize & (self.slots.len() - 1)].load(Ordering::Acquire)
    }

    /// The first word of the record a slot names, if it names any.
    #[inline]
    fn head(&self, slot: u64) -> u64 {
        let record = (slot as u32)
            .checked_sub(1)
            .and_then(|place| self.record(place));
        record
            .and_then(<[AtomicU64]>::first)
            .map_or(0, |head| head.load(Ordering::Relaxed))
    }

    /// The order of arrival of a text, if this slot names its record, whose first word is known.
    #[inline]
    fn check(&self, slot: u64, head: u64, tag: u32, text: &[u8]) -> Option<u32> {
        let likely = slot != 0 && tag_of(slot) == tag && length_of(head) == text.len();
        likely.then(|| self.compare(slot as u32 - 1, text))?
    }

    #[inline(always)]
    fn find(&self, tag: u32, text: &[u8]) -> Option<u32> {
        let mask = self.slots.len() - 1;
        let mut at = tag as usize & mask;
        loop {
            // Acquire: whoever sees the slot sees the record it names.
            let slot = self.slots[at].load(Ordering::Acquire);
            if slot == 0 {
                return None;
            }
            if tag_of(slot) == tag
                && let Some(arrival) = self.compare(slot as u32 - 1, text)
            {
                return Some(arrival);
            }
            at = (at + 1) & mask;
        }
    }

    /// The order of arrival of the record at `place`, if its text is `text`.
    fn compare(&self, place: u32, text: &[u8]) -> Option<u32> {
        let record = self.record(place)?;
        let head = record.first()?.load(Ordering::Relaxed);
        if length_of(head) != text.len() {
            return None;
        }
        let words = record.get(1..=words_of(text.len()))?;
        let same = words
            .iter()
            .enumerate()
            .all(|(index, word)| word.load(Ordering::Relaxed) == word_of(text, index));
        same.then_some(arrival_of(head))
    }

    /// The words from a place to the end of its block; `None` if the block is newer than this view.
    fn record(&self, place: u32) -> Option<&[AtomicU64]> {
        let (block, word) = (place as usize / BLOCK, place as usize % BLOCK);
        self.blocks.get(block)?.get()?.get(word..)
    }
}

impl Default for Shard {
    fn default() -> Shard {
        Shard {
            view: View {
                slots: zeros(8),
                blocks: std::iter::repeat_with(OnceLock::new).take(1).collect(),
            },
            places: Vec::new(),
            free: 0,
            long: hashbrown::HashMap::default(),
            long_texts: Vec::new(),
        }
    }
}

impl Shard {
    fn find_or_add(&mut self, tag: u32, text: &str, room: &Room) -> Option<u32> {
        let known = match text.len() > LONG {
            true => None,
            false => self.view.find(tag, text.as_bytes()),
        };
        let known = known.or_else(|| self.long.get(text).copied());
        if known.is_some() || !room.take(text) {
            return known;
        }
        let arrival = self.places.len() as u32;
        if text.len() > LONG || self.free >= MOST_WORDS {
            let text: Arc<str> = text.into();
            self.long.insert(Arc::clone(&text), arrival);
            self.long_texts.push((arrival, text));
            self.places.push(LONG_PLACE);
            return Some(arrival);
        }
        let place = self.store(arrival, text.as_bytes());
        self.places.push(place);
        if (self.places.len() + 1) * 4 > self.view.slots.len() * 3 {
            self.grow();
        }
        occupy(&self.view.slots, tag, place);
        Some(arrival)
    }

    /// Writes a record where no slot names it yet.
    fn store(&mut self, arrival: u32, text: &[u8]) -> u32 {
        let size = 1 + words_of(text.len());
        if self.free % BLOCK + size > BLOCK {
            self.free = self.free.next_multiple_of(BLOCK);
        }
        let (block, word) = (self.free / BLOCK, self.free % BLOCK);
        if block == self.view.blocks.len() {
            let empty = std::iter::repeat_with(OnceLock::new).take(block);
            self.view.blocks = self.view.blocks.iter().cloned().chain(empty).collect();
        }
        let records = self.view.blocks[block].get_or_init(|| zeros(BLOCK));
        records[word].store(head_of(arrival, text.len()), Ordering::Relaxed);
        for index in 0..words_of(text.len()) {
            records[word + 1 + index].store(word_of(text, index), Ordering::Relaxed);
        }
        let place = self.free as u32;
        self.free += size;
        place
    }

    /// Twice the slots. Tags tell where everything goes.
    fn grow(&mut self) {
        let slots = zeros(self.view.slots.len() * 2);
        for slot in self.view.slots.iter() {
            let slot = slot.load(Ordering::Relaxed);
            if slot != 0 {
                occupy(&slots, tag_of(slot), slot as u32 - 1);
            }
        }
        self.view.slots = slots;
    }

    fn text(&self, arrival: usize) -> String {
        let place = self.places[arrival];
        if place == LONG_PLACE {
            let long = &self.long_texts;
            let found = long.binary_search_by_key(&arrival, |(known, _)| *known as usize);
            return found.map_or_else(|_| String::new(), |at| long[at].1.to_string());
        }
        let record = self.view.record(place).unwrap_or_default();
        let word = |index: usize| record[index].load(Ordering::Relaxed).to_le_bytes();
        let length = length_of(record[0].load(Ordering::Relaxed));
        let mut text: Vec<u8> = (1..=length / 8).flat_map(word).collect();
        if !length.is_multiple_of(8) {
            // The last word ends with the text, and so overlaps the one before, if there is one.
            let last = word(words_of(length));
            let skipped = if length < 8 { 0 } else { 8 - length % 8 };
            text.extend_from_slice(&last[skipped..skipped + length % 8]);
        }
        String::from_utf8(text).unwrap_or_default()
    }
}

/// Has the first free slot after a tag's own name a place. Release: see [`View::find`].
fn occupy(slots: &[AtomicU64], tag: u32, place: u32) {
    let mask = slots.len() - 1;
    let mut at = tag as usize & mask;
    while slots[at].load(Ordering::Relaxed) != 0 {
        at = (at + 1) & mask;
    }
    let slot = u64::from(tag) << 32 | (u64::from(place) + 1);
    slots[at].store(slot, Ordering::Release);
}

fn zeros(count: usize) -> Arc<[AtomicU64]> {
    std::iter::repeat_with(AtomicU64::default)
        .take(count)
        .collect()
}

/// Words a text of this length takes.
fn words_of(length: usize) -> usize {
    length.div_ceil(8)
}

/// One word of a text; the last ends with the text's last byte.
fn word_of(text: &[u8], index: usize) -> u64 {
    let whole = match text.get(index * 8..) {
        Some(rest) if rest.len() >= 8 => rest.first_chunk::<8>(),
        _ => text.last_chunk::<8>(),
    };
    whole.map_or_else(
        || {
            let mut padded = [0; 8];
            padded[..text.len()].copy_from_slice(text);
            u64::from_le_bytes(padded)
        },
        |whole| u64::from_le_bytes(*whole),
    )
}

#[cfg(test)]
mod tests;
