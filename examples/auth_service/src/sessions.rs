//! Logins and logouts of the service's own web client.

use authmeter::events;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::{App, Shared};
use crate::caller::{About, Caller};
use crate::refusal::Refusal;
use crate::revoke::{self, Which};
use crate::tokens::{self, Grant, Kind, Minted, Token, User};
use crate::{scopes, secrets};

/// The service's own client.
pub const CLIENT: &str = "web";

pub const MAGIC_LINK: &str = "magic-link";

/// Logs in whoever has proved that an address is his, however he did (`method`).
pub async fn log_in(
    app: &Shared,
    caller: &Caller,
    email: &str,
    method: &'static str,
) -> Result<Json<Value>, Refusal> {
    let login = events::login()
        .email(email)
        .client(CLIENT)
        .method(method)
        .caller(caller);
    match start(app, email).await? {
        Err(user) => {
            login
                .failure("Account locked")
                .user(&user.id)
                .tenant(&user.tenant)
                .emit_to(&app.log);
            Err(Refusal::new(StatusCode::FORBIDDEN, "Account locked"))
        }
        Ok((access, refresh)) => {
            let login = login
                .success()
                .session(access.token.grant.session.as_deref().unwrap_or_default());
            match &access.token.grant.user {
                Some(user) => login.user(&user.id).tenant(&user.tenant).emit_to(&app.log),
                None => login.emit_to(&app.log),
            }
            hand_out(app, caller, &access, &refresh, method)
        }
    }
}

/// A new session with its two tokens; or the user, if the account is locked.
async fn start(app: &Shared, email: &str) -> Result<Result<(Minted, Minted), User>, Refusal> {
    let email = email.to_owned();
    app.run(move |app, db| {
        let (user, is_locked) = tokens::user(db, &email, app.clock.now())?;
        if is_locked {
            return Ok(Err(user));
        }
        let grant = Grant {
            user: Some(user),
            client: CLIENT.to_owned(),
            session: Some(secrets::id("ses")),
            family: Some(secrets::id("fam")),
            scopes: scopes::FIRST_PARTY.to_owned(),
        };
        let access = tokens::mint(app, db, Kind::Access, None, &grant)?;
        let refresh = tokens::mint(app, db, Kind::Refresh, None, &grant)?;
        Ok(Ok((access, refresh)))
    })
    .await
}

/// Says that both tokens were made, and why (`source`), then gives them away.
pub fn hand_out(
    app: &App,
    caller: &Caller,
    access: &Minted,
    refresh: &Minted,
    source: &str,
) -> Result<Json<Value>, Refusal> {
    for made in [access, refresh] {
        let lives = &app.lifetime(made.token.kind).text;
        let made = events::token_generated()
            .of(&made.token)
            .expires_in(lives)
            .source(source)
            .caller(caller);
        app.keep(made)?;
    }
    let user = access
        .token
        .grant
        .user
        .as_ref()
        .map(|user| json!({"id": user.id, "email": user.email}));
    Ok(Json(
        json!({"success": true, "token": access.text, "refreshToken": refresh.text, "user": user}),
    ))
}

#[derive(Default, Deserialize)]
struct LogOut {
    #[serde(default)]
    everywhere: bool,
}

/// `POST /auth/logout`, of this session or, with `{"everywhere": true}`, of all the user's.
pub async fn log_out(
    State(app): State<Shared>,
    caller: Caller,
    token: Token,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    scopes::require(&app, &caller, &token, "session")?;
    let LogOut { everywhere } = match body.is_empty() {
        true => LogOut::default(),
        false => serde_json::from_slice(&body).map_err(|_| Refusal::bad_request("Not a logout"))?,
    };
    let which = match (everywhere, &token.grant.session) {
        (false, Some(session)) => Which::Session(session.clone()),
        _ => Which::Sessions(token.owner().to_owned()),
    };
    let revoked = revoke::mark(&app, which).await?;
    events::logout()
        .of(&token)
        .caller(&caller)
        .meta("everywhere", everywhere)
        .emit_to(&app.log);
    revoke::tell(&app, &caller, &revoked, "logout")?;
    Ok(Json(json!({"success": true, "revoked": revoked.len()})))
}
