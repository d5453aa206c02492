//! One call, from its request to its response, or to whatever else becomes of it.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use http::header::USER_AGENT;
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{Extensions, HeaderValue, Method, Response, StatusCode};

use super::Settings;
use super::token_use::{Known, TokenSlot, TokenUse};
use crate::write::events;

/// The longest user agent that is written, in bytes. Those of browsers have some 150.
pub const USER_AGENT_MOST: usize = 256;

/// The longest path that is written, in bytes.
pub const ENDPOINT_MOST: usize = 512;

/// The longest text of a service's error that is written, in bytes.
const ERROR_MOST: usize = 256;

/// A call that is under way. When it goes, it is logged: with its response, or as one that has none.
pub(super) struct Call {
    settings: Arc<Settings>,
    started: Instant,
    method: Method,
    endpoint: Option<Endpoint>,
    agent: Option<HeaderValue>,
    ip: Option<IpAddr>,
    known: Option<TokenUse>,
    slot: Option<TokenSlot>,
    state: State,
}

/// Most requests have their path in a buffer that is shared and not copied.
enum Endpoint {
    Path(PathAndQuery),
    Route(Box<str>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// It waits for somebody to poll it.
    Waiting,
    /// The service is at work on it, on this thread. A call that goes now goes because the service panics.
    Working,
    Logged,
}

impl Call {
    /// The call of a request; `None` if it is not to be logged.
    pub(super) fn of(settings: &Arc<Settings>, parts: &mut Parts) -> Option<Call> {
        let counts = settings.counts.as_ref().is_none_or(|counts| counts(parts));
        if !counts || !settings.destination.is_enabled() {
            return None;
        }
        let route = settings.endpoint.as_ref().and_then(|route| route(parts));
        let endpoint = match route {
            Some(route) => Some(Endpoint::Route(cut(route, ENDPOINT_MOST).into())),
            None => parts.uri.path_and_query().cloned().map(Endpoint::Path),
        };
        let peer = settings.peer.as_ref().and_then(|peer| peer(parts));
        let slot = settings.slot.then(TokenSlot::default);
        if let Some(slot) = &slot {
            parts.extensions.insert(slot.clone());
        }
        Some(Call {
            settings: Arc::clone(settings),
            started: Instant::now(),
            method: parts.method.clone(),
            endpoint,
            agent: parts.headers.get(USER_AGENT).cloned(),
            ip: peer.and_then(|peer| settings.proxies.caller(peer, &parts.headers)),
            known: parts.extensions.get::<TokenUse>().cloned(),
            slot,
            state: State::Waiting,
        })
    }

    /// Lets the service work on a call, so that it is known if it panics.
    pub(super) fn watched<T>(call: &mut Option<Call>, work: impl FnOnce() -> T) -> T {
        let enter = |call: &mut Option<Call>, state| {
            if let Some(call) = call {
                call.state = state;
            }
        };
        enter(call, State::Working);
        let done = work();
        enter(call, State::Waiting);
        done
    }

    fn answered(&mut self, status: StatusCode, extensions: &Extensions) {
        let failed = status.as_u16() >= 400;
        let reason = failed.then(|| status.canonical_reason().unwrap_or(status.as_str()));
        self.log(Some(status), extensions.get(), reason);
    }

    #[cold]
    fn failed(&mut self, error: &dyn fmt::Display) {
        let error = error.to_string();
        let reason = match cut(&error, ERROR_MOST) {
            "" => "failed",
            text => text,
        };
        self.log(None, None, Some(reason));
    }

