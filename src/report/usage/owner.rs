//! Whose a token is.

use serde::{Deserialize, Serialize};

use crate::event::{Event, Field, Kind, Outcome, Timestamp};
use crate::tally::{Merge, stamp};

/// The user whose tokens exist.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Owner {
    id: String,
    /// The same as an e-mail address, in lower case.
    email: String,
}

/// Who is said to own a token, by its earliest issue and by its earliest use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims {
    issue: Option<Claim>,
    usage: Option<Claim>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Claim {
    #[serde(with = "stamp")]
    time: Option<Timestamp>,
    subject: String,
    /// Whether that is an e-mail address, for want of a user id.
    by_email: bool,
}

impl Owner {
    pub(super) fn new(name: &str) -> Owner {
        Owner {
            id: name.to_owned(),
            email: name.to_lowercase(),
        }
    }

    /// Whether a token of these claims is this user's.
    pub(super) fn owns(&self, claims: &Claims) -> bool {
        let claim = claims.issue.as_ref().or(claims.usage.as_ref());
        claim.is_some_and(|claim| match claim.by_email {
            true => claim.subject == self.email,
            false => claim.subject == self.id,
        })
    }
}

impl Claims {
    /// Takes what an event of the token says of its owner.
    pub(super) fn see(&mut self, event: &Event<'_>) {
        let Some(subject) = event.get(Field::Subject) else {
            return;
        };
        if event.outcome == Outcome::Failure {
            return;
        }
        let by_email = event.get(Field::User).is_none();
        let claim = match event.kind {
            Kind::ApiTokenUsed => &mut self.usage,
            _ => &mut self.issue,
        };
        let earlier = |claim: &Claim| rank(event.time, subject, by_email) < claim.rank();
        if claim.as_ref().is_none_or(earlier) {
            *claim = Some(Claim {
                time: event.time,
                subject: subject.to_owned(),
                by_email,
            });
        }
    }
}

impl Claim {
    fn rank(&self) -> Rank<'_> {
        rank(self.time, &self.subject, self.by_email)
    }
}

/// The smallest counts: dated before undated, then by time, then by user.
type Rank<'a> = (bool, Option<Timestamp>, &'a str, bool);

fn rank(time: Option<Timestamp>, subject: &str, by_email: bool) -> Rank<'_> {
    (time.is_none(), time, subject, by_email)
}

impl Merge for Claims {
    fn merge(&mut self, other: Claims) {
        for (claim, other) in [
            (&mut self.issue, other.issue),
            (&mut self.usage, other.usage),
        ] {
            let both = claim.take().into_iter().chain(other);
            *claim = both.min_by(|one, other| one.rank().cmp(&other.rank()));
        }
    }
}
