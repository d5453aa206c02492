//! How an event is laid out: as an object of JSON, and as a line of the console.

use std::cell::Cell;

use super::text::{Json, Line, Shown, Style};
use super::{Record, Rules, of_meaning};
use crate::event::secret::{Meaning, Name};
use crate::event::{Kind, MetaValue, Outcome, Timestamp};

/// How an event is laid out, beside how its text is written.
pub(super) trait Layout: Style {
    /// Appends the event up to its metadata.
    fn head(record: &Record<'_, '_>, colour: bool, line: &mut Line<'_>);

    /// Appends what stands before the key of a pair.
    fn open(line: &mut Line<'_>);

    /// Appends all that stands before a value of this name.
    #[inline]
    fn name(line: &mut Line<'_>, name: &Name) {
        Self::open(line);
        line.line.extend_from_slice(name.bytes());
        line.line.extend_from_slice(Self::BETWEEN);
    }

    /// What stands after the key.
    const BETWEEN: &'static [u8];

    /// Appends what stands after the last pair, if there is any.
    fn close(line: &mut Line<'_>);

    /// The service as it is written.
    fn service(rules: &Rules) -> Option<&[u8]>;
}

/// Appends the name of the event. A name of the table of kinds is nobody's id, whoever calls himself `login`.
#[inline]
fn name<L: Style>(name: &str, line: &mut Line<'_>) {
    let most = line.bounds.ids;
    match line.rules.hides_any() && Kind::of_name(name).kind != Kind::Other {
        true => line.without_subjects(|line| line.text::<L>(name, most)),
        false => line.text::<L>(name, most),
    }
}

/// Appends a field that tells whom the event is about, quoted as the layout has it.
#[inline]
fn person<L: Layout>(line: &mut Line<'_>, meaning: Meaning, text: &str) {
    match line.rules.hidden(meaning) {
        None => line.quoted::<L>(text, line.bounds.ids),
        Some(_) => of_meaning::<L>(line, meaning, MetaValue::Text(text)),
    }
}

impl Layout for Json {
    fn head(record: &Record<'_, '_>, _: bool, line: &mut Line<'_>) {
        line.line.extend_from_slice(b"{\"event\":\"");
        name::<Json>(record.name, line);
        append_time(record.time, line.line);
        if let Some(id) = record.fields.user_id() {
            line.line.extend_from_slice(b",\"userId\":");
            person::<Json>(line, Meaning::User, id);
        }
        if let Some(address) = record.fields.email_address() {
            line.line.extend_from_slice(b",\"email\":");
            person::<Json>(line, Meaning::Email, address);
        }
        match record.outcome {
            Outcome::Success => line.line.extend_from_slice(b",\"success\":true"),
            Outcome::Failure => line.line.extend_from_slice(b",\"success\":false"),
            Outcome::Unknown => {}
        }
        if let Some(reason) = record.reason() {
            line.line.extend_from_slice(b",\"error\":");
            line.quoted::<Json>(reason, line.bounds.texts);
        }
    }

    #[inline]
    fn open(line: &mut Line<'_>) {
        let before: &[u8] = if line.any {
            b",\""
        } else {
            b",\"metadata\":{\""
        };
        line.line.extend_from_slice(before);
        line.any = true;
    }

    /// The first name's comma becomes the bracket.
    #[inline]
    fn name(line: &mut Line<'_>, name: &Name) {
        if !line.any {
            line.line.extend_from_slice(b",\"metadata\":");
        }
        let start = line.line.len();
        line.line.extend_from_slice(&name.json);
        line.line.truncate(start + name.json_length());
        if !line.any {
            line.line[start] = b'{';
            line.any = true;
        }
    }

    const BETWEEN: &'static [u8] = b"\":";

    fn close(line: &mut Line<'_>) {
        if line.any {
            line.line.push(b'}');
        }
        line.line.extend_from_slice(b"}\n");
    }

    fn service(rules: &Rules) -> Option<&[u8]> {
        rules.service_json()
    }
}

/// Columns the event's name takes on the console at least.
const NAME_WIDTH: usize = 28;

impl Layout for Shown {
    fn head(record: &Record<'_, '_>, colour: bool, line: &mut Line<'_>) {
        let (sign, paint) = match record.outcome {
            Outcome::Success => ("✅", "\x1b[32m"),
            Outcome::Failure => ("❌", "\x1b[31m"),
            Outcome::Unknown => ("⚪", "\x1b[2m"),
        };
        for part in ["[METRIC] ", sign, " "] {
            line.line.extend_from_slice(part.as_bytes());
        }
        if colour {
            line.line.extend_from_slice(paint.as_bytes());
        }
        let start = line.line.len();
        name::<Shown>(record.name, line);
        let width = String::from_utf8_lossy(&line.line[start..]).chars().count();
        if colour {
            line.line.extend_from_slice(b"\x1b[0m");
        }
        line.padding = NAME_WIDTH.saturating_sub(width);
        let ids = [
            ("userId", Meaning::User, record.fields.user_id()),
            ("email", Meaning::Email, record.fields.email_address()),
        ];
        for (key, meaning, id) in ids {
            if let Some(id) = id {
                Shown::open(line);
                line.line.extend_from_slice(key.as_bytes());
                line.line.push(b'=');
                person::<Shown>(line, meaning, id);
            }
        }
        if let Some(reason) = record.reason() {
            Shown::open(line);
            line.line.extend_from_slice(b"error=");
            line.text::<Shown>(reason, line.bounds.texts);
        }
    }

    /// The first pair brings the padding of the name and the bar.
    fn open(line: &mut Line<'_>) {
        if line.any {
            line.line.extend_from_slice(b", ");
        } else {
            line.line.resize(line.line.len() + line.padding, b' ');
            line.line.extend_from_slice(b" | ");
        }
        line.any = true;
    }

    const BETWEEN: &'static [u8] = b"=";

    fn close(line: &mut Line<'_>) {
        line.line.push(b'\n');
    }

    fn service(rules: &Rules) -> Option<&[u8]> {
        rules.service_shown()
    }
}

/// Appends the end of the name and the whole timestamp. [`Timestamp::to_millis_text`] is worked out by a thread once a
/// second: the calendar is the dearest part of a line.
pub(super) fn append_time(time: Timestamp, line: &mut Vec<u8>) {
    const BLANK: [u8; 40] = *b"\",\"timestamp\":\"                        \"";
    thread_local! {
        static LATEST: Cell<(i64, [u8; 40])> = const { Cell::new((i64::MIN, BLANK)) };
    }
    let (second, mut text) = LATEST.get();
    if second != time.seconds() {
        text[15..39].copy_from_slice(&time.to_millis_text());
        LATEST.set((time.seconds(), text));
    }
    let millis = time.subsec_nanos() / 1_000_000;
    text[35] = b'0' + (millis / 100) as u8;
    text[36] = b'0' + (millis / 10 % 10) as u8;
    text[37] = b'0' + (millis % 10) as u8;
    line.extend_from_slice(&text);
}
