//! How much room texts may take, and what becomes of names that need more.
//!
//! Whether names overflow depends on the set of texts alone, not on who came first: each text takes what it takes, once,
//! and as soon as the sum is too large there is no id for any new text, ever. Which texts have ids by then does depend on
//! who came first. So nothing that is reported of a field that overflowed may come from ids: tallies turn what they
//! counted by id into sketches at the end, and the sketches have then seen everything.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use super::{Id, Names, SHARDS, id_of, words_of};
use crate::event::Key;
use crate::tally::text_hash;

/// Bytes that a text takes beside itself: up to 22 of slots, 8 of places, and what sets of ids take for each.
const BESIDE: u64 = 64;

/// What is left for texts. Counters that need no order: nothing is read through them.
#[derive(Debug)]
pub(super) struct Room {
    most: AtomicU64,
    taken: AtomicU64,
    overflowed: AtomicBool,
}

impl Default for Room {
    fn default() -> Room {
        Room {
            most: AtomicU64::new(u64::MAX),
            taken: AtomicU64::new(0),
            overflowed: AtomicBool::new(false),
        }
    }
}

impl Room {
    /// Takes room for one more text. If there is none, there never is again.
    pub(super) fn take(&self, text: &str) -> bool {
        let most = self.most.load(Ordering::Relaxed);
        if most == u64::MAX {
            return true;
        }
        if self.overflowed() {
            return false;
        }
        let bytes = 8 * (1 + words_of(text.len())) as u64 + BESIDE;
        if self.taken.fetch_add(bytes, Ordering::Relaxed) + bytes > most {
            self.overflowed.store(true, Ordering::Relaxed);
        }
        !self.overflowed()
    }

    fn overflowed(&self) -> bool {
        self.overflowed.load(Ordering::Relaxed)
    }

    fn limit(&self, most: u64) {
        self.most.fetch_min(most, Ordering::Relaxed);
        if self.taken.load(Ordering::Relaxed) > self.most.load(Ordering::Relaxed) {
            self.overflowed.store(true, Ordering::Relaxed);
        }
    }
}

/// What is saved of names beside what was counted by them. Names with room for everything save nothing.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct SavedNames {
    /// How many bytes the texts may take, where there is a limit.
    #[serde(default)]
    room: Option<u64>,
    /// All texts, counted or not, in their order; none where they took too much.
    #[serde(default)]
    texts: Option<Vec<String>>,
}

/// How many texts of each shard somebody has looked at.
pub(in crate::tally) type Seen = [usize; SHARDS];

impl Names {
    /// Names whose texts may take this many bytes.
    pub fn limited(bytes: u64) -> Names {
        let names = Names::default();
        names.room.limit(bytes);
        names
    }

    /// Whether there was a text without room. If so, ids do not stand for all texts, and never will.
    pub fn overflowed(&self) -> bool {
        self.room.overflowed()
    }

    /// What stands for `text`: its id, or its hash where there is no room.
    pub fn key(&self, text: &str) -> Key {
        self.id(text)
            .map_or_else(|| Key::Hash(text_hash(text)), Key::Id)
    }

    /// Whether there is not room for everything.
    pub fn is_limited(&self) -> bool {
        self.room().is_some()
    }

    /// How many bytes the texts may take, where there is a limit.
    pub fn room(&self) -> Option<u64> {
        Some(self.room.most.load(Ordering::Relaxed)).filter(|most| *most < u64::MAX)
    }

    /// Takes what is known of other names: their limit if it is lower, and their texts where a limit says how many there
    /// may be.
    pub fn absorb(&self, other: &Arc<Names>) {
        if let Some(room) = other.room() {
            self.room.limit(room);
        }
        if self.room().is_none() || self.overflowed() {
            return;
        }
        if other.overflowed() {
            self.room.overflowed.store(true, Ordering::Relaxed);
            return;
        }
        other.for_each(|_, text| {
            self.id(text);
        });
    }

    /// The hashes of all texts that have an id, by id.
    pub fn hashes(&self) -> Vec<u64> {
        let mut hashes = Vec::new();
        self.for_each(|Id(id), text| {
            let needed = hashes.len().max(id as usize + 1);
            hashes.resize(needed, 0);
            hashes[id as usize] = text_hash(text);
        });
        hashes
    }

    /// What has to be saved.
    pub fn save(&self) -> SavedNames {
        let exact = self.room().is_some() && !self.overflowed();
        let texts = exact.then(|| {
            let mut texts = Vec::new();
            self.for_each(|_, text| texts.push(text.to_owned()));
            texts.sort_unstable();
            texts
        });
        SavedNames {
            room: self.room(),
            texts,
        }
    }

    /// Names as they were saved.
    pub fn load(saved: &SavedNames) -> Arc<Names> {
        let names = Names::limited(saved.room.unwrap_or(u64::MAX));
        let overflowed = saved.room.is_some() && saved.texts.is_none();
        names.room.overflowed.store(overflowed, Ordering::Relaxed);
        for text in saved.texts.iter().flatten() {
            names.id(text);
        }
        Arc::new(names)
    }

    /// Texts that came since they were looked at last, with their ids.
    pub(in crate::tally) fn since(&self, seen: &mut Seen) -> Vec<(Id, String)> {
        let mut texts = Vec::new();
        for (shard, seen) in seen.iter_mut().enumerate() {
            let locked = self.lock(shard);
            let fresh = *seen..locked.places.len();
            *seen = fresh.end;
            texts.extend(fresh.map(|at| (id_of(shard, at as u32), locked.text(at))));
        }
        texts
    }

    fn for_each(&self, mut what: impl FnMut(Id, &str)) {
        for shard in 0..SHARDS {
            // A copy of the texts: `what` may add to these very names.
            let locked = self.lock(shard);
            let texts: Vec<String> = (0..locked.places.len()).map(|at| locked.text(at)).collect();
            drop(locked);
            for (arrival, text) in (0..).zip(&texts) {
                what(id_of(shard, arrival), text);
            }
        }
    }
}
