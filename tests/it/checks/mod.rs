//! What holds of any bytes at all. The fuzz targets in `tests/fuzz` look for bytes of which it does not; `corpus` checks
//! it of those that were found on the way.

// Each target uses one of these, and not the others.
#![allow(dead_code, unused_imports)]

mod counted;
mod learnt;
mod pattern;

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use authmeter::read::Input;

pub(crate) use counted::input;
pub(crate) use learnt::{log, twins};

/// A log of a few patterns of lines, as these bytes say, reads the same quickly and slowly.
pub(crate) fn pattern(bytes: &[u8]) {
    log(&pattern::log(bytes));
}

/// How a log comes in.
#[derive(Clone, Copy, Debug)]
enum Way {
    Stream,
    /// A file, read by place.
    File,
    /// A file, mapped into memory.
    Map,
}

/// A log as an input.
struct Source<'l> {
    log: &'l [u8],
    file: File,
}

impl<'l> Source<'l> {
    fn new(log: &'l [u8]) -> io::Result<Source<'l>> {
        // Its name is gone before anybody else can look for it.
        let path = std::env::temp_dir().join(format!(
            "authmeter-{}-{:?}",
            std::process::id(),
            std::thread::current().id()
        ));
        let mut options = File::options();
        let file = options.create_new(true).read(true).write(true).open(&path);
        std::fs::remove_file(&path)?;
        let file = file?;
        file.write_all_at(log, 0)?;
        Ok(Source { log, file })
    }

    fn input(&self, way: Way) -> io::Result<Input> {
        Ok(match way {
            Way::Stream => Input::reader("stream", Box::new(io::Cursor::new(self.log.to_vec()))),
            Way::File | Way::Map => {
                // A copy has the same place in the file.
                io::Seek::rewind(&mut &self.file)?;
                Input::file("file", self.file.try_clone()?)
            }
        })
    }
}