    /// Writes the event. With a reason the call failed.
    fn log(&mut self, status: Option<StatusCode>, answer: Option<&TokenUse>, reason: Option<&str>) {
        self.state = State::Logged;
        let slot = self.slot.as_ref().and_then(TokenSlot::get);
        let said = [answer, slot, self.known.as_ref()];
        let known = |of: fn(&Known) -> Option<&str>| {
            let mut said = said.iter().flatten();
            said.find_map(|token| of(token.known()).filter(|text| !text.is_empty()))
        };
        // An application's reason is why it refused; a call without a response was not refused.
        let refused = status.and_then(|_| known(|known| known.reason.as_deref()));
        let agent = self.agent.as_ref().map(agent_text);
        let ip = self.ip.map(AddressText::of);

        let draft = events::api_token_used();
        let mut draft = match reason {
            Some(reason) => draft.failure(refused.unwrap_or(reason)),
            None => draft.success(),
        };
        // An empty id is none.
        draft = draft.user(known(|known| known.user.as_deref()).unwrap_or_default());
        for (key, text) in [
            ("tokenId", known(|known| known.token.as_deref())),
            ("clientId", known(|known| known.client.as_deref())),
            ("tenantId", known(|known| known.tenant.as_deref())),
            ("ip", ip.as_ref().map(AddressText::as_str)),
            (
                "userAgent",
                agent.as_ref().map(|agent| cut(agent, USER_AGENT_MOST)),
            ),
            ("endpoint", self.endpoint.as_ref().map(Endpoint::as_str)),
            ("httpMethod", Some(self.method.as_str())),
        ] {
            if let Some(text) = text {
                draft.add(key, text);
            }
        }
        if let Some(status) = status {
            draft.add("status", status.as_u16());
        }
        let millis = self.started.elapsed().as_millis();
        draft.add("durationMs", u64::try_from(millis).unwrap_or(u64::MAX));
        self.settings.destination.emit(draft);
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        match self.state {
            State::Waiting => self.log(None, None, Some("cancelled")),
            State::Working => self.log(None, None, Some("panicked")),
            State::Logged => {}
        }
    }
}

impl Endpoint {
    fn as_str(&self) -> &str {
        match self {
            Endpoint::Path(path) => cut(path.path(), ENDPOINT_MOST),
            Endpoint::Route(route) => route,
        }
    }
}

/// A user agent as text; what is no UTF-8 of it is replaced.
fn agent_text(agent: &HeaderValue) -> Cow<'_, str> {
    // Nearly all are ASCII, which this sees several times sooner than the other.
    match str::from_utf8(agent.as_bytes()) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(agent.as_bytes()),
    }
}

/// The first bytes of a text, without half a character.
fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// An address as text, without the heap.
struct AddressText {
    /// The longest is `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255`.
    bytes: [u8; 45],
    length: usize,
}

impl AddressText {
    fn of(address: IpAddr) -> AddressText {
        let mut text = AddressText {
            bytes: [0; 45],
            length: 0,
        };
        // Every address fits.
        let _ = match address {
            // A formatter takes five times as long.
            IpAddr::V4(address) => text.push_octets(address.octets()),
            IpAddr::V6(address) => write!(text, "{address}"),
        };
        text
    }

    fn push_octets(&mut self, octets: [u8; 4]) -> fmt::Result {
        for (index, octet) in octets.into_iter().enumerate() {
            self.write_str(if index > 0 { "." } else { "" })?;
            self.write_str(itoa::Buffer::new().format(octet))?;
        }
        Ok(())
    }

    fn as_str(&self) -> &str {
        str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

impl fmt::Write for AddressText {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        let place = self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?;
        place.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

pin_project_lite::pin_project! {
    /// The response of a service whose calls are logged. Dropped before it is there, the call is logged as cancelled.
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: F,
        call: Option<Call>,
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn new(inner: F, call: Option<Call>) -> ResponseFuture<F> {
        ResponseFuture { inner, call }
    }
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

impl<F, R, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    E: fmt::Display,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let inner = this.inner;
        let result = ready!(Call::watched(this.call, || inner.poll(context)));
        if let Some(mut call) = this.call.take() {
            match &result {
                Ok(response) => call.answered(response.status(), response.extensions()),
                Err(error) => call.failed(error),
            }
        }
        Poll::Ready(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_written_as_others_write_it() {
        for text in [
            "192.0.2.1",
            "0.10.200.255",
            "::1",
            "2001:db8::7",
            "::ffff:255.255.255.255",
            "1111:2222:3333:4444:5555:6666:7777:8888",
        ] {
            let address: IpAddr = text.parse().unwrap();
            assert_eq!(AddressText::of(address).as_str(), address.to_string());
        }
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(
            (cut("aéb", 1), cut("aéb", 2), cut("aéb", 3), cut("aéb", 9)),
            ("a", "a", "aé", "aéb")
        );
    }
}
