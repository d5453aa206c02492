//! A shape from a line that was walked.

use super::check::{Follows, PIECE, SPANS, UNWANTED};
use super::*;
use crate::event::FieldSet;
use crate::read::decode::plain::{self, Notes, Scalar};
use crate::read::decode::values::{Meaning, Values};

/// What learning a shape costs, in lines of known shapes.
const COST: u32 = 64;
/// What a line costs that is not of the shape it waited for.
pub(super) const MISS: u32 = 8;
pub(super) const MOST_CREDIT: u32 = 64 * COST;
/// Lines of more values are not worth remembering.
const MOST_SCALARS: usize = 64;

/// A scalar of the line, and where it is.
#[derive(Clone, Copy)]
struct Noted {
    scalar: Scalar,
    start: usize,
    end: usize,
}

impl Notes for Vec<Noted> {
    fn scalar(&mut self, scalar: Scalar, start: usize, end: usize) {
        self.push(Noted { scalar, start, end });
    }
}

impl Shapes {
    /// Decodes a line whose shape is not known, and knows it from now on. `None` if the line is not plain; then nothing
    /// was made.
    #[cold]
    pub(in crate::read) fn learn<'a>(
        &mut self,
        stretch: &Stretch<'a, '_>,
        line: &PlainLine,
        with: &Decoding<'a>,
        room: &mut impl Room<'a>,
    ) -> Option<()> {
        let text = stretch.line(line)?;
        let mut values = Values::new(with);
        // A line at the end of the text may well be of a known shape.
        let at_the_end = usize::from(line.end) + PIECE > stretch.text.len();
        let learns = self.credit >= COST && !at_the_end;
        let mut scalars = Vec::new();
        if learns {
            self.credit -= COST;
            plain::walk(text, &mut values, with.arena, &mut scalars)?;
        } else {
            // Now and then it is tried again: the log may have become regular.
            self.credit += 1;
            plain::walk(text, &mut values, with.arena, &mut ())?;
        }
        let meaning = values.meaning(with);
        let wanted = with.wanted.of(meaning.named.kind);
        if learns
            && let Some(learner) = Learner::new(text, &scalars, &values, &meaning)
            && let Some((mut shape, name_quote)) = learner.shape(wanted)
        {
            shape.quotes = line.quotes;
            shape.tag = match shape.unknown_name {
                Some(_) => nameless_tag(line),
                None => {
                    self.name_quotes[usize::from(line.quotes) % NAME_QUOTES] = name_quote;
                    self.tag(stretch, line)
                }
            };
            self.remember(shape);
        }
        room.make(meaning.named.kind, line, |event| {
            meaning.fill(event, with);
        });
        Some(())
    }

    fn remember(&mut self, mut shape: Shape) {
        let known = self.place(shape.tag);
        shape.also = known.and_then(|place| self.places[place]);
        let mut places = places_of(shape.tag);
        let free = places.find(|place| self.places[*place].is_none());
        let place = known.or(free).or_else(|| places_of(shape.tag).next());
        let index = if self.shapes.len() < MOST_SHAPES {
            self.shapes.push(shape);
            self.shapes.len() - 1
        } else {
            self.oldest = (self.oldest + 1) % MOST_SHAPES;
            self.shapes[self.oldest] = shape;
            self.oldest
        };
        if let Some(place) = place {
            self.places[place] = Some(index as u8);
        }
    }
}

/// A line and what was found in it.
struct Learner<'l, 'a> {
    text: &'a str,
    scalars: &'l [Noted],
    /// Places of the values that have any meaning.
    meant: Vec<usize>,
    meaning: &'l Meaning<'l, 'a>,
    /// Where the event's name starts, with its quote.
    name: Option<usize>,
    /// Values of which something is wanted; each one's span is its place here.
    spans: Vec<usize>,
}

impl<'l, 'a> Learner<'l, 'a> {
    /// `None` if what the values mean could be another time something else: where one of them is empty or a container.
    fn new(
        text: &'a str,
        scalars: &'l [Noted],
        values: &Values<'a>,
        meaning: &'l Meaning<'l, 'a>,
    ) -> Option<Learner<'l, 'a>> {
        let lasting = |raw: &str| raw != r#""""# && !raw.starts_with(['{', '[']);
        let meant = values
            .raw()
            .map(|raw| lasting(raw).then(|| place_in(text, raw)));
        let name = meaning.raw(Field::Event);
        if scalars.len() > MOST_SCALARS || name.is_some_and(|name| !name.starts_with('"')) {
            return None;
        }
        Some(Learner {
            text,
            scalars,
            meant: meant.collect::<Option<_>>()?,
            meaning,
            name: name.map(|name| place_in(text, name)),
            spans: vec![usize::MAX],
        })
    }

