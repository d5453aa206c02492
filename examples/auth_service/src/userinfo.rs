//! `GET /userinfo`: who the user of an access token is.

use authmeter::events;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::app::Shared;
use crate::caller::{About, Caller};
use crate::refusal::Refusal;
use crate::scopes;
use crate::tokens::Token;

pub async fn userinfo(
    State(app): State<Shared>,
    caller: Caller,
    token: Token,
) -> Result<Json<Value>, Refusal> {
    scopes::require(&app, &caller, &token, "openid")?;
    events::userinfo_accessed()
        .of(&token)
        .caller(&caller)
        .emit_to(&app.log);
    let user = token.grant.user.as_ref();
    // The address is a scope of its own (OpenID Connect Core, section 5.4).
    let email = user
        .map(|user| &user.email)
        .filter(|_| scopes::are_in("email", &token.grant.scopes));
    Ok(Json(json!({"sub": token.owner(), "email": email})))
}
