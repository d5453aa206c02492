//! Lone surrogates: `\ud83d` without its other half is a valid escape in the grammar of JSON and no character.

use memchr::{memchr, memchr_iter};

/// The text with every lone surrogate escape replaced by `\ufffd`, or `None` if it has none.
///
/// Outside strings a backslash is no JSON, so there it does not matter what becomes of it.
pub(super) fn mend(text: &str) -> Option<String> {
    memchr(b'\\', text.as_bytes())?;
    mend_escapes(text)
}

#[cold]
fn mend_escapes(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut lone = Vec::new();
    let mut next = 0;
    for at in memchr_iter(b'\\', bytes) {
        if at < next {
            continue; // the second character of an escape, or the second half of a pair
        }
        next = at + 2;
        match unit(bytes, at) {
            Some(0xD800..=0xDBFF) if matches!(unit(bytes, at + 6), Some(0xDC00..=0xDFFF)) => {
                next = at + 12;
            }
            Some(0xD800..=0xDFFF) => lone.push(at),
            _ => {}
        }
    }
    if lone.is_empty() {
        return None;
    }
    let mut mended = String::with_capacity(text.len());
    let mut from = 0;
    for at in lone {
        mended.push_str(&text[from..at]);
        mended.push_str("\\ufffd");
        from = at + 6;
    }
    mended.push_str(&text[from..]);
    Some(mended)
}

/// The code unit of a `\uXXXX` at `at`.
fn unit(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit, &digit| {
        Some(unit * 16 + char::from(digit).to_digit(16)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_stay_and_lone_halves_go() {
        for (text, expected) in [
            (r#"{"a":"plain"}"#, None),
            (r#"{"a":"\n\\ud83d"}"#, None),
            (r#"{"a":"\ud83d\ude00"}"#, None),
            (r#"{"a":"\uD83D"}"#, Some(r#"{"a":"\ufffd"}"#)),
            (r#"{"a":"\ude00\ud83d"}"#, Some(r#"{"a":"\ufffd\ufffd"}"#)),
            (
                r#"{"a":"\ud83d\ud83d\ude00é"}"#,
                Some(r#"{"a":"\ufffd\ud83d\ude00é"}"#),
            ),
            (r#"{"a":"\\\ud83d"}"#, Some(r#"{"a":"\\\ufffd"}"#)),
            (r"\", None),
            (r"\ud83", None),
        ] {
            assert_eq!(mend(text).as_deref(), expected, "{text}");
        }
    }
}