    /// The shape, still without a tag, and which quote opens the event's name.
    fn shape(mut self, fields: FieldSet) -> Option<(Shape, u8)> {
        let mut shape = Shape {
            tag: 0,
            quotes: 0,
            also: None,
            waiting: Vec::new(),
            segments: Vec::new(),
            name_length: 0,
            kind: self.meaning.named.kind,
            unknown_name: None,
            outcome: self.outcome()?,
            time: self.span_of(Field::Timestamp)?,
            user: None,
            email: None,
            domain: None,
            ip: None,
            fields: Vec::new(),
        };
        if fields.contains(Field::Subject) {
            shape.user = self.span_of(Field::User)?;
            shape.email = self.span_of(Field::Email)?;
        }
        if fields.contains(Field::Domain) {
            shape.domain = self.span_of(Field::Email)?;
        }
        if fields.contains(Field::Ip) {
            shape.ip = self.span_of(Field::Ip)?;
        }
        let made = FieldSet::of(&[Field::Subject, Field::Domain, Field::Ip]);
        for field in fields.iter().filter(|field| !made.contains(*field)) {
            let span = self.span_of(field)?;
            shape.fields.extend(span.map(|span| (field, span, 0)));
        }
        if fields.contains(Field::GrantType)
            && self.meaning.raw(Field::GrantType).is_none()
            && let Some(grant) = self.meaning.named.grant
            && let Some(span) = self.span_of(Field::Event)?
        {
            let name_length = self.meaning.raw(Field::Event)?.len() - 2;
            shape
                .fields
                .push((Field::GrantType, span, name_length - grant.len()));
        }
        if shape.kind == Kind::Other && self.name.is_some() {
            shape.unknown_name = self.span_of(Field::Event)?;
            self.name = None;
        }
        let name_quote = self.segments(&mut shape);
        Some((shape, name_quote))
    }

    fn outcome(&mut self) -> Option<OutcomeFrom> {
        let reason = match self.meaning.raw(Field::Reason) {
            Some(_) => Outcome::Failure,
            None => Outcome::Unknown,
        };
        let success = self.span_of(Field::Success)?.map(OutcomeFrom::Success);
        let by_name = self.meaning.named.outcome.map(OutcomeFrom::Shape);
        let status = self.span_of(Field::Status)?;
        let by_status = status.map(|span| OutcomeFrom::Status(span, reason));
        Some(
            success
                .or(by_name)
                .or(by_status)
                .unwrap_or(OutcomeFrom::Shape(reason)),
        )
    }

    /// Where the value of a field will be, if it has one; `None` if there are too many.
    fn span_of(&mut self, field: Field) -> Option<Option<u8>> {
        let Some(raw) = self.meaning.raw(field) else {
            return Some(None);
        };
        let place = place_in(self.text, raw);
        let known = self.spans.iter().position(|known| *known == place);
        let span = known.unwrap_or_else(|| {
            self.spans.push(place);
            self.spans.len() - 1
        });
        (span < SPANS).then_some(Some(span as u8))
    }

    /// Cuts the line into literals and values. Returns which quote opens the event's name.
    fn segments(&self, shape: &mut Shape) -> u8 {
        let (mut from, mut name_quote) = (0, 0);
        for Noted { scalar, start, end } in self.scalars {
            let span = self.spans.iter().position(|known| known == start);
            let span = span.map_or(UNWANTED, |span| span as u8);
            let meant = self.meant.contains(start);
            let (to, follows, next) = match scalar {
                Scalar::Null => continue,
                Scalar::Bool => (*start, Follows::Bool, *end),
                Scalar::Number => (*start, Follows::Number, *end),
                Scalar::String if self.name == Some(*start) => {
                    shape.name_length = (end - start - 2) as u16;
                    let before = self.text[..*start].bytes().filter(|byte| *byte == b'"');
                    name_quote = u8::try_from(before.count()).unwrap_or(0);
                    (start + 1, Follows::Name, start + 1)
                }
                Scalar::String if meant => (start + 1, Follows::SomeText, end - 1),
                Scalar::String => (start + 1, Follows::Text, end - 1),
            };
            shape.literal(&self.text[from..to], follows, span);
            from = next;
        }
        shape.literal(&self.text[from..], Follows::Literal, UNWANTED);
        name_quote
    }
}

impl Shape {
    /// Adds a literal, in as many pieces as it takes, and what follows it.
    fn literal(&mut self, literal: &str, follows: Follows, span: u8) {
        let pieces = literal.as_bytes().chunks(PIECE);
        let last = pieces.len() - 1;
        for (index, piece) in pieces.enumerate() {
            let mut segment = Segment {
                literal: [0; PIECE],
                length: piece.len() as u8,
                quotes: piece.iter().filter(|byte| **byte == b'"').count() as u8,
                follows: if index == last {
                    follows
                } else {
                    Follows::Literal
                },
                span,
            };
            segment.literal[..piece.len()].copy_from_slice(piece);
            self.segments.push(segment);
        }
    }
}

/// Where a part of a text starts in it.
fn place_in(text: &str, part: &str) -> usize {
    part.as_ptr().addr() - text.as_ptr().addr()
}
