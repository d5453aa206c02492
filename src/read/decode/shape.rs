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
//! Those that may be of one shape are checked together, literal by literal: a processor that guesses what comes next is
//! right when it does the same thing many times.

mod check;
mod learn;

use super::Decoding;
use super::address::address;
use super::clock::Clock;
use super::values::{domain_of, lower, outcome_of_status, outcome_said};
use crate::event::{Event, Field, Kind, Outcome};
use check::{Checked, Segment, Span};

/// A line without a backslash or a control character, in an indexed stretch of text.
#[derive(Clone, Copy, Debug)]
pub(in crate::read) struct PlainLine {
    /// Its first byte in the stretch.
    pub(in crate::read) start: u16,
    /// The byte after its last.
    pub(in crate::read) end: u16,
    /// Its first quote, out of those of the stretch.
    pub(in crate::read) first_quote: u16,
    /// How many quotes it has.
    pub(in crate::read) quotes: u16,
    /// Which line of the stretch it is, counted from 0.
    pub(in crate::read) number: u16,
}

/// An indexed stretch of text.
#[derive(Clone, Copy)]
pub(in crate::read) struct Stretch<'a, 'q> {
    /// The text, which may go on behind the stretch.
    pub(in crate::read) text: &'a str,
    /// Places of the quotes.
    pub(in crate::read) quotes: &'q [u16],
}

impl<'a> Stretch<'a, '_> {
    fn line(&self, line: &PlainLine) -> Option<&'a str> {
        self.text
            .get(usize::from(line.start)..usize::from(line.end))
    }
}

/// Takes events where they are made.
pub(in crate::read) trait Room<'a> {
    /// Has an event of a kind made, of this line of the stretch.
    fn make(&mut self, kind: Kind, line: &PlainLine, fill: impl FnOnce(&mut Event<'a>));
}

/// What a line of one shape looks like, and what it means.
#[derive(Debug)]
struct Shape {
    tag: u64,
    /// How many quotes its lines have.
    quotes: u16,
    segments: Vec<Segment>,
    /// Length of the event's name.
    name_length: u16,
    kind: Kind,
    /// Where the event's name is, if any that is not known will do.
    unknown_name: Option<u8>,
    outcome: OutcomeFrom,
    time: Option<u8>,
    user: Option<u8>,
    email: Option<u8>,
    /// The e-mail address again, if its domain is asked for.
    domain: Option<u8>,
    ip: Option<u8>,
    /// Fields that are asked for, where their text is, and how much of its start is not theirs.
    fields: Vec<(Field, u8, usize)>,
    /// Another shape of the same tag.
    also: Option<u8>,
    /// Lines that may be of this shape.
    waiting: Vec<PlainLine>,
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
    shapes: Vec<Shape>,
    /// Shapes by the upper bits of their tags; of those of one tag the latest, through which the others are found.
    places: [Option<u8>; PLACES],
    /// By number of quotes: which of them opens the event's name.
    name_quotes: [u8; NAME_QUOTES],
    checked: Box<Checked>,
    clock: Clock,
    /// Rises with lines of known shapes, falls with others and with shapes learnt: what is not worth it is left.
    credit: u32,
    /// The shape that is forgotten next.
    oldest: usize,
}

const PLACES: usize = 256;
/// Places a shape may be found in: tags that fall on one place must not drive each other out.
const PROBES: usize = 4;
const NAME_QUOTES: usize = 64;
/// Shapes of one tag that are tried.
const MOST_ALIKE: usize = 4;
/// Shapes that are remembered at once.
const MOST_SHAPES: usize = 128;

impl Default for Shapes {
    fn default() -> Shapes {
        Shapes {
            shapes: Vec::new(),
            places: [None; PLACES],
            // `{"event":"`
            name_quotes: [2; NAME_QUOTES],
            checked: Box::default(),
            clock: Clock::default(),
            credit: learn::MOST_CREDIT,
            oldest: 0,
        }
    }
}

impl Shapes {
    /// Has a line wait with others that may be of the same shape; `false` if there is no such shape.
    #[inline]
    pub(in crate::read) fn wait(&mut self, stretch: &Stretch<'_, '_>, line: PlainLine) -> bool {
        if self.credit == 0 {
            return false;
        }
        let tag = self.tag(stretch, &line);
        for tag in [tag, nameless_tag(&line)] {
            if let Some(shape) = self.place(tag).and_then(|place| self.places[place]) {
                self.shapes[usize::from(shape)].waiting.push(line);
                return true;
            }
        }
        false
    }

    /// Decodes all lines that wait. Those that are of other shapes after all are added to `others`.
    pub(in crate::read) fn decode_waiting<'a>(
        &mut self,
        stretch: &Stretch<'a, '_>,
        with: &Decoding<'a>,
        room: &mut impl Room<'a>,
        others: &mut Vec<PlainLine>,
    ) {
        let mut missed = Vec::new();
        for _ in 0..MOST_ALIKE {
            for shape in 0..self.shapes.len() {
                self.decode_lines_of(shape, stretch, with, room, &mut missed);
            }
            for (also, line) in missed.drain(..) {
                match also.and_then(|also| self.shapes.get_mut(usize::from(also))) {
                    Some(shape) => shape.waiting.push(line),
                    None => others.push(line),
                }
            }
        }
        for shape in &mut self.shapes {
            others.append(&mut shape.waiting);
        }
        self.credit = self.credit.min(learn::MOST_CREDIT);
    }

    /// Decodes the lines that wait for one shape. Those that are not of it are added to `missed`, with the shape they may
    /// be of instead.
    fn decode_lines_of<'a>(
        &mut self,
        shape: usize,
        stretch: &Stretch<'a, '_>,
        with: &Decoding<'a>,
        room: &mut impl Room<'a>,
        missed: &mut Vec<(Option<u8>, PlainLine)>,
    ) {
        let shape = &mut self.shapes[shape];
        for lines in shape.waiting.chunks(check::TOGETHER) {
            self.checked.check(shape, stretch, lines);
            for (index, line) in lines.iter().enumerate() {
                let span_of = |span| self.checked.span(index, span);
                if self.checked.is_of_the_shape(index)
                    && shape.has_right_name(stretch.text, span_of)
                {
                    self.credit += 1;
                    room.make(shape.kind, line, |event| {
                        shape.fill(event, stretch.text, span_of, &mut self.clock, with);
                    });
                } else {
                    self.credit = self.credit.saturating_sub(learn::MISS);
                    missed.push((shape.also, *line));
                }
            }
        }
        shape.waiting.clear();
    }

    /// The place of a tag, if there is a shape of it.
    #[inline]
    fn place(&self, tag: u64) -> Option<usize> {
        places_of(tag).find(|place| {
            let shape = self.places[*place].and_then(|shape| self.shapes.get(usize::from(shape)));
            shape.is_some_and(|shape| shape.tag == tag)
        })
    }

    /// What tells shapes apart at a glance: how many quotes there are, and the first bytes of the event's name.
    #[inline]
    fn tag(&self, stretch: &Stretch<'_, '_>, line: &PlainLine) -> u64 {
        let quote = self.name_quotes[usize::from(line.quotes) % NAME_QUOTES];
        let quote = usize::from(line.first_quote) + usize::from(quote);
        let name = stretch
            .quotes
            .get(quote)
            .map_or(0, |at| usize::from(*at) + 1);
        let name = stretch.text.as_bytes().get(name..);
        let name: [u8; 16] = *name.and_then(<[u8]>::first_chunk).unwrap_or(&[0; 16]);
        let (words, _) = name.as_chunks::<8>();
        let [one, other] = [words[0], words[1]].map(u64::from_le_bytes);
        // Any odd factors do that spread bits upwards.
        let mixed =
            one.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ other.wrapping_mul(0xC2B2_AE3D_27D4_EB4F);
        mixed.wrapping_add(u64::from(line.quotes) << 57 | u64::from(line.quotes))
    }
}

