//! One condition on an event.

use std::collections::BTreeSet;
use std::net::IpAddr;

use globset::{GlobBuilder, GlobMatcher};
use ipnet::IpNet;
use regex::Regex;

use crate::event::{Event, Family, Field, FieldSet, Kind, Outcome};

/// A condition that an event meets or not.
#[derive(Clone, Debug)]
pub enum Condition {
    /// Its name matches this glob: that of the log, or the canonical one of its kind.
    Name(GlobMatcher),
    /// It is of this kind.
    Kind(Kind),
    /// It is of a kind of this family.
    Family(Family),
    /// A field has exactly this text.
    Is(Field, String),
    /// The e-mail address is this one, whatever the case of its letters.
    Email(String),
    /// It has one of these user ids, or none and one of these e-mail addresses, which are in lower case.
    Person(BTreeSet<String>, BTreeSet<String>),
    /// It came from an address of this network.
    Network(IpNet),
    /// The reason matches, anywhere in it.
    Reason(Regex),
    /// Some text of it has these letters in it, whatever their case: its name, who, from where, or the reason.
    Said(String),
    /// It ended like this.
    Outcome(Outcome),
}

/// Where what is said is looked for.
const SAID: [Field; 6] = [
    Field::Event,
    Field::User,
    Field::Email,
    Field::Client,
    Field::Ip,
    Field::Reason,
];

impl Condition {
    /// A condition on the name: `*` and `?` stand for any characters, dots too; `[a-z]`, `{a,b}`.
    ///
    /// # Errors
    ///
    /// What is wrong with the glob.
    pub fn name(glob: &str) -> Result<Condition, globset::Error> {
        let glob = GlobBuilder::new(glob).build()?;
        Ok(Condition::Name(glob.compile_matcher()))
    }

    /// A condition on the e-mail address.
    pub fn email(address: &str) -> Condition {
        Condition::Email(address.to_lowercase())
    }

    /// A condition on what is said anywhere.
    pub fn said(text: &str) -> Condition {
        Condition::Said(text.to_lowercase())
    }

    /// A condition on the address: a network such as `203.0.113.0/24`, or one address. `None` if it is neither.
    pub fn network(text: &str) -> Option<Condition> {
        let one = || {
            text.parse::<IpAddr>()
                .map(|ip| IpNet::from(ip.to_canonical()))
        };
        let network = text.parse::<IpNet>().or_else(|_| one()).ok()?;
        // A network of IPv4 addresses in IPv6's clothes.
        let network = match network {
            IpNet::V6(six) if six.prefix_len() >= 96 && six.addr().to_ipv4_mapped().is_some() => {
                let address = IpNet::from(six.addr().to_canonical()).addr();
                IpNet::new(address, six.prefix_len() - 96).ok()?
            }
            network => network,
        };
        Some(Condition::Network(network))
    }

    /// The fields whose text is looked at.
    pub(super) fn fields(&self) -> FieldSet {
        match self {
            Condition::Kind(_) | Condition::Family(_) | Condition::Outcome(_) => FieldSet::EMPTY,
            Condition::Name(_) => FieldSet::of(&[Field::Event]),
            Condition::Is(field, _) => FieldSet::of(&[*field]),
            Condition::Email(_) => FieldSet::of(&[Field::Email]),
            Condition::Person(..) => FieldSet::of(&[Field::User, Field::Email]),
            Condition::Network(_) => FieldSet::of(&[Field::Ip]),
            Condition::Reason(_) => FieldSet::of(&[Field::Reason]),
            Condition::Said(_) => FieldSet::of(&SAID),
        }
    }

    pub(super) fn holds(&self, event: &Event<'_>) -> bool {
        match self {
            Condition::Name(glob) => {
                let said = event.get(Field::Event);
                said.is_some_and(|name| glob.is_match(name)) || glob.is_match(event.name())
            }
            Condition::Kind(kind) => event.kind == *kind,
            Condition::Family(family) => event.kind.family() == *family,
            Condition::Outcome(outcome) => event.outcome == *outcome,
            Condition::Is(field, expected) => event.get(*field) == Some(expected),
            Condition::Said(text) => {
                let mut said = SAID.iter().filter_map(|field| event.get(*field));
                let has = |said: &str| said.to_lowercase().contains(text);
                has(event.name()) || said.any(has)
            }
            Condition::Email(expected) => email(event).is_some_and(|email| email == *expected),
            Condition::Person(users, emails) => match event.get(Field::User) {
                Some(user) => users.contains(user),
                None => email(event).is_some_and(|email| emails.contains(&email)),
            },
            Condition::Network(network) => {
                let address = event
                    .get(Field::Ip)
                    .and_then(|text| text.parse::<IpAddr>().ok());
                address.is_some_and(|address| network.contains(&address))
            }
            Condition::Reason(regex) => event
                .get(Field::Reason)
                .is_some_and(|text| regex.is_match(text)),
        }
    }
}

/// The e-mail address in lower case.
fn email(event: &Event<'_>) -> Option<String> {
    event.get(Field::Email).map(str::to_lowercase)
}
