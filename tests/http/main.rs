//! The endpoint through the public interface, against real servers on real sockets: one of ours that misbehaves in
//! every way it is told to, and Python's.
//!
//! ```text
//! cargo test --features http --test http
//! ```

#![allow(clippy::unwrap_used)]

mod bound;
mod crash;
mod failures;
mod peers;
mod receiver;
mod straight;
mod urls;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use authmeter::{Builder, Format, Metrics, fields};

/// Longer than anything here takes; a test that waits so long has failed.
const LONG: Duration = Duration::from_secs(30);

/// A writer whose events go to a log in `folder`, and to `url`.
fn writer(folder: &Path, url: &str) -> Builder {
    Metrics::builder()
        .format(Format::File)
        .path(folder.join("auth.jsonl"))
        .endpoint(url)
}

/// Emits events with the numbers of a range.
fn emit(metrics: &Metrics, numbers: std::ops::Range<u64>) {
    for number in numbers {
        metrics.track_success("token.used", fields().user("u").meta("n", number));
    }
}

/// Set in a process that a test started, to what the test wants it to know.
const CHILD: &str = "AUTHMETER_TEST_CHILD";

/// This test binary again, about to run one of its tests in a process of its own.
fn child(test: &str, words: &[&std::ffi::OsStr]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(CHILD, words.join("\n".as_ref()));
    command
}

/// What the test that started this process wants it to know.
fn words() -> Option<Vec<String>> {
    let words = std::env::var(CHILD).ok()?;
    Some(words.lines().map(str::to_owned).collect())
}

/// Runs one test in a process of its own, to its end; shows both streams if it failed.
#[track_caller]
fn run(command: &mut Command) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{command:?}: {}\n{said}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Waits until something holds; shows what is known if it never does.
#[track_caller]
fn eventually<T: std::fmt::Debug>(state: impl Fn() -> T, holds: impl Fn(&T) -> bool) {
    let began = Instant::now();
    loop {
        let now = state();
        if holds(&now) {
            return;
        }
        assert!(began.elapsed() < LONG, "still {now:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The files below the spool of the log in `folder`, locks left out.
fn spooled(folder: &Path) -> Vec<String> {
    fn below(folder: &Path) -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut files: Vec<_> = entries
            .map(|entry| entry.path())
            .flat_map(|path| match path.is_dir() {
                true => below(&path),
                false => vec![path],
            })
            .filter(|path| path.file_name().is_none_or(|name| name != "lock"))
            .collect();
        files.sort();
        files
    }
    let spool = folder.join("auth.jsonl.spool");
    let named = |path: std::path::PathBuf| path.strip_prefix(&spool).unwrap().display().to_string();
    below(&spool).into_iter().map(named).collect()
}