/// The tag of lines whose name is not known, whatever it is.
fn nameless_tag(line: &PlainLine) -> u64 {
    u64::from(line.quotes).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// Where the latest shape of a tag may be found.
fn places_of(tag: u64) -> impl Iterator<Item = usize> {
    let first = (tag >> 56) as usize;
    (first..first + PROBES).map(|place| place % PLACES)
}

impl Shape {
    /// Whether the event's name is one of those it may have.
    #[inline]
    fn has_right_name(&self, text: &str, span_of: impl Fn(u8) -> Span) -> bool {
        self.unknown_name.is_none_or(|name| {
            let Span { start, end } = span_of(name);
            let name = text.get(usize::from(start)..usize::from(end));
            name.is_some_and(|name| Kind::of_name(name).kind == Kind::Other)
        })
    }

    /// Makes the event of a line of this shape.
    #[inline]
    fn fill<'a>(
        &self,
        event: &mut Event<'a>,
        text: &'a str,
        span_of: impl Fn(u8) -> Span,
        clock: &mut Clock,
        with: &Decoding<'a>,
    ) {
        let text_of = |span: u8| {
            let Span { start, end } = span_of(span);
            text.get(usize::from(start)..usize::from(end))
                .unwrap_or_default()
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
        if let Some(email) = self.domain {
            let domain = lower(domain_of(text_of(email)), with.arena);
            event.set(Field::Domain, Some(domain));
        }
        if let Some(ip) = self.ip {
            event.set(Field::Ip, Some(address(text_of(ip), with.arena)));
        }
        event.time = self
            .time
            .and_then(|span| clock.parse(text_of(span), with.assume));
        event.outcome = match self.outcome {
            OutcomeFrom::Shape(outcome) => outcome,
            OutcomeFrom::Success(span) => outcome_said(text_of(span)),
            OutcomeFrom::Status(span, other) => outcome_of_status(text_of(span)).unwrap_or(other),
        };
    }
}

#[cfg(test)]
mod tests;
