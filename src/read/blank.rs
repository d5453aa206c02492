//! What carries nothing: white space, NUL bytes, byte order marks.

/// How many NUL bytes stand at the start, counted in blocks first: there may be gigabytes of them.
pub(super) fn leading_nuls(bytes: &[u8]) -> usize {
    const BLOCK: usize = 64;
    let blocks = bytes
        .chunks_exact(BLOCK)
        .take_while(|block| **block == [0; BLOCK])
        .count();
    let rest = &bytes[blocks * BLOCK..];
    blocks * BLOCK + rest.iter().take_while(|byte| **byte == 0).count()
}

/// Cuts off what carries nothing: JSON's white space, NUL bytes, and a byte order mark at the start, which is found
/// inside an input too where files were put together with `cat`. Returns how many bytes stood before the rest.
pub(super) fn trim<'a>(line: &'a [u8], nul_bytes: &mut u64) -> (usize, &'a [u8]) {
    const MARK: &[u8] = b"\xEF\xBB\xBF";
    let mut is_space = |byte: u8| {
        *nul_bytes += u64::from(byte == 0);
        matches!(byte, b' ' | b'\t' | b'\r' | 0)
    };
    let mut rest = line;
    while let [first, after @ ..] = rest {
        rest = if is_space(*first) {
            after
        } else if let Some(after) = rest.strip_prefix(MARK) {
            after
        } else {
            break;
        };
    }
    let before = line.len() - rest.len();
    while let [head @ .., last] = rest
        && is_space(*last)
    {
        rest = head;
    }
    // Other white space is no JSON, but a line of nothing else is blank.
    let is_blank = rest
        .iter()
        .all(|byte| matches!(byte, 0x0B | 0x0C | b' ' | b'\t' | b'\r' | 0));
    (before, if is_blank { &[] } else { rest })
}
