//! How a file ends: inside a line, or not.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::thread;
use std::time::Duration;

/// How often the end of a file is looked at before it counts as torn, a millisecond apart. A line that another process
/// is just writing looks torn too, for some microseconds.
const LOOKS: u32 = 10;

/// Whether a regular file ends inside a line. One that may not be read counts as torn: a blank line is the lesser evil.
/// Nothing else has an end to look at; reading a pipe or a device would wait or take something away.
pub(super) fn is_torn(path: &Path) -> bool {
    for look in 0..LOOKS {
        if look > 0 {
            thread::sleep(Duration::from_millis(1));
        }
        match last_byte(path) {
            Ok(None | Some(b'\n')) => return false,
            Ok(Some(_)) => {}
            Err(_) => return true,
        }
    }
    true
}

/// The last byte of a file, if it has one.
fn last_byte(path: &Path) -> io::Result<Option<u8>> {
    let mut file = File::open(path)?;
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(None);
    }
    let mut byte = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut byte)?;
    Ok(Some(byte[0]))
}
