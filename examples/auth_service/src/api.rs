//! The protected API. It is small; what matters is what stands before it and tells of every call.
//!
//! A call with an API token is a row for its owner to look at, and an `api_token.used`, which the writer's own layer for
//! services emits ([`watched`]); one with an access token is a `token.used`. Calls that were refused are told as well: a
//! revoked token that is still tried is worth knowing.

use std::net::SocketAddr;
use std::time::Instant;

use authmeter::bridge::tower::{TokenUse, TokenUseLayer};
use authmeter::events;
use axum::Json;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
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

/// Stands outside of [`metered`] and emits an `api_token.used` for each call with an API token, whatever becomes of it.
pub fn watched(app: &App) -> TokenUseLayer {
    TokenUseLayer::new(app.log.clone())
        .filter(|parts| bearer::text(&parts.headers).is_some_and(|text| Kind::Api.is_of(text)))
        .peer(|parts| {
            parts
                .extensions
                .get()
                .map(|ConnectInfo(peer): &ConnectInfo<SocketAddr>| peer.ip())
        })
        .endpoint(|parts| parts.extensions.get().map(MatchedPath::as_str))
        .trusted_proxies(app.settings.proxies.iter().map(|proxy| (*proxy).into()))
}

/// Stands before the API: lets in who has a token, and tells of what became of the call.
pub async fn metered(
    State(app): State<Shared>,
    caller: Caller,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let (token, mut response) = match bearer::check(&app, request.headers()).await {
        Err(refusal) => return refusal.into_response(),
        Ok(Err(bad)) => {
            let refusal = bearer::tell(&app, &caller, &bad);
            (bad.token, refusal.into_response())
        }
        Ok(Ok(token)) => {
            request.extensions_mut().insert(token.clone());
            let response = next.run(request).await;
            if token.kind == Kind::Access {
                events::token_used()
                    .of(&token)
                    .caller(&caller)
                    .call(&caller)
                    .status(response.status().as_u16())
                    .emit_to(&app.log);
            }
            (Some(token), response)
        }
    };
    if let Some(token) = token.filter(|token| token.kind == Kind::Api) {
        let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        // The call has been answered: what goes wrong here is said on stderr, and is not the caller's.
        let _ = usage::keep(&app, &caller, &token, response.status(), millis).await;
        response.extensions_mut().insert(known(&token));
    }
    response
}

/// What the layer is told of a token.
fn known(token: &Token) -> TokenUse {
    let known = TokenUse::of(token.id.as_str()).client(token.grant.client.as_str());
    match &token.grant.user {
        Some(user) => known.user(user.id.as_str()).tenant(user.tenant.as_str()),
        None => known,
    }
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
