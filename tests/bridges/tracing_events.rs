//! What one tracing event becomes: name, fields, outcome.

use std::fmt;

use authmeter::bridge::tracing::AuthLayer;
use serde_json::{Value, json};
use tracing::{debug, error, info, trace, warn};
use tracing_subscriber::prelude::*;

use crate::Log;

/// What is in the log after `program` has traced, the one event.
fn traced(program: impl FnOnce()) -> Value {
    let log = Log::new();
    trace_to(AuthLayer::new(log.metrics.clone()), program);
    log.event()
}

fn trace_to(layer: AuthLayer, program: impl FnOnce()) {
    let subscriber = tracing_subscriber::registry().with(layer.filtered());
    tracing::subscriber::with_default(subscriber, program);
}

/// Each event, and what has to be in the log.
macro_rules! becomes {
    ($($event:expr => $expected:tt;)+) => {
        $(assert_eq!(traced(|| $event), json!($expected), "{}", stringify!($event));)+
    };
}

#[test]
fn the_name_is_the_field_then_the_macro_then_the_message_then_the_target() {
    becomes! {
        info!(name: "auth.logout", target: "auth", event = "auth.login", "otp.sent") => {"event": "auth.login", "metadata": {"message": "otp.sent"}};
        info!(name: "auth.login", target: "auth", "otp.sent") => {"event": "auth.login", "metadata": {"message": "otp.sent"}};
        info!(target: "auth", "otp.sent") => {"event": "otp.sent"};
        info!(target: "auth", "suspicious_login") => {"event": "suspicious_login"};
        info!(target: "auth::login", "Somebody is here.") => {"event": "auth.login", "metadata": {"message": "Somebody is here."}};
        info!(target: "auth::login::sso", "done") => {"event": "auth.login.sso", "metadata": {"message": "done"}};
        info!(target: "auth::login", user = "u") => {"event": "auth.login", "userId": "u"};
        info!(target: "auth", event = "", "") => {"event": "auth"};
        info!(target: "auth", event = 7, "otp.sent") => {"event": "7", "metadata": {"message": "otp.sent"}};
        info!(target: "auth", event = %"otp.sent") => {"event": "otp.sent"};
    }
}

#[test]
fn what_says_how_it_ended_is_asked_in_order() {
    becomes! {
        error!(target: "auth", success = true, error = "ignored", "auth.login") => {"event": "auth.login", "success": true, "metadata": {"error": "ignored"}};
        info!(target: "auth", success = false, "auth.login") => {"event": "auth.login", "success": false};
        info!(target: "auth", success = "true", "auth.login") => {"event": "auth.login", "success": true};
        info!(target: "auth", success = %false, "auth.login") => {"event": "auth.login", "success": false};
        info!(target: "auth", success = 1, "auth.login") => {"event": "auth.login", "metadata": {"success": 1}};
        info!(target: "auth", success = "maybe", "auth.login") => {"event": "auth.login", "metadata": {"success": "maybe"}};
        info!(target: "auth", reason = "expired", "auth.logout") => {"event": "auth.logout", "success": false, "error": "expired"};
        info!(target: "auth", error = "", "auth.login") => {"event": "auth.login"};
        error!(target: "auth", "auth.logout") => {"event": "auth.logout", "success": true};
        info!(target: "auth", "token.pkce_failed") => {"event": "token.pkce_failed", "success": false};
        warn!(target: "auth", status = 200, "api_token.used") => {"event": "api_token.used", "metadata": {"status": 200}};
        warn!(target: "auth", "auth.login") => {"event": "auth.login", "success": false};
        error!(target: "auth", "auth.login") => {"event": "auth.login", "success": false};
        info!(target: "auth", "auth.login") => {"event": "auth.login"};
        debug!(target: "auth", "auth.login") => {"event": "auth.login"};
        trace!(target: "auth", "auth.login") => {"event": "auth.login"};
    }
}

#[test]
fn a_sentence_is_the_reason_of_a_failure_that_has_none() {
    becomes! {
        warn!(target: "auth::login", "Invalid password") => {"event": "auth.login", "success": false, "error": "Invalid password"};
        info!(target: "auth::login", success = false, "Invalid {}", "password") => {"event": "auth.login", "success": false, "error": "Invalid password"};
        warn!(target: "auth::login", error = "locked", "Invalid password") => {"event": "auth.login", "success": false, "error": "locked", "metadata": {"message": "Invalid password"}};
        info!(target: "auth::login", success = true, "Welcome back") => {"event": "auth.login", "success": true, "metadata": {"message": "Welcome back"}};
    }
}

#[test]
fn success_is_assumed_only_where_that_was_asked_for_and_nothing_says_otherwise() {
    let log = Log::new();
    trace_to(AuthLayer::new(log.metrics.clone()).assume_success(), || {
        info!(target: "auth", "auth.login");
        warn!(target: "auth", "auth.login");
        info!(target: "auth", error = "locked", "auth.login");
        info!(target: "auth", status = 500, "api_token.used");
    });
    let outcomes: Vec<Value> = log
        .events()
        .iter()
        .map(|event| event["success"].clone())
        .collect();
    assert_eq!(
        outcomes,
        [json!(true), json!(false), json!(false), Value::Null]
    );
}

/// An error with a cause.
#[derive(Debug)]
struct Unreachable;

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("directory is unreachable")
    }
}

impl std::error::Error for Unreachable {}

