use serde_json::json;

use crate::harness::{HOUR, MINUTE, Service};

const ANN: &str = "ann@example.com";

fn other_than(code: &str) -> String {
    let code: u32 = code.parse().unwrap();
    format!("{:06}", (code + 1) % 1_000_000)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_logs_in_once_and_the_log_tells_the_whole_way() {
    let service = Service::start();
    let code = service.code("Ann@Example.com").await;
    let answer = service.enter(ANN, &code).await;
    assert_eq!(answer.body["user"]["email"], ANN);
    assert_eq!(service.enter(ANN, &code).await.status, 401);

    assert_eq!(
        service.events("otp.generated")[0]["metadata"]["emailDomain"],
        "example.com"
    );
    assert_eq!(service.events("otp.sent")[0]["success"], true);
    assert_eq!(
        service.reasons("otp.verification.detail"),
        ["No OTP found for email"]
    );
    let login = &service.events("auth.login")[0];
    assert_eq!(login["userId"], answer.body["user"]["id"]);
    assert_eq!(login["metadata"]["method"], "otp");
    assert_eq!(login["metadata"]["ip"], "203.0.113.7");
    assert_eq!(login["metadata"]["userAgent"], "tests/1.0");
    let made = service.events("token.generated");
    let lives: Vec<_> = made
        .iter()
        .map(|event| &event["metadata"]["expiresIn"])
        .collect();
    assert_eq!(lives, ["1h", "30d"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_too_many_wrong_codes_the_right_one_is_refused_too() {
    let service = Service::with(|settings| settings.attempts = 3);
    let code = service.code(ANN).await;
    for _ in 0..3 {
        assert_eq!(service.enter(ANN, &other_than(&code)).await.status, 401);
    }
    assert_eq!(service.enter(ANN, &code).await.status, 401);
    let details = service.events("otp.verification.detail");
    let told: Vec<_> = details
        .iter()
        .map(|event| (&event["error"], &event["metadata"]["attempts"]))
        .collect();
    assert_eq!(
        json!(told),
        json!([
            ["Invalid code", 1],
            ["Invalid code", 2],
            ["Invalid code", 3],
            ["Max attempts exceeded", 3]
        ])
    );
    assert_eq!(
        service.reasons("otp.verification"),
        ["Invalid or expired code"; 4]
    );

    let code = service.code(ANN).await;
    assert_eq!(
        service.enter(ANN, &code).await.status,
        200,
        "a new code has attempts of its own"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_code_is_refused_and_the_log_says_when_it_expired() {
    let service = Service::start();
    let code = service.code(ANN).await;
    service.app.clock.advance(10 * MINUTE);
    assert_eq!(service.enter(ANN, &code).await.status, 401);
    let detail = &service.events("otp.verification.detail")[0];
    assert_eq!(detail["error"], "OTP expired");
    let at = detail["metadata"]["expiredAt"].as_str().unwrap();
    assert!(
        at.ends_with('Z') && at < detail["timestamp"].as_str().unwrap(),
        "{detail}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_caller_is_told_the_same_whatever_is_wrong_with_a_code() {
    let service = Service::start();
    let nobody = service.enter("nobody@example.com", "123456").await;
    let code = service.code(ANN).await;
    let wrong = service.enter(ANN, &other_than(&code)).await;
    assert_eq!((nobody.status, nobody.body), (wrong.status, wrong.body));
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_that_cannot_be_sent_is_a_failed_event() {
    let service = Service::start();
    let answer = service
        .post("/auth/request-code", json!({"email": "a@nowhere.invalid"}))
        .await;
    assert_eq!(answer.status, 502);
    assert_eq!(service.reasons("otp.sent"), ["Mail server not found"]);

    let service = Service::with(|settings| settings.dev = false);
    let answer = service
        .post("/auth/request-code", json!({"email": ANN}))
        .await;
    assert_eq!(answer.status, 502);
    assert_eq!(service.reasons("otp.sent"), ["No mail server configured"]);
    for path in [
        "/dev/outbox?email=ann@example.com",
        "/dev/advance?seconds=1",
        "/dev/lock?email=ann@example.com",
    ] {
        assert_eq!(service.get(path, "").await.status, 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_magic_link_logs_in_once_and_not_after_its_time() {
    let service = Service::start();
    service
        .post("/auth/request-magic-link", json!({"email": ANN}))
        .await;
    let link = service.mailed(ANN);
    let follow = async |link: &str| {
        service
            .post("/auth/verify-magic-link", json!({"token": link}))
            .await
            .status
    };
    assert_eq!(follow(&link).await, 200);
    assert_eq!(follow(&link).await, 401);
    service
        .post("/auth/request-magic-link", json!({"email": ANN}))
        .await;
    service.app.clock.advance(HOUR);
    assert_eq!(follow(&service.mailed(ANN)).await, 401);
    assert_eq!(follow("ml_nobody").await, 401);
    let reasons = [
        "Magic link already used",
        "Magic link expired",
        "Magic link not found",
    ];
    assert_eq!(service.reasons("auth.login"), reasons);
    assert_eq!(
        service.events("auth.login")[0]["metadata"]["method"],
        "magic-link"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_account_loses_everything_and_cannot_log_in() {
    let service = Service::start();
    let pair = service.log_in(ANN).await;
    service.api_token(&pair.access, "notes:read").await;
    assert_eq!(
        service
            .post(&format!("/dev/lock?email={ANN}"), json!(null))
            .await
            .body["revoked"],
        3
    );
    assert_eq!(service.get("/userinfo", &pair.access).await.status, 401);
    let code = service.code(ANN).await;
    assert_eq!(service.enter(ANN, &code).await.status, 403);
    assert_eq!(service.reasons("auth.login"), ["Account locked"]);
    assert_eq!(service.events("token.revoked").len(), 3);
}
