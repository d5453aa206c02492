//! Words that names of values are made of, and what each says about the value. A new word is one entry of [`GROUPS`].

/// What a word can say; one word may say several things.
pub(super) type Roles = u32;

/// The value itself opens a door, and may be short: it is never hashed.
pub(super) const MASKED: Roles = 1 << 0;
/// The value is a token, mostly a long random text.
pub(super) const TOKEN: Roles = 1 << 1;
/// A code is a secret unless the word before says which harmless kind it is.
pub(super) const CODE: Roles = 1 << 2;
/// A key is harmless (of a cache, of a limit) unless the word before says otherwise.
pub(super) const KEY: Roles = 1 << 3;
/// Codes of this are harmless: `statusCode`.
pub(super) const CODE_OF: Roles = 1 << 4;
/// Keys of this are secrets: `apiKey`.
pub(super) const KEY_OF: Roles = 1 << 5;
/// After a secret's name it names something about the secret, not the secret: `tokenType`.
pub(super) const ABOUT: Roles = 1 << 6;
/// In front it makes a question or an amount of the rest: `hasPassword`, `maxTokens`. Only text is secret then.
pub(super) const ASKS: Roles = 1 << 7;
/// At the end it may be an amount: `tokens`.
pub(super) const PLURAL: Roles = 1 << 8;
/// An id.
pub(super) const ID: Roles = 1 << 9;
/// What is called `secret`: its id opens doors, too (`secretId`).
pub(super) const SECRET: Roles = 1 << 10;
/// Somebody: `userId`.
pub(super) const PERSON: Roles = 1 << 11;
/// Somebody, by itself: `username`.
pub(super) const USER: Roles = 1 << 12;
/// An e-mail address.
pub(super) const EMAIL: Roles = 1 << 13;
/// An IP address.
pub(super) const IP: Roles = 1 << 14;
/// The other end: `remoteAddr`.
pub(super) const REMOTE: Roles = 1 << 15;
/// An address of the kind the word before says.
pub(super) const ADDRESS: Roles = 1 << 16;
/// A name: `userName`.
pub(super) const NAME: Roles = 1 << 17;
/// `X-Forwarded-For`.
pub(super) const FORWARDED: Roles = 1 << 18;
/// `X-Forwarded-For`.
pub(super) const FOR: Roles = 1 << 19;
/// `actor_name`, which audit tables have e-mail addresses in.
pub(super) const ACTOR: Roles = 1 << 20;

#[rustfmt::skip]
const GROUPS: &[(Roles, &[&str])] = &[
    (MASKED, &[
        "answer", "answers", "assertion", "authorization", "cookie", "cookies", "credential", "credentials", "creds", "cvc",
        "cvv", "accountpin", "atmpin", "cardpin", "loginpin", "newpin", "oldpin", "securepin", "simpin", "userpin", "hotp", "mnemonic", "otp", "otps", "pass", "passcode", "passcodes", "passphrase", "passphrases", "passwd",
        "password", "passwords", "pin", "pins", "pwd", "secret", "secrets", "seed", "sig", "signature", "totp", "verifier",
    ]),
    (SECRET, &["secret"]),
    (TOKEN, &["bearer", "csrf", "jwe", "jws", "jwt", "jwts", "token", "tokens", "xsrf"]),
    (PLURAL, &["jwts", "tokens"]),
    (CODE, &["code", "codes"]),
    (CODE_OF, &[
        "action", "airport", "alpha", "area", "bar", "byte", "calling", "category", "close", "color", "colour", "country",
        "currency", "de", "decision", "decline", "dialing", "en", "err", "error", "event", "exit", "failure", "geo", "grpc",
        "hash", "http", "iata", "icao", "iso", "key", "language", "lang", "locale", "lookup", "message", "op", "os", "post",
        "postal", "product", "program", "pseudo", "re", "reason", "region", "reject", "rejection", "response", "result",
        "return", "severity", "shell", "short", "signal", "source", "state", "status", "sub", "timezone", "trans", "type",
        "uni", "vs", "zip",
    ]),
    (KEY, &["key", "keys"]),
    (KEY_OF, &[
        "access", "account", "admin", "aes", "api", "app", "application", "auth", "client", "consumer", "deploy", "ec",
        "ecdsa", "ed", "encryption", "decryption", "gpg", "hmac", "host", "integration", "license", "master", "personal",
        "pgp", "private", "recovery", "root", "rsa", "secret", "security", "server", "service", "session", "shared",
        "signing", "ssh", "storage", "subscription", "symmetric", "team", "tls", "webhook", "write",
    ]),
    (ABOUT, &[
        "accepted", "age", "alg", "algo", "algorithm", "ary", "at", "attempt", "attempts", "audience", "binding",
        "blocked", "breached", "cached", "category", "challenged", "change", "changed", "changes", "channel", "charset",
        "class", "complexity", "compromised", "consent", "count", "counter", "counts", "country", "created", "date", "day",
        "days", "decision", "delivery", "disabled", "domain", "duration", "enabled", "encoding", "endpoint", "entropy",
        "error", "errors", "exchange", "exchanged", "expiration", "expire", "expired", "expires", "expiring", "expiry",
        "failed", "failure", "failures", "family", "fingerprint", "flow", "format", "formatted", "generated", "grace",
        "history", "holder", "hour", "hours", "id", "ids", "in", "index", "invalid", "ised", "iser", "iss", "issued",
        "issuer", "ization", "ized", "izer", "kind", "label", "language", "leaked", "left", "len", "length", "less", "level",
        "lifetime", "limit", "locked", "match", "matched", "matches", "max", "method", "methods", "min", "minutes",
        "mismatch", "missing", "mode", "ms", "name", "names", "ok", "origin", "outcome", "owner", "period", "policy",
        "present", "protected", "provided", "provider", "purpose", "reason", "refreshed", "rejected", "remaining", "required",
        "reset", "result", "retries", "retry", "reuse", "reused", "revocation", "revoked", "rotated", "rotation", "rule",
        "rules", "scope", "scopes", "score", "secs", "seconds", "sent", "server", "size", "source", "stale", "state",
        "status", "step", "strength", "success", "time", "times", "timestamp", "tries", "try", "ttl", "type", "types",
        "updated", "usage", "used", "valid", "validated", "validation", "validity", "verified", "version", "window",
    ]),
    (ASKS, &[
        "allow", "allows", "amount", "can", "count", "has", "is", "max", "maximum", "min", "minimum", "must", "need",
        "needs", "no", "num", "number", "require", "required", "requires", "should", "supports", "sum", "total", "use",
        "uses", "was", "were", "with", "without",
    ]),
    (ID, &["id", "ids"]),
    (PERSON, &[
        "actor", "admin", "customer", "employee", "invitee", "inviter", "member", "owner", "person", "subject", "user",
    ]),
    (USER, &["actor", "uid", "user", "userid", "username"]),
    (ACTOR, &["actor"]),
    (EMAIL, &["email", "emails", "mail", "useremail"]),
    (IP, &["ip", "ips", "ipaddress", "ipaddr", "ipv", "clientip", "remoteip", "sourceip", "userip"]),
    (REMOTE, &["client", "peer", "remote", "source", "src"]),
    (ADDRESS, &["addr", "address", "addresses"]),
    (NAME, &["name"]),
    (FORWARDED, &["forwarded"]),
    (FOR, &["for"]),
];

