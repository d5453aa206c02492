//! From `tower` to records: each call of an HTTP API with a token is an event `api_token.used`.
//!
//! ```
//! use std::net::SocketAddr;
//!
//! use authmeter::bridge::tower::{TokenUse, TokenUseLayer};
//! use authmeter::{Format, Metrics};
//! use http::{Request, Response};
//! use tower_layer::Layer;
//! use tower_service::Service;
//! # use std::task::{Context, Poll, Waker};
//! # struct Api;
//! # impl Service<Request<()>> for Api {
//! #     type Response = Response<()>;
//! #     type Error = std::convert::Infallible;
//! #     type Future = std::future::Ready<Result<Response<()>, Self::Error>>;
//! #     fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> { Poll::Ready(Ok(())) }
//! #     fn call(&mut self, request: Request<()>) -> Self::Future { std::future::ready(Ok(respond(request))) }
//! # }
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("auth.jsonl");
//! let metrics = Metrics::builder().format(Format::File).path(&path).build()?;
//! let layer = TokenUseLayer::new(metrics)
//!     .peer(|parts| parts.extensions.get::<SocketAddr>().map(SocketAddr::ip))
//!     .trusted_proxies(["10.0.0.0/8".parse()?]);
//! let mut service = layer.layer(Api); // any service of http requests
//!
//! // Somewhere in it, the application says whose token it was.
//! fn respond(_: Request<()>) -> Response<()> {
//!     let mut response = Response::new(());
//!     response.extensions_mut().insert(TokenUse::of("token-7").user("user-123"));
//!     response
//! }
//! # let request = Request::get("/v1/orders?secret=1").header("x-forwarded-for", "203.0.113.7");
//! # let request = request.extension(SocketAddr::from(([10, 0, 0, 1], 80))).body(())?;
//! # let answer = std::pin::pin!(service.call(request));
//! # assert!(answer.poll(&mut Context::from_waker(Waker::noop())).is_ready());
//! # let line = std::fs::read_to_string(&path)?;
//! # let line = line.split_once("Z\"").unwrap().1.to_owned();
//! # assert_eq!(line.split_once(",\"durationMs\":").unwrap().0, concat!(r#","userId":"user-123","success":true,"metadata":"#,
//! #     r#"{"tokenId":"token-7","ip":"203.0.113.7","endpoint":"/v1/orders","httpMethod":"GET","status":200"#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What `GET /v1/orders?secret=1` through a proxy leaves in the log:
//!
//! ```json
//! {"event":"api_token.used","timestamp":"2025-01-15T10:30:00.000Z","userId":"user-123","success":true,"metadata":{"tokenId":"token-7","ip":"203.0.113.7","endpoint":"/v1/orders","httpMethod":"GET","status":200,"durationMs":3}}
//! ```
//!
//! # What is written
//!
//! One event for each request that reaches the layer, or of those that [`TokenUseLayer::filter`] counts:
//!
//! * `tokenId`, `clientId`, `tenantId`, `userId`: what the application says with [`TokenUse`].
//! * `ip`: the other end of the connection, if [`TokenUseLayer::peer`] says it, or what trusted proxies say
//!   ([`TokenUseLayer::trusted_proxies`]); else none.
//! * `userAgent`, cut after [`USER_AGENT_MOST`] bytes.
//! * `endpoint`: the path, never the query, cut after [`ENDPOINT_MOST`] bytes; the route instead, if
//!   [`TokenUseLayer::endpoint`] says it. Where paths have secrets in them, say the route.
//! * `httpMethod`, `status`, and `durationMs`: whole milliseconds until there is a response head.
//! * `success`: a status below 400. Else `error` is the reason of [`TokenUse`], or what the status is called. gRPC
//!   answers 200 whatever happened; what its trailers say is not looked at.
//!
//! No other header is looked at: credentials and cookies cannot end up in the log.
//!
//! A call without a response is an event without a status that failed: because of the service's error, in its words; as
//! `panicked`; or as `cancelled` if whoever waited for the response went away, which a server does when its client hangs
//! up. The token was presented all the same.
//!
//! # Where the layer goes
//!
//! Outside of the application's authentication, so that refused calls are logged, too; the authentication says what it
//! knows in the response's extensions, or in a [`TokenSlot`]. Or inside of it, with a [`TokenUse`] in the request's
//! extensions: then calls that do not get past it are not seen. With axum:
//!
//! ```text
//! let layer = TokenUseLayer::new(metrics)
//!     .peer(|parts| parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip()))
//!     .endpoint(|parts| parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str));
//! let app = Router::new().route("/v1/orders/{id}", get(order)).layer(layer);
//! axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?;
//! ```

mod call;
mod forwarded;
mod network;
mod token_use;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::request::Parts;
use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::Destination;
use crate::write::Metrics;
use call::Call;
use forwarded::Proxies;

