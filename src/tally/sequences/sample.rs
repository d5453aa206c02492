//! What a sample of keys says of all of them, and how far that may be off.

use super::{Entry, Sequences};
use crate::tally::quantiles::nearest_rank;
use crate::tally::{Counted, permille};

/// The 0.975 quantile of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// Sequences that are whole, of all keys or of a sample of them.
#[derive(Debug)]
pub struct Sample {
    pub(super) sequences: Sequences,
    /// Entries of kept keys that are not there.
    pub(super) left_out: u64,
    /// See the method.
    pub(super) unexplained: f64,
}

/// A sum over keys of what each adds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum {
    total: u64,
    squares: f64,
}

impl Sum {
    /// Whether no key has anything.
    pub fn is_zero(&self) -> bool {
        self.total == 0
    }

    /// Adds what one more key has.
    pub fn add(&mut self, of_key: u64) {
        self.total = self.total.saturating_add(of_key);
        self.squares += of_key as f64 * of_key as f64;
    }
}

impl Sample {
    /// A sample of settled sequences.
    pub(super) fn of(sequences: Sequences) -> Sample {
        let left_out = sequences.left_out.iter().map(|(_, count)| count);
        let mut sample = Sample {
            left_out: left_out.fold(0, |sum: u64, count| sum.saturating_add(*count)),
            unexplained: 0.0,
            sequences,
        };
        if !sample.is_exact() {
            sample.unexplained = sample.unexplained();
        }
        sample
    }

    /// The entries of each key: earlier ones first, and of one time those with the lesser `what`.
    pub fn keys(&self) -> impl Iterator<Item = &[Entry]> {
        self.sequences.of_each_key()
    }

    /// Whether these are all sequences there are.
    pub fn is_exact(&self) -> bool {
        self.sequences.level == 0 && self.left_out == 0
    }

    /// What a sum over [`keys`](Self::keys) is for all keys, and how far it may be off; `None` if it is exact.
    pub fn scaled(&self, sum: &Sum) -> (u64, Option<u64>) {
        if self.is_exact() {
            return (sum.total, None);
        }
        let times = self.times();
        let value = sum.total as f64 * times;
        let unseen = self.unexplained * value + self.left_out as f64 * times;
        let off = self.drawn(sum.squares) + unseen;
        // Nobody kept may mean that there is nobody, or that they are few: less than 3 / p in 95 of 100 cases.
        let off = if sum.total == 0 {
            off.max(3.0 * times)
        } else {
            off
        };
        (value as u64, Some(off.ceil() as u64))
    }

    /// The smallest value of all keys that at least so many thousandths do not exceed, from the values of
    /// [`keys`](Self::keys) in their order; `None` if there are none.
    pub fn quantile(&self, sorted: &[u64], thousandths: u16) -> Option<Counted> {
        let count = sorted.len() as u64;
        let rank = nearest_rank(count, thousandths);
        let value = *sorted.get(rank as usize)?;
        if self.is_exact() {
            return Some(Counted::Exactly(value));
        }
        let (n, q) = (count as f64, f64::from(thousandths.min(1000)) / 1000.0);
        let drawn = Z * (n * q * (1.0 - q) * (1.0 - 1.0 / self.times())).sqrt();
        let off = drawn + self.unexplained * n + self.left_out as f64;
        let off = off.ceil() as u64;
        let below = rank.checked_sub(off).map(|rank| sorted[rank as usize]);
        let above = sorted.get(rank.saturating_add(off) as usize);
        let Some((below, above)) = below.zip(above) else {
            return Some(Counted::About(value, 1000));
        };
        let off = (value - below).max(above - value);
        Some(Counted::About(value, permille(off, value)))
    }

    /// How many keys each kept one stands for.
    fn times(&self) -> f64 {
        2_f64.powi(self.sequences.level as i32)
    }

    /// How far the sample is off where that is known, in the number of entries, as a part of it: beyond what comes of
    /// drawing keys like those that are kept.
    fn unexplained(&self) -> f64 {
        let added = self.sequences.added.max(1) as f64;
        let mut entries = Sum::default();
        self.keys()
            .for_each(|of_key| entries.add(of_key.len() as u64));
        let kept = entries.total as f64 + self.left_out as f64;
        let off = (kept * self.times() / added - 1.0).abs();
        (off - self.drawn(entries.squares) / added).max(0.0)
    }

    /// By how much an estimate of a sum with such squares is off because keys were drawn.
    fn drawn(&self, squares: f64) -> f64 {
        let times = self.times();
        Z * (squares * (1.0 - 1.0 / times)).sqrt() * times
    }
}
