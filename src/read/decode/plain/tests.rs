//! The two walkers side by side: they agree on every line both take, and the quick one takes nothing the other refuses.

use bumpalo::Bump;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

use super::super::{Decoding, slow};
use super::walk;
use crate::event::{Field, FieldSet, Wanted};
use crate::read::decode::values::Values;

const FIELDS: FieldSet = FieldSet::of(&[
    Field::Client,
    Field::Method,
    Field::HttpMethod,
    Field::Attempts,
]);

/// What each walker makes of a line: the values it finds, or nothing.
fn both<'a>(text: &'a str, with: &Decoding<'a>) -> (Option<Values<'a>>, Option<Values<'a>>) {
    let (mut quick, mut sure) = (Values::new(with), Values::new(with));
    let quick = walk(text, &mut quick, with.arena, &mut ()).map(|()| quick);
    let sure = slow::walk(text, &mut sure).ok().map(|()| sure);
    (quick, sure)
}

#[track_caller]
fn agree(text: &str) -> bool {
    let arena = Bump::new();
    let wanted = Wanted::of_all(FIELDS);
    let with = Decoding {
        wanted: &wanted,
        slowly: false,
        assume: crate::zone::Zone::UTC,
        arena: &arena,
    };
    let (quick, sure) = both(text, &with);
    let taken = quick.is_some();
    assert!(
        !taken || quick == sure,
        "{text:?}\nplain: {quick:?}\nslow:  {sure:?}"
    );
    taken
}

#[test]
fn what_the_writer_writes_is_plain() {
    assert!(agree(
        r#"{"event":"otp.verification.detail","timestamp":"2025-01-15T10:30:00.000Z","userId":"user-123","email":"user@example.com","success":false,"error":"Invalid code","metadata":{"attempts":3}}"#
    ));
    assert!(agree(
        r#" { "userId" : 5 , "metadata" : { } , "success" : null } "#
    ));
    assert!(
        agree("{}")
            && agree("{\"é\":\"漢字\",\"a\":-0,\"metadata\":{\"event\":\"x\",\"clientId\":\"c\"}}")
    );
}

#[test]
fn values_of_every_sort_are_plain() {
    for text in [
        r#"{"a":1.5,"b":-0.0e-7,"c":1e400,"d":12E+3}"#,
        r#"{"a":[],"b":{},"c":[1,"x",[true],{"d":null}]}"#,
        r#"{"metadata":{"metadata":{"userId":"u"}},"details":[{"userId":"u"}]}"#,
        r#"{"userId":"\n\"\u00e9\ud83d\ude00","error":{"a":["\\"]}}"#,
        r#"{"scopes":["a","b"],"scope":[]}"#,
        r#"{"\u0075serId":"u","m\u0065tadata":{"client\u0049d":"c"}}"#,
    ] {
        assert!(agree(text), "{text}");
    }
}

#[test]
fn what_is_odd_is_left_to_serde_json() {
    for text in [
        "",
        "{",
        "}",
        "{}}",
        "{,}",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{\"a\":01}",
        "{\"a\":-}",
        "{\"a\":truе}",
        "{\"a\":nul}",
        "{\"a\":\"tab\t\"}",
        "{\"a\":\"\u{1f}aaaaaaaaaaaa\"}",
        "{\"a\":\"open",
        "{\"a\":\"\\ud83d\"}",
        "{\"a\":\"\\ude00\"}",
        "{\"\\ud83dx\":1}",
        "[]",
        "1",
        "{\"a\":1}x",
        "{\"a\":1.}",
        "{\"a\":1.e3}",
        "{\"a\":1e}",
        "{\"a\":1e+}",
        "{\"a\":.5}",
        "{\"a\":[1,]}",
        "{\"a\":[1}",
        "{\"a\":{\"b\"}}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"\\",
        "{\"a\":[[[[[[[[[1]]]]]]]]]}",
        "{\"a\":--1}",
        "{\"a\":1-}",
        "{\"a\":\"b\"\"c\":1}",
        "{\"a\":tru",
        "\u{feff}{}",
    ] {
        assert!(!agree(text), "{text} was taken for plain");
    }
}

#[test]
fn every_byte_at_every_place_of_a_string_is_seen() {
    for length in 0..24 {
        for place in 0..length {
            for byte in 0..128_u8 {
                let mut inner = vec![b'a'; length];
                inner[place] = byte;
                let text = format!("{{\"userId\":\"{}\"}}", String::from_utf8(inner).unwrap());
                let taken = agree(&text);
                // A backslash may make an escape of what follows.
                let plain = byte >= 0x20 && byte != b'"';
                assert!(taken == plain || byte == b'\\', "{text:?}");
            }
        }
    }
}

/// Tokens that make objects, and now and then break them.
fn tokens() -> impl Strategy<Value = String> {
    const TOKENS: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\\",
        " ",
        "\t",
        "\r",
        "0",
        "-",
        "12",
        "1.5",
        "e3",
        "true",
        "false",
        "null",
        "\"userId\":",
        "\"user_id\":",
        "\"event\":",
        "\"metadata\":{",
        "\"details\":",
        "\"success\":",
        "\"x\":",
        "\"a\"",
        "\"\"",
        "\"é\"",
        "\"\\n\"",
        "\"\\u00e9",
        "\u{1}",
        "\"long enough for two words\"",
    ];
    prop::collection::vec(prop::sample::select(TOKENS), 0..12)
        .prop_map(|tokens| format!("{{{}}}", tokens.concat()))
}

/// Objects that are legal, written with a change or none.
fn nearly_legal() -> impl Strategy<Value = String> {
    const KEYS: &[&str] = &[
        "userId", "user_id", "event", "clientId", "success", "method", "x", "é", "",
    ];
    const SCALARS: &[&str] = &[
        "1",
        "-20",
        "0",
        "true",
        "false",
        "null",
        "\"\"",
        "\"a\"",
        "\"漢字 and more\"",
        "1.5",
        "[]",
        "\"\\u0061\"",
    ];
    const CONTAINERS: &[&str] = &["metadata", "details", "event_data"];
    let pair = (
        prop::sample::select(KEYS),
        prop::sample::select(SCALARS),
        "[ \t]{0,2}",
    );
    let pair = pair.prop_map(|(key, value, space)| format!("\"{key}\"{space}:{value}{space}"));
    let pairs =
        |least| prop::collection::vec(pair.clone(), least..4).prop_map(|pairs| pairs.join(","));
    let container = (prop::sample::select(CONTAINERS), pairs(0))
        .prop_map(|(key, inner)| format!("\"{key}\":{{{inner}}}"));
    let member = prop_oneof![2 => pairs(1), 1 => container];
    let object = prop::collection::vec(member, 0..4)
        .prop_map(|members| format!("{{{}}}", members.join(",")));
    (
        object,
        any::<prop::sample::Index>(),
        prop::option::weighted(0.3, any::<char>()),
    )
        .prop_map(|(object, at, change)| {
            let mut text: Vec<char> = object.chars().collect();
            if let Some(change) = change {
                let at = at.index(text.len());
                text[at] = change;
            }
            text.into_iter().collect()
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn they_agree_on_anything_made_of_json_tokens(text in tokens()) {
        agree(&text);
    }

    #[test]
    fn they_agree_on_objects_with_a_change(text in nearly_legal()) {
        agree(&text);
    }
}

#[test]
fn most_objects_of_the_property_are_plain() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let taken = (0..1000)
        .filter(|_| agree(&nearly_legal().new_tree(&mut runner).unwrap().current()))
        .count();
    assert!(
        taken > 100,
        "{taken} of 1000: the property would show little"
    );
}
