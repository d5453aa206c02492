use serde_json::{Value, json};

use crate::harness::{HOUR, MINUTE, Service};

const ANN: &str = "ann@example.com";

#[tokio::test(flavor = "multi_thread")]
async fn one_mailbox_gets_so_many_mails_an_hour() {
    let service = Service::with(|settings| settings.email_limit = 2);
    let ask = async |path: &str, email: &str| {
        service
            .post(path, json!({"email": email}))
            .await
            .status
            .as_u16()
    };
    assert_eq!(ask("/auth/request-code", ANN).await, 200);
    assert_eq!(ask("/auth/request-magic-link", ANN).await, 200);
    assert_eq!(ask("/auth/request-code", "ANN@example.com").await, 429);
    assert_eq!(ask("/auth/request-magic-link", ANN).await, 429);
    assert_eq!(ask("/auth/request-code", "bob@example.com").await, 200);
    service.app.clock.advance(HOUR);
    assert_eq!(ask("/auth/request-code", ANN).await, 200);

    let exceeded = service.events("rate_limit.exceeded");
    assert_eq!(exceeded.len(), 2);
    assert_eq!(exceeded[0]["email"], ANN);
    assert_eq!(exceeded[0]["error"], "Too many mails to this address");
    assert_eq!(
        service.events("otp.generated").len(),
        3,
        "nothing was made for those that were refused"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_gets_so_many_requests_a_minute() {
    let service = Service::with(|settings| settings.ip_limit = 3);
    let ask = async || {
        service
            .bearing("GET", "/userinfo", "", Value::Null)
            .await
            .status
            .as_u16()
    };
    for expected in [401, 401, 401, 429, 429] {
        assert_eq!(ask().await, expected);
    }
    service.app.clock.advance(MINUTE);
    assert_eq!(ask().await, 401);
    let exceeded = service.events("rate_limit.exceeded");
    assert_eq!(exceeded.len(), 2);
    assert_eq!(exceeded[0]["metadata"]["ip"], "203.0.113.7");
    assert_eq!(exceeded[0]["metadata"]["endpoint"], "/userinfo");
    assert_eq!(service.get("/health", "").await.status, 204);
}
