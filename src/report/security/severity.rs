//! How severe an event is: as it says, or as its kind is.
//!
//! | severity | said, in any case | else |
//! |---|---|---|
//! | critical | `emergency` `emerg` `alert` `critical` `crit` `fatal` | |
//! | high | `error` `err` `high` | `suspicious_activity` |
//! | medium | `warning` `warn` `medium` | invalid requests, `scope.violation`, `rate_limit.exceeded`; a scope check that failed |
//! | low | `notice` `low` | a failed `auth.login` |
//! | info | `info` `informational` `debug` `trace` | `scope.validated` |
//!
//! The words are those of syslog (RFC 5424, section 6.2.1) and of logging libraries. Numbers are not read: the same one
//! is the most and the least severe of different systems.

use crate::event::{Event, Field, Kind, Outcome};

/// How severe an event is, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Severity {
    Critical,
    High,
    Medium,
    Low,
    Info,
}

impl Severity {
    pub(super) const ALL: [Severity; 5] = [
        Severity::Critical,
        Severity::High,
        Severity::Medium,
        Severity::Low,
        Severity::Info,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Severity::Critical => "critical",
            Severity::High => "high",
            Severity::Medium => "medium",
            Severity::Low => "low",
            Severity::Info => "info",
        }
    }

    /// That of a security event.
    pub(super) fn of(event: &Event<'_>) -> Severity {
        let said = event.get(Field::Severity).and_then(Severity::said);
        said.unwrap_or_else(|| Severity::of_kind(event.kind, event.outcome))
    }

    fn said(word: &str) -> Option<Severity> {
        let is_one_of = |words: &[&str]| words.iter().any(|known| word.eq_ignore_ascii_case(known));
        WORDS
            .iter()
            .find(|(_, words)| is_one_of(words))
            .map(|(severity, _)| *severity)
    }

    fn of_kind(kind: Kind, outcome: Outcome) -> Severity {
        match (kind, outcome) {
            (Kind::SuspiciousActivity, _) => Severity::High,
            (Kind::Login, _) => Severity::Low,
            (Kind::ScopeValidated, Outcome::Success | Outcome::Unknown) => Severity::Info,
            _ => Severity::Medium,
        }
    }
}

/// What logs call them.
const WORDS: &[(Severity, &[&str])] = &[
    (Severity::Medium, &["warning", "warn", "medium"]),
    (Severity::Info, &["info", "informational", "debug", "trace"]),
    (Severity::High, &["error", "err", "high"]),
    (
        Severity::Critical,
        &["critical", "crit", "fatal", "alert", "emergency", "emerg"],
    ),
    (Severity::Low, &["notice", "low"]),
];
