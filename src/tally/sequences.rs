//! What happened to each of many keys (an e-mail address, a token), in the order of time: whatever order it was read in,
//! and in bounded memory.
//!
//! ```text
//!  entry    key: 64-bit hash of its text │ when: microseconds since 1970, and what: 0 to 3
//!  level    0: all keys · 1: those whose hash ends in a 0 · 2: in 00 · …
//! ```
//!
//! While there is room for all entries, everything is exact. Then keys are sampled: the level rises until the entries of
//! the keys that are left fit, and what is asked of all keys is estimated from those. This is the adaptive sampling of
//! Wegman (Flajolet: *On adaptive sampling*, 1990; Gibbons: *Distinct sampling*, 2001): a key is kept with all its
//! entries or not at all, so that its sequence is whole. So that one key cannot take the room of all others, a key keeps
//! no more than a 16th of what there is room for: its earliest entries, and how many are left out.
//!
//! Which keys are left, and which of their entries, depends on all entries that were added, as a set with repetitions,
//! and on nothing else: entries that a part drops have no place in the whole either.
//!
//! **Errors** hold in 95 of 100 cases, with p = 2^-level, the probability that a key was kept:
//!
//! * A sum over keys is estimated by Σ y / p, after Horvitz and Thompson (1952), where y is what one kept key adds. The
//!   variance under Poisson sampling is estimated by Σ y² (1 − p) / p² (Särndal, Swensson, Wretman: *Model Assisted Survey
//!   Sampling*, 1992, section 3.2), and 1.96 standard errors are told.
//! * A quantile is that of the sample. Its rank among n values is off by 1.96 √(n q (1 − q) (1 − p)) at most, and so it lies
//!   between the values at those two ranks (David, Nagaraja: *Order Statistics*, 2003, section 7.1; with a correction for
//!   what was not drawn at random because all was taken).
//! * Neither knows of a single key with a large part of all entries that was not kept. One truth is known: how many entries
//!   there were. By how much more than its own error the estimate of that is off, every other is said to be off too. And
//!   what was left out of a kept key counts as error in full.
//!
//! Two keys are taken for one if their hashes are equal: among n keys with a probability of n² / 2^65, 1 in 370,000 for ten
//! million. Who knows the hash ([`text_hash`](super::text_hash), which is public) can make keys that collide, that are
//! always kept or that never are: as with every sketch that has to merge with those of other machines. While everything
//! is exact, that gains nothing but collisions.

mod sample;

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::Merge;
use crate::event::Timestamp;
pub use sample::{Sample, Sum};

/// Entries there is room for where memory is not limited: 16 MiB.
const ROOM: usize = 1 << 20;
/// Entries there is room for, whatever the limit.
const LEAST: usize = 1 << 12;

/// One thing that happened to one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u64, i64)", into = "(u64, i64)")]
pub struct Entry {
    key: u64,
    /// Microseconds, times four, and what.
    when: i64,
}

impl Entry {
    /// By the key, then by the time: one number, because comparing those needs no branch that is hard to foresee.
    #[inline]
    fn rank(self) -> u128 {
        u128::from(self.key) << 64 | u128::from(self.when as u64 ^ 1 << 63)
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Entry) -> Option<Ordering> {
        Some(self.cmp(other))
    }

    fn lt(&self, other: &Entry) -> bool {
        self.rank() < other.rank()
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Entry) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl From<(u64, i64)> for Entry {
    fn from((key, when): (u64, i64)) -> Entry {
        Entry { key, when }
    }
}

impl From<Entry> for (u64, i64) {
    fn from(Entry { key, when }: Entry) -> (u64, i64) {
        (key, when)
    }
}

impl Entry {
    /// When it happened, in microseconds since 1970, rounded down.
    pub fn micros(self) -> i64 {
        self.when >> 2
    }

    /// What happened, as it was added.
    pub fn what(self) -> u8 {
        (self.when & 3) as u8
    }

