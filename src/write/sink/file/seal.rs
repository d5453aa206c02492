//! Seals in the log: what was written, and not yet sealed.
//!
//! Hashing is not done by callers. They leave a copy of what they wrote; the lane's thread hashes it and writes the seal.
//! Under the lock of the file it hashes only what came while it hashed the rest.
//!
//! ```text
//!   caller    write │ pending += line           lane's thread   pending ──▶ hash        (the chain's lock)
//!                                                               rest ──▶ hash, seal     (the file's lock, then the chain's)
//! ```
//!
//! After a write that failed, the file itself says what got through.
//!
//! A sealed log has one writer: it holds an exclusive lock of the file, and every other writer of this library a shared one.

use std::fs::{File, TryLockError};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::LogFile;
use crate::error::{Error, ErrorKind};
use crate::event::Timestamp;
use crate::key::Key;
use crate::seal::{Chain, Kind};

pub(super) struct Sealing {
    chain: Arc<Mutex<Chain>>,
    /// What was written since somebody hashed last.
    pending: Vec<u8>,
    /// Writes since the last seal.
    writes: u64,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Something may have to be written before the next line.
    Unopened,
    /// The same, and a part of it may be there.
    HalfOpened,
    /// `pending` is all there is.
    Known,
    /// A write failed: only the file knows what got through.
    Unknown,
}

/// So many writes are sealed together, or more where they come quickly.
const WRITES: u64 = 64;

/// More than this is hashed by whoever writes: the thread cannot keep up.
const MOST_PENDING: usize = 4 << 20;

impl Sealing {
    /// Takes up the chain of a log, or begins one.
    pub(super) fn resume(key: &Key, file: &File) -> io::Result<Sealing> {
        let mut file = file;
        Ok(Sealing {
            chain: Arc::new(Mutex::new(Chain::resume(key.clone(), &mut file)?)),
            pending: Vec::new(),
            writes: 0,
            state: State::Unopened,
        })
    }

    pub(super) fn chain(&self) -> &Arc<Mutex<Chain>> {
        &self.chain
    }

    /// Takes what is to be hashed; nothing where that is not known.
    pub(super) fn take_pending(&mut self, into: &mut Vec<u8>) {
        into.clear();
        if self.state == State::Known {
            std::mem::swap(into, &mut self.pending);
        }
    }

    pub(super) fn is_due(&self) -> bool {
        self.writes >= WRITES
    }

    pub(super) fn is_empty(&self) -> bool {
        self.writes == 0 && self.state == State::Known
    }

    /// Whether something may have to be written before the next line.
    #[inline]
    pub(super) fn is_unopened(&self) -> bool {
        matches!(self.state, State::Unopened | State::HalfOpened)
    }

    /// These bytes are written.
    #[inline]
    pub(super) fn wrote(&mut self, bytes: &[u8], apart: bool) {
        self.writes += 1;
        if self.state != State::Known {
            return;
        }
        if apart {
            self.pending.push(b'\n');
        }
        self.pending.extend_from_slice(bytes);
        if self.pending.len() > MOST_PENDING {
            self.hash_pending();
        }
    }

    /// A write failed.
    pub(super) fn lost_track(&mut self) {
        self.state = match self.state {
            State::Known | State::Unknown => State::Unknown,
            State::Unopened | State::HalfOpened => State::HalfOpened,
        };
        self.pending.clear();
    }

    #[cold]
    fn hash_pending(&mut self) {
        lock(&self.chain).update(&self.pending);
        self.pending.clear();
    }
}

pub(crate) fn lock(chain: &Mutex<Chain>) -> MutexGuard<'_, Chain> {
    chain.lock().unwrap_or_else(PoisonError::into_inner)
}

impl LogFile {
    /// Writes what has to stand before the next line: the newline a torn line lacks, a seal over what no seal covers.
    #[cold]
    pub(super) fn open_seals(&mut self) -> io::Result<()> {
        let Some(sealing) = &mut self.sealing else {
            return Ok(());
        };
        let chain = Arc::clone(&sealing.chain);
        let mut chain = lock(&chain);
        if sealing.state == State::HalfOpened {
            let file: &File = &self.open.appender.file.0;
            let mut file = file;
            chain.reread(&mut file)?;
            // The chain sees to the line the part stands in.
            self.open.appender.torn = false;
        }
        let mut bytes = Vec::new();
        let sealed = chain.open(Timestamp::now(), &mut bytes);
        self.write_seal(&bytes)?;
        if let Some(sealed) = sealed {
            chain.advance(sealed);
            self.seals += 1;
        }
        if let Some(sealing) = &mut self.sealing {
            sealing.state = State::Known;
            sealing.pending.clear();
        }
        Ok(())
    }

    /// Seals what is not sealed yet. Whether there was anything.
    pub(super) fn seal_as(&mut self, kind: Kind) -> io::Result<bool> {
        match &self.sealing {
            None => return Ok(false),
            Some(sealing) if sealing.is_empty() && kind == Kind::Regular => return Ok(false),
            Some(sealing) if sealing.is_unopened() => return Ok(false),
            Some(_) => {}
        }
        let Some(sealing) = &mut self.sealing else {
            return Ok(false);
        };
        let chain = Arc::clone(&sealing.chain);
        let mut chain = lock(&chain);
        let mut bytes = Vec::new();
        if sealing.state == State::Unknown {
            let file: &File = &self.open.appender.file.0;
            let mut file = file;
            chain.reread(&mut file)?;
            // The newline a torn line lacks.
            let opened = chain.open(Timestamp::now(), &mut bytes);
            debug_assert!(opened.is_none(), "the chain was open");
        } else {
            chain.update(&sealing.pending);
        }
        sealing.pending.clear();
        let sealed = chain.seal(Timestamp::now(), kind, &mut bytes);
        self.write_seal(&bytes)?;
        chain.advance(sealed);
        self.seals += 1;
        self.open.appender.torn = false;
        if let Some(sealing) = &mut self.sealing {
            sealing.state = State::Known;
            sealing.writes = 0;
        }
        Ok(true)
    }

    /// Writes a seal. If that fails, nobody knows how much of it got through.
    fn write_seal(&mut self, bytes: &[u8]) -> io::Result<()> {
        let written = self.open.appender.file.write_all(bytes);
        match &written {
            Ok(()) => self.open.length += bytes.len() as u64,
            Err(_) => {
                self.open.appender.torn = true;
                if let Some(sealing) = &mut self.sealing {
                    sealing.lost_track();
                }
            }
        }
        written
    }

    /// Ends the seals of the file that is left, and goes on in the one that is open now.
    pub(super) fn carry_seals_on(&mut self) -> Result<(), Error> {
        let Some(sealing) = &mut self.sealing else {
            return Ok(());
        };
        let file: &File = &self.open.appender.file.0;
        let mut file = file;
        lock(&sealing.chain)
            .reopen(&mut file)
            .map_err(|error| Error::io("read", &self.path, error))?;
        sealing.pending.clear();
        sealing.writes = 0;
        sealing.state = State::Unopened;
        self.open.appender.torn = false;
        Ok(())
    }
}

/// Takes the lock of a log that is opened: for itself alone if it is sealed.
pub(super) fn claim(file: &File, alone: bool, path: &Path) -> Result<(), Error> {
    let locked = match alone {
        true => file.try_lock(),
        false => file.try_lock_shared(),
    };
    match locked {
        // Where there are no locks, nobody can be kept away.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(ErrorKind::Sealed {
            path: path.to_path_buf(),
            alone,
        }
        .into()),
    }
}

#[cfg(test)]
mod tests;
