//! All tokens, each in one row.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::Options;
use super::super::rows::{counted, number, span, time};
use super::duration::nanos_of_millis;
use super::owner::{Claims, Owner};
use crate::document::{Section, Value};
use crate::event::{Event, Field, Kind, Timestamp};
use crate::tally::{
    Counted, Counts, Directory, Distinct, Each, Keyed, Merge, Outcomes, Pairs, Quantiles, Ranked,
    stamp,
};

/// Bytes the durations of one token take, while few of them differ.
const DURATIONS: u64 = 64 << 10;

#[derive(Clone, Serialize, Deserialize)]
pub(in crate::report) struct Tokens {
    requests: Keyed<Outcomes>,
    tokens: Distinct,
    endpoints: Pairs,
    last: Each<Last>,
    /// In nanoseconds.
    durations: Each<Quantiles>,
    owner: Option<(Owner, Each<Claims>)>,
    /// Whether there is to be room for endpoints and durations.
    details: bool,
}

/// When something was last.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct Last(#[serde(with = "stamp")] Option<Timestamp>);

impl Merge for Last {
    fn merge(&mut self, other: Last) {
        self.0 = self.0.max(other.0);
    }
}

impl Tokens {
    pub(super) fn new(options: &Options, directory: &Directory) -> Tokens {
        let names = directory.names(Field::TokenId);
        let room = options.memory_limit.map(|bytes| bytes / 8 / DURATIONS);
        let owner = options.owner.as_deref();
        Tokens {
            requests: Keyed::new(names),
            tokens: Distinct::new(names),
            endpoints: Pairs::new(names, directory.names(Field::Endpoint)),
            last: Each::new(names, None),
            durations: Each::new(names, room),
            owner: owner.map(|owner| (Owner::new(owner), Each::new(names, None))),
            // Whether there is room for them would tell an owner how many tokens others have.
            details: owner.is_none() || room.is_none(),
        }
    }

    pub(super) fn observe(&mut self, events: &[Event<'_>]) {
        for event in events {
            let token = event.key(Field::TokenId);
            if let (Some((_, claims)), Some(token)) = (&mut self.owner, token)
                && let Some(claims) = claims.of(token)
            {
                claims.see(event);
            }
            if event.kind == Kind::ApiTokenUsed {
                self.call(event);
            }
        }
    }

    fn call(&mut self, event: &Event<'_>) {
        let outcome = |outcomes: &mut Outcomes| outcomes.add(event.outcome);
        self.requests.count(event, Field::TokenId, outcome);
        let Some(token) = event.key(Field::TokenId) else {
            return;
        };
        self.tokens.add(token);
        if event.time.is_some()
            && let Some(last) = self.last.of(token)
        {
            last.merge(Last(event.time));
        }
        if !self.details {
            return;
        }
        if event.key(Field::Endpoint).is_some() {
            self.endpoints
                .count(event, [Field::TokenId, Field::Endpoint]);
        }
        if let Some(nanos) = event.get(Field::DurationMs).and_then(nanos_of_millis)
            && let Some(durations) = self.durations.of(token)
        {
            durations.add(nanos);
        }
    }

    pub(super) fn merge(&mut self, other: Tokens) {
        self.requests.merge(other.requests);
        self.tokens.merge(other.tokens);
        self.endpoints.merge(other.endpoints);
        self.last.merge(other.last);
        self.durations.merge(other.durations);
        if let (Some((_, claims)), Some((_, other))) = (&mut self.owner, other.owner) {
            claims.merge(other);
        }
    }

    pub(super) fn finish(self, section: Section) -> Section {
        let (total, tokens, rows) = match &self.owner {
            None => {
                let total = self.requests.total();
                let tokens = counted(self.tokens.count(total.total()));
                (Some(total), tokens, self.rows(|_| true))
            }
            Some((_, claims)) if claims.gone() => (None, Value::Missing, Vec::new()),
            Some((owner, claims)) => self.rows_of(owner, claims),
        };
        let count = |of: fn(&Outcomes) -> u64| {
            let count = total.as_ref().map(of);
            count.map_or(Value::Missing, Value::Count)
        };
        section
            .fact("tokens", tokens)
            .fact("requests", count(Outcomes::total))
            .fact("ok", count(|total| total.success))
            .fact("failed", count(|total| total.failure))
            .fact("unknown", count(|total| total.unknown))
            .ranking(
                "by_token",
                &[
                    "token",
                    "requests",
                    "ok",
                    "failed",
                    "endpoints",
                    "last_used",
                    "duration_p50",
                    "duration_p95",
                ],
                rows,
            )
    }

    /// What there is for one owner: the sum of their tokens' calls, how many tokens those are, and a row for each.
    fn rows_of(
        &self,
        owner: &Owner,
        claims: &Each<Claims>,
    ) -> (Option<Outcomes>, Value, Vec<Vec<Value>>) {
        let owned = claims.iter().filter(|(_, claims)| owner.owns(claims));
        let owned: std::collections::BTreeSet<String> = owned.map(|(token, _)| token).collect();
        let is_owned = |token: Option<&str>| token.is_some_and(|token| owned.contains(token));
        let mut total = Outcomes::default();
        let mut tokens = 0;
        for (token, outcomes) in self.requests.ranked().rows {
            if is_owned(token.as_deref()) {
                tokens += 1;
                total.merge(outcomes);
            }
        }
        (Some(total), Value::Count(tokens), self.rows(is_owned))
    }

    /// A row for each token that is wanted.
    fn rows(&self, wanted: impl Fn(Option<&str>) -> bool) -> Vec<Vec<Value>> {
        let endpoints = self.endpoints_by_token();
        let last: BTreeMap<String, &Last> = self.last.iter().collect();
        let durations: BTreeMap<String, &Quantiles> = self.durations.iter().collect();
        let Ranked { rows, off } = self.requests.ranked();
        let wanted = rows
            .into_iter()
            .filter(|(token, _)| wanted(token.as_deref()));
        let rows = wanted.map(|(token, requests)| {
            let name = token.as_deref().unwrap_or_default();
            // Whatever is counted by token is nothing where there is none.
            let endpoints = endpoints.as_ref().filter(|_| token.is_some());
            let endpoints = endpoints.map(|counts| counts.get(name).copied().unwrap_or(0));
            let quantile = |permille| {
                let length: Option<Counted> = durations.get(name)?.quantile(permille);
                length
            };
            let nanosecond = Duration::from_nanos(1);
            vec![
                Value::text(token.as_deref()),
                number(requests.total(), off.map(|off| off.total())),
                number(requests.success, off.map(|off| off.success)),
                number(requests.failure, off.map(|off| off.failure)),
                endpoints.map_or(Value::Missing, Value::Count),
                time(last.get(name).and_then(|last| last.0)),
                span(quantile(500), nanosecond),
                span(quantile(950), nanosecond),
            ]
        });
        rows.collect()
    }

    /// How many different endpoints each token was used for; `None` if that is not known exactly.
    fn endpoints_by_token(&self) -> Option<BTreeMap<String, u64>> {
        let Ranked { rows, off } = self.endpoints.ranked();
        if off.is_some() || !self.details {
            return None;
        }
        let mut counts = BTreeMap::new();
        for (pair, _) in rows {
            *counts.entry(pair.first).or_insert(0) += 1;
        }
        Some(counts)
    }
}
