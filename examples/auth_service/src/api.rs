//! The protected API. It is small; what matters is [`metered`], which stands before it and tells of every call.
//!
//! A call with an API token is a row for its owner to look at and an `api_token.used`; one with an access token is a
//! `token.used`. Calls that were refused are told as well: a revoked token that is still tried is worth knowing.

use std::time::Instant;

use authmeter::events;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::{App, Shared};
use crate::bearer;
use crate::caller::{About, Caller};
use crate::refusal::Refusal;
use crate::tokens::{Kind, Token};
use crate::{scopes, usage};

/// Stands before the API: lets in who has a token, and tells of what became of the call.
pub async fn metered(
    State(app): State<Shared>,
    caller: Caller,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let (token, response) = match bearer::check(&app, request.headers()).await {
        Err(refusal) => return refusal.into_response(),
        Ok(Err(bad)) => {
            let refusal = bearer::tell(&app, &caller, &bad);
            (
                bad.token.filter(|token| token.kind == Kind::Api),
                refusal.into_response(),
            )
        }
        Ok(Ok(token)) => {
            request.extensions_mut().insert(token.clone());
            (Some(token), next.run(request).await)
        }
    };
    let Some(token) = token else {
        return response;
    };
    let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    tell(&app, &caller, &token, response.status(), millis).await;
    response
}

async fn tell(app: &App, caller: &Caller, token: &Token, status: StatusCode, millis: u64) {
    let used = match token.kind {
        Kind::Api => {
            // The call has been answered: what goes wrong here is said on stderr, and is not the caller's.
            let _ = usage::keep(app, caller, token, status, millis).await;
            events::api_token_used()
        }
        _ => events::token_used(),
    };
    used.of(token)
        .caller(caller)
        .call(caller)
        .status(status.as_u16())
        .duration_ms(millis)
        .emit_to(&app.log);
}

#[derive(Deserialize)]
pub struct Note {
    text: String,
}

/// `GET /api/v1/notes`: the last hundred.
pub async fn notes(
    State(app): State<Shared>,
    caller: Caller,
    token: Token,
) -> Result<Json<Value>, Refusal> {
    scopes::require(&app, &caller, &token, "notes:read")?;
    let owner = token.owner().to_owned();
    let notes = app.store.run(move |db| {
        let mut found = db.prepare_cached(
            "SELECT id, text FROM notes WHERE owner = ? ORDER BY id DESC LIMIT 100",
        )?;
        let notes = found.query_map([owner], |row| {
            Ok(json!({"id": row.get::<_, i64>(0)?, "text": row.get::<_, String>(1)?}))
        })?;
        notes.collect::<Result<Vec<Value>, _>>()
    });
    Ok(Json(json!({"notes": notes.await?})))
}

/// `POST /api/v1/notes`
pub async fn add_note(
    State(app): State<Shared>,
    caller: Caller,
    token: Token,
    Json(Note { text }): Json<Note>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    scopes::require(&app, &caller, &token, "notes:write")?;
    let row = (token.owner().to_owned(), text);
    let add = |db: &rusqlite::Transaction<'_>| {
        db.execute("INSERT INTO notes (owner, text) VALUES (?, ?)", row)?;
        Ok(db.last_insert_rowid())
    };
    let id = app.store.run(add).await?;
    Ok((StatusCode::CREATED, Json(json!({"id": id}))))
}
