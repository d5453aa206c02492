//! Rows of what API tokens were used for, and their owners' view of them.

use authmeter::event::Timestamp;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use rusqlite::{OptionalExtension as _, Transaction};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api_tokens::NOT_FOUND;
use crate::app::{App, Shared};
use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::tokens::Token;
use crate::{clock, scopes};

/// Keeps one call.
pub async fn keep(
    app: &App,
    caller: &Caller,
    token: &Token,
    status: StatusCode,
    millis: u64,
) -> Result<(), Refusal> {
    let row = (
        token.id.clone(),
        caller.endpoint.clone(),
        caller.method.clone(),
        app.clock.now(),
        status.as_u16(),
        caller.ip.clone(),
        caller.user_agent.clone(),
        i64::try_from(millis).unwrap_or(i64::MAX),
    );
    let keep = |db: &Transaction<'_>| {
        db.execute(
            "INSERT INTO api_token_usage (token, endpoint, method, time, status, ip, user_agent, duration)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
    };
    app.store.run(keep).await.map(drop)
}

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default = "first")]
    page: u32,
    #[serde(default = "fifty")]
    limit: u32,
    from: Option<String>,
    to: Option<String>,
}

fn first() -> u32 {
    1
}

fn fifty() -> u32 {
    50
}

/// `GET /api/v1/tokens/{id}/usage?page=1&limit=50&from=2024-01-01&to=2024-12-31`: newest first. `from` and `to` are days,
/// both included, or times.
pub async fn of_token(
    State(app): State<Shared>,
    caller: Caller,
    token: Token,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Json<Value>, Refusal> {
    scopes::require(&app, &caller, &token, "tokens:read")?;
    if asked.page == 0 || !(1..=100).contains(&asked.limit) {
        return Err(Refusal::bad_request("page starts at 1, limit is 1 to 100"));
    }
    let from = asked
        .from
        .as_deref()
        .map_or(Ok(0), |text| time(text, "T00:00:00Z"))?;
    let to = asked
        .to
        .as_deref()
        .map_or(Ok(i64::MAX), |text| time(text, "T23:59:59.999Z"))?;
    let (owner, Asked { page, limit, .. }) = (token.owner().to_owned(), asked);
    let found = app
        .store
        .run(move |db| rows(db, &id, &owner, (from, to), page, limit))
        .await?;
    let (usage, total) = found.ok_or(NOT_FOUND)?;
    let pages = total.div_ceil(limit);
    Ok(Json(json!({
        "usage": usage,
        "pagination": {"page": page, "limit": limit, "total": total, "totalPages": pages},
    })))
}

/// Milliseconds of a time, or of a day with `rest`.
fn time(text: &str, rest: &str) -> Result<i64, Refusal> {
    let time = match text.len() {
        10 => Timestamp::parse(&format!("{text}{rest}")),
        _ => Timestamp::parse(text),
    };
    time.map(clock::millis)
        .ok_or(Refusal::bad_request("Not a day or a time"))
}

/// One page and how many rows there are in all; nothing if the user has no such token.
fn rows(
    db: &Transaction<'_>,
    id: &str,
    owner: &str,
    (from, to): (i64, i64),
    page: u32,
    limit: u32,
) -> rusqlite::Result<Option<(Vec<Value>, u32)>> {
    let mine = "SELECT 1 FROM tokens WHERE id = ? AND user = ? AND kind = 'api'";
    if db
        .query_row(mine, [id, owner], |_| Ok(()))
        .optional()?
        .is_none()
    {
        return Ok(None);
    }
    let counted = "SELECT count(*) FROM api_token_usage WHERE token = ? AND time BETWEEN ? AND ?";
    let total = db.query_row(counted, (id, from, to), |row| row.get(0))?;
    let mut found = db.prepare_cached(
        "SELECT id, endpoint, method, time, status, ip, user_agent, duration FROM api_token_usage
         WHERE token = ? AND time BETWEEN ? AND ? ORDER BY time DESC, id DESC LIMIT ? OFFSET ?",
    )?;
    let skipped = i64::from(page - 1) * i64::from(limit);
    let rows = found.query_map((id, from, to, limit, skipped), |row| {
        Ok(json!({
            "id": row.get::<_, i64>(0)?.to_string(),
            "tokenId": id,
            "endpoint": row.get::<_, String>(1)?,
            "method": row.get::<_, String>(2)?,
            "timestamp": clock::text(row.get(3)?),
            "responseStatus": row.get::<_, u16>(4)?,
            "ipAddress": row.get::<_, String>(5)?,
            "userAgent": row.get::<_, String>(6)?,
            "processingTime": row.get::<_, i64>(7)?,
        }))
    })?;
    Ok(Some((rows.collect::<Result<_, _>>()?, total)))
}
