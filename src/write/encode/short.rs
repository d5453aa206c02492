//! Short texts as numbers: most texts of an event have at most 16 bytes, and are looked at and copied in a few steps.

/// Eight bytes of a text as a number: the first is the lowest.
type Word = u64;

/// The same byte eight times.
const fn each(byte: u8) -> Word {
    Word::from_ne_bytes([byte; 8])
}

/// Whether all bytes are letters but `J`, digits, or one of ``-./@_` ``: nothing to escape, and no sign of a secret. Looks at
/// all eight at once: a sum sets the highest bit of a byte of ASCII that is at least so large, and none beside it.
#[inline]
fn is_tame(word: Word) -> bool {
    let at_least = |word: Word, byte: u8| word.wrapping_add(each(0x80 - byte));
    let small = word | each(0x20);
    let letter = at_least(small, b'`') & !at_least(small, b'z' + 1);
    let digit = at_least(word, b'-') & !at_least(word, b'9' + 1);
    let is_not = |byte: u8| at_least(word ^ each(byte), 1);
    let tame = (letter | digit | !is_not(b'_')) & is_not(b'J') & !word;
    tame & each(0x80) == each(0x80)
}

/// The same for a text of at least eight bytes.
#[inline]
pub(super) fn is_tame_throughout(text: &[u8]) -> bool {
    let is_tame = |word: &[u8; 8]| is_tame(Word::from_le_bytes(*word));
    let (words, _) = text.as_chunks();
    words.iter().all(is_tame) && text.last_chunk().is_some_and(is_tame)
}

/// Longest text that is two words.
pub(super) const SHORT: usize = 16;

/// A text of at most 16 bytes in a few loads, where a copy of a length that is not known takes a call.
#[derive(Clone, Copy)]
pub(super) enum Short {
    /// Less than eight bytes, and zeros behind them.
    Part(Word, usize),
    /// The first eight and the last, which may overlap.
    Two(Word, Word, usize),
}

impl Short {
    #[inline]
    pub(super) fn of(bytes: &[u8]) -> Short {
        let length = bytes.len();
        if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
            let word = |bytes: &[u8; 8]| Word::from_le_bytes(*bytes);
            return Short::Two(word(first), word(last), length);
        }
        let word = if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
            let word = |bytes: &[u8; 4]| Word::from(u32::from_le_bytes(*bytes));
            word(first) | word(last) << (8 * (length - 4))
        } else if let (Some(first), Some(last)) = (bytes.first(), bytes.last()) {
            let word = |byte: u8, at: usize| Word::from(byte) << (8 * at);
            word(*first, 0) | word(bytes[length / 2], length / 2) | word(*last, length - 1)
        } else {
            0
        };
        Short::Part(word, length)
    }

    #[inline]
    pub(super) fn is_tame(self) -> bool {
        match self {
            Short::Part(word, length) => is_tame(word | each(b'a') << (8 * length)),
            Short::Two(first, last, _) => is_tame(first) && is_tame(last),
        }
    }

    #[inline]
    pub(super) fn append(self, line: &mut Vec<u8>) {
        let start = line.len();
        match self {
            Short::Part(word, length) => {
                line.extend_from_slice(&word.to_le_bytes());
                line.truncate(start + length);
            }
            Short::Two(first, last, length) => {
                line.extend_from_slice(&first.to_le_bytes());
                line.truncate(start + length - 8);
                line.extend_from_slice(&last.to_le_bytes());
            }
        }
    }

    /// Appends it between quotes.
    #[inline]
    pub(super) fn append_quoted(self, line: &mut Vec<u8>) {
        let start = line.len();
        line.extend_from_slice(&[b'"'; SHORT + 2]);
        let Some(place) = line.last_chunk_mut::<{ SHORT + 2 }>() else {
            return;
        };
        let length = match self {
            Short::Part(word, length) => {
                let word = word | each(b'"') << (8 * length);
                place[1..9].copy_from_slice(&word.to_le_bytes());
                length
            }
            Short::Two(first, last, length) => {
                place[1..9].copy_from_slice(&first.to_le_bytes());
                place[length - 7..=length].copy_from_slice(&last.to_le_bytes());
                length
            }
        };
        line.truncate(start + length + 2);
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::{SEEN, seen};
    use super::*;

    #[test]
    fn tame_bytes_are_harmless_wherever_they_stand() {
        for byte in 0..=u8::MAX {
            let expected =
                byte.is_ascii_alphanumeric() && byte != b'J' || b"-./@_`".contains(&byte);
            assert!(
                !expected || SEEN[usize::from(byte)] & (seen::ODD | seen::SIGN | seen::BLANK) == 0
            );
            for (others, at) in
                (0..8).flat_map(|at| [(b'a', at), (b'z', at), (0x7f, at), (0xff, at)])
            {
                let mut bytes = [others; 8];
                bytes[at] = byte;
                let tame = expected && others.is_ascii_alphabetic();
                assert_eq!(is_tame(Word::from_le_bytes(bytes)), tame, "{bytes:?}");
            }
        }
    }

    #[test]
    fn a_short_text_is_appended_whole_whatever_its_length() {
        for length in 0..=SHORT {
            let text = &"0123456789abcdef"[..length];
            let mut line = b"line".to_vec();
            Short::of(text.as_bytes()).append(&mut line);
            assert_eq!(line, format!("line{text}").into_bytes());
            let mut line = b"line".to_vec();
            Short::of(text.as_bytes()).append_quoted(&mut line);
            assert_eq!(line, format!("line\"{text}\"").into_bytes());
            assert!(Short::of(text.as_bytes()).is_tame());
            for at in 0..length {
                let mut wild = text.as_bytes().to_vec();
                wild[at] = b'=';
                assert!(!Short::of(&wild).is_tame());
            }
        }
    }
}