/// Parts that make a secret's name of any word they stand in: `refreshtoken`, `dbpassword2`.
pub(super) const STEMS: &[&str] = &[
    "accesskey",
    "apikey",
    "assertion",
    "authorization",
    "bearer",
    "cookie",
    "credential",
    "csrf",
    "encryptionkey",
    "jwt",
    "masterkey",
    "mnemonic",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "pwd",
    "secret",
    "sharedkey",
    "signingkey",
    "token",
    "verifier",
    "xsrf",
];

/// Stems that are keys and tokens; the others are masked.
pub(super) const RANDOM_STEMS: &[&str] = &[
    "accesskey",
    "apikey",
    "bearer",
    "csrf",
    "jwt",
    "token",
    "xsrf",
];

/// For each first letter of a stem the second letters there are, as bits.
static STARTS: [u32; 32] = {
    let (mut starts, mut index) = ([0; 32], 0);
    while index < STEMS.len() {
        let stem = STEMS[index].as_bytes();
        starts[(stem[0] & 31) as usize] |= 1 << (stem[1] & 31);
        index += 1;
    }
    starts
};

/// Whether some stem starts with these two letters. Most places of most words are told by this alone.
#[inline]
pub(super) fn may_start_a_stem(first: u8, second: u8) -> bool {
    STARTS[usize::from(first & 31)] >> (second & 31) & 1 != 0
}

/// A table of words with their roles, found by their bytes.
pub(super) struct Words {
    slots: [(&'static str, Roles); SLOTS],
}

/// About four times the number of words.
const SLOTS: usize = 2048;

pub(super) static WORDS: Words = Words::new(GROUPS);

impl Words {
    const fn new(groups: &[(Roles, &[&'static str])]) -> Words {
        let mut slots = [("", 0); SLOTS];
        let mut group = 0;
        while group < groups.len() {
            let (roles, words) = groups[group];
            let mut index = 0;
            while index < words.len() {
                let word = words[index];
                let mut slot = slot_of(word.as_bytes());
                while slots[slot].1 != 0 && !same(slots[slot].0.as_bytes(), word.as_bytes()) {
                    slot = (slot + 1) % SLOTS;
                }
                slots[slot] = (word, slots[slot].1 | roles);
                index += 1;
            }
            group += 1;
        }
        Words { slots }
    }

    /// The roles of a word in small letters; none, if it is not in the table.
    pub(super) fn roles(&self, word: &[u8]) -> Roles {
        let mut slot = slot_of(word);
        while self.slots[slot].1 != 0 {
            if self.slots[slot].0.as_bytes() == word {
                return self.slots[slot].1;
            }
            slot = (slot + 1) % SLOTS;
        }
        0
    }
}

const fn same(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    one.len() == other.len()
}

/// FNV-1a, over all of a short word.
const fn slot_of(word: &[u8]) -> usize {
    let (mut hash, mut at) = (0x811c_9dc5_u32, 0);
    while at < word.len() {
        hash = (hash ^ word[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    ((hash >> 15) ^ hash) as usize % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_all_its_roles_and_is_spelled_in_small_letters() {
        for (roles, words) in GROUPS {
            for word in *words {
                assert_eq!(WORDS.roles(word.as_bytes()) & roles, *roles, "{word}");
                assert!(word.bytes().all(|byte| byte.is_ascii_lowercase()), "{word}");
            }
            assert!(words.windows(2).all(|pair| pair[0] != pair[1]));
        }
        for word in ["", "x", "passwort", "tokenz", "Token"] {
            assert_eq!(WORDS.roles(word.as_bytes()), 0, "{word}");
        }
    }

    #[test]
    fn random_stems_are_stems() {
        assert!(RANDOM_STEMS.iter().all(|stem| STEMS.contains(stem)));
    }
}
