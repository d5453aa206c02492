//! Who was there most: users, clients and addresses, the top N of each by events.
//!
//! Over all events that name one. For each: `events`; `logins_ok` and `logins_failed` (kind `auth.login`); `issued`
//! (events of the family *issue* that did not fail); `refreshes` (attempts of kind `token.refresh`); `first_seen` and
//! `last_seen`, in whole milliseconds, rounded down, of its own dated events. Facts: `distinct`, how many different ones
//! there were; `unnamed`, how many events name none. Equal ones stand in the order of their names.
//!
//! Each one takes 16 bytes in every worker beside its text, or 55 if it has more than 255 events or more than 8.7 years
//! of them: where there are tens of millions, the number of workers is what to save on. Over `--memory-limit` counts are
//! estimates that are never too small, and times are not told: the earliest of what shares a sum with a name would be
//! earlier than the name's own.

mod activities;
mod activity;

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use super::rows::{counted, number};
use super::{Context, Info, Options, Report};
use crate::document::{Section, Value};
use crate::event::{Event, Field};
use crate::tally::{Directory, Distinct, Keyed, Merge, Ranked};
use activities::Activities;
use activity::Activity;

/// What users, clients and addresses differ in.
pub(super) trait Actor: Clone + Send + Sync + 'static {
    /// What the report on them is.
    const INFO: Info;
    /// What they are known by.
    const FIELD: Field;
    /// Columns of `top`: what they are called comes first.
    const COLUMNS: &'static [&'static str];
}

/// See the module.
#[derive(Clone, Serialize, Deserialize)]
#[serde(bound = "")]
pub(super) struct Top<A> {
    most: usize,
    distinct: Distinct,
    by_actor: Keyed<Activity, Activities>,
    #[serde(skip)]
    of: PhantomData<A>,
}

impl<A: Actor> Report for Top<A> {
    const INFO: Info = A::INFO;

    fn new(options: &Options, directory: &Directory) -> Top<A> {
        let names = directory.names(A::FIELD);
        Top {
            most: options.top,
            distinct: Distinct::new(names),
            by_actor: Keyed::new(names),
            of: PhantomData,
        }
    }

    fn observe(&mut self, events: &[Event<'_>]) {
        for event in events {
            if let Some(key) = event.key(A::FIELD) {
                self.distinct.add(key);
            }
            self.by_actor
                .count(event, A::FIELD, |activity| activity.add(event));
        }
    }

    fn merge(&mut self, other: Top<A>) {
        self.distinct.merge(other.distinct);
        self.by_actor.merge(other.by_actor);
    }

    fn add(&mut self, other: &Top<A>) {
        self.distinct.add_all(&other.distinct);
        self.by_actor.add_all(&other.by_actor);
    }

    fn settle(&mut self) {
        self.by_actor.settle();
    }

    fn finish(self, _: &Context) -> Section {
        let unnamed = self.by_actor.none().events();
        let named = self.by_actor.total().events() - unnamed;
        let Ranked { rows, off } = self.by_actor.top(self.most);
        let row = |(name, activity): (String, Activity)| {
            let off = off.map_or([None; 5], |off| off.counts().map(Some));
            let counts = activity.counts().into_iter().zip(off);
            let times = activity
                .seen()
                .map(|time| time.map_or(Value::Missing, Value::time));
            std::iter::once(Value::Text(name))
                .chain(counts.map(|(count, off)| number(count, off)))
                .chain(times)
                .collect()
        };
        Section::new(Self::INFO.name, Self::INFO.title)
            .fact("distinct", counted(self.distinct.count(named)))
            .fact("unnamed", Value::Count(unnamed))
            .table("top", A::COLUMNS, rows.into_iter().map(row))
    }
}

/// The columns of `top` for what is called so.
macro_rules! columns {
    ($actor:literal) => {
        &[
            $actor,
            "events",
            "logins_ok",
            "logins_failed",
            "issued",
            "refreshes",
            "first_seen",
            "last_seen",
        ]
    };
}
pub(super) use columns;

#[cfg(test)]
mod tests;
