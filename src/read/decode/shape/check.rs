//! Whether lines are of a shape: some of them at a time, literal by literal.

use super::{PlainLine, Shape, Stretch};
use crate::read::decode::plain::Cursor;

/// Lines that are checked together.
pub(super) const TOGETHER: usize = 16;
/// Bytes compared at a time.
pub(super) const PIECE: usize = 16;
/// The most values of a line of which anything is wanted, and one place for those of which nothing is.
pub(super) const SPANS: usize = 32;
/// Where values go that nobody wants.
pub(super) const UNWANTED: u8 = 0;

/// Where a value is in the stretch.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    pub(super) start: u16,
    pub(super) end: u16,
}

/// Bytes that have to be there, and the value that follows them.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) literal: [u8; PIECE],
    /// How many bytes the literal has.
    pub(super) length: u8,
    /// How many quotes it has.
    pub(super) quotes: u8,
    pub(super) follows: Follows,
    /// Where the span of the value goes.
    pub(super) span: u8,
}

/// What follows a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follows {
    /// The next literal.
    Literal,
    /// The next literal, which starts with the event's name.
    Name,
    /// Text up to the next quote.
    Text,
    /// Text up to the next quote, and at least one byte of it.
    SomeText,
    /// `true` or `false`.
    Bool,
    /// A number.
    Number,
}

/// Some lines, and how far they have been checked.
#[derive(Default)]
pub(super) struct Checked {
    /// Where each line is checked next.
    at: [u16; TOGETHER],
    /// Its next quote.
    quote: [u16; TOGETHER],
    /// Not zero where the line is not of the shape.
    differs: [u64; TOGETHER],
    spans: [[Span; TOGETHER]; SPANS],
}

impl Checked {
    /// Whether a line was of the shape.
    #[inline]
    pub(super) fn is_of_the_shape(&self, line: usize) -> bool {
        self.differs[line % TOGETHER] == 0
    }

    /// Where a value of a line of the shape is.
    #[inline]
    pub(super) fn span(&self, line: usize, span: u8) -> Span {
        self.spans[usize::from(span) % SPANS][line % TOGETHER]
    }

    /// Checks at most [`TOGETHER`] lines.
    pub(super) fn check(&mut self, shape: &Shape, stretch: &Stretch<'_, '_>, lines: &[PlainLine]) {
        let count = lines.len().min(TOGETHER);
        for (index, line) in lines.iter().enumerate().take(count) {
            (self.at[index], self.quote[index]) = (line.start, line.first_quote);
            self.differs[index] = u64::from(line.quotes ^ shape.quotes);
        }
        for segment in &shape.segments {
            if self.differs[..count].iter().all(|differs| *differs != 0) {
                return;
            }
            self.literal(segment, stretch, count);
            self.value(segment, stretch, count, shape.name_length);
        }
        for (index, line) in lines.iter().enumerate().take(count) {
            self.differs[index] |= u64::from(line.end ^ self.at[index]);
        }
    }

    fn literal(&mut self, segment: &Segment, stretch: &Stretch<'_, '_>, count: usize) {
        let bytes = stretch.text.as_bytes();
        let literal = u128::from_le_bytes(segment.literal);
        let mask = match usize::from(segment.length) {
            PIECE.. => u128::MAX,
            shorter => (1 << (shorter * 8)) - 1,
        };
        for index in 0..count {
            let at = usize::from(self.at[index]);
            let differs = match bytes.get(at..).and_then(<[u8]>::first_chunk) {
                Some(piece) => (u128::from_le_bytes(*piece) ^ literal) & mask,
                // Close to the end of the text: there is another way to read this line.
                None => 1,
            };
            self.differs[index] |= differs as u64 | (differs >> 64) as u64;
            self.at[index] = self.at[index].wrapping_add(u16::from(segment.length));
            self.quote[index] = self.quote[index].wrapping_add(u16::from(segment.quotes));
        }
    }

    fn value(
        &mut self,
        segment: &Segment,
        stretch: &Stretch<'_, '_>,
        count: usize,
        name_length: u16,
    ) {
        let spans = &mut self.spans[usize::from(segment.span) % SPANS];
        let next_quote = |quote: u16| stretch.quotes.get(usize::from(quote)).copied().unwrap_or(0);
        let lines = spans.iter_mut().zip(&mut self.at).zip(&mut self.differs);
        let lines = lines.zip(&self.quote).take(count);
        match segment.follows {
            Follows::Literal => {}
            Follows::Name => {
                for (((span, at), _), _) in lines {
                    let end = at.wrapping_add(name_length);
                    *span = Span { start: *at, end };
                }
            }
            Follows::Text => {
                for (((span, at), _), quote) in lines {
                    let end = next_quote(*quote);
                    (*span, *at) = (Span { start: *at, end }, end);
                }
            }
            Follows::SomeText => {
                for (((span, at), differs), quote) in lines {
                    let end = next_quote(*quote);
                    *differs |= u64::from(end == *at);
                    (*span, *at) = (Span { start: *at, end }, end);
                }
            }
            Follows::Bool => {
                for (((span, at), differs), _) in lines {
                    let (end, wrong) = bool_end(stretch.text.as_bytes(), *at);
                    *differs |= u64::from(wrong);
                    (*span, *at) = (Span { start: *at, end }, end);
                }
            }
            Follows::Number => {
                for (((span, at), differs), _) in lines {
                    let end = number_end(stretch.text, *at);
                    *differs |= u64::from(end.is_none());
                    let end = end.unwrap_or(*at);
                    (*span, *at) = (Span { start: *at, end }, end);
                }
            }
        }
    }
}

/// Where `true` or `false` ends, and whether there is neither.
#[inline]
fn bool_end(text: &[u8], at: u16) -> (u16, bool) {
    let found: Option<&[u8; 5]> = text.get(usize::from(at)..).and_then(<[u8]>::first_chunk);
    let found = found.copied().unwrap_or_default();
    let is_true = found[..4] == *b"true";
    let end = at.wrapping_add(if is_true { 4 } else { 5 });
    (end, !is_true & (found != *b"false"))
}

fn number_end(text: &str, at: u16) -> Option<u16> {
    let at = usize::from(at);
    let first = *text.as_bytes().get(at)?;
    let mut cursor = Cursor::after(text, at);
    cursor.number(first)?;
    u16::try_from(cursor.at).ok()
}
