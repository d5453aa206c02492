//! What a line's values mean together: each field takes the best of the values found for it.
//!
//! Values are kept as the text they were written in, so that numbers lose nothing. A key that comes twice takes its last
//! value, as in jq, and so does a container.

use bumpalo::Bump;
use smallvec::SmallVec;

use super::Decoding;
use super::address::address;
use super::alias::Alias;
use super::clock::time_of;
use super::escape::unescape;
use crate::event::{Event, Family, Field, FieldSet, Kind, Named, Outcome};

/// Fields every line is searched for: they decide an event's kind, its outcome and its time.
const ALWAYS: FieldSet = FieldSet::of(&[
    Field::Event,
    Field::Timestamp,
    Field::Success,
    Field::Reason,
    Field::Status,
    Field::TokenId,
    Field::Endpoint,
]);

/// What a line is searched for when these fields are asked for.
fn sought(fields: FieldSet) -> FieldSet {
    let mut sought = ALWAYS.union(fields);
    if fields.contains(Field::Subject) {
        sought = sought.with(Field::User).with(Field::Email);
    }
    if fields.contains(Field::Domain) {
        sought = sought.with(Field::Email);
    }
    sought
}

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
    /// Whether it is free of escapes.
    plain: bool,
}

impl<'a> Found<'a> {
    /// The smaller, the stronger: the place first, then the name.
    fn rank(&self) -> u8 {
        self.place << 4 | self.alias.rank
    }

    /// Whether the value counts: `null`, `""`, and values of a type the field cannot have count as absent.
    fn has_text(&self) -> bool {
        match (self.alias.field, self.raw.as_bytes()[0]) {
            (Field::Success, first) => matches!(first, b't' | b'f'),
            (_, b'"') => self.raw.len() > 2,
            (_, b'-' | b'0'..=b'9') => true,
            (Field::Scopes, b'[') => serde_json::from_str::<Vec<String>>(self.raw).is_ok(),
            (Field::Reason, b'[' | b'{') => true,
            _ => false,
        }
    }

    /// The text of a value that counts.
    ///
    /// Numbers are their text as written. A reason that is an object or an array is its JSON text: something went wrong,
    /// and that is all the log says of it.
    fn text(&self, with: &Decoding<'a>) -> Option<&'a str> {
        match self.raw.as_bytes()[0] {
            b'"' if self.plain => self.raw.get(1..self.raw.len() - 1),
            b'"' => unescape(self.raw, with.arena),
            b'[' if self.alias.field == Field::Scopes => {
                let scopes = serde_json::from_str::<Vec<String>>(self.raw).ok()?;
                Some(with.arena.alloc_str(&scopes.join(" ")))
            }
            _ => Some(self.raw),
        }
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
            wanted: sought(with.wanted.of_any()),
            found: SmallVec::new(),
            seen: [0; 4],
        }
    }

    /// Takes a value, if anybody wants it. A name that comes twice in one place takes its last value.
    pub(super) fn insert(&mut self, place: Place, alias: Alias, raw: &'a str, plain: bool) {
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
        self.found.push(Found {
            place,
            alias,
            raw,
            plain,
        });
    }

    /// Drops what a place has given so far: of containers that come twice, the last counts, whatever it is.
    pub(super) fn forget(&mut self, place: Place) {
        if self.seen[usize::from(place)] != 0 {
            self.seen[usize::from(place)] = 0;
            self.found.retain(|found| found.place != place);
        }
    }

    /// The best value for each field, and what they say together.
    pub(super) fn meaning(&self, with: &Decoding<'a>) -> Meaning<'_, 'a> {
        let name = self.best(Field::Event).and_then(|name| name.text(with));
        let named = match name {
            Some(name) => Kind::of_name(name),
            None if self.is_usage_row() => Kind::of_name(Kind::ApiTokenUsed.name()),
            None => Kind::of_name(""),
        };
        let mut best: [Option<&Found<'a>>; Field::COUNT] = [None; Field::COUNT];
        for found in &self.found {
            let field = match found.alias.is_method() && named.kind.family() != Family::Use {
                true => Field::Method,
                false => found.alias.field,
            };
            let best = &mut best[field as usize];
            if best.is_none_or(|best| found.rank() < best.rank()) && found.has_text() {
                *best = Some(found);
            }
        }
        Meaning { named, best }
    }

    /// The values as they are written, whatever became of them.
    pub(super) fn raw(&self) -> impl Iterator<Item = &'a str> {
        self.found.iter().map(|found| found.raw)
    }

    /// Whether this is a row of an API-usage table, which has no event name: `tokenId` or `token_id`, and `endpoint`,
    /// at the top level. The weaker names of either are not enough: too much else has a `path`.
    fn is_usage_row(&self) -> bool {
        let has = |field, names| {
            self.found.iter().any(|found| {
                let named = found.alias.field == field && found.alias.rank < names;
                named && found.place == TOP_LEVEL && found.has_text()
            })
        };
        has(Field::TokenId, 2) && has(Field::Endpoint, 1)
    }

