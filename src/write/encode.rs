//! One event as one line: JSON for the file, text for the console.
//!
//! Both append to a given buffer and allocate nothing beyond its growth. Both treat text as hostile: whatever an
//! application was sent by strangers (user agents, addresses, reasons) ends up here.
//!
//! * In JSON everything is escaped that a JSON string must escape, and also what some reader or terminal takes for a
//!   line end or a command (see [`is_unsafe`]). An escape loses nothing: it reads back as the same character.
//! * On the console the same characters are shown as `\u{…}`.

use std::io::Write as _;

use crate::event::{Fields, MetaValue, Outcome, Timestamp};

/// One event, complete: what a line says.
pub(crate) struct Record<'a, 'f> {
    pub(crate) name: &'a str,
    pub(crate) time: Timestamp,
    /// `Unknown` writes no `success`.
    pub(crate) outcome: Outcome,
    /// Empty text is no reason.
    pub(crate) reason: Option<&'a str>,
    pub(crate) fields: &'a Fields<'f>,
}

impl Record<'_, '_> {
    fn reason(&self) -> Option<&str> {
        self.reason.filter(|reason| !reason.is_empty())
    }
}

/// Appends the event as one line of JSON, its newline included.
pub(crate) fn json(record: &Record<'_, '_>, line: &mut Vec<u8>) {
    line.extend_from_slice(b"{\"event\":");
    string(record.name, line);
    line.extend_from_slice(b",\"timestamp\":\"");
    line.extend_from_slice(&record.time.to_millis_text());
    line.push(b'"');
    if let Some(id) = record.fields.user_id() {
        line.extend_from_slice(b",\"userId\":");
        string(id, line);
    }
    if let Some(address) = record.fields.email_address() {
        line.extend_from_slice(b",\"email\":");
        string(address, line);
    }
    match record.outcome {
        Outcome::Success => line.extend_from_slice(b",\"success\":true"),
        Outcome::Failure => line.extend_from_slice(b",\"success\":false"),
        Outcome::Unknown => {}
    }
    if let Some(reason) = record.reason() {
        line.extend_from_slice(b",\"error\":");
        string(reason, line);
    }
    metadata(record.fields, line);
    line.extend_from_slice(b"}\n");
}

fn metadata(fields: &Fields<'_>, line: &mut Vec<u8>) {
    let mut before: &[u8] = b",\"metadata\":{";
    for (key, value) in fields.metadata() {
        line.extend_from_slice(before);
        before = b",";
        string(key, line);
        line.push(b':');
        match value {
            MetaValue::Text(text) => string(text, line),
            MetaValue::Float(number) if !number.is_finite() => line.extend_from_slice(b"null"),
            value => scalar(value, line),
        }
    }
    if before == b"," {
        line.push(b'}');
    }
}

/// Appends a value that is not text. Floats are written with the fewest digits that read back as the same number, and
/// always as floats: `1.0`, `1e300`.
fn scalar(value: MetaValue<'_>, line: &mut Vec<u8>) {
    // Writing to a `Vec` cannot fail.
    let _ = match value {
        MetaValue::Bool(value) => write!(line, "{value}"),
        MetaValue::Int(value) => write!(line, "{value}"),
        MetaValue::Uint(value) => write!(line, "{value}"),
        MetaValue::Float(value) => write!(line, "{value:?}"),
        MetaValue::Text(text) => write!(line, "{text}"),
    };
}

/// Characters that some reader takes for the end of a line, or that drive or deceive a terminal: control characters
/// (C0, DEL, C1), the line and paragraph separators, and the bidirectional controls of Unicode (UAX #9, section 2).
fn is_unsafe(character: char) -> bool {
    matches!(
        character,
        '\0'..='\x1f'
            | '\x7f'..='\u{9f}'
            | '\u{61c}'
            | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
    )
}

/// Whether a byte needs a second look: it is to be escaped, or it starts a sequence that may be an unsafe character.
static LOOK: [bool; 256] = {
    let mut look = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        look[byte] = true;
        byte += 1;
    }
    look[b'"' as usize] = true;
    look[b'\\' as usize] = true;
    look[0x7f] = true;
    look[0xc2] = true; // U+0080 to U+00BF
    look[0xd8] = true; // U+0600 to U+063F
    look[0xe2] = true; // U+2000 to U+2FFF
    look
};

