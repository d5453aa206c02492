//! What an event says of a call: whose token, from where, of what.

use std::fs;
use std::net::{IpAddr, SocketAddr};

use authmeter::bridge::tower::{ForwardedHeader, TokenSlot, TokenUse, TokenUseLayer};
use authmeter::{Format, Metrics};
use http::{HeaderValue, Method, Request, Response};
use serde_json::{Value, json};
use tower_service::Service as _;

use crate::Log;
use crate::calls::{answer, event, now, request, service};

/// The event of one request that is answered with 200.
fn used(layer: impl FnOnce(TokenUseLayer) -> TokenUseLayer, request: Request<()>) -> Value {
    let log = Log::new();
    let layer = layer(TokenUseLayer::new(log.metrics.clone()));
    now(service(&layer, |_| answer(200)).call(request)).unwrap();
    event(&log)
}

fn peer(parts: &http::request::Parts) -> Option<IpAddr> {
    parts.extensions.get::<SocketAddr>().map(SocketAddr::ip)
}

#[test]
fn an_event_says_everything_that_is_known() {
    let known = TokenUse::of("token-7")
        .user("user-123")
        .tenant("acme")
        .client("ci");
    let request = Request::post("/v1/orders")
        .header("user-agent", "curl/8")
        .extension(known);
    let request = request
        .extension(SocketAddr::from(([203, 0, 113, 7], 4711)))
        .body(())
        .unwrap();
    let expected = json!({"event": "api_token.used", "userId": "user-123", "success": true, "metadata": {"tokenId": "token-7",
        "clientId": "ci", "tenantId": "acme", "ip": "203.0.113.7", "userAgent": "curl/8", "endpoint": "/v1/orders",
        "httpMethod": "POST", "status": 200}});
    assert_eq!(used(|layer| layer.peer(peer), request), expected);
}

#[test]
fn what_is_not_known_is_left_out() {
    let expected = json!({"event": "api_token.used", "success": true, "metadata": {"endpoint": "/v1/orders", "httpMethod": "GET", "status": 200}});
    assert_eq!(used(|layer| layer, request()), expected);
    let request = Request::builder()
        .method(Method::CONNECT)
        .uri("example.com:443");
    let request = request
        .extension(TokenUse::of("").user(""))
        .body(())
        .unwrap();
    let expected = json!({"event": "api_token.used", "success": true, "metadata": {"httpMethod": "CONNECT", "status": 200}});
    assert_eq!(used(|layer| layer.peer(|_| None), request), expected);
}

#[test]
fn no_secret_of_a_request_or_response_is_in_the_log() {
    let log = Log::new();
    let layer = TokenUseLayer::new(log.metrics.clone()).peer(peer).slot();
    let request =
        Request::get("https://me:SECRET@example.com/v1/orders?access_token=SECRET#SECRET")
            .header("authorization", "Bearer SECRET")
            .header("cookie", "session=SECRET")
            .header("x-api-key", "SECRET")
            .header("proxy-authorization", "SECRET")
            .header("referer", "https://example.com/?code=SECRET")
            .header("forwarded", "for=SECRET")
            .header("x-forwarded-for", "SECRET")
            .body(())
            .unwrap();
    let mut sets_cookie = service(&layer, |_| async {
        Response::builder()
            .header("set-cookie", "session=SECRET")
            .status(401)
            .body(())
    });
    now(sets_cookie.call(request)).unwrap();
    assert_eq!(event(&log)["metadata"]["endpoint"], "/v1/orders");
    let text = fs::read_to_string(log.path()).unwrap();
    assert!(!text.contains("SECRET"), "{text}");
}

#[test]
fn the_response_knows_better_than_the_slot_and_that_better_than_the_request() {
    let log = Log::new();
    let layer = TokenUseLayer::new(log.metrics.clone()).slot();
    let mut api = service(&layer, |request: Request<()>| {
        let slot = request.extensions().get::<TokenSlot>().unwrap();
        slot.set(TokenUse::of("slot").user("slot").client("slot"));
        slot.set(TokenUse::of("too late"));
        let mut response = Response::new(());
        *response.status_mut() = http::StatusCode::FORBIDDEN;
        response
            .extensions_mut()
            .insert(TokenUse::unknown().user("response").reason("missing scope"));
        std::future::ready(Ok::<_, std::convert::Infallible>(response))
    });
    let known = TokenUse::of("request")
        .user("request")
        .client("request")
        .tenant("request")
        .reason("not this");
    let request = Request::get("/").extension(known).body(()).unwrap();
    let response = now(api.call(request)).unwrap();
    assert!(
        response.extensions().get::<TokenUse>().is_some(),
        "others may look at it, too"
    );
    let expected = json!({"event": "api_token.used", "userId": "response", "success": false, "error": "missing scope",
        "metadata": {"tokenId": "slot", "clientId": "slot", "tenantId": "request", "endpoint": "/", "httpMethod": "GET", "status": 403}});
    assert_eq!(event(&log), expected);
}

