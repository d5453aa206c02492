//! Secrets inside of text: found by their own looks, or by the name in front of them.

use super::key::{self, Kind, Meaning};

/// A secret in a text: which bytes it takes, at borders of characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) kind: Kind,
}

/// The first secret that starts at `from` or later, which must be a border of characters. Takes time in proportion to the
/// bytes it looks at.
pub(crate) fn find(text: &str, from: usize) -> Option<Found> {
    let bytes = text.as_bytes();
    let mut at = from;
    while let Some(skipped) = first_start(&bytes[at.min(bytes.len())..]) {
        at += skipped;
        let found = match &bytes[at] {
            b'e' if bytes[at..].starts_with(b"eyJ") => match web_token(bytes, at) {
                Ok(found) => Some(found),
                Err(end) => {
                    at = end;
                    continue;
                }
            },
            b'B' | b'b' => scheme(bytes, at),
            b'=' | b':' => pair(bytes, from, at, at + 1).or_else(|| userinfo(bytes, at)),
            b'%' => match bytes.get(at + 1..at + 3) {
                Some(b"3D" | b"3d" | b"3A" | b"3a") => pair(bytes, from, at, at + 3),
                _ => None,
            },
            _ => None,
        };
        match found {
            Some(found) if found.end > found.start => return Some(found),
            _ => at += 1,
        }
    }
    None
}

/// Bytes that a secret, or the sign before one, starts with.
static STARTS: [bool; 256] = {
    let (mut starts, mut index) = ([false; 256], 0);
    while index < b"eBb=:%".len() {
        starts[b"eBb=:%"[index] as usize] = true;
        index += 1;
    }
    starts
};

/// Where the first of [`STARTS`] is. On its own it is a loop of five instructions.
#[inline(never)]
fn first_start(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| STARTS[usize::from(*byte)])
}

/// Whether a text is so long and random that its hash tells nothing of it: 20 characters of tokens (RFC 6750's `b64token`) or
/// more, eight different ones at least, and not digits alone.
pub(crate) fn is_random(text: &str) -> bool {
    let (mut seen, mut letters) = (0_u128, false);
    for byte in text.bytes() {
        if !is_token(byte) {
            return false;
        }
        letters |= byte.is_ascii_alphabetic();
        seen |= 1 << byte;
    }
    text.len() >= 20 && letters && seen.count_ones() >= 8
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=')
}

/// Where the run of bytes that `belongs` from `start` on ends.
fn run(bytes: &[u8], start: usize, belongs: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    let length = rest.iter().position(|byte| !belongs(*byte));
    start + length.unwrap_or(rest.len())
}

/// A JSON Web Token (RFC 7519; `eyJ` is `{"` in base64url), whole or cut, from its payload on at least; or where to look on.
fn web_token(bytes: &[u8], start: usize) -> Result<Found, usize> {
    let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let header = run(bytes, start, is_base64url);
    if bytes.get(header) != Some(&b'.') {
        return Err(header);
    }
    let mut end = run(bytes, header, |byte| is_base64url(byte) || byte == b'.');
    while bytes[end - 1] == b'.' {
        end -= 1;
    }
    if end < header + 4 {
        return Err(header);
    }
    let kind = Kind::Token;
    Ok(Found { start, end, kind })
}

/// Words that follow `bearer`, `basic`, or a secret's name and a colon in sentences, and are no secrets.
#[rustfmt::skip]
const SENTENCE: &[&str] = &[
    "a", "access", "account", "already", "and", "are", "auth", "authentication", "authorization", "challenge", "credential",
    "credentials", "does", "empty", "error", "expected", "expired", "failed", "false", "for", "format", "from", "has",
    "header", "in", "incorrect", "info", "invalid", "is", "login", "malformed", "method", "mismatch", "missing", "must",
    "nil", "no", "none", "not", "null", "of", "on", "only", "or", "plan", "realm", "rejected", "required", "reused",
    "revoked", "scheme", "scope", "the", "tier", "to", "token", "tokens", "too", "true", "type", "undefined", "unknown",
    "unsupported", "used", "user", "was", "with", "wrong",
];

fn is_of_a_sentence(word: &[u8]) -> bool {
    SENTENCE
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
}

