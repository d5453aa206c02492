//! The plain case: objects as machines write them, walked by hand.
//!
//! Taken is all of JSON but containers nested more than a few levels, halves of surrogate pairs that stand alone, and
//! numbers or literals that are none. Whatever is taken has been checked to its last byte, so taking it is never wrong; whatever is not is left
//! to serde_json, which decides whether it is wrong at all.

use bumpalo::Bump;

use super::alias::{self, Key};
use super::escape::{unescape, unit};
use super::values::{Place, TOP_LEVEL, Values};

/// Containers inside each other that are followed.
const MOST_LEVELS: usize = 8;

/// What a value is that is neither an object nor an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    String,
    Number,
    Bool,
    Null,
}

/// Takes note of the scalars of a line, in their order.
pub(super) trait Notes {
    /// A scalar that starts at one place and ends before the other; quotes are part of it.
    fn scalar(&mut self, scalar: Scalar, start: usize, end: usize);
}

/// Nobody wants to know.
impl Notes for () {
    fn scalar(&mut self, _: Scalar, _: usize, _: usize) {}
}

/// Finds the values of one line, or `None` if the line is not plain; what was found until then means nothing.
pub(super) fn walk<'a, N: Notes>(
    text: &'a str,
    values: &mut Values<'a>,
    arena: &'a Bump,
    notes: &mut N,
) -> Option<()> {
    let mut walk = Walk {
        cursor: Cursor::new(text),
        arena,
        notes,
    };
    walk.cursor.skip_space();
    walk.cursor.expect(b'{')?;
    walk.object(TOP_LEVEL, values)?;
    walk.cursor.skip_space();
    walk.cursor.is_at_end().then_some(())
}

struct Walk<'a, 'n, N> {
    cursor: Cursor<'a>,
    /// Where keys go whose escapes are undone.
    arena: &'a Bump,
    notes: &'n mut N,
}

impl<'a, N: Notes> Walk<'a, '_, N> {
    /// An object whose opening brace is behind the cursor.
    fn object(&mut self, place: Place, values: &mut Values<'a>) -> Option<()> {
        if self.cursor.ends_at_once(b'}')? {
            return Some(());
        }
        loop {
            let key = alias::lookup(self.key()?);
            let start = self.cursor.at;
            match key {
                Some(Key::Container(index)) if place == TOP_LEVEL => {
                    values.forget(index + 1);
                    if self.cursor.peek()? == b'{' {
                        self.cursor.at += 1;
                        self.object(index + 1, values)?;
                    } else {
                        _ = self.value(1)?;
                    }
                }
                Some(Key::Field(alias)) => {
                    let plain = self.value(1)?;
                    values.insert(place, alias, self.cursor.since(start)?, plain);
                }
                _ => _ = self.value(1)?,
            }
            if !self.cursor.goes_on(b'}')? {
                return Some(());
            }
        }
    }

    /// A key, and what separates it from its value.
    #[inline]
    fn key(&mut self) -> Option<&'a str> {
        let start = self.cursor.at;
        self.cursor.expect(b'"')?;
        let plain = self.cursor.string()?;
        let raw = self.cursor.since(start)?;
        self.cursor.separator()?;
        match plain {
            true => raw.get(1..raw.len() - 1),
            false => unescape(raw, self.arena),
        }
    }

    /// Any value, nested in `level` containers. Whether it is free of escapes, if it is a string.
    fn value(&mut self, level: usize) -> Option<bool> {
        let start = self.cursor.at;
        let first = self.cursor.peek()?;
        self.cursor.at += 1;
        let mut plain = true;
        let scalar = match first {
            b'"' => {
                plain = self.cursor.string()?;
                Scalar::String
            }
            b't' => {
                self.cursor.rest(b"rue")?;
                Scalar::Bool
            }
            b'f' => {
                self.cursor.rest(b"alse")?;
                Scalar::Bool
            }
            b'n' => {
                self.cursor.rest(b"ull")?;
                Scalar::Null
            }
            b'-' | b'0'..=b'9' => {
                self.cursor.number(first)?;
                Scalar::Number
            }
            b'{' if level < MOST_LEVELS => return self.foreign_object(level + 1).map(|()| true),
            b'[' if level < MOST_LEVELS => return self.array(level + 1).map(|()| true),
            _ => return None,
        };
        self.notes.scalar(scalar, start, self.cursor.at);
        Some(plain)
    }

    /// An object nobody looks into, whose opening brace is behind the cursor.
    fn foreign_object(&mut self, level: usize) -> Option<()> {
        if self.cursor.ends_at_once(b'}')? {
            return Some(());
        }
        loop {
            self.cursor.expect(b'"')?;
            _ = self.cursor.string()?;
            self.cursor.separator()?;
            _ = self.value(level)?;
            if !self.cursor.goes_on(b'}')? {
                return Some(());
            }
        }
    }

    /// An array whose opening bracket is behind the cursor.
    fn array(&mut self, level: usize) -> Option<()> {
        if self.cursor.ends_at_once(b']')? {
            return Some(());
        }
        loop {
            _ = self.value(level)?;
            if !self.cursor.goes_on(b']')? {
                return Some(());
            }
        }
    }
}

