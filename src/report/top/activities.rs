//! Activities of millions, most of whom did little.
//!
//! ```text
//!  light   0 │ five counts of 8 bits │ 38 bits last - first │ 49 bits first      16 bytes
//!  heavy   1 │ place in a list of activities                              16 + 39 bytes
//! ```
//!
//! Light are those of up to 255 events within 8.7 years. Which of the two one is makes no difference to anybody.
//!
//! While events come there is a cell for each id; once [settled](Cells::settle), for those alone who did something, if
//! these are few.

use super::activity::Activity;
use crate::event::Id;
use crate::tally::Cells;

/// Activities by id.
#[derive(Clone, Debug, Default)]
pub(super) struct Activities {
    cells: Vec<u128>,
    heavy: Vec<Activity>,
    /// Whose cells these are, in their order; `None`, if there is one for each id.
    ids: Option<Vec<u32>>,
}

const HEAVY: u128 = 1 << 127;
const COUNT_BITS: u32 = 8;
const SPAN_BITS: u32 = 38;
const FIRST_BITS: u32 = 49;
/// What light times are counted from: 2^47 milliseconds before 1970 are more than there are.
const EPOCH: u64 = Activity::EPOCH - (1 << 47);

impl Activities {
    fn of(&self, cell: u128) -> Activity {
        match cell & HEAVY {
            0 => unpacked(cell),
            _ => self.heavy[cell as u32 as usize],
        }
    }

    /// Has a cell for each id.
    #[cold]
    fn spread(&mut self, ids: &[u32]) {
        let count = ids.last().map_or(0, |last| *last as usize + 1);
        let mut cells = vec![0; count];
        for (id, cell) in ids.iter().zip(&self.cells) {
            cells[*id as usize] = *cell;
        }
        self.cells = cells;
    }
}

impl Cells<Activity> for Activities {
    #[inline]
    fn change(&mut self, Id(id): Id, how: impl FnOnce(&mut Activity)) {
        if let Some(ids) = self.ids.take() {
            self.spread(&ids);
        }
        let id = id as usize;
        if id >= self.cells.len() {
            self.cells.resize(id + 1, 0);
        }
        let cell = self.cells[id];
        if cell & HEAVY != 0 {
            how(&mut self.heavy[cell as u32 as usize]);
            return;
        }
        let mut activity = unpacked(cell);
        how(&mut activity);
        self.cells[id] = packed(&activity).unwrap_or_else(|| {
            self.heavy.push(activity);
            HEAVY | (self.heavy.len() - 1) as u128
        });
    }

    fn tally(&self, Id(id): Id) -> Activity {
        let place = match &self.ids {
            None => Some(id as usize),
            Some(ids) => ids.binary_search(&id).ok(),
        };
        let cell = place.and_then(|place| self.cells.get(place));
        self.of(cell.copied().unwrap_or_default())
    }

    fn some(&self) -> impl Iterator<Item = (Id, Activity)> {
        // Of millions most did nothing on most days: no cell but theirs is 0.
        let cells = self.cells.iter().enumerate();
        let some = cells.filter(|(_, cell)| **cell != 0);
        some.map(|(place, cell)| {
            let ids = self.ids.as_deref();
            let id = ids.map_or(place as u32, |ids| ids[place]);
            (Id(id), self.of(*cell))
        })
    }

    fn settle(&mut self) {
        let count = self.cells.iter().filter(|cell| **cell != 0).count();
        // An id takes 4 bytes beside the 16 of its cell.
        if self.ids.is_some() || count * 5 >= self.cells.len() * 4 {
            return;
        }
        let (mut ids, mut cells) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for (id, cell) in (0..).zip(&self.cells).filter(|(_, cell)| **cell != 0) {
            ids.push(id);
            cells.push(*cell);
        }
        (self.cells, self.ids) = (cells, Some(ids));
        self.heavy.shrink_to_fit();
    }
}

/// An activity as a cell, if it is light.
#[inline]
fn packed(activity: &Activity) -> Option<u128> {
    let counts = activity.counts().into_iter().rev();
    let mut cell = 0;
    for count in counts {
        cell = cell << COUNT_BITS | u128::from(u8::try_from(count).ok()?);
    }
    let [first, last] = activity.times();
    let span = last.checked_sub(first)?;
    // No time is 0, here as there.
    let first = match first {
        0 => 0,
        first => first.checked_sub(EPOCH)?,
    };
    if span >> SPAN_BITS != 0 || first >> FIRST_BITS != 0 {
        return None;
    }
    Some((cell << SPAN_BITS | u128::from(span)) << FIRST_BITS | u128::from(first))
}

/// The activity of a light cell.
#[inline]
fn unpacked(cell: u128) -> Activity {
    let bits = |from: u32, count: u32| (cell >> from) as u64 & ((1 << count) - 1);
    let counts = FIRST_BITS + SPAN_BITS;
    let counts = std::array::from_fn(|sort| bits(counts + sort as u32 * COUNT_BITS, COUNT_BITS));
    let (first, span) = (bits(0, FIRST_BITS), bits(FIRST_BITS, SPAN_BITS));
    let first = if first == 0 { 0 } else { first + EPOCH };
    Activity::new(counts, [first, first + span])
}

#[cfg(test)]
mod tests;
