//! Authorization codes: what becomes of one that a client brings back.

use rusqlite::{OptionalExtension as _, Transaction};

use crate::app::App;
use crate::revoke::{self, Which};
use crate::secrets;
use crate::tokens::{self, Grant, Kind, Minted, Token, User};

/// What a client brings.
pub struct Brought {
    pub client: String,
    pub code: String,
    pub verifier: String,
    pub redirect_uri: String,
}

/// What becomes of a code.
pub enum Exchange {
    Issued(Box<(Minted, Option<Minted>)>),
    Invalid(&'static str),
    WrongVerifier(User),
    /// It was used before; these died of it.
    Replayed(User, Vec<Token>),
}

/// One row of `codes`, with its user.
struct Code {
    client: String,
    redirect_uri: String,
    challenge: String,
    used: bool,
    expires: i64,
    grant: Grant,
    user: User,
}

fn find(db: &Transaction<'_>, code: &str) -> rusqlite::Result<Option<Code>> {
    let sql = "SELECT client, redirect_uri, challenge, used, codes.expires, session, family, scopes, users.id, email, tenant
        FROM codes JOIN users ON users.id = codes.user WHERE hash = ?";
    db.query_row(sql, [secrets::hash(code)], |row| {
        let user = User {
            id: row.get(8)?,
            email: row.get(9)?,
            tenant: row.get(10)?,
        };
        let grant = Grant {
            user: Some(user.clone()),
            client: row.get(0)?,
            session: row.get(5)?,
            family: row.get(6)?,
            scopes: row.get(7)?,
        };
        Ok(Code {
            client: row.get(0)?,
            redirect_uri: row.get(1)?,
            challenge: row.get(2)?,
            used: row.get(3)?,
            expires: row.get(4)?,
            grant,
            user,
        })
    })
    .optional()
}

/// Looks, marks and mints in one transaction: of two that bring the same code, one is second.
pub fn exchange(app: &App, db: &Transaction<'_>, brought: &Brought) -> rusqlite::Result<Exchange> {
    let now = app.clock.now();
    let code = match find(db, &brought.code)? {
        None => return Ok(Exchange::Invalid("Authorization code not found")),
        Some(code) if code.client != brought.client => {
            return Ok(Exchange::Invalid("Authorization code of another client"));
        }
        Some(code) if code.used => {
            let family = code.grant.family.unwrap_or_default();
            return Ok(Exchange::Replayed(
                code.user,
                revoke::mark_in(db, &Which::Family(family), now)?,
            ));
        }
        Some(code) if now >= code.expires => {
            return Ok(Exchange::Invalid("Authorization code expired"));
        }
        Some(code) if code.redirect_uri != brought.redirect_uri => {
            return Ok(Exchange::Invalid("Redirect URI differs"));
        }
        Some(code) if !secrets::verifies(&brought.verifier, &code.challenge) => {
            return Ok(Exchange::WrongVerifier(code.user));
        }
        Some(code) => code,
    };
    db.execute(
        "UPDATE codes SET used = 1 WHERE hash = ?",
        [secrets::hash(&brought.code)],
    )?;
    let access = tokens::mint(app, db, Kind::Access, None, &code.grant)?;
    let is_refreshed = app
        .clients
        .get(&code.client)
        .is_some_and(|client| client.may("refresh_token"));
    let refresh = is_refreshed.then(|| tokens::mint(app, db, Kind::Refresh, None, &code.grant));
    let refresh = refresh.transpose()?;
    Ok(Exchange::Issued(Box::new((access, refresh))))
}
