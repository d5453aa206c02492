//! The writer's own hooks among the layers, and captures of applications' tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use authmeter::bridge::tower::{TokenUse, TokenUseLayer};
use authmeter::bridge::tracing::AuthLayer;
use authmeter::{Delivery, Format, Metrics, events, testing};
use http::Request;
use tower_service::Service as _;
use tracing::{error, info};
use tracing_subscriber::prelude::*;

use crate::alone;
use crate::calls::{answer, now, service};

/// Traces every error of a writer that has no room, by the layer that writes there.
fn a_hook_that_traces(delivery: Delivery) {
    let told = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&told);
    let hook = move |error: &authmeter::Error| {
        counted.fetch_add(1, Relaxed);
        error!(target: "auth", %error, event = "log.broken");
    };
    let builder = Metrics::builder()
        .format(Format::File)
        .path("/dev/full")
        .delivery(delivery);
    let metrics = builder.on_error(hook).build().unwrap();
    let layer = AuthLayer::new(metrics.clone()).filtered();
    tracing_subscriber::registry().with(layer).init();
    for _ in 0..1_000 {
        info!(target: "auth", "auth.login");
        events::logout().emit_to(&metrics);
    }
    metrics.shutdown(Duration::from_secs(5));
    let (told, stats) = (told.load(Relaxed), metrics.stats());
    assert!((1..60).contains(&told), "{told}");
    assert!(
        (2_000..=2_000 + told).contains(&stats.emitted),
        "{told}, {stats:?}"
    );
    assert_eq!((stats.written, stats.dropped), (0, stats.emitted));
}

#[test]
fn a_hook_that_traces_in_the_thread_of_an_event_does_not_go_round_in_circles() {
    const TEST: &str =
        "hooks::a_hook_that_traces_in_the_thread_of_an_event_does_not_go_round_in_circles";
    alone(TEST, || a_hook_that_traces(Delivery::Write));
}

#[test]
fn a_hook_that_traces_in_the_thread_of_the_writer_does_not_go_round_in_circles() {
    const TEST: &str =
        "hooks::a_hook_that_traces_in_the_thread_of_the_writer_does_not_go_round_in_circles";
    alone(TEST, || a_hook_that_traces(Delivery::Async));
}

#[test]
fn a_test_of_an_application_catches_what_comes_by_a_bridge_though_nothing_is_written() {
    let metrics = Metrics::builder().enabled(false).build().unwrap();
    let layer = AuthLayer::new(metrics.clone()).filtered();
    let caught = testing::capture(|| {
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            info!(target: "auth", user = "u", success = true, "auth.login");
        });
        let request = Request::get("/v1/orders")
            .extension(TokenUse::of("token-7"))
            .body(());
        now(service(&TokenUseLayer::new(metrics), |_| answer(200)).call(request.unwrap())).unwrap();
    });
    let names: Vec<&str> = caught.iter().map(testing::Event::name).collect();
    assert_eq!(names, ["auth.login", "api_token.used"]);
    assert_eq!(
        (caught[0].user(), caught[1].text("tokenId")),
        (Some("u"), Some("token-7"))
    );
}
