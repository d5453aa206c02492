//! What becomes of one call: a response, an error, a panic, or nobody who waits for it.

use std::convert::Infallible;
use std::future::{Future, Ready, pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use authmeter::bridge::tower::{TokenUse, TokenUseLayer, TokenUseService};
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use tower_layer::Layer as _;
use tower_service::Service;

use crate::Log;

/// A service that answers with what a function makes of the request.
#[derive(Clone)]
pub(crate) struct Api<F>(F);

impl<F, A, E> Service<Request<()>> for Api<F>
where
    F: FnMut(Request<()>) -> A,
    A: Future<Output = Result<Response<()>, E>>,
{
    type Response = Response<()>;
    type Error = E;
    type Future = A;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), E>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> A {
        self.0(request)
    }
}

pub(crate) type Answer = Ready<Result<Response<()>, Infallible>>;

pub(crate) fn answer(status: u16) -> Answer {
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    ready(Ok(response))
}

/// A service in the layer, with its types said.
pub(crate) fn service<F, A, E>(layer: &TokenUseLayer, api: F) -> TokenUseService<Api<F>>
where
    F: FnMut(Request<()>) -> A,
    A: Future<Output = Result<Response<()>, E>>,
{
    layer.layer(Api(api))
}

/// The result of a future that is ready at once.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("it is not ready"),
    }
}

pub(crate) fn request() -> Request<()> {
    Request::get("/v1/orders").body(()).unwrap()
}

/// The only event of a log, without how long it took.
pub(crate) fn event(log: &Log) -> Value {
    let mut event = log.event();
    let metadata = event["metadata"].as_object_mut().unwrap();
    assert!(metadata.remove("durationMs").unwrap().is_u64());
    event
}

/// How the only event of a log ended: `success`, `error` and `status`.
fn ended(log: &Log) -> Value {
    let event = event(log);
    assert_eq!(event["event"], "api_token.used");
    json!([
        event["success"],
        event["error"],
        event["metadata"]["status"]
    ])
}

#[test]
fn a_call_ends_as_its_status_says() {
    for (status, expected) in [
        (100, json!([true, null, 100])),
        (200, json!([true, null, 200])),
        (204, json!([true, null, 204])),
        (302, json!([true, null, 302])),
        (399, json!([true, null, 399])),
        (400, json!([false, "Bad Request", 400])),
        (401, json!([false, "Unauthorized", 401])),
        (429, json!([false, "Too Many Requests", 429])),
        (499, json!([false, "499", 499])),
        (500, json!([false, "Internal Server Error", 500])),
        (999, json!([false, "999", 999])),
    ] {
        let log = Log::new();
        let layer = TokenUseLayer::new(log.metrics.clone());
        let response = now(service(&layer, |_| answer(status)).call(request())).unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(ended(&log), expected);
    }
}

#[test]
fn an_error_of_the_service_is_the_reason() {
    for (error, reason) in [
        ("database is gone", "database is gone"),
        ("", "failed"),
        (&*"é".repeat(400), &*"é".repeat(128)),
    ] {
        let log = Log::new();
        let layer = TokenUseLayer::new(log.metrics.clone());
        let result = now(service(&layer, |_| ready(Err(error))).call(request()));
        assert_eq!(result.unwrap_err(), error, "the caller has the error");
        assert_eq!(ended(&log), json!([false, reason, null]));
    }
}

#[test]
fn a_call_that_nobody_waits_for_is_cancelled() {
    let log = Log::new();
    let layer = TokenUseLayer::new(log.metrics.clone());
    let mut never = service(&layer, |_| pending::<Result<_, Infallible>>());
    {
        let mut future = pin!(never.call(request()));
        let mut context = Context::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut context).is_pending());
        assert!(future.as_mut().poll(&mut context).is_pending());
        assert_eq!(log.events().len(), 0);
    }
    assert_eq!(ended(&log), json!([false, "cancelled", null]));

    let log = Log::new();
    let layer = TokenUseLayer::new(log.metrics.clone());
    drop(service(&layer, |_| answer(200)).call(request()));
    assert_eq!(
        ended(&log),
        json!([false, "cancelled", null]),
        "not even begun"
    );
}

