use serde_json::{Value, json};

use crate::harness::{DAY, Service};

const ANN: &str = "ann@example.com";

#[tokio::test(flavor = "multi_thread")]
async fn every_call_with_an_api_token_is_a_row_and_an_event() {
    let service = Service::start();
    let access = service.log_in(ANN).await.access;
    let (id, token) = service.api_token(&access, "notes:read").await;
    let note = json!({"text": "a note"});
    assert_eq!(service.get("/api/v1/notes", &token).await.status, 200);
    assert_eq!(
        service
            .bearing("POST", "/api/v1/notes", &token, note)
            .await
            .status,
        403
    );
    assert_eq!(
        service
            .bearing(
                "DELETE",
                &format!("/api/v1/tokens/{id}"),
                &access,
                Value::Null
            )
            .await
            .status,
        204
    );
    assert_eq!(service.get("/api/v1/notes", &token).await.status, 401);

    let used = service.events("api_token.used");
    let told: Vec<_> = used.iter().map(|event| &event["metadata"]).collect();
    let statuses: Vec<_> = told.iter().map(|about| &about["status"]).collect();
    assert_eq!(statuses, [200, 403, 401]);
    assert!(
        told.iter()
            .all(|about| about["tokenId"] == id.as_str() && about["endpoint"] == "/api/v1/notes")
    );
    assert!(
        told.iter()
            .all(|about| about["durationMs"].is_u64() && about["ip"] == "203.0.113.7")
    );

    let usage = service
        .get(&format!("/api/v1/tokens/{id}/usage"), &access)
        .await
        .body;
    let rows = usage["usage"].as_array().unwrap();
    let statuses: Vec<_> = rows.iter().map(|row| &row["responseStatus"]).collect();
    assert_eq!(statuses, [401, 403, 200], "newest first");
    assert_eq!(rows[1]["method"], "POST");
    assert_eq!(rows[1]["userAgent"], "tests/1.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_users_token_answers_exactly_as_one_that_nobody_ever_had() {
    let service = Service::start();
    let ann = service.log_in(ANN).await.access;
    let bob = service.log_in("bob@example.com").await.access;
    let (id, token) = service.api_token(&ann, "notes:read").await;
    let (_, reader) = service.api_token(&bob, "tokens:read").await;
    service.get("/api/v1/notes", &token).await;

    let unknown = "tok_000000000000000000000000";
    for (method, rest) in [("GET", "/usage"), ("DELETE", "")] {
        for who in [&bob, &reader]
            .into_iter()
            .take(if method == "GET" { 2 } else { 1 })
        {
            let hers = service
                .bearing(
                    method,
                    &format!("/api/v1/tokens/{id}{rest}"),
                    who,
                    Value::Null,
                )
                .await;
            let none = service
                .bearing(
                    method,
                    &format!("/api/v1/tokens/{unknown}{rest}"),
                    who,
                    Value::Null,
                )
                .await;
            assert_eq!(hers.status, 404);
            assert_eq!(
                (hers.status, hers.body, hers.headers),
                (none.status, none.body, none.headers)
            );
        }
    }
    assert_eq!(
        service.get("/api/v1/notes", &token).await.status,
        200,
        "nothing was revoked"
    );
    let list = service.get("/api/v1/tokens", &ann).await.body;
    assert_eq!(list["tokens"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_comes_in_pages_of_days() {
    let service = Service::with(|settings| settings.access = "60d".parse().unwrap());
    let access = service.log_in(ANN).await.access;
    let (id, token) = service.api_token(&access, "notes:read").await;
    for _ in 0..7 {
        service.get("/api/v1/notes", &token).await;
    }
    let day = |at: i64| auth_service::clock::text(at)[..10].to_owned();
    let (today, later) = (
        day(service.app.clock.now()),
        day(service.app.clock.now() + 2 * DAY),
    );
    service.app.clock.advance(2 * DAY);
    for _ in 0..3 {
        service.get("/api/v1/notes", &token).await;
    }

    let usage = async |query: &str| {
        service
            .get(&format!("/api/v1/tokens/{id}/usage{query}"), &access)
            .await
    };
    let pages = async |query: &str| {
        let body = usage(query).await.body;
        let rows = body["usage"].as_array().unwrap().len();
        let pagination = &body["pagination"];
        json!([
            rows,
            pagination["page"],
            pagination["limit"],
            pagination["total"],
            pagination["totalPages"]
        ])
    };
    assert_eq!(pages("").await, json!([10, 1, 50, 10, 1]));
    assert_eq!(pages("?limit=4").await, json!([4, 1, 4, 10, 3]));
    assert_eq!(pages("?limit=4&page=3").await, json!([2, 3, 4, 10, 3]));
    assert_eq!(pages("?limit=4&page=4").await, json!([0, 4, 4, 10, 3]));
    assert_eq!(pages(&format!("?to={today}")).await[3], 7);
    assert_eq!(pages(&format!("?from={later}&to={later}")).await[3], 3);
    assert_eq!(pages(&format!("?from={later}T00:00:00Z")).await[3], 3);
    assert_eq!(
        pages("?from=2001-01-01&to=2001-12-31").await,
        json!([0, 1, 50, 0, 0])
    );
    for wrong in [
        "?page=0",
        "?limit=0",
        "?limit=101",
        "?page=x",
        "?from=yesterday",
        "?to=2025-13-01",
    ] {
        assert_eq!(usage(wrong).await.status, 400, "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_api_token_makes_revokes_or_widens_another() {
    let service = Service::start();
    let access = service.log_in(ANN).await.access;
    let (id, token) = service
        .api_token(&access, "notes:read notes:write tokens:read")
        .await;
    let wanted = json!({"name": "another", "scopes": "notes:read"});
    assert_eq!(
        service
            .bearing("POST", "/api/v1/tokens", &token, wanted)
            .await
            .status,
        403
    );
    assert_eq!(
        service
            .bearing(
                "DELETE",
                &format!("/api/v1/tokens/{id}"),
                &token,
                Value::Null
            )
            .await
            .status,
        403
    );
    assert_eq!(
        service
            .bearing("POST", "/auth/logout", &token, Value::Null)
            .await
            .status,
        403
    );
    let wanted = json!({"name": "more", "scopes": "tokens:write"});
    assert_eq!(
        service
            .bearing("POST", "/api/v1/tokens", &access, wanted)
            .await
            .status,
        400
    );
    assert_eq!(service.events("scope.violation").len(), 4);
    assert_eq!(service.events("token.generated").len(), 3);
}
