//! What becomes of tokens: issued, refreshed, refused, used, revoked and expired, how long they live, and who has them.
//!
//! Over the families *issue*, *refresh*, *end*, *invalid* and *use*. On rows of an audit table `issued`, `refreshed`,
//! `failed`, `unique_users` and `unique_clients` are those of its SQL: actions like `token.issued.%`, `token.refreshed`,
//! `token.%failed%`, and different users and clients of all of them.
//!
//! * `issued`: events of the family *issue* that did not fail. `refreshed`: refreshes that succeeded; one that does not
//!   say how it ended is neither refreshed nor failed. `failed`: the family *invalid*, failed refreshes and failed issues.
//! * `revoked`, `expired`, `userinfo` (`token.userinfo_accessed`): events that did not fail.
//! * `unique_users`: different subjects of all these events; `unique_clients`: different clients.
//! * `active`, `ended`: issued tokens whose time and expires-in together lie after `--as-of`, or not after it. A token of
//!   which either is not known is in neither.
//! * `mean_lifetime`, `lifetime_p50`: the mean and the median (nearest rank) of expires-in of the tokens issued; what forms
//!   it has is said in [`lifetime`].
//! * `by_type`, `by_grant`, `by_client`, `by_source`: issued, refreshed and failed. What says nothing of its type, as most
//!   refreshes, has its own row, with no text.
//! * `by_day`, `by_week` (from Monday), `by_month`: the same of dated events, by the clocks of `--tz`, newest first; days
//!   without any have no row. Weeks and months are sums of days.

mod days;
mod lifetime;
mod requests;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::rows::{TOKEN_FAMILIES, counted, number, span};
use super::{Context, Info, Kinds, Options, Report};
use crate::document::{Section, Value};
use crate::event::{Event, Field, FieldSet, Kind, Outcome, Timestamp};
use crate::tally::{Directory, Distinct, Every, Keyed, Merge, Quantiles, Ranked};
use days::Days;
use lifetime::lifetime;
use requests::{Became, Requests};

/// Columns of a table by what is called so.
macro_rules! columns {
    ($key:literal) => {
        &[$key, "issued", "refreshed", "failed"]
    };
}
/// See the module.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Tokens {
    events: u64,
    requests: Requests,
    revoked: u64,
    expired: u64,
    userinfo: u64,
    users: Distinct,
    clients: Distinct,
    /// Seconds and nanoseconds.
    as_of: (i64, u32),
    active: u64,
    ended: u64,
    /// When each active token ends, where the time may become a later one.
    ends: Option<Vec<(i64, u32)>>,
    /// In seconds.
    lifetimes: Quantiles,
    by_type: Keyed<Requests>,
    by_grant: Keyed<Requests>,
    by_client: Keyed<Requests>,
    by_source: Keyed<Requests>,
    by_day: Days,
}

impl Report for Tokens {
    const INFO: Info = Info {
        name: "tokens",
        title: "Tokens",
        help: "How many tokens are issued, refreshed and refused, and how long they live",
        details: "Facts: issued, refreshed, failed (invalid requests, failed refreshes and issues), revoked, expired, \
            userinfo, unique_users, unique_clients, active and ended (issued tokens that live after --as-of, or not), \
            mean_lifetime, lifetime_p50 (of expires-in).\nTables: by_type, by_grant, by_client, by_source, by_day, \
            by_week, by_month (issued, refreshed, failed; the newest first).\n\nReplaces: SELECT COUNT(*) FILTER \
            (WHERE action LIKE 'token.issued.%'), … FROM audit_logs WHERE action LIKE 'token.%'",
        kinds: Kinds::Of(TOKEN_FAMILIES, &[]),
        ids: FieldSet::of(&[
            Field::Subject,
            Field::Client,
            Field::TokenType,
            Field::GrantType,
            Field::Source,
        ]),
        fields: FieldSet::of(&[Field::ExpiresIn]),
        default: true,
        owned: false,
    };

    fn new(options: &Options, directory: &Directory) -> Tokens {
        let keyed = |field| Keyed::new(directory.names(field));
        Tokens {
            events: 0,
            requests: Requests::default(),
            revoked: 0,
            expired: 0,
            userinfo: 0,
            users: Distinct::new(directory.names(Field::Subject)),
            clients: Distinct::new(directory.names(Field::Client)),
            as_of: (options.as_of.seconds(), options.as_of.subsec_nanos()),
            active: 0,
            ended: 0,
            ends: options.as_of_moves.then(Vec::new),
            lifetimes: Quantiles::default(),
            by_type: keyed(Field::TokenType),
            by_grant: keyed(Field::GrantType),
            by_client: keyed(Field::Client),
            by_source: keyed(Field::Source),
            by_day: Days::new(options.zone),
        }
    }

