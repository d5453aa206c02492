//! The line of a seal: written in one way, and read only if it was written in that way.

use super::Kind;
use crate::event::Timestamp;
use crate::key::Key;

/// How every seal begins.
const START: &[u8] = b"{\"event\":\"log.seal\",";

/// What stands before the code, and behind it.
const BEFORE_CODE: &[u8] = b",\"hmac\":\"";
const END: &[u8] = b"\"}}";

/// What the key is used for here, before the bytes that the code is made over.
const LABEL: &[u8] = b"authmeter log.seal 1\n";

/// No seal is longer, in bytes, without its newline: 347 in all but four numbers, which have 20 digits at most.
pub(crate) const LONGEST: usize = 512;

/// A place in a chain: what names it, and no other place of this or another chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// 16 hexadecimal digits.
    pub(crate) chain: [u8; 16],
    /// Which seal of the chain, counted from 1; 0 is the beginning.
    pub(crate) number: u64,
    /// The seal's code; zeros at the beginning.
    pub(crate) hmac: [u8; 32],
}

/// What a seal says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seal {
    pub(crate) time: Timestamp,
    pub(crate) mark: Mark,
    pub(crate) kind: Kind,
    pub(crate) lines: u64,
    pub(crate) bytes: u64,
    pub(crate) sha256: [u8; 32],
    /// The code of the seal before it.
    pub(crate) previous: [u8; 32],
    /// Eight hexadecimal digits.
    pub(crate) key_id: [u8; 8],
}

/// Why bytes are no seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// They end before a seal would, and are the beginning of one.
    Short,
    /// They are something else.
    Wrong,
}

impl Seal {
    /// Appends the line, its newline included, and returns its code. The mark's own code is not looked at.
    pub(super) fn write(&self, key: &Key, line: &mut Vec<u8>) -> [u8; 32] {
        let start = line.len();
        line.extend_from_slice(START);
        line.extend_from_slice(b"\"timestamp\":\"");
        line.extend_from_slice(&self.time.to_millis_text());
        line.extend_from_slice(b"\",\"success\":true,\"metadata\":{\"chain\":\"");
        line.extend_from_slice(&self.mark.chain);
        line.extend_from_slice(b"\",\"seal\":");
        decimal(self.mark.number, line);
        line.extend_from_slice(b",\"kind\":\"");
        line.extend_from_slice(self.kind.name().as_bytes());
        line.extend_from_slice(b"\",\"lines\":");
        decimal(self.lines, line);
        line.extend_from_slice(b",\"bytes\":");
        decimal(self.bytes, line);
        line.extend_from_slice(b",\"sha256\":\"");
        line.extend_from_slice(&hex(&self.sha256));
        line.extend_from_slice(b"\",\"previous\":\"");
        line.extend_from_slice(&hex(&self.previous));
        line.extend_from_slice(b"\",\"keyId\":\"");
        line.extend_from_slice(&self.key_id);
        line.push(b'"');
        let hmac = key.mac(&[LABEL, &line[start..]]);
        line.extend_from_slice(BEFORE_CODE);
        line.extend_from_slice(&hex(&hmac));
        line.extend_from_slice(END);
        line.push(b'\n');
        hmac
    }

    /// Reads a line without its newline. What it says is to be believed once it [`is_of`](Self::is_of) a key.
    pub(crate) fn read(line: &[u8]) -> Result<Seal, Broken> {
        let mut rest = Rest(line);
        rest.text(START)?;
        rest.text(b"\"timestamp\":\"")?;
        let time = rest.time()?;
        rest.text(b"\",\"success\":true,\"metadata\":{\"chain\":\"")?;
        let chain = rest.digits()?;
        rest.text(b"\",\"seal\":")?;
        let number = rest.number()?;
        rest.text(b",\"kind\":\"")?;
        let kind = rest.kind()?;
        rest.text(b",\"lines\":")?;
        let lines = rest.number()?;
        rest.text(b",\"bytes\":")?;
        let bytes = rest.number()?;
        rest.text(b",\"sha256\":\"")?;
        let sha256 = rest.hash()?;
        rest.text(b"\",\"previous\":\"")?;
        let previous = rest.hash()?;
        rest.text(b"\",\"keyId\":\"")?;
        let key_id = rest.digits()?;
        rest.text(b"\"")?;
        rest.text(BEFORE_CODE)?;
        let hmac = rest.hash()?;
        rest.text(END)?;
        if !rest.0.is_empty() || number == 0 {
            return Err(Broken::Wrong);
        }
        Ok(Seal {
            time,
            mark: Mark {
                chain,
                number,
                hmac,
            },
            kind,
            lines,
            bytes,
            sha256,
            previous,
            key_id,
        })
    }

