//! A log file that is opened when its first line comes: what a forked child has.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::file::{LogFile, Policy};
use super::{Cut, Sink};
use crate::error::Error;
use crate::event::Timestamp;
use crate::seal::Chain;

pub(crate) struct Later {
    path: PathBuf,
    policy: Policy,
    file: Option<LogFile>,
}

impl Later {
    pub(crate) fn new(path: &Path, policy: Policy) -> Later {
        Later {
            path: path.to_path_buf(),
            policy,
            file: None,
        }
    }

    fn file(&mut self) -> Result<&mut LogFile, Error> {
        match &mut self.file {
            Some(file) => Ok(file),
            none => Ok(none.insert(LogFile::open(&self.path, self.policy.clone())?)),
        }
    }
}

impl Sink for Later {
    fn write(&mut self, lines: &[u8], time: Timestamp) -> Result<(), Cut> {
        match self.file() {
            Ok(file) => file.write(lines, time),
            Err(error) => Err(Cut {
                whole: 0,
                error: error.into_io(),
            }),
        }
    }

    fn expect_sync(&mut self) {
        // An error is the write's to tell.
        if let Ok(file) = self.file() {
            file.expect_sync();
        }
    }

    fn unsynced(&mut self) -> Vec<Arc<File>> {
        self.file.as_mut().map(Sink::unsynced).unwrap_or_default()
    }

    fn reopen(&mut self) -> Result<(), Error> {
        self.file.as_mut().map_or(Ok(()), Sink::reopen)
    }

    fn trouble(&mut self) -> Option<Error> {
        self.file.as_mut().and_then(Sink::trouble)
    }

    fn chain(&self) -> Option<Arc<Mutex<Chain>>> {
        self.file.as_ref().and_then(Sink::chain)
    }

    fn take_unsealed(&mut self, into: &mut Vec<u8>) {
        if let Some(file) = &mut self.file {
            file.take_unsealed(into);
        }
    }

    fn seal_is_due(&self) -> bool {
        self.file.as_ref().is_some_and(Sink::seal_is_due)
    }

    fn seal(&mut self, is_last: bool) -> u64 {
        self.file.as_mut().map_or(0, |file| file.seal(is_last))
    }

    fn path(&self) -> &Path {
        &self.path
    }
}
