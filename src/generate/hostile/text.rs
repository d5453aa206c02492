//! Strings with needless escapes, and values of fields that no reader knows.

use crate::generate::population::write_number;
use crate::generate::random::Random;

/// Fields that mean nothing: none of the keys is a known name, though some look like one.
pub(super) const UNKNOWN: [(&str, &str); 16] = [
    (
        "trace",
        r#"{"id":"4bf92f3577b34da6","flags":[0,1,{"sampled":true}]}"#,
    ),
    ("build", "1e400"),
    ("counter", "123456789012345678901234567890"),
    ("offset", "-0.0"),
    ("ratio", "1E-7"),
    ("tags", r#"["a","b\/c","\ud83d\ude00",null,[]]"#),
    (
        "extra",
        r#"{"event":"auth.login","success":false,"userId":"somebody","error":"no","timestamp":"1999-01-01T00:00:00Z"}"#,
    ),
    ("empty", "{}"),
    ("größe", r#""\u00fcber""#),
    ("😀", r#"[[],{},"",[{"a":[]}]]"#),
    ("", "0"),
    ("Event", r#""auth.login""#),
    ("SUCCESS", "false"),
    ("remark", r#""{\"event\":\"auth.login\"} \\""#),
    ("note", r#""zwölf Boxkämpfer 你好 🔐""#),
    ("last", "-9223372036854775808"),
];

/// Bytes that are not UTF-8: a byte that never occurs, sequences that end early, an encoded surrogate, an overlong
/// form, a continuation without a beginning.
pub(super) const BROKEN_UTF8: [&[u8]; 6] = [
    b"\xff",
    b"\xc3",
    b"\xe2\x82",
    b"\xed\xa0\x80",
    b"\xc0\xaf",
    b"\x80",
];

/// Escapes of low surrogates without their high ones.
pub(super) const BROKEN_SURROGATES: [&str; 3] = [r"\udc00", r"\uDFFF", r"\ude00\ud83d\ude00"];

/// Writes `text` as a JSON string; `escaped`: with at least one escape that is not needed.
pub(super) fn write_string(text: &str, escaped: bool, random: &mut Random, out: &mut Vec<u8>) {
    let certain = match escaped {
        true => random.below(text.chars().count() as u32) as usize,
        false => usize::MAX,
    };
    out.push(b'"');
    for (index, character) in text.chars().enumerate() {
        let needless = index == certain || (escaped && random.chance(100));
        match character {
            '/' if needless => out.extend_from_slice(b"\\/"),
            _ if needless => write_unicode_escape(character, random.chance(500), out),
            '"' | '\\' => out.extend_from_slice(&[b'\\', character as u8]),
            _ => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    out.push(b'"');
}

/// `\uXXXX`, twice for characters beyond the basic plane.
fn write_unicode_escape(character: char, capitals: bool, out: &mut Vec<u8>) {
    for unit in character.encode_utf16(&mut [0; 2]) {
        let text = match capitals {
            true => format!("\\u{unit:04X}"),
            false => format!("\\u{unit:04x}"),
        };
        out.extend_from_slice(text.as_bytes());
    }
}

/// Arrays and objects in turn, `levels` deep.
pub(super) fn write_deep(levels: u32, out: &mut Vec<u8>) {
    for level in 0..levels {
        out.extend_from_slice(if level % 2 == 0 { b"[" } else { b"{\"n\":" });
    }
    out.push(b'1');
    for level in (0..levels).rev() {
        out.push(if level % 2 == 0 { b']' } else { b'}' });
    }
}

/// A stack trace of `frames` lines, each of about 50 bytes, as one string.
pub(super) fn write_long(frames: u32, out: &mut Vec<u8>) {
    out.push(b'"');
    for frame in 0..frames {
        out.extend_from_slice(b"\\n\\tat verify (\\\"auth.ts\\\":");
        write_number(u64::from(frame * 37 + 11), out);
        out.extend_from_slice(b") {\\\\src\\\\auth}, ");
    }
    out.push(b'"');
}
