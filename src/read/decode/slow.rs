//! The walker everything else must agree with: serde_json checks the grammar, and every legal line passes.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::alias::{self, Key};
use super::values::{Place, TOP_LEVEL, Values};
use super::{MAX_DEPTH, Reason};

/// Finds the values of one line.
pub(super) fn walk<'a>(text: &'a str, values: &mut Values<'a>) -> Result<(), Reason> {
    let trimmed = text.trim_start_matches([' ', '\t', '\r', '\n']);
    if !trimmed.starts_with('{') {
        return Err(refuse_other_json(trimmed));
    }
    // Any object has the right type, so an error of the data is the one raised here.
    walk_object(text, TOP_LEVEL, values).map_err(|error| match error.is_data() {
        true => Reason::TooDeep,
        false => Reason::Json(error),
    })
}

#[cold]
fn refuse_other_json(text: &str) -> Reason {
    if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
        return Reason::Json(error);
    }
    if depth_exceeds(text, MAX_DEPTH) {
        return Reason::TooDeep;
    }
    Reason::NotAnObject(match text.as_bytes().first() {
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b'n') => "null",
        Some(b't' | b'f') => "a boolean",
        _ => "a number",
    })
}

fn walk_object<'a>(
    text: &'a str,
    place: Place,
    values: &mut Values<'a>,
) -> Result<(), serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(text);
    json.deserialize_map(Object { place, values })?;
    json.end()
}

struct Object<'v, 'a> {
    place: Place,
    values: &'v mut Values<'a>,
}

impl<'a> Visitor<'a> for Object<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut map: M) -> Result<(), M::Error> {
        let Object { place, values } = self;
        let below = MAX_DEPTH - if place == TOP_LEVEL { 1 } else { 2 };
        while let Some(key) = map.next_key_seed(KeyName)? {
            let raw = map.next_value::<&'a RawValue>()?.get();
            // Text shorter than the limit cannot nest deeper than it.
            if raw.len() > below && depth_exceeds(raw, below) {
                return Err(M::Error::custom(Reason::TooDeep));
            }
            match key {
                Some(Key::Field(alias)) => {
                    let plain = !raw.starts_with('"') || !raw.contains('\\');
                    values.insert(place, alias, raw, plain);
                }
                Some(Key::Container(index)) if place == TOP_LEVEL => {
                    values.forget(index + 1);
                    if raw.starts_with('{') {
                        walk_object(raw, index + 1, values).map_err(M::Error::custom)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

struct KeyName;

impl<'a> DeserializeSeed<'a> for KeyName {
    type Value = Option<Key>;

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<Option<Key>, D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for KeyName {
    type Value = Option<Key>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Option<Key>, E> {
        Ok(alias::lookup(key))
    }
}

/// Whether valid JSON nests deeper than `limit` levels of arrays and objects.
fn depth_exceeds(json: &str, limit: usize) -> bool {
    if !json.starts_with(['[', '{']) {
        return false;
    }
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                if depth > limit {
                    return true;
                }
            }
            b']' | b'}' if !in_string => depth -= 1,
            _ => {}
        }
    }
    false
}
