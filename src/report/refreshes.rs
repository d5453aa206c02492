//! How often tokens are refreshed, how many refreshes fail, and how many refresh tokens are used at all.
//!
//! Over kind `token.refresh`, with logins and issued tokens beside it:
//!
//! * `per_hour`, `per_day`: successes per elapsed hour and day of the window (the times of the first and the last
//!   dated event of the log); nothing when no time elapsed.
//! * `per_user`: successes per subject that refreshed; `per_login`: successes per successful login.
//! * `usage_rate`: successful refreshes per refresh token issued, where the log has such events (family *issue*, token
//!   type `refresh`, not failed); else issues by the grant `refresh_token` of all issues. It may exceed 1: a refresh
//!   token can be used more than once.
//! * `reused`: failed refreshes whose reason names reuse (has `reuse` in it, in whatever case), and refreshes with a token id
//!   that was rotated before: later than `--reuse-grace` (10 s) after the first successful refresh with it, whatever their
//!   own outcome. An event counts once, also where both apply. A token family is refreshed at every rotation, which
//!   is its purpose, so a family that comes again is no sign of reuse; the family tells apart tokens of the same id in
//!   different families. Where a log names the new token instead of the one presented, no id comes twice, and only
//!   reasons tell. Times are compared in whole microseconds; events without a time or a token id count by their reason
//!   alone. Where there is no room for all tokens, this is an estimate from a sample of them ([`Sequences`](crate::tally::Sequences)), and says so.
//! * `by_hour`: the hour of the day, 0 to 23, as clocks of `--tz` show it, with the successes and failures of dated events.

mod reuse;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::rows::{count_rows, mean, outcome_rows, success_rate};
use super::{Context, Info, Kinds, Options, Report};
use crate::document::{Section, Value};
use crate::event::{Event, Family, Field, FieldSet, Kind, Outcome};
use crate::tally::{Counts, Directory, Distinct, Keyed, Merge, Outcomes};
use crate::zone::Clock;
use reuse::Reuse;

/// See the module.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Refreshes {
    outcomes: Outcomes,
    users: Distinct,
    logins: u64,
    issues: u64,
    refresh_grants: u64,
    refresh_tokens: u64,
    reuse: Reuse,
    by_reason: Keyed<u64>,
    by_client: Keyed<Outcomes>,
    by_hour: [Outcomes; 24],
    clock: Clock,
}

impl Report for Refreshes {
    const INFO: Info = Info {
        name: "refreshes",
        title: "Token refreshes",
        help: "How often tokens are refreshed, and how many refreshes fail",
        details: "Facts: total, success, failure, unknown, success_rate, per_hour and per_day (successes per elapsed time of \
            the window), per_user (successes per subject that refreshed), per_login (successes per successful login), \
            usage_rate (successes per refresh token issued), reused \
            (failures whose reason names reuse, and token ids that come again later than --reuse-grace after they were rotated).\nTables: by_reason (of failures), by_client, by_hour \
            (hour of day).",
        kinds: Kinds::Only(&[
            Kind::TokenRefresh,
            Kind::Login,
            Kind::TokenGenerated,
            Kind::TokenIssued,
        ]),
        ids: FieldSet::of(&[Field::Subject, Field::Client, Field::Reason]),
        fields: FieldSet::of(&[
            Field::TokenType,
            Field::GrantType,
            Field::Reason,
            Field::TokenId,
            Field::TokenFamily,
        ]),
        default: true,
        owned: false,
    };

    fn new(options: &Options, directory: &Directory) -> Refreshes {
        Refreshes {
            outcomes: Outcomes::default(),
            users: Distinct::new(directory.names(Field::Subject)),
            logins: 0,
            issues: 0,
            refresh_grants: 0,
            refresh_tokens: 0,
            reuse: Reuse::new(options),
            by_reason: Keyed::new(directory.names(Field::Reason)),
            by_client: Keyed::new(directory.names(Field::Client)),
            by_hour: Default::default(),
            clock: options.zone.into(),
        }
    }

