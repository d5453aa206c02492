//! Where batches go: a URL that is checked once, and whose secrets are never shown.
//!
//! A name and a password may stand in the URL (`https://name:password@host/`) and become an `Authorization` header. A
//! token may be in the path or the query, as many collectors want it. So all that is ever shown is scheme, host and
//! port.

use std::ffi::{OsStr, OsString};
use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;
use ureq::http::uri::{Authority, Scheme};
use ureq::http::{HeaderValue, Uri};

use crate::error::{Error, ErrorKind};

/// A checked URL.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// Without name and password.
    pub(super) uri: Uri,
    pub(super) authorization: Option<HeaderValue>,
    origin: String,
}

const VARIABLE: &str = "METRICS_ENDPOINT";

impl Target {
    /// Checks a URL.
    ///
    /// # Errors
    /// If it is no http or https URL with a host. The error names `METRICS_ENDPOINT`, and of the URL the scheme at most.
    pub(crate) fn parse(url: &OsStr) -> Result<Target, Error> {
        let wrong = || {
            ErrorKind::Setting {
                variable: VARIABLE,
                value: shown(url),
                allowed: "an http:// or https:// URL with a host, as in https://collector.example.com/events",
            }
            .into()
        };
        url.to_str().and_then(Target::checked).ok_or_else(wrong)
    }

    fn checked(text: &str) -> Option<Target> {
        let uri: Uri = text.parse().ok()?;
        let scheme = uri.scheme()?;
        if *scheme != Scheme::HTTP && *scheme != Scheme::HTTPS {
            return None;
        }
        let authority = uri.authority()?.as_str();
        let (login, place) = match authority.rsplit_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, authority),
        };
        let place: Authority = place.parse().ok()?;
        if place.host().is_empty() || !has_sound_port(&place) {
            return None;
        }
        let authorization = match login {
            Some(login) => Some(basic(login)?),
            None => None,
        };
        let origin = format!("{scheme}://{place}");
        let mut parts = uri.into_parts();
        parts.authority = Some(place);
        Some(Target {
            uri: Uri::from_parts(parts).ok()?,
            authorization,
            origin,
        })
    }

    /// What may be shown: scheme, host and port.
    pub(super) fn origin(&self) -> &str {
        &self.origin
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

/// No port, or one from 1 to 65535.
fn has_sound_port(place: &Authority) -> bool {
    let after_host = &place.as_str()[place.host().len()..];
    after_host.is_empty() || place.port_u16().is_some_and(|port| port > 0)
}

/// The header of a name and a password (RFC 7617), which are percent-encoded in a URL.
fn basic(login: &str) -> Option<HeaderValue> {
    let (name, password) = login.split_once(':').unwrap_or((login, ""));
    let mut plain: Vec<u8> = percent_decode_str(name).collect();
    plain.push(b':');
    plain.extend(percent_decode_str(password));
    let mut value =
        HeaderValue::try_from(format!("Basic {}", BASE64_STANDARD.encode(plain))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Of a wrong URL, its scheme if it has one: anything else may be a password in the wrong place.
fn shown(url: &OsStr) -> OsString {
    let text = url.to_string_lossy();
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    match scheme {
        Some(scheme)
            if (1..=8).contains(&scheme.len())
                && scheme.bytes().all(|byte| byte.is_ascii_alphabetic()) =>
        {
            format!("{scheme}://…").into()
        }
        _ => "…".into(),
    }
}