    /// The best value for one field.
    fn best(&self, field: Field) -> Option<&Found<'a>> {
        let found = self.found.iter().filter(|found| found.alias.field == field);
        found
            .filter(|found| found.has_text())
            .min_by_key(|found| found.rank())
    }
}

/// What a line says: the kind of event, and for each field the value that counts.
pub(in crate::read) struct Meaning<'v, 'a> {
    /// What its name says.
    pub(in crate::read) named: Named<'a>,
    best: [Option<&'v Found<'a>>; Field::COUNT],
}

impl<'a> Meaning<'_, 'a> {
    /// The text of a field.
    fn text(&self, field: Field, with: &Decoding<'a>) -> Option<&'a str> {
        self.best[field as usize]?.text(with)
    }

    /// The value a field takes its text from, as it is written.
    pub(super) fn raw(&self, field: Field) -> Option<&'a str> {
        Some(self.best[field as usize]?.raw)
    }

    /// Makes the event, with the fields that are asked for.
    pub(in crate::read) fn fill(&self, event: &mut Event<'a>, with: &Decoding<'a>) {
        let wanted = with.wanted.of(self.named.kind);
        event.renew(self.named.kind);
        for field in wanted.iter() {
            if let Some(found) = self.best[field as usize] {
                event.set(field, found.text(with));
            }
        }
        if let Some(ip) = event.get(Field::Ip) {
            event.set(Field::Ip, Some(address(ip, with.arena)));
        }
        if wanted.contains(Field::Domain) {
            let domain = domain_of(self.text(Field::Email, with).unwrap_or_default());
            event.set(Field::Domain, Some(lower(domain, with.arena)));
        }
        if wanted.contains(Field::GrantType) && self.best[Field::GrantType as usize].is_none() {
            event.set(Field::GrantType, self.named.grant);
        }
        if wanted.contains(Field::Subject) {
            let email = || Some(lower(self.text(Field::Email, with)?, with.arena));
            event.set(Field::Subject, self.text(Field::User, with).or_else(email));
        }
        let time = self.text(Field::Timestamp, with);
        event.time = time.and_then(|text| time_of(text, with.assume));
        event.outcome = self.outcome(with);
    }

    /// The first that applies: what the event says, what its name says, its HTTP status, whether it gives a reason.
    fn outcome(&self, with: &Decoding<'a>) -> Outcome {
        let said = self.raw(Field::Success).map(outcome_said);
        let by_status = || outcome_of_status(self.text(Field::Status, with)?);
        said.or(self.named.outcome)
            .or_else(by_status)
            .or_else(|| self.raw(Field::Reason).map(|_| Outcome::Failure))
            .unwrap_or(Outcome::Unknown)
    }
}

/// The outcome a success of `true` or `false` means.
pub(super) fn outcome_said(success: &str) -> Outcome {
    match success {
        "true" => Outcome::Success,
        _ => Outcome::Failure,
    }
}

/// The outcome an HTTP status means, if it is one.
pub(super) fn outcome_of_status(status: &str) -> Option<Outcome> {
    let status = status.parse::<u16>().ok()?;
    Some(match status < 400 {
        true => Outcome::Success,
        false => Outcome::Failure,
    })
}

/// An e-mail address as subjects are compared.
pub(super) fn lower<'a>(text: &'a str, arena: &'a Bump) -> &'a str {
    match is_lower(text.as_bytes()) {
        true => text,
        false => arena.alloc_str(&text.to_lowercase()),
    }
}

/// The domain of an e-mail address; empty where there is none.
pub(super) fn domain_of(email: &str) -> &str {
    email.rsplit_once('@').map_or("", |(_, domain)| domain)
}

/// Whether there is neither a capital letter nor anything beyond ASCII, eight bytes at a time.
fn is_lower(text: &[u8]) -> bool {
    const ONES: u64 = u64::MAX / 0xFF;
    const TOPS: u64 = ONES * 0x80;
    let others = |word: [u8; 8]| {
        let word = u64::from_le_bytes(word);
        let low = word & !TOPS;
        // From `A` on and beyond `Z`, the sums reach the top bit.
        let capitals = (low + ONES * (0x80 - b'A' as u64)) & !(low + ONES * (0x7F - b'Z' as u64));
        (word | capitals) & TOPS
    };
    let (words, rest) = text.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    words
        .iter()
        .fold(others(last), |found, word| found | others(*word))
        == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_at_every_place_is_lower_or_not() {
        for place in 0..19 {
            for byte in 0..=255_u8 {
                let mut text = [b'a'; 19];
                text[place] = byte;
                let expected = byte.is_ascii() && !byte.is_ascii_uppercase();
                assert_eq!(is_lower(&text), expected, "{byte} at {place}");
            }
        }
    }
}
