//! From a tracked event to an answer: what the writer wrote is what the analyzer reads.

use authmeter::event::{Event, Field, FieldSet, Kind, Outcome, Timestamp, Wanted};
use authmeter::read::decode::{Decoding, decode};
use authmeter::{Format, Metrics, events, fields};
use bumpalo::Bump;

use crate::harness::Scratch;

const START: i64 = 1_736_937_000;

/// A handle that writes into the scratch folder, and whose clock stands still.
fn metrics(scratch: &Scratch) -> Metrics {
    let builder = Metrics::builder()
        .format(Format::File)
        .path(scratch.path("auth.jsonl"));
    builder
        .clock(|| Timestamp::new(START, 0).unwrap())
        .build()
        .unwrap()
}

#[test]
fn events_of_an_application_are_counted_as_it_emitted_them() {
    let scratch = Scratch::new();
    let metrics = metrics(&scratch);
    for user in 0..50 {
        let (user, email) = (format!("user-{user}"), format!("user-{user}@example.com"));
        metrics.track_success("otp.sent", fields().email(&email));
        if user.ends_with('7') {
            metrics.track_failure(
                "otp.verification",
                "Invalid code",
                fields().email(&email).meta("attempts", 1),
            );
            events::otp_verification_detail()
                .failure("Invalid code")
                .email(&email)
                .attempts(1)
                .emit_to(&metrics);
            events::login()
                .failure("Account locked\n")
                .user(&user)
                .method("otp")
                .emit_to(&metrics);
        } else {
            events::otp_verification()
                .success()
                .email(&email)
                .emit_to(&metrics);
            events::login()
                .success()
                .user(&user)
                .method("magic-link")
                .client("web")
                .emit_to(&metrics);
            events::token_generated()
                .user(&user)
                .token_type("refresh")
                .expires_in("30d")
                .emit_to(&metrics);
            events::token_refresh()
                .success()
                .user(&user)
                .client("web")
                .emit_to(&metrics);
            events::token_refresh()
                .success()
                .user(&user)
                .client("ios")
                .emit_to(&metrics);
        }
    }
    let json = scratch
        .run(&["report", "--format", "json", "auth.jsonl"])
        .exit(0)
        .json();
    let count = |pointer: &str| {
        json.pointer(pointer)
            .unwrap_or_else(|| panic!("no {pointer}"))
            .as_u64()
            .unwrap()
    };
    assert_eq!(count("/input/lines"), metrics.stats().written);
    assert_eq!(count("/input/events"), 50 + 5 * 3 + 45 * 5);
    assert_eq!(
        (
            count("/reports/logins/success"),
            count("/reports/logins/failure")
        ),
        (45, 5)
    );
    assert_eq!(count("/reports/logins/users"), 50);
    assert_eq!(
        json["reports"]["logins"]["by_reason"][0]["reason"],
        "Account locked\n"
    );
    assert_eq!(count("/reports/failures/otp_failures"), 5);
    assert_eq!(count("/reports/refreshes/total"), 90);
    assert_eq!(json["reports"]["refreshes"]["usage_rate"]["rate"], 2.0);
    assert_eq!(json["window"]["first"], "2025-01-15T10:30:00.000Z");
}

