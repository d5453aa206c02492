//! Text of an event, on its way into a line: escaped, without secrets, and no longer than it may be.
//!
//! Most texts are short, plain and harmless, and are copied after one look at their bytes. The rest takes the careful way.

use std::io::Write as _;

use super::Bounds;
use super::short::{self, SHORT, Short};
use crate::event::secret::{self, Found};
use crate::event::{MetaValue, is_unsafe};
use crate::write::privacy::{Mark, Personal, Rules, Subjects};

/// How a line writes text.
pub(super) trait Style {
    /// Whether text stands in quotes.
    const QUOTED: bool;

    /// Whether a character is not written as it is.
    fn is_odd(character: char) -> bool;

    /// Appends what stands for an odd character.
    fn escape(character: char, line: &mut Vec<u8>);
}

/// Text in JSON. An escape loses nothing: it reads back as the same character.
pub(super) struct Json;

impl Style for Json {
    const QUOTED: bool = true;

    fn is_odd(character: char) -> bool {
        matches!(character, '"' | '\\') || is_unsafe(character)
    }

    fn escape(character: char, line: &mut Vec<u8>) {
        match character {
            '"' => line.extend_from_slice(b"\\\""),
            '\\' => line.extend_from_slice(b"\\\\"),
            '\n' => line.extend_from_slice(b"\\n"),
            '\r' => line.extend_from_slice(b"\\r"),
            '\t' => line.extend_from_slice(b"\\t"),
            // All unsafe characters lie below U+10000, so four digits are enough.
            other => drop(write!(line, "\\u{:04x}", u32::from(other))),
        }
    }
}

/// Text as a terminal may show it.
pub(super) struct Shown;

impl Style for Shown {
    const QUOTED: bool = false;

    fn is_odd(character: char) -> bool {
        is_unsafe(character)
    }

    fn escape(character: char, line: &mut Vec<u8>) {
        drop(write!(line, "\\u{{{:x}}}", u32::from(character)));
    }
}

/// What is seen of a byte.
pub(super) mod seen {
    /// It is escaped, or may be.
    pub(in super::super) const ODD: u8 = 1 << 0;
    /// Without it there is no pair, no URL, no query and no JSON Web Token.
    pub(in super::super) const SIGN: u8 = 1 << 1;
    /// A blank, also as a query has it; one follows `Bearer` and `Basic`.
    pub(in super::super) const BLANK: u8 = 1 << 2;
    /// The letter `Bearer` and `Basic` start with.
    pub(in super::super) const B: u8 = 1 << 3;
    /// One of the letters they end with.
    pub(in super::super) const END: u8 = 1 << 4;
    /// All of what credentials after a scheme need.
    pub(in super::super) const SCHEME: u8 = BLANK | B | END;
}

/// What is seen of each byte. A load and an OR for each is less than comparing whole blocks: most texts are shorter than one.
pub(super) static SEEN: [u8; 256] = {
    let (mut table, mut byte) = ([seen::ODD; 256], b' ');
    while byte <= b'~' {
        table[byte as usize] = match byte {
            b'"' | b'\\' => seen::ODD,
            b'=' | b':' | b'%' | b'J' => seen::SIGN,
            b' ' | b'+' => seen::BLANK,
            b'b' | b'B' => seen::B,
            b'r' | b'R' | b'c' | b'C' => seen::END,
            _ => 0,
        };
        byte += 1;
    }
    table
};

/// What a text holds, as far as one look tells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    /// Nothing to escape, and no secret.
    Harmless,
    /// Nothing to escape.
    Plain,
    Odd,
}

impl Look {
    #[inline]
    fn at(text: &[u8]) -> Look {
        let see = |text: &[u8]| {
            text.iter()
                .fold(0, |seen, byte| seen | SEEN[usize::from(*byte)])
        };
        // In blocks of a length that is known it is two instructions a byte.
        let (blocks, rest) = text.as_chunks::<8>();
        let seen = blocks
            .iter()
            .fold(see(rest), |seen, block| seen | see(block));
        if seen & seen::ODD != 0 {
            Look::Odd
        } else if seen & seen::SIGN != 0 || seen & seen::SCHEME == seen::SCHEME {
            Look::Plain
        } else {
            Look::Harmless
        }
    }
}

