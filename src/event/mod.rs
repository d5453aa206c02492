//! The vocabulary both sides share: what an event is, which kinds there are, what its fields are called, when it was.
//!
//! The writer builds events from [`Fields`]; the reader turns lines into [`Event`]s. The two meet only here.

mod field;
mod fields;
mod kind;
mod names;
mod time;
mod visible;

pub use field::{Field, FieldSet};
pub use fields::{Fields, MetaValue, fields};
pub use kind::{Family, KINDS, Kind, KindEntry, Named};
pub use names::Names;
pub use time::{Civil, Timestamp, civil_from_days, days_from_civil};
pub use visible::{Visible, is_unsafe};

/// How an event ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It worked.
    Success,
    /// It did not.
    Failure,
    /// The event does not say; it is shown, and stays outside every rate.
    #[default]
    Unknown,
}

/// Where a line stands: which input, and how many bytes into it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Index of the input in the order given.
    pub input: u32,
    /// Bytes from the start of the input to the first byte of the line's text.
    pub offset: u64,
}

/// One event as the reader understood it. Text borrows from the chunk that is being read.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// Which row of the table of kinds it belongs to.
    pub kind: Kind,
    /// How it ended.
    pub outcome: Outcome,
    /// When it happened; `None` if absent or unreadable.
    pub time: Option<Timestamp>,
    /// Where its line stands.
    pub position: Position,
    /// Who it is about: the user id, else the e-mail address in lower case, else nobody.
    pub subject: Option<&'a str>,
    text: [Option<&'a str>; Field::COUNT],
}

impl<'a> Event<'a> {
    /// An event of one kind with nothing else known.
    pub fn new(kind: Kind) -> Event<'a> {
        Event {
            kind,
            outcome: Outcome::Unknown,
            time: None,
            position: Position::default(),
            subject: None,
            text: [None; Field::COUNT],
        }
    }

    /// The text of one field; never empty. Numbers are their decimal text as written.
    pub fn get(&self, field: Field) -> Option<&'a str> {
        self.text[field as usize]
    }

    /// Sets the text of one field; empty text is no text.
    pub fn set(&mut self, field: Field, text: Option<&'a str>) {
        self.text[field as usize] = text.filter(|text| !text.is_empty());
    }

    /// What the event is called: its kind's canonical name, whatever alias the log used; an event of no known kind goes
    /// by its own name, and an object without any is `(no name)`.
    pub fn name(&self) -> &'a str {
        match self.kind {
            Kind::Other => self.get(Field::Event).unwrap_or("(no name)"),
            known => known.name(),
        }
    }
}
