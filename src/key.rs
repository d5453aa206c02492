//! The key of an installation: pseudonyms, fingerprints of tokens and seals are made with it.
//!
//! It comes from a file that its owner alone can read. What is kept of it is the state of HMAC-SHA-256 after the key, from
//! which each code starts; the key's own bytes are not kept.

use std::fmt;
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::path::Path;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::error::{Error, ErrorKind};

/// Fewest bytes of a key: 128 bits. NIST SP 800-131A, revision 2, asks for 112 at least.
const SHORTEST: usize = 16;

/// Most bytes of a key file. A longer one is something else, named by mistake.
const LONGEST: usize = 4 << 10;

/// A secret key, ready for use. Clones are cheap.
#[derive(Clone)]
pub(crate) struct Key {
    /// After the key, before any text.
    start: Hmac<Sha256>,
    id: String,
}

impl Key {
    /// Reads a key from a file: all of its bytes, but one line end at the end.
    ///
    /// # Errors
    /// If the file cannot be read, is no regular file, may be read by others than its owner, or has fewer than 16 bytes or
    /// more than 4 KiB. The error names the path and what helps.
    pub(crate) fn read(path: &Path) -> Result<Key, Error> {
        let io = |error| Error::io("read key file", path, error);
        let refuse = |problem| {
            Error::from(ErrorKind::KeyFile {
                path: path.to_path_buf(),
                problem,
            })
        };
        // Asked first: opening a pipe waits for somebody at its other end.
        if !fs::metadata(path).map_err(io)?.is_file() {
            return Err(refuse("it is no regular file"));
        }
        let file = File::open(path).map_err(io)?;
        if is_shared(&file.metadata().map_err(io)?) {
            return Err(refuse(
                "others than its owner may use it; run `chmod 600` on it, and think about a new key",
            ));
        }
        let bytes = read_bounded(file).map_err(io)?;
        if bytes.len() > LONGEST {
            return Err(refuse("it has more than 4 KiB, which no key has"));
        }
        let key = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        let key = key.strip_suffix(b"\r").unwrap_or(key);
        Key::from_bytes(key).ok_or_else(|| {
            refuse("it has fewer than 16 bytes; make a key with `openssl rand -hex 32`")
        })
    }

    /// A key of these bytes, unless they are fewer than 16.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Key> {
        if bytes.len() < SHORTEST {
            return None;
        }
        // HMAC takes keys of any length.
        let start = Hmac::new_from_slice(bytes).ok()?;
        let mut key = Key {
            start,
            id: String::new(),
        };
        let [a, b, c, d, ..] = key.mac(&[b"authmeter key id"]);
        key.id = format!("{:08x}", u32::from_be_bytes([a, b, c, d]));
        Some(key)
    }

    /// What names the key without telling anything of it: eight hexadecimal digits.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// HMAC-SHA-256 (RFC 2104) of the parts, one after the other. Who uses one key for several purposes starts with a
    /// part that says which, and lets no part run into the next.
    pub(crate) fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.start.clone();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// Shows nothing of the key.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// All of a file, or enough of it to see that it is too long.
fn read_bounded(file: File) -> io::Result<Vec<u8>> {
    // Room for a line end, and one byte more.
    let enough = LONGEST as u64 + 3;
    // Never moved while it grows: no copies are left behind.
    let mut bytes = Vec::with_capacity(LONGEST + 4);
    file.take(enough).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(unix)]
fn is_shared(about: &Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o077 != 0
}

#[cfg(not(unix))]
fn is_shared(_: &Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests;