/// Appends text with some characters replaced: `escape` says whether it replaced the one it was shown.
fn escaped(text: &str, line: &mut Vec<u8>, escape: impl Fn(char, &mut Vec<u8>) -> bool) {
    let bytes = text.as_bytes();
    let (mut done, mut at) = (0, 0);
    while at < bytes.len() {
        if !LOOK[usize::from(bytes[at])] {
            at += 1;
            continue;
        }
        // A byte that needs a look is ASCII or the first of its character, so `at` is a border.
        let Some(character) = text[at..].chars().next() else {
            break;
        };
        let next = at + character.len_utf8();
        let plain = line.len();
        line.extend_from_slice(&bytes[done..at]);
        if escape(character, line) {
            done = next;
        } else {
            line.truncate(plain);
        }
        at = next;
    }
    line.extend_from_slice(&bytes[done..]);
}

/// Appends text as a JSON string.
fn string(text: &str, line: &mut Vec<u8>) {
    line.push(b'"');
    escaped(text, line, |character, line| {
        match character {
            '"' => line.extend_from_slice(b"\\\""),
            '\\' => line.extend_from_slice(b"\\\\"),
            '\n' => line.extend_from_slice(b"\\n"),
            '\r' => line.extend_from_slice(b"\\r"),
            '\t' => line.extend_from_slice(b"\\t"),
            // All of these lie below U+10000, so four digits are enough.
            other if is_unsafe(other) => {
                let _ = write!(line, "\\u{:04x}", u32::from(other));
            }
            _ => return false,
        }
        true
    });
    line.push(b'"');
}

/// Appends text as a terminal may show it.
fn shown(text: &str, line: &mut Vec<u8>) {
    escaped(text, line, |character, line| {
        if is_unsafe(character) {
            let _ = write!(line, "\\u{{{:x}}}", u32::from(character));
        }
        is_unsafe(character)
    });
}

/// Columns the event's name takes on the console at least.
const NAME_WIDTH: usize = 28;

/// Appends the event as one console line, its newline included:
///
/// ```text
/// [METRIC] ✅ otp.generated                | email=user@example.com, emailDomain=example.com
/// ```
///
/// An event that does not say how it ended has `⚪`; one without fields ends after its name.
pub(crate) fn console(record: &Record<'_, '_>, colour: bool, line: &mut Vec<u8>) {
    let (sign, paint) = match record.outcome {
        Outcome::Success => ("✅", "\x1b[32m"),
        Outcome::Failure => ("❌", "\x1b[31m"),
        Outcome::Unknown => ("⚪", "\x1b[2m"),
    };
    let _ = write!(line, "[METRIC] {sign} ");
    if colour {
        line.extend_from_slice(paint.as_bytes());
    }
    let start = line.len();
    shown(record.name, line);
    let width = String::from_utf8_lossy(&line[start..]).chars().count();
    if colour {
        line.extend_from_slice(b"\x1b[0m");
    }

    let mut pairs = Pairs {
        padding: NAME_WIDTH.saturating_sub(width),
        any: false,
        line,
    };
    let ids = [
        ("userId", record.fields.user_id()),
        ("email", record.fields.email_address()),
        ("error", record.reason()),
    ];
    for (key, value) in ids {
        if let Some(text) = value {
            pairs.push(key, MetaValue::Text(text));
        }
    }
    for (key, value) in record.fields.metadata() {
        pairs.push(key, value);
    }
    line.push(b'\n');
}

/// The `key=value, …` part of a console line; the first pair brings the padding and the bar.
struct Pairs<'a> {
    padding: usize,
    any: bool,
    line: &'a mut Vec<u8>,
}

impl Pairs<'_> {
    fn push(&mut self, key: &str, value: MetaValue<'_>) {
        let line = &mut *self.line;
        if self.any {
            line.extend_from_slice(b", ");
        } else {
            line.resize(line.len() + self.padding, b' ');
            line.extend_from_slice(b" | ");
        }
        self.any = true;
        shown(key, line);
        line.push(b'=');
        match value {
            MetaValue::Text(text) => shown(text, line),
            value => scalar(value, line),
        }
    }
}

#[cfg(test)]
mod tests;
