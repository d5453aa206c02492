//! One line in, one event out, or the reason why not.
//!
//! Lines are walked for values of known names, which make an event; text that is not quite text (invalid UTF-8, lone
//! surrogates) is mended on the way. A worker tries the shapes of earlier lines first; [`decode`] is for a line alone:
//!
//! ```text
//!  line ─▶ shape ── like an earlier line ───────────────────────▶ event
//!            └─ any other ─▶ plain ───────────────────▶ values ────┘
//!                              └─ odd ─▶ surrogate ─▶ slow ─┘
//!                                                      └─ not an object, not JSON, too deep ─▶ Reason
//! ```
//!
//! `plain` is quick and takes nearly all that machines write; `slow` is serde_json and takes all of JSON. They agree on
//! every line that both take, and neither `shape` nor `plain` takes anything that `slow` refuses.

mod address;
mod alias;
mod clock;
mod escape;
mod plain;
mod shape;
mod slow;
mod surrogate;
mod values;

use std::borrow::Cow;
use std::fmt;

use bumpalo::Bump;

use crate::event::{Event, Kind, Wanted};
use crate::zone::Zone;
pub(super) use shape::{PlainLine, Room, Shapes, Stretch};
pub(super) use values::Meaning;
use values::Values;

/// JSON nested deeper than this is refused.
pub const MAX_DEPTH: usize = 128;

/// An event, and whether its text had to be mended.
#[derive(Debug)]
pub struct Decoded<'a> {
    /// The event.
    pub event: Event<'a>,
    /// Whether invalid UTF-8 or lone surrogates were replaced by U+FFFD.
    pub repaired: bool,
}

/// Why a line is no event.
#[derive(Debug)]
pub enum Reason {
    /// It is JSON, but not an object.
    NotAnObject(&'static str),
    /// It is not JSON.
    Json(serde_json::Error),
    /// It is nested deeper than [`MAX_DEPTH`].
    TooDeep,
    /// It is longer than the limit, in bytes.
    TooLong(usize),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::NotAnObject(what) => write!(f, "{what}, not an object"),
            Reason::TooDeep => write!(f, "nested deeper than {MAX_DEPTH} levels"),
            Reason::TooLong(limit) => write!(f, "longer than {limit} bytes (see --max-line)"),
            Reason::Json(error) => {
                let text = error.to_string();
                let what = text
                    .rsplit_once(" at line ")
                    .map_or(text.as_str(), |(what, _)| what);
                write!(f, "{what} (column {})", error.column())
            }
        }
    }
}

/// What lines are decoded with.
#[derive(Clone, Copy, Debug)]
pub struct Decoding<'a> {
    /// Fields whose text events shall have.
    pub wanted: &'a Wanted,
    /// Whether lines are left to serde_json at once.
    pub slowly: bool,
    /// Whose clocks times go by that say no offset.
    pub assume: Zone,
    /// Where new text goes.
    pub arena: &'a Bump,
}

/// Decodes one line that is not blank, without its line end. `text` is `Err` where the bytes are not UTF-8.
///
/// # Errors
///
/// The [`Reason`] why the line is no event.
pub fn decode<'a>(
    text: Result<&'a str, &'a [u8]>,
    with: &Decoding<'a>,
) -> Result<Decoded<'a>, Reason> {
    let mut event = Event::new(Kind::Other);
    let repaired = decode_as(text, with, |meaning, repaired| {
        meaning.fill(&mut event, with);
        event.repaired = repaired;
    })?;
    Ok(Decoded { event, repaired })
}

/// Decodes one line as [`decode`] does, and has the event made of what it means and of whether its text had
/// to be mended. Returns the latter.
pub(super) fn decode_as<'a>(
    text: Result<&'a str, &'a [u8]>,
    with: &Decoding<'a>,
    make: impl FnOnce(&Meaning<'_, 'a>, bool),
) -> Result<bool, Reason> {
    let (text, mut repaired) = match text {
        Ok(text) => (text, false),
        Err(bytes) => match String::from_utf8_lossy(bytes) {
            Cow::Borrowed(text) => (text, false),
            Cow::Owned(text) => (&*with.arena.alloc_str(&text), true),
        },
    };
    let mut values = Values::new(with);
    let plain = !with.slowly && plain::walk(text, &mut values, with.arena, &mut ()).is_some();
    if !plain {
        let text = match surrogate::mend(text) {
            None => text,
            Some(mended) => {
                repaired = true;
                with.arena.alloc_str(&mended)
            }
        };
        values = Values::new(with);
        slow::walk(text, &mut values)?;
    }
    make(&values.meaning(with), repaired);
    Ok(repaired)
}

#[cfg(test)]
mod tests;
