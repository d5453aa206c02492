//! Logs nobody would write: every shape of every value, in any order, between lines that are none.

mod values;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

use super::agree;
use super::naive::Choices;
use values::{ODD_VALUES, name, quoted, time, value};

const CASES: u32 = 200;

pub(super) fn check() {
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        max_shrink_iters: 300, // each failing one leaves its folder
        ..Config::default()
    };
    // The same logs on every run and every machine.
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let max_line = prop_oneof![3 => Just(16 << 20), 1 => Just(300_usize), 1 => Just(100_usize)];
    let every = prop_oneof![3 => Just(None), 1 => Just(Some("1h")), 1 => Just(Some("1mo"))];
    let reading = (
        select(&["1", "2", "7", "64", "1000", "1MiB"][..]),
        select(&["1", "2", "3"][..]),
    );
    let case = (log(), log(), max_line, every, reading);
    let result = runner.run(
        &case,
        |(one, other, max_line, every, (chunk_size, threads))| {
            let args = ["--chunk-size", chunk_size, "-j", threads];
            agree(
                &[("one", one), ("other", other)],
                &Choices { max_line, every },
                &args,
            );
            Ok(())
        },
    );
    match result {
        Ok(()) => {}
        Err(TestError::Fail(reason, (one, other, ..))) => panic!(
            "{reason}\none: {}\nother: {}",
            one.escape_ascii(),
            other.escape_ascii()
        ),
        Err(error) => panic!("{error}"),
    }
}

fn log() -> impl Strategy<Value = Vec<u8>> {
    let ended = (line(), ending()).prop_map(|(line, ending)| [line, ending].concat());
    let last = prop::option::of(line()).prop_map(Option::unwrap_or_default);
    (prop::collection::vec(ended, 0..30), last)
        .prop_map(|(lines, last)| [lines.concat(), last].concat())
        .prop_filter("taken for UTF-16", |log| !foreign(log))
}

/// What the program takes for another encoding or a compressed file, by the first four bytes.
fn foreign(log: &[u8]) -> bool {
    matches!(log, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0x1F, 0x8B, ..])
        || matches!(
            log,
            [1..=255, 0, 1..=255, 0, ..] | [0, 1..=255, 0, 1..=255, ..]
        )
}

fn ending() -> impl Strategy<Value = Vec<u8>> {
    select(
        &[
            "\n", "\n", "\n", "\n", "\n", "\n", "\r\n", "\r\n", " \t\r\n", "\0\0\n",
        ][..],
    )
    .prop_map(|end| end.as_bytes().to_vec())
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    let before = prop_oneof![
        12 => Just(""),
        1 => Just("  \t"),
        1 => Just("\u{feff}"),
        1 => Just("\0\0\0\0\0\0\0\0\0"),
        1 => Just("\0\u{feff} \0"),
    ];
    let content = prop_oneof![
        14 => object().prop_map(String::into_bytes),
        2 => (object(), any::<prop::sample::Index>()).prop_map(|(text, at)| torn(text, &at)),
        2 => (object(), any::<prop::sample::Index>(), any::<u8>()).prop_map(|(text, at, byte)| damaged(text, &at, byte)),
        1 => (object(), select(&["TRAILER", ",", "}", "{}", " 1", "\u{b}"][..])).prop_map(|(one, more)| (one + more).into_bytes()),
        1 => prop::collection::vec(any::<u8>().prop_filter("a line", |byte| *byte != b'\n'), 0..40),
        3 => select(ODD_LINES).prop_map(|line| line.as_bytes().to_vec()),
    ];
    (before, content).prop_map(|(before, content)| [before.as_bytes(), &content].concat())
}

const ODD_LINES: &[&str] = &[
    "",
    " ",
    "\t\r",
    "\0",
    "\0\0 \0",
    "\u{b}\u{c}",
    "null",
    "true",
    "[]",
    "[{\"event\":\"auth.login\"}]",
    "\"auth.login\"",
    "12",
    "-0.5e3",
    "01",
    "{",
    "}",
    "{}",
    "{\"event\"}",
    "WARN disk full",
    "\u{feff}",
    "nul",
    "[1,]",
    "\"open",
    "{\"a\":\"\\ud800\"}",
    "{\"\\udc00\":1}",
    "\"\\ud800\"",
    "{\"event\":\"auth.login\",\"success\":true,}",
    "{'event':'x'}",
    "{\"a\":\"\\u12\"}",
    "{\"a\":\"tab\there\"}",
    "{\"a\":1e999,\"event\":\"auth.login\"}",
];