/// Credentials after `Bearer` or `Basic` (RFC 6750, RFC 7617), also where a query has them.
fn scheme(bytes: &[u8], at: usize) -> Option<Found> {
    let rest = &bytes[at..];
    let is = |word: &[u8]| {
        rest.get(..word.len())
            .is_some_and(|text| text.eq_ignore_ascii_case(word))
    };
    let (length, kind) = match () {
        () if is(b"bearer") => (6, Kind::Token),
        () if is(b"basic") => (5, Kind::Masked),
        () => return None,
    };
    if at > 0 && bytes[at - 1].is_ascii_alphanumeric() && !follows_an_escape(bytes, at) {
        return None;
    }
    let start = blanks(bytes, at + length);
    if start == at + length {
        return None;
    }
    let end = run(bytes, start, is_token);
    let text = &bytes[start..end];
    // `realm="x"` is a challenge; a word is no base64 of a name and a password.
    let harmless = is_of_a_sentence(text.strip_suffix(b".").unwrap_or(text))
        || text.starts_with(b"realm=")
        || kind == Kind::Masked && text.iter().all(u8::is_ascii_lowercase) && text.len() < 20;
    (!harmless).then_some(Found { start, end, kind })
}

/// Whether what stands before `at` is `%20` or the like, whose last digit is no letter of a word.
fn follows_an_escape(bytes: &[u8], at: usize) -> bool {
    at >= 3 && bytes[at - 3] == b'%'
}

/// The first byte from `at` on that is no blank, in the forms a query has them, too.
fn blanks(bytes: &[u8], mut at: usize) -> usize {
    loop {
        at = match &bytes[at.min(bytes.len())..] {
            [b' ' | b'\t' | b'+', ..] => at + 1,
            [b'%', b'2', b'0', ..] => at + 3,
            _ => return at,
        };
    }
}

/// Bytes of a name, counted backwards from the sign after it.
const LONGEST_NAME: usize = 64;

/// Fewest bytes of a name that says secret. So a user agent's `rv:140.0` is not looked at further.
const SHORTEST_NAME: usize = 3;

/// The value of a pair whose name says secret: the sign between them takes the bytes from `sign` to `after`.
fn pair(bytes: &[u8], from: usize, sign: usize, after: usize) -> Option<Found> {
    let name = name_before(bytes, from, sign)?;
    if name.1 - name.0 < SHORTEST_NAME {
        return None;
    }
    let (kind, text_only) = match key::meaning(str::from_utf8(&bytes[name.0..name.1]).ok()?) {
        Meaning::Secret(kind) => (kind, false),
        Meaning::SecretText(kind) => (kind, true),
        _ => return None,
    };
    if is_a_harmless_code(bytes, from, name) {
        return None;
    }
    let name = &bytes[name.0..name.1];
    // `=>`, `==`, `:=`, `::`
    let start = run(bytes, after, |byte| matches!(byte, b'=' | b':' | b'>'));
    let start = run(bytes, start, |byte| matches!(byte, b' ' | b'\t'));
    let ends_line = [&b"cookie"[..], b"authorization"].iter().any(|word| {
        name.len() >= word.len() && name[name.len() - word.len()..].eq_ignore_ascii_case(word)
    });
    let (start, end) = value(bytes, start, ends_line, bytes[sign] == b'%')?;
    let text = &bytes[start..end];
    let amount = matches!(text, b"true" | b"false") || text.iter().all(u8::is_ascii_digit);
    (!(text_only && amount)).then_some(Found { start, end, kind })
}

/// Where the name before a sign starts and ends: letters, digits, `_`, `-`, `.`; blanks, quotes and brackets of indices may
/// stand between.
fn name_before(bytes: &[u8], from: usize, sign: usize) -> Option<(usize, usize)> {
    let back = |end: usize, most: usize, belongs: fn(u8) -> bool| {
        let text = &bytes[from..end];
        let length = text
            .iter()
            .rev()
            .take(most)
            .take_while(|byte| belongs(**byte))
            .count();
        end - length
    };
    let mut end = back(sign, 4, |byte| matches!(byte, b' ' | b'\t'));
    end = back(end, 4, |byte| {
        matches!(byte, b'"' | b'\'' | b'\\' | b']' | b'`')
    });
    if end >= from + 3 && bytes[end - 3..end].eq_ignore_ascii_case(b"%22") {
        end -= 3;
    }
    let start = back(end, LONGEST_NAME, |byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
    });
    // A name after `%26` or `%22` starts with two digits that are not its own; they do not matter to its words.
    (start < end).then_some((start, end))
}

