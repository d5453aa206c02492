//! What happened, in the order of time: the story of whoever's events pass the filters.
//!
//! The command is for one identity: `--user` names a user id or an e-mail address, and the story is of every event that
//! has it, and of those that have no user id and an address seen together with it. Events are all that pass the filters;
//! `story` holds the latest of them, as many as `--limit` says, oldest first, those without a time before all others.
//!
//! * `after`: the time since the event before it in the story.
//! * `about`: the first there is of login method, endpoint, token type, grant type.
//! * `new`: which of ip, client and user agent was never seen in the story before. Nothing is said of it where the story
//!   is cut (`left_out`): what seems new may have been there before.
//! * `by_event`, `by_client`, `by_ip`: successes and failures of all events, those left out too.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::rows::{counted, outcome_rows, outcome_word};
use super::{Context, Info, Kinds, Options, Report};
use crate::document::{Section, Value};
use crate::event::{Event, Field, FieldSet, Kind, Outcome, Timestamp};
use crate::tally::{Counts, Directory, Distinct, Keyed, Merge, Newest, Outcomes, Row};

/// Event, outcome, reason, client, ip, what it is about, user agent.
const TEXTS: usize = 7;

/// See the module.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Explain {
    story: Newest<TEXTS>,
    logins: Outcomes,
    refreshes: u64,
    failures: u64,
    users: Keyed<u64>,
    emails: Keyed<u64>,
    agents: Distinct,
    by_event: Keyed<Outcomes>,
    by_client: Keyed<Outcomes>,
    by_ip: Keyed<Outcomes>,
}

const ABOUT: [Field; 4] = [
    Field::Method,
    Field::Endpoint,
    Field::TokenType,
    Field::GrantType,
];

impl Report for Explain {
    const INFO: Info = Info {
        name: "explain",
        title: "Story",
        help: "One identity's story in the order of time (--user ID or ADDRESS)",
        details: "Facts: users and emails (that the events name), events, logins_ok, logins_failed, refreshes, failures, \
            user_agents (different ones), left_out (events before the story, for --limit).\nTables: story (time, after \
            (since the event before), event, outcome, reason, client, ip, about (login method, endpoint, token or grant \
            type), new (what was never seen in the story before)), by_event, by_client, by_ip.\n\nEvents without a user id \
            belong to the story if their e-mail address was seen together with the user. The inputs are read twice, \
            a pipe by way of a temporary file.",
        kinds: Kinds::All,
        ids: FieldSet::of(&[
            Field::Event,
            Field::User,
            Field::Email,
            Field::Client,
            Field::Ip,
            Field::UserAgent,
        ]),
        fields: FieldSet::of(&[
            Field::Reason,
            Field::Method,
            Field::Endpoint,
            Field::TokenType,
            Field::GrantType,
        ]),
        default: false,
        owned: false,
    };

    fn new(options: &Options, directory: &Directory) -> Explain {
        let names = |field| directory.names(field);
        Explain {
            story: Newest::new(options.story),
            logins: Outcomes::default(),
            refreshes: 0,
            failures: 0,
            users: Keyed::new(names(Field::User)),
            emails: Keyed::new(names(Field::Email)),
            agents: Distinct::new(names(Field::UserAgent)),
            by_event: Keyed::new(names(Field::Event)),
            by_client: Keyed::new(names(Field::Client)),
            by_ip: Keyed::new(names(Field::Ip)),
        }
    }

