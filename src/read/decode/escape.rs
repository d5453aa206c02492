//! Strings with escapes, undone.

use bumpalo::Bump;

/// The text of a JSON string with its quotes, in `arena`; `None` if it is none, or if half of a surrogate pair stands
/// alone in it. (RFC 8259, section 7.)
pub(super) fn unescape<'a>(raw: &str, arena: &'a Bump) -> Option<&'a str> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    // Nothing grows: the shortest escape of a character of four bytes has twelve.
    let bytes = arena.alloc_slice_copy(inner.as_bytes());
    let (mut from, mut to) = (0, 0);
    while let Some(byte) = bytes.get(from).copied() {
        from += 1;
        if byte != b'\\' {
            bytes[to] = byte;
            to += 1;
            continue;
        }
        let letter = *bytes.get(from)?;
        from += 1;
        let character = match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => character(bytes, &mut from)?,
            _ => return None,
        };
        to += character.encode_utf8(&mut bytes[to..]).len();
    }
    std::str::from_utf8(&bytes[..to]).ok()
}

/// The character whose digits stand at `at`, which is left behind them or behind those of its second half.
fn character(bytes: &[u8], at: &mut usize) -> Option<char> {
    let first = unit(bytes, *at)?;
    *at += 4;
    let code = match first {
        0xD800..=0xDBFF => {
            if bytes.get(*at..*at + 2)? != b"\\u" {
                return None;
            }
            let second =
                unit(bytes, *at + 2).filter(|second| (0xDC00..=0xDFFF).contains(second))?;
            *at += 6;
            0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
        }
        alone => alone,
    };
    char::from_u32(code)
}

/// The code unit whose four digits stand at `at`.
pub(super) fn unit(bytes: &[u8], at: usize) -> Option<u32> {
    let digits: &[u8; 4] = bytes.get(at..)?.first_chunk()?;
    let [a, b, c, d] = digits.map(|digit| DIGITS[usize::from(digit)]);
    let unit = (a << 12) | (b << 8) | (c << 4) | d;
    (unit <= 0xFFFF).then_some(unit)
}

/// The value of each hexadecimal digit; more than four digits can make where there is none.
static DIGITS: [u32; 256] = {
    let mut values = [0x1_0000; 256];
    let mut digit = 0;
    while digit < 16 {
        values[b"0123456789abcdef"[digit] as usize] = digit as u32;
        values[b"0123456789ABCDEF"[digit] as usize] = digit as u32;
        digit += 1;
    }
    values
};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn agree(raw: &str) {
        let arena = Bump::new();
        let expected = serde_json::from_str::<String>(raw).ok();
        assert_eq!(unescape(raw, &arena), expected.as_deref(), "{raw}");
    }

    #[test]
    fn every_escape_is_undone_as_serde_json_undoes_it() {
        for raw in [
            r#""""#,
            r#""plain é 漢""#,
            r#""\"\\\/\b\f\n\r\t""#,
            r#""\u0041\u00e9\uFFFD\u0000""#,
            r#""\ud83d\ude00x""#,
            r#""\ud83d""#,
            r#""\ud83dx""#,
            r#""\ude00""#,
            r#""\ud83d\ud83d\ude00""#,
            r#""\ud83d\u0041""#,
            r#""\x""#,
            r#""\u12g4""#,
            r#""\u12""#,
            r#""\u+123""#,
        ] {
            agree(raw);
        }
    }

    proptest! {
        #[test]
        fn any_text_with_any_escapes_is_undone(parts in prop::collection::vec(prop_oneof![
            "[a-zé漢 ]{0,5}".prop_map(String::from),
            r#"\\[bfnrt/]"#.prop_map(String::from),
            r"\\u[0-9a-fA-F]{4}".prop_map(String::from),
            r"\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}".prop_map(String::from),
        ], 0..8)) {
            agree(&format!("\"{}\"", parts.concat()));
        }
    }
}
