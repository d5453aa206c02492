use auth_service::cleanup;

use crate::harness::{DAY, HOUR, Service};

const ANN: &str = "ann@example.com";

async fn rows(service: &Service, table: &'static str) -> u32 {
    let count = format!("SELECT count(*) FROM {table}");
    service
        .app
        .store
        .run(move |db| db.query_row(&count, [], |row| row.get(0)))
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_lived_to_their_end_are_told_once_and_deleted_later() {
    let service = Service::start();
    let one = service.log_in(ANN).await;
    service.log_in(ANN).await;
    service.refresh(&one.refresh).await;
    assert_eq!(cleanup::once(&service.app).await.unwrap(), 0);

    service.app.clock.advance(HOUR);
    assert_eq!(cleanup::once(&service.app).await.unwrap(), 3);
    assert_eq!(cleanup::once(&service.app).await.unwrap(), 0);
    assert_eq!(
        rows(&service, "tokens").await,
        6,
        "a late comer is still told why"
    );
    assert_eq!(service.get("/userinfo", &one.access).await.status, 401);
    assert_eq!(
        service.reasons("token.validation_failed"),
        ["Token expired"]
    );

    service.app.clock.advance(30 * DAY);
    assert_eq!(
        cleanup::once(&service.app).await.unwrap(),
        2,
        "the rotated one had its end before"
    );
    service.app.clock.advance(DAY);
    cleanup::once(&service.app).await.unwrap();
    assert_eq!(rows(&service, "tokens").await, 0);
    let expired = service.events("token.expired");
    assert_eq!(expired.len(), 5);
    assert!(
        expired
            .iter()
            .all(|event| event["userId"].is_string() && event["metadata"]["tokenId"].is_string())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn revoked_tokens_do_not_expire_as_well() {
    let service = Service::start();
    let pair = service.log_in(ANN).await;
    service
        .bearing(
            "POST",
            "/auth/logout",
            &pair.access,
            serde_json::Value::Null,
        )
        .await;
    service.app.clock.advance(40 * DAY);
    assert_eq!(cleanup::once(&service.app).await.unwrap(), 0);
    assert!(service.events("token.expired").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn old_codes_and_links_go_and_usage_stays_with_its_token() {
    let service = Service::start();
    let access = service.log_in(ANN).await.access;
    let (_, token) = service.api_token(&access, "notes:read").await;
    service.get("/api/v1/notes", &token).await;
    service.code(ANN).await;
    service
        .post(
            "/auth/request-magic-link",
            serde_json::json!({"email": ANN}),
        )
        .await;
    service.app.clock.advance(2 * DAY);
    cleanup::once(&service.app).await.unwrap();
    assert_eq!(
        (
            rows(&service, "otps").await,
            rows(&service, "magic_links").await
        ),
        (0, 0)
    );
    service.app.clock.advance(100 * DAY);
    cleanup::once(&service.app).await.unwrap();
    assert_eq!(
        rows(&service, "api_token_usage").await,
        1,
        "its owner may still look"
    );
    service.app.clock.advance(90 * DAY);
    cleanup::once(&service.app).await.unwrap();
    assert_eq!(rows(&service, "api_token_usage").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cleanup_runs_by_itself() {
    let service = Service::with(|settings| {
        settings.cleanup = "1s".parse().unwrap();
        settings.access = "1s".parse().unwrap();
    });
    service.log_in(ANN).await;
    let cleaning = tokio::spawn(cleanup::run(service.app.clone()));
    for _ in 0..100 {
        if service.events("token.expired").len() == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    cleaning.abort();
    assert_eq!(service.events("token.expired").len(), 1);
}
