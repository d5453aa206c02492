use serde_json::json;

use crate::harness::{DAY, Pair, Service};

const ANN: &str = "ann@example.com";

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_is_replaced_at_each_use() {
    let service = Service::start();
    let first = service.log_in(ANN).await;
    let second = Pair::of(&service.refresh(&first.refresh).await);
    let third = Pair::of(&service.refresh(&second.refresh).await);
    assert_ne!(first.refresh, second.refresh);
    assert_eq!(service.get("/userinfo", &third.access).await.status, 200);

    let refreshes = service.events("token.refresh");
    let made = service.events("token.generated");
    assert_eq!(refreshes.len(), 2);
    assert_eq!(made.len(), 6);
    let family = &made[0]["metadata"]["familyId"];
    assert!(family.is_string());
    assert!(
        made.iter()
            .chain(&refreshes)
            .all(|event| event["metadata"]["familyId"] == *family)
    );
    // The id of the token that was presented: the one made last before.
    assert_eq!(
        refreshes[1]["metadata"]["tokenId"],
        made[3]["metadata"]["tokenId"]
    );
    assert!(
        service.events("token.revoked").is_empty(),
        "rotation is no revocation"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_refresh_token_that_comes_again_takes_its_family_along() {
    let service = Service::start();
    let first = service.log_in(ANN).await;
    let other = service.log_in(ANN).await;
    let second = Pair::of(&service.refresh(&first.refresh).await);
    assert_eq!(service.refresh(&first.refresh).await.status, 401);
    assert_eq!(service.refresh(&second.refresh).await.status, 401);
    for access in [&first.access, &second.access] {
        assert_eq!(service.get("/userinfo", access).await.status, 401);
    }
    assert_eq!(
        service.get("/userinfo", &other.access).await.status,
        200,
        "another login is another family"
    );
    assert_eq!(
        Pair::of(&service.refresh(&other.refresh).await)
            .access
            .len(),
        first.access.len()
    );

    let reasons = ["Refresh token reuse detected", "Refresh token revoked"];
    assert_eq!(service.reasons("token.refresh"), reasons);
    assert_eq!(service.events("suspicious_activity").len(), 1);
    let revoked = service.events("token.revoked");
    assert_eq!(
        revoked.len(),
        3,
        "two access tokens and the newest refresh token"
    );
    assert!(
        revoked
            .iter()
            .all(|event| event["metadata"]["source"] == "reuse")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_bring_one_token_at_once_one_is_second() {
    let service = Service::start();
    for round in 0..10 {
        let pair = service.log_in(&format!("user-{round}@example.com")).await;
        let (one, other) = tokio::join!(
            service.refresh(&pair.refresh),
            service.refresh(&pair.refresh)
        );
        let mut statuses = [one.status.as_u16(), other.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401]);
    }
    assert_eq!(service.events("suspicious_activity").len(), 10);
    assert_eq!(service.events("token.revoked").len(), 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_an_unknown_and_another_kind_of_token_are_refused() {
    let service = Service::start();
    let pair = service.log_in(ANN).await;
    assert_eq!(service.refresh(&pair.access).await.status, 401);
    assert_eq!(service.refresh("rt_nobody").await.status, 401);
    service.app.clock.advance(30 * DAY);
    assert_eq!(service.refresh(&pair.refresh).await.status, 401);
    let reasons = [
        "Refresh token not found",
        "Refresh token not found",
        "Refresh token expired",
    ];
    assert_eq!(service.reasons("token.refresh"), reasons);
    assert_eq!(service.get("/userinfo", &pair.access).await.status, 401);
    assert_eq!(
        service.reasons("token.validation_failed"),
        ["Token expired"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_ends_one_session_or_all_of_them_and_leaves_api_tokens() {
    let service = Service::start();
    let (one, two, three) = (
        service.log_in(ANN).await,
        service.log_in(ANN).await,
        service.log_in(ANN).await,
    );
    let (_, api) = service.api_token(&one.access, "notes:read").await;
    let bob = service.log_in("bob@example.com").await;

    let answer = service
        .bearing("POST", "/auth/logout", &one.access, json!(null))
        .await;
    assert_eq!(answer.body["revoked"], 2);
    assert_eq!(service.get("/userinfo", &one.access).await.status, 401);
    assert_eq!(service.get("/userinfo", &two.access).await.status, 200);

    let everywhere = json!({"everywhere": true});
    let answer = service
        .bearing("POST", "/auth/logout", &two.access, everywhere)
        .await;
    assert_eq!(answer.body["revoked"], 4);
    assert_eq!(service.refresh(&three.refresh).await.status, 401);
    assert_eq!(service.get("/api/v1/notes", &api).await.status, 200);
    assert_eq!(service.get("/userinfo", &bob.access).await.status, 200);
    assert_eq!(service.events("auth.logout").len(), 2);
    assert_eq!(service.events("token.revoked").len(), 6);
}
