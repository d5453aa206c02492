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
mod words;

pub(crate) use key::{Kind, Meaning, known, meaning};
