//! One event of a line: its fields by name and place, its kind, and its outcome.

use std::net::{IpAddr, SocketAddr};

use super::super::json::{Node, Value};
use super::time::{Time, time};

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Outcome {
    Ok,
    Failed,
    Unknown,
}

/// One event, as far as the reports ask.
pub(super) struct Event {
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) outcome: Outcome,
    pub(super) time: Option<Time>,
    pub(super) subject: Option<String>,
    /// In lower case.
    pub(super) email: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) client: Option<String>,
    pub(super) method: Option<String>,
    pub(super) grant: Option<String>,
    pub(super) token_type: Option<String>,
    pub(super) severity: Option<String>,
    pub(super) ip: Option<String>,
    pub(super) token: Option<String>,
    pub(super) family: Option<String>,
    pub(super) source: Option<String>,
    pub(super) expires_in: Option<String>,
}

pub(super) fn event(node: &Node) -> Event {
    let text = |names: &[&str]| find(node, names, false, word);
    let nested = |names: &[&str]| find(node, names, true, word);
    let given = text(&["event", "event_type", "action"]);
    let token = text(&["tokenId", "token_id"]);
    let endpoint = text(&["endpoint"]);
    let name = match given {
        Some(name) => name,
        None if token.is_some() && endpoint.is_some() => "api_token.used".to_owned(),
        None => "(no name)".to_owned(),
    };
    let (kind, by_name) = kind(&name);
    let reason = find(
        node,
        &["error", "reason", "failure_reason"],
        true,
        reason_word,
    );
    let success = find(node, &["success"], true, |node| match node.value {
        Value::Bool(success) => Some(success),
        _ => None,
    });
    let status = nested(&["status", "responseStatus", "response_status"])
        .and_then(|status| status.parse::<u16>().ok());
    let outcome = match (success, by_name, status, &reason) {
        (Some(true), ..) => Outcome::Ok,
        (Some(false), ..) => Outcome::Failed,
        (None, Some(outcome), ..) => outcome,
        (None, None, Some(..400), _) => Outcome::Ok,
        (None, None, Some(_), _) | (None, None, None, Some(_)) => Outcome::Failed,
        (None, None, None, None) => Outcome::Unknown,
    };
    let user = nested(&["userId", "user_id", "actor_id", "sub"]);
    let email = nested(&["email", "actor_name"]).map(|email| email.to_lowercase());
    let suffix = name.strip_prefix("token.issued.").map(ToOwned::to_owned);
    Event {
        kind,
        outcome,
        time: text(&["timestamp", "created_at", "time", "ts"]).and_then(|text| time(&text)),
        subject: user.or(email.clone()),
        email,
        reason,
        client: nested(&["clientId", "client_id", "oauth_client_id"]),
        method: nested(&["method"]),
        grant: nested(&["grantType", "grant_type"]).or(suffix),
        token_type: nested(&["tokenType", "token_type"]),
        severity: nested(&["severity", "level"]),
        ip: nested(&["ip", "ipAddress", "ip_address", "remote_ip"]).map(address),
        token: nested(&["tokenId", "token_id", "jti"]),
        family: nested(&["familyId", "family_id"]),
        source: nested(&["source"]),
        expires_in: nested(&["expiresIn", "expires_in"]),
        name: canonical(&name).to_owned(),
    }
}

/// The first address of a list, without brackets, interface and port; IPv4 as such.
fn address(text: String) -> String {
    let first = text.split(',').next().unwrap().trim();
    let bare = first
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let without_interface = bare.unwrap_or(first).split('%').next().unwrap();
    let alone = without_interface.parse::<IpAddr>().ok();
    let with_port = || Some(first.parse::<SocketAddr>().ok()?.ip());
    match alone.or_else(with_port) {
        Some(IpAddr::V6(six)) => match six.to_ipv4_mapped() {
            Some(four) => four.to_string(),
            None => six.to_string(),
        },
        Some(four) => four.to_string(),
        None => text,
    }
}

/// The top level, then the containers; within each the leftmost name that is present.
fn find<T>(
    node: &Node,
    names: &[&str],
    in_containers: bool,
    read: impl Fn(&Node) -> Option<T>,
) -> Option<T> {
    let containers = ["metadata", "details", "event_data"];
    let places = std::iter::once(Some(node)).chain(containers.iter().map(|name| node.get(name)));
    let places = places.take(if in_containers { 4 } else { 1 }).flatten();
    places
        .flat_map(|place| names.iter().filter_map(|name| place.get(name)))
        .find_map(read)
}

fn word(node: &Node) -> Option<String> {
    match &node.value {
        Value::Text(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Number => Some(node.text.clone()),
        _ => None,
    }
}

/// A reason may be an object or a list: then it is its text.
fn reason_word(node: &Node) -> Option<String> {
    match node.value {
        Value::Array | Value::Object(_) => Some(node.text.clone()),
        _ => word(node),
    }
}

/// Kind, and the outcome the name states.
fn kind(name: &str) -> (&'static str, Option<Outcome>) {
    use Outcome::{Failed, Ok};
    match name {
        "otp.generated" => ("otp.generated", None),
        "otp.sent" => ("otp.sent", None),
        "otp.verification" => ("otp.verification", None),
        "otp.verification.detail" => ("otp.verification.detail", None),
        "auth.login" => ("auth.login", None),
        "auth.login_success" => ("auth.login", Some(Ok)),
        "auth.login_failure" | "auth_failed" | "oauth.auth_failed" => ("auth.login", Some(Failed)),
        "auth.logout" => ("other", Some(Ok)),
        "token.generated" | "token.issued" => ("issue", Some(Ok)),
        "token.refresh" => ("token.refresh", None),
        "token.refreshed" | "auth.token_refresh" => ("token.refresh", Some(Ok)),
        "token.userinfo_accessed" | "token.used" | "token_used" | "oauth.token_used" => {
            ("other", Some(Ok))
        }
        "token.validation_failed"
        | "token.pkce_failed"
        | "token.code_invalid"
        | "token.client_invalid" => ("invalid", Some(Failed)),
        "scope.validated" | "scope_validation_success" | "oauth.scope_validation_success" => {
            ("other", Some(Ok))
        }
        "scope.violation" | "scope_violation" | "oauth.scope_violation" => ("other", Some(Failed)),
        "rate_limit.exceeded" | "rate_limited" | "auth.rate_limited" => ("other", Some(Failed)),
        "suspicious_activity" | "oauth.suspicious_activity" => ("other", Some(Failed)),
        _ if name.starts_with("token.issued.") && name != "token.issued." => ("issue", Some(Ok)),
        _ => ("other", None),
    }
}

/// What an event is called in a report: aliases of one kind under one name.
fn canonical(name: &str) -> &str {
    match name {
        "auth.login_success" | "auth.login_failure" | "auth_failed" | "oauth.auth_failed" => {
            "auth.login"
        }
        "token.refreshed" | "auth.token_refresh" => "token.refresh",
        "token_used" | "oauth.token_used" => "token.used",
        "scope_validation_success" | "oauth.scope_validation_success" => "scope.validated",
        "scope_violation" | "oauth.scope_violation" => "scope.violation",
        "rate_limited" | "auth.rate_limited" => "rate_limit.exceeded",
        "oauth.suspicious_activity" => "suspicious_activity",
        _ if name.starts_with("token.issued.") && name != "token.issued." => "token.issued",
        _ => name,
    }
}
