//! What can go wrong, and where: one small boxed error for the whole library.
//!
//! A new kind of trouble is one variant of [`ErrorKind`] and one arm of its `Display`. A kind carries its own place:
//! the variable, or the path. What goes wrong while events are being written is no `Error`; it is counted.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fmt, io};

/// An error of this library; as large as a pointer.
#[derive(Debug)]
pub struct Error(Box<ErrorKind>);

/// What went wrong, and where.
#[derive(Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An environment variable has a value that means nothing.
    Setting {
        /// The variable's name.
        variable: &'static str,
        /// The value it has; not always UTF-8.
        value: OsString,
        /// The values it may have.
        allowed: &'static str,
    },
    /// The operating system refused something.
    Io {
        /// What was tried, as in "cannot … PATH".
        action: &'static str,
        /// The file or folder it was tried on.
        path: PathBuf,
        /// What the operating system said.
        error: io::Error,
    },
    /// The endpoint does not take batches of events, or something is wrong with what waits for it.
    Endpoint {
        /// Where batches are sent: scheme, host and port. The rest of a URL may be secret.
        origin: String,
        /// What is wrong.
        what: String,
    },
    /// A setting needs a key, and no key file is named.
    NoKey {
        /// The setting's variable.
        variable: &'static str,
    },
    /// A log is to be sealed, and there is no file.
    NothingToSeal,
    /// A key file that is not used.
    KeyFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what helps.
        problem: &'static str,
    },
    /// A sealed log has one writer, and there is another.
    Sealed {
        /// The log.
        path: PathBuf,
        /// The one that was refused was to seal it; otherwise the other does.
        alone: bool,
    },
    /// The global writer was already there.
    AlreadyInitialized,
    /// The global writer was not there yet.
    NotInitialized,
    /// The writer was shut down.
    ShutDown,
    /// There was no room in the queue, and none came in time; the event is lost.
    QueueFull {
        /// How long the call waited.
        waited: Duration,
    },
    /// The disk did not confirm in time that it has the event. The event is not lost: it is in the file, or will be.
    NotConfirmed {
        /// The log.
        path: PathBuf,
        /// How long the call waited.
        waited: Duration,
    },
}

impl Error {
    /// What went wrong, and where.
    pub fn kind(&self) -> &ErrorKind {
        &self.0
    }

    pub(crate) fn io(action: &'static str, path: &Path, error: io::Error) -> Error {
        let path = path.to_path_buf();
        ErrorKind::Io {
            action,
            path,
            error,
        }
        .into()
    }

    /// What the operating system said, if it was the operating system.
    pub(crate) fn into_io(self) -> io::Error {
        match *self.0 {
            ErrorKind::Io { error, .. } => error,
            other => io::Error::other(Error::from(other)),
        }
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Error {
        Error(Box::new(kind))
    }
}

/// One sentence. Values and paths are quoted, so that no character of theirs can drive a terminal.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            ErrorKind::Setting {
                variable,
                value,
                allowed,
            } => {
                write!(f, "{variable}={value:?} is not one of: {allowed}")
            }
            ErrorKind::Io {
                action,
                path,
                error,
            } => write!(f, "cannot {action} {path:?}: {error}"),
            ErrorKind::Endpoint { origin, what } => write!(f, "endpoint {origin}: {what}"),
            ErrorKind::NoKey { variable } => write!(
                f,
                "{variable} needs a key: name its file in METRICS_KEY_FILE (`openssl rand -hex 32` makes one)"
            ),
            ErrorKind::NothingToSeal => f.write_str(
                "METRICS_SEAL seals a file, and METRICS_FORMAT=console has none; set it to file or both",
            ),
            ErrorKind::KeyFile { path, problem } => {
                write!(f, "cannot use key file {path:?}: {problem}")
            }
            ErrorKind::Sealed { path, alone: true } => write!(
                f,
                "cannot seal {path:?}: another process writes to it, and a sealed log has one writer"
            ),
            ErrorKind::Sealed { path, alone: false } => write!(
                f,
                "cannot write to {path:?}: another process seals it, and a sealed log has one writer"
            ),
            ErrorKind::AlreadyInitialized => {
                f.write_str("the global writer is already initialized")
            }
            ErrorKind::NotInitialized => f.write_str("the global writer is not initialized"),
            ErrorKind::ShutDown => f.write_str("the writer is shut down"),
            ErrorKind::QueueFull { waited } => {
                write!(f, "the queue is full, and had no room for {waited:?}")
            }
            ErrorKind::NotConfirmed { path, waited } => {
                write!(
                    f,
                    "the disk did not confirm a write to {path:?} within {waited:?}"
                )
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self.kind() {
            ErrorKind::Io { error, .. } => Some(error),
            _ => None,
        }
    }
}