fn torn(text: String, at: &prop::sample::Index) -> Vec<u8> {
    let mut bytes = text.into_bytes();
    bytes.truncate(at.index(bytes.len()));
    bytes
}

fn damaged(text: String, at: &prop::sample::Index, byte: u8) -> Vec<u8> {
    let mut bytes = text.into_bytes();
    let at = at.index(bytes.len());
    bytes[at] = if byte == b'\n' { 0xFF } else { byte };
    bytes
}

/// An object with any of the names the program knows and some it does not, in any order, some twice.
fn object() -> impl Strategy<Value = String> {
    let named = (
        select(&["event", "event", "event", "event_type", "action"][..]),
        name(),
    )
        .prop_map(|(key, name)| (key.to_owned(), quoted(&name)));
    let timed = (
        select(&["timestamp", "timestamp", "created_at", "time", "ts"][..]),
        time(),
    )
        .prop_map(|(key, time)| (key.to_owned(), time));
    let container = (
        select(&["metadata", "metadata", "details", "event_data"][..]),
        prop_oneof![
            8 => pairs(0..6).prop_map(|(pairs, style)| written(&pairs, style)),
            1 => select(ODD_VALUES).prop_map(ToOwned::to_owned),
        ],
    )
        .prop_map(|(key, value)| (key.to_owned(), value));
    let first = prop::collection::vec(prop_oneof![6 => named, 5 => timed, 4 => container], 1..6);
    (first, pairs(0..7), any::<u64>()).prop_map(|(first, (mut pairs, style), order)| {
        pairs.extend(first);
        shuffle(&mut pairs, order);
        written(&pairs, style)
    })
}

fn shuffle<T>(items: &mut [T], mut order: u64) {
    for last in (1..items.len()).rev() {
        items.swap(last, (order % (last as u64 + 1)) as usize);
        order = order.rotate_right(7) ^ 0x9E37_79B9_7F4A_7C15;
    }
}

fn pairs(count: std::ops::Range<usize>) -> impl Strategy<Value = (Vec<(String, String)>, u8)> {
    let pair = (select(KEYS), value()).prop_map(|(key, value)| (key.to_owned(), value));
    (prop::collection::vec(pair, count), any::<u8>())
}

const KEYS: &[&str] = &[
    "userId",
    "user_id",
    "actor_id",
    "sub",
    "email",
    "actor_name",
    "clientId",
    "client_id",
    "oauth_client_id",
    "success",
    "success",
    "success",
    "success",
    "error",
    "error",
    "reason",
    "failure_reason",
    "status",
    "responseStatus",
    "response_status",
    "method",
    "method",
    "grantType",
    "grant_type",
    "tokenType",
    "token_type",
    "tokenId",
    "token_id",
    "jti",
    "familyId",
    "family_id",
    "expiresIn",
    "expires_in",
    "source",
    "endpoint",
    "path",
    "scopes",
    "ip",
    "level",
    "event",
    "timestamp",
    "unknown",
    "metadata",
    "details",
    "Event",
    "",
];

/// The object's text: white space and escapes by `style`.
fn written(pairs: &[(String, String)], style: u8) -> String {
    let gap = ["", "", " ", "\t ", " \r "][usize::from(style % 5)];
    let body: Vec<String> = pairs
        .iter()
        .enumerate()
        .map(|(index, (key, value))| {
            let key = match key.chars().next() {
                Some(first) if (index as u8 ^ style) % 8 == 7 => {
                    format!(
                        "\"\\u{:04x}{}\"",
                        u32::from(first),
                        &key[first.len_utf8()..]
                    )
                }
                _ => quoted(key),
            };
            format!("{gap}{key}{gap}:{gap}{value}{gap}")
        })
        .collect();
    format!("{{{}}}", body.join(","))
}
