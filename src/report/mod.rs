//! Reports: questions with one answer each.
//!
//! A report is both the question and its running state: a commutative sum of events. To add one, write a file with a
//! type that implements [`Report`] and give it a line in [`REPORTS`]. It then has its command, its help, its place in
//! every format, and the tests over the registry: merging in any order, across any split, through a saved state.

mod activity;
mod clients;
mod explain;
mod failures;
mod ips;
mod logins;
mod otp;
mod peaks;
mod refreshes;
mod rows;
mod running;
mod security;
mod timeline;
mod tokens;
mod top;
mod usage;
mod users;

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::document::Section;
use crate::event::{Event, Family, FieldSet, KINDS, Kind, Timestamp};
use crate::tally::{Directory, Every};
use crate::zone::Zone;
use running::entry;
pub use running::{ReportEntry, Running};

/// Every report, in the order they are printed.
pub static REPORTS: &[ReportEntry] = &[
    entry::<logins::Logins>(),
    entry::<failures::Failures>(),
    entry::<refreshes::Refreshes>(),
    entry::<otp::Otp>(),
    entry::<tokens::Tokens>(),
    entry::<top::Top<users::Users>>(),
    entry::<top::Top<clients::Clients>>(),
    entry::<top::Top<ips::Ips>>(),
    entry::<timeline::Timeline>(),
    entry::<peaks::Peaks>(),
    entry::<activity::Activity>(),
    entry::<usage::Usage>(),
    entry::<security::Security>(),
    entry::<explain::Explain>(),
];

/// One question over a log.
pub trait Report: Clone + Send + Sync + Sized + Serialize + DeserializeOwned + 'static {
    /// What it is called, what it asks, and what it has to see.
    const INFO: Info;

    /// The kinds it observes under these options: all of [`Info::kinds`], if it cannot do without some.
    fn kinds(_: &Options) -> Kinds {
        Self::INFO.kinds
    }

    /// The state before any event: the identity of [`Report::merge`]. Ids of events are those of `directory`.
    fn new(options: &Options, directory: &Directory) -> Self;

    /// Counts a batch of events of one of its kinds. Order must not matter.
    fn observe(&mut self, events: &[Event<'_>]);

    /// Adds another state of the same options. Associative and commutative.
    fn merge(&mut self, other: Self);

    /// Adds another state, as [`Report::merge`] does, which stays: worth its own way where a copy is large.
    fn add(&mut self, other: &Self)
    where
        Self: Clone,
    {
        self.merge(other.clone());
    }

    /// Puts what was counted in such an order that sums of it, and answers, take less time. It says the same as before.
    fn settle(&mut self) {}

    /// Answers under these options, which may have a smaller [`Options::limit`] than those it was started with and, where
    /// these said [`Options::as_of_moves`], a later [`Options::as_of`].
    fn adapt(&mut self, _: &Options) {}

    /// The answer.
    fn finish(self, context: &Context) -> Section;
}

/// What a report is.
#[derive(Debug)]
pub struct Info {
    /// Its name: the command, and the key in JSON.
    pub name: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// What it answers, in one sentence.
    pub help: &'static str,
    /// What its facts and tables mean, with the pipeline it replaces; for `--help`.
    pub details: &'static str,
    /// The kinds of event it observes, whatever the options.
    pub kinds: Kinds,
    /// Fields whose ids it counts by.
    pub ids: FieldSet,
    /// Fields whose text it reads.
    pub fields: FieldSet,
    /// Whether it is one of those that are made when none is asked for by name: what everybody wants to know, and what
    /// takes little memory for each user.
    pub default: bool,
    /// Whether it keeps to the tokens of [`Options::owner`], where one is given.
    pub owned: bool,
}

/// Which kinds of event a report observes.
#[derive(Clone, Copy, Debug)]
pub enum Kinds {
    /// All of them.
    All,
    /// These.
    Only(&'static [Kind]),
    /// Those of these families, and these.
    Of(&'static [Family], &'static [Kind]),
}

impl Kinds {
    /// Whether `kind` is among them.
    pub fn contain(self, kind: Kind) -> bool {
        match self {
            Kinds::All => true,
            Kinds::Only(kinds) => kinds.contains(&kind),
            Kinds::Of(families, others) => {
                families.contains(&kind.family()) || others.contains(&kind)
            }
        }
    }

    /// The kinds themselves.
    pub fn iter(self) -> impl Iterator<Item = Kind> {
        KINDS
            .iter()
            .map(|row| row.kind)
            .filter(move |kind| self.contain(*kind))
    }
}

/// What a reader of reports may choose.
#[derive(Clone, Debug)]
pub struct Options {
    /// Width of the timeline's buckets; `None` chooses by the window.
    pub every: Option<Every>,
    /// By whose clocks days and hours begin.
    pub zone: Zone,
    /// About how many bytes may be taken by what grows with the number of different texts; `None` is no limit.
    pub memory_limit: Option<u64>,
    /// How many rows lists of users, clients and addresses have.
    pub top: usize,
    /// How many rows lists of events have.
    pub limit: usize,
    /// How many rows a story has.
    pub story: usize,
    /// Which page of so many rows, counted from 1.
    pub page: usize,
    /// The API token whose use is told, row by row.
    pub token: Option<String>,
    /// The user whose API tokens exist; `None` is everybody.
    pub owner: Option<String>,
    /// The time at which tokens are active or not.
    pub as_of: Timestamp,
    /// Whether that time may become a later one while states are kept.
    pub as_of_moves: bool,
    /// How long after its rotation a refresh token may come again: clients retry.
    pub reuse_grace: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            every: None,
            zone: Zone::UTC,
            memory_limit: None,
            top: 10,
            limit: 50,
            story: 1000,
            page: 1,
            token: None,
            owner: None,
            as_of: Timestamp::now(),
            as_of_moves: false,
            reuse_grace: Duration::from_secs(10),
        }
    }
}

/// What a report may know of the whole when it answers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context {
    /// Times of the first and the last dated event.
    pub window: Option<(Timestamp, Timestamp)>,
}

impl Context {
    /// Time between the first and the last dated event.
    pub fn elapsed(&self) -> Duration {
        let nanos = self
            .window
            .map_or(0, |(first, last)| last.nanos_since(first).max(0));
        Duration::from_nanos_u128(nanos.unsigned_abs())
    }
}

#[cfg(test)]
mod tests;
