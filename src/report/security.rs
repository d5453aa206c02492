//! What is refused, suspected or fails at the door, and how severe it is.
//!
//! Security events are those of the families *invalid*, *scope* and *security*, and failed logins (kind `auth.login`).
//!
//! * `total`, then counts by severity: `critical`, `high`, `medium`, `low`, `info`. The severity is the one the event
//!   says (`severity` or `level`, in the words of syslog and of common logging libraries); where it says none that is
//!   understood, that of its kind. Both are in `severity`.
//! * `by_kind`: event, count, share of all security events, and `users`: how many different subjects they name.
//! * `recent`: the last `--limit` of them, but for scope checks that passed, of which there may be one for each request.
//!   Newest first, undated last; of one time, in the order of what they say.

mod severity;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::rows::{counted, time};
use super::{Context, Info, Kinds, Options, Report};
use crate::document::{Section, Value};
use crate::event::{Event, Family, Field, FieldSet, Kind, Outcome, Position};
use crate::tally::{Directory, Distinct, Merge, Newest};
use severity::Severity;

/// See the module.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Security {
    by_severity: [u64; Severity::ALL.len()],
    /// By the name of the kind.
    by_kind: BTreeMap<Name, OfKind>,
    recent: Newest<6>,
    /// A set of none, as every kind's is at first.
    users: Distinct,
}

type Name = Cow<'static, str>;

#[derive(Clone, Serialize, Deserialize)]
struct OfKind {
    count: u64,
    users: Distinct,
}

impl Report for Security {
    const INFO: Info = Info {
        name: "security",
        title: "Security events",
        help: "What is refused or suspected, how severe it is, and what came last",
        details: "Over invalid requests, scope checks, rate limits, suspicious activity, and failed logins.\nFacts: total, \
            critical, high, medium, low, info (by the severity or level the event says; else by its kind: suspicious \
            activity is high; invalid requests, scope violations and rate limits are medium; failed logins low; passed \
            scope checks info).\nTables: by_kind (event, count, share, users: different subjects), recent (the last \
            --limit of them but for passed scope checks; newest first, undated last).\n\nReplaces: SELECT event_type, \
            severity, ip_address, details FROM audit_log WHERE event_type LIKE 'auth.%' ORDER BY timestamp DESC",
        kinds: Kinds::Of(
            &[Family::Invalid, Family::Scope, Family::Security],
            &[Kind::Login],
        ),
        ids: FieldSet::of(&[Field::Subject]),
        fields: FieldSet::of(&[
            Field::Severity,
            Field::Client,
            Field::Subject,
            Field::Ip,
            Field::Reason,
        ]),
        default: true,
        owned: false,
    };

    fn new(options: &Options, directory: &Directory) -> Security {
        Security {
            by_severity: Default::default(),
            by_kind: BTreeMap::new(),
            recent: Newest::new(options.limit),
            users: Distinct::new(directory.names(Field::Subject)),
        }
    }

    fn observe(&mut self, events: &[Event<'_>]) {
        let mut security = events.iter().filter(|event| is_security(event)).peekable();
        // Most logins succeed: mostly there is none.
        let Some(first) = security.peek() else { return };
        let of_kind = of(&mut self.by_kind, first.kind.name().into(), &self.users);
        for event in security {
            let severity = Severity::of(event);
            self.by_severity[severity as usize] += 1;
            of_kind.count += 1;
            if let Some(subject) = event.key(Field::Subject) {
                of_kind.users.add(subject);
            }
            if !is_passed_check(event) {
                self.recent.add(event.time, Position::default(), || {
                    [
                        Some(event.kind.name()),
                        Some(severity.name()),
                        event.get(Field::Client),
                        event.get(Field::Subject),
                        event.get(Field::Ip),
                        event.get(Field::Reason),
                    ]
                });
            }
        }
    }

    fn merge(&mut self, other: Security) {
        for (count, other) in self.by_severity.iter_mut().zip(other.by_severity) {
            count.merge(other);
        }
        // States that were saved know their names once for each set.
        let sets = self.by_kind.values_mut().map(|of_kind| &mut of_kind.users);
        sets.chain([&mut self.users])
            .for_each(|users| users.merge(other.users.clone()));
        for (name, other) in other.by_kind {
            let of_kind = of(&mut self.by_kind, name, &self.users);
            of_kind.count.merge(other.count);
            of_kind.users.merge(other.users);
        }
        self.recent.merge(other.recent);
    }

    fn adapt(&mut self, options: &Options) {
        self.recent.shorten(options.limit);
    }

    fn finish(self, _: &Context) -> Section {
        let total = self.by_severity.iter().sum();
        let mut section =
            Section::new(Self::INFO.name, Self::INFO.title).fact("total", Value::Count(total));
        for (severity, count) in Severity::ALL.iter().zip(self.by_severity) {
            section = section.fact(severity.name(), Value::Count(count));
        }
        let mut kinds: Vec<(Name, OfKind)> = self.by_kind.into_iter().collect();
        // Equal ones stay in the order of their names.
        kinds.sort_by_key(|(_, of_kind)| std::cmp::Reverse(of_kind.count));
        let kinds = kinds.into_iter().map(|(name, OfKind { count, users })| {
            let (part, whole) = (count, total);
            vec![
                Value::Text(name.into_owned()),
                Value::Count(count),
                Value::Ratio { part, whole },
                counted(users.count(count)),
            ]
        });
        let recent = self.recent.rows();
        let recent = recent.iter().map(|row| {
            let texts = row.texts().map(Value::text);
            [time(row.time())].into_iter().chain(texts).collect()
        });
        section
            .ranking("by_kind", &["event", "count", "share", "users"], kinds)
            .table(
                "recent",
                &[
                    "time", "event", "severity", "client", "user", "ip", "reason",
                ],
                recent,
            )
    }
}

/// What is counted of a kind; `users` is a set of none.
fn of<'m>(by_kind: &'m mut BTreeMap<Name, OfKind>, name: Name, users: &Distinct) -> &'m mut OfKind {
    by_kind.entry(name).or_insert_with(|| OfKind {
        count: 0,
        users: users.clone(),
    })
}

fn is_security(event: &Event<'_>) -> bool {
    event.kind != Kind::Login || event.outcome == Outcome::Failure
}

fn is_passed_check(event: &Event<'_>) -> bool {
    event.kind == Kind::ScopeValidated && event.outcome != Outcome::Failure
}

#[cfg(test)]
mod tests;
