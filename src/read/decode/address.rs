//! IP addresses as they are compared: one address, one text.

use std::net::Ipv4Addr;

use bumpalo::Bump;

use crate::event;

/// An address without its port, the first of a list that proxies made (the client, as `X-Forwarded-For` has it), an IPv4
/// address in IPv6's clothes as itself, IPv6 in its canonical form (RFC 5952). What is no address stays as it is.
pub(super) fn address<'a>(text: &'a str, arena: &'a Bump) -> &'a str {
    // Its only form: numbers without leading zeros.
    match text.parse::<Ipv4Addr>() {
        Ok(_) => text,
        Err(_) => other_address(text, arena),
    }
}

#[cold]
fn other_address<'a>(text: &'a str, arena: &'a Bump) -> &'a str {
    match event::address(text) {
        Some(address) => arena.alloc_str(&address.to_string()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twins_ports_and_lists_are_one_address() {
        let arena = Bump::new();
        for (text, expected) in [
            ("203.0.113.9", "203.0.113.9"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("::FFFF:CB00:7109", "203.0.113.9"),
            ("203.0.113.9:51324", "203.0.113.9"),
            ("[::ffff:203.0.113.9]:443", "203.0.113.9"),
            ("203.0.113.9, 10.0.0.1", "203.0.113.9"),
            (" 203.0.113.9 ", "203.0.113.9"),
            ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
            ("[2001:db8::1]:8443", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("fe80::1%eth0", "fe80::1"),
            ("unknown", "unknown"),
            ("203.0.113.009", "203.0.113.009"),
            ("203.0.113", "203.0.113"),
            (":", ":"),
            (",", ","),
        ] {
            assert_eq!(address(text, &arena), expected, "{text:?}");
        }
    }
}