    /// Whether this seal, read from `line`, was made with the key.
    pub(crate) fn is_of(&self, key: &Key, line: &[u8]) -> bool {
        let covered = line
            .len()
            .saturating_sub(BEFORE_CODE.len() + 64 + END.len());
        // Compared in the same time wherever they differ. Whoever may ask can read the code in the log anyway; it costs
        // nothing to be careful.
        let code = key.mac(&[LABEL, &line[..covered]]);
        let differ = code.iter().zip(&self.mark.hmac);
        differ.fold(0, |differ, (one, other)| differ | (one ^ other)) == 0
    }

    /// Whether what it covers was there before the writer was.
    pub(crate) fn is_after_the_fact(&self) -> bool {
        self.bytes > 0 && matches!(self.kind, Kind::Opened | Kind::Recovered)
    }
}

/// Whether a line without its newline begins like a seal, as far as it goes, or ends like one: a seal that somebody has
/// changed a little does one of both.
pub(crate) fn resembles(line: &[u8]) -> bool {
    let length = line.len().min(START.len());
    (length > 0 && line[..length] == START[..length]) || ends_like_one(line)
}

fn ends_like_one(line: &[u8]) -> bool {
    let code = line.strip_suffix(END);
    let split = code.and_then(|line| line.split_at_checked(line.len().checked_sub(64)?));
    split.is_some_and(|(before, code)| {
        before.ends_with(BEFORE_CODE) && code.iter().all(|byte| is_digit(*byte))
    })
}

/// Hexadecimal digits.
pub(crate) fn hex(bytes: &[u8; 32]) -> [u8; 64] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [0; 64];
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    text
}

fn is_digit(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

fn decimal(number: u64, line: &mut Vec<u8>) {
    line.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// What is left of a line that is read from left to right.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    /// The next bytes, of which each has to be right; as far as there are any.
    fn take(
        &mut self,
        count: usize,
        right: impl Fn(usize, u8) -> bool,
    ) -> Result<&'a [u8], Broken> {
        let taken = &self.0[..count.min(self.0.len())];
        if !taken.iter().enumerate().all(|(at, byte)| right(at, *byte)) {
            return Err(Broken::Wrong);
        }
        if taken.len() < count {
            return Err(Broken::Short);
        }
        self.0 = &self.0[count..];
        Ok(taken)
    }

    fn text(&mut self, text: &[u8]) -> Result<(), Broken> {
        self.take(text.len(), |at, byte| text[at] == byte).map(drop)
    }

    fn digits<const N: usize>(&mut self) -> Result<[u8; N], Broken> {
        let digits = self.take(N, |_, byte| is_digit(byte))?;
        digits.try_into().map_err(|_| Broken::Wrong)
    }

    fn hash(&mut self) -> Result<[u8; 32], Broken> {
        let value = |digit: u8| match digit {
            b'0'..=b'9' => digit - b'0',
            _ => digit - b'a' + 10,
        };
        let digits = self.digits::<64>()?;
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = value(pair[0]) << 4 | value(pair[1]);
        }
        Ok(hash)
    }

    fn number(&mut self) -> Result<u64, Broken> {
        let count = self
            .0
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if count == self.0.len() {
            // More digits might follow; but no number has more than 20 of them.
            return Err(if count <= 20 {
                Broken::Short
            } else {
                Broken::Wrong
            });
        }
        let digits = &self.0[..count];
        self.0 = &self.0[count..];
        let number = str::from_utf8(digits)
            .ok()
            .and_then(|text| text.parse().ok());
        number
            .filter(|_| digits.len() == 1 || digits[0] != b'0')
            .ok_or(Broken::Wrong)
    }

    fn time(&mut self) -> Result<Timestamp, Broken> {
        const FORM: &[u8; 24] = b"dddd-dd-ddTdd:dd:dd.dddZ";
        let text = self.take(FORM.len(), |at, byte| match FORM[at] {
            b'd' => byte.is_ascii_digit(),
            form => byte == form,
        })?;
        let time = str::from_utf8(text).ok().and_then(Timestamp::parse);
        time.filter(|time| time.to_millis_text() == text)
            .ok_or(Broken::Wrong)
    }

    /// A kind, and the quote behind it.
    fn kind(&mut self) -> Result<Kind, Broken> {
        let mut broken = Broken::Wrong;
        for kind in Kind::ALL {
            let mut after = Rest(self.0);
            match after
                .text(kind.name().as_bytes())
                .and_then(|()| after.text(b"\""))
            {
                Ok(()) => {
                    self.0 = after.0;
                    return Ok(kind);
                }
                Err(Broken::Short) => broken = Broken::Short,
                Err(Broken::Wrong) => {}
            }
        }
        Err(broken)
    }
}

#[cfg(test)]
mod tests;
