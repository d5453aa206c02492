//! The calls of one token, page by page.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::Options;
use super::super::rows::{outcome_word, time};
use super::duration::nanos_of_millis;
use super::owner::{Claims, Owner};
use crate::document::{Section, Value};
use crate::event::{Event, Field, Kind, Position};
use crate::tally::{Merge, Newest};

#[derive(Clone, Serialize, Deserialize)]
pub(in crate::report) struct Calls {
    token: String,
    page: u64,
    limit: u64,
    owner: Option<Owner>,
    claims: Claims,
    total: u64,
    /// All rows up to the end of the page.
    rows: Newest<7>,
}

impl Calls {
    pub(super) fn new(token: &str, options: &Options) -> Calls {
        Calls {
            token: token.to_owned(),
            page: options.page.max(1) as u64,
            limit: options.limit as u64,
            owner: options.owner.as_deref().map(Owner::new),
            claims: Claims::default(),
            total: 0,
            rows: Newest::new(room(options)),
        }
    }

    pub(super) fn observe(&mut self, events: &[Event<'_>]) {
        for event in events {
            if event.get(Field::TokenId) != Some(&*self.token) {
                continue;
            }
            if self.owner.is_some() {
                self.claims.see(event);
            }
            if event.kind == Kind::ApiTokenUsed {
                self.total += 1;
                self.rows.add(event.time, Position::default(), || {
                    [
                        event.get(Field::Endpoint),
                        event.get(Field::HttpMethod),
                        event.get(Field::Status),
                        event.get(Field::DurationMs),
                        event.get(Field::Ip),
                        event.get(Field::UserAgent),
                        Some(outcome_word(event.outcome)),
                    ]
                });
            }
        }
    }

    pub(super) fn merge(&mut self, other: Calls) {
        self.claims.merge(other.claims);
        self.total.merge(other.total);
        self.rows.merge(other.rows);
    }

    pub(super) fn shorten(&mut self, options: &Options) {
        self.rows.shorten(room(options));
    }

    pub(super) fn finish(self, section: Section) -> Section {
        let owner = self.owner.as_ref();
        let exists = owner.is_none_or(|owner| owner.owns(&self.claims));
        let (total, rows) = match exists {
            true => (self.total, self.rows.rows()),
            false => (0, Vec::new()),
        };
        let before = (self.page - 1).saturating_mul(self.limit);
        let before = usize::try_from(before).unwrap_or(usize::MAX);
        let rows = rows.iter().skip(before).map(|row| {
            let [endpoint, method, status, duration, ip, agent, outcome] = row.texts();
            vec![
                time(row.time()),
                Value::text(endpoint),
                Value::text(method),
                status_value(status),
                duration_value(duration),
                Value::text(ip),
                Value::text(agent),
                Value::text(outcome),
            ]
        });
        // No limit has no pages: nothing of it is ever shown.
        let total_pages = total.checked_div(self.limit).map_or(0, |full| {
            full + u64::from(!total.is_multiple_of(self.limit))
        });
        section
            .fact("token", Value::Text(self.token))
            .fact("page", Value::Count(self.page))
            .fact("limit", Value::Count(self.limit))
            .fact("total", Value::Count(total))
            .fact("total_pages", Value::Count(total_pages))
            .table(
                "rows",
                &[
                    "time",
                    "endpoint",
                    "method",
                    "status",
                    "duration",
                    "ip",
                    "user_agent",
                    "outcome",
                ],
                rows,
            )
    }
}

/// To find a page, all rows before it are kept.
fn room(options: &Options) -> usize {
    options.page.max(1).saturating_mul(options.limit)
}

/// A status as a number, if it is one.
fn status_value(status: Option<&str>) -> Value {
    let number = status.and_then(|status| status.parse::<u16>().ok());
    number.map_or_else(|| Value::text(status), |number| Value::Count(number.into()))
}

fn duration_value(duration: Option<&str>) -> Value {
    let nanos = duration.and_then(nanos_of_millis);
    nanos.map_or(Value::Missing, |nanos| {
        Value::Span(Duration::from_nanos(nanos))
    })
}
