//! `GET /oauth/authorize`: a user who is logged in lets a client in. The client gets a code by way of the browser, and
//! exchanges it at `/oauth/token`. Only with PKCE and S256 (RFC 9700, section 2.1.1).

use authmeter::events;
use axum::extract::{Query, State};
use axum::http::header::{CACHE_CONTROL, LOCATION};
use axum::http::{HeaderName, StatusCode};
use serde::Deserialize;

use crate::app::Shared;
use crate::caller::{About, Caller};
use crate::refusal::Refusal;
use crate::tokens::Token;
use crate::{scopes, secrets};

#[derive(Deserialize)]
pub struct Asked {
    response_type: String,
    client_id: String,
    redirect_uri: String,
    #[serde(default)]
    code_challenge: String,
    #[serde(default)]
    code_challenge_method: String,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    state: String,
}

type Redirect = (StatusCode, [(HeaderName, String); 2]);

pub async fn authorize(
    State(app): State<Shared>,
    caller: Caller,
    token: Token,
    Query(asked): Query<Asked>,
) -> Result<Redirect, Refusal> {
    scopes::require(&app, &caller, &token, "session")?;
    let Some(client) = app.clients.get(&asked.client_id) else {
        events::client_invalid()
            .failure("Unknown client")
            .client(&asked.client_id)
            .caller(&caller)
            .emit_to(&app.log);
        return Err(Refusal::bad_request("invalid_client"));
    };
    if let Some(reason) = wrong(&asked, &client.redirect_uris) {
        events::validation_failed()
            .failure(reason)
            .client(&asked.client_id)
            .caller(&caller)
            .emit_to(&app.log);
        return Err(Refusal::bad_request("invalid_request"));
    }
    if !client.may("authorization_code") {
        events::validation_failed()
            .failure("Grant not allowed for client")
            .client(&asked.client_id)
            .caller(&caller)
            .emit_to(&app.log);
        return Err(Refusal::bad_request("unauthorized_client"));
    }
    if !scopes::allow(
        &app,
        &caller,
        &asked.client_id,
        Some(&token),
        &asked.scope,
        &client.scopes,
    ) {
        return Ok(back(&asked, [("error", "invalid_scope")]));
    }
    let code = secrets::token("ac");
    let row = (
        secrets::hash(&code),
        asked.client_id.clone(),
        token.owner().to_owned(),
        token.grant.session.unwrap_or_default(),
        secrets::id("fam"),
        asked.redirect_uri.clone(),
        asked.code_challenge.clone(),
        asked.scope.clone(),
        app.clock.now() + app.settings.code.millis,
    );
    let keep = |db: &rusqlite::Transaction<'_>| {
        db.execute(
            "INSERT INTO codes (hash, client, user, session, family, redirect_uri, challenge, scopes, expires)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
    };
    app.store.run(keep).await?;
    Ok(back(&asked, [("code", &code)]))
}

/// What is wrong with a request that must not be answered by a redirect: whoever made it may not be the client.
fn wrong(asked: &Asked, redirect_uris: &[String]) -> Option<&'static str> {
    match () {
        () if !redirect_uris.contains(&asked.redirect_uri) => Some("Unknown redirect URI"),
        () if asked.response_type != "code" => Some("Unsupported response type"),
        () if asked.code_challenge_method != "S256" => Some("Unsupported challenge method"),
        // 32 bytes in base64url.
        () if asked.code_challenge.len() != 43 => Some("Missing code challenge"),
        () => None,
    }
}

fn back(asked: &Asked, answer: [(&str, &str); 1]) -> Redirect {
    let [answer] = answer;
    let query = serde_urlencoded::to_string([answer, ("state", &asked.state)]).unwrap_or_default();
    let joint = if asked.redirect_uri.contains('?') {
        '&'
    } else {
        '?'
    };
    let location = format!("{}{joint}{query}", asked.redirect_uri);
    (
        StatusCode::FOUND,
        [(LOCATION, location), (CACHE_CONTROL, "no-store".to_owned())],
    )
}