/// A place in the text of a line. Bytes of characters beyond ASCII are met inside strings only.
pub(super) struct Cursor<'a> {
    text: &'a str,
    pub(super) at: usize,
}

impl<'a> Cursor<'a> {
    fn new(text: &'a str) -> Cursor<'a> {
        Cursor { text, at: 0 }
    }

    /// Behind the byte at `at`.
    pub(super) fn after(text: &'a str, at: usize) -> Cursor<'a> {
        Cursor { text, at: at + 1 }
    }

    fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }

    /// The text from `start` to here.
    fn since(&self, start: usize) -> Option<&'a str> {
        self.text.get(start..self.at)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    #[inline]
    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.peek() {
            self.at += 1;
        }
    }

    /// What separates a key from its value.
    #[inline]
    fn separator(&mut self) -> Option<()> {
        self.skip_space();
        self.expect(b':')?;
        self.skip_space();
        Some(())
    }

    /// Whether the container whose opening is behind the cursor is empty.
    #[inline]
    fn ends_at_once(&mut self, end: u8) -> Option<bool> {
        self.skip_space();
        let ends = self.peek()? == end;
        self.at += usize::from(ends);
        Some(ends)
    }

    /// Whether another entry follows the one behind the cursor, or the container ends.
    #[inline]
    fn goes_on(&mut self, end: u8) -> Option<bool> {
        self.skip_space();
        let next = self.peek()?;
        self.at += 1;
        match next {
            b',' => {
                self.skip_space();
                Some(true)
            }
            next => (next == end).then_some(false),
        }
    }

    /// The rest of a literal whose first byte is behind the cursor.
    fn rest(&mut self, literal: &[u8]) -> Option<()> {
        let rest = self.text.as_bytes().get(self.at..)?;
        rest.starts_with(literal).then(|| self.at += literal.len())
    }

    /// The rest of a number whose first byte, a digit or the sign, is behind the cursor.
    pub(super) fn number(&mut self, first: u8) -> Option<()> {
        let mut leading = first;
        if first == b'-' {
            leading = self.peek()?;
            self.at += 1;
        }
        match leading {
            b'0' => {}
            b'1'..=b'9' => self.skip_digits(),
            _ => return None,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }

    fn skip_digits(&mut self) {
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
    }

    /// At least one digit.
    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        self.skip_digits();
        (self.at > start).then_some(())
    }

    /// The rest of a string whose opening quote is behind the cursor. Whether it is free of escapes.
    #[inline]
    fn string(&mut self) -> Option<bool> {
        let mut plain = true;
        loop {
            self.skip_plain();
            let byte = self.peek()?;
            self.at += 1;
            match byte {
                b'"' => return Some(plain),
                b'\\' => {
                    plain = false;
                    self.escape()?;
                }
                _ => return None,
            }
        }
    }

    /// The rest of an escape whose backslash is behind the cursor.
    fn escape(&mut self) -> Option<()> {
        let letter = self.peek()?;
        self.at += 1;
        match letter {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            b'u' => match self.unit()? {
                0xD800..=0xDBFF => {
                    self.rest(b"\\u")?;
                    (0xDC00..=0xDFFF).contains(&self.unit()?).then_some(())
                }
                0xDC00..=0xDFFF => None,
                _ => Some(()),
            },
            _ => None,
        }
    }

    /// Four digits of an escape.
    fn unit(&mut self) -> Option<u32> {
        let unit = unit(self.text.as_bytes(), self.at)?;
        self.at += 4;
        Some(unit)
    }

    /// Skips to the next quote, backslash or control character.
    #[inline]
    fn skip_plain(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(word) = bytes.get(self.at..).and_then(<[u8]>::first_chunk::<8>) {
            let found = special(u64::from_le_bytes(*word));
            if found != 0 {
                self.at += (found.trailing_zeros() / 8) as usize;
                return;
            }
            self.at += 8;
        }
        while !matches!(self.peek(), None | Some(b'"' | b'\\' | 0..0x20)) {
            self.at += 1;
        }
    }
}

/// Marks the high bit of the first of eight bytes that ends plain text: a quote, a backslash, a control character.
/// Bytes after the first may be marked wrongly, which does not matter. (Mycroft's test for a zero byte; see Anderson,
/// "Bit Twiddling Hacks", "Determine if a word has a byte less than n".)
fn special(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 0xFF;
    const HIGHS: u64 = ONES << 7;
    let has_zero = |word: u64| word.wrapping_sub(ONES) & !word;
    let quotes = has_zero(word ^ (ONES * b'"' as u64));
    let backslashes = has_zero(word ^ (ONES * b'\\' as u64));
    let controls = word.wrapping_sub(ONES * 0x20) & !word;
    (quotes | backslashes | controls) & HIGHS
}

#[cfg(test)]
mod tests;
