//! Secrets, told by their names and by their looks.
//!
//! An audit log must not open doors. What can be recognised:
//!
//! * values under a name that says secret, in whatever style (see `key`);
//! * JSON Web Tokens, `Bearer …` and `Basic …` in any text;
//! * `name=value`, `name: value` and `"name":"value"` in any text, where the name says secret; so in queries, headers and
//!   JSON within a text;
//! * passwords of URLs, `https://user:password@host`.
//!
//! What cannot: a bare password, code or opaque token in free text, or under a name that says nothing (`value`, `data`,
//! `x`). Nothing tells it from other text.

mod key;
mod text;
mod words;

use std::fmt;

pub(crate) use key::{Kind, Meaning, Name, known, meaning, other as other_name};
pub(crate) use text::{Found, find, is_random};

/// What stands for a secret.
pub(crate) const MASK: &str = "[masked]";

/// Shows text with every secret that can be recognised masked: for errors and for `Debug`.
#[derive(Clone, Copy)]
pub(crate) struct Scrubbed<'a>(pub(crate) &'a str);

impl fmt::Display for Scrubbed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut done = 0;
        while let Some(found) = find(self.0, done) {
            f.write_str(&self.0[done..found.start])?;
            f.write_str(MASK)?;
            done = found.end;
        }
        f.write_str(&self.0[done..])
    }
}

/// Quoted.
impl fmt::Debug for Scrubbed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match find(self.0, 0) {
            None => fmt::Debug::fmt(self.0, f),
            Some(_) => fmt::Debug::fmt(&self.to_string(), f),
        }
    }
}
