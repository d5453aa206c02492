//! Which events count: the words, and what they mean.

use clap::Args;

use super::Failure;
use super::times::{self, Stretch};
use super::wrong::{Wrong, meant};
use crate::event::{Family, Field, KINDS, Kind, Outcome, Timestamp};
use crate::filter::{Condition, Filter, Window};
use crate::zone::Zone;

// No doc comment: clap would make it the help of each command that has these words.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Which events count (repeatable; `!` before a value negates it)")]
pub(super) struct FilterArgs {
    /// Events whose name matches, as in `token.*`; the log's name or the canonical one
    #[arg(long, value_name = "GLOB")]
    event: Vec<String>,

    /// Events of a kind, as in auth.login, or of a family: otp, login, issue, refresh, use, end, invalid, scope, security, other
    #[arg(long, value_name = "KIND")]
    kind: Vec<String>,

    /// Events of this user id
    #[arg(long, value_name = "ID")]
    user: Vec<String>,

    /// Events of this e-mail address
    #[arg(long, value_name = "ADDRESS")]
    email: Vec<String>,

    /// Events of this client
    #[arg(long, value_name = "ID")]
    client: Vec<String>,

    /// Events of this tenant, and not a word about others
    #[arg(
        long,
        value_name = "ID",
        long_help = "Events of this tenant, and not a word about others\n\nNothing of the answer, and no message, tells of \
            other tenants' lines: not how many there are, not how many bytes. Lines that are no events belong to \
            nobody; that there are some is said, and nothing more."
    )]
    tenant: Vec<String>,

    /// Events from this address or network, as in 203.0.113.0/24
    #[arg(long, value_name = "CIDR")]
    ip: Vec<String>,

    /// Events whose reason matches, anywhere in it, as in `(?i)expired`
    #[arg(long, value_name = "REGEX")]
    reason: Vec<String>,

    /// Events that ended so: ok, failed, unknown
    #[arg(long, value_name = "OUTCOME")]
    outcome: Vec<String>,

    /// Events from this time on, as in 2025-01-15 or 2025-01-15T10:30
    #[arg(long, value_name = "TIME")]
    from: Option<String>,

    /// Events before this time; a date, a month or a year is meant with all of it
    #[arg(long, value_name = "TIME")]
    to: Option<String>,

    /// Events of so long before --as-of, as in 24h or 7d
    #[arg(long, value_name = "LENGTH", conflicts_with = "from")]
    pub(super) since: Option<String>,
}

/// How a value becomes a condition.
pub(super) type Meaning = fn(&str) -> Result<Condition, Wrong>;

/// What conditions are about, in words, and how the values are read.
pub(super) const SUBJECTS: [(&str, Meaning); 9] = [
    ("event", name),
    ("kind", kind),
    ("user", |id| is(Field::User, id)),
    ("email", |address| Ok(Condition::email(address))),
    ("client", |id| is(Field::Client, id)),
    (TENANT, |id| is(Field::Tenant, id)),
    ("ip", network),
    ("reason", reason),
    ("outcome", outcome),
];

/// Whether a value is negated, and the condition it states.
pub(super) fn condition(value: &str, meaning: Meaning) -> Result<(bool, Condition), Wrong> {
    let (negated, bare) = match value.strip_prefix('!') {
        Some(bare) => (true, bare),
        None => (false, value),
    };
    let condition = match bare {
        "" => Err(Wrong::all(bare, "a value is missing")),
        bare => meaning(bare),
    };
    let condition = condition.map_err(|wrong| {
        let by = usize::from(negated);
        let at = wrong.at.start + by..wrong.at.end + by;
        Wrong { at, ..wrong }
    })?;
    Ok((negated, condition))
}

impl FilterArgs {
    /// Whose story is asked for, instead of a condition.
    pub(super) fn take_person(&mut self) -> Result<String, Failure> {
        match self.user.as_slice() {
            [person] if !person.is_empty() && !person.starts_with('!') => {
                let person = person.clone();
                self.user.clear();
                Ok(person)
            }
            [] => Err(Failure::Usage(
                "explain tells one identity's story; say whose by --user ID or --user ADDRESS"
                    .to_owned(),
            )),
            _ => Err(Failure::Usage(
                "explain tells the story of one --user, who must be named".to_owned(),
            )),
        }
    }

