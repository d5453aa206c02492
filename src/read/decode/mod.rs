//! One line in, one event out, or the reason why not.
//!
//! [`decode`] is the only way in. It mends text that is not quite text (invalid UTF-8, lone surrogates), has the line
//! walked for values of known names, and makes an event of them:
//!
//! ```text
//!  line ─▶ surrogate ─▶ plain ───────────────────────▶ values ─▶ event
//!                         └─ anything odd ─▶ slow ──────┘
//!                                             └─ not an object, not JSON, too deep ─▶ Reason
//! ```
//!
//! `plain` is quick and takes only what machines usually write; `slow` is serde_json and takes all of JSON. They agree
//! on every line that both take, and `plain` takes nothing that `slow` refuses.

mod alias;
mod clock;
mod plain;
mod shape;
mod slow;
mod surrogate;
mod values;

use std::borrow::Cow;
use std::fmt;

use bumpalo::Bump;

use crate::event::{Event, Wanted};
pub(super) use shape::{PlainLine, Room, Shapes, Stretch};
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
    /// Whether there may be a backslash in the text: without one there is nothing to unescape.
    pub escapes: bool,
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
    let (text, mut repaired) = match text {
        Ok(text) => (text, false),
        Err(bytes) => match String::from_utf8_lossy(bytes) {
            Cow::Borrowed(text) => (text, false),
            Cow::Owned(text) => (&*with.arena.alloc_str(&text), true),
        },
    };
    let mended = if with.escapes {
        surrogate::mend(text)
    } else {
        None
    };
    let text = match mended {
        None => text,
        Some(mended) => {
            repaired = true;
            with.arena.alloc_str(&mended)
        }
    };
    let mut values = Values::new(with);
    if with.slowly || plain::walk(text, &mut values, &mut ()).is_none() {
        values = Values::new(with);
        slow::walk(text, &mut values)?;
    }
    Ok(Decoded {
        event: values.meaning(with).event(with),
        repaired,
    })
}

#[cfg(test)]
mod tests;
