//! `POST /oauth/token`: codes, refresh tokens and client credentials become tokens.
//!
//! | event | when |
//! |---|---|
//! | `token.issued` | one for each token handed out, with its grant type |
//! | `token.refresh` | a refresh token was exchanged, or refused: told by [`refresh`] |
//! | `token.client_invalid` | the client is unknown, or its secret is wrong |
//! | `token.code_invalid` | the code is unknown, expired, used before, or of another client |
//! | `token.pkce_failed` | the code is right, the verifier is not: somebody else has the code |
//! | `token.validation_failed` | the request makes no sense, or the client may not ask this |

use authmeter::events;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::{HeaderMap, HeaderName, header};
use axum::{Form, Json};
use rusqlite::{OptionalExtension as _, Transaction};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Client, Credentials, authenticate};
use crate::app::{App, Shared};
use crate::caller::{About, Caller};
use crate::refusal::Refusal;
use crate::revoke::{self, Which};
use crate::settings::Lifetime;
use crate::tokens::{self, Grant, Kind, Minted, Token, User};
use crate::{refresh, scopes, secrets};

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    grant_type: String,
    client_id: Option<String>,
    client_secret: Option<String>,
    code: String,
    code_verifier: String,
    redirect_uri: String,
    refresh_token: String,
    scope: String,
}

const GRANTS: [&str; 3] = ["authorization_code", "refresh_token", "client_credentials"];

