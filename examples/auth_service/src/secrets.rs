//! What is random, and how it is kept.
//!
//! * Tokens, magic links and authorization codes are 32 random bytes. Nobody can try 2²⁵⁶ of them, so a plain SHA-256 is
//!   enough to keep them: who steals the database learns nothing he could present. They are found by that hash; how long
//!   the search takes tells about the hash at most, never about the token.
//! * One-time passwords are one of a million, and a million hashes take a second. They are kept as an HMAC with a key that
//!   does not lie in the database, over a salt of their own and the address, so that equal codes look different.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use subtle::ConstantTimeEq as _;

/// What is kept of a secret.
pub type Hash = [u8; 32];

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .expect("an operating system without random bytes is no place for secrets");
    bytes
}

/// A new token: `prefix` says to people and secret scanners what they found.
pub fn token(prefix: &str) -> String {
    format!("{prefix}_{}", URL_SAFE_NO_PAD.encode(random::<32>()))
}

/// A new id of a row, `prefix` and 96 random bits. Ids are no secrets: they stand in the log.
pub fn id(prefix: &str) -> String {
    let mut id = format!("{prefix}_");
    for byte in random::<12>() {
        id.push_str(&format!("{byte:02x}"));
    }
    id
}

/// Six digits, each as likely as any other: numbers of the last, incomplete million are thrown away.
pub fn six_digits() -> String {
    const WHOLE: u32 = u32::MAX - u32::MAX % 1_000_000;
    loop {
        let number = u32::from_le_bytes(random());
        if number < WHOLE {
            return format!("{:06}", number % 1_000_000);
        }
    }
}

/// What is kept of a random secret.
pub fn hash(secret: &str) -> Hash {
    Sha256::digest(secret.as_bytes()).into()
}

/// Whether `secret` is the one `kept` was made of, in a time that does not depend on where they differ.
pub fn is(secret: &str, kept: &Hash) -> bool {
    hash(secret).ct_eq(kept).into()
}

/// Whether a PKCE verifier belongs to its S256 challenge (RFC 7636, section 4.6).
pub fn verifies(verifier: &str, challenge: &str) -> bool {
    URL_SAFE_NO_PAD
        .encode(Sha256::digest(verifier.as_bytes()))
        .as_bytes()
        .ct_eq(challenge.as_bytes())
        .into()
}

/// The key of one-time passwords.
#[derive(Clone)]
pub struct OtpKey(Hash);

impl OtpKey {
    /// The key in `path`; the first start makes it, for this user's eyes only.
    pub fn open(path: &Path) -> io::Result<OtpKey> {
        match std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
        {
            Ok(mut file) => {
                let key = random();
                file.write_all(&key)?;
                file.sync_all()?;
                Ok(OtpKey(key))
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let bytes = std::fs::read(path)?;
                let key = bytes
                    .try_into()
                    .map_err(|_| io::Error::other("the key is not of 32 bytes"))?;
                Ok(OtpKey(key))
            }
            Err(error) => Err(error),
        }
    }

    /// A salt and what is kept of `code` with it.
    pub fn seal(&self, email: &str, code: &str) -> (Hash, Hash) {
        let salt = random();
        (
            salt,
            self.mac(&salt, email, code).finalize().into_bytes().into(),
        )
    }

    /// Whether `code` is the one `kept` was made of; the time does not tell how much of it is right.
    pub fn is(&self, email: &str, code: &str, (salt, kept): &(Hash, Hash)) -> bool {
        self.mac(salt, email, code).verify_slice(kept).is_ok()
    }

    fn mac(&self, salt: &Hash, email: &str, code: &str) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(salt);
        mac.update(&(email.len() as u64).to_le_bytes());
        mac.update(email.as_bytes());
        mac.update(code.as_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifier_belongs_to_the_challenge_of_rfc_7636() {
        let (verifier, challenge) = (
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        );
        assert!(verifies(verifier, challenge));
        assert!(!verifies(challenge, verifier));
        assert!(!verifies("", ""));
    }

    #[test]
    fn a_code_is_told_only_with_its_key_its_salt_and_its_address() {
        let (key, other) = (OtpKey([1; 32]), OtpKey([2; 32]));
        let kept = key.seal("a@example.com", "123456");
        assert!(key.is("a@example.com", "123456", &kept));
        assert!(!key.is("a@example.com", "123457", &kept));
        assert!(!key.is("b@example.com", "123456", &kept));
        assert!(!other.is("a@example.com", "123456", &kept));
        assert_ne!(key.seal("a@example.com", "123456"), kept);
    }

    #[test]
    fn codes_are_six_digits_and_differ() {
        let codes: std::collections::BTreeSet<String> = (0..100).map(|_| six_digits()).collect();
        assert!(
            codes
                .iter()
                .all(|code| code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()))
        );
        assert!(codes.len() > 95);
    }
}
