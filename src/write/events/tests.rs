use super::*;
use crate::event::KINDS;

#[test]
fn every_kind_of_the_table_has_one_function_which_emits_its_name_and_outcome() {
    let kinds: Vec<Kind> = CONSTRUCTORS.iter().map(|(kind, _)| *kind).collect();
    let rows = &KINDS[..Kind::Other.index()];
    assert_eq!(kinds, rows.iter().map(|row| row.kind).collect::<Vec<_>>());
    for ((_, draft), row) in CONSTRUCTORS.iter().zip(rows) {
        let draft = draft();
        assert_eq!(draft.name, row.name);
        assert_eq!(
            draft.outcome,
            row.outcome.unwrap_or(Outcome::Unknown),
            "{}",
            row.name
        );
    }
}

#[test]
fn a_custom_name_the_table_knows_has_its_outcome() {
    let names = [
        ("auth.login_success", Outcome::Success),
        ("auth_failed", Outcome::Failure),
        ("token.issued.client_credentials", Outcome::Success),
        ("auth.login", Outcome::Unknown),
        ("payment.made", Outcome::Unknown),
    ];
    for (name, outcome) in names {
        assert_eq!(custom(name).outcome, outcome, "{name}");
    }
}

#[test]
fn the_last_word_on_the_outcome_counts() {
    let draft = pkce_failed().failure("mismatch").success();
    assert_eq!((draft.outcome, draft.reason), (Outcome::Success, None));
    let draft = logout().success().failure("no session");
    assert_eq!(
        (draft.outcome, draft.reason),
        (Outcome::Failure, Some("no session"))
    );
}

#[test]
fn every_setter_writes_the_canonical_key() {
    let draft = custom("e")
        .client("c")
        .tenant("t")
        .ip("192.0.2.1")
        .user_agent("curl")
        .grant_type("refresh_token")
        .scopes("openid email")
        .token_type("access")
        .token_id("jti-1")
        .token_family("f-1")
        .session("s-1")
        .expires_in(3600)
        .method("otp")
        .source("verify-code")
        .attempts(3)
        .endpoint("/v1/users")
        .http_method("GET")
        .status(200)
        .duration_ms(12)
        .severity("high")
        .email_domain("example.com")
        .meta("own", "pair");
    let written: Vec<String> = draft
        .fields
        .metadata()
        .map(|(key, value)| format!("{key}={value:?}"))
        .collect();
    let expected = r#"clientId=Text("c") tenantId=Text("t") ip=Text("192.0.2.1") userAgent=Text("curl")
        grantType=Text("refresh_token") scopes=Text("openid_email") tokenType=Text("access") tokenId=Text("jti-1")
        familyId=Text("f-1") sessionId=Text("s-1") expiresIn=Int(3600) method=Text("otp") source=Text("verify-code")
        attempts=Uint(3) endpoint=Text("/v1/users") httpMethod=Text("GET") status=Uint(200) durationMs=Uint(12)
        severity=Text("high") emailDomain=Text("example.com") own=Text("pair")"#;
    let expected: Vec<String> = expected
        .split_whitespace()
        .map(|pair| pair.replace("openid_email", "openid email"))
        .collect();
    assert_eq!(written, expected);
}
