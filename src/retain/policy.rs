//! Which lines go.
//!
//! An event goes if it is older than asked. Security events may be kept longer: the families *invalid*, *scope* and
//! *security*, and failed logins. Whatever is not understood stays: lines that are no event, and events without a time.

use std::time::Duration;

use crate::event::{Event, Family, Kind, Outcome, Timestamp};
use crate::read::Line;
use crate::read::decode::Reason;

/// Which events go.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Events before this go; none do where there is no such time.
    before: Option<Timestamp>,
    /// Security events before this go.
    security_before: Option<Timestamp>,
}

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Goes,
    Stays,
    /// Old enough to go, but for security.
    StaysForSecurity,
    Undated,
    Malformed,
    NotAnObject,
    Blank,
}

impl Policy {
    /// Events that are older than `older_than` at `as_of` go, and security events that are older than `keep_security`.
    pub fn new(as_of: Timestamp, older_than: Duration, keep_security: Option<Duration>) -> Policy {
        let before = |age: Duration| {
            let seconds = as_of
                .seconds()
                .checked_sub(i64::try_from(age.as_secs()).ok()?)?;
            // Before the year 1 there are no events.
            Timestamp::new(seconds, as_of.subsec_nanos())
        };
        Policy {
            before: before(older_than),
            security_before: before(keep_security.unwrap_or(older_than).max(older_than)),
        }
    }

    /// Events before this go.
    pub fn before(&self) -> Option<Timestamp> {
        self.before
    }

    /// Security events before this go.
    pub fn security_before(&self) -> Option<Timestamp> {
        self.security_before
    }

    pub(super) fn judge(&self, line: &Line<'_>) -> Verdict {
        let event = match line {
            Line::Event(event) => event,
            Line::Blank => return Verdict::Blank,
            Line::Rejected(Reason::NotAnObject(_)) => return Verdict::NotAnObject,
            Line::Rejected(_) => return Verdict::Malformed,
        };
        let Some(time) = event.time else {
            return Verdict::Undated;
        };
        let is_before = |limit: Option<Timestamp>| limit.is_some_and(|limit| time < limit);
        if !is_before(self.before) {
            Verdict::Stays
        } else if is_security(event) && !is_before(self.security_before) {
            Verdict::StaysForSecurity
        } else {
            Verdict::Goes
        }
    }
}

fn is_security(event: &Event<'_>) -> bool {
    let family = event.kind.family();
    matches!(family, Family::Invalid | Family::Scope | Family::Security)
        || event.kind == Kind::Login && event.outcome == Outcome::Failure
}
