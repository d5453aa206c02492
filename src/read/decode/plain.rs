//! The plain case: objects as a machine writes them, walked by hand.
//!
//! Taken are objects of strings without a backslash, integers, `true`, `false`, `null`, and containers of the same;
//! with or without white space. Whatever is taken has been checked to its last byte, so taking it is never wrong;
//! whatever is not is left to serde_json, which decides whether it is wrong at all.

use super::alias::{self, Key};
use super::values::{Place, TOP_LEVEL, Values};

/// Finds the values of one line, or `None` if the line is not plain; what was found until then means nothing.
pub(super) fn walk<'a>(text: &'a str, values: &mut Values<'a>) -> Option<()> {
    let mut cursor = Cursor { text, at: 0 };
    cursor.skip_space();
    cursor.expect(b'{')?;
    walk_object(&mut cursor, TOP_LEVEL, values)?;
    cursor.skip_space();
    (cursor.at == text.len()).then_some(())
}

/// Walks an object whose opening brace is behind the cursor.
fn walk_object<'a>(cursor: &mut Cursor<'a>, place: Place, values: &mut Values<'a>) -> Option<()> {
    cursor.skip_space();
    if cursor.peek()? == b'}' {
        cursor.at += 1;
        return Some(());
    }
    loop {
        cursor.expect(b'"')?;
        let key = cursor.string()?;
        let key = alias::lookup(&key[1..key.len() - 1]);
        cursor.skip_space();
        cursor.expect(b':')?;
        cursor.skip_space();
        let start = cursor.at;
        let first = cursor.peek()?;
        cursor.at += 1;
        let container = match key {
            Some(Key::Container(index)) if place == TOP_LEVEL => Some(index + 1),
            _ => None,
        };
        if let Some(container) = container {
            values.forget(container);
        }
        match (first, container) {
            (b'"', _) => _ = cursor.string()?,
            (b't', _) => cursor.rest(b"rue")?,
            (b'f', _) => cursor.rest(b"alse")?,
            (b'n', _) => cursor.rest(b"ull")?,
            (b'-' | b'0'..=b'9', _) => cursor.integer(first)?,
            (b'{', Some(container)) => walk_object(cursor, container, values)?,
            _ => return None,
        }
        if let Some(Key::Field(alias)) = key {
            values.insert(place, alias, &cursor.text[start..cursor.at]);
        }
        cursor.skip_space();
        let next = cursor.peek()?;
        cursor.at += 1;
        match next {
            b',' => cursor.skip_space(),
            b'}' => return Some(()),
            _ => return None,
        }
    }
}

/// A place in the text of a line. Bytes of characters beyond ASCII are met inside strings only.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.peek() {
            self.at += 1;
        }
    }

    /// The rest of a literal whose first byte is behind the cursor.
    fn rest(&mut self, literal: &[u8]) -> Option<()> {
        let rest = self.text.as_bytes().get(self.at..)?;
        rest.starts_with(literal).then(|| self.at += literal.len())
    }

    /// The rest of an integer whose first byte, a digit or the sign, is behind the cursor. Fractions and exponents are
    /// not plain.
    fn integer(&mut self, first: u8) -> Option<()> {
        let mut leading = first;
        if first == b'-' {
            leading = self.peek().filter(u8::is_ascii_digit)?;
            self.at += 1;
        }
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        let follows = !matches!(self.peek(), Some(b'.' | b'e' | b'E'));
        (follows && (leading != b'0' || self.at == start)).then_some(())
    }

    /// A string whose opening quote is behind the cursor, with both quotes.
    fn string(&mut self) -> Option<&'a str> {
        let start = self.at - 1;
        let bytes = self.text.as_bytes();
        loop {
            let word = bytes.get(self.at..)?.first_chunk::<8>();
            let Some(word) = word else { break };
            let found = special(u64::from_le_bytes(*word));
            if found != 0 {
                self.at += (found.trailing_zeros() / 8) as usize;
                return self.close(start);
            }
            self.at += 8;
        }
        while !matches!(self.peek()?, b'"' | b'\\' | 0..0x20) {
            self.at += 1;
        }
        self.close(start)
    }

    fn close(&mut self, start: usize) -> Option<&'a str> {
        self.expect(b'"')?;
        self.text.get(start..self.at)
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
