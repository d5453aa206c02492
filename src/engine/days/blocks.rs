//! Sums of neighbouring days that were made once: of 2, 4, 8 … days that begin where a multiple of so many does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::report::Running;

/// The largest blocks have 2^8 days.
pub(super) const LEVELS: u32 = 8;

/// Which report, how large, and which of that size.
type Which = (usize, u32, i64);

/// What a block was made of: how many days, and the newest version of them.
pub(super) type Made = (usize, u64);

/// See the module.
#[derive(Default)]
pub(super) struct Blocks(Mutex<HashMap<Which, (Made, Arc<Running>)>>);

impl Blocks {
    pub(super) fn get(&self, which: Which, made: Made) -> Option<Arc<Running>> {
        let blocks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = blocks.get(&which).filter(|(known, _)| *known == made);
        known.map(|(_, block)| Arc::clone(block))
    }

    pub(super) fn put(&self, which: Which, made: Made, block: &Arc<Running>) {
        let mut blocks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        blocks.insert(which, (made, Arc::clone(block)));
    }
}
