//! What the name of a value says about the value: whether it is a secret, and whom it tells of.
//!
//! A name is taken apart into words, whatever its style (`otpCode`, `OTP_CODE`, `x-otp-code`, `otpcode`), and the words
//! decide, as they do for a reader of English:
//!
//! * A word of a secret makes it a secret: `refreshToken`, `user_password`, `set-cookie`.
//! * A last word that says something *about* the secret makes it harmless again: `tokenType`, `passwordChangedAt`,
//!   `otp_attempts`.
//! * `code` is a secret unless the word before says which harmless one: `statusCode`, `country_code`. `key` is harmless
//!   unless the word before says otherwise: `apiKey`.
//! * A question or an amount (`hasPassword`, `maxTokens`, `tokens`) is a secret only where its value is text.
//!
//! Names the product knows itself are not taken apart: they are looked up.

use std::cell::Cell;

use super::words::{self, Roles, STEMS, WORDS};

/// How a secret is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Not at all: it may be short enough to be guessed from a hash.
    Masked,
    /// By its fingerprint, if its text is long and random enough.
    Token,
}

/// What a name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// A value like any other.
    Plain,
    /// A term out of a short list, such as a method: nobody's id.
    Term,
    /// The id of something.
    Id,
    /// A user's id.
    User,
    /// An e-mail address.
    Email,
    /// An IP address.
    Ip,
    /// A name that the writer uses for something of its own.
    Own,
    /// A secret.
    Secret(Kind),
    /// A secret if it is text; a number or a boolean is about one.
    SecretText(Kind),
}

/// Names of the product: those of its own setters, and all that logs call the same fields.
#[rustfmt::skip]
const KNOWN: &[(Meaning, &[&str])] = &[
    (Meaning::User, &["userId", "user_id", "actor_id", "sub"]),
    (Meaning::Email, &["email", "actor_name"]),
    (Meaning::Ip, &["ip", "ipAddress", "ip_address", "remote_ip"]),
    (Meaning::Own, &["keyId", "service", "truncated"]),
    (Meaning::Id, &[
        "clientId", "client_id", "oauth_client_id", "tenantId", "tenant_id", "tokenId", "token_id", "jti", "familyId",
        "family_id", "tokenFamily", "sessionId", "session_id", "sid", "requestId", "traceId", "spanId",
    ]),
    (Meaning::Term, &[
        "severity", "level", "grantType", "grant_type", "scopes", "scope", "tokenType", "token_type", "method", "httpMethod",
        "http_method", "action", "event", "event_type", "type", "kind",
    ]),
    (Meaning::Plain, &[
        "success", "error", "reason", "failure_reason", "userAgent", "user_agent", "expiresIn", "expires_in", "source",
        "attempts", "endpoint", "path", "status", "responseStatus", "response_status",
        "durationMs", "processingTime", "processing_time", "emailDomain", "statusCode", "errorCode", "countryCode",
        "codeChallengeMethod", "code_challenge_method", "tokensIssued", "timestamp", "metadata", "details", "event_data", "time",
        "ts", "created_at", "dropped", "from", "to", "device", "country", "city", "provider", "name", "count",
    ]),
];

/// A name of the product; nothing if it is none.
#[inline]
pub(crate) fn known(name: &str) -> Option<&'static Name> {
    static TABLE: Table = Table::new();
    TABLE.get(name.as_bytes())
}

/// What any name means. Text of more than [`LONGEST`] bytes is no name, and so nothing tells that its value is harmless.
pub(crate) fn meaning(name: &str) -> Meaning {
    match known(name) {
        Some(name) => name.meaning,
        None if name.len() > LONGEST => Meaning::Secret(Kind::Masked),
        None => judge(name.as_bytes()),
    }
}

/// The same, for a name that is none of the product's. Applications use the same few names again and again, so each thread
/// remembers what it found of short ones. Names for which `is_harmless` says no are not remembered.
pub(crate) fn other(name: &str, is_harmless: impl FnOnce(&str) -> bool) -> Result<Name, Meaning> {
    let slot = slot_of(name.as_bytes()) % REMEMBERED;
    let found = JUDGED.try_with(|judged| judged[slot].get());
    if let Ok(Some(found)) = found
        && found.is(name.as_bytes())
    {
        return Ok(found);
    }
    let meaning = meaning(name);
    if name.len() > Name::LONGEST || !is_harmless(name) {
        return Err(meaning);
    }
    let name = Name::new(name.as_bytes(), meaning);
    let _ = JUDGED.try_with(|judged| judged[slot].set(Some(name)));
    Ok(name)
}

/// How many are remembered.
const REMEMBERED: usize = 32;

thread_local! {
    static JUDGED: [Cell<Option<Name>>; REMEMBERED] =
        const { [const { Cell::new(None) }; REMEMBERED] };
}

