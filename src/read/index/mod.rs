//! Where the quotes and the line ends are: a stretch of bytes is looked at once, 64 bytes at a time, before any of it
//! is decoded (after Langdale and Lemire, "Parsing gigabytes of JSON per second", 2019).
//!
//! ```text
//!  bytes    {"event":"auth.login","success":true}\n{"event":…
//!  quotes    1     7 9          20 22      30              counted from the start of the stretch
//!  lines                                         37        and how many quotes and odd bytes stood before
//! ```
//!
//! What a block of 64 bytes holds is found with AVX-512 or AVX2 where the machine has them, and else by arithmetic on
//! words; all three are the same function, and the tests say so.

/// The body of a scan, for one way to look at a block and one way to write down the places of bits. A macro, because
/// what a function of other instructions is given to call is not compiled into it.
macro_rules! scan_with {
    ($stretch:ident, $quotes:ident, $lines:ident, $masks:path, $places:path) => {{
        let (blocks, rest) = $stretch.as_chunks::<BLOCK>();
        let mut last = [b' '; BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        let (mut quotes_before, mut odd_before) = (0, 0);
        for (number, block) in blocks.iter().chain([&last]).enumerate() {
            let masks = $masks(block);
            let at = (number * BLOCK) as u16;
            if let Some(room) = $quotes[quotes_before..].first_chunk_mut() {
                $places(masks.quotes, at, room);
            }
            let mut newlines = masks.newlines;
            while newlines != 0 {
                let before = (newlines & newlines.wrapping_neg()) - 1;
                $lines.push(LineEnd {
                    at: at.wrapping_add(newlines.trailing_zeros() as u16),
                    quotes: (quotes_before as u32 + (masks.quotes & before).count_ones()) as u16,
                    odd: (odd_before + (masks.odd & before).count_ones()) as u16,
                });
                newlines &= newlines - 1;
            }
            quotes_before += masks.quotes.count_ones() as usize;
            odd_before += masks.odd.count_ones();
        }
    }};
}

mod portable;
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod x86;

/// Bytes that are indexed at a time: text and index stay in the first-level cache, and a place fits 16 bits.
pub(super) const STRETCH: usize = 32 << 10;

/// Bytes of a block.
const BLOCK: usize = 64;

/// What a block holds, one bit a byte; the first byte is the lowest bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Masks {
    quotes: u64,
    newlines: u64,
    /// Backslashes and control characters other than line ends: lines with any of them are not plain.
    odd: u64,
}

/// The index of one stretch.
pub(super) struct Index {
    quotes: Box<[u16]>,
    lines: Vec<LineEnd>,
    scan: Scan,
}

/// The end of a line, and what stood before it in the stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LineEnd {
    /// Place of the newline.
    pub(super) at: u16,
    /// Quotes before it.
    pub(super) quotes: u16,
    /// Odd bytes before it.
    pub(super) odd: u16,
}

/// Indexes a stretch. Chosen once, for the machine.
type Scan = fn(&[u8], &mut [u16], &mut Vec<LineEnd>);

impl Default for Index {
    fn default() -> Index {
        Index {
            quotes: vec![0; STRETCH + BLOCK].into(),
            lines: Vec::new(),
            scan: best_scan(),
        }
    }
}

impl Index {
    /// Indexes a stretch of at most [`STRETCH`] bytes.
    pub(super) fn scan(&mut self, stretch: &[u8]) {
        self.lines.clear();
        (self.scan)(stretch, &mut self.quotes, &mut self.lines);
    }

    /// Places of the quotes, and at least 32 more numbers of no meaning.
    pub(super) fn quotes(&self) -> &[u16] {
        &self.quotes
    }

    /// Ends of the lines that end in the stretch.
    pub(super) fn lines(&self) -> &[LineEnd] {
        &self.lines
    }
}

fn best_scan() -> Scan {
    #[cfg(target_arch = "x86_64")]
    if let Some(scan) = x86::best_scan() {
        return scan;
    }
    portable::scan
}

/// Odd bytes, of which a carriage return is none where a newline follows.
#[inline(always)]
fn odd(backslashes: u64, controls: u64, returns: u64, newlines: u64) -> u64 {
    backslashes | (controls & !newlines & !(returns & newlines >> 1))
}

#[cfg(test)]
mod tests;
