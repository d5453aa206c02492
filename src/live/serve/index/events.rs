//! Events themselves, newest first.
//!
//! Events are ordered by time, those of one time by where they stand in the log; undated ones come last. A place is told
//! by a time and a rank among the events of that time that whoever asks may see: how many bytes others have written is
//! not told by it, and what is appended later moves nothing.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io::Cursor;
use std::os::unix::fs::FileExt;
use std::str::FromStr;

use super::Who;
use super::segments::{Readable, Source, overlaps};
use crate::engine::{Plan, Stretch};
use crate::event::{Event, Field, FieldSet, Kind, Outcome, Timestamp, Wanted};
use crate::filter::{Condition, Filter, Verdict};
use crate::read::{ChunkAccount, Consumer, Input, Inputs, Rejected, read};

/// A place among the events somebody may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// `None` is behind all that are dated.
    time: Option<Timestamp>,
    /// How many events of that time are older.
    rank: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.time {
            Some(time) => {
                let nanos = i128::from(time.seconds()) * SECOND + i128::from(time.subsec_nanos());
                write!(f, "{nanos}.{}", self.rank)
            }
            None => write!(f, "undated.{}", self.rank),
        }
    }
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Place, ()> {
        let (time, rank) = text.rsplit_once('.').ok_or(())?;
        let time = match time {
            "undated" => None,
            nanos => Some(at(nanos.parse().map_err(drop)?).ok_or(())?),
        };
        let rank = rank.parse().map_err(drop)?;
        Ok(Place { time, rank })
    }
}

const SECOND: i128 = 1_000_000_000;

/// So many nanoseconds after 1970.
fn at(nanos: i128) -> Option<Timestamp> {
    let second = i64::try_from(nanos.div_euclid(SECOND)).ok()?;
    Timestamp::new(second, nanos.rem_euclid(SECOND) as u32)
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// When it happened.
    pub time: Option<Timestamp>,
    /// Its name in the log.
    pub event: Option<String>,
    /// Its kind's canonical name.
    pub kind: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// The user's id, else the e-mail address.
    pub user: Option<String>,
    /// The client.
    pub client: Option<String>,
    /// The tenant.
    pub tenant: Option<String>,
    /// The caller's address.
    pub ip: Option<String>,
    /// Why it failed.
    pub reason: Option<String>,
    /// The line as it stands in the log; what is no UTF-8 of it is replaced.
    pub line: String,
}

/// Some events, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventsPage {
    /// The events.
    pub rows: Vec<Row>,
    /// Before which place the next ones are; `None` if there are none.
    pub next: Option<Place>,
}

/// What rows show.
const SHOWN: FieldSet = FieldSet::of(&[
    Field::Event,
    Field::User,
    Field::Email,
    Field::Client,
    Field::Tenant,
    Field::Ip,
    Field::Reason,
]);

/// Where an event stands, by its time and its place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    time: Option<Timestamp>,
    input: u32,
    offset: u64,
    length: u64,
}

/// At most so many stretches are looked through between two looks at what is still missing.
const AT_ONCE: usize = 64;

/// The newest events that the plan's filter lets pass.
pub(super) fn page(
    plan: &Plan,
    who: &Who,
    log: &Readable,
    before: Option<Place>,
    limit: usize,
) -> EventsPage {
    let filter = narrowed(&plan.filter, who);
    let keys = newest(plan, &filter, log, before, limit);
    let mut ranked: Vec<(Place, Key)> = Vec::with_capacity(keys.len());
    for key in keys {
        let rank = match ranked.last() {
            Some((last, _)) if last.time == key.time => last.rank + 1,
            _ => 0,
        };
        let time = key.time;
        ranked.push((Place { time, rank }, key));
    }
    if let Some(before) = before {
        ranked.retain(|(place, _)| *place < before);
    }
    let rest = ranked.len().saturating_sub(limit);
    let next = (rest > 0).then(|| ranked[rest].0);
    let keys: Vec<Key> = ranked.drain(rest..).rev().map(|(_, key)| key).collect();
    let mut rows = rows(plan, log, &keys);
    EventsPage {
        rows: keys
            .iter()
            .filter_map(|key| rows.remove(&(key.input, key.offset)))
            .collect(),
        next,
    }
}

/// Which events somebody may see: those about themselves, if they are no tenant.
fn narrowed(filter: &Filter, who: &Who) -> Filter {
    let mut filter = filter.clone();
    if let Some(owner) = who.owner() {
        let users = [owner.to_owned()].into();
        let emails = [owner.to_lowercase()].into();
        filter.add("owner", Condition::Person(users, emails), false);
    }
    filter
}

