//! How many one-time passwords are sent, how many of them prove an address, and how long that takes: the funnel.
//!
//! Over kinds `otp.generated`, `otp.sent` and `otp.verification` (its twin `otp.verification.detail` would count the same
//! attempt twice):
//!
//! * `generated`: those that did not fail; most logs do not say. `sent`, `send_failed`, `verified`, `verify_failed`: by
//!   outcome; `send_unknown` and `verify_unknown` do not say, and stay outside everything else.
//! * `send_rate`: sent / (sent + send_failed); `verify_rate`, per attempt: verified / (verified + verify_failed).
//! * `conversion`: verified / sent. It may exceed 1, where the start of a log is cut off.
//! * `attempts_per_success`: (verified + verify_failed) / verified.
//! * `time_to_verify_p50`, `_p95`: from the latest `otp.sent` that worked to the success of the same e-mail address, at most
//!   1 h apart. Every success counts, also a second one after the same `otp.sent`. Quantiles are of nearest rank.
//! * `by_domain`: sent, verified and conversion by the domain of the address; addresses without one have their own row.
//! * `attempts`: how many successes needed 1, 2, 3, … attempts: one more than verifications of the address failed since
//!   that `otp.sent`. 100 stands for 100 and more. The row without a number is of successes that no `otp.sent` of the hour
//!   before is known of: those without an address or a time, and those whose `otp.sent` is not in the log.
//!
//! Addresses are compared in lower case, times in whole microseconds. Of events at the same time an `otp.sent` comes
//! first, then failures, then successes. Events without a time or an address count, but in no sequence.
//!
//! Times and attempts need the events of an address in their order: [`Sequences`] has them, and samples addresses where
//! it has no room for all. Then these numbers are estimates and say so.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::rows::{about_rate, number, span, success_rate};
use super::{Context, Info, Kinds, Options, Report};
use crate::document::{Section, Value};
use crate::event::{Event, Field, FieldSet, Kind, Outcome};
use crate::tally::{
    Counts, Directory, Entry, Keyed, Merge, Outcomes, Ranked, Sample, Sequences, Sum, text_hash,
};

/// How old an `otp.sent` may be, in microseconds.
const HOUR: i64 = 3_600_000_000;
/// So many attempts and more are told as one.
const MOST_ATTEMPTS: usize = 100;

const SENT: u8 = 0;
const FAILED: u8 = 1;
const VERIFIED: u8 = 2;

/// See the module.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Otp {
    generated: u64,
    sent: Outcomes,
    verified: Outcomes,
    by_domain: Keyed<Funnel>,
    addresses: Sequences,
}

/// What came of the passwords of one domain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Funnel {
    sent: u64,
    verified: u64,
}

impl Counts for Funnel {
    fn total(&self) -> u64 {
        self.sent + self.verified
    }

    fn least(self, other: Funnel) -> Funnel {
        Funnel {
            sent: self.sent.min(other.sent),
            verified: self.verified.min(other.verified),
        }
    }

    fn each(self, of: impl Fn(u64) -> u64) -> Funnel {
        Funnel {
            sent: of(self.sent),
            verified: of(self.verified),
        }
    }
}

impl Merge for Funnel {
    fn merge(&mut self, other: Funnel) {
        self.sent += other.sent;
        self.verified += other.verified;
    }
}

impl Report for Otp {
    const INFO: Info = Info {
        name: "otp",
        title: "One-time passwords",
        help: "How many one-time passwords are sent and verified, and how long that takes",
        details: "Facts: generated (not failed), sent, send_failed, send_unknown, verified, verify_failed, verify_unknown, send_rate, \
            verify_rate (per attempt), conversion (verified per sent), time_to_verify_p50 and time_to_verify_p95 (from the \
            latest otp.sent to the success of the same e-mail address, at most 1 h apart), attempts_per_success.\nTables: by_domain (of \
            the e-mail address), attempts (how many successes needed 1, 2, 3, ...; without a number: no otp.sent in the \
            hour before).",
        kinds: Kinds::Only(&[Kind::OtpGenerated, Kind::OtpSent, Kind::OtpVerification]),
        ids: FieldSet::of(&[Field::Domain]),
        fields: FieldSet::of(&[Field::Email]),
        default: true,
        owned: false,
    };

