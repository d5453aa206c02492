//! The writer's own encoding: compact, fixed field order, absent fields left out.

use super::population::Population;
use super::vocabulary::{Event, Said};
use crate::event::Timestamp;

/// The time of an event; every generated one lies inside the years a timestamp can hold.
pub(super) fn timestamp(at: i64) -> Option<Timestamp> {
    Timestamp::new(at.div_euclid(1000), at.rem_euclid(1000) as u32 * 1_000_000)
}

/// Writes timestamps, and remembers the last minute: consecutive events mostly share it.
#[derive(Default)]
pub(super) struct Clock {
    minute: i64,
    text: Option<[u8; 24]>,
}

impl Clock {
    /// The writer's form of `at`: `2025-01-15T10:30:00.000Z`.
    pub(super) fn write(&mut self, at: i64, out: &mut Vec<u8>) {
        let minute = at.div_euclid(60_000);
        let mut text = match self.text {
            Some(text) if minute == self.minute => text,
            _ => match timestamp(minute * 60_000) {
                Some(time) => time.to_millis_text(),
                None => return,
            },
        };
        (self.minute, self.text) = (minute, Some(text));
        let rest = at.rem_euclid(60_000) as u32;
        let digit = |value: u32| b'0' + (value % 10) as u8;
        text[17] = digit(rest / 10_000);
        text[18] = digit(rest / 1_000);
        text[20] = digit(rest / 100);
        text[21] = digit(rest / 10);
        text[22] = digit(rest);
        out.extend_from_slice(&text);
    }
}

/// Appends the line of one event, without its newline.
pub(super) fn write(event: &Event, population: &Population, clock: &mut Clock, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"event\":\"");
    out.extend_from_slice(event.name.text().as_bytes());
    out.extend_from_slice(b"\",\"timestamp\":\"");
    clock.write(event.at, out);
    if event.says_user {
        out.extend_from_slice(b"\",\"userId\":\"");
        population.write_id(event.user, out);
    }
    if event.says_email {
        out.extend_from_slice(b"\",\"email\":\"");
        population.write_email(event.user, out);
    }
    out.push(b'"');
    match event.success {
        Some(true) => out.extend_from_slice(b",\"success\":true"),
        Some(false) => out.extend_from_slice(b",\"success\":false"),
        None => {}
    }
    if let Some(reason) = event.reason {
        out.extend_from_slice(b",\"error\":\"");
        write_escaped(reason.text(), out);
        out.push(b'"');
    }
    write_metadata(event, population, out);
    out.push(b'}');
}

fn write_metadata(event: &Event, population: &Population, out: &mut Vec<u8>) {
    let mut before: &[u8] = b",\"metadata\":{\"";
    event.metadata(population, |key, said| {
        out.extend_from_slice(before);
        before = b",\"";
        out.extend_from_slice(key.as_bytes());
        out.extend_from_slice(b"\":");
        let quote: &[u8] = match said {
            Said::Number(_) => b"",
            _ => b"\"",
        };
        out.extend_from_slice(quote);
        event.write_said(said, population, out);
        out.extend_from_slice(quote);
    });
    if before.len() == 2 {
        out.push(b'}');
    }
}

/// Text with the two escapes the vocabulary's reasons can need.
fn write_escaped(text: &str, out: &mut Vec<u8>) {
    for &byte in text.as_bytes() {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(byte);
    }
}