/// A short name in which nothing is escaped, as lines of JSON have it, and what it means.
#[derive(Clone, Copy)]
pub(crate) struct Name {
    /// A comma, the name in quotes, and a colon; then zeros. All of it is copied at once.
    pub(crate) json: [u8; 32],
    length: u8,
    pub(crate) meaning: Meaning,
}

impl Name {
    const LONGEST: usize = 28;

    const fn new(name: &[u8], meaning: Meaning) -> Name {
        let (mut json, mut at, length) = ([0; 32], 0, name.len());
        while at < length {
            json[at + 2] = name[at];
            at += 1;
        }
        (json[0], json[1], json[length + 2], json[length + 3]) = (b',', b'"', b'"', b':');
        Name {
            json,
            length: length as u8,
            meaning,
        }
    }

    /// Bytes of the name in JSON.
    #[inline]
    pub(crate) fn json_length(&self) -> usize {
        usize::from(self.length) + 4
    }

    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.json[2..2 + usize::from(self.length)]
    }

    #[inline]
    fn is(&self, name: &[u8]) -> bool {
        let own = self.json.get(2..2 + usize::from(self.length));
        own.is_some_and(|own| same(own, name))
    }
}

/// Most bytes of a name.
const LONGEST: usize = 1 << 10;

/// Whether codes of what the word says are harmless, as in `status code`.
pub(super) fn names_a_harmless_code(word: &[u8]) -> bool {
    roles(word) & words::CODE_OF != 0
}

/// The names of [`KNOWN`], found by their length and three of their bytes.
struct Table {
    slots: [Option<Name>; SLOTS],
}

const SLOTS: usize = 512;

impl Table {
    const fn new() -> Table {
        let mut slots = [None; SLOTS];
        let mut group = 0;
        while group < KNOWN.len() {
            let (meaning, names) = KNOWN[group];
            let mut index = 0;
            while index < names.len() {
                let mut slot = slot_of(names[index].as_bytes());
                while slots[slot].is_some() {
                    slot = (slot + 1) % SLOTS;
                }
                slots[slot] = Some(Name::new(names[index].as_bytes(), meaning));
                index += 1;
            }
            group += 1;
        }
        Table { slots }
    }

    #[inline]
    fn get(&self, name: &[u8]) -> Option<&Name> {
        let mut slot = slot_of(name);
        while let Some(known) = &self.slots[slot] {
            if known.is(name) {
                return Some(known);
            }
            slot = (slot + 1) % SLOTS;
        }
        None
    }
}

#[inline]
const fn slot_of(name: &[u8]) -> usize {
    if name.is_empty() {
        return 0;
    }
    let (first, middle, last) = (name[0], name[name.len() / 2], name[name.len() - 1]);
    (first as usize * 121 + middle as usize * 74 + last as usize * 10 + name.len() * 43) % SLOTS
}

/// Whether two texts of 32 bytes at most are equal, without a call.
#[inline]
fn same(one: &[u8], other: &[u8]) -> bool {
    fn ends<const N: usize>(one: &[u8], other: &[u8]) -> bool {
        one.first_chunk::<N>() == other.first_chunk::<N>()
            && one.last_chunk::<N>() == other.last_chunk::<N>()
    }
    one.len() == other.len()
        && match one.len() {
            0 => true,
            1..4 => {
                let middle = one.len() / 2;
                ends::<1>(one, other) && one.get(middle) == other.get(middle)
            }
            4..8 => ends::<4>(one, other),
            8..=16 => ends::<8>(one, other),
            17..=32 => ends::<16>(one, other),
            _ => false,
        }
}

/// What a name's words say. Takes time in proportion to its length.
fn judge(name: &[u8]) -> Meaning {
    let mut judge = Judge::default();
    let mut start = 0;
    for at in 0..name.len() {
        let letter = name[at];
        if !letter.is_ascii_alphabetic() {
            judge.word(&name[start..at]);
            start = at + 1;
        } else if letter.is_ascii_uppercase() && at > start && starts_a_word(name, at) {
            judge.word(&name[start..at]);
            start = at;
        }
    }
    judge.word(&name[start..]);
    judge.finish()
}

/// Whether the capital at `at` starts a word: after a small letter, or before one. `JWTs` is one word.
fn starts_a_word(name: &[u8], at: usize) -> bool {
    let is_small = |at: usize| name.get(at).is_some_and(u8::is_ascii_lowercase);
    let plural = name.get(at + 1) == Some(&b's') && !is_small(at + 2);
    is_small(at - 1) || is_small(at + 1) && !plural
}

/// The roles of a word in whatever case; none, if it is not in the table.
fn roles(word: &[u8]) -> Roles {
    // No word of the table is longer.
    let mut letters = [0; 16];
    letters.get_mut(..word.len()).map_or(0, |small| {
        small.copy_from_slice(word);
        small.make_ascii_lowercase();
        WORDS.roles(small)
    })
}

