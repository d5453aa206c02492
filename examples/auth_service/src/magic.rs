//! Magic links: a login by a link in a mail. Each works once.
//!
//! A link that does not work is a failed `auth.login`; that one was sent is an event of the service's own,
//! `magic_link.sent`, which the analyzer counts under its name.

use authmeter::events;
use axum::Json;
use axum::extract::State;
use rusqlite::OptionalExtension as _;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::{App, Shared};
use crate::caller::{About, Caller};
use crate::refusal::Refusal;
use crate::{limits, mail, secrets, sessions};

#[derive(Deserialize)]
pub struct Wanted {
    email: String,
}

#[derive(Deserialize)]
pub struct Followed {
    token: String,
}

/// `POST /auth/request-magic-link`
pub async fn request(
    State(app): State<Shared>,
    caller: Caller,
    Json(Wanted { email }): Json<Wanted>,
) -> Result<Json<Value>, Refusal> {
    let email = mail::address(&email)?;
    limits::per_mailbox(&app, &caller, &email)?;
    let token = secrets::token("ml");
    let row = (
        secrets::hash(&token),
        email.clone(),
        app.clock.now() + app.settings.code.millis,
    );
    app.store
        .run(|db| {
            db.execute(
                "INSERT INTO magic_links (hash, email, expires) VALUES (?, ?, ?)",
                row,
            )
        })
        .await?;
    let sent = events::custom("magic_link.sent")
        .email(&email)
        .tenant(mail::domain(&email))
        .caller(&caller);
    match app.mail.send(&email, &token) {
        Ok(()) => sent.success().emit_to(&app.log),
        Err(reason) => {
            sent.failure(reason).emit_to(&app.log);
            return Err(mail::NOT_SENT);
        }
    }
    Ok(Json(json!({"success": true})))
}

/// `POST /auth/verify-magic-link`
pub async fn verify(
    State(app): State<Shared>,
    caller: Caller,
    Json(Followed { token }): Json<Followed>,
) -> Result<Json<Value>, Refusal> {
    match redeem(&app, &token).await? {
        Ok(email) => sessions::log_in(&app, &caller, &email, sessions::MAGIC_LINK).await,
        Err((email, reason)) => {
            let mut failed = events::login().failure(reason);
            if let Some(email) = &email {
                failed = failed.email(email).tenant(mail::domain(email));
            }
            failed
                .client(sessions::CLIENT)
                .method(sessions::MAGIC_LINK)
                .caller(&caller)
                .emit_to(&app.log);
            Err(Refusal::unauthorized("Invalid or expired link"))
        }
    }
}

/// Whose link it is; or why it does not count, and whose it was if that is known.
type Redeemed = Result<String, (Option<String>, &'static str)>;

async fn redeem(app: &App, token: &str) -> Result<Redeemed, Refusal> {
    let (hash, now) = (secrets::hash(token), app.clock.now());
    let redeem = move |db: &rusqlite::Transaction<'_>| {
        let link = db
            .query_row(
                "SELECT email, used, expires FROM magic_links WHERE hash = ?",
                [hash],
                |row| Ok((row.get(0)?, row.get::<_, bool>(1)?, row.get::<_, i64>(2)?)),
            )
            .optional()?;
        Ok(match link {
            None => Err((None, "Magic link not found")),
            Some((email, true, _)) => Err((Some(email), "Magic link already used")),
            Some((email, _, expires)) if now >= expires => Err((Some(email), "Magic link expired")),
            Some((email, _, _)) => {
                db.execute("UPDATE magic_links SET used = 1 WHERE hash = ?", [hash])?;
                Ok(email)
            }
        })
    };
    app.store.run(redeem).await
}
