//! Before every route: what is asked how, from where, and by whom.
//!
//! A page from elsewhere that is open in the same browser must learn nothing. Its scripts can make the browser ask, though: by
//! a name of its own that it has lead to this machine (DNS rebinding), or across origins. Without tokens, the server answers
//! therefore to names of this machine alone, and with or without, to no page but its own.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Response, header};
use axum::middleware::Next;
use axum::response::IntoResponse;

use super::Who;
use super::auth::Grants;
use super::problem::Problem;
use super::{Server, page};

/// The most bytes of an address.
pub(super) const LONGEST: usize = 4096;

/// Wrong tokens of an address within a [`PENANCE`], before it is answered no more.
const MOST_WRONG: u32 = 10;
const PENANCE: Duration = Duration::from_secs(60);
/// Addresses that are remembered.
const MOST_ADDRESSES: usize = 10_000;

/// Who gets in.
pub(super) struct Gate {
    address: SocketAddr,
    grants: Option<Grants>,
    wrong: Mutex<HashMap<IpAddr, (u32, Instant)>>,
}

/// Where a question comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) IpAddr);

impl Gate {
    pub(super) fn new(address: SocketAddr, grants: Option<Grants>) -> Gate {
        Gate {
            address,
            grants,
            wrong: Mutex::default(),
        }
    }

    /// What came to be wrong with the file of tokens.
    pub(super) fn trouble(&self) -> Option<String> {
        self.grants.as_ref().and_then(Grants::trouble)
    }

    /// Who asks.
    fn who(&self, headers: &HeaderMap, peer: IpAddr) -> Result<Who, Problem> {
        let Some(grants) = &self.grants else {
            return Ok(Who::Operator);
        };
        let mut given = headers.get_all(header::AUTHORIZATION).iter();
        let (Some(given), None) = (given.next(), given.next()) else {
            return Err(Problem::unknown());
        };
        // A valid token gets in whatever others behind the same address tried: nobody guesses 256 bits.
        if let Some(who) = token(given).and_then(|token| grants.who(token)) {
            return Ok(who);
        }
        let peer = neighbourhood(peer);
        if let Some(after) = self.penance(peer) {
            return Err(Problem::too_often(after));
        }
        self.remember(peer);
        Err(Problem::unknown())
    }

    /// Whether whoever asked so may still see what `who` may: a token ends, and a stream ends with it.
    pub(super) fn still_admits(&self, headers: &HeaderMap, who: &Who) -> bool {
        let Some(grants) = &self.grants else {
            return true;
        };
        let given = headers.get(header::AUTHORIZATION).and_then(token);
        given.and_then(|token| grants.who(token)).as_ref() == Some(who)
    }

    /// How many seconds somebody still has to wait.
    fn penance(&self, peer: IpAddr) -> Option<u64> {
        let wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        let (times, since) = wrong.get(&peer)?;
        let left = PENANCE.checked_sub(since.elapsed())?;
        (*times >= MOST_WRONG).then_some(left.as_secs() + 1)
    }

    fn remember(&self, peer: IpAddr) {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if wrong.len() >= MOST_ADDRESSES && !wrong.contains_key(&peer) {
            wrong.retain(|_, (_, since)| since.elapsed() < PENANCE);
        }
        if wrong.len() >= MOST_ADDRESSES && !wrong.contains_key(&peer) {
            // Whoever has so many addresses is not held up by this; memory is what is left to guard.
            wrong.clear();
        }
        let (times, since) = wrong.entry(peer).or_insert((0, Instant::now()));
        if since.elapsed() >= PENANCE {
            (*times, *since) = (0, Instant::now());
        }
        *times += 1;
    }

    /// Refuses what no page of this server would ask.
    fn admits(&self, request: &Request) -> Result<(), Problem> {
        let headers = request.headers();
        let host = headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        if self.grants.is_none()
            && self.address.ip().is_loopback()
            && !host.is_some_and(is_this_machine)
        {
            let remedy = "Ask by http://localhost or http://127.0.0.1, or serve with --auth.";
            return Err(Problem::forbidden(
                "Without --auth, the server answers to names of this machine alone.",
                remedy,
            ));
        }
        if page::FILES
            .iter()
            .any(|(path, ..)| *path == request.uri().path())
        {
            return Ok(());
        }
        let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
        let origin = headers
            .get(header::ORIGIN)
            .map(|origin| origin.to_str().unwrap_or_default());
        let own = |origin: &str| {
            origin
                .split_once("://")
                .is_some_and(|(_, place)| Some(place) == host)
        };
        if site.is_some_and(|site| site != b"same-origin" && site != b"none")
            || origin.is_some_and(|origin| !own(origin))
        {
            return Err(Problem::forbidden(
                "A page from elsewhere asks.",
                "Open the server's own page.",
            ));
        }
        Ok(())
    }
}

/// The token of a field `Authorization`.
fn token(given: &HeaderValue) -> Option<&str> {
    let (scheme, token) = given.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Whoever has an address of IPv6 has all of its network.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() & !0 << 64)),
        four => four,
    }
}

/// Whether a Host header names this machine, with any port.
fn is_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || bare
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Passes on what is allowed, with who asks, and gives every answer its headers.
pub(super) async fn pass(
    State(server): State<Arc<Server>>,
    mut request: Request,
    next: Next,
) -> Response<Body> {
    let path = request.uri().path();
    let open = path == "/healthz" || page::FILES.iter().any(|(known, ..)| *known == path);
    let answer = match checked(&server, &request, open) {
        Ok(who) => {
            if let Some(who) = who {
                request.extensions_mut().insert(who);
            }
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    };
    server.counters.answered(answer.status());
    with_headers(answer)
}

fn checked(server: &Server, request: &Request, open: bool) -> Result<Option<Who>, Problem> {
    let headers = request.headers();
    let length = headers.get(header::CONTENT_LENGTH);
    if headers.contains_key(header::TRANSFER_ENCODING) || length.is_some_and(|length| length != "0")
    {
        return Err(Problem::body());
    }
    if request
        .uri()
        .path_and_query()
        .is_some_and(|all| all.as_str().len() > LONGEST)
    {
        return Err(Problem::long());
    }
    server.gate.admits(request)?;
    if open {
        return Ok(None);
    }
    let peer = request
        .extensions()
        .get::<Peer>()
        .map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |peer| peer.0);
    server.gate.who(headers, peer).map(Some)
}

/// Headers of every answer.
fn with_headers(mut answer: Response<Body>) -> Response<Body> {
    const FIXED: [(&str, &str); 8] = [
        ("content-security-policy", page::CSP),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-embedder-policy", "require-corp"),
        (
            "permissions-policy",
            "camera=(), geolocation=(), microphone=()",
        ),
    ];
    let headers = answer.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    answer
}
