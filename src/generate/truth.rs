//! What a generated log says, counted while it is written: an answer to compare an analysis with, made without reading
//! a single line. The definitions are those of the metrics; the maps hold what occurred, nothing with a count of zero.

use std::collections::BTreeMap;

use serde::Serialize;

use super::line::timestamp;
use super::population::Population;
use super::vocabulary::{About, Event, Method, Name, Reason};
use crate::event::{Family, Kind, Outcome};

/// A rate as its two integers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Part {
    /// How many of `whole`.
    pub part: u64,
    /// What `part` is a part of.
    pub whole: u64,
}

/// How often something worked and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Split {
    /// How often it worked.
    pub success: u64,
    /// How often it failed.
    pub failure: u64,
}

/// Everything counted about one generated log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Truth {
    /// Lines: events, blank ones and rejected ones.
    pub lines: u64,
    /// Bytes, newlines included.
    pub bytes: u64,
    /// Lines that are one JSON object.
    pub events: u64,
    /// Lines of nothing but white space.
    pub blank: u64,
    /// Lines that are no JSON.
    pub malformed: u64,
    /// Lines that are JSON, but no object.
    pub not_an_object: u64,
    /// Events with invalid UTF-8 or a lone surrogate in a string.
    pub repaired: u64,
    /// Events whose time is absent or unreadable.
    pub undated: u64,
    /// Distinct subjects: user ids, and e-mail addresses of events without one.
    pub subjects: u64,
    /// Time of the first and the last event.
    pub window: Window,
    /// Events by name.
    pub kinds: BTreeMap<String, u64>,
    /// `auth.login`.
    pub logins: Logins,
    /// Every event whose outcome is failed.
    pub failures: Failures,
    /// `token.refresh`.
    pub refreshes: Refreshes,
}

/// Time of the first and the last event that has one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Window {
    /// The earliest, in the writer's form.
    pub first: Option<String>,
    /// The latest.
    pub last: Option<String>,
}

/// What is counted about `auth.login`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Logins {
    pub total: u64,
    pub success: u64,
    pub failure: u64,
    pub unknown: u64,
    /// Successes of those with an outcome.
    pub success_rate: Part,
    /// Distinct subjects.
    pub users: u64,
    pub by_method: BTreeMap<String, Split>,
    pub by_client: BTreeMap<String, Split>,
    /// Failures by reason.
    pub by_reason: BTreeMap<String, u64>,
}

/// What is counted about failed events of every name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Failures {
    /// All of them.
    pub total: u64,
    /// Failed of decided, over logins, OTP verifications and the kinds that only fail by being invalid.
    pub failed_auth_rate: Part,
    /// By event name and reason.
    pub by_reason: BTreeMap<String, BTreeMap<String, u64>>,
    /// By reason, of `otp.verification.detail` alone.
    pub otp_by_reason: BTreeMap<String, u64>,
}

/// What is counted about `token.refresh`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Refreshes {
    pub total: u64,
    pub success: u64,
    pub failure: u64,
    /// Successes per distinct subject that refreshed with success.
    pub per_user: Part,
    /// Successes per successful login.
    pub per_login: Part,
    /// Successes per refresh token issued by an event that did not fail.
    pub usage_rate: Part,
    /// Failures by reason.
    pub by_reason: BTreeMap<String, u64>,
    pub by_client: BTreeMap<String, Split>,
}

/// What the line of an event turned out to be like.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shown {
    /// Its time cannot be read.
    pub(super) undated: bool,
    /// A string in it holds what is not Unicode.
    pub(super) repaired: bool,
}

/// The counting. Sets of people are bitmaps over user indices: one for ids, one for e-mail addresses.
pub(super) struct Count {
    pub(super) truth: Truth,
    names: [u64; Name::ALL.len()],
    stated: [Option<Outcome>; Name::ALL.len()],
    invalid: [bool; Name::ALL.len()],
    failed: Vec<[u64; Reason::ALL.len()]>,
    methods: [Split; Method::ALL.len()],
    login_clients: Vec<Split>,
    refresh_clients: Vec<Split>,
    refresh_tokens: u64,
    subjects: People,
    logged_in: People,
    refreshed: People,
    window: Option<(i64, i64)>,
}

impl Count {
    pub(super) fn new(population: &Population) -> Count {
        let people = || People::new(population.users());
        let clients = vec![Split::default(); population.clients().len()];
        let mut count = Count {
            truth: Truth::default(),
            names: [0; Name::ALL.len()],
            stated: [None; Name::ALL.len()],
            invalid: [false; Name::ALL.len()],
            failed: vec![[0; Reason::ALL.len()]; Name::ALL.len()],
            methods: [Split::default(); Method::ALL.len()],
            login_clients: clients.clone(),
            refresh_clients: clients,
            refresh_tokens: 0,
            subjects: people(),
            logged_in: people(),
            refreshed: people(),
            window: None,
        };
        for &name in Name::ALL {
            count.stated[name as usize] = name.stated_outcome();
            count.invalid[name as usize] =
                Kind::of_name(name.text()).kind.family() == Family::Invalid;
        }
        count
    }

