//! Seals: lines of a log that vouch for the lines before them.
//!
//! This is all that somebody needs to know who wants to check a log without this program.
//!
//! # The line
//!
//! A seal is one line, exactly as follows but for the values, with no blanks and in this order. Here it is broken up to fit:
//!
//! ```text
//! {"event":"log.seal","timestamp":"2025-01-15T10:30:00.000Z","success":true,"metadata":{
//! "chain":"5f0c1e9a7b3d2846","seal":12,"kind":"regular","lines":64,"bytes":12345,
//! "sha256":"(64 digits)","previous":"(64 digits)","keyId":"89abcdef","hmac":"(64 digits)"}}⏎
//! ```
//!
//! | field | what it is |
//! |---|---|
//! | `timestamp` | when the seal was made: UTC, three decimals, `Z` |
//! | `chain` | 16 hexadecimal digits, drawn at random when the chain began, the same in all its seals |
//! | `seal` | 1 for the first seal of the chain, and one more for each that follows |
//! | `kind` | see below |
//! | `lines`, `bytes` | how many newlines, and how many bytes, the seal covers |
//! | `sha256` | SHA-256 of the bytes it covers |
//! | `previous` | the `hmac` of the seal before it; 64 zeros in the first |
//! | `keyId` | which key it was made with: the first four bytes of HMAC-SHA-256(key, `authmeter key id`) |
//! | `hmac` | HMAC-SHA-256(key, `authmeter log.seal 1\n` + the line's own bytes before `,"hmac":"`) |
//!
//! Numbers are decimal without leading zeros; hexadecimal digits are lower case. The label before the line's bytes keeps
//! what else the key is used for apart: no pseudonym is ever a seal.
//!
//! The code is made over the text of the line rather than over its values: every byte of the line is vouched for without
//! any encoding to agree upon, and what stands behind `,"hmac":"` is the code and `"}}`, and nothing else.
//!
//! # What a seal covers
//!
//! The bytes behind the line of the seal before it, its newline included, up to its own line: lines, blank lines, and
//! fragments of lines that a killed process or a full disk left. In the first seal of a chain, the bytes from the start
//! of the file. A log that is rotated goes on in the next file as if both were one. Usually the first file ends with a
//! `closed` seal and the next one begins with an `opened` one, and then each file can be checked by itself; where a writer
//! could not end the first, the first seal of the next covers the end of the one and the beginning of the other.
//!
//! A file may end inside a line, also inside the line of a seal. A seal that is whole but for its newline counts; the
//! newline that comes before whatever is written next belongs to it.
//!
//! # Kinds
//!
//! | kind | what it says |
//! |---|---|
//! | `regular` | so many events, or so much time, have passed |
//! | `opened` | the first of a chain, of a file, or with another key; bytes it covers were there before |
//! | `closed` | the last of a file, or of a process that was told to end |
//! | `recovered` | a writer found bytes behind the last seal when it started, and covers them |
//!
//! Bytes that `opened` and `recovered` cover were **sealed after the fact**: what happened to them between the time they
//! were written and the time of the seal, the seal does not know. So much is lost to a `kill -9`, or to somebody who may
//! stop the writer and change its file: what was written since the last seal, and not a line more.
//!
//! # What seals cannot do
//!
//! Whoever has the key can make seals. Whoever may write the file can cut off its end, from any seal on: the rest is
//! whole, and what is gone was never mentioned in it. A checkpoint kept elsewhere finds that.

// What only `authmeter verify` needs.
#![cfg_attr(not(feature = "cli"), allow(dead_code, unused_imports))]

mod chain;
mod line;
mod tail;

pub(crate) use chain::Chain;
pub(crate) use line::{Broken, LONGEST, Mark, Seal, hex, resembles};

/// What made somebody seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Events or time passed.
    Regular,
    /// A file, a chain or a key is new.
    Opened,
    /// A file or a process ends.
    Closed,
    /// There were bytes behind the last seal.
    Recovered,
}

impl Kind {
    pub(crate) const ALL: [Kind; 4] = [Kind::Regular, Kind::Opened, Kind::Closed, Kind::Recovered];

    /// Its name in the line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Regular => "regular",
            Kind::Opened => "opened",
            Kind::Closed => "closed",
            Kind::Recovered => "recovered",
        }
    }
}
