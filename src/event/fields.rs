//! What an application says about an event: ids, and any number of further pairs.

use std::cell::Cell;
use std::fmt;

use super::secret::{self, MASK, Meaning, Scrubbed};

/// The value of one metadata pair.
#[derive(Clone, Copy, PartialEq)]
pub enum MetaValue<'a> {
    /// `true` or `false`.
    Bool(bool),
    /// Any integer that fits 64 bits, signed.
    Int(i64),
    /// Any integer that fits 64 bits, unsigned.
    Uint(u64),
    /// A floating-point number; what JSON cannot write (NaN, infinities) becomes `null`.
    Float(f64),
    /// Text.
    Text(&'a str),
    /// A token itself, which is never written: its [`fingerprint`](crate::fingerprint) is, or `[masked]` if it is so short
    /// that its fingerprint would give it away.
    Token(&'a str),
}

/// Secrets that can be recognised are masked.
impl fmt::Debug for MetaValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MetaValue::Bool(value) => f.debug_tuple("Bool").field(value).finish(),
            MetaValue::Int(value) => f.debug_tuple("Int").field(value).finish(),
            MetaValue::Uint(value) => f.debug_tuple("Uint").field(value).finish(),
            MetaValue::Float(value) => f.debug_tuple("Float").field(value).finish(),
            MetaValue::Text(text) => f.debug_tuple("Text").field(&Scrubbed(text)).finish(),
            MetaValue::Token(_) => write!(f, "Token({MASK})"),
        }
    }
}

macro_rules! meta_from {
    ($($from:ty => $variant:ident as $to:ty),* $(,)?) => {
        $(impl From<$from> for MetaValue<'_> {
            fn from(value: $from) -> Self {
                MetaValue::$variant(<$to>::from(value))
            }
        })*
    };
}

meta_from! {
    bool => Bool as bool,
    i8 => Int as i64, i16 => Int as i64, i32 => Int as i64, i64 => Int as i64,
    u8 => Uint as u64, u16 => Uint as u64, u32 => Uint as u64, u64 => Uint as u64,
    f32 => Float as f64, f64 => Float as f64,
}

impl From<usize> for MetaValue<'_> {
    fn from(value: usize) -> Self {
        MetaValue::Uint(value as u64)
    }
}

impl<'a> From<&'a str> for MetaValue<'a> {
    fn from(value: &'a str) -> Self {
        MetaValue::Text(value)
    }
}

impl<'a> From<&'a String> for MetaValue<'a> {
    fn from(value: &'a String) -> Self {
        MetaValue::Text(value)
    }
}

/// The ids and metadata of one event, borrowed until it is written. Pairs are kept in memory that a thread uses for one
/// event after the other, so that they need no allocation, and an event is small enough to be handed on by value.
///
/// ```
/// let about = authmeter::fields().user("user-123").email("user@example.com").meta("attempts", 3);
/// assert_eq!(about.metadata().count(), 1);
/// ```
#[derive(Clone, Default)]
pub struct Fields<'a> {
    user: Option<&'a str>,
    email: Option<&'a str>,
    metadata: Metadata<'a>,
}

type Pair<'a> = (&'a str, MetaValue<'a>);

/// Pairs of metadata.
#[derive(Clone, Default)]
struct Metadata<'a>(Vec<Pair<'a>>);

thread_local! {
    /// Room for the pairs of the next event.
    static SPARE: Cell<Vec<Pair<'static>>> = const { Cell::new(Vec::new()) };
}

/// Most pairs a thread keeps room for.
const KEPT: usize = 64;

impl<'a> Metadata<'a> {
    #[inline]
    fn push(&mut self, pair: Pair<'a>) {
        if self.0.capacity() == 0 {
            // A thread that is ending may have lost it already.
            self.0 = SPARE.try_with(Cell::take).unwrap_or_default();
        }
        self.0.push(pair);
    }
}

/// Leaves its room to the next event.
impl Drop for Metadata<'_> {
    #[inline]
    fn drop(&mut self) {
        if (1..=KEPT).contains(&self.0.capacity()) {
            let mut pairs = std::mem::take(&mut self.0);
            pairs.clear();
            // The standard library collects in place: the same room, for pairs that live as long as they like.
            let room: Vec<Pair<'static>> = pairs.into_iter().map(|_| ("", 0.into())).collect();
            let _ = SPARE.try_with(|spare| spare.set(room));
        }
    }
}

/// Nothing said yet: the start of a chain.
#[inline]
pub fn fields<'a>() -> Fields<'a> {
    Fields::default()
}

impl<'a> Fields<'a> {
    /// The user's id; written as `userId`.
    #[inline]
    #[must_use]
    pub fn user(mut self, id: &'a str) -> Self {
        self.user = Some(id);
        self
    }

    /// The user's e-mail address; written as `email`.
    #[inline]
    #[must_use]
    pub fn email(mut self, address: &'a str) -> Self {
        self.email = Some(address);
        self
    }

    /// One pair of `metadata`. A key that is set again keeps its place and takes the new value.
    #[inline]
    #[must_use]
    pub fn meta(mut self, key: &'a str, value: impl Into<MetaValue<'a>>) -> Self {
        self.add(key, value.into());
        self
    }

    /// The same in place: where pairs come one by one, moving all of them for each takes longer than the rest.
    #[inline]
    pub(crate) fn add(&mut self, key: &'a str, value: MetaValue<'a>) {
        let mut known = self.metadata.0.iter_mut();
        match known.find(|(known, _)| *known == key) {
            Some(pair) => pair.1 = value,
            None => self.metadata.push((key, value)),
        }
    }

    /// Pairs whose keys differ, without looking for that: a test of many would take long.
    #[cfg(test)]
    pub(crate) fn of_pairs(pairs: impl Iterator<Item = (&'a str, MetaValue<'a>)>) -> Fields<'a> {
        Fields {
            metadata: Metadata(pairs.collect()),
            ..Fields::default()
        }
    }

    /// The token the event is about, itself: its fingerprint is written as `tokenId`, never the token. One token has one
    /// fingerprint in all events of a writer, and so its events are found together.
    #[inline]
    #[must_use]
    pub fn token(self, token: &'a str) -> Self {
        self.meta("tokenId", MetaValue::Token(token))
    }

    /// The user's id, if one was given and is not empty.
    pub fn user_id(&self) -> Option<&'a str> {
        self.user.filter(|id| !id.is_empty())
    }

    /// The e-mail address, if one was given and is not empty.
    pub fn email_address(&self) -> Option<&'a str> {
        self.email.filter(|address| !address.is_empty())
    }

    /// The metadata pairs in the order they were given.
    pub fn metadata(&self) -> impl ExactSizeIterator<Item = (&'a str, MetaValue<'a>)> + '_ {
        self.metadata.0.iter().copied()
    }
}

/// Secrets that can be recognised are masked.
impl fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fields")
            .field("user", &self.user.map(Scrubbed))
            .field("email", &self.email.map(Scrubbed))
            .field("metadata", &Pairs(self))
            .finish()
    }
}

/// Metadata, as `Debug` shows it.
struct Pairs<'a, 'f>(&'a Fields<'f>);

impl fmt::Debug for Pairs<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (key, value) in self.0.metadata() {
            map.key(&Scrubbed(key));
            match (secret::meaning(key), value) {
                (Meaning::Secret(_), _) | (Meaning::SecretText(_), MetaValue::Text(_)) => {
                    map.value(&format_args!("{MASK}"));
                }
                (_, value) => {
                    map.value(&value);
                }
            }
        }
        map.finish()
    }
}
