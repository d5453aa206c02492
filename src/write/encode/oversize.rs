//! Lines that would be too long: the longest texts are cut until the rest fits.
//!
//! How long a text becomes in its line is known only once it is written, with its escapes and its marks. So the event is
//! written within several bounds, and the widest that fits is taken: halving between two bounds takes 17 steps, and none
//! takes more time than a line of the greatest length.

use super::{Bounds, LIMIT, Layout, Record, Rules, attempt};

/// Bytes that are left of every text, however many there are; pairs beyond are left out.
const LEAST: usize = 64;

/// Appends the event where its whole line did not fit, in place of what was appended from `start` on.
#[cold]
pub(super) fn write<L: Layout>(
    record: &Record<'_, '_>,
    rules: &Rules,
    colour: bool,
    start: usize,
    line: &mut Vec<u8>,
) {
    let cut = true;
    let mut fits = |texts, ids| {
        line.truncate(start);
        attempt::<L>(record, rules, colour, Bounds { texts, ids, cut }, line).fits
    };
    // Ids are what an event is found by: they are cut last.
    let (texts, ids) = if fits(LEAST, LIMIT) {
        (widest(|texts| fits(texts, LIMIT)), LIMIT)
    } else {
        (LEAST, widest(|ids| fits(LEAST, ids)))
    };
    fits(texts, ids);
}

/// The widest bound that fits, from [`LEAST`] on, which is taken in any case.
fn widest(mut fits: impl FnMut(usize) -> bool) -> usize {
    let (mut fitting, mut beyond) = (LEAST, LIMIT + 1);
    while beyond - fitting > 1 {
        let middle = fitting.midpoint(beyond);
        match fits(middle) {
            true => fitting = middle,
            false => beyond = middle,
        }
    }
    fitting
}
