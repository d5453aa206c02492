//! One-time passwords: requested, mailed, verified.
//!
//! | event | when |
//! |---|---|
//! | `otp.generated` | a code was made and kept |
//! | `otp.sent` | it was mailed, or why not |
//! | `otp.verification` | a code was checked; a failure says what the caller is told |
//! | `otp.verification.detail` | why it failed, which only the log is told |
//!
//! One code survives [`attempts`](crate::settings::Settings::attempts) wrong tries, and a mailbox gets so many codes an
//! hour: together that bounds how many of the million codes can be tried.

use authmeter::events;
use axum::Json;
use axum::extract::State;
use rusqlite::{OptionalExtension as _, Transaction};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::{App, Shared};
use crate::caller::{About, Caller};
use crate::refusal::Refusal;
use crate::secrets::{self, OtpKey};
use crate::{clock, limits, mail, sessions};

#[derive(Deserialize)]
pub struct Wanted {
    email: String,
}

#[derive(Deserialize)]
pub struct Entered {
    email: String,
    code: String,
}

/// `POST /auth/request-code`
pub async fn request(
    State(app): State<Shared>,
    caller: Caller,
    Json(Wanted { email }): Json<Wanted>,
) -> Result<Json<Value>, Refusal> {
    let email = mail::address(&email)?;
    limits::per_mailbox(&app, &caller, &email)?;
    let code = secrets::six_digits();
    keep(&app, &email, &code).await?;
    let domain = mail::domain(&email);
    events::otp_generated()
        .success()
        .email(&email)
        .email_domain(domain)
        .tenant(domain)
        .caller(&caller)
        .emit_to(&app.log);

    let sent = events::otp_sent()
        .email(&email)
        .tenant(domain)
        .caller(&caller);
    match app.mail.send(&email, &code) {
        Ok(()) => sent.success().emit_to(&app.log),
        Err(reason) => {
            sent.failure(reason).emit_to(&app.log);
            return Err(mail::NOT_SENT);
        }
    }
    Ok(Json(json!({"success": true})))
}

/// `POST /auth/verify-code`
pub async fn verify(
    State(app): State<Shared>,
    caller: Caller,
    Json(Entered { email, code }): Json<Entered>,
) -> Result<Json<Value>, Refusal> {
    let email = mail::address(&email)?;
    match check(&app, &email, code).await? {
        Ok(()) => {
            let tenant = mail::domain(&email);
            events::otp_verification()
                .success()
                .email(&email)
                .tenant(tenant)
                .caller(&caller)
                .emit_to(&app.log);
            sessions::log_in(&app, &caller, &email, "otp").await
        }
        Err(failure) => {
            tell(&app, &caller, &email, &failure);
            Err(Refusal::unauthorized(REFUSED))
        }
    }
}

/// What the caller is told, whatever the reason: that somebody asked for a code is nobody else's business.
const REFUSED: &str = "Invalid or expired code";

/// Why a code is not right.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    Unknown,
    Expired { at: i64 },
    Exhausted { attempts: u32 },
    Wrong { attempts: u32 },
}

/// Both events of a failure; each kind of it says what is known.
fn tell(app: &App, caller: &Caller, email: &str, failure: &Failure) {
    let tenant = mail::domain(email);
    events::otp_verification()
        .failure(REFUSED)
        .email(email)
        .tenant(tenant)
        .caller(caller)
        .emit_to(&app.log);

    let detail = events::otp_verification_detail()
        .email(email)
        .tenant(tenant)
        .caller(caller);
    match failure {
        Failure::Unknown => detail.failure("No OTP found for email").emit_to(&app.log),
        Failure::Expired { at } => {
            let at = clock::text(*at);
            detail
                .failure("OTP expired")
                .meta("expiredAt", &at)
                .emit_to(&app.log);
        }
        Failure::Exhausted { attempts } => {
            detail
                .failure("Max attempts exceeded")
                .attempts(u64::from(*attempts))
                .emit_to(&app.log);
        }
        Failure::Wrong { attempts } => {
            detail
                .failure("Invalid code")
                .attempts(u64::from(*attempts))
                .emit_to(&app.log);
        }
    }
}

/// A new code replaces the one before it.
async fn keep(app: &App, email: &str, code: &str) -> Result<(), Refusal> {
    let (salt, mac) = app.otp_key.seal(email, code);
    let expires = app.clock.now() + app.settings.code.millis;
    let email = email.to_owned();
    app.store
        .run(move |db| {
            db.execute(
                "INSERT OR REPLACE INTO otps (email, salt, mac, expires) VALUES (?, ?, ?, ?)",
                (email, salt, mac, expires),
            )
        })
        .await?;
    Ok(())
}

async fn check(app: &App, email: &str, code: String) -> Result<Result<(), Failure>, Refusal> {
    let (email, key) = (email.to_owned(), app.otp_key.clone());
    let (now, most) = (app.clock.now(), app.settings.attempts);
    app.store
        .run(move |db| check_in(db, &key, &email, &code, now, most))
        .await
}

/// Checks a code and counts the attempt, at once: two at the same time are two attempts.
fn check_in(
    db: &Transaction<'_>,
    key: &OtpKey,
    email: &str,
    code: &str,
    now: i64,
    most: u32,
) -> rusqlite::Result<Result<(), Failure>> {
    let kept = db
        .query_row(
            "SELECT salt, mac, attempts, expires FROM otps WHERE email = ?",
            [email],
            |row| {
                Ok((
                    (row.get(0)?, row.get(1)?),
                    row.get::<_, u32>(2)?,
                    row.get::<_, i64>(3)?,
                ))
            },
        )
        .optional()?;
    let Some((kept, attempts, expires)) = kept else {
        return Ok(Err(Failure::Unknown));
    };
    if now >= expires {
        db.execute("DELETE FROM otps WHERE email = ?", [email])?;
        return Ok(Err(Failure::Expired { at: expires }));
    }
    if attempts >= most {
        return Ok(Err(Failure::Exhausted { attempts }));
    }
    if key.is(email, code, &kept) {
        db.execute("DELETE FROM otps WHERE email = ?", [email])?;
        return Ok(Ok(()));
    }
    db.execute(
        "UPDATE otps SET attempts = attempts + 1 WHERE email = ?",
        [email],
    )?;
    Ok(Err(Failure::Wrong {
        attempts: attempts + 1,
    }))
}
