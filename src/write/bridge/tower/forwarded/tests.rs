use http::HeaderValue;

use super::ForwardedHeader::{Forwarded, XForwardedFor};
use super::*;

/// The caller, where the connection comes from `peer` and proxies are trusted in 10.0.0.0/8 and fd00::/8.
fn caller(header: ForwardedHeader, peer: &str, lines: &[&[u8]]) -> Option<String> {
    let networks = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap());
    let proxies = Proxies {
        networks: networks.into(),
        header,
    };
    let name = match header {
        XForwardedFor => "x-forwarded-for",
        Forwarded => "forwarded",
    };
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(name, HeaderValue::from_bytes(line).unwrap());
    }
    let caller = proxies.caller(peer.parse().unwrap(), &headers)?;
    Some(caller.to_string())
}

#[test]
fn the_caller_is_the_rightmost_address_that_is_no_trusted_proxy() {
    let none: Option<&str> = None;
    let cases: &[(&str, &[&str], Option<&str>)] = &[
        // Nobody forwards.
        ("203.0.113.7", &[], Some("203.0.113.7")),
        ("2001:db8::7", &[], Some("2001:db8::7")),
        ("::ffff:203.0.113.7", &[], Some("203.0.113.7")),
        ("10.0.0.1", &[], Some("10.0.0.1")),
        // A caller that is no proxy says what it likes.
        ("203.0.113.7", &["1.1.1.1"], Some("203.0.113.7")),
        ("203.0.113.7", &["10.0.0.1, nonsense"], Some("203.0.113.7")),
        // One proxy, two proxies.
        ("10.0.0.1", &["203.0.113.7"], Some("203.0.113.7")),
        ("::ffff:10.0.0.1", &["203.0.113.7"], Some("203.0.113.7")),
        ("10.0.0.1", &["203.0.113.7, 10.0.0.2"], Some("203.0.113.7")),
        (
            "fd00::1",
            &["203.0.113.7,fd00::2 , 10.0.0.2"],
            Some("203.0.113.7"),
        ),
        // What stands to the left of the caller was written by the caller.
        ("10.0.0.1", &["1.1.1.1, 203.0.113.7"], Some("203.0.113.7")),
        (
            "10.0.0.1",
            &["10.9.9.9, 203.0.113.7, 10.0.0.2"],
            Some("203.0.113.7"),
        ),
        (
            "10.0.0.1",
            &["nonsense, , \", 203.0.113.7"],
            Some("203.0.113.7"),
        ),
        ("10.0.0.1", &["\"1.1.1.1, 203.0.113.7"], Some("203.0.113.7")),
        // Several headers are one list.
        ("10.0.0.1", &["1.1.1.1", "203.0.113.7"], Some("203.0.113.7")),
        (
            "10.0.0.1",
            &["1.1.1.1, 203.0.113.7", "10.0.0.3, 10.0.0.2"],
            Some("203.0.113.7"),
        ),
        (
            "10.0.0.1",
            &["203.0.113.7", "", "10.0.0.2,"],
            Some("203.0.113.7"),
        ),
        // Spellings of an address.
        ("10.0.0.1", &["203.0.113.7:4711"], Some("203.0.113.7")),
        ("10.0.0.1", &["2001:DB8:0:0::7"], Some("2001:db8::7")),
        ("10.0.0.1", &["[2001:db8::7]"], Some("2001:db8::7")),
        ("10.0.0.1", &["[2001:db8::7]:443"], Some("2001:db8::7")),
        ("10.0.0.1", &["::ffff:203.0.113.7"], Some("203.0.113.7")),
        (
            "10.0.0.1",
            &["203.0.113.7, ::ffff:10.0.0.2"],
            Some("203.0.113.7"),
        ),
        ("10.0.0.1", &["\t203.0.113.7  "], Some("203.0.113.7")),
        // The whole way is trusted: it began at its left end.
        ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], Some("10.0.0.3")),
        ("10.0.0.1", &["", ",, ,"], Some("10.0.0.1")),
        // A trusted proxy does not know, or says nonsense.
        ("10.0.0.1", &["203.0.113.7, unknown"], none),
        ("10.0.0.1", &["203.0.113.7, unknown, 10.0.0.2"], none),
        ("10.0.0.1", &["256.0.0.1"], none),
        ("10.0.0.1", &["203.0.113.7:"], none),
        ("10.0.0.1", &["203.0.113.7:http"], none),
        ("10.0.0.1", &["203.0.113.7:123456"], none),
        ("10.0.0.1", &["203.0.113.7 10.0.0.2"], none),
        ("10.0.0.1", &["[203.0.113.7]"], none),
        ("10.0.0.1", &["[2001:db8::7"], none),
        ("10.0.0.1", &["[2001:db8::7]443"], none),
        ("10.0.0.1", &["fe80::1%eth0"], none),
        ("10.0.0.1", &["0x0a.0.0.1"], none),
        ("10.0.0.1", &["\"203.0.113.7\""], none),
        ("10.0.0.1", &["for=203.0.113.7"], none),
    ];
    for (peer, lines, expected) in cases {
        let bytes: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        let found = caller(XForwardedFor, peer, &bytes);
        assert_eq!(found.as_deref(), *expected, "{peer} {lines:?}");
    }
}

