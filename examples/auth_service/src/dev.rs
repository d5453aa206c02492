//! `/dev`: only with `--dev`. Mail can be read, time moves on, and accounts are locked without an administrator.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::Shared;
use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::revoke::{self, Which};
use crate::{mail, tokens};

pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/dev/outbox", get(outbox))
        .route("/dev/advance", post(advance))
        .route("/dev/lock", post(lock))
}

#[derive(Deserialize)]
struct Whose {
    email: String,
}

/// The last mail to an address.
async fn outbox(
    State(app): State<Shared>,
    Query(Whose { email }): Query<Whose>,
) -> Result<Json<Value>, Refusal> {
    let found = app
        .mail
        .last(&email)
        .ok_or(Refusal::new(StatusCode::NOT_FOUND, "No mail"))?;
    Ok(Json(json!({"secret": found})))
}

#[derive(Deserialize)]
struct Seconds {
    seconds: u32,
}

async fn advance(
    State(app): State<Shared>,
    Query(Seconds { seconds }): Query<Seconds>,
) -> StatusCode {
    app.clock.advance(i64::from(seconds) * 1_000);
    StatusCode::NO_CONTENT
}

/// Locks an account and takes everything from it.
async fn lock(
    State(app): State<Shared>,
    caller: Caller,
    Query(Whose { email }): Query<Whose>,
) -> Result<Json<Value>, Refusal> {
    let (email, now) = (mail::address(&email)?, app.clock.now());
    let revoked = app.store.run(move |db| {
        let (user, _) = tokens::user(db, &email, now)?;
        db.execute("UPDATE users SET locked = 1 WHERE id = ?", [&user.id])?;
        revoke::mark_in(db, &Which::Everything(user.id), now)
    });
    let revoked = revoked.await?;
    revoke::tell(&app, &caller, &revoked, "lock")?;
    Ok(Json(json!({"revoked": revoked.len()})))
}
