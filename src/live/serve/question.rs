//! What is asked, and for whose eyes.

use std::collections::BTreeSet;

use regex::RegexBuilder;

use crate::engine::Audience;
use crate::event::{Field, Outcome, Timestamp};
use crate::filter::{Condition, Filter, Window};
use crate::report::ReportEntry;
use crate::tally::Every;
use crate::zone::Zone;

/// Whoever asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Who {
    /// Whoever may read the log.
    Operator,
    /// A tenant, for whom there is nothing but its own events.
    Tenant(String),
    /// A user of a tenant, for whom there is nothing but the use of their own tokens, and events about themselves.
    Owner {
        /// The tenant.
        tenant: String,
        /// The user: a user id, or an e-mail address.
        owner: String,
    },
}

impl Who {
    /// What their answers may tell.
    pub fn audience(&self) -> Audience {
        match self {
            Who::Operator => Audience::Operator,
            Who::Tenant(_) => Audience::Tenant,
            Who::Owner { .. } => Audience::Owner,
        }
    }

    /// The tenant whose events are all there are.
    pub fn tenant(&self) -> Option<&str> {
        match self {
            Who::Operator => None,
            Who::Tenant(tenant) | Who::Owner { tenant, .. } => Some(tenant),
        }
    }

    /// The user whose tokens are all there are.
    pub fn owner(&self) -> Option<&str> {
        match self {
            Who::Owner { owner, .. } => Some(owner),
            _ => None,
        }
    }
}

/// A date, in days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NaiveDay(pub i64);

impl NaiveDay {
    /// Its first moment on the clocks of a zone; `None` out of the years that times can have.
    pub fn start(self, zone: Zone) -> Option<Timestamp> {
        Timestamp::new(zone.day_start(self.0), 0)
    }
}

/// Somebody, as a log knows them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Person {
    /// Whoever has this user id or e-mail address.
    Called(String),
    /// Whoever has one of these user ids, or none and one of these addresses, which are in lower case.
    Known(BTreeSet<String>, BTreeSet<String>),
}

/// Conditions on events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Only {
    /// In the words of the command line: `client`, `user` (an id), `event` (a glob), `outcome` (`ok`, `failed`, `unknown`),
    /// `reason` (a regular expression) or `ip` (an address or a network), each with a value. `!` before a value negates it;
    /// values of one word are alternatives.
    pub said: BTreeSet<(&'static str, String)>,
    /// Whose events.
    pub person: Option<Person>,
}

/// What a compiled expression may take, in bytes: far more than a reason needs, and nothing to a server.
const LARGEST_EXPRESSION: usize = 256 * 1024;

impl Only {
    /// Whether every event is meant.
    pub fn is_open(&self) -> bool {
        *self == Only::default()
    }

    /// The filter that is meant.
    ///
    /// # Errors
    ///
    /// The name of the condition that means nothing, and why.
    pub fn filter(&self) -> Result<Filter, (&'static str, String)> {
        let mut filter = Filter::default();
        for (subject, value) in &self.said {
            let subject = *subject;
            let bare = value.strip_prefix('!');
            let text = bare.unwrap_or(value);
            let condition = match text {
                "" => Err("a value is missing".to_owned()),
                text => condition(subject, text),
            };
            let condition = condition.map_err(|what| (subject, what))?;
            filter.add(subject, condition, bare.is_some());
        }
        match &self.person {
            None => {}
            Some(Person::Called(name)) => {
                let user = Condition::Is(Field::User, name.clone());
                filter.add("person", user, false);
                filter.add("person", Condition::email(name), false);
            }
            Some(Person::Known(users, emails)) => {
                let known = Condition::Person(users.clone(), emails.clone());
                filter.add("person", known, false);
            }
        }
        Ok(filter)
    }
}

fn condition(subject: &str, text: &str) -> Result<Condition, String> {
    Ok(match subject {
        "event" => Condition::name(text).map_err(|error| error.kind().to_string())?,
        "user" => Condition::Is(Field::User, text.to_owned()),
        "client" => Condition::Is(Field::Client, text.to_owned()),
        "reason" => RegexBuilder::new(text)
            .size_limit(LARGEST_EXPRESSION)
            .build()
            .map(Condition::Reason)
            .map_err(|_| "this is no regular expression, or one too large".to_owned())?,
        "ip" => Condition::network(text).ok_or_else(|| {
            "write it as in 203.0.113.9, 203.0.113.0/24 or 2001:db8::/32".to_owned()
        })?,
        _ => Condition::Outcome(match text {
            "ok" | "success" => Outcome::Success,
            "failed" | "failure" => Outcome::Failure,
            "unknown" => Outcome::Unknown,
            _ => return Err("there are: ok, failed, unknown".to_owned()),
        }),
    })
}

/// One question.
#[derive(Clone, Debug)]
pub struct Question {
    /// Who asks.
    pub who: Who,
    /// The first day that is meant.
    pub from: Option<NaiveDay>,
    /// The first day after those that are meant.
    pub to: Option<NaiveDay>,
    /// A stretch of time that is no whole days, where only events are asked for; it is meant instead of days.
    pub moments: Window,
    /// Which events count.
    pub only: Only,
    /// The reports that are wanted, in this order.
    pub reports: Vec<&'static ReportEntry>,
    /// How many rows lists of users, clients and addresses have.
    pub top: usize,
    /// Width of the timeline's buckets.
    pub every: Option<Every>,
    /// The API token whose use is told.
    pub token: Option<String>,
    /// Which page of its calls.
    pub page: usize,
    /// How many calls a page has, and how many rows lists of events have.
    pub limit: usize,
}

impl Question {
    /// What somebody asks who asks for nothing in particular: no report, of all there is.
    pub fn of(who: Who) -> Question {
        Question {
            who,
            from: None,
            to: None,
            moments: Window::default(),
            only: Only::default(),
            reports: Vec::new(),
            top: 10,
            every: None,
            token: None,
            page: 1,
            limit: 50,
        }
    }

    /// The stretch of time that is meant.
    pub fn window(&self, zone: Zone) -> Window {
        Window {
            from: (self.moments.from).or_else(|| self.from?.start(zone)),
            to: (self.moments.to).or_else(|| self.to?.start(zone)),
        }
    }

    /// The filter that is meant, with that of whoever asks.
    ///
    /// # Errors
    ///
    /// As [`Only::filter`].
    pub fn filter(&self) -> Result<Filter, (&'static str, String)> {
        let mut filter = self.only.filter()?;
        if let Some(tenant) = self.who.tenant() {
            let condition = Condition::Is(Field::Tenant, tenant.to_owned());
            filter.add("tenant", condition, false);
        }
        Ok(filter)
    }
}
