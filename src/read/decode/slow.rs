//! The decoder everything else must agree with: serde_json checks the grammar, the alias table gives the meaning.
//!
//! An object is walked once. Values of keys the table knows are kept as the text they were written in, so that numbers
//! lose nothing; then each field takes the best of the values found for it. A key that comes twice takes its last
//! value, as in jq, and so does a container.

use std::fmt;

use bumpalo::Bump;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use smallvec::SmallVec;

use super::alias::{self, Alias, Key};
use super::{Decoding, MAX_DEPTH, Reason};
use crate::event::{Event, Family, Field, FieldSet, Kind, Outcome, Timestamp};

/// Fields every event is read for: they decide its kind, its outcome, its time and its subject.
const ALWAYS: FieldSet = FieldSet::of(&[
    Field::Event,
    Field::Timestamp,
    Field::Success,
    Field::Reason,
    Field::Status,
    Field::User,
    Field::Email,
    Field::TokenId,
    Field::Endpoint,
]);

/// Decodes one line of text as an event.
pub(super) fn decode<'a>(text: &'a str, with: &Decoding<'a>) -> Result<Event<'a>, Reason> {
    let trimmed = text.trim_start_matches([' ', '\t', '\r', '\n']);
    if !trimmed.starts_with('{') {
        return Err(refuse_other_json(trimmed));
    }
    let wanted = ALWAYS.union(with.fields);
    let mut values = Values::new(wanted, true);
    let mut walked = walk(text, TOP_LEVEL, &mut values);
    if walked.is_err() {
        values = Values::new(wanted, false);
        walked = walk(text, TOP_LEVEL, &mut values);
    }
    match walked {
        Ok(()) => Ok(values.into_event(with)),
        // The grammar is right, and nothing else is asked of the data.
        Err(error) if error.is_data() => Err(Reason::TooDeep),
        Err(error) => Err(Reason::Json(error)),
    }
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

/// Where a value was found: the top level, or a container.
type Place = u8;
const TOP_LEVEL: Place = 0;

/// One value of a known name, as written.
#[derive(Clone, Copy)]
struct Found<'a> {
    place: Place,
    alias: Alias,
    raw: &'a str,
}

impl Found<'_> {
    /// The smaller, the stronger: the place first, then the name.
    fn rank(&self) -> u8 {
        self.place << 4 | self.alias.rank
    }
}

struct Values<'a> {
    wanted: FieldSet,
    /// Containers are objects, so far as this attempt assumes: then they need not be scanned twice. One that is not
    /// fails the attempt.
    objects: bool,
    found: SmallVec<[Found<'a>; 12]>,
    /// Alias ids found so far, by place.
    seen: [u64; 4],
}

fn walk<'a>(text: &'a str, place: Place, values: &mut Values<'a>) -> Result<(), serde_json::Error> {
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
            let container = match key {
                Some(Key::Container(index)) if place == TOP_LEVEL => Some(index + 1),
                _ => None,
            };
            if let Some(container) = container {
                values.forget(container);
                if values.objects {
                    map.next_value_seed(Object {
                        place: container,
                        values: &mut *values,
                    })?;
                    continue;
                }
            }
            let raw = map.next_value::<&'a RawValue>()?.get();
            // Text shorter than the limit cannot nest deeper than it.
            if raw.len() > below && depth_exceeds(raw, below) {
                return Err(M::Error::custom(Reason::TooDeep));
            }
            match (key, container) {
                (_, Some(container)) if raw.starts_with('{') => {
                    walk(raw, container, values).map_err(M::Error::custom)?;
                }
                (Some(Key::Field(alias)), _) => values.insert(place, alias, raw),
                _ => {}
            }
        }
        Ok(())
    }
}

impl<'a> DeserializeSeed<'a> for Object<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
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

