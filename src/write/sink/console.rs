//! The console: stdout, or a stream the application gives. A stream that is closed or broken gives errors, never a
//! panic.

use std::io::{self, IsTerminal as _, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::Sink;
use crate::event::Timestamp;
use crate::write::config::Colour;
use crate::write::encode::{self, Record};

/// A stream of an application that takes console lines instead of stdout.
pub(crate) type Stream = Box<dyn Write + Send>;

pub(crate) struct Console {
    /// `None` is stdout, which has a lock of its own.
    stream: Option<Mutex<Stream>>,
    colour: bool,
}

impl Console {
    pub(crate) fn new(stream: Option<Stream>, colour: Colour) -> Console {
        Console {
            colour: match colour {
                Colour::Never => false,
                Colour::OnTerminal => stream.is_none() && io::stdout().is_terminal(),
                Colour::Always => true,
            },
            stream: stream.map(Mutex::new),
        }
    }
}

impl Sink for Console {
    fn encode(&self, record: &Record<'_, '_>, line: &mut Vec<u8>) {
        encode::console(record, &encode::Rules::default(), self.colour, line);
    }

    fn write(&self, line: &[u8], _: Timestamp) -> io::Result<()> {
        match &self.stream {
            Some(stream) => put(
                &mut *stream.lock().unwrap_or_else(PoisonError::into_inner),
                line,
            ),
            None => put(&mut io::stdout().lock(), line),
        }
    }

    fn path(&self) -> &Path {
        Path::new("console")
    }
}

fn put(stream: &mut dyn Write, line: &[u8]) -> io::Result<()> {
    stream.write_all(line)?;
    stream.flush()
}
