//! Who may ask: a file of tokens, one JSON object a line, of which it has the hashes alone.
//!
//! ```text
//! {"sha256":"9f86…","tenant":"acme","owner":"user-7","label":"ci","expires":"2026-03-01T00:00:00Z"}
//! {"sha256":"60303…","operator":true,"label":"wall screen"}
//! ```
//!
//! A token is 256 random bits, so that one round of a quick hash is as good as many of a slow one. Hashes are compared with
//! all that are known, each whole: how long that takes tells nothing of how near a guess was. The file is read again when
//! it changes; one that cannot be read, or that others may read, lets nobody in.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Who;
use crate::event::Timestamp;

/// One token's line.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The token's hash, in hexadecimal digits.
    pub sha256: String,
    /// Whether whoever has it may see everything.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub operator: bool,
    /// Whose events may be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// Whose tokens alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The first moment at which it is not valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

/// A token, which is shown once.
pub struct Secret(String);

impl Secret {
    /// A new one.
    ///
    /// # Errors
    ///
    /// The system has no random bits.
    pub fn new() -> io::Result<Secret> {
        let mut bits = [0; 32];
        getrandom::getrandom(&mut bits)?;
        Ok(Secret(format!("am_{}", digits(&bits))))
    }

    /// What is shown.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// What is kept.
    pub fn sha256(&self) -> String {
        digits(&hash(&self.0))
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

fn digits(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(64);
    for byte in bytes {
        // A String takes everything.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// A grant that was understood.
struct Known {
    hash: [u8; 32],
    who: Who,
    expires: Option<Timestamp>,
}

impl Grant {
    fn known(&self) -> Result<Known, &'static str> {
        let mut hash = [0; 32];
        if self.sha256.len() != 64 || !self.sha256.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err("sha256 has 64 hexadecimal digits");
        }
        for (at, byte) in hash.iter_mut().enumerate() {
            let pair = &self.sha256[2 * at..2 * at + 2];
            *byte = u8::from_str_radix(pair, 16).map_err(|_| "sha256 has 64 hexadecimal digits")?;
        }
        let named = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let who = match (self.operator, named(&self.tenant), named(&self.owner)) {
            (true, None, None) => Who::Operator,
            (false, Some(tenant), None) if self.owner.is_none() => Who::Tenant(tenant),
            (false, Some(tenant), Some(owner)) => Who::Owner { tenant, owner },
            _ => return Err("a token is of an operator, or of a tenant and perhaps an owner"),
        };
        let expires = match &self.expires {
            None => None,
            Some(text) => Some(Timestamp::parse(text).ok_or("expires is no time")?),
        };
        Ok(Known { hash, who, expires })
    }
}

/// Every token that is known.
pub struct Grants {
    path: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    known: Vec<Known>,
    /// Device, inode, size, and when it was changed.
    stamp: Option<[i64; 5]>,
    looked: Option<Instant>,
    trouble: Option<String>,
}

/// How long a change of the file may go unnoticed.
const REREAD: Duration = Duration::from_millis(500);

impl Grants {
    /// Those of a file.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is not its owner's alone, or has a line that makes no sense.
    pub fn open(path: &Path) -> Result<Grants, String> {
        let (known, stamp) = read(path)?;
        let state = State {
            known,
            stamp: Some(stamp),
            looked: Some(Instant::now()),
            trouble: None,
        };
        Ok(Grants {
            path: path.to_owned(),
            state: Mutex::new(state),
        })
    }

    /// Everybody who has a token.
    pub fn audiences(&self) -> Vec<Who> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<Who> = state.known.iter().map(|known| known.who.clone()).collect();
        all.sort();
        all.dedup();
        all
    }

    /// What is wrong with the file, if something came to be.
    pub(super) fn trouble(&self) -> Option<String> {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .trouble
            .take()
    }

    /// Whose token this is, if it is anybody's and still valid.
    pub(super) fn who(&self, token: &str) -> Option<Who> {
        let asked = hash(token);
        let now = Timestamp::now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.refresh(&mut state);
        let mut found = None;
        for known in &state.known {
            let differs = known
                .hash
                .iter()
                .zip(&asked)
                .fold(0, |sum, (one, other)| sum | (one ^ other));
            if std::hint::black_box(differs) == 0 {
                found = Some(known);
            }
        }
        let valid = found.filter(|known| known.expires.is_none_or(|expires| now < expires));
        valid.map(|known| known.who.clone())
    }

    fn refresh(&self, state: &mut State) {
        if state.looked.is_some_and(|looked| looked.elapsed() < REREAD) {
            return;
        }
        state.looked = Some(Instant::now());
        let now = self.path.metadata().ok().map(|found| stamp(&found));
        if now.is_some() && now == state.stamp {
            return;
        }
        match read(&self.path) {
            Ok((known, stamp)) => (state.known, state.stamp) = (known, Some(stamp)),
            Err(what) => {
                if !state.known.is_empty() {
                    state.trouble = Some(format!("{what}; until this is mended, nobody may ask"));
                }
                // It is tried again: that there are no descriptors left, say, does not show in the file.
                (state.known, state.stamp) = (Vec::new(), None);
            }
        }
    }
}

fn stamp(found: &std::fs::Metadata) -> [i64; 5] {
    [
        found.dev() as i64,
        found.ino() as i64,
        found.size() as i64,
        found.ctime(),
        found.ctime_nsec(),
    ]
}

/// The lines of a file of tokens.
///
/// # Errors
///
/// As [`Grants::open`].
fn read(path: &Path) -> Result<(Vec<Known>, [i64; 5]), String> {
    let name = path.display();
    let (grants, stamp) = lines(path)?;
    let known = grants.iter().enumerate().map(|(index, grant)| {
        let known = grant.known();
        known.map_err(|what| format!("{name}: token {}: {what}", index + 1))
    });
    Ok((known.collect::<Result<_, _>>()?, stamp))
}

impl Grants {
    /// The lines of a file, as they stand there.
    ///
    /// # Errors
    ///
    /// As [`Grants::open`].
    pub fn list(path: &Path) -> Result<Vec<Grant>, String> {
        read(path)?;
        lines(path).map(|(grants, _)| grants)
    }
}

fn lines(path: &Path) -> Result<(Vec<Grant>, [i64; 5]), String> {
    let name = path.display();
    let cannot = |error: io::Error| format!("{name}: cannot be read: {error}");
    let mut file = File::open(path).map_err(cannot)?;
    let found = file.metadata().map_err(cannot)?;
    if found.mode() & 0o077 != 0 {
        return Err(format!(
            "{name}: others may read or write it; `chmod 600` makes it its owner's alone"
        ));
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(cannot)?;
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    let grants = lines.map(|(index, line)| {
        // serde_json would quote the line, which may hold what is not meant to be seen.
        let grant = serde_json::from_str(line);
        grant.map_err(|_| {
            format!(
                "{name}: line {}: this is no token's line; `authmeter token add` writes them",
                index + 1
            )
        })
    });
    Ok((grants.collect::<Result<_, _>>()?, stamp(&found)))
}