    fn observe(&mut self, events: &[Event<'_>]) {
        for event in events {
            let success = event.outcome == Outcome::Success;
            match event.kind.family() {
                Family::Refresh => self.refresh(event),
                Family::Login => self.logins += u64::from(success),
                _ if event.outcome != Outcome::Failure => {
                    self.issues += 1;
                    self.refresh_grants +=
                        u64::from(event.get(Field::GrantType) == Some("refresh_token"));
                    self.refresh_tokens +=
                        u64::from(event.get(Field::TokenType) == Some("refresh"));
                }
                _ => {}
            }
        }
    }

    fn merge(&mut self, other: Refreshes) {
        self.outcomes.merge(other.outcomes);
        self.users.merge(other.users);
        self.logins.merge(other.logins);
        self.issues.merge(other.issues);
        self.refresh_grants.merge(other.refresh_grants);
        self.refresh_tokens.merge(other.refresh_tokens);
        self.reuse.merge(other.reuse);
        self.by_reason.merge(other.by_reason);
        self.by_client.merge(other.by_client);
        for (hour, other) in self.by_hour.iter_mut().zip(other.by_hour) {
            hour.merge(other);
        }
    }

    fn settle(&mut self) {
        self.reuse.settle();
    }

    fn finish(self, context: &Context) -> Section {
        let success = self.outcomes.success;
        let elapsed = context.elapsed();
        let per = |unit| Value::Pace {
            count: success,
            elapsed,
            unit,
        };
        let usage_rate = match self.refresh_tokens {
            0 => Value::Mean {
                part: self.refresh_grants,
                whole: self.issues,
            },
            whole => Value::Mean {
                part: success,
                whole,
            },
        };
        let hours = self.by_hour.iter().enumerate().map(|(hour, outcomes)| {
            vec![
                Value::Count(hour as u64),
                Value::Count(outcomes.success),
                Value::Count(outcomes.failure),
            ]
        });
        Section::new(Self::INFO.name, Self::INFO.title)
            .fact("total", Value::Count(self.outcomes.total()))
            .fact("success", Value::Count(success))
            .fact("failure", Value::Count(self.outcomes.failure))
            .fact("unknown", Value::Count(self.outcomes.unknown))
            .fact("success_rate", success_rate(&self.outcomes))
            .fact("per_hour", per(Duration::from_secs(3600)))
            .fact("per_day", per(Duration::from_secs(86_400)))
            .fact("per_user", mean(success, self.users.count(success)))
            .fact(
                "per_login",
                Value::Mean {
                    part: success,
                    whole: self.logins,
                },
            )
            .fact("usage_rate", usage_rate)
            .fact("reused", self.reuse.reused(self.outcomes.total()))
            .ranking(
                "by_reason",
                &["reason", "count"],
                count_rows(&self.by_reason),
            )
            .ranking(
                "by_client",
                &["client", "success", "failure", "success_rate"],
                outcome_rows(&self.by_client),
            )
            .table("by_hour", &["hour", "success", "failure"], hours)
    }
}

impl Refreshes {
    fn refresh(&mut self, event: &Event<'_>) {
        self.outcomes.add(event.outcome);
        self.reuse.count(event);
        let outcome = |outcomes: &mut Outcomes| outcomes.add(event.outcome);
        self.by_client.count(event, Field::Client, outcome);
        if event.outcome == Outcome::Failure {
            self.by_reason
                .count(event, Field::Reason, |count| *count += 1);
        }
        if event.outcome == Outcome::Success
            && let Some(subject) = event.key(Field::Subject)
        {
            self.users.add(subject);
        }
        if let Some(time) = event.time {
            let hour = self.clock.local(time.seconds()).rem_euclid(86_400) / 3600;
            self.by_hour[hour as usize % 24].add(event.outcome);
        }
    }
}

#[cfg(test)]
mod tests;
