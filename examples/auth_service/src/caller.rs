//! Who calls, from where, with what; and what every event says of that.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use authmeter::events::Draft;
use axum::extract::{ConnectInfo, FromRequestParts, MatchedPath};
use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;

use crate::app::Shared;
use crate::tokens::Token;

/// One request's origin and aim.
#[derive(Clone, Debug)]
pub struct Caller {
    pub ip: String,
    pub user_agent: String,
    /// The route, not the path: ids in paths would make every call an endpoint of its own.
    pub endpoint: String,
    pub method: String,
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Caller, Infallible> {
        let peer = ConnectInfo::<SocketAddr>::from_request_parts(parts, app).await;
        let ip = peer
            .ok()
            .map(|ConnectInfo(peer)| address(peer.ip(), &parts.headers, &app.settings.proxies));
        let route = parts
            .extensions
            .get::<MatchedPath>()
            .map_or("unknown", MatchedPath::as_str);
        let agent = parts
            .headers
            .get(USER_AGENT)
            .and_then(|agent| agent.to_str().ok());
        Ok(Caller {
            ip: ip.map_or_else(String::new, |ip| ip.to_string()),
            user_agent: agent.unwrap_or_default().to_owned(),
            endpoint: route.to_owned(),
            method: parts.method.as_str().to_owned(),
        })
    }
}

/// The caller's address: the peer's, or where the peer is a proxy of ours, the one before it. Anybody can send an
/// `X-Forwarded-For`; what proxies of ours have added stands at its end.
fn address(peer: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    let mut address = peer.to_canonical();
    let hops = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|hops| hops.to_str().ok());
    let hops: Vec<&str> = hops.flat_map(|hops| hops.split(',')).collect();
    for hop in hops.iter().rev() {
        match hop.trim().parse::<IpAddr>() {
            Ok(before) if proxies.contains(&address) => address = before.to_canonical(),
            _ => break,
        }
    }
    address
}

/// What events say of callers and tokens, in one word each.
pub trait About<'a> {
    /// Address and user agent.
    fn caller(self, caller: &'a Caller) -> Self;
    /// What was called: route and method.
    fn call(self, caller: &'a Caller) -> Self;
    /// Whose token it is, which one, and what it may do. Never the token itself.
    fn of(self, token: &'a Token) -> Self;
}

impl<'a> About<'a> for Draft<'a> {
    fn caller(self, caller: &'a Caller) -> Self {
        self.ip(&caller.ip).user_agent(&caller.user_agent)
    }

    fn call(self, caller: &'a Caller) -> Self {
        self.endpoint(&caller.endpoint).http_method(&caller.method)
    }

    fn of(mut self, token: &'a Token) -> Self {
        let grant = &token.grant;
        if let Some(user) = &grant.user {
            self = self.user(&user.id).email(&user.email).tenant(&user.tenant);
        }
        if let Some(session) = &grant.session {
            self = self.session(session);
        }
        if let Some(family) = &grant.family {
            self = self.token_family(family);
        }
        self.client(&grant.client)
            .token_type(token.kind.name())
            .token_id(&token.id)
            .scopes(&grant.scopes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, hops: &str, proxies: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", hops.parse().expect("a header"));
        let parse = |ip: &str| ip.parse::<IpAddr>().expect("an address");
        let proxies: Vec<IpAddr> = proxies.iter().map(|proxy| parse(proxy)).collect();
        address(parse(peer), &headers, &proxies).to_string()
    }

    #[test]
    fn only_proxies_of_ours_say_who_came_before_them() {
        assert_eq!(seen("203.0.113.7", "198.51.100.1", &[]), "203.0.113.7");
        assert_eq!(
            seen("10.0.0.1", "198.51.100.1", &["10.0.0.1"]),
            "198.51.100.1"
        );
        assert_eq!(
            seen("10.0.0.1", "1.1.1.1, 198.51.100.1", &["10.0.0.1"]),
            "198.51.100.1"
        );
        assert_eq!(
            seen(
                "10.0.0.1",
                "198.51.100.1, 10.0.0.2",
                &["10.0.0.1", "10.0.0.2"]
            ),
            "198.51.100.1"
        );
        assert_eq!(seen("10.0.0.1", "nonsense", &["10.0.0.1"]), "10.0.0.1");
        assert_eq!(seen("::ffff:10.0.0.1", "", &[]), "10.0.0.1");
    }
}
