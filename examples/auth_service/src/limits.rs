//! Rate limits: so many requests a minute from one address, so many mails an hour to one mailbox.
//!
//! They are counted in memory: after a restart everybody starts anew, which costs an attacker more than it gives him.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use authmeter::events;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::{App, Shared};
use crate::caller::{About, Caller};
use crate::refusal::Refusal;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

#[derive(Default)]
pub struct Limits {
    addresses: Window,
    mailboxes: Window,
}

/// How often each one came since the window began. All begin anew together, so that none has to be looked after.
#[derive(Default)]
struct Window {
    counts: Mutex<(i64, HashMap<String, u32>)>,
}

impl Window {
    /// Counts one more of `key`; whether there were at most `limit` of them in this window.
    fn admits(&self, key: &str, limit: u32, now: i64, length: i64) -> bool {
        let mut window = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if now - window.0 >= length {
            *window = (now, HashMap::new());
        }
        let count = window.1.entry(key.to_owned()).or_default();
        *count = count.saturating_add(1);
        *count <= limit
    }
}

const TOO_MANY: Refusal = Refusal::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests");

/// Stands before every route and counts by address.
pub async fn per_address(
    State(app): State<Shared>,
    caller: Caller,
    request: Request,
    next: Next,
) -> Response {
    let now = app.clock.now();
    if app
        .limits
        .addresses
        .admits(&caller.ip, app.settings.ip_limit, now, MINUTE)
    {
        return next.run(request).await;
    }
    events::rate_limit_exceeded()
        .failure("Too many requests from this address")
        .caller(&caller)
        .call(&caller)
        .emit_to(&app.log);
    TOO_MANY.into_response()
}

/// Stands before every mail and counts by mailbox.
pub fn per_mailbox(app: &App, caller: &Caller, email: &str) -> Result<(), Refusal> {
    let now = app.clock.now();
    if app
        .limits
        .mailboxes
        .admits(email, app.settings.email_limit, now, HOUR)
    {
        return Ok(());
    }
    events::rate_limit_exceeded()
        .failure("Too many mails to this address")
        .email(email)
        .caller(caller)
        .emit_to(&app.log);
    Err(TOO_MANY)
}
