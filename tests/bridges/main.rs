//! The bridges through the public interface: what an application traces, and which calls its services answer.

#![allow(unsafe_code, clippy::unwrap_used)]

mod allocations;
mod applications;
mod calls;
mod hooks;
mod spans;
mod token_uses;
mod tracing_events;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use authmeter::event::Timestamp;
use authmeter::{Format, Metrics};
use serde_json::Value;

/// A log in a folder of its own, and the writer of it. The time of its events is always the same.
struct Log {
    folder: tempfile::TempDir,
    metrics: Metrics,
}

impl Log {
    fn new() -> Log {
        let folder = tempfile::tempdir().unwrap();
        let time = Timestamp::parse("2025-01-15T10:30:00Z").unwrap();
        let metrics = Metrics::builder()
            .format(Format::File)
            .path(folder.path().join("auth.jsonl"))
            .clock(move || time)
            .build()
            .unwrap();
        Log { folder, metrics }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("auth.jsonl")
    }

    /// Every event written so far.
    fn events(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.path()).unwrap();
        let events: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let stats = self.metrics.stats();
        assert_eq!((stats.written, stats.dropped), (events.len() as u64, 0));
        events
    }

    /// The only event, without its timestamp.
    fn event(&self) -> Value {
        let mut events = self.events();
        assert_eq!(events.len(), 1, "{events:?}");
        let mut event = events.remove(0);
        event.as_object_mut().unwrap().remove("timestamp").unwrap();
        event
    }
}

/// Runs `program` as the only one of a process of its own, where the subscriber may be the global one; there tracing
/// itself does nothing against events within events.
fn alone(test: &str, program: impl FnOnce()) {
    const CHILD: &str = "AUTHMETER_TEST_CHILD";
    if std::env::var_os(CHILD).is_some() {
        return program();
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]);
    let output = command.env(CHILD, "1").output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
}
