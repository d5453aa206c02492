//! Which texts came most often, about, in memory that does not grow with how many there are.
//!
//! ```text
//!  how often   Count-Min: 4 rows of 16,384 sums; a text's hash chooses one in each, and the smallest is its count
//!  which       each event draws a number; a text's rank is the smallest of its draws; the lowest ranks are kept
//! ```
//!
//! The usual choice, SpaceSaving (Metwally, Agrawal, El Abbadi 2005), merges (Agarwal et al., *Mergeable summaries*,
//! 2012), but what it keeps depends on the order of events and of merges: two threads would print other numbers than
//! one. Here both halves are functions of what was added, as a set with repetitions, and of nothing else:
//!
//! * Sums of counts have no order (Cormode, Muthukrishnan: *An improved data stream summary*, 2005; without its
//!   conservative update, which has one). A count is never too small, and for a text chosen beforehand it is too large
//!   by more than e / 16384 of all events (0.017 %) in at most e⁻⁴ (1.8 %) of cases.
//! * The smallest of c draws is what a sample without replacement, proportional to size, goes by (Cohen, Kaplan:
//!   *Summarizing data using bottom-k sketches*, 2007). A text that was dropped may come back by a lower draw, but then
//!   that draw is its rank: those dropped before were all higher, so nothing was lost. A text with the share s of all
//!   events is missed with a probability of about e^(−4096 s): 1 in 28,000 for one event in 400, never in practice for
//!   one in 100. Texts rarer than that have no place in a list of the most frequent anyway.
//!
//! So a list is good where there is something to find, and says how far its numbers may be off.

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Counts, Merge};

const ROWS: usize = 4;
/// Bits of a hash that choose a sum of one row; four rows take 56 of 64.
const WIDTH_BITS: u32 = 14;
const WIDTH: usize = 1 << WIDTH_BITS;

/// Sums of many texts, and the texts that are likely to be frequent: `KEPT` of them.
#[derive(Clone, Debug)]
pub struct Frequent<T = u64, const KEPT: usize = 4096> {
    total: T,
    /// Row after row.
    sums: Box<[T]>,
    /// Ranks of those kept, and of up to as many more that came since some were dropped.
    ranks: HashMap<String, u64, RandomState>,
    /// No text with a higher rank is among the lowest.
    limit: u64,
}

impl<T: Counts, const KEPT: usize> Default for Frequent<T, KEPT> {
    fn default() -> Self {
        Frequent {
            total: T::default(),
            sums: vec![T::default(); ROWS * WIDTH].into_boxed_slice(),
            ranks: HashMap::default(),
            limit: u64::MAX,
        }
    }
}

impl<T: Counts, const KEPT: usize> Frequent<T, KEPT> {
    /// Takes events of a text: one, or as many as an exact list that grew too large hands over. `hash` is the text's; all
    /// 64 bits must be uniform, and sketches that are to be merged must come from one hash function with one seed. `draw`
    /// is the smallest of the events' draws: each uniform, different for events of the same text, and the same whoever
    /// reads the event. A log that could choose its draws could hide.
    pub fn add(&mut self, text: &str, hash: u64, draw: u64, counts: T) {
        self.total.merge(counts);
        for place in places(hash) {
            self.sums[place].merge(counts);
        }
        self.rank(text, draw);
    }

    /// About how many events the text with this hash had: never fewer than it had, and never more than there were.
    pub fn estimate(&self, hash: u64) -> T {
        let sums = places(hash).map(|place| self.sums[place]);
        sums.into_iter().reduce(T::least).unwrap_or_default()
    }

    /// How much larger than the truth an estimate may be, in 98 of 100 cases.
    pub fn off(&self) -> T {
        let off = |total| (total as f64 * std::f64::consts::E / WIDTH as f64).ceil() as u64;
        self.total.each(off)
    }

    /// How many events there were, exactly.
    pub fn total(&self) -> T {
        self.total
    }