/// Whether the name is `code` and the word before says which harmless one, as in `status code: 401`.
fn is_a_harmless_code(bytes: &[u8], from: usize, (start, end): (usize, usize)) -> bool {
    if !bytes[start..end].eq_ignore_ascii_case(b"code") || start == from || bytes[start - 1] != b' '
    {
        return false;
    }
    let text = &bytes[from..start - 1];
    let length = text
        .iter()
        .rev()
        .take(LONGEST_NAME)
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    key::names_a_harmless_code(&text[text.len() - length..])
}

/// The value that starts at `start`: between quotes or brackets, or up to what ends one.
fn value(bytes: &[u8], start: usize, ends_line: bool, encoded: bool) -> Option<(usize, usize)> {
    let opening = run(bytes, start, |byte| byte == b'\\');
    match bytes.get(opening) {
        Some(quote @ (b'"' | b'\'' | b'`')) => {
            let first = opening + 1;
            Some((first, closing(bytes, first, *quote, opening > start)))
        }
        Some(b'[' | b'{') => Some((start, bracketed(bytes, start))),
        _ if encoded => {
            let first = start
                + if bytes[start.min(bytes.len())..].starts_with(b"%22") {
                    3
                } else {
                    0
                };
            Some((first, encoded_end(bytes, first)))
        }
        _ if ends_line => {
            // Credentials of a scheme that is known are found by it.
            let known = [&b"bearer"[..], b"basic"].iter().any(|scheme| {
                bytes
                    .get(start..start + scheme.len())
                    .is_some_and(|text| text.eq_ignore_ascii_case(scheme))
            });
            let end = run(bytes, start, |byte| !matches!(byte, b'\n' | b'\r' | b'"'));
            (!known && !is_of_a_sentence(&bytes[start..end])).then_some((start, end))
        }
        _ => {
            let end = run(bytes, start, |byte| {
                !matches!(
                    byte,
                    b'\0'
                        ..=b' '
                            | b'&'
                            | b','
                            | b';'
                            | b'"'
                            | b'\''
                            | b')'
                            | b'}'
                            | b']'
                            | b'<'
                            | b'>'
                            | b'|'
                            | b'\\'
                )
            });
            let word = &bytes[start..end];
            (!is_of_a_sentence(word.strip_suffix(b".").unwrap_or(word))).then_some((start, end))
        }
    }
}

/// Where a quoted text ends: at its quote, or at the end.
fn closing(bytes: &[u8], start: usize, quote: u8, escaped: bool) -> usize {
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        match byte {
            // Quotes within quotes end at a quote that is escaped like the first.
            b'\\' if !escaped => at += 2,
            b'\\' if bytes.get(at + 1) == Some(&quote) => return at,
            byte if *byte == quote => return at,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Where a list or an object ends, wherever its quotes are; or the text.
fn bracketed(bytes: &[u8], start: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in bytes.iter().enumerate().skip(start) {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' if depth == 1 => return at + 1,
            b']' | b'}' => depth -= 1,
            _ => {}
        }
    }
    bytes.len()
}

/// Where a value ends in a text that is encoded for a query: at an encoded `&`, `"`, `,`, `;`, `}`, `'`, blank or `#`, or where
/// the text does.
fn encoded_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        let code = bytes.get(at + 1..at + 3).unwrap_or_default();
        let ends = match byte {
            b'\0'..=b' ' | b'&' | b'"' | b'\'' | b'<' | b'>' | b'#' => true,
            b'%' => [&b"26"[..], b"22", b"2c", b"3b", b"7d", b"27", b"20", b"23"]
                .iter()
                .any(|ending| code.eq_ignore_ascii_case(ending)),
            _ => false,
        };
        if ends {
            return at;
        }
        at += 1;
    }
    at
}

/// Longest name and password of a URL that are looked for.
const LONGEST_USERINFO: usize = 512;

/// The password of `://user:password@host`, whose first colon is at `at`.
fn userinfo(bytes: &[u8], at: usize) -> Option<Found> {
    if !bytes[at..].starts_with(b"://") {
        return None;
    }
    let text = &bytes[at + 3..];
    let text = &text[..text.len().min(LONGEST_USERINFO)];
    let authority = text
        .iter()
        .position(|byte| matches!(byte, b'/' | b'?' | b'#' | b'\0'..=b' '));
    let text = &text[..authority.unwrap_or(text.len())];
    let end = text.iter().rposition(|byte| *byte == b'@')?;
    let colon = text[..end].iter().position(|byte| *byte == b':')?;
    let (start, end, kind) = (at + 4 + colon, at + 3 + end, Kind::Masked);
    Some(Found { start, end, kind })
}

#[cfg(test)]
mod tests;