pub use call::{ENDPOINT_MOST, ResponseFuture, USER_AGENT_MOST};
pub use forwarded::ForwardedHeader;
pub use network::{Network, ParseNetworkError};
pub use token_use::{TokenSlot, TokenUse};

/// A layer that logs calls with API tokens; see [the module](self).
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing before there is a service in it"]
pub struct TokenUseLayer {
    settings: Arc<Settings>,
}

/// What is asked of each request.
type Ask<T> = Option<Arc<dyn Fn(&Parts) -> T + Send + Sync>>;

#[derive(Clone)]
struct Settings {
    destination: Destination,
    counts: Ask<bool>,
    peer: Ask<Option<IpAddr>>,
    endpoint: Option<Arc<EndpointOf>>,
    proxies: Proxies,
    slot: bool,
}

type EndpointOf = dyn for<'a> Fn(&'a Parts) -> Option<&'a str> + Send + Sync;

impl TokenUseLayer {
    /// A layer that writes to `metrics`.
    pub fn new(metrics: Metrics) -> TokenUseLayer {
        TokenUseLayer::to(Destination::Writer(metrics))
    }

    /// A layer that writes to the global writer. Events that come before [`init`](crate::init) are dropped and counted.
    pub fn global() -> TokenUseLayer {
        TokenUseLayer::to(Destination::Global)
    }

    fn to(destination: Destination) -> TokenUseLayer {
        let settings = Arc::new(Settings {
            destination,
            counts: None,
            peer: None,
            endpoint: None,
            proxies: Proxies::default(),
            slot: false,
        });
        TokenUseLayer { settings }
    }

    /// Logs the requests that `counts` says yes to: `|parts| parts.headers.contains_key("authorization")`.
    pub fn filter(self, counts: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> TokenUseLayer {
        self.with(|settings| settings.counts = Some(Arc::new(counts)))
    }

    /// Says where the address of the other end of the connection is; servers have it among the extensions. Without one
    /// no event has an `ip`. Of a Unix socket it may be any address that [`trusted_proxies`](Self::trusted_proxies) has.
    pub fn peer(
        self,
        peer: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static,
    ) -> TokenUseLayer {
        self.with(|settings| settings.peer = Some(Arc::new(peer)))
    }

    /// Says what the endpoint is called: the route instead of the path, so that `/v1/orders/7` and `/v1/orders/8` are
    /// one. Where it says `None`, the endpoint is the path.
    pub fn endpoint(
        self,
        endpoint: impl for<'a> Fn(&'a Parts) -> Option<&'a str> + Send + Sync + 'static,
    ) -> TokenUseLayer {
        self.with(|settings| settings.endpoint = Some(Arc::new(endpoint)))
    }

    /// The networks of proxies whose word on the caller's address is taken, if the connection comes from one of them:
    /// the rightmost address of `X-Forwarded-For` that is not in these networks is the caller's. What callers write
    /// into the header themselves stands to the left of it and never counts.
    ///
    /// This holds for proxies that add to the header, or replace it. Do not trust one that hands it on as it came.
    pub fn trusted_proxies(self, networks: impl IntoIterator<Item = Network>) -> TokenUseLayer {
        self.with(|settings| settings.proxies.networks = networks.into_iter().collect())
    }

    /// The header in which trusted proxies say it; `X-Forwarded-For` unless told otherwise. Only this one is read: of
    /// the other, nobody knows who wrote it.
    pub fn forwarded_header(self, header: ForwardedHeader) -> TokenUseLayer {
        self.with(|settings| settings.proxies.header = header)
    }

    /// Puts a [`TokenSlot`] into each request's extensions. It costs two small allocations.
    pub fn slot(self) -> TokenUseLayer {
        self.with(|settings| settings.slot = true)
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> TokenUseLayer {
        change(Arc::make_mut(&mut self.settings));
        self
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("destination", &self.destination)
            .field("proxies", &self.proxies)
            .field("slot", &self.slot)
            .finish_non_exhaustive()
    }
}

impl<S> Layer<S> for TokenUseLayer {
    type Service = TokenUseService<S>;

    fn layer(&self, inner: S) -> TokenUseService<S> {
        TokenUseService {
            inner,
            settings: Arc::clone(&self.settings),
        }
    }
}

/// A service whose calls are logged; made by [`TokenUseLayer`].
#[derive(Clone, Debug)]
pub struct TokenUseService<S> {
    inner: S,
    settings: Arc<Settings>,
}

impl<S, B, R> Service<Request<B>> for TokenUseService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: fmt::Display,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> ResponseFuture<S::Future> {
        let (mut parts, body) = request.into_parts();
        let mut call = Call::of(&self.settings, &mut parts);
        let inner = &mut self.inner;
        let future = Call::watched(&mut call, || inner.call(Request::from_parts(parts, body)));
        ResponseFuture::new(future, call)
    }
}
