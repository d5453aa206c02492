//! Tokens that reached their end: told once as `token.expired`, and deleted when nobody can ask for them any more.

use std::time::Duration;

use authmeter::events;
use rusqlite::Transaction;

use crate::app::{App, Shared};
use crate::caller::About;
use crate::refusal::Refusal;
use crate::tokens::{self, Token};

const DAY: i64 = 86_400_000;

/// How long what expired is still known: one that comes late is told from one that never was.
const KEPT: i64 = DAY;

/// How long API tokens are: their owners look at what they were used for.
const API_KEPT: i64 = 90 * DAY;

/// Cleans up, now and then, for ever.
pub async fn run(app: Shared) {
    let every = u64::try_from(app.settings.cleanup.millis).unwrap_or(u64::MAX);
    let mut ticks = tokio::time::interval(Duration::from_millis(every));
    loop {
        ticks.tick().await;
        // What went wrong has been said; the next time may go better.
        let _ = once(&app).await;
    }
}

/// Cleans up; how many tokens expired since the last time.
pub async fn once(app: &App) -> Result<usize, Refusal> {
    let now = app.clock.now();
    let expired = app.store.run(move |db| clean(db, now)).await?;
    for token in &expired {
        events::token_expired()
            .success()
            .of(token)
            .source("cleanup")
            .emit_to(&app.log);
    }
    Ok(expired.len())
}

/// Those that were alive to their end. One that was revoked or rotated before had its event then.
fn clean(db: &Transaction<'_>, now: i64) -> rusqlite::Result<Vec<Token>> {
    const ENDED: &str = "expires <= ? AND told IS NULL";
    let alive = format!(
        "{} WHERE {ENDED} AND revoked IS NULL AND rotated IS NULL ORDER BY tokens.id",
        tokens::SELECT
    );
    let expired = db
        .prepare(&alive)?
        .query_map([now], tokens::read)?
        .collect::<Result<Vec<Token>, _>>()?;
    db.execute(&format!("UPDATE tokens SET told = 1 WHERE {ENDED}"), [now])?;
    db.execute(
        "DELETE FROM tokens WHERE expires <= CASE kind WHEN 'api' THEN ?1 ELSE ?2 END",
        [now - API_KEPT, now - KEPT],
    )?;
    for table in ["otps", "magic_links", "codes"] {
        db.execute(
            &format!("DELETE FROM {table} WHERE expires <= ?"),
            [now - KEPT],
        )?;
    }
    Ok(expired)
}
