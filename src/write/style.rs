//! How a lane writes its events: JSON for programs, text for people.

use super::encode::{self, Record};

#[derive(Clone, Debug)]
pub(crate) enum Style {
    Json,
    Console { colour: bool },
}

impl Style {
    /// Appends the event as one line, its newline included.
    #[inline]
    pub(crate) fn encode(&self, record: &Record<'_, '_>, line: &mut Vec<u8>) {
        match self {
            Style::Json => encode::json(record, line),
            Style::Console { colour } => encode::console(record, *colour, line),
        }
    }
}
