//! One event as a strange object: other order, white space, escapes, unknown and duplicate fields.
//!
//! Values are written into a scratch buffer first; an object is then a list of keys and ranges that can be shuffled.

use std::ops::Range;

use crate::generate::line::timestamp;
use crate::generate::population::Population;
use crate::generate::random::Random;
use crate::generate::vocabulary::{About, Event, Said};

use super::text::{BROKEN_SURROGATES, BROKEN_UTF8, UNKNOWN, write_deep, write_long, write_string};

/// How the time is written.
#[derive(Clone, Copy)]
pub(super) enum Stamp {
    /// As the writer does.
    Usual,
    /// In one of the other shapes a reader understands.
    Foreign(u32),
    /// In one of the shapes nobody does, or not at all.
    Unreadable(u32),
}

/// What is strange about one line.
#[derive(Clone, Copy)]
pub(super) struct Oddities {
    pub(super) shuffled: bool,
    pub(super) spaced: bool,
    pub(super) escaped_keys: bool,
    pub(super) escaped_values: bool,
    pub(super) unknown_fields: u32,
    pub(super) duplicates: bool,
    pub(super) empty_fields: bool,
    pub(super) mixed_case: bool,
    pub(super) id_as_number: bool,
    /// The user's id is given, then taken back by a later `null`.
    pub(super) no_user: bool,
    /// The outcome is left to the event's name.
    pub(super) no_success: bool,
    pub(super) stamp: Stamp,
    pub(super) invalid_utf8: bool,
    pub(super) lone_surrogate: bool,
    /// Close to a hundred levels of arrays and objects.
    pub(super) deep: bool,
    /// A few kilobytes of text.
    pub(super) long: bool,
}

/// A key and where its value stands in the scratch buffer.
type Field = (&'static str, Range<usize>);

/// Buffers that are used again for every line.
#[derive(Default)]
pub(super) struct Object {
    scratch: Vec<u8>,
    fields: Vec<Field>,
    pairs: Vec<Field>,
    nested: Vec<u8>,
}

/// What writing a line takes, beside the buffers.
struct Making<'a> {
    event: &'a Event,
    odd: Oddities,
    population: &'a Population,
    random: &'a mut Random,
}

impl Object {
    /// Appends the line of one event, without its end. `event` is what the line means, `odd` how it says so.
    pub(super) fn append(
        &mut self,
        event: &Event,
        odd: Oddities,
        population: &Population,
        random: &mut Random,
        out: &mut Vec<u8>,
    ) {
        self.scratch.clear();
        self.fields.clear();
        let mut making = Making {
            event,
            odd,
            population,
            random,
        };
        self.say_event(&mut making);
        self.say_metadata(&mut making);
        if odd.shuffled {
            shuffle(&mut self.fields, making.random);
        }
        if odd.duplicates {
            self.say_twice(&mut making);
        }
        if odd.empty_fields {
            self.say_nothing(&mut making);
        }
        self.say_more(&mut making);
        write_object(&self.fields, &self.scratch, &mut making, out);
    }

    /// The fields of the writer, in its order, without the metadata.
    fn say_event(&mut self, making: &mut Making<'_>) {
        let (event, people) = (making.event, making.population);
        self.text("event", event.name.text(), making);
        self.say_time(making);
        if event.says_user {
            self.write("userId", making, |making, out| {
                if making.odd.id_as_number {
                    people.write_id(event.user, out);
                } else {
                    let text = gathered(|text| people.write_id(event.user, text));
                    write_string(&text, making.odd.escaped_values, making.random, out);
                }
            });
        }
        if event.says_email {
            let mut text = gathered(|text| people.write_email(event.user, text));
            if making.odd.mixed_case {
                let initials = text.find('.').map_or(1, |dot| dot + 2);
                text = text[..initials].to_ascii_uppercase() + &text[initials..];
            }
            self.text("email", &text, making);
        }
        if let Some(success) = event.success {
            self.raw("success", if success { b"true" } else { b"false" });
        }
        if let Some(reason) = event.reason {
            self.text("error", reason.text(), making);
        }
    }

