//! The newest events, as they are shown.

use std::sync::Arc;

use crate::event::{Event, Field, Kind, Outcome, Timestamp};
use crate::filter::{Filter, Verdict};

/// How many events are kept.
pub(super) const ROWS: usize = 200;

/// An event as it is shown. Text of the log is as it stands there, only shorter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// When it was; else when it was read.
    pub time: Timestamp,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
    /// How it ended.
    pub outcome: Outcome,
    /// The user.
    pub user: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The tenant.
    pub tenant: Option<String>,
    /// The OAuth client.
    pub client: Option<String>,
    /// The address.
    pub ip: Option<String>,
    /// Why it failed.
    pub reason: Option<String>,
}

impl Row {
    /// The most characters of a text.
    pub(super) const TEXT: usize = 200;

    pub(super) fn of(event: &Event<'_>, time: Timestamp) -> Row {
        let short = |text: &str| text.chars().take(Row::TEXT).collect::<String>();
        let text = |field| event.get(field).map(short);
        Row {
            time,
            name: short(event.name()),
            kind: event.kind,
            outcome: event.outcome,
            user: text(Field::User),
            email: text(Field::Email),
            tenant: text(Field::Tenant),
            client: text(Field::Client),
            ip: text(Field::Ip),
            reason: text(Field::Reason),
        }
    }

    /// As much of the event as is known here.
    pub(super) fn event(&self) -> Event<'_> {
        let mut event = Event::new(self.kind);
        (event.outcome, event.time) = (self.outcome, Some(self.time));
        event.set(Field::Event, Some(&self.name));
        for (field, text) in [
            (Field::User, &self.user),
            (Field::Email, &self.email),
            (Field::Tenant, &self.tenant),
            (Field::Client, &self.client),
            (Field::Ip, &self.ip),
            (Field::Reason, &self.reason),
        ] {
            event.set(field, text.as_deref());
        }
        event
    }
}

/// The newest events that a filter lets pass, the newest last; of those of one moment, those that were read last.
#[derive(Clone, Default)]
pub(super) struct Newest {
    pub(super) filter: Option<Arc<Filter>>,
    pub(super) rows: Vec<Row>,
}

impl Newest {
    pub(super) fn add(&mut self, event: &Event<'_>, time: Timestamp) {
        let is_new = self.rows.len() < ROWS || self.rows[0].time <= time;
        let passes = |filter: &Arc<Filter>| filter.judge(event) == Verdict::Passes;
        if is_new && self.filter.as_ref().is_none_or(passes) {
            let place = self.rows.partition_point(|row| row.time <= time);
            self.rows.insert(place, Row::of(event, time));
            self.shorten();
        }
    }

    pub(super) fn merge(&mut self, other: Newest) {
        self.rows.extend(other.rows);
        self.rows.sort();
        self.shorten();
    }

    fn shorten(&mut self) {
        let more = self.rows.len().saturating_sub(ROWS);
        self.rows.drain(..more);
    }
}
