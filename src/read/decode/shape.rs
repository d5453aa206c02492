//! The shape of lines that came before: a line that looks like one of them is checked, and not searched.
//!
//! ```text
//!  line     {"event":"auth.login","timestamp":"2025-…","userId":"user-123","success":true}
//!  shape    {"event":" ┊auth.login","timestamp":"│ text │","userId":"│ text │","success":│ bool │}
//! ```
//!
//! A shape is what stands between the values of a line that was walked, and what the walk found the values to mean.
//! Where another line has the same bytes in these places, and values of the same sorts in the others, its values mean
//! the same. The name of the event belongs to the shape: it decides what the rest means. So a line of a known shape is
//! checked to its last byte, with a few comparisons a value. (Li and others, "Mison: a fast JSON parser for data
//! analytics", 2017, remember where fields are; here the whole line is remembered.)
//!
//! Lines are told apart by how many quotes they have and by what stands where lines with so many quotes had the name.

mod learn;

use super::Decoding;
use super::clock::Clock;
use super::plain::Cursor;
use super::values::{lower, outcome_of_status, outcome_said};
use crate::event::{Event, Field, Kind, Outcome};

/// A line without a backslash or a control character, and where its quotes are.
#[derive(Clone, Copy)]
pub(in crate::read) struct PlainLine<'a, 'q> {
    /// The text it stands in, which may go on behind it.
    pub(in crate::read) text: &'a str,
    /// Its first byte.
    pub(in crate::read) start: usize,
    /// The byte after its last.
    pub(in crate::read) end: usize,
    /// Places of its quotes in the text.
    pub(in crate::read) quotes: &'q [u16],
}

impl<'a> PlainLine<'a, '_> {
    pub(super) fn text(&self) -> Option<&'a str> {
        self.text.get(self.start..self.end)
    }
}

/// Bytes compared at a time.
const PIECE: usize = 32;
/// The most values of a line of which anything is wanted, and one place for those of which nothing is.
const SPANS: usize = 32;
/// Where values go that nobody wants.
const UNWANTED: u8 = 0;

/// Where the values of a line are in its text: start and end.
type Spans = [(u32, u32); SPANS];

/// What a line of one shape looks like, and what it means.
#[derive(Debug)]
struct Shape {
    tag: u64,
    segments: Vec<Segment>,
    /// Length of the event's name.
    name_length: usize,
    kind: Kind,
    outcome: OutcomeFrom,
    time: Option<u8>,
    user: Option<u8>,
    email: Option<u8>,
    /// Fields that are asked for, where their text is, and how much of its start is not theirs.
    fields: Vec<(Field, u8, usize)>,
}

/// Bytes that have to be there, and the value that follows them.
#[derive(Debug)]
struct Segment {
    literal: [u8; PIECE],
    /// Ones where the literal is, zeros behind it.
    mask: [u8; PIECE],
    length: u8,
    /// How many quotes the literal has.
    quotes: u8,
    follows: Follows,
    /// Where the span of the value goes.
    span: u8,
}

/// What follows a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Follows {
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

/// How the outcome is found.
#[derive(Clone, Copy, Debug)]
enum OutcomeFrom {
    /// It is always this one.
    Shape(Outcome),
    /// `true` or `false`, there.
    Success(u8),
    /// An HTTP status, there; or this if it is none.
    Status(u8, Outcome),
}

/// The shapes a worker knows. All its lines have to be decoded for the same fields.
pub(in crate::read) struct Shapes {
    sets: Vec<Set>,
    /// By number of quotes: which of them opens the event's name.
    name_quotes: [u8; NAME_QUOTES],
    spans: Spans,
    clock: Clock,
    /// Rises with lines of known shapes, falls with shapes learnt: lines of ever new shapes are not worth it.
    credit: u32,
}

/// Shapes whose tags fall on the same place.
#[derive(Default)]
struct Set {
    shapes: [Option<Box<Shape>>; WAYS],
    next: usize,
}

const SETS: usize = 64;
const WAYS: usize = 4;
const NAME_QUOTES: usize = 64;

impl Default for Shapes {
    fn default() -> Shapes {
        Shapes {
            sets: std::iter::repeat_with(Set::default).take(SETS).collect(),
            // `{"event":"`
            name_quotes: [2; NAME_QUOTES],
            spans: [(0, 0); SPANS],
            clock: Clock::default(),
            credit: learn::MOST_CREDIT,
        }
    }
}

impl Shapes {
    /// Decodes a line of a known shape: the event is made where `room` says events of its kind are made. Returns whether
    /// the line's shape was known; if not, nothing was done.
    #[inline]
    pub(in crate::read) fn decode<'a, 'r>(
        &mut self,
        line: &PlainLine<'a, '_>,
        with: &Decoding<'a>,
        room: impl FnOnce(Kind) -> &'r mut Event<'a>,
    ) -> bool
    where
        'a: 'r,
    {
        let Some(tag) = self.tag(line) else {
            return false;
        };
        let mut shapes = self.sets[set_of(tag)].shapes.iter().flatten();
        let spans = &mut self.spans;
        let Some(shape) = shapes.find(|shape| shape.tag == tag && shape.matches(line, spans))
        else {
            return false;
        };
        self.credit = learn::MOST_CREDIT.min(self.credit + 1);
        let event = room(shape.kind);
        shape.fill(event, line.text, &self.spans, &mut self.clock, with);
        true
    }