    fn say_time(&mut self, making: &mut Making<'_>) {
        let at = making.event.at;
        match making.odd.stamp {
            Stamp::Unreadable(0) => {}
            Stamp::Unreadable(way) => {
                let texts: [&[u8]; 5] = [
                    b"null",
                    b"\"\"",
                    b"\"not a time\"",
                    b"\"2025-13-45T99:00:00.000Z\"",
                    b"true",
                ];
                self.raw("timestamp", texts[way as usize - 1]);
            }
            Stamp::Foreign(way) => match foreign_time(at, way) {
                (text, true) => self.raw("timestamp", text.as_bytes()),
                (text, false) => self.text("timestamp", &text, making),
            },
            Stamp::Usual => self.text("timestamp", &usual_time(at), making),
        }
    }

    fn say_metadata(&mut self, making: &mut Making<'_>) {
        let event = making.event;
        if event.about == About::Nothing {
            return;
        }
        self.pairs.clear();
        event.metadata(making.population, |key, said| {
            let from = self.scratch.len();
            let text = gathered(|text| event.write_said(said, making.population, text));
            match said {
                Said::Number(_) => self.scratch.extend_from_slice(text.as_bytes()),
                _ => write_string(
                    &text,
                    making.odd.escaped_values,
                    making.random,
                    &mut self.scratch,
                ),
            }
            self.pairs.push((key, from..self.scratch.len()));
        });
        if making.odd.shuffled {
            shuffle(&mut self.pairs, making.random);
        }
        if making.odd.duplicates {
            let decoy = self.hold(b"\"decoy\"");
            self.pairs.insert(0, (self.pairs[0].0, decoy));
        }
        if let Some(success) = event.success
            && making.odd.unknown_fields > 1
        {
            // What the top level says beats what the metadata says.
            let opposite = self.hold(if success { b"false" } else { b"true" });
            self.pairs.push(("success", opposite));
        }
        self.nested.clear();
        write_object(&self.pairs, &self.scratch, making, &mut self.nested);
        let from = self.scratch.len();
        self.scratch.append(&mut self.nested);
        self.fields.push(("metadata", from..self.scratch.len()));
    }

    /// One or two fields are given another value before their own: the last wins.
    fn say_twice(&mut self, making: &mut Making<'_>) {
        for _ in 0..making.random.between(1, 2) {
            let own = making.random.below(self.fields.len() as u32);
            let key = self.fields[own as usize].0;
            let decoy: &[u8] = match (key, making.event.success) {
                ("event", _) => b"\"token.refresh\"",
                ("timestamp", _) => b"\"1999-12-31T23:59:59.000Z\"",
                ("success", Some(true)) => b"false",
                ("success", _) => b"true",
                ("metadata", _) => {
                    b"{\"method\":\"decoy\",\"clientId\":\"decoy\",\"tokenType\":\"decoy\"}"
                }
                _ => b"\"decoy\"",
            };
            let decoy = self.hold(decoy);
            let place = making.random.below(own + 1);
            self.fields.insert(place as usize, (key, decoy));
        }
    }

    /// Fields that say nothing: null, or empty text.
    fn say_nothing(&mut self, making: &mut Making<'_>) {
        let event = making.event;
        let absent = [
            ("userId", !event.says_user && !making.odd.no_user),
            ("email", !event.says_email),
            ("error", event.reason.is_none()),
            ("metadata", event.about == About::Nothing),
            ("success", event.success.is_none()),
            ("tenantId", true),
            // Absent at the top level, so what the metadata says holds.
            ("clientId", true),
        ];
        for (key, absent) in absent {
            if absent && making.random.chance(400) {
                let empty: &[u8] = match key {
                    "success" => b"null",
                    "metadata" => making.random.pick(&[b"null", b"{  }" as &[u8]]),
                    _ => making.random.pick(&[b"null", b"\"\"" as &[u8]]),
                };
                self.insert(key, empty, making.random);
            }
        }
    }

