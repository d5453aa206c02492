//! Whom an event is about, where that is not to be seen: pseudonyms for the person's own id, address and place, and for all
//! three wherever else in the event they stand.

use std::io::Write as _;

use smallvec::SmallVec;

use super::{Mark, Personal, Rules};
use crate::event::secret::meaning;
use crate::event::{MetaValue, address};
use crate::key::Key;
use crate::write::encode::Record;

/// What pseudonyms start with. No IP address has a `~`, no e-mail address is without an `@`, and ids do not start like
/// this.
const PSEUDONYM: &str = "pn~";

/// Bytes of a code that a pseudonym shows: 128 bits.
const PSEUDONYM_BYTES: usize = 16;

/// The pseudonym of a text, the same for all ways to write one address:
///
/// ```text
/// pn~ + 32 hexadecimal digits, the first of HMAC-SHA-256(key, "authmeter pseudonym\0" field "\0" text)
/// ```
///
/// where `field` is `userId`, `email` or `ip`, and `text` the id, the e-mail address in small letters, or the IP address in
/// its canonical form (RFC 5952).
pub(super) fn pseudonym(key: &Key, field: Personal, text: &str) -> Mark {
    let code = |text: &[u8]| {
        key.mac(&[
            b"authmeter pseudonym\0",
            field.name().as_bytes(),
            b"\0",
            text,
        ])
    };
    let code = match field {
        Personal::User => code(text.as_bytes()),
        Personal::Email => code(&small(text)),
        Personal::Ip => match Own::address(text) {
            Some(address) => code(address.as_bytes()),
            None => code(text.as_bytes()),
        },
    };
    Mark::of(PSEUDONYM, &code[..PSEUDONYM_BYTES])
}

/// Text in small letters, without the heap for an address of the usual length.
fn small(text: &str) -> SmallVec<[u8; 256]> {
    let mut small = SmallVec::new();
    let mut bytes = [0; 4];
    for letter in text.chars().flat_map(char::to_lowercase) {
        small.extend_from_slice(letter.encode_utf8(&mut bytes).as_bytes());
    }
    small
}

/// A short text of our own making: the digits of an id, or an address.
#[derive(Clone, Copy)]
struct Own {
    text: [u8; 48],
    length: usize,
}

impl Own {
    fn new(text: &[u8]) -> Own {
        let mut own = Own {
            text: [0; 48],
            length: text.len().min(48),
        };
        own.text[..own.length].copy_from_slice(&text[..own.length]);
        own
    }

    /// The canonical form of an address.
    fn address(text: &str) -> Option<Own> {
        let address = address(text)?;
        let mut own = Own {
            text: [0; 48],
            length: 0,
        };
        let mut rest = &mut own.text[..];
        write!(rest, "{address}").ok()?;
        own.length = 48 - rest.len();
        Some(own)
    }

    fn as_bytes(&self) -> &[u8] {
        &self.text[..self.length]
    }
}

/// A text that stands for the person, and its pseudonym.
struct Needle<'a> {
    field: Personal,
    text: Text<'a>,
    mark: Mark,
}

enum Text<'a> {
    Given(&'a str),
    Own(Own),
}

impl Text<'_> {
    fn as_bytes(&self) -> &[u8] {
        match self {
            Text::Given(text) => text.as_bytes(),
            Text::Own(own) => own.as_bytes(),
        }
    }
}

/// Longest text that is looked for inside of others. Addresses have at most 254 bytes (RFC 5321, section 4.5.3.1.3).
const LONGEST: usize = 320;

/// Most texts that are looked for: more ids, addresses and places than one event has of one person.
const MOST: usize = 12;

/// Ids of this length are replaced inside of longer words, too; shorter ones stand in words by chance.
const TELLING: usize = 8;

/// The person an event is about.
pub(crate) struct Subjects<'a> {
    needles: [Option<Needle<'a>>; MOST],
    count: usize,
    /// Bytes with which some text starts, as bits; and `%`, with which it may in a query.
    starts: [u64; 4],
}