    fn new(options: &Options, directory: &Directory) -> Otp {
        Otp {
            generated: 0,
            sent: Outcomes::default(),
            verified: Outcomes::default(),
            by_domain: Keyed::new(directory.names(Field::Domain)),
            addresses: Sequences::new(options.memory_limit),
        }
    }

    fn observe(&mut self, events: &[Event<'_>]) {
        for event in events {
            match event.kind {
                Kind::OtpSent => self.sent(event),
                Kind::OtpVerification => self.verified(event),
                _ => self.generated += u64::from(event.outcome != Outcome::Failure),
            }
        }
    }

    fn merge(&mut self, mut other: Otp) {
        let addresses = std::mem::take(&mut other.addresses);
        self.add_counts(other);
        self.addresses.merge(addresses);
    }

    fn add(&mut self, other: &Otp) {
        self.add_counts(Otp {
            by_domain: other.by_domain.clone(),
            addresses: Sequences::default(),
            ..*other
        });
        self.addresses.add_all(&other.addresses);
    }

    fn settle(&mut self) {
        self.addresses.settle();
    }

    fn finish(self, _: &Context) -> Section {
        let (sent, verified) = (self.sent, self.verified);
        let ratio = |part, whole| Value::Mean { part, whole };
        let attempts = verified.success + verified.failure;
        let proofs = Proofs::of(self.addresses.sample());
        Section::new(Self::INFO.name, Self::INFO.title)
            .fact("generated", Value::Count(self.generated))
            .fact("sent", Value::Count(sent.success))
            .fact("send_failed", Value::Count(sent.failure))
            .fact("send_unknown", Value::Count(sent.unknown))
            .fact("verified", Value::Count(verified.success))
            .fact("verify_failed", Value::Count(verified.failure))
            .fact("verify_unknown", Value::Count(verified.unknown))
            .fact("send_rate", success_rate(&sent))
            .fact("verify_rate", success_rate(&verified))
            .fact("conversion", ratio(verified.success, sent.success))
            .fact("time_to_verify_p50", proofs.waited(500))
            .fact("time_to_verify_p95", proofs.waited(950))
            .fact("attempts_per_success", ratio(attempts, verified.success))
            .ranking(
                "by_domain",
                &["domain", "sent", "verified", "conversion"],
                domain_rows(&self.by_domain),
            )
            .table(
                "attempts",
                &["attempts", "count"],
                proofs.attempt_rows(verified.success),
            )
    }
}

impl Otp {
    /// Adds all but the addresses.
    fn add_counts(&mut self, other: Otp) {
        self.generated += other.generated;
        self.sent.merge(other.sent);
        self.verified.merge(other.verified);
        self.by_domain.merge(other.by_domain);
    }

    fn sent(&mut self, event: &Event<'_>) {
        self.sent.add(event.outcome);
        if event.outcome == Outcome::Success {
            self.by_domain
                .count(event, Field::Domain, |funnel| funnel.sent += 1);
            self.step(event, SENT);
        }
    }

    fn verified(&mut self, event: &Event<'_>) {
        self.verified.add(event.outcome);
        match event.outcome {
            Outcome::Success => {
                self.by_domain
                    .count(event, Field::Domain, |funnel| funnel.verified += 1);
                self.step(event, VERIFIED);
            }
            Outcome::Failure => self.step(event, FAILED),
            Outcome::Unknown => {}
        }
    }

