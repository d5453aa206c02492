//! What the bridges cost, without a network: `cost [ROUNDS]` prints Markdown.
//!
//! Each row is timed in turns with the others, fifty times a turn, and its median is shown with what it adds to the
//! row it is compared with. The log is a file that is written to for real, with the delivery the environment says.

use std::convert::Infallible;
use std::error::Error;
use std::fs::OpenOptions;
use std::future::{Ready, ready};
use std::hint::black_box;
use std::io::Write as _;
use std::net::SocketAddr;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use authmeter::bridge::tower::{TokenUse, TokenUseLayer, TokenUseService};
use authmeter::bridge::tracing::AuthLayer;
use authmeter::{Format, Metrics, events};
use http::{Request, Response};
use tower_layer::Layer as _;
use tower_service::Service;
use tracing::{Dispatch, dispatcher, info, info_span};
use tracing_subscriber::prelude::*;

/// How often something is done in one turn.
const TURN: usize = 50;

/// Something that is timed.
struct Row {
    name: &'static str,
    /// The row it is compared with.
    than: Option<usize>,
    turn: Box<dyn FnMut() -> f64>,
    nanos: Vec<f64>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let rounds: usize = std::env::args()
        .nth(1)
        .map_or(Ok(4_000), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let log = |name: &str| {
        let builder = Metrics::builder().from_env()?.format(Format::File);
        builder.path(folder.path().join(name)).build()
    };
    let nowhere = Metrics::builder().format(Format::None).build()?;
    let (direct, calls, traced) = (log("direct")?, log("calls")?, log("traced")?);
    let mut rows = Vec::new();
    let mut row = |name, than, turn: Box<dyn FnMut() -> f64>| {
        rows.push(Row {
            name,
            than,
            turn,
            nanos: Vec::new(),
        });
        rows.len() - 1
    };

    let bare = row("a ready service, called", None, called(Api));
    let off = TokenUseLayer::new(nowhere).peer(peer).layer(Api);
    row("… in the layer, writer disabled", Some(bare), called(off));
    row("… in the layer", Some(bare), called(layered(calls.clone())));
    let api = {
        let direct = direct.clone();
        move || emit_call(&direct)
    };
    row(
        "the same event by `events::api_token_used()`",
        None,
        repeated(api),
    );
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(folder.path().join("bare"))?;
    let write = move || drop(black_box(file.write(black_box(LINE))));
    row(
        "a `write(2)` of as many bytes, and nothing else",
        None,
        repeated(write),
    );
    let login = {
        let direct = direct.clone();
        move || emit_login(&direct)
    };
    let login = row("a login by `events::login()`", None, repeated(login));
    let none = Dispatch::new(tracing_subscriber::registry());
    let spans = row(
        "traced in two spans, no layer",
        None,
        traced_in(none, trace_login),
    );
    let layer = AuthLayer::new(traced.clone()).filtered();
    let ours = Dispatch::new(tracing_subscriber::registry().with(layer));
    row(
        "traced in two spans, in the layer",
        Some(login),
        traced_in(ours.clone(), trace_login),
    );
    row(
        "another target, in the layer",
        Some(spans),
        traced_in(ours, trace_other),
    );

    for _ in 0..rounds {
        for row in &mut rows {
            let nanos = (row.turn)();
            row.nanos.push(nanos);
        }
    }
    let expected = (rounds * TURN) as u64;
    for (metrics, events) in [
        (&direct, 2 * expected),
        (&calls, expected),
        (&traced, expected),
    ] {
        let stats = metrics.stats();
        if (stats.emitted, stats.dropped) != (events, 0) {
            return Err(format!("{events} events were to be written: {stats:?}").into());
        }
    }
    print(&mut rows);
    Ok(())
}

fn print(rows: &mut [Row]) {
    let medians: Vec<f64> = rows.iter_mut().map(|row| median(&mut row.nanos)).collect();
    println!("| | ns | added | to |\n|---|--:|--:|---|");
    for (row, nanos) in rows.iter().zip(&medians) {
        let (added, to) = match row.than {
            Some(than) => (format!("{:.0}", nanos - medians[than]), rows[than].name),
            None => (String::new(), ""),
        };
        println!("| {} | {nanos:.0} | {added} | {to} |", row.name);
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Nanoseconds that one of `TURN` times takes.
fn timed(work: impl FnOnce()) -> f64 {
    let started = Instant::now();
    work();
    started.elapsed().as_nanos() as f64 / TURN as f64
}

fn repeated(mut work: impl FnMut() + 'static) -> Box<dyn FnMut() -> f64> {
    Box::new(move || timed(|| (0..TURN).for_each(|_| work())))
}

/// A service that has its response at once.
#[derive(Clone)]
struct Api;

impl Service<Request<()>> for Api {
    type Response = Response<()>;
    type Error = Infallible;
    type Future = Ready<Result<Response<()>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        black_box(request);
        ready(Ok(Response::new(())))
    }
}

fn peer(parts: &http::request::Parts) -> Option<std::net::IpAddr> {
    parts.extensions.get::<SocketAddr>().map(SocketAddr::ip)
}

fn layered(metrics: Metrics) -> TokenUseService<Api> {
    TokenUseLayer::new(metrics).peer(peer).layer(Api)
}

/// As long as the line of a call.
const LINE: &[u8] = &[b'.'; 329];

const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

fn request(known: &TokenUse) -> Request<()> {
    let request = Request::get("/v1/orders/7?page=2")
        .header("host", "api.example.com")
        .header("accept", "application/json")
        .header("accept-encoding", "gzip, br, zstd")
        .header("authorization", "Bearer abcdefghijklmnopqrstuvwxyz")
        .header("user-agent", AGENT);
    let request = request.extension(SocketAddr::from(([203, 0, 113, 7], 4711)));
    request
        .extension(known.clone())
        .body(())
        .expect("a request")
}

/// Calls a service with requests that were made before.
fn called<S>(mut service: S) -> Box<dyn FnMut() -> f64>
where
    S: Service<Request<()>, Response = Response<()>, Error = Infallible> + 'static,
{
    let known = TokenUse::of("token-7").user("user-123").tenant("acme");
    Box::new(move || {
        let requests: Vec<Request<()>> = (0..TURN).map(|_| request(&known)).collect();
        // A server's requests are parts of a shared buffer, and so are these once they were cloned.
        let clone = |request: &Request<()>| (request.uri().clone(), request.headers().clone());
        let _shared: Vec<_> = requests.iter().map(clone).collect();
        let mut context = Context::from_waker(Waker::noop());
        timed(|| {
            for request in requests {
                let response = pin!(service.call(request)).poll(&mut context);
                let _ = black_box(response);
            }
        })
    })
}

fn emit_call(metrics: &Metrics) {
    let draft = events::api_token_used()
        .success()
        .user("user-123")
        .token_id("token-7")
        .tenant("acme");
    let draft = draft
        .ip("203.0.113.7")
        .user_agent(AGENT)
        .endpoint("/v1/orders/7")
        .http_method("GET");
    draft.status(200).duration_ms(0).emit_to(metrics);
}

fn emit_login(metrics: &Metrics) {
    let draft = events::login()
        .success()
        .user("user-123")
        .client("web")
        .method("otp");
    draft
        .ip("203.0.113.7")
        .meta("traceId", "4bf92f3577b34da6a3ce929d0e0e4736")
        .emit_to(metrics);
}

/// Traces again and again inside of two spans, which are made once.
fn traced_in(dispatch: Dispatch, trace: fn()) -> Box<dyn FnMut() -> f64> {
    Box::new(move || {
        dispatcher::with_default(&dispatch, || {
            let request = info_span!("request", trace_id = "4bf92f3577b34da6a3ce929d0e0e4736");
            let _inside = request.enter();
            let caller = info_span!(target: "auth", "caller", ip = "203.0.113.7", client = "web");
            let _inside = caller.enter();
            timed(|| (0..TURN).for_each(|_| trace()))
        })
    })
}

fn trace_login() {
    info!(target: "auth", user = "user-123", method = "otp", success = true, "auth.login");
}

fn trace_other() {
    info!(target: "shop", user = "user-123", method = "otp", success = true, "order.made");
}
