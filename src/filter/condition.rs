//! One condition on an event.

use std::net::IpAddr;

use globset::{GlobBuilder, GlobMatcher};
use ipnet::IpNet;
use regex::Regex;

use crate::event::{Event, Family, Field, Kind, Outcome};

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
    /// It came from an address of this network.
    Network(IpNet),
    /// The reason matches, anywhere in it.
    Reason(Regex),
    /// It ended like this.
    Outcome(Outcome),
}

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

    /// The field whose text is looked at, if any is.
    pub(super) fn field(&self) -> Option<Field> {
        match self {
            Condition::Name(_) => Some(Field::Event),
            Condition::Kind(_) | Condition::Family(_) | Condition::Outcome(_) => None,
            Condition::Is(field, _) => Some(*field),
            Condition::Email(_) => Some(Field::Email),
            Condition::Network(_) => Some(Field::Ip),
            Condition::Reason(_) => Some(Field::Reason),
        }
    }

    pub(super) fn holds(&self, event: &Event<'_>) -> bool {
        let text = || self.field().and_then(|field| event.get(field));
        match self {
            Condition::Name(glob) => {
                text().is_some_and(|name| glob.is_match(name)) || glob.is_match(event.name())
            }
            Condition::Kind(kind) => event.kind == *kind,
            Condition::Family(family) => event.kind.family() == *family,
            Condition::Outcome(outcome) => event.outcome == *outcome,
            Condition::Is(_, expected) => text() == Some(expected),
            Condition::Email(expected) => {
                text().is_some_and(|text| text.to_lowercase() == *expected)
            }
            Condition::Network(network) => {
                let address = text().and_then(|text| text.parse::<IpAddr>().ok());
                address.is_some_and(|address| network.contains(&address))
            }
            Condition::Reason(regex) => text().is_some_and(|text| regex.is_match(text)),
        }
    }
}