    /// What no reader knows, and a user id that is taken back.
    fn say_more(&mut self, making: &mut Making<'_>) {
        for _ in 0..making.odd.unknown_fields {
            let (key, value) = making.random.pick(&UNKNOWN);
            self.insert(key, value.as_bytes(), making.random);
        }
        if making.odd.invalid_utf8 {
            let bytes = making.random.pick(&BROKEN_UTF8);
            self.insert(
                "note",
                &[b"\"caf", bytes, b" au lait\""].concat(),
                making.random,
            );
        }
        if making.odd.lone_surrogate {
            let escape = making.random.pick(&BROKEN_SURROGATES);
            let text = format!("\"half {escape} pair\"");
            self.insert("remark", text.as_bytes(), making.random);
        }
        if making.odd.deep {
            let text = gathered(|text| write_deep(making.random.between(90, 98), text));
            self.insert("nest", text.as_bytes(), making.random);
        }
        if making.odd.long {
            let text = gathered(|text| write_long(making.random.between(55, 95), text));
            self.insert("stack", text.as_bytes(), making.random);
        }
        if making.odd.no_user {
            let null = self.hold(b"null");
            let place = making.random.below(self.fields.len() as u32 + 1) as usize;
            self.fields.insert(place, ("userId", null));
            let id = self.hold(b"\"user-taken-back\"");
            let before = making.random.below(place as u32 + 1) as usize;
            self.fields.insert(before, ("userId", id));
        }
    }

    /// Adds a field at the end, its value written by `value`.
    fn write(
        &mut self,
        key: &'static str,
        making: &mut Making<'_>,
        value: impl FnOnce(&mut Making<'_>, &mut Vec<u8>),
    ) {
        let from = self.scratch.len();
        value(making, &mut self.scratch);
        self.fields.push((key, from..self.scratch.len()));
    }

    fn text(&mut self, key: &'static str, text: &str, making: &mut Making<'_>) {
        self.write(key, making, |making, out| {
            write_string(text, making.odd.escaped_values, making.random, out);
        });
    }

    fn raw(&mut self, key: &'static str, json: &[u8]) {
        let value = self.hold(json);
        self.fields.push((key, value));
    }

    /// Adds a field anywhere.
    fn insert(&mut self, key: &'static str, json: &[u8], random: &mut Random) {
        let value = self.hold(json);
        let place = random.below(self.fields.len() as u32 + 1) as usize;
        self.fields.insert(place, (key, value));
    }

    /// Puts a value into the scratch buffer.
    fn hold(&mut self, json: &[u8]) -> Range<usize> {
        let from = self.scratch.len();
        self.scratch.extend_from_slice(json);
        from..self.scratch.len()
    }
}

fn write_object(fields: &[Field], scratch: &[u8], making: &mut Making<'_>, out: &mut Vec<u8>) {
    let mut before: &[u8] = b"{";
    let escaped = making.odd.escaped_keys;
    space(making, out);
    for (key, value) in fields {
        out.extend_from_slice(before);
        before = b",";
        space(making, out);
        let escaped = escaped && making.random.chance(500);
        write_string(key, escaped, making.random, out);
        space(making, out);
        out.push(b':');
        space(making, out);
        out.extend_from_slice(&scratch[value.clone()]);
        space(making, out);
    }
    out.push(b'}');
    space(making, out);
}

fn space(making: &mut Making<'_>, out: &mut Vec<u8>) {
    if making.odd.spaced && making.random.chance(600) {
        for _ in 0..making.random.between(1, 3) {
            out.push(making.random.pick(b"   \t"));
        }
    }
}

fn shuffle(fields: &mut [Field], random: &mut Random) {
    for last in (1..fields.len()).rev() {
        fields.swap(last, random.below(last as u32 + 1) as usize);
    }
}

/// Text that is written as bytes; everything written here is UTF-8.
fn gathered(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut bytes = Vec::new();
    write(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn usual_time(at: i64) -> String {
    timestamp(at).map_or_else(String::new, |time| {
        String::from_utf8_lossy(&time.to_millis_text()).into_owned()
    })
}

/// The time in another shape, and whether it is a number.
fn foreign_time(at: i64, way: u32) -> (String, bool) {
    let usual = usual_time(at);
    let (date, time) = (&usual[..10], &usual[11..23]);
    // Smaller numbers would read as seconds, see `Timestamp::parse`.
    let countable = at >= 100_000_000_000;
    match way {
        0 => match timestamp(at + 2 * 3_600_000) {
            Some(_) => (usual_time(at + 2 * 3_600_000).replace('Z', "+02:00"), false),
            None => (usual, false),
        },
        1 => (format!("{date}T{time}000Z"), false),
        2 => (format!("{date}T{time}000000Z"), false),
        3 => (format!("{date} {time}+00"), false),
        4 if countable => (at.to_string(), true),
        5 if countable => (format!("{}.{:03}", at / 1000, at % 1000), true),
        6 if countable => (at.to_string(), false),
        _ => (usual, false),
    }
}
