//! What an event or a span says, kept beyond the call that says it.
//!
//! Text lies in one buffer, so that a thread that reuses its own writes events without allocating.

use std::fmt::{self, Write as _};
use std::ops::Range;

use tracing_core::field::{Field, Visit};

use super::place::Place;
use crate::event::MetaValue;

/// Places and their values, each place once.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    text: String,
    pairs: Vec<(Place, Value)>,
}

#[derive(Clone, Debug)]
enum Value {
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    /// A part of the buffer.
    Text(Range<usize>),
}

/// A buffer that grew beyond this many bytes is not kept.
const KEEP: usize = 64 << 10;

impl Pairs {
    /// Forgets everything but the room it took, if that is not too much.
    pub(super) fn clear(&mut self) {
        self.pairs.clear();
        self.text.clear();
        self.text.shrink_to(KEEP);
        self.pairs.shrink_to(KEEP / size_of::<(Place, Value)>());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The value at `place`; empty text is none.
    pub(super) fn get(&self, place: Place) -> Option<MetaValue<'_>> {
        let value = self.find(place)?;
        Some(self.shown(value)).filter(|value| *value != MetaValue::Text(""))
    }

    /// The text at a place that only has text.
    pub(super) fn text(&self, place: Place) -> Option<&str> {
        match self.get(place)? {
            MetaValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The metadata pairs in the order they were said.
    pub(super) fn metadata(&self) -> impl Iterator<Item = (&'static str, MetaValue<'_>)> {
        self.pairs.iter().filter_map(|(place, value)| match place {
            Place::Meta(key) => Some((*key, self.shown(value))),
            _ => None,
        })
    }

    /// Takes from `other` what is not here yet, of the places that `wanted` says.
    pub(super) fn inherit(&mut self, other: &Pairs, wanted: fn(Place) -> bool) {
        for (place, value) in &other.pairs {
            if wanted(*place) && self.find(*place).is_none() {
                let value = match value {
                    Value::Text(range) => {
                        self.keep(|text| text.push_str(&other.text[range.clone()]))
                    }
                    scalar => scalar.clone(),
                };
                self.pairs.push((*place, value));
            }
        }
    }

    /// Says the text that `write` appends.
    pub(super) fn say(&mut self, place: Place, write: impl FnOnce(&mut String)) {
        let value = self.keep(write);
        self.set(place, value);
    }

    /// Says a text.
    pub(super) fn say_text(&mut self, place: Place, text: fmt::Arguments<'_>) {
        let value = self.keep_text(text);
        self.set(place, value);
    }

    /// Takes what an event or a span records, of the places that `wanted` says. A value said twice is the last one.
    pub(super) fn recorder(&mut self, wanted: fn(Place) -> bool) -> Recorder<'_> {
        Recorder {
            pairs: self,
            wanted,
        }
    }

    fn find(&self, place: Place) -> Option<&Value> {
        let pair = self.pairs.iter().find(|(known, _)| *known == place)?;
        Some(&pair.1)
    }

    fn set(&mut self, place: Place, value: Value) {
        match self.pairs.iter_mut().find(|(known, _)| *known == place) {
            Some(pair) => pair.1 = value,
            None => self.pairs.push((place, value)),
        }
    }

    fn keep(&mut self, write: impl FnOnce(&mut String)) -> Value {
        let start = self.text.len();
        write(&mut self.text);
        Value::Text(start..self.text.len())
    }

    fn keep_text(&mut self, text: fmt::Arguments<'_>) -> Value {
        self.keep(|buffer| {
            // Writing to a `String` cannot fail; a value that cannot say what it is leaves what it said so far.
            let _ = buffer.write_fmt(text);
        })
    }

    fn shown(&self, value: &Value) -> MetaValue<'_> {
        match value {
            Value::Bool(value) => MetaValue::Bool(*value),
            Value::Int(value) => MetaValue::Int(*value),
            Value::Uint(value) => MetaValue::Uint(*value),
            Value::Float(value) => MetaValue::Float(*value),
            Value::Text(range) => MetaValue::Text(&self.text[range.clone()]),
        }
    }
}

/// Takes fields as tracing shows them.
pub(super) struct Recorder<'a> {
    pairs: &'a mut Pairs,
    wanted: fn(Place) -> bool,
}

impl Recorder<'_> {
    /// Where the field goes, if it is wanted.
    fn place(&self, field: &Field) -> Option<Place> {
        Some(Place::of(field.name())).filter(|place| (self.wanted)(*place))
    }

    fn scalar(&mut self, field: &Field, value: Value, text: impl fmt::Display) {
        match self.place(field) {
            Some(place) if place.is_text() => self.display(place, format_args!("{text}")),
            // `success` is a truth or nothing of ours.
            Some(Place::Success) if !matches!(value, Value::Bool(_)) => {
                self.pairs.set(Place::Meta("success"), value);
            }
            Some(place) => self.pairs.set(place, value),
            None => {}
        }
    }

    fn display(&mut self, place: Place, text: fmt::Arguments<'_>) {
        let value = self.pairs.keep_text(text);
        self.text(place, value);
    }

    fn text(&mut self, place: Place, value: Value) {
        let (place, value) = match (place, self.pairs.shown(&value)) {
            (Place::Success, MetaValue::Text("true")) => (place, Value::Bool(true)),
            (Place::Success, MetaValue::Text("false")) => (place, Value::Bool(false)),
            (Place::Success, _) => (Place::Meta("success"), value),
            _ => (place, value),
        };
        self.pairs.set(place, value);
    }
}

impl Visit for Recorder<'_> {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.scalar(field, Value::Bool(value), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.scalar(field, Value::Int(value), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.scalar(field, Value::Uint(value), value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.scalar(field, Value::Float(value), value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if let Some(place) = self.place(field) {
            let kept = self.pairs.keep(|text| text.push_str(value));
            self.text(place, kept);
        }
    }

    /// Everything else: `%` and `?` values, the message, errors, bytes and 128-bit integers.
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if let Some(place) = self.place(field) {
            self.display(place, format_args!("{value:?}"));
        }
    }
}