/// Reads the lines of a log with every field.
fn read_back(scratch: &Scratch, mut check: impl FnMut(usize, &Event<'_>)) {
    let log = std::fs::read_to_string(scratch.path("auth.jsonl")).unwrap();
    let arena = Bump::new();
    let wanted = Wanted::of_all(FieldSet::ALL);
    for (index, line) in log.lines().enumerate() {
        let decoded = decode(
            Ok(line),
            &Decoding {
                wanted: &wanted,
                slowly: false,
                assume: authmeter::zone::Zone::UTC,
                arena: &arena,
            },
        )
        .unwrap();
        assert!(!decoded.repaired, "{line}");
        check(index, &decoded.event);
    }
}

#[test]
fn every_kind_that_has_a_function_is_read_as_that_kind() {
    let scratch = Scratch::new();
    let metrics = metrics(&scratch);
    let drafts = [
        (Kind::OtpGenerated, events::otp_generated()),
        (Kind::OtpSent, events::otp_sent()),
        (Kind::OtpVerification, events::otp_verification()),
        (
            Kind::OtpVerificationDetail,
            events::otp_verification_detail(),
        ),
        (Kind::Login, events::login()),
        (Kind::Logout, events::logout()),
        (Kind::TokenGenerated, events::token_generated()),
        (Kind::TokenIssued, events::token_issued()),
        (Kind::TokenRefresh, events::token_refresh()),
        (Kind::UserinfoAccessed, events::userinfo_accessed()),
        (Kind::TokenUsed, events::token_used()),
        (Kind::ApiTokenUsed, events::api_token_used()),
        (Kind::TokenRevoked, events::token_revoked()),
        (Kind::TokenExpired, events::token_expired()),
        (Kind::ValidationFailed, events::validation_failed()),
        (Kind::PkceFailed, events::pkce_failed()),
        (Kind::CodeInvalid, events::code_invalid()),
        (Kind::ClientInvalid, events::client_invalid()),
        (Kind::ScopeValidated, events::scope_validated()),
        (Kind::ScopeViolation, events::scope_violation()),
        (Kind::RateLimitExceeded, events::rate_limit_exceeded()),
        (Kind::SuspiciousActivity, events::suspicious_activity()),
        (Kind::Other, events::custom("device.trusted")),
    ];
    let kinds: Vec<Kind> = drafts.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds.len(), Kind::COUNT);
    for (_, draft) in drafts {
        draft.emit_to(&metrics);
    }
    let mut read = 0;
    read_back(&scratch, |index, event| {
        read += 1;
        assert_eq!(event.kind, kinds[index]);
        assert_eq!(
            event.outcome,
            kinds[index].entry().outcome.unwrap_or(Outcome::Unknown),
            "{}",
            event.name()
        );
        assert_eq!(event.time, Timestamp::new(START, 0));
    });
    assert_eq!(read, kinds.len());
}

#[test]
fn every_field_that_has_a_setter_is_read_as_that_field() {
    let scratch = Scratch::new();
    let metrics = metrics(&scratch);
    // One event says all of it but the login method, which on API use would be the HTTP method's.
    let api = events::api_token_used()
        .user("u")
        .email("E@example.com")
        .client("c")
        .tenant("t")
        .ip("::1")
        .user_agent("a \"b\"\u{1b}")
        .grant_type("g")
        .scopes("s1 s2")
        .token_type("api")
        .token_id("id")
        .token_family("f")
        .session("s")
        .expires_in(3600)
        .source("src")
        .attempts(3)
        .endpoint("/x")
        .http_method("GET")
        .status(404)
        .duration_ms(12)
        .severity("high");
    api.emit_to(&metrics);
    events::login().success().method("otp").emit_to(&metrics);
    let expected = [
        (Field::User, "u"),
        (Field::Email, "E@example.com"),
        (Field::Client, "c"),
        (Field::Tenant, "t"),
        (Field::Ip, "::1"),
        (Field::UserAgent, "a \"b\"\u{1b}"),
        (Field::GrantType, "g"),
        (Field::Scopes, "s1 s2"),
        (Field::TokenType, "api"),
        (Field::TokenId, "id"),
        (Field::TokenFamily, "f"),
        (Field::Session, "s"),
        (Field::ExpiresIn, "3600"),
        (Field::Source, "src"),
        (Field::Attempts, "3"),
        (Field::Endpoint, "/x"),
        (Field::HttpMethod, "GET"),
        (Field::Status, "404"),
        (Field::DurationMs, "12"),
        (Field::Severity, "high"),
    ];
    read_back(&scratch, |index, event| match index {
        0 => {
            for (field, text) in expected {
                assert_eq!(event.get(field), Some(text), "{field:?}");
            }
            assert_eq!(event.outcome, Outcome::Failure, "404");
        }
        _ => assert_eq!(event.get(Field::Method), Some("otp")),
    });
}
