//! One event as one line: JSON for the file, text for the console.
//!
//! Both append to a given buffer and allocate nothing beyond its growth. Both treat text as hostile: whatever an
//! application was sent by strangers (user agents, addresses, reasons) ends up here.
//!
//! * In JSON everything is escaped that a JSON string must escape, and also what some reader or terminal takes for a
//!   line end or a command (see [`is_unsafe`]). An escape loses nothing: it reads back as the same character.
//! * On the console the same characters are shown as `\u{…}`.

use std::cell::Cell;
use std::io::Write as _;

use crate::event::{Fields, MetaValue, Outcome, Timestamp, is_unsafe};

pub(crate) use super::privacy::Rules;

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
pub(crate) fn json(record: &Record<'_, '_>, rules: &Rules, line: &mut Vec<u8>) {
    line.extend_from_slice(b"{\"event\":");
    string(record.name, line);
    line.extend_from_slice(b",\"timestamp\":\"");
    line.extend_from_slice(&millis_text(record.time));
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
    metadata(record.fields, rules, line);
    line.extend_from_slice(b"}\n");
}

/// What [`Timestamp::to_millis_text`] gives, which a thread works out once a second: the calendar is the dearest part of
/// a line.
fn millis_text(time: Timestamp) -> [u8; 24] {
    thread_local! {
        static LATEST: Cell<(i64, [u8; 24])> = const { Cell::new((i64::MIN, [0; 24])) };
    }
    let (second, mut text) = LATEST.get();
    if second != time.seconds() {
        text = time.to_millis_text();
        LATEST.set((time.seconds(), text));
    }
    let millis = time.subsec_nanos() / 1_000_000;
    for (place, digit) in text[20..23]
        .iter_mut()
        .zip([millis / 100, millis / 10 % 10, millis % 10])
    {
        *place = b'0' + digit as u8;
    }
    text
}

fn metadata(fields: &Fields<'_>, rules: &Rules, line: &mut Vec<u8>) {
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
    if let Some(name) = rules.service_json() {
        line.extend_from_slice(before);
        before = b",";
        line.extend_from_slice(b"\"service\":");
        line.extend_from_slice(name);
    }
    if before == b"," {
        line.push(b'}');
    }
}

/// A service's name as JSON and as the console shows it.
pub(crate) fn service(name: &str) -> (Box<[u8]>, Box<[u8]>) {
    let (mut json, mut console) = (Vec::new(), Vec::new());
    string(name, &mut json);
    shown(name, &mut console);
    (json.into(), console.into())
}

/// Appends a value that is not text. Floats are written with the fewest digits that read back as the same number, and
/// always as floats: `1.0`, `1e300`.
fn scalar(value: MetaValue<'_>, line: &mut Vec<u8>) {
    match value {
        MetaValue::Bool(true) => line.extend_from_slice(b"true"),
        MetaValue::Bool(false) => line.extend_from_slice(b"false"),
        MetaValue::Int(value) => decimal(value, line),
        MetaValue::Uint(value) => decimal(value, line),
        // Writing to a `Vec` cannot fail.
        MetaValue::Float(value) => drop(write!(line, "{value:?}")),
        MetaValue::Text(text) => line.extend_from_slice(text.as_bytes()),
    }
}

/// Appends the digits of a number: `write!` takes several times as long, and most events count something.
fn decimal(number: impl itoa::Integer, line: &mut Vec<u8>) {
    line.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Appends text; where `odd` says so of a character, appends what `escape` does instead.
fn escaped(
    text: &str,
    line: &mut Vec<u8>,
    odd: impl Fn(char) -> bool,
    escape: impl Fn(char, &mut Vec<u8>),
) {
    let bytes = text.as_bytes();
    // Most text is plain ASCII; without a branch per byte the compiler compares many bytes at once.
    let plain = |byte: u8| matches!(byte, b' '..=b'~') & (byte != b'"') & (byte != b'\\');
    if bytes.iter().fold(true, |all, &byte| all & plain(byte)) {
        line.extend_from_slice(bytes);
        return;
    }
    let mut done = 0;
    for (at, character) in text.char_indices().filter(|(_, character)| odd(*character)) {
        line.extend_from_slice(&bytes[done..at]);
        escape(character, line);
        done = at + character.len_utf8();
    }
    line.extend_from_slice(&bytes[done..]);
}

/// Appends text as a JSON string.
fn string(text: &str, line: &mut Vec<u8>) {
    let odd = |character| matches!(character, '"' | '\\') || is_unsafe(character);
    line.push(b'"');
    escaped(text, line, odd, |character, line| match character {
        '"' => line.extend_from_slice(b"\\\""),
        '\\' => line.extend_from_slice(b"\\\\"),
        '\n' => line.extend_from_slice(b"\\n"),
        '\r' => line.extend_from_slice(b"\\r"),
        '\t' => line.extend_from_slice(b"\\t"),
        // All unsafe characters lie below U+10000, so four digits are enough.
        other => drop(write!(line, "\\u{:04x}", u32::from(other))),
    });
    line.push(b'"');
}

/// Appends text as a terminal may show it.
fn shown(text: &str, line: &mut Vec<u8>) {
    escaped(text, line, is_unsafe, |character, line| {
        drop(write!(line, "\\u{{{:x}}}", u32::from(character)));
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
pub(crate) fn console(record: &Record<'_, '_>, rules: &Rules, colour: bool, line: &mut Vec<u8>) {
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
    if let Some(name) = rules.service_shown() {
        pairs.push("service", MetaValue::Text(""));
        pairs.line.extend_from_slice(name);
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
