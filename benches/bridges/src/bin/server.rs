//! An API whose callers have tokens: `server none|tower|traced|tracing`. It says its port, answers on the loopback
//! interface until its standard input ends, and then says what became of its events. The writer's settings are those of
//! the environment.
//!
//! * `none` logs nothing.
//! * `tower` logs each call with the layer for tower.
//! * `traced` traces an event for each call, in a task, in spans, and nobody writes it; another layer sees it.
//! * `tracing` does the same, with the layer for tracing beside the other.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use authmeter::Metrics;
use authmeter::bridge::tower::{TokenUse, TokenUseLayer};
use authmeter::bridge::tracing::AuthLayer;
use axum::Router;
use axum::extract::{ConnectInfo, MatchedPath, Path, Request};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tracing::{Instrument as _, info, info_span};
use tracing_subscriber::prelude::*;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let bridge = std::env::args().nth(1).unwrap_or_default();
    let metrics = Metrics::builder().from_env()?.build()?;
    let app = Router::new()
        .route("/v1/orders/{id}", get(order))
        .route("/v1/broken", get(StatusCode::INTERNAL_SERVER_ERROR))
        .layer(from_fn(authenticate));
    let app = match &*bridge {
        "none" => app,
        "tower" => app.layer(token_uses(metrics.clone())),
        "traced" | "tracing" => {
            let ours = (bridge == "tracing").then(|| AuthLayer::new(metrics.clone()).filtered());
            tracing_subscriber::registry()
                .with(tracing_subscriber::fmt::layer().with_writer(std::io::sink))
                .with(ours)
                .init();
            app.layer(from_fn(trace))
        }
        other => {
            return Err(format!("{other:?} is not one of: none, tower, traced, tracing").into());
        }
    };

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?.port());
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service)
        .with_graceful_shutdown(end_of_input())
        .await?;
    println!("{:?}", metrics.stats());
    Ok(())
}

async fn end_of_input() {
    let mut nothing = Vec::new();
    let _ = tokio::io::stdin().read_to_end(&mut nothing).await;
}

fn token_uses(metrics: Metrics) -> TokenUseLayer {
    TokenUseLayer::new(metrics)
        .peer(|parts| {
            let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
            peer.map(|info| info.0.ip())
        })
        .endpoint(|parts| {
            parts
                .extensions
                .get::<MatchedPath>()
                .map(MatchedPath::as_str)
        })
}

async fn order(Path(id): Path<String>) -> String {
    format!("{{\"order\":{id}}}")
}

/// Looks the token up, and says in the response whose it is.
async fn authenticate(request: Request, next: Next) -> Response {
    let token = request.headers().get(header::AUTHORIZATION);
    if token.is_none_or(|token| token != "Bearer SECRET") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mut response = next.run(request).await;
    let known = TokenUse::of("token-7").user("user-123").tenant("acme");
    response.extensions_mut().insert(known);
    response
}

/// Traces each call in spans, in a task of its own that may go on in another thread.
async fn trace(request: Request, next: Next) -> Response {
    static TRACES: AtomicU64 = AtomicU64::new(0);
    let number = TRACES.fetch_add(1, Relaxed);
    let work = async move {
        let response = next.run(request).await;
        tokio::task::yield_now().await;
        let status = response.status().as_u16();
        info!(target: "auth::api", number, status, event = "api_token.used", "answered");
        info!("not for the log");
        response
    };
    let outer = info_span!("request", trace_id = number);
    let inner =
        info_span!(target: "auth", parent: &outer, "token", user = %format_args!("user-{number}"));
    match tokio::spawn(work.instrument(inner)).await {
        Ok(response) => response,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
