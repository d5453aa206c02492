//! A stream of lines, cut anywhere: those that stay are written on, byte for byte and in their order.
//!
//! Blank lines and runs of NUL bytes, as `copytruncate` leaves them, are not written on: they carry nothing. They are no
//! reason to rewrite a log either.

use std::io::{self, Write};

use bumpalo::Bump;
use memchr::memchr;

use super::How;
use super::policy::Verdict;
use crate::event::Wanted;
use crate::read::Line;
use crate::read::decode::Decoding;

/// What the lines of a log were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Events that go.
    pub goes: u64,
    /// Events that stay, whatever for.
    pub stays: u64,
    /// Of them, old ones kept for security.
    pub security: u64,
    /// Of them, those without a readable time.
    pub undated: u64,
    /// Lines that are no JSON, or too long; they stay.
    pub malformed: u64,
    /// Lines that are JSON, but no object; they stay.
    pub not_an_object: u64,
    /// Lines without any text; they are left out of a log that is rewritten.
    pub blank: u64,
}

impl Account {
    /// Adds what another log was.
    pub fn add(&mut self, other: &Account) {
        self.goes += other.goes;
        self.stays += other.stays;
        self.security += other.security;
        self.undated += other.undated;
        self.malformed += other.malformed;
        self.not_an_object += other.not_an_object;
        self.blank += other.blank;
    }

    /// Counts a line, and says whether it is written on.
    fn count(&mut self, verdict: Verdict) -> bool {
        match verdict {
            Verdict::Goes => self.goes += 1,
            Verdict::Blank => self.blank += 1,
            Verdict::Malformed => self.malformed += 1,
            Verdict::NotAnObject => self.not_an_object += 1,
            Verdict::Stays => self.stays += 1,
            Verdict::StaysForSecurity => {
                self.stays += 1;
                self.security += 1;
            }
            Verdict::Undated => {
                self.stays += 1;
                self.undated += 1;
            }
        }
        !matches!(verdict, Verdict::Goes | Verdict::Blank)
    }
}

/// Lines on their way.
pub(super) struct Sieve<'h> {
    how: &'h How<'h>,
    wanted: Wanted,
    arena: Bump,
    /// The start of a line whose end has not come yet.
    line: Vec<u8>,
    /// Inside a line that is too long to be read: it is passed on as it comes.
    passing: bool,
    pub(super) account: Account,
}

impl<'h> Sieve<'h> {
    pub(super) fn new(how: &'h How<'h>) -> Sieve<'h> {
        Sieve {
            how,
            wanted: Wanted::default(),
            arena: Bump::new(),
            line: Vec::new(),
            passing: false,
            account: Account::default(),
        }
    }

    /// Takes the next bytes.
    pub(super) fn take(&mut self, mut bytes: &[u8], out: &mut impl Write) -> io::Result<()> {
        loop {
            if self.line.is_empty() && !self.passing {
                let nuls = bytes.iter().take_while(|byte| **byte == 0).count();
                bytes = &bytes[nuls..];
            }
            if bytes.is_empty() {
                return Ok(());
            }
            let (piece, ended) = match memchr(b'\n', bytes) {
                Some(at) => (&bytes[..=at], true),
                None => (bytes, false),
            };
            bytes = &bytes[piece.len()..];
            self.take_piece(piece, ended, out)?;
        }
    }

    fn take_piece(&mut self, piece: &[u8], ended: bool, out: &mut impl Write) -> io::Result<()> {
        let length = self.line.len() + piece.len() - usize::from(ended);
        if self.passing {
            out.write_all(piece)?;
            self.passing = !ended;
        } else if length > self.how.max_line {
            self.account.malformed += 1;
            out.write_all(&self.line)?;
            self.line.clear();
            out.write_all(piece)?;
            self.passing = !ended;
        } else if ended && self.line.is_empty() {
            self.sift(piece, out)?;
        } else {
            self.line.extend_from_slice(piece);
            if ended {
                self.end(out)?;
            }
        }
        Ok(())
    }

    /// Takes what there is of the last line as the whole line.
    pub(super) fn end(&mut self, out: &mut impl Write) -> io::Result<()> {
        self.passing = false;
        let mut line = std::mem::take(&mut self.line);
        if !line.is_empty() {
            self.sift(&line, out)?;
        }
        line.clear();
        self.line = line;
        Ok(())
    }

    fn sift(&mut self, line: &[u8], out: &mut impl Write) -> io::Result<()> {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let decoding = Decoding {
            wanted: &self.wanted,
            slowly: false,
            assume: self.how.assume,
            arena: &self.arena,
        };
        let verdict = self.how.policy.judge(&Line::of(text, &decoding));
        self.arena.reset();
        match self.account.count(verdict) {
            true => out.write_all(line),
            false => Ok(()),
        }
    }

    /// Bytes of a line whose end has not come, which have not been written on.
    pub(super) fn pending(&self) -> u64 {
        self.line.len() as u64
    }

    /// Whether part of a line has been written on whose end has not come.
    pub(super) fn is_passing(&self) -> bool {
        self.passing
    }
}
