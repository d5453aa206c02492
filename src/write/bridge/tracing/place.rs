//! Where a field of a tracing event goes in a record: the product's aliases, and those tracing and OpenTelemetry use.

use std::sync::LazyLock;

use crate::event::Names;

/// Where a field's value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The record's name.
    Name,
    /// The text of the event's macro.
    Message,
    /// `userId`.
    User,
    /// `email`.
    Email,
    /// `success`.
    Success,
    /// `error`.
    Reason,
    /// A pair of `metadata`.
    Meta(&'static str),
}

use Place::{Email, Message, Meta, Name, Reason, Success, User};

impl Place {
    /// Where the field called `field` goes. A name that means nothing is a metadata pair as it stands.
    pub(super) fn of(field: &'static str) -> Place {
        PLACES.get(field).unwrap_or(Meta(field))
    }

    /// Whether the record's value is text whatever the field's value is.
    pub(super) fn is_text(self) -> bool {
        matches!(self, Name | Message | User | Email | Reason)
    }

    /// Whether an event takes it from a span of its own targets: who acts, for whom and from where.
    pub(super) fn is_inherited(self) -> bool {
        match self {
            User | Email => true,
            Meta(key) => matches!(
                key,
                "clientId" | "tenantId" | "sessionId" | "ip" | "userAgent"
            ),
            _ => false,
        }
    }

    /// Whether an event takes it from any span around it.
    pub(super) fn is_trace(self) -> bool {
        matches!(self, Meta("traceId" | "spanId"))
    }
}

static PLACES: LazyLock<Names<Place>> = LazyLock::new(|| Names::new(ALIASES.iter().copied()));

/// Every field name that means something. Dotted names are those of OpenTelemetry's semantic conventions.
const ALIASES: &[(&str, Place)] = &[
    ("event", Name),
    ("message", Message),
    ("user", User),
    ("userId", User),
    ("user_id", User),
    ("actor_id", User),
    ("sub", User),
    ("user.id", User),
    ("enduser.id", User),
    ("email", Email),
    ("actor_name", Email),
    ("user.email", Email),
    ("success", Success),
    ("error", Reason),
    ("reason", Reason),
    ("failure_reason", Reason),
    ("client", Meta("clientId")),
    ("clientId", Meta("clientId")),
    ("client_id", Meta("clientId")),
    ("oauth_client_id", Meta("clientId")),
    ("tenant", Meta("tenantId")),
    ("tenantId", Meta("tenantId")),
    ("tenant_id", Meta("tenantId")),
    ("severity", Meta("severity")),
    ("level", Meta("severity")),
    ("ip", Meta("ip")),
    ("ipAddress", Meta("ip")),
    ("ip_address", Meta("ip")),
    ("remote_ip", Meta("ip")),
    ("client.address", Meta("ip")),
    ("userAgent", Meta("userAgent")),
    ("user_agent", Meta("userAgent")),
    ("user_agent.original", Meta("userAgent")),
    ("grantType", Meta("grantType")),
    ("grant_type", Meta("grantType")),
    ("scopes", Meta("scopes")),
    ("scope", Meta("scopes")),
    ("tokenType", Meta("tokenType")),
    ("token_type", Meta("tokenType")),
    ("tokenId", Meta("tokenId")),
    ("token_id", Meta("tokenId")),
    ("jti", Meta("tokenId")),
    ("familyId", Meta("familyId")),
    ("family_id", Meta("familyId")),
    ("token_family", Meta("familyId")),
    ("session", Meta("sessionId")),
    ("sessionId", Meta("sessionId")),
    ("session_id", Meta("sessionId")),
    ("sid", Meta("sessionId")),
    ("session.id", Meta("sessionId")),
    ("expiresIn", Meta("expiresIn")),
    ("expires_in", Meta("expiresIn")),
    ("endpoint", Meta("endpoint")),
    ("path", Meta("endpoint")),
    ("http.route", Meta("endpoint")),
    ("httpMethod", Meta("httpMethod")),
    ("http_method", Meta("httpMethod")),
    ("http.request.method", Meta("httpMethod")),
    ("status", Meta("status")),
    ("responseStatus", Meta("status")),
    ("response_status", Meta("status")),
    ("http.response.status_code", Meta("status")),
    ("durationMs", Meta("durationMs")),
    ("duration_ms", Meta("durationMs")),
    ("processingTime", Meta("durationMs")),
    ("processing_time", Meta("durationMs")),
    ("emailDomain", Meta("emailDomain")),
    ("email_domain", Meta("emailDomain")),
    ("traceId", Meta("traceId")),
    ("trace_id", Meta("traceId")),
    ("trace.id", Meta("traceId")),
    ("spanId", Meta("spanId")),
    ("span_id", Meta("spanId")),
    ("span.id", Meta("spanId")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_goes_where_its_name_says() {
        for (name, place) in ALIASES {
            assert_eq!(Place::of(name), *place, "{name}");
        }
        for other in ["attempts", "method", "source", "User", ""] {
            assert_eq!(Place::of(other), Meta(other));
        }
    }

    #[test]
    fn what_is_said_of_one_event_is_not_inherited() {
        let places = ALIASES.iter().map(|(_, place)| *place);
        let inherited: Vec<Place> = places.filter(|place| place.is_inherited()).collect();
        assert!(inherited.contains(&User) && inherited.contains(&Meta("ip")));
        for own in [
            Name,
            Message,
            Success,
            Reason,
            Meta("status"),
            Meta("traceId"),
        ] {
            assert!(!inherited.contains(&own), "{own:?}");
        }
    }
}