type Answer = Result<([(HeaderName, &'static str); 1], Json<Value>), Refusal>;

/// What is known of a request once its grant type and its client are.
struct Request<'a> {
    app: &'a App,
    caller: &'a Caller,
    client: &'a Client,
    id: String,
    grant: &'static str,
}

pub async fn token(
    State(app): State<Shared>,
    caller: Caller,
    headers: HeaderMap,
    form: Result<Form<Asked>, FormRejection>,
) -> Answer {
    let Ok(Form(mut asked)) = form else {
        events::validation_failed()
            .failure("Malformed request")
            .caller(&caller)
            .emit_to(&app.log);
        return Err(Refusal::bad_request("invalid_request"));
    };
    let who = Credentials::read(&headers, asked.client_id.take(), asked.client_secret.take());
    let Some(grant) = GRANTS.into_iter().find(|known| *known == asked.grant_type) else {
        let failed = events::validation_failed()
            .failure("Unsupported grant type")
            .client(&who.id);
        failed.caller(&caller).emit_to(&app.log);
        return Err(Refusal::bad_request("unsupported_grant_type"));
    };
    let client = authenticate(&app, &caller, &who, Some(grant))?;
    if !client.may(grant) {
        let failed = events::validation_failed()
            .failure("Grant not allowed for client")
            .client(&who.id);
        failed.grant_type(grant).caller(&caller).emit_to(&app.log);
        return Err(Refusal::bad_request("unauthorized_client"));
    }
    let request = Request {
        app: &app,
        caller: &caller,
        client,
        id: who.id,
        grant,
    };
    match grant {
        "authorization_code" => request.exchange(asked).await,
        "refresh_token" => request.refresh(asked.refresh_token).await,
        _ => request.for_itself(asked.scope).await,
    }
}

/// What becomes of a code.
enum Exchange {
    Issued(Box<(Minted, Option<Minted>)>),
    Invalid(&'static str),
    WrongVerifier(User),
    /// It was used before; these died of it.
    Replayed(User, Vec<Token>),
}

impl Request<'_> {
    async fn exchange(self, asked: Asked) -> Answer {
        let Request {
            app,
            caller,
            ref id,
            grant,
            ..
        } = self;
        let (client, now) = (id.clone(), app.clock.now());
        let access = app.settings.access.clone();
        let refresh = self
            .client
            .may("refresh_token")
            .then(|| app.settings.refresh.clone());
        let exchange = move |db: &Transaction<'_>| {
            exchange(db, &asked, &client, now, &access, refresh.as_ref())
        };
        let invalid = |reason| {
            events::code_invalid()
                .failure(reason)
                .client(id)
                .grant_type(grant)
                .caller(caller)
        };
        match app.store.run(exchange).await? {
            Exchange::Issued(made) => return self.hand_out(&made.0, made.1.as_ref()),
            Exchange::Invalid(reason) => invalid(reason).emit_to(&app.log),
            Exchange::WrongVerifier(user) => {
                let failed = events::pkce_failed()
                    .failure("Code verifier does not match")
                    .client(id);
                failed
                    .user(&user.id)
                    .tenant(&user.tenant)
                    .grant_type(grant)
                    .caller(caller)
                    .emit_to(&app.log);
            }
            Exchange::Replayed(user, revoked) => {
                let about = "An authorization code came again: its tokens are revoked";
                invalid("Authorization code already used")
                    .user(&user.id)
                    .tenant(&user.tenant)
                    .emit_to(&app.log);
                let suspicious = events::suspicious_activity()
                    .failure(about)
                    .client(id)
                    .caller(caller);
                app.keep(suspicious.user(&user.id).tenant(&user.tenant))?;
                revoke::tell(app, caller, &revoked, "code-replay")?;
            }
        }
        Err(Refusal::bad_request("invalid_grant"))
    }

    async fn refresh(self, text: String) -> Answer {
        let refused = Refusal::bad_request("invalid_grant");
        let pair = refresh::rotate(
            self.app,
            self.caller,
            text,
            &self.id,
            Some(self.grant),
            refused,
        )
        .await?;
        self.hand_out(&pair.access, Some(&pair.refresh))
    }

    /// Client credentials: a token without a user.
    async fn for_itself(self, wanted: String) -> Answer {
        let app = self.app;
        if !scopes::allow(
            app,
            self.caller,
            &self.id,
            None,
            &wanted,
            &self.client.scopes,
        ) {
            return Err(Refusal::bad_request("invalid_scope"));
        }
        let grant = Grant {
            user: None,
            client: self.id.clone(),
            session: None,
            family: None,
            scopes: wanted,
        };
        let (now, lives) = (app.clock.now(), app.settings.access.clone());
        let access = app
            .store
            .run(move |db| tokens::mint(db, Kind::Access, None, &grant, now, &lives))
            .await?;
        self.hand_out(&access, None)
    }

    /// Says which tokens were issued, then gives them away.
    fn hand_out(self, access: &Minted, refresh: Option<&Minted>) -> Answer {
        for made in [Some(access), refresh].into_iter().flatten() {
            let lives = &self.app.lifetime(made.token.kind).text;
            let issued = events::token_issued()
                .token(&made.token)
                .grant_type(self.grant);
            self.app
                .keep(issued.expires_in(lives).caller(self.caller))?;
        }
        let body = json!({
            "access_token": access.text,
            "token_type": "Bearer",
            "expires_in": self.app.settings.access.millis / 1_000,
            "refresh_token": refresh.map(|made| &made.text),
            "scope": access.token.grant.scopes,
        });
        Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)))
    }
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
fn exchange(
    db: &Transaction<'_>,
    asked: &Asked,
    client: &str,
    now: i64,
    access: &Lifetime,
    refresh: Option<&Lifetime>,
) -> rusqlite::Result<Exchange> {
    let code = match find(db, &asked.code)? {
        None => return Ok(Exchange::Invalid("Authorization code not found")),
        Some(code) if code.client != client => {
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
        Some(code) if code.redirect_uri != asked.redirect_uri => {
            return Ok(Exchange::Invalid("Redirect URI differs"));
        }
        Some(code) if !secrets::verifies(&asked.code_verifier, &code.challenge) => {
            return Ok(Exchange::WrongVerifier(code.user));
        }
        Some(code) => code,
    };
    db.execute(
        "UPDATE codes SET used = 1 WHERE hash = ?",
        [secrets::hash(&asked.code)],
    )?;
    let access = tokens::mint(db, Kind::Access, None, &code.grant, now, access)?;
    let refresh = refresh
        .map(|lives| tokens::mint(db, Kind::Refresh, None, &code.grant, now, lives))
        .transpose()?;
    Ok(Exchange::Issued(Box::new((access, refresh))))
}