    pub(super) fn event(&mut self, event: &Event, shown: Shown) {
        let name = event.name as usize;
        let outcome = self.outcome(event);
        self.truth.events += 1;
        self.truth.undated += u64::from(shown.undated);
        self.truth.repaired += u64::from(shown.repaired);
        if !shown.undated {
            let (first, last) = self.window.unwrap_or((event.at, event.at));
            self.window = Some((first.min(event.at), last.max(event.at)));
        }
        self.names[name] += 1;
        self.subjects.add(event);
        if outcome == Outcome::Failure {
            self.truth.failures.total += 1;
            if let Some(reason) = event.reason {
                self.failed[name][reason as usize] += 1;
            }
        }
        let auth = matches!(event.name, Name::Login | Name::OtpVerification) || self.invalid[name];
        if auth && outcome != Outcome::Unknown {
            let rate = &mut self.truth.failures.failed_auth_rate;
            rate.part += u64::from(outcome == Outcome::Failure);
            rate.whole += 1;
        }
        match event.name {
            Name::Login => self.login(event, outcome),
            Name::TokenRefresh => self.refresh(event, outcome),
            Name::TokenGenerated => {
                let issued = event.about == About::RefreshToken && outcome != Outcome::Failure;
                self.refresh_tokens += u64::from(issued);
            }
            _ => {}
        }
    }

    /// The field, else the name's own statement, else a reason means failure.
    fn outcome(&self, event: &Event) -> Outcome {
        match (event.success, self.stated[event.name as usize]) {
            (Some(true), _) => Outcome::Success,
            (Some(false), _) => Outcome::Failure,
            (None, Some(stated)) => stated,
            (None, None) if event.reason.is_some() => Outcome::Failure,
            (None, None) => Outcome::Unknown,
        }
    }

    fn login(&mut self, event: &Event, outcome: Outcome) {
        self.logged_in.add(event);
        self.methods[event.method as usize].add(outcome);
        self.login_clients[usize::from(event.client)].add(outcome);
        self.truth.logins.unknown += u64::from(outcome == Outcome::Unknown);
    }

    fn refresh(&mut self, event: &Event, outcome: Outcome) {
        if outcome == Outcome::Success {
            self.refreshed.add(event);
        }
        self.refresh_clients[usize::from(event.client)].add(outcome);
    }

    /// The counts as a document.
    pub(super) fn finish(mut self, population: &Population) -> Truth {
        let logins = total(&self.methods);
        let refreshes = total(&self.refresh_clients);
        let by_client = |splits: &[Split]| {
            let names = population.clients().iter().map(String::as_str);
            present(names.zip(splits.iter().copied()))
        };
        self.truth.subjects = self.subjects.count();
        self.truth.kinds = present(Name::ALL.iter().map(|name| name.text()).zip(self.names));
        self.truth.logins = Logins {
            total: self.names[Name::Login as usize],
            success: logins.success,
            failure: logins.failure,
            unknown: self.truth.logins.unknown,
            success_rate: Part {
                part: logins.success,
                whole: logins.success + logins.failure,
            },
            users: self.logged_in.count(),
            by_method: present(
                Method::ALL
                    .iter()
                    .map(|method| method.text())
                    .zip(self.methods),
            ),
            by_client: by_client(&self.login_clients),
            by_reason: self.reasons(Name::Login),
        };
        let success_of = |whole| Part {
            part: refreshes.success,
            whole,
        };
        self.truth.refreshes = Refreshes {
            total: self.names[Name::TokenRefresh as usize],
            success: refreshes.success,
            failure: refreshes.failure,
            per_user: success_of(self.refreshed.count()),
            per_login: success_of(logins.success),
            usage_rate: success_of(self.refresh_tokens),
            by_reason: self.reasons(Name::TokenRefresh),
            by_client: by_client(&self.refresh_clients),
        };
        let by_name = Name::ALL
            .iter()
            .map(|&name| (name.text().to_owned(), self.reasons(name)));
        self.truth.failures.by_reason =
            by_name.filter(|(_, reasons)| !reasons.is_empty()).collect();
        self.truth.failures.otp_by_reason = self.reasons(Name::OtpVerificationDetail);
        let text = |at| timestamp(at).map(|time| time.to_string());
        if let Some((first, last)) = self.window {
            self.truth.window = Window {
                first: text(first),
                last: text(last),
            };
        }
        self.truth
    }

    fn reasons(&self, name: Name) -> BTreeMap<String, u64> {
        let texts = Reason::ALL.iter().map(|reason| reason.text());
        present(texts.zip(self.failed[name as usize]))
    }
}

/// The entries that occurred.
fn present<'a, T: Default + PartialEq>(
    entries: impl Iterator<Item = (&'a str, T)>,
) -> BTreeMap<String, T> {
    entries
        .filter(|(_, count)| *count != T::default())
        .map(|(text, count)| (text.to_owned(), count))
        .collect()
}

fn total(splits: &[Split]) -> Split {
    Split {
        success: splits.iter().map(|split| split.success).sum(),
        failure: splits.iter().map(|split| split.failure).sum(),
    }
}

impl Split {
    fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Success => self.success += 1,
            Outcome::Failure => self.failure += 1,
            Outcome::Unknown => {}
        }
    }
}

/// A set of subjects.
struct People {
    ids: Vec<u64>,
    emails: Vec<u64>,
}

impl People {
    fn new(users: usize) -> People {
        let words = users.div_ceil(64);
        People {
            ids: vec![0; words],
            emails: vec![0; words],
        }
    }

    /// Adds the event's subject: the user id, else the e-mail address, else nobody.
    fn add(&mut self, event: &Event) {
        let set = match (event.says_user, event.says_email) {
            (true, _) => &mut self.ids,
            (false, true) => &mut self.emails,
            (false, false) => return,
        };
        set[event.user as usize / 64] |= 1 << (event.user % 64);
    }

    fn count(&self) -> u64 {
        let words = self.ids.iter().chain(&self.emails);
        words.map(|word| u64::from(word.count_ones())).sum()
    }
}
