//! The console: stdout, or a stream the application gives. A stream that is closed or broken gives errors, never a
//! panic.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::{Cut, Sink};
use crate::event::Timestamp;

/// A stream of an application that takes console lines instead of stdout.
pub(crate) type Stream = Box<dyn Write + Send>;

/// `None` is stdout.
pub(crate) struct Console(pub(crate) Option<Stream>);

impl Sink for Console {
    fn write(&mut self, lines: &[u8], _: Timestamp) -> Result<(), Cut> {
        let put = match &mut self.0 {
            Some(stream) => put_quietly(stream, lines),
            None => put(&mut io::stdout().lock(), lines),
        };
        // How much of it was shown is not known.
        put.map_err(|error| Cut { whole: 0, error })
    }

    fn path(&self) -> &Path {
        Path::new("console")
    }
}

/// Whoever emits an event does not expect a stream of the application to panic.
fn put_quietly(stream: &mut Stream, lines: &[u8]) -> io::Result<()> {
    catch_unwind(AssertUnwindSafe(|| put(stream, lines)))
        .unwrap_or_else(|_| Err(io::Error::other("the stream panicked")))
}

fn put(stream: &mut dyn Write, lines: &[u8]) -> io::Result<()> {
    stream.write_all(lines)?;
    stream.flush()
}
