//! The vocabulary both sides share: what an event is, which kinds there are, what its fields are called, when it was.
//!
//! The writer builds events from [`Fields`]; the reader turns lines into [`Event`]s. The two meet only here.

mod address;
mod field;
mod fields;
mod kind;
mod names;
pub(crate) mod secret;
mod time;
mod visible;
mod wanted;

pub(crate) use address::address;
pub use field::{Field, FieldSet};
pub use fields::{Fields, MetaValue, fields};
pub use kind::{Family, KINDS, Kind, KindEntry, Named};
pub use names::Names;
pub use time::{Civil, Local, Timestamp, civil_from_days, days_from_civil};
pub use visible::{Visible, is_unsafe};
pub use wanted::Wanted;

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
    /// Which line of its chunk it is, counted from 0.
    pub line: u32,
}

/// A text of one field as a small integer: the same text has the same one, everywhere in one run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub u32);

/// What stands for a text of one field where it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Its id.
    Id(Id),
    /// Its hash, for sketches: the run has no room for ids of all texts of the field.
    Hash(u64),
}

/// One event as the reader understood it. Text borrows from the chunk that is being read.
///
/// Events are made in great numbers in the same places: which fields are there is a set, and what an earlier event left
/// in the others is never looked at.
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
    /// The line as it stands there, from its first byte that is neither white space nor NUL to its newline.
    pub line: &'a [u8],
    /// Whether text of it was not Unicode and had to be mended.
    pub repaired: bool,
    /// A hash of what it says, by which sketches choose what they keep; 0 where there are none.
    pub draw: u64,
    /// Fields that have text.
    present: FieldSet,
    /// Fields that have an id.
    identified: FieldSet,
    /// Fields that have a hash instead.
    hashed: FieldSet,
    text: [&'a str; Field::COUNT],
    ids: [Id; Field::COUNT],
    /// Apart from ids: mostly nobody looks at them, and so they take no room near the processor.
    hashes: [u64; Field::COUNT],
}

impl<'a> Event<'a> {
    /// An event of one kind with nothing else known.
    pub fn new(kind: Kind) -> Event<'a> {
        Event {
            kind,
            outcome: Outcome::Unknown,
            time: None,
            position: Position::default(),
            line: b"",
            repaired: false,
            draw: 0,
            present: FieldSet::EMPTY,
            identified: FieldSet::EMPTY,
            hashed: FieldSet::EMPTY,
            text: [""; Field::COUNT],
            ids: [Id(0); Field::COUNT],
            hashes: [0; Field::COUNT],
        }
    }

    /// Makes this another event, of which nothing but the kind is known.
    pub fn renew(&mut self, kind: Kind) {
        (self.kind, self.outcome, self.time) = (kind, Outcome::Unknown, None);
        (self.present, self.identified) = (FieldSet::EMPTY, FieldSet::EMPTY);
        (self.hashed, self.repaired) = (FieldSet::EMPTY, false);
    }

    /// The text of one field; never empty. Numbers are their decimal text as written.
    pub fn get(&self, field: Field) -> Option<&'a str> {
        self.present
            .contains(field)
            .then(|| self.text[field as usize])
    }

    /// Sets the text of one field; empty text is no text.
    pub fn set(&mut self, field: Field, text: Option<&'a str>) {
        match text {
            Some(text) if !text.is_empty() => {
                self.present = self.present.with(field);
                self.text[field as usize] = text;
            }
            _ => self.present = self.present.without(field),
        }
    }

    /// What stands for the text of one field, if it has text and somebody asked for it.
    #[inline]
    pub fn key(&self, field: Field) -> Option<Key> {
        if self.identified.contains(field) {
            return Some(Key::Id(self.ids[field as usize]));
        }
        let hashed = self.hashed.contains(field);
        hashed.then(|| Key::Hash(self.hashes[field as usize]))
    }

    /// Sets what stands for the text of one field.
    #[inline]
    pub fn identify(&mut self, field: Field, key: Key) {
        match key {
            Key::Id(id) => {
                self.identified = self.identified.with(field);
                self.ids[field as usize] = id;
            }
            Key::Hash(hash) => {
                self.hashed = self.hashed.with(field);
                self.hashes[field as usize] = hash;
            }
        }
    }

    /// Forgets what stands for its texts: somebody else's directory is next.
    pub fn unidentify(&mut self) {
        (self.identified, self.hashed) = (FieldSet::EMPTY, FieldSet::EMPTY);
        self.draw = 0;
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