#[test]
fn forwarded_is_read_as_its_standard_says() {
    let none: Option<&str> = None;
    let cases: &[(&[&str], Option<&str>)] = &[
        (&["for=203.0.113.7"], Some("203.0.113.7")),
        (&["For=\"203.0.113.7:4711\""], Some("203.0.113.7")),
        (&["for=\"[2001:db8::1]:80\""], Some("2001:db8::1")),
        (&["FOR=\"[2001:db8::1]\";proto=https"], Some("2001:db8::1")),
        (
            &["by=10.0.0.1; proto=https; for=203.0.113.7 ;host=example.com"],
            Some("203.0.113.7"),
        ),
        (
            &["for=203.0.113.7;host=\"a;for=1.1.1.1,b\""],
            Some("203.0.113.7"),
        ),
        (&["for=\"203.0.113.7:_hidden\""], Some("203.0.113.7")),
        (
            &["for=1.1.1.1, for=203.0.113.7, for=10.0.0.2"],
            Some("203.0.113.7"),
        ),
        (
            &["for=1.1.1.1", "for=203.0.113.7", "for=\"[fd00::2]:9\""],
            Some("203.0.113.7"),
        ),
        (&["for=203.0.113.7,,"], Some("203.0.113.7")),
        // A caller's open quote swallows nothing.
        (&["for=\"1.1.1.1, for=203.0.113.7"], Some("203.0.113.7")),
        (
            &["for=\"1.1.1.1", "for=203.0.113.7, for=\"10.0.0.2\""],
            Some("203.0.113.7"),
        ),
        (&["\", for=\"203.0.113.7\""], Some("203.0.113.7")),
        (&["for=\"\\\", for=\"203.0.113.7\""], Some("203.0.113.7")),
        // Nobody vouches for what stands left of these.
        (&["for=203.0.113.7, for=unknown"], none),
        (&["for=203.0.113.7, for=\"_gazonk\""], none),
        (&["for=203.0.113.7, proto=https"], none),
        (&["for=203.0.113.7;for=1.1.1.1"], none),
        (&["for="], none),
        (&["for=\"203.0.113.7"], none),
        (&["203.0.113.7"], none),
        (&["xfor=203.0.113.7"], none),
    ];
    for (lines, expected) in cases {
        let bytes: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        let found = caller(Forwarded, "10.0.0.1", &bytes);
        assert_eq!(found.as_deref(), *expected, "{lines:?}");
    }
}

#[test]
fn bytes_that_are_no_text_hide_nobody() {
    let line: &[&[u8]] = &[b"\xff\xfe, 203.0.113.7"];
    assert_eq!(
        caller(XForwardedFor, "10.0.0.1", line).as_deref(),
        Some("203.0.113.7")
    );
    assert_eq!(
        caller(XForwardedFor, "10.0.0.1", &[b"203.0.113.7\xff"]),
        None
    );
    let line: &[&[u8]] = &[b"for=\xff\", for=203.0.113.7"];
    assert_eq!(
        caller(Forwarded, "10.0.0.1", line).as_deref(),
        Some("203.0.113.7")
    );
}

#[test]
fn the_header_of_the_other_kind_is_not_read() {
    let mut headers = HeaderMap::new();
    headers.append("forwarded", HeaderValue::from_static("for=203.0.113.7"));
    let proxies = Proxies {
        networks: vec!["10.0.0.0/8".parse().unwrap()],
        header: XForwardedFor,
    };
    let peer = "10.0.0.1".parse().unwrap();
    assert_eq!(proxies.caller(peer, &headers), Some(peer));
}

#[test]
fn whatever_a_caller_writes_it_stays_the_caller() {
    use proptest::prelude::*;

    let spoofed = proptest::collection::vec(
        r#"[ -~\t]{0,40}|10\.0\.0\.[0-9]|for="10\.0\.0\.1"|"|,|\\"#,
        0..6,
    );
    proptest!(|(spoofed in spoofed, header in prop::sample::select(vec![XForwardedFor, Forwarded]), joined: bool)| {
        let added = match header {
            XForwardedFor => "203.0.113.7, 10.0.0.2",
            Forwarded => "for=203.0.113.7, for=10.0.0.2",
        };
        let mut lines: Vec<String> = spoofed;
        match lines.last_mut() {
            Some(last) if joined => *last = format!("{last}, {added}"),
            _ => lines.push(added.to_owned()),
        }
        let bytes: Vec<&[u8]> = lines.iter().map(|line| line.trim().as_bytes()).collect();
        let found = caller(header, "10.0.0.1", &bytes);
        prop_assert_eq!(found.as_deref(), Some("203.0.113.7"), "{:?}", lines);
    });
}
