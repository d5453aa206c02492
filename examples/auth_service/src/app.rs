//! What handlers share, and which of them answers what.

use std::error::Error;
use std::sync::Arc;

use authmeter::Metrics;
use authmeter::events::Draft;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, post};
use axum::{Router, routing::MethodRouter};

use rusqlite::Transaction;

use crate::clock::Clock;
use crate::limits::Limits;
use crate::mail::Mail;
use crate::oauth::{self, Clients};
use crate::refusal::Refusal;
use crate::secrets::OtpKey;
use crate::settings::{Lifetime, Settings};
use crate::store::Store;
use crate::tokens::Kind;
use crate::{api, api_tokens, dev, limits, magic, otp, refresh, sessions, usage, userinfo};

/// One service. The writer is a handle of its own, not the global one, so that tests can have many side by side.
pub struct App {
    pub settings: Settings,
    pub clients: Clients,
    pub store: Store,
    pub otp_key: OtpKey,
    pub log: Metrics,
    pub clock: Clock,
    pub limits: Limits,
    pub mail: Mail,
}

pub type Shared = Arc<App>;

impl App {
    pub fn new(settings: Settings, log: Metrics, clock: Clock) -> Result<Shared, Box<dyn Error>> {
        std::fs::create_dir_all(&settings.folder)?;
        let clients = match &settings.clients {
            Some(path) => Clients::read(&std::fs::read_to_string(path)?)?,
            None => Clients::default(),
        };
        Ok(Arc::new(App {
            clients,
            store: Store::open(&settings.folder.join("auth.db"))?,
            otp_key: OtpKey::open(&settings.folder.join("otp.key"))?,
            log,
            clock,
            limits: Limits::default(),
            mail: if settings.dev {
                Mail::outbox()
            } else {
                Mail::Nowhere
            },
            settings,
        }))
    }

    /// Does `work` in one transaction, as [`Store::run`] does.
    pub async fn run<T: Send + 'static>(
        self: &Arc<App>,
        work: impl FnOnce(&App, &Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Refusal> {
        let app = Arc::clone(self);
        self.store.run(move |db| work(&app, db)).await
    }

    /// Writes an event without which an answer must not be given: who was handed a token, whose token was revoked. It is on
    /// the disk when this returns; where it cannot be, the caller gets no token, or has to ask again.
    pub fn keep(&self, event: Draft<'_>) -> Result<(), Refusal> {
        // It waits for the disk, and others' requests must not wait with it.
        let kept = tokio::task::block_in_place(|| event.emit_durable_to(&self.log));
        kept.map_err(|error| Refusal {
            status: StatusCode::SERVICE_UNAVAILABLE,
            ..Refusal::internal(&error)
        })
    }

    pub fn lifetime(&self, kind: Kind) -> &Lifetime {
        match kind {
            Kind::Access => &self.settings.access,
            Kind::Refresh => &self.settings.refresh,
            Kind::Api => &self.settings.api,
        }
    }
}

/// Every route. `/dev` exists only where it was asked for.
pub fn router(app: &Shared) -> Router {
    let api = Router::new()
        .route("/api/v1/notes", get(api::notes).post(api::add_note))
        .route(
            "/api/v1/tokens",
            get(api_tokens::list).post(api_tokens::create),
        )
        .route("/api/v1/tokens/{id}", delete(api_tokens::revoke))
        .route("/api/v1/tokens/{id}/usage", get(usage::of_token))
        .route_layer(from_fn_with_state(Arc::clone(app), api::metered))
        .route_layer(api::watched(app));
    let limited = Router::new()
        .route("/auth/request-code", post(otp::request))
        .route("/auth/verify-code", post(otp::verify))
        .route("/auth/request-magic-link", post(magic::request))
        .route("/auth/verify-magic-link", post(magic::verify))
        .route("/auth/refresh", post(refresh::refresh))
        .route("/auth/logout", post(sessions::log_out))
        .route("/oauth/authorize", get(oauth::authorize::authorize))
        .route("/oauth/token", post(oauth::token::token))
        .route("/oauth/revoke", post(oauth::revoke))
        .route("/userinfo", get(userinfo::userinfo))
        .merge(api)
        .route_layer(from_fn_with_state(Arc::clone(app), limits::per_address));
    let mut all = Router::new().route("/health", health()).merge(limited);
    if app.settings.dev {
        all = all.merge(dev::routes());
    }
    // No request here is long, and what callers say of themselves ends up in the log.
    all.layer(DefaultBodyLimit::max(16 * 1_024))
        .with_state(Arc::clone(app))
}

fn health() -> MethodRouter<Shared> {
    get(|| async { StatusCode::NO_CONTENT })
}