#[test]
fn a_service_that_panics_is_logged_as_such() {
    let log = Log::new();
    let layer = TokenUseLayer::new(log.metrics.clone());
    let mut at_once = service(&layer, |_| -> Answer { panic!("at once") });
    let result = catch_unwind(AssertUnwindSafe(|| drop(at_once.call(request()))));
    assert!(result.is_err());
    assert_eq!(ended(&log), json!([false, "panicked", null]));

    let log = Log::new();
    let layer = TokenUseLayer::new(log.metrics.clone());
    let mut later = service(&layer, |_| {
        std::future::poll_fn(|_| -> Poll<Result<_, Infallible>> { panic!("later") })
    });
    let mut future = Box::pin(later.call(request()));
    let result = catch_unwind(AssertUnwindSafe(|| now(future.as_mut())));
    assert!(result.is_err());
    assert_eq!(
        log.events().len(),
        0,
        "a server drops the future after it has caught the panic"
    );
    drop(future);
    assert_eq!(ended(&log), json!([false, "panicked", null]));
}

#[test]
fn the_time_is_that_until_the_response() {
    let log = Log::new();
    let layer = TokenUseLayer::new(log.metrics.clone());
    let mut slow = service(&layer, |_| async {
        thread::sleep(Duration::from_millis(30));
        answer(200).await
    });
    now(slow.call(request())).unwrap();
    let millis = log.event()["metadata"]["durationMs"].as_u64().unwrap();
    assert!((30..5_000).contains(&millis), "{millis}");
}

/// Is not ready at first, and then cannot be.
struct Busy(u32);

impl Service<Request<()>> for Busy {
    type Response = Response<()>;
    type Error = &'static str;
    type Future = Ready<Result<Response<()>, &'static str>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
        self.0 += 1;
        match self.0 {
            1 => Poll::Pending,
            _ => Poll::Ready(Err("closed")),
        }
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        ready(Err("called"))
    }
}

#[test]
fn a_service_that_is_not_ready_is_waited_for_and_nothing_is_logged() {
    let log = Log::new();
    let mut busy = TokenUseLayer::new(log.metrics.clone()).layer(Busy(0));
    let mut context = Context::from_waker(Waker::noop());
    assert_eq!(busy.poll_ready(&mut context), Poll::Pending);
    assert_eq!(busy.poll_ready(&mut context), Poll::Ready(Err("closed")));
    assert_eq!(log.events().len(), 0);
}

#[test]
fn calls_of_many_threads_are_each_logged_once() {
    const THREADS: usize = 4;
    const CALLS: usize = 2_000;
    let log = Log::new();
    let layer = TokenUseLayer::new(log.metrics.clone());
    let shared = service(&layer, |request: Request<()>| {
        let status = if request.uri().path().ends_with('7') {
            403
        } else {
            200
        };
        answer(status)
    });
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let mut service = shared.clone();
            scope.spawn(move || {
                for call in 0..CALLS {
                    let known = TokenUse::of(format!("token-{thread}"));
                    let request = Request::get(format!("/{thread}/{call}"))
                        .extension(known)
                        .body(());
                    now(service.call(request.unwrap())).unwrap();
                }
            });
        }
    });
    let mut seen = std::collections::BTreeSet::new();
    for event in log.events() {
        let endpoint = event["metadata"]["endpoint"].as_str().unwrap();
        let (thread, call) = endpoint[1..].split_once('/').unwrap();
        assert_eq!(event["metadata"]["tokenId"], format!("token-{thread}"));
        assert_eq!(event["success"], !call.ends_with('7'));
        assert!(seen.insert(endpoint.to_owned()), "{endpoint} twice");
    }
    assert_eq!(seen.len(), THREADS * CALLS);
}
