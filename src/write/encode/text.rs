//! Text of an event, on its way into a line: escaped, without secrets, and no longer than it may be.
//!
//! Most texts are short, plain and harmless, and are copied after one look at their bytes. The rest takes the careful way.

use std::io::Write as _;

use super::Bounds;
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

/// What is seen of a text at one look; a bit of each byte of a word.
mod seen {
    /// A byte that is escaped, or may be.
    pub(super) const ODD: u64 = 0x0101_0101_0101_0101;
    /// A byte without which there is no pair, no URL, no query and no JSON Web Token.
    pub(super) const SIGN: u64 = ODD << 1;
    /// A blank, as after `Bearer`, and its forms in a query.
    pub(super) const BLANK: u64 = ODD << 2;
    /// The letter `Bearer` and `Basic` start with.
    pub(super) const B: u64 = ODD << 3;
}

/// Whether the bytes are plain, and no secret can be among them.
#[inline]
fn is_harmless(bytes: &[u8]) -> bool {
    let seen = look(bytes);
    seen & (seen::ODD | seen::SIGN) == 0 && (seen & seen::BLANK == 0 || seen & seen::B == 0)
}

/// What is seen at one look. Bytes may be looked at twice, so that most texts are one block or two.
#[inline]
fn look(bytes: &[u8]) -> u64 {
    let mut block = [b'a'; 16];
    if let Some(last) = bytes.last_chunk() {
        let blocks = bytes.as_chunks().0.iter();
        return blocks.fold(look_at(last), |seen, block| seen | look_at(block));
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        block[..8].copy_from_slice(first);
        block[8..].copy_from_slice(last);
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        block[..4].copy_from_slice(first);
        block[4..8].copy_from_slice(last);
    } else {
        for (place, byte) in block.iter_mut().zip(bytes) {
            *place = *byte;
        }
    }
    look_at(&block)
}

/// The compiler compares all bytes of a block at once.
#[inline]
fn look_at(block: &[u8; 16]) -> u64 {
    let mut seen = [0; 16];
    for (seen, &byte) in seen.iter_mut().zip(block) {
        let odd = !matches!(byte, b' '..=b'~') | (byte == b'"') | (byte == b'\\');
        let sign = (byte == b'=') | (byte == b':') | (byte == b'%') | (byte == b'J');
        let blank = (byte == b' ') | (byte == b'+');
        let b = byte | 0x20 == b'b';
        *seen = u8::from(odd) | u8::from(sign) << 1 | u8::from(blank) << 2 | u8::from(b) << 3;
    }
    let seen = u128::from_ne_bytes(seen);
    seen as u64 | (seen >> 64) as u64
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
        let bytes = text.as_bytes();
        if bytes.len() <= most && self.subjects.is_none() && is_harmless(bytes) {
            self.line.extend_from_slice(bytes);
        } else {
            self.careful::<S>(text, most);
        }
    }

    /// Appends text that may hold anything.
    #[inline(never)]
    fn careful<S: Style>(&mut self, text: &str, most: usize) {
        let stop = self.line.len() + most;
        // A little more is looked at than is written: what starts before the end must be recognised. The rest is cut.
        let end = text.floor_char_boundary(text.len().min(super::LIMIT));
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
        if !self.plain::<S>(&text[done..end.max(done)], stop) || end < text.len() {
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

/// Longest piece of text that is recognised although it goes beyond the longest line.
const BEYOND: usize = 1 << 10;