    /// How many levels the key stays for.
    fn level(self) -> u32 {
        self.key.trailing_zeros()
    }
}

/// Entries of many keys, while they are collected.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Sequences {
    /// How many entries are kept at most, once they are settled.
    room: usize,
    /// How many were added, kept or not.
    added: u64,
    level: u32,
    entries: Vec<Entry>,
    /// Whether entries are in their order.
    sorted: bool,
    /// So many of them came one by one, and not in runs that are in order, since they were last sorted.
    loose: usize,
    /// No key has more entries than this.
    longest: usize,
    /// Keys some of whose entries were left out, and how many, in the order of the keys.
    left_out: Vec<(u64, u64)>,
}

impl Default for Sequences {
    fn default() -> Sequences {
        Sequences::with_room(ROOM)
    }
}

impl Sequences {
    /// No entries yet; a 32nd part of the memory for those that come.
    pub fn new(memory_limit: Option<u64>) -> Sequences {
        let entries = memory_limit.map(|bytes| bytes / 32 / size_of::<Entry>() as u64);
        let room = entries.map_or(ROOM, |entries| usize::try_from(entries).unwrap_or(ROOM));
        Sequences::with_room(room.clamp(LEAST, ROOM))
    }

    fn with_room(room: usize) -> Sequences {
        Sequences {
            room,
            added: 0,
            level: 0,
            entries: Vec::new(),
            sorted: true,
            loose: 0,
            longest: 0,
            left_out: Vec::new(),
        }
    }

    /// Takes an entry. `key` is a hash of the key's text, of whose 64 bits all are uniform; `what` is less than 4, and of
    /// entries of one time the lesser comes first.
    #[inline]
    pub fn add(&mut self, key: u64, time: Timestamp, what: u8) {
        let micros = time.seconds() * 1_000_000 + i64::from(time.subsec_nanos() / 1000);
        let when = micros << 2 | i64::from(what & 3);
        self.added += 1;
        self.longest = self.longest.saturating_add(1);
        self.keep(Entry { key, when });
    }

    #[inline]
    fn keep(&mut self, entry: Entry) {
        if entry.level() >= self.level {
            self.entries.push(entry);
            (self.sorted, self.loose) = (false, self.loose + 1);
            if self.entries.len() >= self.room {
                self.make_room();
            }
        }
    }

    /// Lets a quarter more come than there is room for, so that entries are sorted once for many that come.
    #[cold]
    fn make_room(&mut self) {
        if self.entries.len() < self.most() {
            let more = self.most() - self.entries.len();
            return self.entries.reserve_exact(more);
        }
        // Of those that another state had, nobody has told the longest sequence yet.
        self.longest = usize::MAX;
        self.settle();
    }

    fn most(&self) -> usize {
        self.room + self.room / 4
    }

    /// Sorts entries and keeps those there is room for: what is asked of them again and again, and sums of many such, take
    /// less time then.
    pub fn settle(&mut self) {
        // Where no key has too many entries, those that go need not be sorted.
        let short = self.longest <= self.most_of_key();
        if short {
            self.raise();
        }
        if !self.sorted {
            // Sums of what is sorted are a few long runs, which the stable sort merges; the other is quicker without such.
            match self.loose < self.entries.len() / 4 {
                true => self.entries.sort(),
                false => self.entries.sort_unstable(),
            }
            (self.sorted, self.loose) = (true, 0);
        }
        self.longest = self.of_each_key().map(<[Entry]>::len).max().unwrap_or(0);
        if !short {
            self.shorten();
            self.raise();
        }
    }

    /// So many entries one key may have, where there is no room for all.
    fn most_of_key(&self) -> usize {
        (self.room / 16).max(1)
    }

    /// Keeps the earliest entries of each key.
    fn shorten(&mut self) {
        let most = self.most_of_key();
        if self.added <= self.room as u64 || self.longest <= most {
            return;
        }
        let mut kept = Vec::with_capacity(self.entries.len());
        let mut left_out = std::mem::take(&mut self.left_out);
        for entries in self.of_each_key() {
            let (first, rest) = entries.split_at(entries.len().min(most));
            kept.extend_from_slice(first);
            if let Some(entry) = rest.first() {
                left_out.push((entry.key, rest.len() as u64));
            }
        }
        (self.entries, self.longest) = (kept, most);
        self.left_out = summed(left_out);
    }