/// Whether there is nothing to escape in a text, and no sign of a secret.
pub(super) fn is_harmless(text: &str) -> bool {
    Look::at(text.as_bytes()) == Look::Harmless
}

/// Appends text that is known to be harmless.
#[inline]
pub(super) fn harmless(text: &str, line: &mut Vec<u8>) {
    match text.len() {
        ..=SHORT => Short::of(text.as_bytes()).append(line),
        _ => line.extend_from_slice(text.as_bytes()),
    }
}

/// A line being written.
pub(super) struct Line<'a> {
    pub(super) line: &'a mut Vec<u8>,
    pub(super) rules: &'a Rules,
    /// Whom the event is about, where that is not to be seen.
    subjects: Option<&'a Subjects<'a>>,
    pub(super) bounds: Bounds,
    /// Some pair was written.
    pub(super) any: bool,
    /// Blanks before the first pair on the console.
    pub(super) padding: usize,
    /// Some text was cut.
    pub(super) cut: bool,
    /// A pseudonym was written.
    pub(super) pseudonymous: bool,
}

impl<'a> Line<'a> {
    pub(super) fn new(
        line: &'a mut Vec<u8>,
        rules: &'a Rules,
        subjects: Option<&'a Subjects<'a>>,
        bounds: Bounds,
    ) -> Line<'a> {
        Line {
            line,
            rules,
            subjects,
            bounds,
            any: false,
            padding: 0,
            cut: false,
            pseudonymous: false,
        }
    }

    /// Appends what is nobody's id.
    #[inline]
    pub(super) fn without_subjects(&mut self, append: impl FnOnce(&mut Self)) {
        let subjects = self.subjects.take();
        append(self);
        self.subjects = subjects;
    }

    /// Whether harmless text of this length is copied as it is.
    #[inline]
    pub(super) fn is_copied(&self, length: usize) -> bool {
        self.subjects.is_none() && length <= self.bounds.texts
    }

    /// Whether the writer adds a pair of this name to the line.
    pub(super) fn writes_itself(&self, key: &str) -> bool {
        match key {
            "keyId" => self.subjects.is_some(),
            "service" => self.rules.service_json().is_some(),
            _ => self.bounds.cut,
        }
    }

    /// The pseudonym of a value, if it can have one.
    pub(super) fn pseudonym(&self, field: Personal, value: MetaValue<'_>) -> Option<Mark> {
        let mut digits = itoa::Buffer::new();
        let text = match value {
            MetaValue::Text(text) | MetaValue::Token(text) => text,
            MetaValue::Int(number) => digits.format(number),
            MetaValue::Uint(number) => digits.format(number),
            MetaValue::Bool(_) | MetaValue::Float(_) => return None,
        };
        let known = self.subjects.and_then(|subjects| subjects.get(field, text));
        known.or_else(|| self.rules.pseudonym(field, text))
    }
}

