//! What stands in a line for a value that is not shown: a mask, a fingerprint or a pseudonym.

use sha2::{Digest as _, Sha256};

use crate::event::secret::{self, Kind, MASK};
use crate::key::Key;

/// A short text that stands for a value.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    text: [u8; 40],
    length: u8,
}

impl Mark {
    /// A prefix, and hexadecimal digits of so many bytes of a code.
    pub(super) fn of(prefix: &str, code: &[u8]) -> Mark {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digits = code
            .iter()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .map(|digit| DIGITS[usize::from(digit)]);
        let mut mark = Mark {
            text: [0; 40],
            length: 0,
        };
        for (place, byte) in mark.text.iter_mut().zip(prefix.bytes().chain(digits)) {
            *place = byte;
            mark.length += 1;
        }
        mark
    }

    pub(crate) fn masked() -> Mark {
        Mark::of(MASK, b"")
    }

    /// Its text, which is ASCII without quotes.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.text[..usize::from(self.length)]
    }

    pub(crate) fn len(&self) -> usize {
        usize::from(self.length)
    }
}

/// What fingerprints start with.
const FINGERPRINT: &str = "fp_";

/// Bytes of a code that a fingerprint shows: 96 bits, by which a billion tokens are told apart.
const FINGERPRINT_BYTES: usize = 12;

/// Says what a code is for, so that no fingerprint is a pseudonym.
const PURPOSE: &[u8] = b"authmeter fingerprint\0";

/// The fingerprint of a token, by which its events are found and from which it cannot be told: `fp_` and 24 hexadecimal
/// digits, the first of its SHA-256.
///
/// A writer with a key (`METRICS_KEY_FILE`) makes other ones, with HMAC-SHA-256. Without a key a fingerprint is sound only
/// for tokens that a cryptographic random generator made, or that are signed: nobody can try all of them. Whatever could be
/// guessed (a code, a password, a number) must never be hashed, and a writer masks it instead.
///
/// ```
/// assert_eq!(authmeter::fingerprint("x8Kd02mPqLz71VbNw4Rt"), "fp_1df95da4a1974aaba5532e2c");
/// ```
pub fn fingerprint(token: &str) -> String {
    String::from_utf8_lossy(fingerprint_mark(None, token).as_bytes()).into_owned()
}

pub(super) fn fingerprint_mark(key: Option<&Key>, token: &str) -> Mark {
    let code: [u8; 32] = match key {
        Some(key) => key.mac(&[PURPOSE, token.as_bytes()]),
        None => Sha256::digest(token.as_bytes()).into(),
    };
    Mark::of(FINGERPRINT, &code[..FINGERPRINT_BYTES])
}

/// What is shown of a secret.
pub(super) fn mark(key: Option<&Key>, kind: Kind, secret: &str) -> Mark {
    match kind {
        Kind::Token if is_fingerprint(secret) => Mark::of(secret, b""),
        Kind::Token if secret::is_random(secret) => fingerprint_mark(key, secret),
        Kind::Token | Kind::Masked => Mark::masked(),
    }
}

/// Whether a text is a fingerprint already: an application may have made it.
fn is_fingerprint(text: &str) -> bool {
    text.strip_prefix(FINGERPRINT).is_some_and(|digits| {
        digits.len() == 2 * FINGERPRINT_BYTES
            && digits
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}