    /// Raises the level until there is room.
    fn raise(&mut self) {
        if self.entries.len() <= self.room {
            return;
        }
        let mut levels = [0_usize; 65];
        self.entries
            .iter()
            .for_each(|entry| levels[entry.level() as usize] += 1);
        let mut left = self.entries.len();
        let mut level = self.level;
        while left > self.room && level < 64 {
            left -= levels[level as usize];
            level += 1;
        }
        self.raise_to(level);
    }

    fn raise_to(&mut self, level: u32) {
        if level > self.level {
            self.level = level;
            self.entries.retain(|entry| entry.level() >= level);
            self.left_out
                .retain(|(key, _)| key.trailing_zeros() >= level);
        }
    }

    fn of_each_key(&self) -> impl Iterator<Item = &[Entry]> {
        self.entries.chunk_by(|one, other| one.key == other.key)
    }

    /// What is kept, to be asked.
    pub fn sample(mut self) -> Sample {
        self.settle();
        Sample::of(self)
    }
}

/// One count for each key, in the order of the keys.
fn summed(mut counts: Vec<(u64, u64)>) -> Vec<(u64, u64)> {
    counts.sort_unstable();
    counts.dedup_by(|(key, count), (other, sum)| {
        let same = key == other;
        if same {
            *sum = sum.saturating_add(*count);
        }
        same
    });
    counts
}

impl Merge for Sequences {
    /// Takes no more room meanwhile than there is.
    fn merge(&mut self, mut other: Sequences) {
        if other.entries.len() > self.entries.len() {
            std::mem::swap(self, &mut other);
        }
        self.add_counts(&other);
        for entry in other.entries {
            self.keep(entry);
        }
        self.longest = self.longest.saturating_add(other.longest);
    }
}

impl Sequences {
    /// Adds what others say beside their entries.
    fn add_counts(&mut self, other: &Sequences) {
        self.room = self.room.min(other.room);
        self.added = self.added.saturating_add(other.added);
        self.raise_to(other.level);
        let level = self.level;
        if !other.left_out.is_empty() {
            let kept = |(key, _): &&(u64, u64)| key.trailing_zeros() >= level;
            let mut left_out = std::mem::take(&mut self.left_out);
            left_out.extend(other.left_out.iter().filter(kept));
            self.left_out = summed(left_out);
        }
    }

    /// Adds what others hold, which stay: quickly, if these are settled, and with room for both meanwhile.
    pub fn add_all(&mut self, other: &Sequences) {
        self.add_counts(other);
        let level = self.level;
        if self.entries.is_empty() && level == other.level && other.entries.len() < self.room {
            self.entries.extend_from_slice(&other.entries);
            (self.sorted, self.loose) = (other.sorted, other.loose);
            self.longest = other.longest;
            return;
        }
        self.longest = self.longest.saturating_add(other.longest);
        let kept = |entry: &&Entry| entry.level() >= level;
        self.entries.reserve(other.entries.len());
        self.entries.extend(other.entries.iter().filter(kept));
        (self.sorted, self.loose) = (false, self.loose + other.loose);
        if self.entries.len() >= self.most() {
            self.settle();
        }
    }
}

/// Entries at rest, as they are kept in the end.
#[derive(Clone, Serialize, Deserialize)]
struct Stored {
    room: usize,
    added: u64,
    level: u32,
    entries: Vec<Entry>,
    left_out: Vec<(u64, u64)>,
}

impl From<Sequences> for Stored {
    fn from(mut sequences: Sequences) -> Stored {
        sequences.settle();
        Stored {
            room: sequences.room,
            added: sequences.added,
            level: sequences.level,
            entries: sequences.entries,
            left_out: sequences.left_out,
        }
    }
}

impl From<Stored> for Sequences {
    fn from(stored: Stored) -> Sequences {
        let mut sequences = Sequences::with_room(stored.room.clamp(1, ROOM));
        sequences.level = stored.level.min(64);
        sequences.added = stored.added.max(stored.entries.len() as u64);
        sequences.left_out = summed(stored.left_out);
        sequences.longest = stored.entries.len();
        let kept = |entry: &Entry| entry.level() >= sequences.level;
        sequences.entries = stored.entries.into_iter().filter(kept).collect();
        sequences.sorted = false;
        sequences.settle();
        sequences
    }
}

#[cfg(test)]
mod tests;
