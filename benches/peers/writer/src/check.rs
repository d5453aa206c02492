//! Reading the file back: each line must be a JSON object with the fields of one event, no event may be there twice, and
//! those that are not there are lost.

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use crate::event::{CLIENT, Events, FIRST, IP, METHOD, NAME, REASON};
use crate::peer::Result;

/// What a file holds.
#[derive(Default, Debug)]
pub(crate) struct Found {
    /// Lines of events.
    pub(crate) events: u64,
    /// Those of them that are among the first few of a thread.
    pub(crate) warm_up: u64,
    /// Lines that a writer adds on its own: seals, and what it says of losses.
    pub(crate) remarks: u64,
    pub(crate) bytes: u64,
}

/// Reads a file that was to get the events of some threads, of each of which the first few warmed up; in two threads.
///
/// # Errors
/// If a line is not what it must be, or an event is there twice.
pub(crate) fn read_back(path: &Path, emitted: &[Range<u64>], warm_up: u64) -> Result<Found> {
    let last = emitted.iter().map(|range| range.end).max().unwrap_or(FIRST);
    let seen: Vec<AtomicU64> = (0..=(last - FIRST) / 64)
        .map(|_| AtomicU64::new(0))
        .collect();
    let length = std::fs::metadata(path)?.len();
    let middle = line_after(path, length / 2)?;
    let read =
        |bytes| read_part(path, bytes, emitted, warm_up, &seen).map_err(|error| error.to_string());
    let (one, other) = thread::scope(|scope| {
        let other = scope.spawn(|| read(middle..length));
        (read(0..middle), other.join().expect("no panic"))
    });
    let (one, other) = (one?, other?);
    Ok(Found {
        events: one.events + other.events,
        warm_up: one.warm_up + other.warm_up,
        remarks: one.remarks + other.remarks,
        bytes: length,
    })
}

/// Where the first line after a place begins.
fn line_after(path: &Path, place: u64) -> Result<u64> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(place))?;
    let mut rest = Vec::new();
    Ok(place + BufReader::new(file).read_until(b'\n', &mut rest)? as u64)
}

fn read_part(
    path: &Path,
    bytes: Range<u64>,
    emitted: &[Range<u64>],
    warm_up: u64,
    seen: &[AtomicU64],
) -> Result<Found> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(bytes.start))?;
    let mut reader = BufReader::with_capacity(1 << 20, file.take(bytes.end - bytes.start));
    let mut found = Found::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(found);
        }
        let wrong = |why: &dyn fmt::Display| format!("{why}: {}", line.escape_ascii());
        let text = line.strip_suffix(b"\n").ok_or_else(|| wrong(&"torn"))?;
        let read = Line::read(text).map_err(|error| wrong(&error))?;
        if read.is_remark() {
            found.remarks += 1;
            continue;
        }
        let number = read.number().ok_or_else(|| wrong(&"not the event"))?;
        let thread = emitted.iter().find(|range| range.contains(&number));
        let first = thread.ok_or_else(|| wrong(&"never emitted"))?.start;
        let (place, bit) = ((number - FIRST) / 64, 1 << ((number - FIRST) % 64));
        if seen[place as usize].fetch_or(bit, Relaxed) & bit != 0 {
            return Err(wrong(&"there twice").into());
        }
        found.events += 1;
        found.warm_up += u64::from(number - first < warm_up);
    }
}

/// What a line says, whatever its writer calls the event's name and time, and in whatever object the other fields are.
#[derive(Default)]
struct Line<'a> {
    name: Option<Cow<'a, str>>,
    time: bool,
    user: Option<Cow<'a, str>>,
    reason: Option<Cow<'a, str>>,
    method: Option<Cow<'a, str>>,
    client: Option<Cow<'a, str>>,
    ip: Option<Cow<'a, str>>,
    success: Option<bool>,
    number: Option<u64>,
}

impl<'a> Line<'a> {
    fn read(text: &'a [u8]) -> serde_json::Result<Line<'a>> {
        let mut line = Line::default();
        let mut json = serde_json::Deserializer::from_slice(text);
        Fields(&mut line).deserialize(&mut json)?;
        json.end()?;
        Ok(line)
    }

    fn is_remark(&self) -> bool {
        self.name
            .as_deref()
            .is_some_and(|name| name.starts_with("log.") || name.starts_with("slog-async: "))
    }

    /// The event's number, if the line says all that was emitted.
    fn number(&self) -> Option<u64> {
        let number = self.number.filter(|number| *number >= FIRST)?;
        let all = [
            (&self.name, NAME),
            (&self.user, Events::all().get(number).user),
            (&self.reason, REASON),
            (&self.method, METHOD),
            (&self.client, CLIENT),
            (&self.ip, IP),
        ];
        let right = all
            .iter()
            .all(|(is, should)| is.as_deref() == Some(*should));
        (right && self.time && self.success == Some(false)).then_some(number)
    }
}

/// An object whose fields belong to the line.
struct Fields<'l, 'a>(&'l mut Line<'a>);

impl<'a> DeserializeSeed<'a> for Fields<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> std::result::Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for Fields<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> std::result::Result<(), A::Error> {
        let line = self.0;
        while let Some(Text(key)) = map.next_key()? {
            match &*key {
                "event" | "message" | "msg" | "payload" => text(&mut line.name, &mut map)?,
                "userId" => text(&mut line.user, &mut map)?,
                "error" => text(&mut line.reason, &mut map)?,
                "method" => text(&mut line.method, &mut map)?,
                "clientId" => text(&mut line.client, &mut map)?,
                "ip" => text(&mut line.ip, &mut map)?,
                "success" => line.success = Some(map.next_value()?),
                "number" => line.number = Some(map.next_value()?),
                "metadata" | "kv" => map.next_value_seed(Fields(line))?,
                key => {
                    line.time |= matches!(key, "timestamp" | "ts");
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// Takes a text that must not be there twice.
fn text<'a, A: MapAccess<'a>>(
    place: &mut Option<Cow<'a, str>>,
    map: &mut A,
) -> std::result::Result<(), A::Error> {
    let Text(text) = map.next_value()?;
    match place.replace(text) {
        None => Ok(()),
        Some(_) => Err(A::Error::custom("a field is there twice")),
    }
}

/// Text that is borrowed from the line where it has no escapes.
#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
