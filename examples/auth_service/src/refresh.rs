//! Refresh tokens: each works once and is replaced by a new one of its family.
//!
//! One that comes again was copied: either the thief used it first, or he comes second. Nobody can tell which, so the whole
//! family is revoked and both have to log in again (RFC 9700, section 4.14.2). Rotation itself is told by `token.refresh`,
//! not as a revocation.

use authmeter::events;
use axum::Json;
use axum::extract::State;
use rusqlite::Transaction;
use serde::Deserialize;
use serde_json::Value;

use crate::app::{App, Shared};
use crate::caller::{About, Caller};
use crate::refusal::Refusal;
use crate::revoke::{self, Which};
use crate::sessions;
use crate::tokens::{self, Kind, Minted, Token};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Presented {
    refresh_token: String,
}

/// `POST /auth/refresh`
pub async fn refresh(
    State(app): State<Shared>,
    caller: Caller,
    Json(Presented { refresh_token }): Json<Presented>,
) -> Result<Json<Value>, Refusal> {
    let refused = Refusal::unauthorized("Invalid refresh token");
    let pair = rotate(
        &app,
        &caller,
        refresh_token,
        sessions::CLIENT,
        None,
        refused,
    )
    .await?;
    sessions::hand_out(&app, &caller, &pair.access, &pair.refresh, "refresh")
}

/// The two tokens that replace one.
pub struct Pair {
    pub access: Minted,
    pub refresh: Minted,
}

/// What becomes of a refresh token that is presented.
enum Rotation {
    Rotated(Token, Box<Pair>),
    Refused(Option<Token>, &'static str),
    /// It came again; these died of it.
    Reused(Token, Vec<Token>),
}

/// Exchanges a refresh token of `client`. Whatever becomes of it is told here; `refused` is what the caller hears.
pub async fn rotate(
    app: &Shared,
    caller: &Caller,
    text: String,
    client: &str,
    grant_type: Option<&str>,
    refused: Refusal,
) -> Result<Box<Pair>, Refusal> {
    let owner = client.to_owned();
    let rotation = app
        .run(move |app, db| rotate_in(app, db, &text, &owner))
        .await?;
    let mut event = events::token_refresh().client(client).caller(caller);
    if let Some(grant_type) = grant_type {
        event = event.grant_type(grant_type);
    }
    match rotation {
        Rotation::Rotated(token, pair) => {
            app.keep(event.success().of(&token))?;
            Ok(pair)
        }
        Rotation::Refused(token, reason) => {
            match &token {
                Some(token) => event.of(token).failure(reason).emit_to(&app.log),
                None => event.failure(reason).emit_to(&app.log),
            }
            Err(refused)
        }
        Rotation::Reused(token, revoked) => {
            app.keep(event.failure("Refresh token reuse detected").of(&token))?;
            let about = "A rotated refresh token came again: its family is revoked";
            app.keep(
                events::suspicious_activity()
                    .failure(about)
                    .of(&token)
                    .caller(caller),
            )?;
            revoke::tell(app, caller, &revoked, "reuse")?;
            Err(refused)
        }
    }
}

/// Looks, marks and mints in one transaction: of two that present the same token, one is second.
fn rotate_in(
    app: &App,
    db: &Transaction<'_>,
    text: &str,
    client: &str,
) -> rusqlite::Result<Rotation> {
    let now = app.clock.now();
    let token = tokens::find(db, text)?.filter(|token| token.kind == Kind::Refresh);
    let Some(token) = token else {
        return Ok(Rotation::Refused(None, "Refresh token not found"));
    };
    if token.grant.client != client {
        return Ok(Rotation::Refused(
            Some(token),
            "Refresh token of another client",
        ));
    }
    if token.rotated {
        let family = token.grant.family.clone().unwrap_or_default();
        let revoked = revoke::mark_in(db, &Which::Family(family), now)?;
        return Ok(Rotation::Reused(token, revoked));
    }
    if token.revoked {
        return Ok(Rotation::Refused(Some(token), "Refresh token revoked"));
    }
    if now >= token.expires {
        return Ok(Rotation::Refused(Some(token), "Refresh token expired"));
    }
    db.execute(
        "UPDATE tokens SET rotated = ? WHERE id = ?",
        (now, &token.id),
    )?;
    let access = tokens::mint(app, db, Kind::Access, None, &token.grant)?;
    let refresh = tokens::mint(app, db, Kind::Refresh, None, &token.grant)?;
    Ok(Rotation::Rotated(token, Box::new(Pair { access, refresh })))
}