#[test]
fn values_keep_their_types() {
    let id = String::from("user-123");
    becomes! {
        info!(target: "auth", yes = true, small = -3, large = u64::MAX, ratio = 0.5, not = f64::NAN, text = "a\nb\"", "x.y")
            => {"event": "x.y", "metadata": {"yes": true, "small": -3, "large": u64::MAX, "ratio": 0.5, "not": null, "text": "a\nb\""}};
        info!(target: "auth", shown = %id, debug = ?id, list = ?[1, 2], huge = 1_u128 << 100, less = -(1_i128 << 100), none = None::<u8>, some = Some(4), "x.y")
            => {"event": "x.y", "metadata": {"shown": "user-123", "debug": "\"user-123\"", "list": "[1, 2]", "huge": "1267650600228229401496703205376",
                "less": "-1267650600228229401496703205376", "some": 4}};
        info!(target: "auth", error = &Unreachable as &dyn std::error::Error, "auth.login")
            => {"event": "auth.login", "success": false, "error": "directory is unreachable"};
        info!(target: "auth", user = 42, email = true, reason = 1.5, "auth.login")
            => {"event": "auth.login", "userId": "42", "email": "true", "success": false, "error": "1.5"};
    }
}

#[test]
fn fields_go_by_any_of_their_names() {
    let expected = json!({"event": "auth.login", "userId": "u", "email": "a@example.com", "metadata": {"clientId": "web", "tenantId": "t",
        "ip": "192.0.2.1", "userAgent": "curl", "sessionId": "s", "tokenId": "j", "grantType": "g", "own": 1}});
    becomes! {
        info!(target: "auth", user = "u", email = "a@example.com", client = "web", tenant = "t", ip = "192.0.2.1", user_agent = "curl", session = "s",
            jti = "j", grant_type = "g", own = 1, "auth.login") => expected;
        info!(target: "auth", client_id = "web", user.id = "u", user.email = "a@example.com", tenant_id = "t", client.address = "192.0.2.1",
            user_agent.original = "curl", session.id = "s", token_id = "j", grantType = "g", own = 1, "auth.login") => expected;
    }
}

#[test]
fn of_two_names_for_one_field_the_last_counts() {
    becomes! {
        info!(target: "auth", user = "a", user_id = "b", "auth.login") => {"event": "auth.login", "userId": "b"};
        info!(target: "auth", client = 1, client_id = "b", own = 1, "auth.login") => {"event": "auth.login", "metadata": {"clientId": "b", "own": 1}};
    }
}

#[test]
fn other_targets_are_not_written() {
    let log = Log::new();
    trace_to(AuthLayer::new(log.metrics.clone()), || {
        error!("auth.login");
        error!(target: "authz", "auth.login");
        error!(target: "auth_service", "auth.login");
        error!(target: "auth:login", "auth.login");
        error!(target: "Auth", "auth.login");
        error!(target: "shop::auth", "auth.login");
        error!(target: "", "auth.login");
    });
    assert_eq!(log.events().len(), 0);
}

#[test]
fn targets_are_those_the_application_names() {
    let log = Log::new();
    let layer = AuthLayer::new(log.metrics.clone()).targets(["shop::login", "audit"]);
    trace_to(layer, || {
        info!(target: "auth", "not.this");
        info!(target: "shop::login", "one.is");
        info!(target: "shop::login::otp", "two.is");
        info!(target: "audit", "three.is");
        info!(target: "shop", "not.this");
    });
    let events = log.events();
    let names: Vec<&str> = events
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["one.is", "two.is", "three.is"]);
}

#[test]
fn what_nobody_wants_stays_switched_off() {
    let log = Log::new();
    let enabled = || {
        let other = tracing::enabled!(target: "shop", tracing::Level::ERROR);
        (
            tracing::enabled!(target: "auth::x", tracing::Level::TRACE),
            other,
        )
    };
    let subscriber =
        tracing_subscriber::registry().with(AuthLayer::new(log.metrics.clone()).filtered());
    assert_eq!(
        tracing::subscriber::with_default(subscriber, enabled),
        (true, false)
    );
    let subscriber = tracing_subscriber::registry().with(AuthLayer::new(log.metrics.clone()));
    assert_eq!(
        tracing::subscriber::with_default(subscriber, enabled),
        (true, true)
    );
}

#[test]
fn a_disabled_writer_is_not_troubled() {
    struct Untouched;
    impl fmt::Display for Untouched {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            unreachable!("nobody reads it")
        }
    }
    let metrics = authmeter::Metrics::builder()
        .enabled(false)
        .build()
        .unwrap();
    trace_to(
        AuthLayer::new(metrics),
        || info!(target: "auth", value = %Untouched, "auth.login"),
    );
}

#[test]
fn what_is_secret_by_its_name_or_its_looks_is_not_written() {
    const TOKEN: &str = concat!(
        "eyJhbGciOiJIUzI1NiJ9",
        ".eyJzdWIiOiJ1c2VyLTEyMyJ9",
        ".dBjftJeZ4CVPmB92K27uhbUJU1p1rwW1gFWFOEjXk"
    );
    let log = Log::new();
    trace_to(AuthLayer::new(log.metrics.clone()), || {
        info!(target: "auth", password = "hidden-1", otp = 987_654, authorization = %"Bearer hidden-2", cookie = ?"hidden-3", "auth.login");
        warn!(target: "auth::login", "refused {TOKEN}");
        info!(target: "auth", error = TOKEN, note = %TOKEN, "token.used");
    });
    assert_eq!(log.events().len(), 3);
    let text = std::fs::read_to_string(log.path()).unwrap();
    for secret in ["hidden", "987654", TOKEN] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}
