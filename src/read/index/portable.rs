//! A block by arithmetic on words, on any machine.

use super::{BLOCK, LineEnd, Masks, odd};

/// Indexes a stretch.
pub(super) fn scan(stretch: &[u8], quotes: &mut [u16], lines: &mut Vec<LineEnd>) {
    scan_with!(stretch, quotes, lines, masks, places);
}

/// What a block holds.
pub(super) fn masks(block: &[u8; BLOCK]) -> Masks {
    let newlines = bits(block, |word| zeros(word ^ repeat(b'\n')));
    let returns = bits(block, |word| zeros(word ^ repeat(b'\r')));
    let backslashes = bits(block, |word| zeros(word ^ repeat(b'\\')));
    // A byte below 0x20 has none of its upper three bits.
    let controls = bits(block, |word| zeros(word & repeat(0xE0)));
    Masks {
        quotes: bits(block, |word| zeros(word ^ repeat(b'"'))),
        newlines,
        odd: odd(backslashes, controls, returns, newlines),
    }
}

/// Writes down the places of a mask's bits.
#[inline(always)]
pub(super) fn places(mut mask: u64, at: u16, places: &mut [u16; BLOCK]) {
    // Most blocks have fewer than eight quotes, or sixteen: what is written beyond them is written over later.
    let count = mask.count_ones() as usize;
    for round in places.chunks_exact_mut(8).take(count.div_ceil(8)) {
        for place in round {
            *place = at.wrapping_add(mask.trailing_zeros() as u16);
            mask &= mask.wrapping_sub(1);
        }
    }
}

const ONES: u64 = u64::MAX / 0xFF;

/// A word of one byte.
fn repeat(byte: u8) -> u64 {
    ONES * u64::from(byte)
}

/// The top bit of each byte that is zero.
fn zeros(word: u64) -> u64 {
    const LOW: u64 = ONES * 0x7F;
    !(((word & LOW) + LOW) | word | LOW)
}

/// One bit for each byte of a block whose top bit `marks` sets, and which sets no other.
fn bits(block: &[u8; BLOCK], marks: impl Fn(u64) -> u64) -> u64 {
    let (words, _) = block.as_chunks::<8>();
    words.iter().rev().fold(0, |bits, word| {
        let marked = marks(u64::from_le_bytes(*word));
        // Gathers the eight top bits in the top byte.
        (bits << 8) | ((marked >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56)
    })
}
