//! How many logins succeed, by which method and client, and why the others fail.
//!
//! Over kind `auth.login`. `users` counts the different subjects of all of them, whatever their outcome. A login
//! without a method, a client or a reason has its own row, with no text.

use serde::{Deserialize, Serialize};

use super::rows::{count_rows, counted, outcome_rows, success_rate};
use super::{Context, Info, Kinds, Options, Report};
use crate::document::{Section, Value};
use crate::event::{Event, Field, FieldSet, Kind, Outcome};
use crate::tally::{Counts, Directory, Distinct, Keyed, Merge, Outcomes};

/// See the module.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Logins {
    outcomes: Outcomes,
    users: Distinct,
    by_method: Keyed<Outcomes>,
    by_client: Keyed<Outcomes>,
    by_reason: Keyed<u64>,
}

impl Report for Logins {
    const INFO: Info = Info {
        name: "logins",
        title: "Logins",
        help: "How many logins succeed, by method and client, and why the others fail",
        details: "Facts: total, success, failure, unknown, success_rate (of success + failure), users (different \
            subjects).\nTables: by_method, by_client, by_reason (of failures).",
        kinds: Kinds::Only(&[Kind::Login]),
        ids: FieldSet::of(&[Field::Subject, Field::Method, Field::Client, Field::Reason]),
        fields: FieldSet::EMPTY,
        default: true,
        owned: false,
    };

    fn new(_: &Options, directory: &Directory) -> Logins {
        Logins {
            outcomes: Outcomes::default(),
            users: Distinct::new(directory.names(Field::Subject)),
            by_method: Keyed::new(directory.names(Field::Method)),
            by_client: Keyed::new(directory.names(Field::Client)),
            by_reason: Keyed::new(directory.names(Field::Reason)),
        }
    }

    fn observe(&mut self, events: &[Event<'_>]) {
        for event in events {
            self.outcomes.add(event.outcome);
            let outcome = |outcomes: &mut Outcomes| outcomes.add(event.outcome);
            self.by_method.count(event, Field::Method, outcome);
            self.by_client.count(event, Field::Client, outcome);
            if event.outcome == Outcome::Failure {
                self.by_reason
                    .count(event, Field::Reason, |count| *count += 1);
            }
            if let Some(subject) = event.key(Field::Subject) {
                self.users.add(subject);
            }
        }
    }

    fn merge(&mut self, other: Logins) {
        self.outcomes.merge(other.outcomes);
        self.users.merge(other.users);
        self.by_method.merge(other.by_method);
        self.by_client.merge(other.by_client);
        self.by_reason.merge(other.by_reason);
    }

    fn finish(self, _: &Context) -> Section {
        Section::new(Self::INFO.name, Self::INFO.title)
            .fact("total", Value::Count(self.outcomes.total()))
            .fact("success", Value::Count(self.outcomes.success))
            .fact("failure", Value::Count(self.outcomes.failure))
            .fact("unknown", Value::Count(self.outcomes.unknown))
            .fact("success_rate", success_rate(&self.outcomes))
            .fact("users", counted(self.users.count(self.outcomes.total())))
            .ranking(
                "by_method",
                &["method", "success", "failure", "success_rate"],
                outcome_rows(&self.by_method),
            )
            .ranking(
                "by_client",
                &["client", "success", "failure", "success_rate"],
                outcome_rows(&self.by_client),
            )
            .ranking(
                "by_reason",
                &["reason", "count"],
                count_rows(&self.by_reason),
            )
    }
}