impl<'a> Values<'a> {
    fn new(wanted: FieldSet, objects: bool) -> Values<'a> {
        Values {
            wanted,
            objects,
            found: SmallVec::new(),
            seen: [0; 4],
        }
    }

    fn insert(&mut self, place: Place, alias: Alias, raw: &'a str) {
        let login_method = alias.is_method() && self.wanted.contains(Field::Method);
        if !(self.wanted.contains(alias.field) || login_method)
            || (place != TOP_LEVEL && !alias.nested)
        {
            return;
        }
        let seen = &mut self.seen[usize::from(place)];
        if *seen & (1 << alias.id) != 0 {
            self.found
                .retain(|found| found.place != place || found.alias.id != alias.id);
        }
        self.seen[usize::from(place)] |= 1 << alias.id;
        self.found.push(Found { place, alias, raw });
    }

    /// Drops what a place has given so far: of containers that come twice, the last counts, whatever it is.
    fn forget(&mut self, place: Place) {
        if self.seen[usize::from(place)] != 0 {
            self.seen[usize::from(place)] = 0;
            self.found.retain(|found| found.place != place);
        }
    }

    /// The best value for each field, and what they say together.
    fn into_event(self, with: &Decoding<'a>) -> Event<'a> {
        let name = self.best(Field::Event, with);
        let named = match name {
            Some(name) => Kind::of_name(name),
            None if self.best(Field::TokenId, with).is_some()
                && self.best(Field::Endpoint, with).is_some() =>
            {
                Kind::of_name(Kind::ApiTokenUsed.name())
            }
            None => Kind::of_name(""),
        };
        let mut event = Event::new(named.kind);
        let mut best = [u8::MAX; Field::COUNT];
        for found in &self.found {
            let Found { alias, raw, .. } = *found;
            let field = match alias.is_method() && named.kind.family() != Family::Use {
                true => Field::Method,
                false => alias.field,
            };
            if found.rank() < best[field as usize]
                && let Some(text) = text_of(raw, field, with)
            {
                best[field as usize] = found.rank();
                event.set(field, Some(text));
            }
        }
        if event.get(Field::GrantType).is_none() {
            event.set(Field::GrantType, named.grant);
        }
        event.time = event.get(Field::Timestamp).and_then(Timestamp::parse);
        event.outcome = outcome(&event, named.outcome);
        event.subject = event.get(Field::User).or_else(|| {
            event
                .get(Field::Email)
                .map(|email| lower(email, with.arena))
        });
        event
    }

    /// The best value for one field.
    fn best(&self, field: Field, with: &Decoding<'a>) -> Option<&'a str> {
        let (mut best, mut best_rank) = (None, u8::MAX);
        for found in self.found.iter().filter(|found| found.alias.field == field) {
            if found.rank() < best_rank
                && let Some(text) = text_of(found.raw, field, with)
            {
                (best, best_rank) = (Some(text), found.rank());
            }
        }
        best
    }
}

/// The first that applies: what the event says, what its name says, its HTTP status, whether it gives a reason.
fn outcome(event: &Event<'_>, by_name: Option<Outcome>) -> Outcome {
    let of = |success| {
        if success {
            Outcome::Success
        } else {
            Outcome::Failure
        }
    };
    let said = event
        .get(Field::Success)
        .map(|success| of(success == "true"));
    let by_status = || {
        event
            .get(Field::Status)?
            .parse::<u16>()
            .ok()
            .map(|status| of(status < 400))
    };
    let by_reason = || event.get(Field::Reason).map(|_| Outcome::Failure);
    said.or(by_name)
        .or_else(by_status)
        .or_else(by_reason)
        .unwrap_or(Outcome::Unknown)
}

/// The text a field takes from a value as written, or `None` where the value counts as absent: `null`, `""`, and
/// values of a type the field cannot have.
///
/// Numbers are their text as written. A reason that is an object or an array is its JSON text: something went wrong,
/// and that is all the log says of it.
fn text_of<'a>(raw: &'a str, field: Field, with: &Decoding<'a>) -> Option<&'a str> {
    if field == Field::Success {
        return matches!(raw, "true" | "false").then_some(raw);
    }
    match raw.as_bytes()[0] {
        b'"' => {
            let inner = &raw[1..raw.len() - 1];
            let text = if !with.escapes || memchr::memchr(b'\\', inner.as_bytes()).is_none() {
                inner
            } else {
                unescape(raw, with.arena)?
            };
            (!text.is_empty()).then_some(text)
        }
        b'-' | b'0'..=b'9' => Some(raw),
        b'[' if field == Field::Scopes => {
            let scopes = serde_json::from_str::<Vec<String>>(raw).ok()?;
            Some(with.arena.alloc_str(&scopes.join(" "))).map(|text| &*text)
        }
        b'[' | b'{' if field == Field::Reason => Some(raw),
        _ => None,
    }
}

#[cold]
fn unescape<'a>(raw: &str, arena: &'a Bump) -> Option<&'a str> {
    let text = serde_json::from_str::<String>(raw).ok()?;
    Some(arena.alloc_str(&text))
}

fn lower<'a>(text: &'a str, arena: &'a Bump) -> &'a str {
    if text
        .bytes()
        .all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
    {
        return text;
    }
    arena.alloc_str(&text.to_lowercase())
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
