use axum::http::header;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::harness::{Answer, MINUTE, Service};

const ANN: &str = "ann@example.com";
const BACK: &str = "https://dashboard.example/back";
const VERIFIER: &str = "a-verifier-of-forty-three-letters-or-more-than-that";

/// Lets `client` in; what the browser is sent back with.
async fn authorize(
    service: &Service,
    access: &str,
    client: &str,
    back: &str,
    scope: &str,
) -> Answer {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER.as_bytes()));
    let query = serde_urlencoded::to_string([
        ("response_type", "code"),
        ("client_id", client),
        ("redirect_uri", back),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("scope", scope),
        ("state", "s&t"),
    ]);
    let path = format!("/oauth/authorize?{}", query.unwrap());
    service.get(&path, access).await
}

fn location(answer: &Answer) -> &str {
    assert_eq!(answer.status, 302, "{answer:?}");
    answer.headers[header::LOCATION].to_str().unwrap()
}

async fn code(service: &Service, access: &str) -> String {
    let answer = authorize(service, access, "dashboard", BACK, "openid notes:read").await;
    let (_, query) = location(&answer).split_once('?').unwrap();
    let back: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap();
    assert_eq!(back[1], ("state".to_owned(), "s&t".to_owned()));
    back[0].1.clone()
}

