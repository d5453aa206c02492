//! The newest events, as they are shown.

use std::collections::VecDeque;
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
        let mut row = Row {
            time,
            name: String::new(),
            kind: event.kind,
            outcome: event.outcome,
            user: None,
            email: None,
            tenant: None,
            client: None,
            ip: None,
            reason: None,
        };
        row.show(event, time);
        row
    }

    /// Shows this event from now on, in the memory of the one before.
    fn show(&mut self, event: &Event<'_>, time: Timestamp) {
        (self.time, self.kind, self.outcome) = (time, event.kind, event.outcome);
        put(&mut self.name, event.name());
        for (field, shown) in [
            (Field::User, &mut self.user),
            (Field::Email, &mut self.email),
            (Field::Tenant, &mut self.tenant),
            (Field::Client, &mut self.client),
            (Field::Ip, &mut self.ip),
            (Field::Reason, &mut self.reason),
        ] {
            match event.get(field) {
                Some(text) => put(shown.get_or_insert_default(), text),
                None => *shown = None,
            }
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

/// As much of a text as is shown.
pub(super) fn start(text: &str) -> &str {
    if text.len() <= Row::TEXT {
        return text;
    }
    let end = text.char_indices().nth(Row::TEXT);
    end.map_or(text, |(end, _)| &text[..end])
}

fn put(shown: &mut String, text: &str) {
    shown.clear();
    shown.push_str(start(text));
}

/// The newest events that a filter lets pass, the newest last; of those of one moment, those that were read last.
#[derive(Clone, Default)]
pub(super) struct Newest {
    pub(super) filter: Option<Arc<Filter>>,
    pub(super) rows: VecDeque<Row>,
}

impl Newest {
    pub(super) fn add(&mut self, event: &Event<'_>, time: Timestamp) {
        let is_new = self.rows.len() < ROWS || self.rows[0].time <= time;
        let passes = |filter: &Arc<Filter>| filter.judge(event) == Verdict::Passes;
        if is_new && self.filter.as_ref().is_none_or(passes) {
            let oldest = (self.rows.len() == ROWS).then(|| self.rows.pop_front());
            let row = match oldest.flatten() {
                Some(mut row) => {
                    row.show(event, time);
                    row
                }
                None => Row::of(event, time),
            };
            // Mostly the last.
            let place = self.rows.partition_point(|row| row.time <= time);
            self.rows.insert(place, row);
        }
    }

    pub(super) fn merge(&mut self, other: Newest) {
        self.rows.extend(other.rows);
        self.rows.make_contiguous().sort();
        let more = self.rows.len().saturating_sub(ROWS);
        self.rows.drain(..more);
    }
}
