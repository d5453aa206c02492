//! What is kept, and what is not.

use std::collections::BTreeSet;

use authmeter::event::KINDS;
use serde_json::json;

use crate::harness::Service;

const ANN: &str = "ann@example.com";

#[tokio::test(flavor = "multi_thread")]
async fn sessions_codes_and_the_log_survive_a_restart() {
    let service = Service::start();
    let pair = service.log_in(ANN).await;
    let code = service.code("bob@example.com").await;
    let lines = service.log().lines().count();

    let service = service.restarted();
    assert_eq!(service.get("/userinfo", &pair.access).await.status, 200);
    assert_eq!(service.refresh(&pair.refresh).await.status, 200);
    assert_eq!(
        service.enter("bob@example.com", &code).await.status,
        200,
        "the key of codes is the same"
    );
    assert!(service.log().lines().count() > lines);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_the_log_or_in_the_database() {
    let service = Service::start();
    let code = service.code(ANN).await;
    let answer = service.enter(ANN, &code).await;
    let access = answer.text("token");
    let (_, api) = service.api_token(&access, "notes:read").await;
    service
        .post("/auth/request-magic-link", json!({"email": ANN}))
        .await;
    let link = service.mailed(ANN);
    service.refresh(&link).await;
    service.get("/userinfo", &link).await;
    let guess = "guessed-secret-of-a-client";
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "batch"),
        ("client_secret", guess),
    ];
    assert_eq!(service.form("/oauth/token", &form).await.status, 401);

    let mut kept = service.log().into_bytes();
    for entry in std::fs::read_dir(service.folder().join("state")).unwrap() {
        kept.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    let is_kept = |secret: &str| {
        kept.windows(secret.len())
            .any(|window| window == secret.as_bytes())
    };
    assert!(is_kept(ANN), "what is looked through is what was written");
    for secret in [
        &access,
        &answer.text("refreshToken"),
        &api,
        &link,
        "batch-secret",
        guess,
    ] {
        assert!(!is_kept(secret), "{secret}");
    }
    assert!(!service.log().contains(&format!("\"{code}\"")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_recorded_hands_out_no_token() {
    let service = Service::with_a_full_log();
    let code = service.code(ANN).await;
    let answer = service.enter(ANN, &code).await;
    assert_eq!(answer.status, 503);
    assert!(answer.body.get("token").is_none(), "{answer:?}");
    assert_eq!(service.app.log.stats().written, 0);
}

/// The load script makes every kind of event; here is that its list is the product's.
#[test]
fn the_load_script_knows_every_kind_of_event() {
    let ledger = include_str!("../../driving/ledger.py");
    let names: BTreeSet<&str> = ledger.split('"').collect();
    for kind in KINDS.iter().filter(|kind| !kind.name.is_empty()) {
        assert!(names.contains(kind.name), "{}", kind.name);
    }
}
