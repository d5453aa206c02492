//! What decoding finds in a line: fields by name and place, kinds, and outcomes. What is JSON at all is in `json`.

mod aliases;
mod json;

use super::*;
use crate::event::{Field, FieldSet, Kind, Outcome};
use std::sync::LazyLock;

static ALL: LazyLock<Wanted> = LazyLock::new(|| Wanted::of_all(FieldSet::ALL));

fn all(arena: &Bump) -> Decoding<'_> {
    Decoding {
        wanted: &ALL,
        slowly: false,
        assume: Zone::UTC,
        arena,
    }
}

/// Decodes a line and hands the event to `check`.
fn with<T>(line: &str, check: impl FnOnce(&Event<'_>) -> T) -> T {
    let arena = Bump::new();
    let decoded =
        decode(Ok(line), &all(&arena)).unwrap_or_else(|reason| panic!("{line}: {reason}"));
    check(&decoded.event)
}

fn field(line: &str, field: Field) -> Option<String> {
    with(line, |event| event.get(field).map(str::to_owned))
}

fn refusal(line: &str) -> String {
    let arena = Bump::new();
    match decode(Ok(line), &all(&arena)) {
        Ok(decoded) => panic!("{line} was taken as {:?}", decoded.event),
        Err(reason) => reason.to_string(),
    }
}

#[test]
fn the_seeds_line_is_read_whole() {
    let line = r#"{"event":"otp.verification.detail","timestamp":"2025-01-15T10:30:00.000Z","userId":"user-123","email":"User@Example.com","success":false,"error":"Invalid code","metadata":{"attempts":3}}"#;
    with(line, |event| {
        assert_eq!(
            (event.kind, event.outcome),
            (Kind::OtpVerificationDetail, Outcome::Failure)
        );
        assert_eq!(event.time.unwrap().to_string(), "2025-01-15T10:30:00.000Z");
        assert_eq!(
            (event.get(Field::Subject), event.get(Field::Email)),
            (Some("user-123"), Some("User@Example.com"))
        );
        assert_eq!(
            (event.get(Field::Reason), event.get(Field::Attempts)),
            (Some("Invalid code"), Some("3"))
        );
    });
}

#[test]
fn the_top_level_beats_containers_and_the_left_alias_beats_the_right() {
    let client = |line| field(line, Field::Client);
    assert_eq!(
        client(r#"{"metadata":{"clientId":"m"},"client_id":"top"}"#).as_deref(),
        Some("top")
    );
    assert_eq!(
        client(r#"{"client_id":"right","clientId":"left"}"#).as_deref(),
        Some("left")
    );
    assert_eq!(
        client(r#"{"event_data":{"clientId":"e"},"details":{"client_id":"d"}}"#).as_deref(),
        Some("d")
    );
    assert_eq!(
        client(r#"{"metadata":{"oauth_client_id":"m"},"details":{"clientId":"d"}}"#).as_deref(),
        Some("m")
    );
    assert_eq!(
        client(r#"{"metadata":{"metadata":{"clientId":"deep"}}}"#),
        None
    );
    assert_eq!(
        field(
            r#"{"metadata":{"event":"inside","timestamp":1}}"#,
            Field::Event
        ),
        None
    );
}

#[test]
fn null_and_empty_text_are_absent_and_the_next_alias_counts() {
    let user = |line| field(line, Field::User);
    assert_eq!(
        user(r#"{"userId":null,"user_id":"","actor_id":"a"}"#).as_deref(),
        Some("a")
    );
    assert_eq!(
        user(r#"{"userId":[],"details":{"sub":7}}"#).as_deref(),
        Some("7")
    );
    assert_eq!(user(r#"{"userId":true}"#), None);
}

#[test]
fn a_key_that_comes_twice_takes_its_last_value() {
    let user = |line| field(line, Field::User);
    assert_eq!(user(r#"{"userId":"a","userId":"b"}"#).as_deref(), Some("b"));
    assert_eq!(
        user(r#"{"userId":"a","user_id":"b","userId":null}"#).as_deref(),
        Some("b")
    );
    assert_eq!(
        user(r#"{"userId":"a","\u0075serId":"c"}"#).as_deref(),
        Some("c")
    );
    let client = |line| field(line, Field::Client);
    assert_eq!(
        client(r#"{"metadata":{"clientId":"a"},"metadata":{"x":1}}"#),
        None
    );
    assert_eq!(
        client(r#"{"metadata":{"clientId":"a"},"metadata":"gone"}"#),
        None
    );
    assert_eq!(
        client(r#"{"metadata":{"clientId":"a","clientId":"b"}}"#).as_deref(),
        Some("b")
    );
}

#[test]
fn escapes_are_undone_in_keys_and_values() {
    let line = r#"{"\u0065vent":"auth\u002elogin","u\u0073erId":"a\/b\ud83d\ude00\n"}"#;
    with(line, |event| {
        assert_eq!(
            (event.kind, event.get(Field::User)),
            (Kind::Login, Some("a/b\u{1f600}\n"))
        );
    });
}

#[test]
fn ids_given_as_numbers_are_their_text() {
    for number in ["123", "-5", "12345678901234567890123", "1e3", "0.10"] {
        assert_eq!(
            field(&format!(r#"{{"userId":{number}}}"#), Field::User).as_deref(),
            Some(number)
        );
    }
}

#[test]
fn the_first_that_applies_decides_the_outcome() {
    use Outcome::{Failure, Success, Unknown};
    for (line, expected) in [
        (
            r#"{"event":"auth.login","success":true,"error":"x","status":500}"#,
            Success,
        ),
        (r#"{"event":"auth.login_failure","success":true}"#, Success),
        (r#"{"event":"auth.login_failure","status":200}"#, Failure),
        (r#"{"event":"token.refreshed","error":"x"}"#, Success),
        (r#"{"event":"api_token.used","status":399}"#, Success),
        (
            r#"{"event":"api_token.used","response_status":"400","error":"x"}"#,
            Failure,
        ),
        (r#"{"event":"x","status":"fine","error":"x"}"#, Failure),
        (r#"{"event":"auth.login","error":{"code":5}}"#, Failure),
        (r#"{"event":"auth.login","error":""}"#, Unknown),
        (r#"{"event":"auth.login","success":"true"}"#, Unknown),
        (
            r#"{"event":"auth.login","success":null,"metadata":{"success":false}}"#,
            Failure,
        ),
        (r#"{"event":"token.revoked"}"#, Unknown),
    ] {
        assert_eq!(with(line, |event| event.outcome), expected, "{line}");
    }
}

#[test]
fn method_means_what_the_kind_makes_of_it() {
    let login = r#"{"event":"auth.login","metadata":{"method":"otp"}}"#;
    assert_eq!(
        (
            field(login, Field::Method).as_deref(),
            field(login, Field::HttpMethod)
        ),
        (Some("otp"), None)
    );
    let api = r#"{"token_id":"t","endpoint":"/x","method":"GET","status":200}"#;
    assert_eq!(
        (
            field(api, Field::HttpMethod).as_deref(),
            field(api, Field::Method)
        ),
        (Some("GET"), None)
    );
}

#[test]
fn a_row_without_a_name_is_api_use_if_it_has_a_token_and_an_endpoint() {
    let kind = |line| with(line, |event| (event.kind, event.name().to_owned()));
    let api = (Kind::ApiTokenUsed, "api_token.used".to_owned());
    assert_eq!(kind(r#"{"token_id":5,"endpoint":"/x"}"#), api);
    assert_eq!(kind(r#"{"event":null,"tokenId":"t","endpoint":"/x"}"#), api);
    for other in [
        r#"{"token_id":"t"}"#,
        r#"{"jti":"t","endpoint":"/x"}"#,
        r#"{"token_id":"t","path":"/x"}"#,
        r#"{"token_id":"t","details":{"endpoint":"/x"}}"#,
        r#"{"token_id":"t","endpoint":""}"#,
    ] {
        assert_eq!(kind(other).0, Kind::Other, "{other}");
    }
    assert_eq!(
        kind(r#"{"token_id":"t"}"#),
        (Kind::Other, "(no name)".to_owned())
    );
    assert_eq!(
        kind(r#"{"event":"mine","token_id":"t","endpoint":"/x"}"#),
        (Kind::Other, "mine".to_owned())
    );
}

#[test]
fn the_subject_is_the_user_or_else_the_address_in_lower_case() {
    let subject = |line| with(line, |event| event.get(Field::Subject).map(str::to_owned));
    assert_eq!(
        subject(r#"{"userId":"U","email":"E"}"#).as_deref(),
        Some("U")
    );
    assert_eq!(
        subject(r#"{"userId":"","email":"Zoë@ÉXAMPLE.com"}"#).as_deref(),
        Some("zoë@éxample.com")
    );
    assert_eq!(subject(r#"{"event":"x"}"#), None);
}

#[test]
fn scopes_are_one_text_and_the_suffix_of_an_issue_is_its_grant() {
    assert_eq!(
        field(r#"{"scopes":["a","b"]}"#, Field::Scopes).as_deref(),
        Some("a b")
    );
    assert_eq!(
        field(r#"{"scope":"a b"}"#, Field::Scopes).as_deref(),
        Some("a b")
    );
    let grant = |line| field(line, Field::GrantType);
    assert_eq!(
        grant(r#"{"action":"token.issued.refresh_token"}"#).as_deref(),
        Some("refresh_token")
    );
    assert_eq!(
        grant(r#"{"action":"token.issued.x","details":{"grant_type":"y"}}"#).as_deref(),
        Some("y")
    );
}

#[test]
fn fields_nobody_asked_for_change_nothing_else() {
    let arena = Bump::new();
    let line = r#"{"event":"token.used","method":"GET","clientId":"c","status":404,"sub":"u"}"#;
    let subject = Wanted::of_all(FieldSet::of(&[Field::Subject]));
    let few = decode(
        Ok(line),
        &Decoding {
            wanted: &subject,
            ..all(&arena)
        },
    )
    .unwrap()
    .event;
    let all = decode(Ok(line), &all(&arena)).unwrap().event;
    assert_eq!(
        (few.kind, few.outcome, few.get(Field::Subject)),
        (all.kind, all.outcome, all.get(Field::Subject))
    );
    assert_eq!(
        (few.get(Field::Client), all.get(Field::Client)),
        (None, Some("c"))
    );
}
