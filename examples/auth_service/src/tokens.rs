//! Tokens: made, kept as hashes, found again.

use rusqlite::{OptionalExtension as _, Row, Transaction};

use crate::app::App;
use crate::{mail, secrets};

/// What a token is for. Identity providers tell them apart by looking inside; these are opaque, and their rows know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Access,
    Refresh,
    Api,
}

impl Kind {
    /// As in events and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Access => "access",
            Kind::Refresh => "refresh",
            Kind::Api => "api",
        }
    }

    /// Whether a text looks like a token of this kind; only the database knows whether it is one.
    pub fn is_of(self, text: &str) -> bool {
        let rest = text.strip_prefix(self.prefix());
        rest.is_some_and(|rest| rest.starts_with('_'))
    }

    fn prefix(self) -> &'static str {
        match self {
            Kind::Access => "at",
            Kind::Refresh => "rt",
            Kind::Api => "key",
        }
    }

    fn named(name: &str) -> Kind {
        [Kind::Access, Kind::Refresh]
            .into_iter()
            .find(|kind| kind.name() == name)
            .unwrap_or(Kind::Api)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: String,
    pub email: String,
    pub tenant: String,
}

/// For whom a token is made, and what it allows.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Nobody, where a client acts for itself.
    pub user: Option<User>,
    pub client: String,
    pub session: Option<String>,
    /// The chain of rotated refresh tokens, and the access tokens beside it.
    pub family: Option<String>,
    pub scopes: String,
}

/// A row of the table: everything but the token's text.
#[derive(Clone, Debug)]
pub struct Token {
    pub id: String,
    pub kind: Kind,
    pub grant: Grant,
    pub expires: i64,
    pub rotated: bool,
    pub revoked: bool,
}

impl Token {
    /// The user, or the client that acts for itself.
    pub fn owner(&self) -> &str {
        self.grant
            .user
            .as_ref()
            .map_or(&self.grant.client, |user| &user.id)
    }
}

/// A token that was just made: the only time its text is known.
pub struct Minted {
    pub token: Token,
    pub text: String,
}

pub fn mint(
    app: &App,
    db: &Transaction<'_>,
    kind: Kind,
    name: Option<&str>,
    grant: &Grant,
) -> rusqlite::Result<Minted> {
    let now = app.clock.now();
    let text = secrets::token(kind.prefix());
    let token = Token {
        id: secrets::id("tok"),
        kind,
        grant: grant.clone(),
        expires: now + app.lifetime(kind).millis,
        rotated: false,
        revoked: false,
    };
    db.execute(
        "INSERT INTO tokens (id, hash, kind, name, user, client, session, family, scopes, created, expires)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            &token.id,
            secrets::hash(&text),
            kind.name(),
            name,
            grant.user.as_ref().map(|user| &user.id),
            &grant.client,
            &grant.session,
            &grant.family,
            &grant.scopes,
            now,
            token.expires,
        ),
    )?;
    Ok(Minted { token, text })
}

/// The start of every question about tokens; [`read`] reads its rows.
pub const SELECT: &str = "SELECT tokens.id, kind, user, email, tenant, client, session, family, scopes, expires,
    rotated IS NOT NULL, revoked IS NOT NULL FROM tokens LEFT JOIN users ON users.id = tokens.user ";

pub fn read(row: &Row<'_>) -> rusqlite::Result<Token> {
    let user: Option<String> = row.get(2)?;
    let user = match user {
        Some(id) => Some(User {
            id,
            email: row.get(3)?,
            tenant: row.get(4)?,
        }),
        None => None,
    };
    Ok(Token {
        id: row.get(0)?,
        kind: Kind::named(&row.get::<_, String>(1)?),
        grant: Grant {
            user,
            client: row.get(5)?,
            session: row.get(6)?,
            family: row.get(7)?,
            scopes: row.get(8)?,
        },
        expires: row.get(9)?,
        rotated: row.get(10)?,
        revoked: row.get(11)?,
    })
}

/// The row of a token somebody presents.
pub fn find(db: &Transaction<'_>, text: &str) -> rusqlite::Result<Option<Token>> {
    db.query_row(
        &format!("{SELECT} WHERE hash = ?"),
        [secrets::hash(text)],
        read,
    )
    .optional()
}

/// The user of an address, made at the first login; and whether the account is locked.
pub fn user(db: &Transaction<'_>, email: &str, now: i64) -> rusqlite::Result<(User, bool)> {
    db.execute(
        "INSERT INTO users (id, email, tenant, created) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (secrets::id("usr"), email, mail::domain(email), now),
    )?;
    db.query_row(
        "SELECT id, email, tenant, locked FROM users WHERE email = ?",
        [email],
        |row| {
            Ok((
                User {
                    id: row.get(0)?,
                    email: row.get(1)?,
                    tenant: row.get(2)?,
                },
                row.get(3)?,
            ))
        },
    )
}
