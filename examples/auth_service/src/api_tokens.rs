//! API tokens: a user makes them for programs of his own, sees which there are, and takes them back.

use authmeter::events;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use rusqlite::OptionalExtension as _;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::Shared;
use crate::caller::{About, Caller};
use crate::refusal::Refusal;
use crate::revoke::{self, Which};
use crate::tokens::{self, Grant, Kind, Token};
use crate::{clock, scopes};

/// What is answered for a token of somebody else's exactly as for one that nobody ever had.
pub const NOT_FOUND: Refusal = Refusal::new(StatusCode::NOT_FOUND, "Token not found");

#[derive(Deserialize)]
pub struct Wanted {
    name: String,
    scopes: String,
}

/// `POST /api/v1/tokens`
pub async fn create(
    State(app): State<Shared>,
    caller: Caller,
    token: Token,
    Json(wanted): Json<Wanted>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    scopes::require(&app, &caller, &token, "tokens:write")?;
    if !scopes::allow(
        &app,
        &caller,
        &token.grant.client,
        Some(&token),
        &wanted.scopes,
        scopes::API,
    ) {
        return Err(Refusal::bad_request("invalid_scope"));
    }
    let grant = Grant {
        session: None,
        family: None,
        scopes: wanted.scopes,
        ..token.grant
    };
    let made = app
        .run(move |app, db| tokens::mint(app, db, Kind::Api, Some(&wanted.name), &grant))
        .await?;
    let lives = &app.settings.api.text;
    app.keep(
        events::token_generated()
            .of(&made.token)
            .expires_in(lives)
            .source("api")
            .caller(&caller),
    )?;
    let expires = clock::text(made.token.expires);
    Ok((
        StatusCode::CREATED,
        Json(json!({"id": made.token.id, "token": made.text, "expiresAt": expires})),
    ))
}

/// `GET /api/v1/tokens`: all the user ever made and that are still known, without their texts.
pub async fn list(
    State(app): State<Shared>,
    caller: Caller,
    token: Token,
) -> Result<Json<Value>, Refusal> {
    scopes::require(&app, &caller, &token, "tokens:read")?;
    let owner = token.owner().to_owned();
    let tokens = app.store.run(move |db| {
        let mut found = db.prepare_cached(
            "SELECT id, name, scopes, created, expires, revoked IS NOT NULL FROM tokens
             WHERE user = ? AND kind = 'api' ORDER BY created, id",
        )?;
        let tokens = found.query_map([owner], |row| {
            Ok(json!({
                "id": row.get::<_, String>(0)?,
                "name": row.get::<_, Option<String>>(1)?,
                "scopes": row.get::<_, String>(2)?,
                "createdAt": clock::text(row.get(3)?),
                "expiresAt": clock::text(row.get(4)?),
                "revoked": row.get::<_, bool>(5)?,
            }))
        })?;
        tokens.collect::<Result<Vec<Value>, _>>()
    });
    Ok(Json(json!({"tokens": tokens.await?})))
}

/// `DELETE /api/v1/tokens/{id}`
pub async fn revoke(
    State(app): State<Shared>,
    caller: Caller,
    token: Token,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    scopes::require(&app, &caller, &token, "tokens:write")?;
    let (owner, now) = (token.owner().to_owned(), app.clock.now());
    let revoked = app.store.run(move |db| {
        let mine = "SELECT 1 FROM tokens WHERE id = ? AND user = ? AND kind = 'api'";
        match db.query_row(mine, [&id, &owner], |_| Ok(())).optional()? {
            Some(()) => revoke::mark_in(db, &Which::Token(id), now).map(Some),
            None => Ok(None),
        }
    });
    let revoked = revoked.await?.ok_or(NOT_FOUND)?;
    revoke::tell(&app, &caller, &revoked, "owner")?;
    Ok(StatusCode::NO_CONTENT)
}
