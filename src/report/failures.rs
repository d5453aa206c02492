//! What fails, and why.
//!
//! Over every event whose outcome is a failure. Aliases of one kind are counted together, under its canonical name.
//!
//! * `failed_auth_rate`: failed of decided over kinds `auth.login` and `otp.verification` and the family *invalid*,
//!   which only fails.
//! * `otp_failures` and `otp_by_reason`: kind `otp.verification.detail` alone; its twin `otp.verification` would count
//!   the same failure twice.
//! * `share` in `by_reason`: the reason's part of all failures of that event.

use serde::{Deserialize, Serialize};

use super::rows::{count_rows, number};
use super::{Context, Info, Kinds, Options, Report};
use crate::document::{Section, Value};
use crate::event::{Event, Family, Field, FieldSet, Kind, Outcome};
use crate::tally::{Directory, Keyed, Merge, Outcomes, Pairs, Ranked, permille};

/// See the module.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Failures {
    /// Event name, then reason.
    by_reason: Pairs,
    otp_by_reason: Keyed<u64>,
    authentication: Outcomes,
}

impl Report for Failures {
    const INFO: Info = Info {
        name: "failures",
        title: "Failures",
        help: "What fails, and why",
        details: "Facts: total, failed_auth_rate (failed of decided over auth.login, otp.verification and invalid \
            requests), otp_failures (otp.verification.detail).\nTables: by_reason (event, reason, count, share of \
            that event's failures), otp_by_reason.",
        kinds: Kinds::All,
        ids: FieldSet::of(&[Field::Event, Field::Reason]),
        fields: FieldSet::EMPTY,
        default: true,
        owned: false,
    };

    fn new(_: &Options, directory: &Directory) -> Failures {
        let reasons = directory.names(Field::Reason);
        Failures {
            by_reason: Pairs::new(directory.names(Field::Event), reasons),
            otp_by_reason: Keyed::new(reasons),
            authentication: Outcomes::default(),
        }
    }

    fn observe(&mut self, events: &[Event<'_>]) {
        for event in events {
            if is_authentication(event.kind) {
                self.authentication.add(event.outcome);
            }
            if event.outcome == Outcome::Failure {
                self.by_reason.count(event, [Field::Event, Field::Reason]);
                if event.kind == Kind::OtpVerificationDetail {
                    self.otp_by_reason
                        .count(event, Field::Reason, |count| *count += 1);
                }
            }
        }
    }

    fn merge(&mut self, other: Failures) {
        self.by_reason.merge(other.by_reason);
        self.otp_by_reason.merge(other.otp_by_reason);
        self.authentication.merge(other.authentication);
    }

    fn finish(self, _: &Context) -> Section {
        let Outcomes {
            success, failure, ..
        } = self.authentication;
        Section::new(Self::INFO.name, Self::INFO.title)
            .fact("total", Value::Count(self.by_reason.total()))
            .fact(
                "failed_auth_rate",
                Value::Ratio {
                    part: failure,
                    whole: success + failure,
                },
            )
            .fact("otp_failures", Value::Count(self.otp_by_reason.total()))
            .ranking(
                "by_reason",
                &["event", "reason", "count", "share"],
                reason_rows(&self.by_reason),
            )
            .ranking(
                "otp_by_reason",
                &["reason", "count"],
                count_rows(&self.otp_by_reason),
            )
    }
}

/// Rows of event, reason, count, share; the largest count first.
fn reason_rows(pairs: &Pairs) -> impl Iterator<Item = Vec<Value>> {
    let Ranked { rows, off } = pairs.ranked();
    rows.into_iter().map(move |(pair, part)| {
        let whole = pair.whole;
        let share = match off {
            None => Value::Ratio { part, whole },
            Some(off) => Value::AboutRate {
                part,
                whole,
                permille: permille(off, part).max(permille(off, whole.saturating_sub(off))),
            },
        };
        let (event, reason) = (Value::Text(pair.first), Value::text(pair.second.as_deref()));
        vec![event, reason, number(part, off), share]
    })
}

fn is_authentication(kind: Kind) -> bool {
    matches!(kind, Kind::Login | Kind::OtpVerification) || kind.family() == Family::Invalid
}