#[derive(Default)]
struct Judge {
    /// Which secret was named so far.
    secret: Option<Kind>,
    /// The last word says something about the secret.
    about: bool,
    /// The first word asks, or counts.
    asks: bool,
    any: bool,
    last: Roles,
    before: Roles,
}

impl Judge {
    fn word(&mut self, word: &[u8]) {
        match roles(word) {
            _ if word.is_empty() => {}
            0 => self.unknown(word),
            known => self.roles(known),
        }
    }

    /// A word that is not in the table: it may be several, written together. None of them is taken apart further, so that
    /// the time is in proportion to the length.
    fn unknown(&mut self, word: &[u8]) {
        let mut rest = word;
        while let Some((at, stem)) = stem(rest) {
            if at > 0 {
                self.roles(0);
            }
            let random = words::RANDOM_STEMS.contains(&stem);
            self.roles(if random { words::TOKEN } else { words::MASKED });
            rest = &rest[at + stem.len()..];
        }
        if rest.len() < word.len() {
            // `tokens`, `tokentype`, `tokenized`.
            return match rest {
                [] => {}
                b"s" | b"S" => self.last |= words::PLURAL,
                rest => self.roles(roles(rest)),
            };
        }
        let ending = |ending: &[u8]| ends_with(word, ending);
        if let Some(of) = ending(b"codes").or_else(|| ending(b"code")) {
            self.roles(roles(of));
            self.roles(words::CODE);
        } else if ending(b"otp").is_some() {
            self.roles(words::MASKED);
        } else if word.len() > 3 && word[..3].eq_ignore_ascii_case(b"otp") {
            self.roles(words::MASKED);
            self.roles(roles(&word[3..]));
        } else {
            self.roles(0);
        }
    }

    fn roles(&mut self, roles: Roles) {
        let is = |role| roles & role != 0;
        let was = |role| self.last & role != 0;
        if !self.any {
            self.asks = is(words::ASKS);
        }
        let secret = if is(words::MASKED) || is(words::CODE) && !was(words::CODE_OF) {
            Some(Kind::Masked)
        } else if is(words::TOKEN) || is(words::KEY) && was(words::KEY_OF) {
            Some(Kind::Token)
        } else {
            None
        };
        self.about = match secret {
            Some(_) => false,
            None => is(words::ABOUT) && !(is(words::ID) && was(words::SECRET)),
        };
        self.secret = match (self.secret, secret) {
            (Some(Kind::Masked), _) | (_, Some(Kind::Masked)) => Some(Kind::Masked),
            (Some(kind), None) | (_, Some(kind)) => Some(kind),
            (None, None) => None,
        };
        (self.any, self.before, self.last) = (true, self.last, roles);
    }

    fn finish(self) -> Meaning {
        let is = |role| self.last & role != 0;
        match self.secret {
            Some(_) if self.about && is(words::ID) => Meaning::Id,
            Some(_) if self.about => Meaning::Plain,
            Some(kind) if self.asks || is(words::PLURAL) => Meaning::SecretText(kind),
            Some(kind) => Meaning::Secret(kind),
            None => self.person(),
        }
    }

    /// Whom a value tells of that is no secret.
    fn person(&self) -> Meaning {
        let is = |role| self.last & role != 0;
        let was = |role| self.before & role != 0;
        let address = is(words::ADDRESS);
        if is(words::EMAIL) || address && was(words::EMAIL) || is(words::NAME) && was(words::ACTOR)
        {
            Meaning::Email
        } else if is(words::IP)
            || address && was(words::IP | words::REMOTE)
            || is(words::FOR) && was(words::FORWARDED)
        {
            Meaning::Ip
        } else if is(words::USER) || is(words::ID | words::NAME) && was(words::PERSON) {
            Meaning::User
        } else if is(words::ID) {
            Meaning::Id
        } else {
            Meaning::Plain
        }
    }
}

/// The first stem in a word, and where; of several at one place the longest.
fn stem(word: &[u8]) -> Option<(usize, &'static str)> {
    (1..word.len())
        .map(|second| second - 1)
        .filter(|at| words::may_start_a_stem(word[*at], word[at + 1]))
        .find_map(|at| {
            let here = &word[at..];
            let fits = |stem: &&&str| {
                let text = here.get(..stem.len());
                text.is_some_and(|text| text.eq_ignore_ascii_case(stem.as_bytes()))
            };
            let longest = STEMS.iter().filter(fits).max_by_key(|stem| stem.len())?;
            Some((at, *longest))
        })
}

/// What stands before an ending, if the word has it and is longer.
fn ends_with<'a>(word: &'a [u8], ending: &[u8]) -> Option<&'a [u8]> {
    let at = word.len().checked_sub(ending.len()).filter(|at| *at > 0)?;
    word[at..]
        .eq_ignore_ascii_case(ending)
        .then_some(&word[..at])
}

#[cfg(test)]
mod tests;
