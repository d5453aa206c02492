//! After warm-up neither bridge needs the heap for an event.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::net::SocketAddr;

use authmeter::bridge::tower::{TokenUse, TokenUseLayer};
use authmeter::bridge::tracing::AuthLayer;
use http::Request;
use tower_service::Service as _;
use tracing::{info, info_span};
use tracing_subscriber::prelude::*;

use crate::Log;
use crate::calls::{answer, now, service};

/// The system's allocator, counting the calls of each thread.
struct Counting;

thread_local! {
    static CALLS: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    CALLS.set(CALLS.get() + 1);
}

// SAFETY: every call is passed on as it came; counting touches a thread-local that needs neither allocation nor drop.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        unsafe { System.realloc(place, layout, size) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often memory was asked for while something is done for the second time and a hundred times more.
fn allocations(mut work: impl FnMut()) -> u64 {
    work();
    let before = CALLS.get();
    assert!(before > 0, "the allocator counts");
    for _ in 0..100 {
        work();
    }
    CALLS.get() - before
}

#[test]
fn a_traced_event_costs_no_allocation_whatever_its_spans_say() {
    let log = Log::new();
    let subscriber =
        tracing_subscriber::registry().with(AuthLayer::new(log.metrics.clone()).filtered());
    let count = tracing::subscriber::with_default(subscriber, || {
        let request = info_span!("request", trace_id = "4bf92f3577b34da6");
        let _inside = request.enter();
        let caller = info_span!(target: "auth", "caller", ip = "203.0.113.7", client = "web");
        let _inside = caller.enter();
        allocations(
            || info!(target: "auth::login", user = %"user-123", attempts = 3, error = "locked", "Not {}", "now"),
        )
    });
    assert_eq!(count, 0);
    assert_eq!(log.events().len(), 101);
}

#[test]
fn a_call_costs_no_allocation() {
    let log = Log::new();
    let layer = TokenUseLayer::new(log.metrics.clone());
    let layer = layer.peer(|parts| parts.extensions.get::<SocketAddr>().map(SocketAddr::ip));
    let mut api = service(&layer, |_| answer(403));
    let known = TokenUse::of("token-7").user("user-123").tenant("acme");
    let request = || {
        let request = Request::get("/v1/orders?page=2").header("user-agent", "curl/8");
        let peer = SocketAddr::from(([203, 0, 113, 7], 4711));
        request
            .extension(peer)
            .extension(known.clone())
            .body(())
            .unwrap()
    };
    let mut requests: Vec<_> = (0..101).map(|_| request()).collect();
    // A server's requests are parts of a shared buffer, and so are these once they were cloned.
    let clone = |request: &Request<()>| (request.uri().clone(), request.headers().clone());
    let _shared: Vec<_> = requests.iter().map(clone).collect();
    let count = allocations(|| drop(now(api.call(requests.pop().unwrap()))));
    assert_eq!(count, 0);
    assert_eq!(log.events().len(), 101);
}