    /// Every condition on fields.
    pub(super) fn filter(&self) -> Result<Filter, Failure> {
        let mut filter = Filter::default();
        let values: [&[String]; SUBJECTS.len()] = [
            &self.event,
            &self.kind,
            &self.user,
            &self.email,
            &self.client,
            &self.tenant,
            &self.ip,
            &self.reason,
            &self.outcome,
        ];
        for ((subject, meaning), values) in SUBJECTS.into_iter().zip(values) {
            for value in values {
                let (negated, condition) = condition(value, meaning)
                    .map_err(|wrong| wrong.of(&format!("--{subject}"), value))?;
                filter.add(subject, condition, negated);
            }
        }
        Ok(filter)
    }

    /// The stretch of time between --from and --to.
    pub(super) fn window(&self, zone: Zone, now: Timestamp) -> Result<Window, Failure> {
        let time = |flag: &str, text: &Option<String>| -> Result<Option<Stretch>, Failure> {
            let read =
                |text: &String| times::time(text, zone, now).map_err(|wrong| wrong.of(flag, text));
            text.as_ref().map(read).transpose()
        };
        let window = Window {
            from: time("--from", &self.from)?.map(|(start, _)| start),
            to: time("--to", &self.to)?.map(|(_, end)| end),
        };
        if let (Some(from), Some(to)) = (window.from, window.to)
            && from >= to
        {
            return Err(Failure::Usage(format!(
                "no time lies between --from ({from}) and --to ({to}), which is the first moment not meant"
            )));
        }
        Ok(window)
    }
}

/// The subject whose conditions make the rest of the log others' business.
pub(super) const TENANT: &str = "tenant";

fn is(field: Field, text: &str) -> Result<Condition, Wrong> {
    Ok(Condition::Is(field, text.to_owned()))
}

fn name(glob: &str) -> Result<Condition, Wrong> {
    Condition::name(glob).map_err(|error| Wrong::all(glob, error.kind().to_string()))
}

fn kind(word: &str) -> Result<Condition, Wrong> {
    if let Some(family) = Family::ALL.into_iter().find(|family| family.name() == word) {
        return Ok(Condition::Family(family));
    }
    match Kind::of_name(word).kind {
        Kind::Other => {
            let families = Family::ALL.into_iter().map(Family::name);
            let kinds = KINDS.iter().map(|row| row.name);
            let known = families.chain(kinds).filter(|name| !name.is_empty());
            let hint = match meant(word, known.clone()) {
                Some(known) => format!("did you mean {known}?"),
                None => format!("there are: {}", known.collect::<Vec<_>>().join(", ")),
            };
            let what = format!("there is no such kind; {hint} (other names are found by --event)");
            Err(Wrong::all(word, what))
        }
        kind => Ok(Condition::Kind(kind)),
    }
}

fn network(text: &str) -> Result<Condition, Wrong> {
    let hint = "this is no address and no network; write it as in 203.0.113.9, 203.0.113.0/24 or 2001:db8::/32";
    Condition::network(text).ok_or_else(|| Wrong::all(text, hint))
}

fn reason(expression: &str) -> Result<Condition, Wrong> {
    let fault = match regex_syntax::parse(expression) {
        Ok(_) => None,
        Err(regex_syntax::Error::Parse(error)) => Some((*error.span(), error.kind().to_string())),
        Err(regex_syntax::Error::Translate(error)) => {
            Some((*error.span(), error.kind().to_string()))
        }
        Err(error) => return Err(Wrong::all(expression, error.to_string())),
    };
    if let Some((span, what)) = fault {
        let at = span.start.offset..span.end.offset;
        return Err(Wrong { at, what });
    }
    match regex::Regex::new(expression) {
        Ok(regex) => Ok(Condition::Reason(regex)),
        Err(error) => Err(Wrong::all(expression, error.to_string())),
    }
}

fn outcome(word: &str) -> Result<Condition, Wrong> {
    Ok(Condition::Outcome(match word {
        "ok" | "success" => Outcome::Success,
        "failed" | "failure" => Outcome::Failure,
        "unknown" => Outcome::Unknown,
        _ => return Err(Wrong::all(word, "there are: ok, failed, unknown")),
    }))
}