/// Keys of more than `limit` events before a place, if there are so many, with all of the same times; oldest first.
fn newest(
    plan: &Plan,
    filter: &Filter,
    log: &Readable,
    before: Option<Place>,
    limit: usize,
) -> Vec<Key> {
    // Events of the very time of the place are ranked, whichever side of it they are on.
    let latest = before.map(|place| place.time);
    let window = filter.window();
    let reaches = |stretch: &&Stretch| match latest {
        None => true,
        Some(None) => stretch.undated > 0,
        Some(Some(latest)) => {
            stretch.undated > 0 || stretch.window.is_some_and(|(first, _)| first <= latest)
        }
    };
    let mut stretches: Vec<&Stretch> = log.stretches.iter().collect();
    stretches.retain(|stretch| overlaps(stretch, window) && reaches(stretch));
    stretches.sort_by_key(|stretch| std::cmp::Reverse(stretch.window.map(|(_, last)| last)));
    let mut stretches = log.distinct(stretches).into_iter().peekable();
    let mut keys: Vec<Key> = Vec::new();
    let mut at_once = 1;
    while stretches.peek().is_some() {
        let some: Vec<&Stretch> = stretches.by_ref().take(at_once).collect();
        let found = found(plan, filter, log, &some);
        keys.extend(
            found
                .into_iter()
                .filter(|key| latest.is_none_or(|latest| key.time <= latest)),
        );
        keys.sort_unstable();
        // Of those at the place's own time some may be behind it: they do not count here.
        let sure = keys.partition_point(|key| latest.is_none_or(|latest| key.time < latest));
        let sure = sure.min(keys.len());
        if sure > limit {
            let least = keys[sure - limit - 1].time;
            let first = keys.partition_point(|key| key.time < least);
            keys.drain(..first);
            let next = stretches
                .peek()
                .map(|stretch| stretch.window.map(|(_, last)| last));
            // Of the place's own time all have to be known.
            if next.is_none_or(|next| next < least) {
                break;
            }
        }
        at_once = (at_once * 2).min(AT_ONCE);
    }
    keys
}

/// Keys of the events of some stretches that pass.
fn found(plan: &Plan, filter: &Filter, log: &Readable, stretches: &[&Stretch]) -> Vec<Key> {
    let mut inputs = Vec::new();
    let mut numbers = Vec::new();
    for stretch in stretches {
        if let Some(input) = log.input(stretch) {
            inputs.push(input);
            numbers.push(stretch.input);
        }
    }
    let inputs = Inputs::new(inputs);
    let mut reading = plan.reading.clone();
    reading.count_copies = true;
    reading.wanted.extend(&Wanted::of_all(filter.fields()));
    let threads = plan.threads.get().min(stretches.len());
    let finding = || {
        let mut finding = Finding {
            filter,
            numbers: &numbers,
            keys: Vec::new(),
        };
        read(&inputs, &reading, &mut finding);
        finding.keys
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(finding)).collect();
        let mut keys = finding();
        for other in others {
            keys.extend(other.join().unwrap_or_default());
        }
        keys
    })
}

struct Finding<'f> {
    filter: &'f Filter,
    /// The index's number of each input.
    numbers: &'f [u32],
    keys: Vec<Key>,
}

impl Consumer for Finding<'_> {
    fn events(&mut self, batch: &mut [Event<'_>]) {
        let passing = batch
            .iter()
            .filter(|event| matches!(self.filter.judge(event), Verdict::Passes));
        self.keys.extend(passing.map(|event| Key {
            time: event.time,
            input: self.numbers[event.position.input as usize],
            offset: event.position.offset,
            length: event.line.len() as u64,
        }));
    }

    fn reject(&mut self, _: Rejected<'_>) {}

    fn chunk(&mut self, _: ChunkAccount) {}

    fn trouble(&mut self, _: u32, _: String) {}
}

/// Rows by input and place.
type Rows = HashMap<(u32, u64), Row>;

/// Reads events again, to show them.
fn rows(plan: &Plan, log: &Readable, keys: &[Key]) -> Rows {
    let mut lines = Vec::new();
    let mut copied = HashMap::new();
    let mut packed: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    for key in keys {
        match log.source(key.input) {
            Some(Source::Lines(file)) => {
                let at = lines.len();
                lines.resize(at + key.length as usize, 0);
                match file.read_exact_at(&mut lines[at..], key.offset) {
                    Ok(()) => {
                        copied.insert(at as u64, (key.input, key.offset));
                        lines.push(b'\n');
                    }
                    // It was cut a moment ago.
                    Err(_) => lines.truncate(at),
                }
            }
            Some(Source::Packed(_)) => {
                let places = packed.entry(key.input).or_default();
                places.push(key.offset);
            }
            None => {}
        }
    }
    let mut inputs = vec![Input::reader("log", Box::new(Cursor::new(lines)))];
    let mut places = vec![copied];
    for (input, offsets) in packed {
        if let Some(Source::Packed(path)) = log.source(input) {
            inputs.push(Input::path(path));
            let own = |offset: u64| (offset, (input, offset));
            places.push(offsets.into_iter().map(own).collect());
        }
    }
    let mut showing = Showing {
        places,
        rows: Rows::new(),
    };
    let mut reading = plan.reading.clone();
    reading.count_copies = true;
    reading.wanted.extend(&Wanted::of_all(SHOWN));
    read(&Inputs::new(inputs), &reading, &mut showing);
    showing.rows
}

struct Showing {
    /// For each input, which places are wanted, and where in the log they are.
    places: Vec<HashMap<u64, (u32, u64)>>,
    rows: Rows,
}

impl Consumer for Showing {
    fn events(&mut self, batch: &mut [Event<'_>]) {
        for event in &*batch {
            let places = &self.places[event.position.input as usize];
            if let Some(place) = places.get(&event.position.offset) {
                self.rows.insert(*place, row(event));
            }
        }
    }

    fn reject(&mut self, _: Rejected<'_>) {}

    fn chunk(&mut self, _: ChunkAccount) {}

    fn trouble(&mut self, _: u32, _: String) {}
}

fn row(event: &Event<'_>) -> Row {
    let text = |field| event.get(field).map(str::to_owned);
    Row {
        time: event.time,
        event: text(Field::Event),
        kind: match event.kind {
            Kind::Other => "other",
            known => known.name(),
        },
        outcome: event.outcome,
        user: text(Field::User).or_else(|| text(Field::Email)),
        client: text(Field::Client),
        tenant: text(Field::Tenant),
        ip: text(Field::Ip),
        reason: text(Field::Reason),
        line: String::from_utf8_lossy(event.line).into_owned(),
    }
}
