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
use serde::Deserialize;
use serde_json::{Value, json};

use super::code::{Brought, Exchange, exchange};
use super::{Client, Credentials, authenticate};
use crate::app::Shared;
use crate::caller::{About, Caller};
use crate::refusal::Refusal;
use crate::tokens::{self, Grant, Kind, Minted};
use crate::{refresh, revoke, scopes};

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
    app: &'a Shared,
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
        events::validation_failed()
            .failure("Unsupported grant type")
            .client(&who.id)
            .caller(&caller)
            .emit_to(&app.log);
        return Err(Refusal::bad_request("unsupported_grant_type"));
    };
    let client = authenticate(&app, &caller, &who, Some(grant))?;
    if !client.may(grant) {
        events::validation_failed()
            .failure("Grant not allowed for client")
            .client(&who.id)
            .grant_type(grant)
            .caller(&caller)
            .emit_to(&app.log);
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

impl Request<'_> {
    async fn exchange(self, asked: Asked) -> Answer {
        let Request {
            app,
            caller,
            ref id,
            grant,
            ..
        } = self;
        let brought = Brought {
            client: id.clone(),
            code: asked.code,
            verifier: asked.code_verifier,
            redirect_uri: asked.redirect_uri,
        };
        let invalid = |reason| {
            events::code_invalid()
                .failure(reason)
                .client(id)
                .grant_type(grant)
                .caller(caller)
        };
        match app.run(move |app, db| exchange(app, db, &brought)).await? {
            Exchange::Issued(made) => return self.hand_out(&made.0, made.1.as_ref()),
            Exchange::Invalid(reason) => invalid(reason).emit_to(&app.log),
            Exchange::WrongVerifier(user) => {
                events::pkce_failed()
                    .failure("Code verifier does not match")
                    .client(id)
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
        let access = app
            .run(move |app, db| tokens::mint(app, db, Kind::Access, None, &grant))
            .await?;
        self.hand_out(&access, None)
    }

    /// Says which tokens were issued, then gives them away.
    fn hand_out(self, access: &Minted, refresh: Option<&Minted>) -> Answer {
        for made in [Some(access), refresh].into_iter().flatten() {
            let lives = &self.app.lifetime(made.token.kind).text;
            let issued = events::token_issued()
                .of(&made.token)
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
