//! What an event takes from the spans around it.

use authmeter::bridge::tracing::{AuthLayer, TraceIds};
use serde_json::{Value, json};
use tracing::span::{Attributes, Id};
use tracing::{Subscriber, info, info_span};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry::LookupSpan;

use crate::Log;

/// What is in the log after `program` has traced, with the layer's filter and without.
fn traced(program: impl Fn()) -> Vec<Value> {
    let (filtered, plain) = (Log::new(), Log::new());
    let layer = AuthLayer::new(filtered.metrics.clone()).filtered();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), &program);
    let layer = AuthLayer::new(plain.metrics.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), &program);
    assert_eq!(filtered.events(), plain.events());
    filtered.events()
}

fn metadata(events: &[Value]) -> Vec<Value> {
    events
        .iter()
        .map(|event| event["metadata"].clone())
        .collect()
}

#[test]
fn an_event_inherits_who_and_where_from_spans_of_its_targets() {
    let events = traced(|| {
        let span = info_span!(target: "auth", "request", user = "u", email = "a@example.com", client = "web", tenant_id = "t",
            ip = %std::net::Ipv4Addr::LOCALHOST, user_agent = "curl", sid = 7, attempts = 3, success = true, error = "no", status = 500);
        let _inside = span.enter();
        info!(target: "auth", "auth.login");
    });
    let expected = json!([{"event": "auth.login", "timestamp": "2025-01-15T10:30:00.000Z", "userId": "u", "email": "a@example.com",
        "metadata": {"clientId": "web", "tenantId": "t", "ip": "127.0.0.1", "userAgent": "curl", "sessionId": 7}}]);
    assert_eq!(Value::from(events), expected);
}

#[test]
fn spans_of_other_targets_give_trace_ids_and_nothing_else() {
    let events = traced(|| {
        let request = info_span!(
            "request",
            trace_id = "4bf92f",
            span_id = 12,
            user = "not-this",
            ip = "192.0.2.1"
        );
        let _inside = request.enter();
        let query = info_span!(target: "shop", "query", user = "not-this");
        let _inside = query.enter();
        info!(target: "auth", client = "web", "auth.login");
    });
    assert_eq!(events[0]["userId"], Value::Null);
    assert_eq!(
        events[0]["metadata"],
        json!({"clientId": "web", "traceId": "4bf92f", "spanId": 12})
    );
}

#[test]
fn the_innermost_that_says_it_counts() {
    let events = traced(|| {
        let outer = info_span!(target: "auth", "outer", user = "outer", ip = "192.0.2.1", trace_id = "a", span_id = "1");
        let _outer = outer.enter();
        let inner = info_span!(target: "auth", "inner", user = "inner", span_id = "2");
        {
            let _inner = inner.enter();
            info!(target: "auth", "auth.login");
            info!(target: "auth", user = "own", ip = "192.0.2.9", traceId = "b", "auth.login");
        }
        info!(target: "auth", "auth.login");
        info!(target: "auth", parent: None, "auth.login");
        info!(target: "auth", parent: &inner, "auth.login");
    });
    let users: Vec<&Value> = events.iter().map(|event| &event["userId"]).collect();
    assert_eq!(
        json!(users),
        json!(["inner", "own", "outer", null, "inner"])
    );
    let (inner, outer) = (
        json!({"spanId": "2", "ip": "192.0.2.1", "traceId": "a"}),
        json!({"ip": "192.0.2.1", "traceId": "a", "spanId": "1"}),
    );
    let own = json!({"ip": "192.0.2.9", "traceId": "b", "spanId": "2"});
    assert_eq!(
        metadata(&events),
        [inner.clone(), own, outer, Value::Null, inner]
    );
}

#[test]
fn what_a_span_records_later_counts_from_then_on() {
    let events = traced(|| {
        let span = info_span!(target: "auth", "request", user = tracing::field::Empty, tenant = "t", trace_id = tracing::field::Empty);
        let _inside = span.enter();
        info!(target: "auth", "auth.login");
        span.record("user", "u");
        info!(target: "auth", "auth.login");
        span.record("user", "v").record("trace_id", 9);
        info!(target: "auth", "auth.login");
    });
    let users: Vec<&Value> = events.iter().map(|event| &event["userId"]).collect();
    assert_eq!(json!(users), json!([null, "u", "v"]));
    assert_eq!(
        events[2]["metadata"],
        json!({"tenantId": "t", "traceId": 9})
    );
}

#[test]
fn layers_of_different_targets_do_not_disturb_each_other() {
    let (auth, shop) = (Log::new(), Log::new());
    let subscriber = tracing_subscriber::registry()
        .with(AuthLayer::new(auth.metrics.clone()).filtered())
        .with(
            AuthLayer::new(shop.metrics.clone())
                .targets(["shop"])
                .filtered(),
        );
    tracing::subscriber::with_default(subscriber, || {
        let outer = info_span!(target: "auth", "outer", user = "a", tenant = "t", trace_id = 1);
        let _inside = outer.enter();
        let inner = info_span!(target: "shop", "inner", user = "s", ip = "192.0.2.1", span_id = 2);
        let _inside = inner.enter();
        info!(target: "auth", "auth.login");
        info!(target: "shop", "order.made");
    });
    let expected = json!({"event": "auth.login", "userId": "a", "metadata": {"spanId": 2, "tenantId": "t", "traceId": 1}});
    assert_eq!(auth.event(), expected);
    let expected = json!({"event": "order.made", "userId": "s", "metadata": {"ip": "192.0.2.1", "spanId": 2, "traceId": 1}});
    assert_eq!(shop.event(), expected);
}

/// Ids that a layer keeps beside its spans, as those of OpenTelemetry do.
struct Ids(u128, u64);

struct Tracer;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Tracer {
    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let span = context.span(id).unwrap();
        let above = span
            .parent()
            .map(|parent| parent.extensions().get::<Ids>().unwrap().0);
        let ids = Ids(above.unwrap_or(0xabc), id.into_u64());
        span.extensions_mut().insert(ids);
    }
}

#[test]
fn trace_ids_come_from_what_another_layer_keeps() {
    let log = Log::new();
    let layer = AuthLayer::new(log.metrics.clone()).trace_ids(|extensions| {
        let Ids(trace, span) = extensions.get()?;
        Some(TraceIds {
            trace: *trace,
            span: *span,
        })
    });
    let subscriber = tracing_subscriber::registry().with(Tracer).with(layer);
    let inner = tracing::subscriber::with_default(subscriber, || {
        let outer = info_span!("outer");
        let _outer = outer.enter();
        let inner = info_span!("inner");
        let _inner = inner.enter();
        info!(target: "auth", "auth.login");
        info!(target: "auth", trace_id = "own", "auth.login");
        inner.id().unwrap().into_u64()
    });
    let ids =
        json!({"traceId": "00000000000000000000000000000abc", "spanId": format!("{inner:016x}")});
    assert_eq!(metadata(&log.events()), [ids, json!({"traceId": "own"})]);
}
