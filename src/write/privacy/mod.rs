//! What a line may say: everything it depends on beside its event.

mod mark;
mod subjects;

use std::fmt;

use crate::event::secret::{self, Kind, Meaning};
use crate::key::Key;
pub(crate) use mark::Mark;
pub use mark::fingerprint;
pub(crate) use subjects::Subjects;

/// A field that can be replaced by a pseudonym: a keyed hash that is the same for the same person, and that nobody without
/// the key can turn back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Personal {
    /// The user's id.
    User,
    /// The e-mail address.
    Email,
    /// The caller's IP address.
    Ip,
}

impl Personal {
    /// Every field that can be.
    pub const ALL: [Personal; 3] = [Personal::User, Personal::Email, Personal::Ip];

    /// What it is called in `METRICS_PSEUDONYMIZE`.
    pub fn name(self) -> &'static str {
        match self {
            Personal::User => "userId",
            Personal::Email => "email",
            Personal::Ip => "ip",
        }
    }

    /// The fields of a list with commas, `userId,email,ip`, in whatever case; `None` if one of them is no such field, or
    /// there is none.
    pub(crate) fn list(text: &str) -> Option<Vec<Personal>> {
        text.split(',')
            .map(str::trim)
            .map(|word| {
                Personal::ALL
                    .into_iter()
                    .find(|field| field.name().eq_ignore_ascii_case(word))
            })
            .collect()
    }
}

/// What every line of a writer depends on beside its event. The default hides nothing but secrets, and adds nothing.
#[derive(Clone, Default)]
pub(crate) struct Rules {
    key: Option<Key>,
    /// Which fields are replaced by pseudonyms, in the order of [`Personal::ALL`]; never any without a key.
    hidden: [bool; 3],
    service: Option<Service>,
}

/// A service's name, as every line has it.
#[derive(Clone)]
pub(crate) struct Service {
    /// A JSON string, its quotes included.
    pub(crate) json: Box<[u8]>,
    /// As the console shows it.
    pub(crate) shown: Box<[u8]>,
}

impl Rules {
    /// Fingerprints of tokens are made with the key from here on.
    pub(crate) fn with_key(mut self, key: Key) -> Rules {
        self.key = Some(key);
        self
    }

    /// Replaces these fields by pseudonyms made with `key`.
    pub(crate) fn with_pseudonyms(self, key: Key, fields: &[Personal]) -> Rules {
        let mut rules = self.with_key(key);
        for field in fields {
            rules.hidden[*field as usize] = true;
        }
        rules
    }

    /// Says in the metadata of every event which service it comes from. An empty name says nothing.
    pub(crate) fn with_service(mut self, name: &str) -> Rules {
        self.service = (!name.is_empty()).then(|| super::encode::service(name));
        self
    }

    /// Whether anything is replaced by pseudonyms.
    #[inline]
    pub(crate) fn hides_any(&self) -> bool {
        self.hidden != [false; 3]
    }

    /// The field of a meaning, if it is replaced by pseudonyms.
    #[inline]
    pub(crate) fn hidden(&self, meaning: Meaning) -> Option<Personal> {
        let field = match meaning {
            Meaning::User => Personal::User,
            Meaning::Email => Personal::Email,
            Meaning::Ip => Personal::Ip,
            _ => return None,
        };
        self.hides(field).then_some(field)
    }

    #[inline]
    pub(crate) fn hides(&self, field: Personal) -> bool {
        self.hidden[field as usize]
    }

    /// The pseudonym of a text; none without a key.
    pub(crate) fn pseudonym(&self, field: Personal, text: &str) -> Option<Mark> {
        let key = self.key.as_ref()?;
        Some(subjects::pseudonym(key, field, text))
    }

    pub(crate) fn key_id(&self) -> Option<&str> {
        self.key.as_ref().map(Key::id)
    }

    /// What stands for a secret that was found in a text.
    pub(crate) fn mark(&self, kind: Kind, secret: &str) -> Mark {
        mark::mark(self.key.as_ref(), kind, secret)
    }

    /// What stands for a whole value whose name says secret.
    pub(crate) fn mark_of_value(&self, kind: Kind, value: &str) -> Mark {
        // A scheme says nothing: the token has the same fingerprint with and without.
        let bare = secret::find(value, 0)
            .filter(|found| found.end == value.len() && found.kind == Kind::Token)
            .map(|found| &value[found.start..]);
        match bare {
            Some(token) => self.mark(Kind::Token, token),
            None => self.mark(kind, value),
        }
    }

    /// What stands for a token.
    pub(crate) fn fingerprint_of(&self, token: &str) -> Mark {
        self.mark(Kind::Token, token)
    }

    /// Most bytes of what the writer adds to the end of a line.
    pub(crate) fn tail(&self) -> usize {
        let service = self
            .service
            .as_ref()
            .map_or(0, |name| name.json.len().max(name.shown.len()));
        service + 96
    }

    pub(crate) fn service_json(&self) -> Option<&[u8]> {
        self.service.as_ref().map(|name| &*name.json)
    }

    pub(crate) fn service_shown(&self) -> Option<&[u8]> {
        self.service.as_ref().map(|name| &*name.shown)
    }
}

/// Shows nothing of the key.
impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = Personal::ALL
            .into_iter()
            .filter(|field| self.hidden[*field as usize])
            .map(Personal::name);
        f.debug_struct("Rules")
            .field("key", &self.key.as_ref().map(Key::id))
            .field("pseudonyms", &hidden.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
