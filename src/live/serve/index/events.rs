//! Events themselves, newest first.
//!
//! Events are ordered by time, those of one time by where they stand in the log; undated ones come last. A place is told
//! by a time and a rank among the events of that time that whoever asks may see: how many bytes others have written is
//! not told by it, and what is appended later moves nothing.

use std::fmt;
use std::str::FromStr;

use super::Who;
use crate::engine::Plan;
use crate::event::{Event, Field, FieldSet, Kind, Outcome, Timestamp, Wanted};
use crate::filter::{Condition, Filter, Verdict};
use crate::read::{ChunkAccount, Consumer, Inputs, Rejected, read};

/// A place among the events somebody may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

struct Found {
    time: Option<Timestamp>,
    place: (u32, u64),
    row: Row,
}

struct Finding {
    filter: Filter,
    found: Vec<Found>,
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

/// Looks through everything.
pub(super) fn scan(
    plan: &Plan,
    who: &Who,
    inputs: &Inputs,
    before: Option<Place>,
    limit: usize,
) -> EventsPage {
    let mut finding = Finding {
        filter: narrowed(&plan.filter, who),
        found: Vec::new(),
    };
    let mut reading = plan.reading.clone();
    let fields = SHOWN.union(finding.filter.fields());
    reading.wanted.extend(&Wanted::of_all(fields));
    read(inputs, &reading, &mut finding);
    let mut found = finding.found;
    found.sort_by_key(|found| (found.time, found.place));
    let mut ranked: Vec<(Place, Row)> = Vec::new();
    for Found { time, row, .. } in found {
        let rank = match ranked.last() {
            Some((last, _)) if last.time == time => last.rank + 1,
            _ => 0,
        };
        ranked.push((Place { time, rank }, row));
    }
    if let Some(before) = before {
        ranked.retain(|(place, _)| (place.time, place.rank) < (before.time, before.rank));
    }
    let rest = ranked.len().saturating_sub(limit);
    let next = (rest > 0).then(|| ranked[rest].0);
    let rows = ranked.drain(rest..).rev().map(|(_, row)| row).collect();
    EventsPage { rows, next }
}

impl Consumer for Finding {
    fn events(&mut self, batch: &mut [Event<'_>]) {
        let passing = batch
            .iter()
            .filter(|event| matches!(self.filter.judge(event), Verdict::Passes));
        self.found.extend(passing.map(|event| Found {
            time: event.time,
            place: (event.position.input, event.position.offset),
            row: row(event),
        }));
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