async fn exchange(service: &Service, code: &str, verifier: &str) -> Answer {
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "dashboard"),
        ("client_secret", "dashboard-secret"),
        ("redirect_uri", BACK),
        ("code", code),
        ("code_verifier", verifier),
    ];
    service.form("/oauth/token", &form).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_and_its_verifier_become_tokens_that_do_what_was_granted() {
    let service = Service::start();
    let access = service.log_in(ANN).await.access;
    let code = code(&service, &access).await;
    let answer = exchange(&service, &code, VERIFIER).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(answer.body["expires_in"], 3600);

    let granted = answer.text("access_token");
    let userinfo = service.get("/userinfo", &granted).await;
    assert!(userinfo.body["sub"].is_string());
    assert!(
        userinfo.body["email"].is_null(),
        "the address is a scope of its own"
    );
    assert_eq!(service.get("/api/v1/notes", &granted).await.status, 200);
    assert_eq!(service.get("/api/v1/tokens", &granted).await.status, 403);
    assert_eq!(service.events("token.userinfo_accessed").len(), 1);
    assert_eq!(service.reasons("scope.violation"), ["Insufficient scope"]);
    let issued = service.events("token.issued");
    let types: Vec<_> = issued
        .iter()
        .map(|event| &event["metadata"]["tokenType"])
        .collect();
    assert_eq!(types, ["access", "refresh"]);
    assert!(
        issued
            .iter()
            .all(|event| event["metadata"]["grantType"] == "authorization_code")
    );
    assert!(
        issued
            .iter()
            .all(|event| event["metadata"]["clientId"] == "dashboard")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_code_is_worth_nothing_without_its_verifier() {
    let service = Service::start();
    let access = service.log_in(ANN).await.access;
    let code = code(&service, &access).await;
    for verifier in ["", "another-verifier-of-forty-three-letters-or-more"] {
        let answer = exchange(&service, &code, verifier).await;
        assert_eq!(
            (answer.status.as_u16(), answer.text("error").as_str()),
            (400, "invalid_grant")
        );
    }
    assert_eq!(
        service.reasons("token.pkce_failed"),
        ["Code verifier does not match"; 2]
    );
    assert_eq!(exchange(&service, &code, VERIFIER).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_comes_again_revokes_what_it_became() {
    let service = Service::start();
    let access = service.log_in(ANN).await.access;
    let code = code(&service, &access).await;
    let granted = exchange(&service, &code, VERIFIER)
        .await
        .text("access_token");
    assert_eq!(exchange(&service, &code, VERIFIER).await.status, 400);
    assert_eq!(service.get("/userinfo", &granted).await.status, 401);
    assert_eq!(
        service.get("/userinfo", &access).await.status,
        200,
        "the user's own session goes on"
    );
    assert_eq!(
        service.reasons("token.code_invalid"),
        ["Authorization code already used"]
    );
    assert_eq!(service.events("suspicious_activity").len(), 1);
    assert_eq!(service.events("token.revoked").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_expire_and_end_with_the_session_that_asked() {
    let service = Service::start();
    let pair = service.log_in(ANN).await;
    let expired = code(&service, &pair.access).await;
    service.app.clock.advance(10 * MINUTE);
    assert_eq!(exchange(&service, &expired, VERIFIER).await.status, 400);
    let ended = code(&service, &pair.access).await;
    service.post("/auth/logout", serde_json::Value::Null).await;
    service
        .bearing(
            "POST",
            "/auth/logout",
            &pair.access,
            serde_json::Value::Null,
        )
        .await;
    assert_eq!(exchange(&service, &ended, VERIFIER).await.status, 400);
    let reasons = ["Authorization code expired", "Authorization code not found"];
    assert_eq!(service.reasons("token.code_invalid"), reasons);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_known_clients_get_anything_and_only_by_their_redirects_grants_and_scopes() {
    let service = Service::start();
    let access = service.log_in(ANN).await.access;
    let evil = authorize(
        &service,
        &access,
        "dashboard",
        "https://evil.example/",
        "openid",
    )
    .await;
    assert_eq!(
        (evil.status.as_u16(), evil.headers.get(header::LOCATION)),
        (400, None)
    );
    assert_eq!(
        authorize(&service, &access, "nobody", BACK, "openid")
            .await
            .status,
        400
    );
    let scope = authorize(&service, &access, "dashboard", BACK, "openid tokens:write").await;
    assert!(location(&scope).contains("error=invalid_scope"));

    let ask = async |fields: &[(&str, &str)]| {
        let answer = service.form("/oauth/token", fields).await;
        (answer.status.as_u16(), answer.text("error"))
    };
    let (id, secret, grant) = ("client_id", "client_secret", "grant_type");
    let batch = [
        (id, "batch"),
        (secret, "batch-secret"),
        (grant, "client_credentials"),
        ("scope", "notes:write"),
    ];
    assert_eq!(ask(&batch).await, (400, "invalid_scope".to_owned()));
    let guessed = [
        (id, "batch"),
        (secret, "guessed"),
        (grant, "client_credentials"),
    ];
    assert_eq!(ask(&guessed).await, (401, "invalid_client".to_owned()));
    assert_eq!(
        ask(&[(id, "batch"), (grant, "client_credentials")]).await,
        (401, "invalid_client".to_owned())
    );
    assert_eq!(
        ask(&[(id, "mobile"), (grant, "client_credentials")]).await,
        (400, "unauthorized_client".to_owned())
    );
    assert_eq!(
        ask(&[(id, "mobile"), (grant, "password")]).await,
        (400, "unsupported_grant_type".to_owned())
    );

    let reasons = [
        "Unknown client",
        "Invalid client secret",
        "Invalid client secret",
    ];
    assert_eq!(service.reasons("token.client_invalid"), reasons);
    let reasons = [
        "Unknown redirect URI",
        "Grant not allowed for client",
        "Unsupported grant type",
    ];
    assert_eq!(service.reasons("token.validation_failed"), reasons);
    assert_eq!(service.reasons("scope.violation"), ["Scope not allowed"; 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_refreshes_and_returns_its_own_tokens_and_no_others() {
    let service = Service::start();
    let pair = service.log_in(ANN).await;
    let code = code(&service, &pair.access).await;
    let refresh = exchange(&service, &code, VERIFIER)
        .await
        .text("refresh_token");
    let who = [
        ("client_id", "dashboard"),
        ("client_secret", "dashboard-secret"),
    ];
    let again = async |token: &str| {
        let form = [
            who[0],
            who[1],
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
        ];
        service.form("/oauth/token", &form).await
    };
    assert_eq!(again(&pair.refresh).await.status, 400, "of another client");
    let answer = again(&refresh).await;
    let (access, newer) = (answer.text("access_token"), answer.text("refresh_token"));

    let give_back = async |token: &str| {
        let answer = service
            .form("/oauth/revoke", &[who[0], who[1], ("token", token)])
            .await;
        assert_eq!(answer.status, 200);
    };
    give_back(&pair.access).await;
    assert_eq!(
        service.get("/userinfo", &pair.access).await.status,
        200,
        "not the client's to give back"
    );
    give_back(&newer).await;
    assert_eq!(service.get("/userinfo", &access).await.status, 401);
    assert_eq!(again(&newer).await.status, 400);
    let reasons = ["Refresh token of another client", "Refresh token revoked"];
    assert_eq!(service.reasons("token.refresh"), reasons);
    assert_eq!(
        service.events("token.revoked").len(),
        3,
        "the refresh token and both access tokens"
    );
}
