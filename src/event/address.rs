//! IP addresses as both sides understand them.

use std::net::{IpAddr, SocketAddr};

/// The address of a text: without its port, the first of a list that proxies made (the client, as `X-Forwarded-For` has it),
/// an IPv4 address in IPv6's clothes as itself.
pub(crate) fn address(text: &str) -> Option<IpAddr> {
    let first = text.split(',').next().unwrap_or(text).trim();
    let bare = first
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let bare = bare.unwrap_or(first);
    // An interface means nothing on another machine.
    let bare = bare.split('%').next().unwrap_or(bare);
    let address = bare
        .parse::<IpAddr>()
        .or_else(|_| first.parse::<SocketAddr>().map(|address| address.ip()));
    address.ok().map(|address| address.to_canonical())
}
