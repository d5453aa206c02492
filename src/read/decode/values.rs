//! What a line's values mean together: each field takes the best of the values found for it.
//!
//! Values are kept as the text they were written in, so that numbers lose nothing. A key that comes twice takes its last
//! value, as in jq, and so does a container.

use bumpalo::Bump;
use smallvec::SmallVec;

use super::Decoding;
use super::alias::Alias;
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

/// Where a value was found: the top level, or a container.
pub(super) type Place = u8;
pub(super) const TOP_LEVEL: Place = 0;

/// One value of a known name, as written.
#[derive(Clone, Copy)]
#[cfg_attr(test, derive(Debug, PartialEq))]
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

/// Values of known names, as one line has them.
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(super) struct Values<'a> {
    wanted: FieldSet,
    found: SmallVec<[Found<'a>; 12]>,
    /// Alias ids found so far, by place.
    seen: [u64; 4],
}

impl<'a> Values<'a> {
    /// No values yet.
    pub(super) fn new(with: &Decoding<'a>) -> Values<'a> {
        Values {
            wanted: ALWAYS.union(with.fields),
            found: SmallVec::new(),
            seen: [0; 4],
        }
    }

    /// Takes a value, if anybody wants it. A name that comes twice in one place takes its last value.
    pub(super) fn insert(&mut self, place: Place, alias: Alias, raw: &'a str) {
        let login_method = alias.is_method() && self.wanted.contains(Field::Method);
        if !(self.wanted.contains(alias.field) || login_method)
            || (place != TOP_LEVEL && !alias.nested)
        {
            return;
        }
        let (seen, name) = (&mut self.seen[usize::from(place)], 1 << alias.id);
        if *seen & name != 0 {
            self.found
                .retain(|found| found.place != place || found.alias.id != alias.id);
        }
        *seen |= name;
        self.found.push(Found { place, alias, raw });
    }

    /// Drops what a place has given so far: of containers that come twice, the last counts, whatever it is.
    pub(super) fn forget(&mut self, place: Place) {
        if self.seen[usize::from(place)] != 0 {
            self.seen[usize::from(place)] = 0;
            self.found.retain(|found| found.place != place);
        }
    }

    /// The best value for each field, and what they say together.
    pub(super) fn into_event(self, with: &Decoding<'a>) -> Event<'a> {
        let name = self.best(Field::Event, with);
        let named = match name {
            Some(name) => Kind::of_name(name),
            None if self.is_usage_row(with) => Kind::of_name(Kind::ApiTokenUsed.name()),
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
        let subject = event.get(Field::User).or_else(|| {
            event
                .get(Field::Email)
                .map(|email| lower(email, with.arena))
        });
        event.set(Field::Subject, subject);
        event
    }

    /// Whether this is a row of an API-usage table, which has no event name: `tokenId` or `token_id`, and `endpoint`,
    /// at the top level. The weaker names of either are not enough: too much else has a `path`.
    fn is_usage_row(&self, with: &Decoding<'a>) -> bool {
        let has = |field, names| {
            self.found.iter().any(|found| {
                let named = found.alias.field == field && found.alias.rank < names;
                named && found.place == TOP_LEVEL && text_of(found.raw, field, with).is_some()
            })
        };
        has(Field::TokenId, 2) && has(Field::Endpoint, 1)
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