#[test]
fn a_slot_is_known_though_there_is_no_response() {
    let log = Log::new();
    let layer = TokenUseLayer::new(log.metrics.clone()).slot();
    let mut gone = service(&layer, |request: Request<()>| {
        let slot = request.extensions().get::<TokenSlot>().unwrap();
        slot.set(TokenUse::of("token-7").reason("not this: the call was not refused"));
        std::future::pending::<Result<Response<()>, &str>>()
    });
    drop(gone.call(request()));
    let event = event(&log);
    assert_eq!(
        (&event["metadata"]["tokenId"], &event["error"]),
        (&json!("token-7"), &json!("cancelled"))
    );
}

#[test]
fn without_asking_there_is_no_slot() {
    let log = Log::new();
    let layer = TokenUseLayer::new(log.metrics.clone());
    let mut api = service(&layer, |request: Request<()>| {
        assert!(request.extensions().is_empty());
        answer(200)
    });
    now(api.call(request())).unwrap();
}

#[test]
fn only_requests_that_count_are_logged() {
    let log = Log::new();
    let layer = TokenUseLayer::new(log.metrics.clone())
        .filter(|parts| parts.headers.contains_key("authorization"));
    let mut api = service(&layer, |_| answer(200));
    now(api.call(request())).unwrap();
    drop(api.call(request()));
    let mut counted = request();
    counted
        .headers_mut()
        .insert("authorization", HeaderValue::from_static("Bearer x"));
    now(api.call(counted)).unwrap();
    assert_eq!(log.events().len(), 1);
}

#[test]
fn a_disabled_writer_asks_nothing() {
    let metrics = Metrics::builder().format(Format::None).build().unwrap();
    let layer = TokenUseLayer::new(metrics)
        .slot()
        .peer(|_| unreachable!("nobody writes it"));
    let mut api = service(&layer, |request: Request<()>| {
        assert!(request.extensions().is_empty());
        answer(200)
    });
    now(api.call(request())).unwrap();
}

#[test]
fn the_route_stands_for_the_path_where_there_is_one() {
    struct Route(&'static str);
    let endpoint = |request: Request<()>| {
        let named = |layer: TokenUseLayer| {
            layer.endpoint(|parts| parts.extensions.get::<Route>().map(|route| route.0))
        };
        used(named, request)["metadata"]["endpoint"].clone()
    };
    impl Clone for Route {
        fn clone(&self) -> Route {
            Route(self.0)
        }
    }
    let routed = Request::get("/v1/orders/7?x")
        .extension(Route("/v1/orders/{id}"))
        .body(())
        .unwrap();
    assert_eq!(endpoint(routed), "/v1/orders/{id}");
    assert_eq!(endpoint(request()), "/v1/orders");
}

#[test]
fn long_and_strange_texts_are_cut_and_mended() {
    let mut long = Request::get(format!("/{}?q", "a".repeat(2_000)))
        .body(())
        .unwrap();
    let agent = [&b"\xff\xfe"[..], &"é".repeat(2_000).into_bytes()].concat();
    long.headers_mut()
        .insert("user-agent", HeaderValue::from_bytes(&agent).unwrap());
    let event = used(|layer| layer, long);
    assert_eq!(
        event["metadata"]["endpoint"],
        format!("/{}", "a".repeat(511))
    );
    assert_eq!(
        event["metadata"]["userAgent"],
        format!("\u{fffd}\u{fffd}{}", "é".repeat(125))
    );
}

#[test]
fn the_caller_is_behind_trusted_proxies_only() {
    let ip = |from: [u8; 4], header: &str, value: &str| {
        let request = Request::get("/")
            .header(header, value)
            .extension(SocketAddr::from((from, 80)))
            .body(());
        let trusting = |layer: TokenUseLayer| {
            let layer = layer
                .peer(peer)
                .trusted_proxies(["10.0.0.0/8".parse().unwrap()]);
            match header {
                "forwarded" => layer.forwarded_header(ForwardedHeader::Forwarded),
                _ => layer,
            }
        };
        used(trusting, request.unwrap())["metadata"]["ip"].clone()
    };
    assert_eq!(
        ip(
            [10, 0, 0, 1],
            "x-forwarded-for",
            "1.1.1.1, 203.0.113.7, 10.0.0.2"
        ),
        "203.0.113.7"
    );
    assert_eq!(
        ip(
            [10, 0, 0, 1],
            "forwarded",
            "for=1.1.1.1, for=\"[2001:db8::1]:80\""
        ),
        "2001:db8::1"
    );
    assert_eq!(
        ip([203, 0, 113, 9], "x-forwarded-for", "1.1.1.1"),
        "203.0.113.9"
    );
    assert_eq!(
        ip([10, 0, 0, 1], "x-forwarded-for", "203.0.113.7, unknown"),
        Value::Null
    );
}
