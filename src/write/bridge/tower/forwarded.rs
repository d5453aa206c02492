//! Whose request it is, where proxies stand between.
//!
//! Each proxy adds the address it was called from at the right end of a header. What a caller wrote there itself comes
//! to stand to the left of that. So the list is read from the right, as long as the addresses are of proxies that are
//! trusted; the first that is not is the caller, and nothing to the left of it is looked at.
//!
//! ```text
//!  caller 203.0.113.7 ──────────▶ proxy 10.0.0.2 ───────────────────▶ proxy 10.0.0.1 ──────────────────▶ here
//!  X-Forwarded-For: 1.1.1.1       X-Forwarded-For: 1.1.1.1, 203.0.113.7      …, 203.0.113.7, 10.0.0.2
//!                   spoofed                        spoofed  the caller
//! ```

use std::net::IpAddr;

use http::HeaderMap;

use super::network::Network;

/// The header in which trusted proxies say whom they were called by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForwardedHeader {
    /// `X-Forwarded-For: 203.0.113.7, 10.0.0.2`, as most proxies have it.
    #[default]
    XForwardedFor,
    /// `Forwarded: for=203.0.113.7, for="[2001:db8::1]:80"` (RFC 7239).
    Forwarded,
}

/// Which proxies are trusted, and how they say what.
#[derive(Clone, Debug, Default)]
pub(super) struct Proxies {
    pub(super) networks: Vec<Network>,
    pub(super) header: ForwardedHeader,
}

impl Proxies {
    /// The caller's address, if it is known. `peer` is the other end of the connection.
    ///
    /// A trusted proxy that says something else than an address (`unknown`, `_hidden`, nonsense) leaves nothing that
    /// could be relied on: then there is none. A list of trusted addresses alone began at its left end.
    pub(super) fn caller(&self, peer: IpAddr, headers: &HeaderMap) -> Option<IpAddr> {
        let mut caller = peer.to_canonical();
        if !self.trusts(caller) {
            return Some(caller);
        }
        let (name, quotes) = match self.header {
            ForwardedHeader::XForwardedFor => ("x-forwarded-for", false),
            ForwardedHeader::Forwarded => ("forwarded", true),
        };
        for line in headers.get_all(name).iter().rev() {
            let mut rest = Some(line.as_bytes());
            while let Some(list) = rest {
                let element;
                (rest, element) = split_last(list, quotes);
                let element = element.trim_ascii();
                if element.is_empty() {
                    continue;
                }
                caller = match self.header {
                    ForwardedHeader::XForwardedFor => address(element)?,
                    ForwardedHeader::Forwarded => address(for_node(element)?)?,
                };
                if !self.trusts(caller) {
                    return Some(caller);
                }
            }
        }
        Some(caller)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.networks
            .iter()
            .any(|network| network.contains(address))
    }
}

/// The last element of a list and what is before it. It is read from the right, so that a quote that a caller opens
/// and does not close swallows nothing of what proxies added.
fn split_last(list: &[u8], quotes: bool) -> (Option<&[u8]>, &[u8]) {
    let mut quoted = false;
    for (at, byte) in list.iter().enumerate().rev() {
        match byte {
            b'"' if quotes && !list[..at].ends_with(b"\\") => quoted = !quoted,
            b',' if !quoted => return (Some(&list[..at]), &list[at + 1..]),
            _ => {}
        }
    }
    (None, list)
}

/// The value of `for` in one element of `Forwarded`, without quotes; `None` if there is not exactly one.
fn for_node(element: &[u8]) -> Option<&[u8]> {
    let mut quoted = false;
    let mut pairs = element.split(|byte| {
        quoted ^= *byte == b'"';
        *byte == b';' && !quoted
    });
    let mut nodes = pairs.by_ref().filter_map(|pair| {
        let at = pair.iter().position(|byte| *byte == b'=')?;
        let (name, value) = (pair[..at].trim_ascii(), pair[at + 1..].trim_ascii());
        name.eq_ignore_ascii_case(b"for").then_some(value)
    });
    let (node, None) = (nodes.next()?, nodes.next()) else {
        return None;
    };
    match node.strip_prefix(b"\"") {
        Some(open) => open.strip_suffix(b"\""),
        None => Some(node),
    }
}

/// The address of a node, `192.0.2.1`, `2001:db8::1` or `[2001:db8::1]`, with a port or without.
fn address(node: &[u8]) -> Option<IpAddr> {
    let node = str::from_utf8(node).ok()?;
    let (address, port) = match node.strip_prefix('[') {
        Some(open) => {
            let (address, after) = open.split_once(']')?;
            (IpAddr::V6(address.parse().ok()?), after)
        }
        None => match node.parse() {
            Ok(address) => (address, ""),
            Err(_) => {
                let at = node.find(':')?;
                (IpAddr::V4(node[..at].parse().ok()?), &node[at..])
            }
        },
    };
    // A port may be hidden, as `_name` (RFC 7239, section 6).
    let port_is_one = |port: &str| {
        let hidden = port.strip_prefix('_');
        let name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        match hidden {
            Some(hidden) => !hidden.is_empty() && hidden.bytes().all(name),
            None => {
                port.len() <= 5
                    && !port.is_empty()
                    && port.bytes().all(|byte| byte.is_ascii_digit())
            }
        }
    };
    let fits = port.is_empty() || port.strip_prefix(':').is_some_and(port_is_one);
    fits.then(|| address.to_canonical())
}

#[cfg(test)]
mod tests;
