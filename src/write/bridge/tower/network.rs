//! Networks of addresses: those that proxies are in.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

/// A network, `10.0.0.0/8` or `2001:db8::/32`, or one address. An IPv4 address is the same in either family's spelling
/// (`::ffff:192.0.2.1`).
///
/// ```
/// use authmeter::bridge::tower::Network;
///
/// let network: Network = "10.0.0.0/8".parse()?;
/// assert!(network.contains("10.1.2.3".parse()?));
/// assert!(!network.contains("11.0.0.1".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// The address as one of IPv6, without the bits that differ inside the network.
    base: u128,
    /// The bits that all its addresses share.
    mask: u128,
}

impl Network {
    /// Whether the address is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        bits(address) & self.mask == self.base
    }

    /// The network of addresses that share the first `length` bits; `None` if the family has fewer.
    fn new(address: IpAddr, length: u32) -> Option<Network> {
        let (offset, most) = match address {
            IpAddr::V4(_) => (96, 32),
            IpAddr::V6(_) => (0, 128),
        };
        let shared = offset + Some(length).filter(|length| *length <= most)?;
        let mask = u128::MAX.checked_shl(128 - shared).unwrap_or(0);
        let base = bits(address) & mask;
        Some(Network { base, mask })
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => Ipv6Addr::to_bits(address),
    }
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Network {
        let base = bits(address);
        Network {
            base,
            mask: u128::MAX,
        }
    }
}

impl FromStr for Network {
    type Err = ParseNetworkError;

    fn from_str(text: &str) -> Result<Network, ParseNetworkError> {
        let network = match text.split_once('/') {
            None => text.parse().ok().map(|address: IpAddr| address.into()),
            Some((address, length)) => {
                let digits = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
                let length = digits.then(|| length.parse().ok()).flatten();
                let address = address.parse().ok();
                address
                    .zip(length)
                    .and_then(|(address, length)| Network::new(address, length))
            }
        };
        network.ok_or_else(|| ParseNetworkError(text.into()))
    }
}

/// A text that is no network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseNetworkError(Box<str>);

impl fmt::Display for ParseNetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = &self.0;
        write!(
            f,
            "{text:?} is no network, such as 10.0.0.0/8, 2001:db8::/32 or one address"
        )
    }
}

impl std::error::Error for ParseNetworkError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(network: &str, address: &str) -> bool {
        let network: Network = network.parse().unwrap();
        network.contains(address.parse().unwrap())
    }

    #[test]
    fn an_address_is_in_a_network_or_not() {
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.255.255.255", "11.0.0.0"),
            ("10.9.9.9/8", "10.0.0.0", "9.255.255.255"),
            ("192.0.2.128/25", "192.0.2.128", "192.0.2.127"),
            ("192.0.2.1", "192.0.2.1", "192.0.2.0"),
            ("192.0.2.1/32", "::ffff:192.0.2.1", "::192.0.2.1"),
            ("0.0.0.0/0", "255.255.255.255", "2001:db8::1"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"),
            ("::1", "::1", "127.0.0.1"),
            ("::ffff:10.0.0.0/104", "10.1.2.3", "11.0.0.0"),
        ] {
            assert!(contains(network, inside), "{inside} in {network}");
            assert!(!contains(network, outside), "{outside} in {network}");
        }
        assert!(contains("::/0", "2001:db8::1"));
    }

    #[test]
    fn what_is_no_network_is_an_error_that_says_so() {
        for text in [
            "",
            "/",
            "10.0.0.0/",
            "10.0.0.0/33",
            "::/129",
            "10.0.0/8",
            "10.0.0.0/+8",
            "10.0.0.0/8/8",
            "10.0.0.0/99999999999",
            " 10.0.0.0/8",
            "localhost",
            "[::1]",
        ] {
            let error = text.parse::<Network>().unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("{text:?} is no network")),
                "{error}"
            );
        }
    }
}
