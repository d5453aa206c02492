//! After warm-up an event costs no heap allocation. Its own binary, because it replaces the allocator.

#![allow(unsafe_code, clippy::unwrap_used)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use authmeter::{Delivery, Format, Metrics, events, fields};

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

/// One event of each way to emit, with as many pairs as need no heap.
fn emit(metrics: &Metrics) {
    let about = fields().user("user-123").email("user@example.com");
    metrics.track_failure(
        "otp.verification",
        "Invalid\ncode",
        about.meta("attempts", 3).meta("rate", 0.25),
    );
    let call = events::api_token_used()
        .client("web")
        .tenant("t-1")
        .ip("192.0.2.1")
        .user_agent("curl/8 \u{202e}");
    call.endpoint("/v1/users")
        .http_method("GET")
        .status(200)
        .duration_ms(12)
        .emit_to(metrics);
}

#[test]
fn after_warm_up_an_event_costs_no_allocation() {
    let folder = tempfile::tempdir().unwrap();
    let ways = [
        (Format::File, Delivery::Write),
        (Format::Both, Delivery::Write),
        (Format::None, Delivery::Write),
        (Format::File, Delivery::Async),
        (Format::File, Delivery::Durable),
    ];
    for (format, delivery) in ways {
        let path = folder.path().join("auth.jsonl");
        let builder = Metrics::builder()
            .format(format)
            .path(path)
            .delivery(delivery)
            .console(std::io::sink());
        let metrics = builder.build().unwrap();
        (0..10).for_each(|_| emit(&metrics));
        let before = CALLS.get();
        for _ in 0..if delivery == Delivery::Durable {
            20
        } else {
            1_000
        } {
            emit(&metrics);
        }
        assert_eq!(CALLS.get() - before, 0, "{format:?}, {delivery:?}");
    }
    assert!(CALLS.get() > 0, "the allocator counts");
}
