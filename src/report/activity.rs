//! What happened to tokens last.
//!
//! The last `--limit` token events: time, event, client, user, ip, outcome, reason. Newest first, ties by input position;
//! events without a time come last.
//!
//! * Token events are those of the families *issue*, *refresh*, *use*, *end* and *invalid*, under their canonical names,
//!   and events of no known kind whose name begins with `token.`: where a table of audit rows is asked for
//!   `action LIKE 'token.%'`, the same rows answer.
//! * `total`: how many token events there are; `shown`: how many of them are in `events`.
//! * `user` is the subject: the user id, else the e-mail address in lower case.

use serde::{Deserialize, Serialize};

use super::rows::{TOKEN_FAMILIES, outcome_word, time};
use super::{Context, Info, Kinds, Options, Report};
use crate::document::{Section, Value};
use crate::event::{Event, Field, FieldSet, Kind};
use crate::tally::{Directory, Merge, Newest};

/// See the module.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Activity {
    total: u64,
    events: Newest<6>,
}

impl Report for Activity {
    const INFO: Info = Info {
        name: "activity",
        title: "Token activity",
        help: "The last token events, newest first",
        details: "Facts: total (token events: issued, refreshed, used, ended, refused, and whatever else is called \
            token.…), shown (how many of them are in the table).\nTables: events (the last --limit of them: time, \
            event, client, user, ip, outcome, reason; newest first, undated last, ties by their place in the \
            input).\n\nReplaces: SELECT * FROM audit_logs WHERE action LIKE 'token.%' ORDER BY created_at DESC LIMIT 50",
        kinds: Kinds::Of(TOKEN_FAMILIES, &[Kind::Other]),
        ids: FieldSet::EMPTY,
        fields: FieldSet::of(&[
            Field::Event,
            Field::Client,
            Field::Subject,
            Field::Ip,
            Field::Reason,
        ]),
        default: false,
        owned: false,
    };

    fn new(options: &Options, _: &Directory) -> Activity {
        Activity {
            total: 0,
            events: Newest::new(options.limit),
        }
    }

    fn observe(&mut self, events: &[Event<'_>]) {
        for event in events {
            if event.kind == Kind::Other && !event.name().starts_with("token.") {
                continue;
            }
            self.total += 1;
            self.events.add(event.time, event.position, || {
                [
                    Some(event.name()),
                    event.get(Field::Client),
                    event.get(Field::Subject),
                    event.get(Field::Ip),
                    Some(outcome_word(event.outcome)),
                    event.get(Field::Reason),
                ]
            });
        }
    }

    fn merge(&mut self, other: Activity) {
        self.total.merge(other.total);
        self.events.merge(other.events);
    }

    fn adapt(&mut self, options: &Options) {
        self.events.shorten(options.limit);
    }

    fn finish(self, _: &Context) -> Section {
        let rows = self.events.rows();
        let shown = rows.len() as u64;
        let rows = rows.iter().map(|row| {
            let texts = row.texts().map(Value::text);
            [time(row.time())].into_iter().chain(texts).collect()
        });
        Section::new(Self::INFO.name, Self::INFO.title)
            .fact("total", Value::Count(self.total))
            .fact("shown", Value::Count(shown))
            .table(
                "events",
                &["time", "event", "client", "user", "ip", "outcome", "reason"],
                rows,
            )
    }
}

#[cfg(test)]
mod tests;