    /// What tells shapes apart at a glance: how many quotes there are, and the first bytes of the event's name.
    #[inline]
    fn tag(&self, line: &PlainLine<'_, '_>) -> Option<u64> {
        let count = line.quotes.len();
        let quote = self.name_quotes[count % NAME_QUOTES];
        let name = usize::from(*line.quotes.get(usize::from(quote))?) + 1;
        let name = line.text.as_bytes().get(name..)?.first_chunk::<16>()?;
        let (words, _) = name.as_chunks::<8>();
        let [one, other] = [words[0], words[1]].map(u64::from_le_bytes);
        // Any odd factors do that spread bits upwards.
        let mixed =
            one.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ other.wrapping_mul(0xC2B2_AE3D_27D4_EB4F);
        Some(mixed.wrapping_add((count as u64) << 52 | count as u64))
    }
}

fn set_of(tag: u64) -> usize {
    (tag >> 58) as usize % SETS
}

impl Shape {
    /// Whether a line is of this shape. Where it is, `spans` are the places of its values.
    #[inline]
    fn matches(&self, line: &PlainLine<'_, '_>, spans: &mut Spans) -> bool {
        let text = line.text.as_bytes();
        let (mut at, mut quotes) = (line.start, 0);
        for segment in &self.segments {
            let Some(piece) = text.get(at..).and_then(<[u8]>::first_chunk) else {
                return false;
            };
            if !segment.is(piece) {
                return false;
            }
            at += usize::from(segment.length);
            quotes += usize::from(segment.quotes);
            let next_quote = || line.quotes.get(quotes).map(|quote| usize::from(*quote));
            let end = match segment.follows {
                Follows::Literal => continue,
                Follows::Name => Some(at + self.name_length),
                Follows::Text => next_quote(),
                Follows::SomeText => next_quote().filter(|end| *end > at),
                Follows::Bool => bool_end(text, at),
                Follows::Number => number_end(line.text, at),
            };
            let Some(end) = end else {
                return false;
            };
            spans[usize::from(segment.span) % SPANS] = (at as u32, end as u32);
            if segment.follows != Follows::Name {
                at = end;
            }
        }
        at == line.end
    }

    /// Makes the event of a line that matches.
    #[inline]
    fn fill<'a>(
        &self,
        event: &mut Event<'a>,
        text: &'a str,
        spans: &Spans,
        clock: &mut Clock,
        with: &Decoding<'a>,
    ) {
        let text_of = |span: u8| {
            let (start, end) = spans[usize::from(span) % SPANS];
            text.get(start as usize..end as usize).unwrap_or_default()
        };
        event.renew(self.kind);
        for (field, span, skipped) in &self.fields {
            event.set(*field, text_of(*span).get(*skipped..));
        }
        if let Some(user) = self.user {
            event.set(Field::Subject, Some(text_of(user)));
        } else if let Some(email) = self.email {
            event.set(Field::Subject, Some(lower(text_of(email), with.arena)));
        }
        event.time = self.time.and_then(|span| clock.parse(text_of(span)));
        event.outcome = match self.outcome {
            OutcomeFrom::Shape(outcome) => outcome,
            OutcomeFrom::Success(span) => outcome_said(text_of(span)),
            OutcomeFrom::Status(span, other) => outcome_of_status(text_of(span)).unwrap_or(other),
        };
    }
}

impl Segment {
    /// Whether these bytes start with the literal.
    #[inline]
    fn is(&self, piece: &[u8; PIECE]) -> bool {
        let words = |bytes: &[u8; PIECE], index: usize| {
            bytes.as_chunks::<8>().0.get(index).map_or(0, |word| u64::from_ne_bytes(*word))
        };
        let differs = |index| {
            (words(piece, index) ^ words(&self.literal, index)) & words(&self.mask, index)
        };
        differs(0) | differs(1) | differs(2) | differs(3) == 0
    }
}

#[inline]
fn bool_end(text: &[u8], at: usize) -> Option<usize> {
    match text.get(at..)? {
        [b't', b'r', b'u', b'e', ..] => Some(at + 4),
        [b'f', b'a', b'l', b's', b'e', ..] => Some(at + 5),
        _ => None,
    }
}

#[inline]
fn number_end(text: &str, at: usize) -> Option<usize> {
    let first = *text.as_bytes().get(at)?;
    let mut cursor = Cursor::after(text, at);
    cursor.number(first)?;
    Some(cursor.at)
}

#[cfg(test)]
mod tests;