    fn observe(&mut self, events: &[Event<'_>]) {
        for event in events {
            self.events += 1;
            if let Some(subject) = event.key(Field::Subject) {
                self.users.add(subject);
            }
            if let Some(client) = event.key(Field::Client) {
                self.clients.add(client);
            }
            match Became::of(event) {
                Some(became) => self.request(event, became),
                None if event.outcome != Outcome::Failure => self.other(event.kind),
                None => {}
            }
        }
    }

    fn merge(&mut self, other: Tokens) {
        self.events.merge(other.events);
        self.requests.merge(other.requests);
        self.revoked.merge(other.revoked);
        self.expired.merge(other.expired);
        self.userinfo.merge(other.userinfo);
        self.users.merge(other.users);
        self.clients.merge(other.clients);
        self.active.merge(other.active);
        self.ended.merge(other.ended);
        if let Some(ends) = other.ends {
            self.ends.get_or_insert_default().extend(ends);
        }
        self.lifetimes.merge(other.lifetimes);
        self.by_type.merge(other.by_type);
        self.by_grant.merge(other.by_grant);
        self.by_client.merge(other.by_client);
        self.by_source.merge(other.by_source);
        self.by_day.merge(other.by_day);
    }

    fn adapt(&mut self, options: &Options) {
        self.as_of = (options.as_of.seconds(), options.as_of.subsec_nanos());
        if let Some(ends) = &mut self.ends {
            ends.retain(|end| *end > self.as_of);
            let ended = self.active - ends.len() as u64;
            (self.active, self.ended) = (ends.len() as u64, self.ended + ended);
        }
    }

    fn finish(self, _: &Context) -> Section {
        let requests = &self.requests;
        let facts = [
            ("issued", Value::Count(requests.issued)),
            ("refreshed", Value::Count(requests.refreshed)),
            ("failed", Value::Count(requests.failed)),
            ("revoked", Value::Count(self.revoked)),
            ("expired", Value::Count(self.expired)),
            ("userinfo", Value::Count(self.userinfo)),
            ("unique_users", counted(self.users.count(self.events))),
            ("unique_clients", counted(self.clients.count(self.events))),
            ("active", Value::Count(self.active)),
            ("ended", Value::Count(self.ended)),
            ("mean_lifetime", mean_lifetime(&self.lifetimes)),
            (
                "lifetime_p50",
                span(self.lifetimes.quantile(500), Duration::from_secs(1)),
            ),
        ];
        let section = Section::new(Self::INFO.name, Self::INFO.title);
        let section = facts
            .into_iter()
            .fold(section, |section, (name, value)| section.fact(name, value));
        section
            .ranking("by_type", columns!("type"), rows(&self.by_type))
            .ranking("by_grant", columns!("grant"), rows(&self.by_grant))
            .ranking("by_client", columns!("client"), rows(&self.by_client))
            .ranking("by_source", columns!("source"), rows(&self.by_source))
            .ranking("by_day", columns!("start"), self.by_day.rows(Every::Day))
            .ranking("by_week", columns!("start"), self.by_day.rows(Every::Week))
            .ranking(
                "by_month",
                columns!("start"),
                self.by_day.rows(Every::Month),
            )
    }
}

impl Tokens {
    fn request(&mut self, event: &Event<'_>, became: Became) {
        let count = |requests: &mut Requests| requests.add(became);
        count(&mut self.requests);
        self.by_type.count(event, Field::TokenType, count);
        self.by_grant.count(event, Field::GrantType, count);
        self.by_client.count(event, Field::Client, count);
        self.by_source.count(event, Field::Source, count);
        if let Some(time) = event.time {
            self.by_day.add(time.seconds(), became);
        }
        if became == Became::Issued
            && let Some(seconds) = event.get(Field::ExpiresIn).and_then(lifetime)
        {
            self.lifetimes.add(seconds);
            if let Some(time) = event.time {
                self.live(time, seconds);
            }
        }
    }

    fn live(&mut self, from: Timestamp, seconds: u64) {
        let until = from.seconds().saturating_add_unsigned(seconds);
        let end = (until, from.subsec_nanos());
        if end <= self.as_of {
            self.ended += 1;
            return;
        }
        self.active += 1;
        if let Some(ends) = &mut self.ends {
            ends.push(end);
        }
    }

    fn other(&mut self, kind: Kind) {
        match kind {
            Kind::TokenRevoked => self.revoked += 1,
            Kind::TokenExpired => self.expired += 1,
            Kind::UserinfoAccessed => self.userinfo += 1,
            _ => {}
        }
    }
}

/// The mean of some seconds, to the nanosecond.
fn mean_lifetime(seconds: &Quantiles) -> Value {
    let (sum, count) = (seconds.sum(), u128::from(seconds.count()));
    if count == 0 {
        return Value::Missing;
    }
    let nanos = sum % count * 1_000_000_000 / count;
    let whole = u64::try_from(sum / count).unwrap_or(u64::MAX);
    Value::Span(Duration::new(whole, nanos as u32))
}

/// Rows of key, issued, refreshed, failed; most first.
fn rows(keyed: &Keyed<Requests>) -> impl Iterator<Item = Vec<Value>> {
    let Ranked { rows, off } = keyed.ranked();
    rows.into_iter().map(move |(key, requests)| {
        vec![
            Value::text(key.as_deref()),
            number(requests.issued, off.map(|off| off.issued)),
            number(requests.refreshed, off.map(|off| off.refreshed)),
            number(requests.failed, off.map(|off| off.failed)),
        ]
    })
}

#[cfg(test)]
mod tests;
