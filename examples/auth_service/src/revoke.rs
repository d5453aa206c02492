//! Revocation: one token, a family, a session, everything. Each token that dies of it is one `token.revoked`.

use authmeter::events;
use rusqlite::Transaction;

use crate::app::App;
use crate::caller::{About, Caller};
use crate::refusal::Refusal;
use crate::tokens::{self, Token};

/// Which tokens are meant, by id of the token, the family, the session or the user.
pub enum Which {
    Token(String),
    Family(String),
    Session(String),
    /// All sessions of a user; not the API tokens.
    Sessions(String),
    /// Whatever a user has.
    Everything(String),
}

/// Revokes, and returns those that were alive until now.
pub async fn mark(app: &App, which: Which) -> Result<Vec<Token>, Refusal> {
    let now = app.clock.now();
    app.store.run(move |db| mark_in(db, &which, now)).await
}

/// The same inside a transaction.
pub fn mark_in(db: &Transaction<'_>, which: &Which, now: i64) -> rusqlite::Result<Vec<Token>> {
    // Codes on their way to a client would become tokens later: they go as well.
    let (column, codes, id) = match which {
        Which::Token(id) => ("tokens.id = ?1", None, id),
        Which::Family(id) => ("family = ?1", None, id),
        Which::Session(id) => ("session = ?1", Some("session"), id),
        Which::Sessions(id) => ("kind <> 'api' AND user = ?1", Some("user"), id),
        Which::Everything(id) => ("user = ?1", Some("user"), id),
    };
    if let Some(codes) = codes {
        db.execute(
            &format!("DELETE FROM codes WHERE used = 0 AND {codes} = ?"),
            [id],
        )?;
    }
    let alive = format!("{column} AND revoked IS NULL AND rotated IS NULL AND expires > ?2");
    let mut found = db.prepare_cached(&format!(
        "{} WHERE {alive} ORDER BY tokens.id",
        tokens::SELECT
    ))?;
    let revoked = found
        .query_map((id, now), tokens::read)?
        .collect::<Result<Vec<Token>, _>>()?;
    db.prepare_cached(&format!("UPDATE tokens SET revoked = ?2 WHERE {alive}"))?
        .execute((id, now))?;
    Ok(revoked)
}

/// Says so, and what caused it (`source`).
pub fn tell(app: &App, caller: &Caller, revoked: &[Token], source: &str) -> Result<(), Refusal> {
    for token in revoked {
        app.keep(
            events::token_revoked()
                .success()
                .of(token)
                .source(source)
                .caller(caller),
        )?;
    }
    Ok(())
}