    fn observe(&mut self, events: &[Event<'_>]) {
        for event in events {
            if event.kind == Kind::Login {
                self.logins.add(event.outcome);
            }
            self.refreshes += u64::from(event.kind == Kind::TokenRefresh);
            self.failures += u64::from(event.outcome == Outcome::Failure);
            let outcome = |outcomes: &mut Outcomes| outcomes.add(event.outcome);
            self.by_event.count(event, Field::Event, outcome);
            self.by_client.count(event, Field::Client, outcome);
            self.by_ip.count(event, Field::Ip, outcome);
            self.users.count(event, Field::User, |count| *count += 1);
            self.emails.count(event, Field::Email, |count| *count += 1);
            if let Some(agent) = event.key(Field::UserAgent) {
                self.agents.add(agent);
            }
            self.story.add(event.time, event.position, || {
                [
                    Some(event.name()),
                    Some(outcome_word(event.outcome)),
                    event.get(Field::Reason),
                    event.get(Field::Client),
                    event.get(Field::Ip),
                    ABOUT.into_iter().find_map(|field| event.get(field)),
                    event.get(Field::UserAgent),
                ]
            });
        }
    }

    fn merge(&mut self, other: Explain) {
        self.story.merge(other.story);
        self.logins.merge(other.logins);
        self.refreshes.merge(other.refreshes);
        self.failures.merge(other.failures);
        self.users.merge(other.users);
        self.emails.merge(other.emails);
        self.agents.merge(other.agents);
        self.by_event.merge(other.by_event);
        self.by_client.merge(other.by_client);
        self.by_ip.merge(other.by_ip);
    }

    fn finish(self, _: &Context) -> Section {
        let events = self.by_event.total().total();
        let story = self.story.rows();
        let left_out = events - story.len() as u64;
        Section::new(Self::INFO.name, Self::INFO.title)
            .fact("users", named(&self.users))
            .fact("emails", named(&self.emails))
            .fact("events", Value::Count(events))
            .fact("logins_ok", Value::Count(self.logins.success))
            .fact("logins_failed", Value::Count(self.logins.failure))
            .fact("refreshes", Value::Count(self.refreshes))
            .fact("failures", Value::Count(self.failures))
            .fact("user_agents", counted(self.agents.count(events)))
            .fact("left_out", Value::Count(left_out))
            .table("story", STORY, told(story, left_out == 0))
            .ranking(
                "by_event",
                &["event", "success", "failure", "success_rate"],
                outcome_rows(&self.by_event),
            )
            .ranking(
                "by_client",
                &["client", "success", "failure", "success_rate"],
                outcome_rows(&self.by_client),
            )
            .ranking(
                "by_ip",
                &["ip", "success", "failure", "success_rate"],
                outcome_rows(&self.by_ip),
            )
    }
}

const STORY: &[&str] = &[
    "time", "after", "event", "outcome", "reason", "client", "ip", "about", "new",
];

/// The texts of a field that events have, the most frequent first, with blanks between.
fn named(texts: &Keyed<u64>) -> Value {
    let ranked = texts.ranked().rows.into_iter();
    let texts: Vec<String> = ranked.filter_map(|(text, _)| text).take(10).collect();
    Value::text(
        Some(texts.join(" "))
            .as_deref()
            .filter(|text| !text.is_empty()),
    )
}

/// The rows of the story, oldest first; `whole` if nothing came before them.
fn told(newest_first: Vec<Row<TEXTS>>, whole: bool) -> impl Iterator<Item = Vec<Value>> {
    let mut before = None;
    let mut seen = BTreeSet::new();
    newest_first.into_iter().rev().map(move |row| {
        let texts = row.texts();
        let after = before
            .zip(row.time())
            .map(|(before, time): (Timestamp, _)| {
                Value::Span(before.until(time).unwrap_or_default())
            });
        before = row.time().or(before);
        let [_, _, _, client, ip, _, agent] = texts;
        let new: Vec<&str> = [("ip", ip), ("client", client), ("user agent", agent)]
            .into_iter()
            .filter(|(what, text)| text.is_some_and(|text| seen.insert((*what, text.to_owned()))))
            .map(|(what, _)| what)
            .collect();
        let new = Some(new.join(", ")).filter(|new| whole && !new.is_empty());
        [
            row.time().map_or(Value::Missing, Value::time),
            after.unwrap_or(Value::Missing),
        ]
        .into_iter()
        .chain(texts[..TEXTS - 1].iter().map(|text| Value::text(*text)))
        .chain([Value::text(new.as_deref())])
        .collect()
    })
}
