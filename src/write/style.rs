//! How a lane writes its events: JSON for programs, text for people; and by which rules.

use std::sync::Arc;

use super::encode::{self, Record, Rules};

#[derive(Clone, Debug, Default)]
pub(crate) struct Style {
    form: Form,
    rules: Arc<Rules>,
}

#[derive(Clone, Copy, Debug, Default)]
enum Form {
    #[default]
    Json,
    Console {
        colour: bool,
    },
}

impl Style {
    pub(crate) fn json(rules: &Arc<Rules>) -> Style {
        Style {
            form: Form::Json,
            rules: Arc::clone(rules),
        }
    }

    pub(crate) fn console(rules: &Arc<Rules>, colour: bool) -> Style {
        Style {
            form: Form::Console { colour },
            rules: Arc::clone(rules),
        }
    }

    /// Appends the event as one line, its newline included.
    #[inline]
    pub(crate) fn encode(&self, record: &Record<'_, '_>, line: &mut Vec<u8>) {
        match self.form {
            Form::Json => encode::json(record, &self.rules, line),
            Form::Console { colour } => encode::console(record, &self.rules, colour, line),
        }
    }
}
