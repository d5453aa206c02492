//! The end of a log that is there already: its last seal, found from the end backwards, and what stands behind it.

use std::io::{self, Read, Seek, SeekFrom};

use super::line::{LONGEST, Seal, resembles};
use crate::key::Key;

/// Bytes looked at in one step backwards. Behind the last seal there is a second's worth of lines at most, usually.
const STEP: u64 = 64 << 10;

/// Where the end of a log begins.
#[derive(Debug)]
pub(super) struct Tail {
    pub(super) seal: Option<Seal>,
    /// Bytes from the start of the log to the first that no seal covers.
    pub(super) from: u64,
    pub(super) ending: Ending,
}

/// How the last line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// With a newline, or there is none.
    Whole,
    /// It does not, and it is no seal.
    Torn,
    /// It does not, and it is the last seal.
    TornAfterSeal,
}

/// Finds the last seal: one of this key, or one that says it is of another. A line that only looks like a seal of this key
/// is a line like others.
pub(super) fn tail(key: &Key, log: &mut (impl Read + Seek)) -> io::Result<Tail> {
    let length = log.seek(SeekFrom::End(0))?;
    let mut window = Vec::new();
    let mut start = length;
    let mut ending = Ending::Whole;
    while start > 0 {
        let before = start;
        start = start.saturating_sub(STEP);
        // The byte before tells whether a line starts here; a line that starts here may end behind.
        let from = start.saturating_sub(1);
        log.seek(SeekFrom::Start(from))?;
        window.clear();
        let most = before - from + LONGEST as u64 + 1;
        log.by_ref().take(most).read_to_end(&mut window)?;
        if before == length && window.last() != Some(&b'\n') {
            ending = Ending::Torn;
        }
        let starts = (0..(before - from) as usize).rev();
        let starts = starts.filter(|at| match at {
            0 => from == 0,
            at => window.get(at - 1) == Some(&b'\n'),
        });
        for at in starts {
            if let Some((seal, size)) = seal_at(key, window.get(at..).unwrap_or_default()) {
                let end = from + (at + size) as u64;
                let is_last = end >= length;
                return Ok(Tail {
                    seal: Some(seal),
                    from: end + u64::from(!is_last),
                    ending: match is_last {
                        true => Ending::TornAfterSeal,
                        false => ending,
                    },
                });
            }
        }
    }
    Ok(Tail {
        seal: None,
        from: 0,
        ending,
    })
}

/// The seal that these bytes begin with, and its length without a newline.
fn seal_at(key: &Key, bytes: &[u8]) -> Option<(Seal, usize)> {
    let bytes = &bytes[..bytes.len().min(LONGEST + 1)];
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let line = &bytes[..end.unwrap_or(bytes.len())];
    if !resembles(line) {
        return None;
    }
    let seal = Seal::read(line).ok()?;
    let known = seal.key_id != key.id().as_bytes() || seal.is_of(key, line);
    known.then_some((seal, line.len()))
}