impl<'a> Subjects<'a> {
    pub(crate) fn of(rules: &Rules, record: &Record<'a, '_>) -> Subjects<'a> {
        let mut subjects = Subjects {
            needles: [const { None }; MOST],
            count: 0,
            starts: [0; 4],
        };
        let fields = record.fields;
        if let Some(id) = fields.user_id() {
            subjects.add(rules, Personal::User, Text::Given(id));
        }
        if let Some(address) = fields.email_address() {
            subjects.add(rules, Personal::Email, Text::Given(address));
        }
        for (key, value) in fields.metadata() {
            let Some(field) = rules.hidden(meaning(key)) else {
                continue;
            };
            let mut digits = itoa::Buffer::new();
            let text = match value {
                MetaValue::Text(text) => Text::Given(text),
                MetaValue::Int(number) => Text::Own(Own::new(digits.format(number).as_bytes())),
                MetaValue::Uint(number) => Text::Own(Own::new(digits.format(number).as_bytes())),
                _ => continue,
            };
            subjects.add(rules, field, text);
        }
        subjects
    }

    fn add(&mut self, rules: &Rules, field: Personal, text: Text<'a>) {
        if !rules.hides(field) {
            return;
        }
        let Text::Given(given) = text else {
            return self.push(rules, field, text);
        };
        if field == Personal::Ip
            && let Some(own) = Own::address(given)
            && own.as_bytes() != given.as_bytes()
        {
            self.push(rules, field, Text::Own(own));
        }
        self.push(rules, field, text);
    }

    fn push(&mut self, rules: &Rules, field: Personal, text: Text<'a>) {
        let bytes = text.as_bytes();
        let (Some(first), Ok(shown)) = (bytes.first(), str::from_utf8(bytes)) else {
            return;
        };
        let Some(mark) = rules.pseudonym(field, shown) else {
            return;
        };
        if bytes.len() > LONGEST || self.count == MOST {
            return;
        }
        for byte in [first.to_ascii_lowercase(), first.to_ascii_uppercase(), b'%'] {
            self.starts[usize::from(byte >> 6)] |= 1 << (byte & 63);
        }
        self.needles[self.count] = Some(Needle { field, text, mark });
        self.count += 1;
    }

    fn needles(&self) -> impl Iterator<Item = &Needle<'a>> {
        self.needles.iter().map_while(Option::as_ref)
    }

    /// The pseudonym of a text that is one of the event's own.
    pub(crate) fn get(&self, field: Personal, text: &str) -> Option<Mark> {
        let is = |needle: &&Needle<'_>| {
            needle.field == field && needle.text.as_bytes() == text.as_bytes()
        };
        self.needles().find(is).map(|needle| needle.mark)
    }

    /// The first place at `from` or later where the text tells whom the event is about: where it starts and ends, and what
    /// stands for it. One pass, whatever is found in it.
    pub(crate) fn find(&self, text: &str, from: usize) -> Option<(usize, usize, Mark)> {
        let bytes = text.as_bytes();
        (from..bytes.len())
            .filter(|at| self.starts[usize::from(bytes[*at] >> 6)] >> (bytes[*at] & 63) & 1 != 0)
            .find_map(|at| {
                let ends = |needle: &Needle<'_>| Some((needle.end(bytes, at)?, needle.mark));
                let (end, mark) = self
                    .needles()
                    .filter_map(ends)
                    .max_by_key(|found| found.0)?;
                Some((at, end, mark))
            })
    }
}

impl Needle<'_> {
    /// Where the needle's text ends that starts at `at`, if it does.
    fn end(&self, text: &[u8], at: usize) -> Option<usize> {
        let needle = self.text.as_bytes();
        let mut end = at;
        for wanted in needle {
            let (byte, length) = decoded(text.get(end..)?)?;
            let same = match self.field {
                Personal::Email => byte.eq_ignore_ascii_case(wanted),
                Personal::User | Personal::Ip => byte == *wanted,
            };
            if !same {
                return None;
            }
            end += length;
        }
        let alone = self.field == Personal::Email
            || self.field == Personal::User && needle.len() >= TELLING
            || !is_of_a_word(before(text, at)) && !is_of_a_word(text.get(end).copied());
        alone.then_some(end)
    }
}

/// The first byte of a text, decoded as in a query, and how many bytes it took.
fn decoded(text: &[u8]) -> Option<(u8, usize)> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    match text {
        [b'%', high, low, ..] => match (digit(*high), digit(*low)) {
            (Some(high), Some(low)) => Some((high << 4 | low, 3)),
            _ => Some((b'%', 1)),
        },
        [byte, ..] => Some((*byte, 1)),
        [] => None,
    }
}

/// The byte before, unless it is the last digit of an encoded one.
fn before(text: &[u8], at: usize) -> Option<u8> {
    let encoded = at >= 3 && text[at - 3] == b'%';
    at.checked_sub(1).filter(|_| !encoded).map(|at| text[at])
}

fn is_of_a_word(byte: Option<u8>) -> bool {
    byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80)
}

#[cfg(test)]
mod tests;
