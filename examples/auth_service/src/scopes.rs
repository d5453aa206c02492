//! Scopes: what a token may do. Every check is an event, passed or not.

use authmeter::events;
use axum::http::StatusCode;

use crate::app::App;
use crate::caller::{About, Caller};
use crate::refusal::Refusal;
use crate::tokens::Token;

/// What the service's own client may do. Only it has `session`: to log out, and to let OAuth clients in.
pub const FIRST_PARTY: &str =
    "session openid email notes:read notes:write tokens:read tokens:write";

/// What API tokens may do at most: none can make another.
pub const API: &str = "notes:read notes:write tokens:read";

/// Whether all of `wanted` are in `granted`.
pub fn are_in(wanted: &str, granted: &str) -> bool {
    wanted
        .split_ascii_whitespace()
        .all(|one| granted.split_ascii_whitespace().any(|scope| scope == one))
}

/// Whether a token may do what `needed` stands for.
pub fn require(app: &App, caller: &Caller, token: &Token, needed: &str) -> Result<(), Refusal> {
    if are_in(needed, &token.grant.scopes) {
        events::scope_validated()
            .of(token)
            .caller(caller)
            .call(caller)
            .meta("requiredScopes", needed)
            .emit_to(&app.log);
        return Ok(());
    }
    events::scope_violation()
        .failure("Insufficient scope")
        .of(token)
        .caller(caller)
        .call(caller)
        .meta("requiredScopes", needed)
        .emit_to(&app.log);
    Err(Refusal::new(StatusCode::FORBIDDEN, "insufficient_scope"))
}

/// Whether `client`, for `user` if there is one, may be given what it asks for.
pub fn allow(
    app: &App,
    caller: &Caller,
    client: &str,
    user: Option<&Token>,
    wanted: &str,
    most: &str,
) -> bool {
    let is_allowed = are_in(wanted, most);
    let event = match is_allowed {
        true => events::scope_validated(),
        false => events::scope_violation().failure("Scope not allowed"),
    };
    let event = match user.and_then(|token| token.grant.user.as_ref()) {
        Some(user) => event.user(&user.id).email(&user.email).tenant(&user.tenant),
        None => event,
    };
    event
        .client(client)
        .scopes(most)
        .meta("requiredScopes", wanted)
        .caller(caller)
        .emit_to(&app.log);
    is_allowed
}
