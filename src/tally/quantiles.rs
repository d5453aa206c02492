//! Quantiles of many numbers: exactly while few of them differ, then about, in bounded memory.
//!
//! A quantile is that of *nearest rank*: the smallest of the numbers that at least so great a part of all of them does not
//! exceed. It is one of the numbers, as in SQL's `percentile_disc` and DuckDB's `quantile_disc`; nothing is interpolated.
//!
//! ```text
//!  few      up to 4096 different numbers, each with how often it came                     exact
//!  buckets  all of them, as 11 leading bits and a shift: buckets of at most 1/1024        within half a thousandth
//!           of their numbers (log-linear, as in Tene's HdrHistogram)
//! ```
//!
//! Which of the two it is depends on how many different numbers there are and on nothing else, and then everything is in
//! it: so the state is a function of the numbers alone, not of their order or of how they were split and merged. (Sketches
//! that keep what fits best, as t-digest and KLL do, depend on both.)
//!
//! What the numbers mean, and their unit, is the caller's choice: milliseconds, nanoseconds.

use serde::{Deserialize, Serialize};

use super::{Counted, Merge};

/// How many different numbers are kept as they are: 64 KiB.
const FEW: usize = 4096;
/// Leading bits that tell buckets apart, after the first.
const BITS: u32 = 10;
const PAGE: usize = 1 << BITS;
/// One for the numbers below 1024, and one for each power of two from there.
const PAGES: usize = 64 - BITS as usize + 1;

/// A set of numbers with repetitions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Quantiles<const MOST: usize = FEW> {
    numbers: Numbers,
    sum: u128,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Numbers {
    /// Numbers in their order, with how often each came.
    Few(Vec<(u64, u64)>),
    /// How often a number of each bucket came, by pages that are there when one of theirs did.
    Buckets(Box<[Option<Box<[u64]>>; PAGES]>),
}

impl<const MOST: usize> Default for Quantiles<MOST> {
    fn default() -> Self {
        Quantiles {
            numbers: Numbers::Few(Vec::new()),
            sum: 0,
        }
    }
}

impl<const MOST: usize> Quantiles<MOST> {
    /// Takes one more number.
    pub fn add(&mut self, number: u64) {
        self.sum = self.sum.saturating_add(number.into());
        self.take(number, 1);
    }

    /// How many numbers there are.
    pub fn count(&self) -> u64 {
        let counts = self.counts().map(|(_, count)| count);
        counts.fold(0, u64::saturating_add)
    }

    /// The sum of all numbers, which is always exact.
    pub fn sum(&self) -> u128 {
        self.sum
    }

    /// The smallest number that at least so many thousandths of all numbers do not exceed: 500 is the median. `None` if
    /// there are none.
    pub fn quantile(&self, permille: u16) -> Option<Counted> {
        let rank = nearest_rank(self.count(), permille);
        let mut below = 0_u64;
        let mut counts = self.counts();
        let (place, _) = counts.find(|(_, count)| {
            below = below.saturating_add(*count);
            below > rank
        })?;
        Some(match self.numbers {
            Numbers::Few(_) => Counted::Exactly(place),
            Numbers::Buckets(_) => middle(place as usize),
        })
    }

    /// Numbers, or places of buckets, in their order, with how often each came.
    fn counts(&self) -> Box<dyn Iterator<Item = (u64, u64)> + '_> {
        match &self.numbers {
            Numbers::Few(few) => Box::new(few.iter().copied()),
            Numbers::Buckets(pages) => Box::new(bucket_counts(pages)),
        }
    }

    fn take(&mut self, number: u64, count: u64) {
        match &mut self.numbers {
            Numbers::Buckets(pages) => add_to(pages, place(number), count),
            Numbers::Few(few) => match few.binary_search_by_key(&number, |(number, _)| *number) {
                Ok(at) => few[at].1 = few[at].1.saturating_add(count),
                Err(at) => {
                    few.insert(at, (number, count));
                    if few.len() > MOST {
                        self.use_buckets();
                    }
                }
            },
        }
    }

    #[cold]
    fn use_buckets(&mut self) {
        if let Numbers::Few(few) = &self.numbers {
            let mut pages = Box::new([const { None }; PAGES]);
            few.iter()
                .for_each(|(number, count)| add_to(&mut pages, place(*number), *count));
            self.numbers = Numbers::Buckets(pages);
        }
    }
}

