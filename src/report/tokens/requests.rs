//! What became of requests for tokens.

use serde::{Deserialize, Serialize};

use crate::event::{Event, Family, Outcome};
use crate::tally::{Counts, Merge};

/// What became of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Became {
    /// A token was issued.
    Issued,
    /// A token was exchanged for a new one.
    Refreshed,
    /// It was refused.
    Failed,
}

impl Became {
    /// What an event says of a request, if it says so: see the report.
    pub(super) fn of(event: &Event<'_>) -> Option<Became> {
        match (event.kind.family(), event.outcome) {
            (Family::Invalid, _) | (Family::Issue | Family::Refresh, Outcome::Failure) => {
                Some(Became::Failed)
            }
            (Family::Issue, _) => Some(Became::Issued),
            (Family::Refresh, Outcome::Success) => Some(Became::Refreshed),
            _ => None,
        }
    }
}

/// How many requests became what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Requests {
    pub(super) issued: u64,
    pub(super) refreshed: u64,
    pub(super) failed: u64,
}

impl Requests {
    pub(super) fn add(&mut self, became: Became) {
        match became {
            Became::Issued => self.issued += 1,
            Became::Refreshed => self.refreshed += 1,
            Became::Failed => self.failed += 1,
        }
    }
}

impl Merge for Requests {
    fn merge(&mut self, other: Requests) {
        self.issued += other.issued;
        self.refreshed += other.refreshed;
        self.failed += other.failed;
    }
}

impl Counts for Requests {
    fn total(&self) -> u64 {
        self.issued + self.refreshed + self.failed
    }

    fn least(self, other: Requests) -> Requests {
        Requests {
            issued: self.issued.min(other.issued),
            refreshed: self.refreshed.min(other.refreshed),
            failed: self.failed.min(other.failed),
        }
    }

    fn each(self, of: impl Fn(u64) -> u64) -> Requests {
        Requests {
            issued: of(self.issued),
            refreshed: of(self.refreshed),
            failed: of(self.failed),
        }
    }
}
