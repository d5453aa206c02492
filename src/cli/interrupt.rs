//! Ctrl-C: the first ends the scan and prints what was read so far, the second ends the program at once.
//!
//! A signal interrupts one thread only, and any number may wait for the same input. So handlers write to a pipe that is
//! never read: once it can be read, it can be for ever, and everyone who waits for an input waits for it too.

use std::ffi::c_int;
use std::fs::{File, OpenOptions};
use std::io::{self, PipeReader};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::OFlags;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

use crate::read::{Waiting, Watch};

/// A watch over a scan that SIGINT and SIGTERM end early. The handlers stay for as long as the program runs.
///
/// # Errors
///
/// The system takes no handler, or has no descriptor left.
pub fn interruptible() -> io::Result<Watch> {
    let stop = Arc::new(AtomicBool::new(false));
    let (reader, writer) = io::pipe()?;
    for signal in [SIGINT, SIGTERM] {
        if is_ignored(signal) {
            continue;
        }
        // In this order: the second signal finds the flag set, and whoever is woken finds it set.
        flag::register_conditional_default(signal, Arc::clone(&stop))?;
        flag::register(signal, Arc::clone(&stop))?;
        low_level::pipe::register(signal, writer.try_clone()?)?;
    }
    Ok(Watch::stopped_by(stop, Box::new(Interrupted(reader))))
}

/// Whether the program was started to outlive a signal, as shells start what runs in the background.
fn is_ignored(signal: c_int) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.unwrap_or(0) & 1 << (signal - 1) != 0
}

/// Readable once a signal came.
struct Interrupted(PipeReader);

impl Waiting for Interrupted {
    fn open(&self, path: &Path) -> io::Result<File> {
        let at_once = OFlags::NONBLOCK.bits() as i32;
        OpenOptions::new()
            .read(true)
            .custom_flags(at_once)
            .open(path)
    }

    fn wait(&self, file: &File) {
        let mut either = [
            PollFd::new(file, PollFlags::IN),
            PollFd::new(&self.0, PollFlags::IN),
        ];
        // Whatever else goes wrong goes wrong in reading too, and is told from there.
        while poll(&mut either, None) == Err(rustix::io::Errno::INTR) {}
    }
}