impl Line<'_> {
    /// Appends text, without quotes, in at most `most` bytes.
    #[inline]
    pub(super) fn text<S: Style>(&mut self, text: &str, most: usize) {
        if !self.is_short(text, most) {
            return self.long::<S>(text, most);
        }
        let short = Short::of(text.as_bytes());
        if short.is_tame() {
            short.append(self.line);
        } else {
            self.wild::<S>(text, most);
        }
    }

    /// Appends text, in quotes if the style has them, in at most `most` bytes.
    #[inline]
    pub(super) fn quoted<S: Style>(&mut self, text: &str, most: usize) {
        // With room for a short text nothing is called here, and no register saved for a call.
        let room = self.line.capacity() - self.line.len();
        if S::QUOTED && room >= SHORT + 2 && self.is_short(text, most) {
            let short = Short::of(text.as_bytes());
            if short.is_tame() {
                return short.append_quoted(self.line);
            }
        }
        self.any_quoted::<S>(text, most);
    }

    #[inline(never)]
    fn any_quoted<S: Style>(&mut self, text: &str, most: usize) {
        if S::QUOTED && self.is_short(text, most) && is_harmless(text) {
            return Short::of(text.as_bytes()).append_quoted(self.line);
        }
        let quote: &[u8] = if S::QUOTED { b"\"" } else { b"" };
        self.line.extend_from_slice(quote);
        self.long::<S>(text, most);
        self.line.extend_from_slice(quote);
    }

    /// Whether a text is short and may be copied as it is, if it is harmless.
    #[inline]
    fn is_short(&self, text: &str, most: usize) -> bool {
        text.len() <= SHORT && text.len() <= most && self.subjects.is_none()
    }

    #[inline(never)]
    fn wild<S: Style>(&mut self, text: &str, most: usize) {
        match Look::at(text.as_bytes()) {
            Look::Harmless => harmless(text, self.line),
            Look::Plain | Look::Odd => self.careful::<S>(text, most),
        }
    }

    #[inline(never)]
    fn long<S: Style>(&mut self, text: &str, most: usize) {
        let is_harmless = |look| match look {
            Look::Harmless => true,
            Look::Plain => secret::find(text, 0).is_none(),
            Look::Odd => false,
        };
        let is_copied =
            |bytes: &[u8]| short::is_tame_throughout(bytes) || is_harmless(Look::at(bytes));
        if text.len() <= most && self.subjects.is_none() && is_copied(text.as_bytes()) {
            self.line.extend_from_slice(text.as_bytes());
        } else {
            self.careful::<S>(text, most);
        }
    }

    /// Appends text that may hold anything.
    #[inline(never)]
    fn careful<S: Style>(&mut self, text: &str, most: usize) {
        let stop = self.line.len() + most;
        // A little more is looked at than is written: what starts before the end must be recognised.
        let end = text.floor_char_boundary(text.len().min(most));
        let whole = end == text.len();
        let text = &text[..text.floor_char_boundary(text.len().min(end + BEYOND))];
        let (mut secret, mut subject) = (secret::find(text, 0), self.subject(text, 0));
        let mut done = 0;
        while let Some((start, until, mark)) =
            self.next(text, secret, subject).filter(|next| next.0 < end)
        {
            if !self.plain::<S>(&text[done..start], stop) || self.line.len() + mark.len() > stop {
                self.cut = true;
                return;
            }
            self.line.extend_from_slice(mark.as_bytes());
            done = until;
            if secret.is_some_and(|secret| secret.start < done) {
                secret = secret::find(text, done);
            }
            if subject.is_some_and(|subject| subject.0 < done) {
                self.pseudonymous = true;
                subject = self.subject(text, done);
            }
        }
        if !self.plain::<S>(&text[done..end.max(done)], stop) || !whole {
            self.cut = true;
        }
    }

    /// What is replaced next in a text, and by what.
    fn next(
        &self,
        text: &str,
        secret: Option<Found>,
        subject: Option<(usize, usize, Mark)>,
    ) -> Option<(usize, usize, Mark)> {
        match (secret, subject) {
            (Some(secret), Some((start, end, mark))) if end <= secret.start => {
                Some((start, end, mark))
            }
            // What is both is a secret.
            (Some(secret), Some((start, end, _))) if start < secret.end => {
                Some((start.min(secret.start), end.max(secret.end), Mark::masked()))
            }
            (Some(Found { start, end, kind }), _) => {
                Some((start, end, self.rules.mark(kind, &text[start..end])))
            }
            (None, subject) => subject,
        }
    }

    fn subject(&self, text: &str, from: usize) -> Option<(usize, usize, Mark)> {
        self.subjects?.find(text, from)
    }

    /// Appends text that holds no secret, as far as the line may grow. `false` if that is not to its end.
    fn plain<S: Style>(&mut self, text: &str, stop: usize) -> bool {
        let mut done = 0;
        for (at, character) in text
            .char_indices()
            .filter(|(_, character)| S::is_odd(*character))
        {
            if !self.copy(&text[done..at], stop) {
                return false;
            }
            let before = self.line.len();
            S::escape(character, self.line);
            if self.line.len() > stop {
                self.line.truncate(before);
                return false;
            }
            done = at + character.len_utf8();
        }
        self.copy(&text[done..], stop)
    }

    fn copy(&mut self, text: &str, stop: usize) -> bool {
        let room = stop.saturating_sub(self.line.len());
        let fits = &text[..text.floor_char_boundary(room.min(text.len()))];
        self.line.extend_from_slice(fits.as_bytes());
        fits.len() == text.len()
    }
}

/// Longest piece of text that is recognised although it goes beyond what is written.
const BEYOND: usize = 1 << 10;
