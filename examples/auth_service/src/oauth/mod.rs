//! OAuth 2.0: clients, and what they may ask for.

pub mod authorize;
mod code;
pub mod token;

use std::collections::HashMap;

use authmeter::events;
use axum::Form;
use axum::extract::State;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::app::{App, Shared};
use crate::caller::{About, Caller};
use crate::refusal::Refusal;
use crate::revoke::{self, Which};
use crate::secrets::{self, Hash};
use crate::{sessions, tokens};

/// What the file of clients says of one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    /// None for apps, which cannot keep one.
    secret: Option<String>,
    #[serde(default)]
    redirect_uris: Vec<String>,
    grants: Vec<String>,
    scopes: String,
}

pub struct Client {
    secret: Option<Hash>,
    redirect_uris: Vec<String>,
    grants: Vec<String>,
    scopes: String,
}

impl Client {
    fn may(&self, grant: &str) -> bool {
        self.grants.iter().any(|known| known == grant)
    }

    /// Whether whoever presents this secret, or none, is this client.
    fn is(&self, secret: Option<&str>) -> bool {
        match (&self.secret, secret) {
            (Some(kept), Some(secret)) => secrets::is(secret, kept),
            (None, None) => true,
            _ => false,
        }
    }
}

/// Every client by its id. The service's own is always there, and gets no tokens here.
pub struct Clients(HashMap<String, Client>);

impl Default for Clients {
    fn default() -> Clients {
        let web = Client {
            secret: None,
            redirect_uris: Vec::new(),
            grants: Vec::new(),
            scopes: String::new(),
        };
        Clients(HashMap::from([(sessions::CLIENT.to_owned(), web)]))
    }
}

impl Clients {
    /// Reads a JSON array of clients; their secrets are forgotten, but for a hash.
    pub fn read(text: &str) -> Result<Clients, serde_json::Error> {
        let mut clients = Clients::default();
        for entry in serde_json::from_str::<Vec<Entry>>(text)? {
            let Entry {
                id,
                secret,
                redirect_uris,
                grants,
                scopes,
            } = entry;
            let secret = secret.as_deref().map(secrets::hash);
            clients.0.insert(
                id,
                Client {
                    secret,
                    redirect_uris,
                    grants,
                    scopes,
                },
            );
        }
        Ok(clients)
    }

    fn get(&self, id: &str) -> Option<&Client> {
        self.0.get(id)
    }
}

/// How a client says who it is: in a header, or in the form.
struct Credentials {
    id: String,
    secret: Option<String>,
}

impl Credentials {
    fn read(headers: &HeaderMap, id: Option<String>, secret: Option<String>) -> Credentials {
        let basic = headers
            .get(AUTHORIZATION)
            .and_then(|header| header.to_str().ok()?.strip_prefix("Basic "));
        let basic = basic.and_then(|text| String::from_utf8(STANDARD.decode(text).ok()?).ok());
        match basic.as_deref().and_then(|text| text.split_once(':')) {
            Some((id, secret)) => Credentials {
                id: id.to_owned(),
                secret: Some(secret.to_owned()),
            },
            None => Credentials {
                id: id.unwrap_or_default(),
                secret,
            },
        }
    }
}

/// The client that asks, if it can prove who it is.
fn authenticate<'a>(
    app: &'a App,
    caller: &Caller,
    who: &Credentials,
    grant: Option<&str>,
) -> Result<&'a Client, Refusal> {
    let reason = match app.clients.get(&who.id) {
        Some(client) if client.is(who.secret.as_deref()) => return Ok(client),
        Some(_) => "Invalid client secret",
        None => "Unknown client",
    };
    let mut event = events::client_invalid()
        .failure(reason)
        .client(&who.id)
        .caller(caller);
    if let Some(grant) = grant {
        event = event.grant_type(grant);
    }
    event.emit_to(&app.log);
    Err(Refusal::unauthorized("invalid_client"))
}

#[derive(Deserialize)]
pub struct Returned {
    token: String,
    client_id: Option<String>,
    client_secret: Option<String>,
}

/// `POST /oauth/revoke` (RFC 7009). A refresh token takes its family along. What the client does not own is left alone, and
/// the answer is the same.
pub async fn revoke(
    State(app): State<Shared>,
    caller: Caller,
    headers: HeaderMap,
    Form(returned): Form<Returned>,
) -> Result<StatusCode, Refusal> {
    let who = Credentials::read(&headers, returned.client_id, returned.client_secret);
    authenticate(&app, &caller, &who, None)?;
    let (text, now) = (returned.token, app.clock.now());
    let revoked = app.store.run(move |db| {
        let Some(token) = tokens::find(db, &text)?.filter(|token| token.grant.client == who.id)
        else {
            return Ok(Vec::new());
        };
        let which = match (token.kind, token.grant.family) {
            (tokens::Kind::Refresh, Some(family)) => Which::Family(family),
            _ => Which::Token(token.id),
        };
        revoke::mark_in(db, &which, now)
    });
    revoke::tell(&app, &caller, &revoked.await?, "client")?;
    Ok(StatusCode::OK)
}
