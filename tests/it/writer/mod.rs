//! The writer through its public interface: what lines say, where they go, and what no fault may do to them.

mod delivery;
mod faults;
mod global;
mod hostile;
mod lines;
mod pseudonyms;
mod quickstart;
mod rotation;
mod seals;
mod secrets;

use std::io;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use authmeter::event::Timestamp;
use authmeter::{Builder, Format, Metrics};

/// A stream that keeps what it is given; clones share it.
#[derive(Clone, Default)]
struct Screen(Arc<Mutex<Vec<u8>>>);

impl Screen {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A stream whose other end is gone.
struct Broken;

impl io::Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

fn to_file(path: &Path) -> Builder {
    Metrics::builder().format(Format::File).path(path)
}

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// Longer than anything takes here.
const LONG: Duration = Duration::from_secs(30);

/// Set in a process that a test started, to what the test wants it to know.
const CHILD: &str = "AUTHMETER_TEST_CHILD";

/// This test binary again, about to run one of its tests in a process of its own.
fn child(test: &str, word: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env_clear()
        .env(CHILD, word);
    command
}

/// Runs a command to its end; shows both streams if it failed.
fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}
