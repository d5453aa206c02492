//! Bearer tokens of requests: access tokens and API tokens alike become a [`Token`] that handlers ask for.

use authmeter::events;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use crate::app::{App, Shared};
use crate::caller::{About, Caller};
use crate::refusal::Refusal;
use crate::tokens::{self, Kind, Token};

/// A token that does not open anything: why, and which it is if it was ever one.
pub struct Bad {
    pub token: Option<Token>,
    pub reason: &'static str,
}

/// What a request presents, if it is in the form of bearer tokens (RFC 6750).
pub fn text(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
}

/// Looks up the token of a request.
pub async fn check(app: &App, headers: &HeaderMap) -> Result<Result<Token, Bad>, Refusal> {
    let Some(text) = text(headers) else {
        return Ok(Err(Bad {
            token: None,
            reason: "Missing token",
        }));
    };
    let text = text.to_owned();
    let found = app.store.run(move |db| tokens::find(db, &text)).await?;
    let now = app.clock.now();
    let reason = match &found {
        None => "Unknown token",
        Some(token) if token.kind == Kind::Refresh => "Not an access token",
        Some(token) if token.revoked => "Token revoked",
        Some(token) if now >= token.expires => "Token expired",
        Some(_) => "",
    };
    Ok(match found {
        Some(token) if reason.is_empty() => Ok(token),
        token => Err(Bad { token, reason }),
    })
}

/// Says that a request came without a token that opens anything.
pub fn tell(app: &App, caller: &Caller, bad: &Bad) -> Refusal {
    let failed = events::validation_failed()
        .failure(bad.reason)
        .caller(caller)
        .call(caller);
    match &bad.token {
        Some(token) => failed.of(token).emit_to(&app.log),
        None => failed.emit_to(&app.log),
    }
    Refusal::unauthorized("Invalid token")
}

/// What the layer before the API has found already, or else what the request brings.
impl FromRequestParts<Shared> for Token {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Token, Refusal> {
        if let Some(token) = parts.extensions.get::<Token>() {
            return Ok(token.clone());
        }
        match check(app, &parts.headers).await? {
            Ok(token) => Ok(token),
            Err(bad) => {
                let Ok(caller) = Caller::from_request_parts(parts, app).await;
                Err(tell(app, &caller, &bad))
            }
        }
    }
}
