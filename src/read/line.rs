//! One line alone, for those who care about lines and not about batches of events.

use super::blank::trim;
use super::decode::{Decoding, Reason, decode};
use crate::event::Event;

/// What one line is.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every line is an event, and none is kept"
)]
pub enum Line<'a> {
    /// Nothing but white space and NUL.
    Blank,
    /// An event.
    Event(Event<'a>),
    /// Neither, and why.
    Rejected(Reason),
}

impl<'a> Line<'a> {
    /// Tells what a line is, given without its newline, as a scan would. How long it may be is the caller's business.
    pub fn of(bytes: &'a [u8], with: &Decoding<'a>) -> Line<'a> {
        let (_, text) = trim(bytes, &mut 0);
        if text.is_empty() {
            return Line::Blank;
        }
        let text = simdutf8::basic::from_utf8(text).map_err(|_| text);
        match decode(text, with) {
            Ok(decoded) => Line::Event(decoded.event),
            Err(reason) => Line::Rejected(reason),
        }
    }
}
