//! What logs call the fields: the alias table, as data.
//!
//! Five systems write the same events under different names. A field is looked for at the top level first and then in
//! the containers, in their order; within one place the leftmost alias that is present wins. Names match exactly.

use std::sync::LazyLock;

use crate::event::{Field, Names};

/// Objects inside an event that are searched for fields too, in this order, after the top level.
pub(super) const CONTAINERS: [&str; 3] = ["metadata", "details", "event_data"];

/// One row: a field, its names from strongest to weakest, and whether containers are searched for it.
struct Row(Field, &'static [&'static str], bool);

const ROWS: &[Row] = &[
    Row(Field::Event, &["event", "event_type", "action"], false),
    Row(
        Field::Timestamp,
        &["timestamp", "created_at", "time", "ts"],
        false,
    ),
    Row(Field::User, &["userId", "user_id", "actor_id", "sub"], true),
    Row(Field::Email, &["email", "actor_name"], true),
    Row(
        Field::Client,
        &["clientId", "client_id", "oauth_client_id"],
        true,
    ),
    Row(Field::Tenant, &["tenantId", "tenant_id"], true),
    Row(Field::Success, &["success"], true),
    Row(Field::Reason, &["error", "reason", "failure_reason"], true),
    Row(Field::Severity, &["severity", "level"], true),
    Row(
        Field::Ip,
        &["ip", "ipAddress", "ip_address", "remote_ip"],
        true,
    ),
    Row(Field::UserAgent, &["userAgent", "user_agent"], true),
    Row(Field::GrantType, &["grantType", "grant_type"], true),
    Row(Field::Scopes, &["scopes", "scope"], true),
    Row(Field::TokenType, &["tokenType", "token_type"], true),
    Row(Field::TokenId, &["tokenId", "token_id", "jti"], true),
    Row(Field::TokenFamily, &["familyId", "family_id"], true),
    Row(Field::Session, &["sessionId", "session_id", "sid"], true),
    Row(Field::ExpiresIn, &["expiresIn", "expires_in"], true),
    Row(Field::Source, &["source"], true),
    Row(Field::Attempts, &["attempts"], true),
    Row(Field::Endpoint, &["endpoint", "path"], true),
    // On API use `method` is the weakest name of the HTTP method; everywhere else it is the login method.
    Row(
        Field::HttpMethod,
        &["httpMethod", "http_method", METHOD],
        true,
    ),
    Row(
        Field::Status,
        &["status", "responseStatus", "response_status"],
        true,
    ),
    Row(
        Field::DurationMs,
        &["durationMs", "processingTime", "processing_time"],
        true,
    ),
];

const METHOD: &str = "method";

/// One name out of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Alias {
    /// The field it names.
    pub(super) field: Field,
    /// Its place in the row: 0 is the strongest.
    pub(super) rank: u8,
    /// Whether it counts inside a container.
    pub(super) nested: bool,
    /// Its place among all aliases; below 64, so that a set of them is one word.
    pub(super) id: u8,
}

impl Alias {
    /// Whether this is `method`, whose meaning depends on the event's kind.
    pub(super) fn is_method(self) -> bool {
        self.field == Field::HttpMethod && self.rank == 2
    }
}

/// What a key of an event's object means.
#[derive(Clone, Copy, Debug)]
pub(super) enum Key {
    /// A container: index into [`CONTAINERS`].
    Container(u8),
    /// A field.
    Field(Alias),
}

/// What `key` means, if it is a name of the table.
pub(super) fn lookup(key: &str) -> Option<Key> {
    NAMES.get(key)
}

static NAMES: LazyLock<Names<Key>> = LazyLock::new(|| Names::new(names()));

/// Every name with its meaning.
fn names() -> impl Iterator<Item = (&'static str, Key)> {
    let containers = (0_u8..)
        .zip(CONTAINERS)
        .map(|(index, name)| (name, Key::Container(index)));
    let aliases = ROWS.iter().flat_map(|Row(field, names, nested)| {
        (0_u8..)
            .zip(*names)
            .map(|(rank, name)| (*name, *field, rank, *nested))
    });
    let fields = (0_u8..).zip(aliases);
    containers.chain(fields.map(|(id, (name, field, rank, nested))| {
        (
            name,
            Key::Field(Alias {
                field,
                rank,
                nested,
                id,
            }),
        )
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_in_the_table_once_and_fits_one_word() {
        let distinct: std::collections::BTreeSet<_> = names().map(|(name, _)| name).collect();
        assert_eq!(distinct.len(), names().count());
        assert!(names().count() - CONTAINERS.len() <= 64);
        for (name, meaning) in names() {
            match (lookup(name), meaning) {
                (Some(Key::Field(found)), Key::Field(alias)) => {
                    assert_eq!(found.id, alias.id, "{name}");
                }
                (Some(Key::Container(found)), Key::Container(index)) => {
                    assert_eq!(found, index, "{name}");
                }
                (found, _) => panic!("{name}: {found:?}"),
            }
        }
    }

    #[test]
    fn what_is_no_name_is_nothing() {
        for key in [
            "", "e", "Event", "events", "user", "userid", "metadat", "évent", "event ",
        ] {
            assert!(lookup(key).is_none(), "{key}");
        }
    }

    #[test]
    fn every_field_a_log_has_but_the_login_method_has_a_row() {
        assert_eq!(
            ROWS.len(),
            Field::COUNT - 3,
            "`method` has no row of its own, and subjects and domains are made"
        );
    }
}
