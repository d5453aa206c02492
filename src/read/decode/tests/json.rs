//! What is JSON and what is none: refusals with their reasons, odd lines that are valid, depth, and text that is mended.

use bumpalo::Bump;

use super::{all, refusal, with};
use crate::event::{Field, Kind, Outcome};
use crate::read::decode::decode;

#[test]
fn what_is_no_object_is_named() {
    assert_eq!(refusal("[1,2]"), "an array, not an object");
    assert_eq!(refusal("\"text\""), "a string, not an object");
    assert_eq!(refusal("  null"), "null, not an object");
    assert_eq!(refusal("true"), "a boolean, not an object");
    assert_eq!(refusal("-1.5e3"), "a number, not an object");
}

#[test]
fn what_is_no_json_is_refused_with_the_column() {
    assert_eq!(
        refusal(r#"{"a":2}TRAILER"#),
        "trailing characters (column 8)"
    );
    assert_eq!(
        refusal(r#"{"a":2}{"b":3}"#),
        "trailing characters (column 8)"
    );
    assert_eq!(
        refusal(r#"{"a":"to"#),
        "EOF while parsing a string (column 8)"
    );
    for line in [
        "{",
        "{}}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":.5}",
        "{\"a\":+1}",
        "{\"a\":NaN}",
        "{\"a\":tru}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"\u{1}\"}",
        "{\"a\":[1,2}",
        "{'a':1}",
        "\u{a0}{}",
        "garbage",
        "[1",
        "{\"metadata\":{\"a\":}}",
        "{\"metadata\":{\"a\":1}",
    ] {
        assert!(refusal(line).contains("column"), "{line}");
    }
}

#[test]
fn every_truncation_of_a_line_is_refused() {
    let line = r#"{"event":"auth.login","userId":"ü\n","success":true,"metadata":{"a":[1,{"b":null}],"c":-1.5e-7}}"#;
    for end in (1..line.len()).filter(|end| line.is_char_boundary(*end)) {
        refusal(&line[..end]);
    }
    with(line, |event| assert_eq!(event.outcome, Outcome::Success));
}

#[test]
fn odd_but_valid_json_is_an_event() {
    for line in [
        "{}",
        " \t{ } ",
        r#"{"":null}"#,
        r#"{"a":1e400,"b":-0.0,"c":123456789012345678901234567890}"#,
        r#"{"success":1e999,"timestamp":1e999,"metadata":1e999}"#,
        "{\"a\":\"\u{7f}\u{2028}\"}",
        r#"{"a":"\ud83d\ude00"}"#,
    ] {
        with(line, |event| assert_eq!(event.kind, Kind::Other, "{line}"));
    }
}

#[test]
fn nesting_is_allowed_to_the_limit_and_refused_above_it_wherever_it_is() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    // The object is one level itself, and a container another.
    for (key, levels) in [("x", 127), ("metadata", 127), ("timestamp", 127)] {
        with(&format!(r#"{{"{key}":{}}}"#, nested(levels)), |_| ());
        assert_eq!(
            refusal(&format!(r#"{{"{key}":{}}}"#, nested(levels + 1))),
            "nested deeper than 128 levels"
        );
    }
    with(
        &format!(r#"{{"metadata":{{"x":{}}}}}"#, nested(126)),
        |_| (),
    );
    assert_eq!(
        refusal(&format!(r#"{{"metadata":{{"x":{}}}}}"#, nested(127))),
        "nested deeper than 128 levels"
    );
    assert_eq!(
        refusal(&format!(r#"{{"x":{}}}"#, nested(100_000))),
        "nested deeper than 128 levels"
    );
    assert_eq!(refusal(&nested(128)), "an array, not an object");
    assert_eq!(refusal(&nested(129)), "nested deeper than 128 levels");
    with(&format!(r#"{{"x":"{}"}}"#, "[{".repeat(1000)), |_| ());
}

#[test]
fn text_that_is_not_quite_text_is_mended_and_said() {
    let arena = Bump::new();
    let mended = |bytes: &'static [u8]| {
        let decoded = decode(std::str::from_utf8(bytes).map_err(|_| bytes), &all(&arena)).unwrap();
        (
            decoded.repaired,
            decoded.event.get(Field::User).map(str::to_owned),
        )
    };
    assert_eq!(
        mended(b"{\"userId\":\"a\xffb\"}"),
        (true, Some("a\u{fffd}b".to_owned()))
    );
    assert_eq!(
        mended(br#"{"userId":"a\ud800b"}"#),
        (true, Some("a\u{fffd}b".to_owned()))
    );
    assert_eq!(
        mended(br#"{"unknown":"\udc00","userId":"a"}"#),
        (true, Some("a".to_owned()))
    );
    assert_eq!(
        mended(br#"{"\ud800":1,"userId":"\ud83d\ude00"}"#),
        (true, Some("\u{1f600}".to_owned()))
    );
    assert_eq!(
        mended(br#"{"userId":"\u00e9"}"#),
        (false, Some("\u{e9}".to_owned()))
    );
    let outside: &[u8] = b"{\"userId\":1}\xff";
    assert!(
        decode(Err(outside), &all(&arena)).is_err(),
        "only text inside strings can be mended"
    );
}
