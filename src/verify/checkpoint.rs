//! What an earlier look has seen, kept in a file: the newest seal of each chain. Of a log that was cut, or written anew by
//! somebody who had the key, nothing else knows.
//!
//! It has to be kept where nobody gets who can write the log: on another machine, or at least with another owner. It is one
//! line:
//!
//! ```text
//! {"authmeter":"checkpoint","verified":"2025-01-15T10:30:00.000Z","chains":[{"chain":"5f0c1e9a7b3d2846","seal":12,
//! "time":"2025-01-15T10:29:59.000Z","hmac":"(64 digits)"}],"keyId":"89abcdef","mac":"(64 digits)"}⏎
//! ```
//!
//! Its `mac` is made like a seal's code: HMAC-SHA-256 of `authmeter checkpoint 1\n` and the bytes before `,"mac":"`.

use std::fmt::Write as _;

use serde::Deserialize;

use super::finding::Sort;
use super::{ChainSeen, Keys, Verdict};
use crate::event::Timestamp;
use crate::seal::{Mark, hex};

const LABEL: &[u8] = b"authmeter checkpoint 1\n";
const BEFORE_CODE: &str = ",\"mac\":\"";

/// The newest seal of each chain.
pub(crate) struct Checkpoint {
    verified: String,
    seen: Vec<Seen>,
}

struct Seen {
    mark: Mark,
    time: String,
}

#[derive(Deserialize)]
struct Line {
    authmeter: String,
    verified: String,
    chains: Vec<Chain>,
    #[serde(rename = "keyId")]
    key_id: String,
    mac: String,
}

#[derive(Deserialize)]
struct Chain {
    chain: String,
    seal: u64,
    time: String,
    hmac: String,
}

impl Checkpoint {
    /// Reads a checkpoint.
    ///
    /// # Errors
    ///
    /// It is none, or not of one of these keys, or was changed; in words.
    pub(crate) fn read(bytes: &[u8], keys: &Keys) -> Result<Checkpoint, &'static str> {
        const NONE: &str = "it is no checkpoint";
        let line: Line = serde_json::from_slice(bytes).map_err(|_| NONE)?;
        if line.authmeter != "checkpoint" {
            return Err(NONE);
        }
        let key = keys.of(line.key_id.as_bytes());
        let key = key.ok_or("it was made with a key that was not given")?;
        let text = str::from_utf8(bytes).map_err(|_| NONE)?;
        let (covered, rest) = text.rsplit_once(BEFORE_CODE).ok_or(NONE)?;
        let mac = hex(&key.mac(&[LABEL, covered.as_bytes()]));
        let is_whole = rest.strip_suffix("\"}\n").map(str::as_bytes) == Some(&mac);
        if !is_whole || line.mac.as_bytes() != mac {
            return Err("its code is wrong: it was changed, or made without the key");
        }
        let seen = line.chains.into_iter().map(|chain| {
            Some(Seen {
                mark: Mark {
                    chain: chain.chain.as_bytes().try_into().ok()?,
                    number: chain.seal,
                    hmac: unhex(&chain.hmac)?,
                },
                time: chain.time,
            })
        });
        Ok(Checkpoint {
            verified: line.verified,
            seen: seen.collect::<Option<_>>().ok_or(NONE)?,
        })
    }

    /// The line of a checkpoint of all chains that were seen.
    pub(crate) fn line(chains: &[ChainSeen], keys: &Keys, now: Timestamp) -> Option<Vec<u8>> {
        let key = keys.own()?;
        let text = |time: Timestamp| String::from_utf8_lossy(&time.to_millis_text()).into_owned();
        let mut line = format!(
            "{{\"authmeter\":\"checkpoint\",\"verified\":\"{}\",\"chains\":[",
            text(now)
        );
        for (index, chain) in chains.iter().enumerate() {
            let End {
                id,
                number,
                time,
                hmac,
            } = End::of(chain);
            // Writing to a `String` cannot fail.
            let _ = write!(
                line,
                "{}{{\"chain\":\"{id}\",\"seal\":{number},\"time\":\"{}\",\"hmac\":\"{hmac}\"}}",
                if index > 0 { "," } else { "" },
                text(time)
            );
        }
        let _ = write!(line, "],\"keyId\":\"{}\"", key.id());
        let mac = hex(&key.mac(&[LABEL, line.as_bytes()]));
        let _ = writeln!(line, "{BEFORE_CODE}{}\"}}", String::from_utf8_lossy(&mac));
        Some(line.into_bytes())
    }

    /// The seals to look out for.
    pub(super) fn marks(&self) -> Vec<Mark> {
        self.seen.iter().map(|seen| seen.mark).collect()
    }

    /// Finds what the log does not have any more.
    pub(super) fn hold_against(&self, verdict: &mut Verdict) {
        for seen in &self.seen {
            if let Some((sort, seals, what)) = seen.lack(verdict, &self.verified) {
                verdict.findings.add(sort, None, Some(seals), what);
            }
        }
    }
}

/// The end of a chain, in the words of the line.
struct End {
    id: String,
    number: u64,
    time: Timestamp,
    hmac: String,
}

impl End {
    fn of(chain: &ChainSeen) -> End {
        End {
            id: String::from_utf8_lossy(&chain.id).into_owned(),
            number: chain.last.mark.number,
            time: chain.last.time,
            hmac: String::from_utf8_lossy(&hex(&chain.last.mark.hmac)).into_owned(),
        }
    }
}

impl Seen {
    /// What is not there of what was seen.
    fn lack(&self, verdict: &Verdict, verified: &str) -> Option<(Sort, (u64, u64), String)> {
        let Mark {
            chain,
            number,
            hmac,
        } = &self.mark;
        let name = String::from_utf8_lossy(chain);
        let earlier = format!("seal {number} of {} was there at {verified}", self.time);
        let mut found = verdict.strands.iter().flat_map(|strand| &strand.found);
        let mut found = found
            .by_ref()
            .filter(|mark| (mark.chain, mark.number) == (*chain, *number))
            .peekable();
        if found.peek().is_some() {
            let same = found.all(|mark| mark.hmac == *hmac);
            let what = format!("{earlier}, and here is another one of this number");
            return (!same).then_some((Sort::Rewritten, (*number, *number), what));
        }
        let Some(here) = verdict.chains.iter().find(|seen| seen.id == *chain) else {
            let what = format!("no seal of chain {name} is here; {earlier}");
            return Some((Sort::Replaced, (*number, *number), what));
        };
        let (first, last) = here.seals;
        if last < *number {
            let what = format!("the log ends with seal {last} of chain {name}; {earlier}");
            return Some((Sort::Cut, (last + 1, *number), what));
        }
        if first > number + 1 {
            let what = format!(
                "the log begins with seal {first} of chain {name}, which does not follow: {earlier}"
            );
            return Some((Sort::Missing, (number + 1, first - 1), what));
        }
        if first == number + 1 && here.before != *hmac {
            let what = format!("seal {first} of chain {name} follows another one; {earlier}");
            return Some((Sort::Rewritten, (first, first), what));
        }
        // Within a gap, which is a finding of its own, or right before the first seal.
        None
    }
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let bytes = text.as_bytes();
    if bytes.len() != 64 || !bytes.is_ascii() {
        return None;
    }
    let mut hash = [0; 32];
    for (byte, at) in hash.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
    }
    Some(hash)
}