    /// The texts that are kept with their estimates: the most frequent first, equal ones in the order of their texts.
    /// `hash` must be the one they were added with.
    pub fn largest_first(&self, hash: impl Fn(&str) -> u64) -> Vec<(&str, T)> {
        let kept = self.kept().into_iter();
        let mut texts: Vec<_> = kept
            .map(|(_, text)| (text, self.estimate(hash(text))))
            .collect();
        texts.sort_unstable_by_key(|(text, counts)| (std::cmp::Reverse(counts.total()), *text));
        texts
    }

    fn rank(&mut self, text: &str, draw: u64) {
        // Most events of a large log end here: their texts are kept by a lower draw, or not at all.
        if draw > self.limit {
            return;
        }
        let rank = self.ranks.entry_ref(text).or_insert(draw);
        *rank = draw.min(*rank);
        if self.ranks.len() > 2 * KEPT {
            self.drop_highest();
        }
    }

    fn drop_highest(&mut self) {
        let mut ranks: Vec<(u64, String)> = self
            .ranks
            .drain()
            .map(|(text, rank)| (rank, text))
            .collect();
        if ranks.len() > KEPT {
            ranks.select_nth_unstable(KEPT - 1);
            ranks.truncate(KEPT);
            self.limit = ranks[KEPT - 1].0;
        }
        self.ranks = ranks.into_iter().map(|(rank, text)| (text, rank)).collect();
    }

    /// The lowest ranks, in their order.
    fn kept(&self) -> Vec<(u64, &str)> {
        let ranks = self.ranks.iter();
        let mut ranks: Vec<_> = ranks.map(|(text, rank)| (*rank, text.as_str())).collect();
        ranks.sort_unstable();
        ranks.truncate(KEPT);
        ranks
    }
}

/// How far `estimate` is off, in thousandths of it, if it is too large by `off`.
pub fn permille(off: u64, estimate: u64) -> u16 {
    let thousandths = (off.saturating_mul(1000)).div_ceil(estimate.max(1));
    thousandths.min(1000) as u16
}

/// A hash's places, one in each row.
fn places(hash: u64) -> [usize; ROWS] {
    std::array::from_fn(|row| {
        let column = (hash >> (row as u32 * WIDTH_BITS)) as usize & (WIDTH - 1);
        row * WIDTH + column
    })
}

impl<T: Counts, const KEPT: usize> Merge for Frequent<T, KEPT> {
    fn merge(&mut self, other: Self) {
        self.total.merge(other.total);
        let sums = self.sums.iter_mut().zip(other.sums);
        for (sum, other) in sums.filter(|(_, other)| *other != T::default()) {
            sum.merge(other);
        }
        for (text, rank) in other.ranks {
            self.rank(&text, rank);
        }
    }
}

/// A sketch at rest: sums that are not zero, by place, and the lowest ranks in their order.
#[derive(Serialize, Deserialize)]
struct Stored<T, Text> {
    total: T,
    sums: Vec<(usize, T)>,
    kept: Vec<(u64, Text)>,
}

impl<T: Counts + Serialize, const KEPT: usize> Serialize for Frequent<T, KEPT> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let sums = self.sums.iter().copied().enumerate();
        Stored {
            total: self.total,
            sums: sums.filter(|(_, sum)| *sum != T::default()).collect(),
            kept: self.kept(),
        }
        .serialize(serializer)
    }
}

impl<'de, T: Counts + Deserialize<'de>, const KEPT: usize> Deserialize<'de> for Frequent<T, KEPT> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = Stored::<T, String>::deserialize(deserializer)?;
        let mut frequent = Frequent {
            total: stored.total,
            ..Frequent::default()
        };
        for (place, sum) in stored.sums {
            let place = frequent.sums.get_mut(place);
            *place.ok_or_else(|| serde::de::Error::custom("no sketch has such a place"))? = sum;
        }
        for (rank, text) in stored.kept {
            frequent.rank(&text, rank);
        }
        Ok(frequent)
    }
}

#[cfg(test)]
mod tests;