    fn step(&mut self, event: &Event<'_>, what: u8) {
        if let Some((address, time)) = event.get(Field::Email).zip(event.time) {
            self.addresses.add(address_hash(address), time, what);
        }
    }
}

/// The hash of an address in lower case.
fn address_hash(address: &str) -> u64 {
    // Nearly all are written so. Every byte is looked at, which the processor does many at a time.
    let is_lower = address.bytes().fold(true, |is_lower, byte| {
        is_lower & byte.is_ascii() & !byte.is_ascii_uppercase()
    });
    match is_lower {
        true => text_hash(address),
        false => text_hash(&address.to_lowercase()),
    }
}

/// Successes that came at most an hour after an `otp.sent` of their address.
struct Proofs {
    sample: Sample,
    /// Microseconds since then, in their order.
    waited: Vec<u64>,
    /// How many needed one attempt, two, …
    needed: Vec<Sum>,
    all: Sum,
}

impl Proofs {
    fn of(sample: Sample) -> Proofs {
        let mut proofs = Proofs {
            waited: Vec::new(),
            needed: vec![Sum::default(); MOST_ATTEMPTS],
            all: Sum::default(),
            sample,
        };
        let mut needed = Vec::new();
        for entries in proofs.sample.keys() {
            needed.clear();
            prove(entries, |waited, attempts| {
                proofs.waited.push(waited);
                needed.push(attempts.min(MOST_ATTEMPTS));
            });
            proofs.all.add(needed.len() as u64);
            needed.sort_unstable();
            for same in needed.chunk_by(|one, other| one == other) {
                proofs.needed[same[0] - 1].add(same.len() as u64);
            }
        }
        proofs.waited.sort_unstable();
        proofs
    }

    fn waited(&self, permille: u16) -> Value {
        let waited = self.sample.quantile(&self.waited, permille);
        span(waited, Duration::from_micros(1))
    }

    /// Rows of attempts and how many needed so many, of so many successes.
    fn attempt_rows(&self, successes: u64) -> Vec<Vec<Value>> {
        let row =
            |attempts, (count, off): (u64, _)| vec![attempts, number(count.min(successes), off)];
        let needed = (1..).zip(&self.needed).filter(|(_, sum)| !sum.is_zero());
        let mut rows: Vec<Vec<Value>> = needed
            .map(|(attempts, sum)| row(Value::Count(attempts), self.sample.scaled(sum)))
            .collect();
        let (all, off) = self.sample.scaled(&self.all);
        let others = successes.saturating_sub(all);
        if others > 0 {
            rows.push(row(Value::Missing, (others, off)));
        }
        rows
    }
}

/// Tells of each success of an address how many microseconds it took and how many attempts.
fn prove(entries: &[Entry], mut proof: impl FnMut(u64, usize)) {
    let (mut sent, mut failed) = (None, 0);
    for entry in entries {
        match entry.what() {
            SENT => (sent, failed) = (Some(entry.micros()), 0),
            FAILED => failed += 1,
            _ => {
                let waited = sent.map(|sent| entry.micros() - sent);
                if let Some(waited) = waited.filter(|waited| *waited <= HOUR) {
                    proof(waited.unsigned_abs(), failed + 1);
                }
            }
        }
    }
}

/// Rows of domain, sent, verified, conversion; most events first.
fn domain_rows(domains: &Keyed<Funnel>) -> impl Iterator<Item = Vec<Value>> {
    let Ranked { rows, off } = domains.ranked();
    rows.into_iter().map(move |(domain, funnel)| {
        let (part, whole) = (funnel.verified, funnel.sent);
        let conversion = match off {
            None => Value::Mean { part, whole },
            Some(off) => about_rate((part, off.verified), (whole, off.sent)),
        };
        vec![
            Value::text(domain.as_deref()),
            number(whole, off.map(|off| off.sent)),
            number(part, off.map(|off| off.verified)),
            conversion,
        ]
    })
}

#[cfg(test)]
mod tests;