/// The place of a quantile among so many numbers in their order, counted from 0.
pub(super) fn nearest_rank(count: u64, permille: u16) -> u64 {
    let rank = (u128::from(count) * u128::from(permille)).div_ceil(1000);
    (rank as u64).clamp(1, count.max(1)) - 1
}

/// The place of a number's bucket.
fn place(number: u64) -> usize {
    let shift = shift(number);
    ((shift as usize) << BITS) + (number >> shift) as usize
}

/// How many bits of a number its bucket leaves out.
fn shift(number: u64) -> u32 {
    (63 - BITS).saturating_sub(number.leading_zeros())
}

/// The number in the middle of a bucket, which is not further from any other in it than half a 1024th.
fn middle(place: usize) -> Counted {
    let shift = (place >> BITS).saturating_sub(1) as u32;
    let first = ((place - ((shift as usize) << BITS)) as u64) << shift;
    match shift {
        0 => Counted::Exactly(first),
        _ => Counted::About(first + (1 << (shift - 1)), 1),
    }
}

fn add_to(pages: &mut [Option<Box<[u64]>>; PAGES], place: usize, count: u64) {
    let page = pages[place >> BITS].get_or_insert_with(|| vec![0; PAGE].into_boxed_slice());
    let bucket = &mut page[place % PAGE];
    *bucket = bucket.saturating_add(count);
}

/// Places of buckets that are not empty, in their order, with how many numbers are in each.
fn bucket_counts(
    pages: &[Option<Box<[u64]>>; PAGES],
) -> impl Iterator<Item = (u64, u64)> + use<'_> {
    let pages = (0_u64..).zip(pages).filter_map(|(at, page)| {
        let counts = page.as_ref()?.iter().copied();
        Some(((at << BITS)..).zip(counts))
    });
    pages.flatten().filter(|(_, count)| *count > 0)
}

impl<const MOST: usize> Merge for Quantiles<MOST> {
    fn merge(&mut self, mut other: Self) {
        self.sum = self.sum.saturating_add(other.sum);
        if matches!(other.numbers, Numbers::Buckets(_)) {
            std::mem::swap(&mut self.numbers, &mut other.numbers);
        }
        match other.numbers {
            Numbers::Few(few) => few
                .into_iter()
                .for_each(|(number, count)| self.take(number, count)),
            Numbers::Buckets(others) => {
                if let Numbers::Buckets(pages) = &mut self.numbers {
                    bucket_counts(&others)
                        .for_each(|(place, count)| add_to(pages, place as usize, count));
                }
            }
        }
    }
}

/// Numbers at rest, in their order.
#[derive(Clone, Serialize, Deserialize)]
struct Stored {
    sum: u128,
    #[serde(default)]
    few: Vec<(u64, u64)>,
    /// By the places of their buckets.
    #[serde(default)]
    buckets: Vec<(u64, u64)>,
}

impl<const MOST: usize> From<Quantiles<MOST>> for Stored {
    fn from(quantiles: Quantiles<MOST>) -> Stored {
        let (few, buckets) = match quantiles.numbers {
            Numbers::Few(few) => (few, Vec::new()),
            Numbers::Buckets(pages) => (Vec::new(), bucket_counts(&pages).collect()),
        };
        Stored {
            sum: quantiles.sum,
            few,
            buckets,
        }
    }
}

impl<const MOST: usize> TryFrom<Stored> for Quantiles<MOST> {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, &'static str> {
        let mut quantiles = Quantiles {
            sum: stored.sum,
            ..Quantiles::default()
        };
        if !stored.buckets.is_empty() {
            quantiles.use_buckets();
        }
        for (place, count) in stored.buckets {
            match (&mut quantiles.numbers, usize::try_from(place)) {
                (Numbers::Buckets(pages), Ok(place)) if place < PAGES * PAGE => {
                    add_to(pages, place, count);
                }
                _ => return Err("no numbers are in such a bucket"),
            }
        }
        for (number, count) in stored.few {
            if count > 0 {
                quantiles.take(number, count);
            }
        }
        Ok(quantiles)
    }
}

#[cfg(test)]
mod tests;
