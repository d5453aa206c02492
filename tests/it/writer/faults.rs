//! What no fault and no neighbour may do to the log.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::thread;

use authmeter::{Format, Metrics, fields};
use serde_json::Value;

use super::{Broken, CHILD, LONG, Screen, child, run, to_file};

const PROCESSES: u64 = 4;
const THREADS: u64 = 4;
const EVENTS: u64 = 2_000;

/// Emits from several threads, each event with its writer's name and its own number. Every seventh event is longer
/// than a page.
fn emit_from_threads(path: &Path, process: &str) {
    let metrics = to_file(path).build().unwrap();
    let long = "long ".repeat(1_500);
    thread::scope(|scope| {
        for index in 0..THREADS {
            let (metrics, writer, long) = (metrics.clone(), format!("{process}/{index}"), &long);
            scope.spawn(move || {
                for number in 0..EVENTS {
                    let padding = if number % 7 == 0 { long } else { "" };
                    let about = fields()
                        .user(&writer)
                        .meta("n", number)
                        .meta("padding", padding);
                    metrics.track_success("token.used", about);
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..10 * EVENTS {
                let stats = metrics.stats();
                assert!(stats.written + stats.dropped <= stats.emitted, "{stats:?}");
            }
        });
    });
    let stats = metrics.stats();
    assert_eq!(
        (stats.emitted, stats.written, stats.dropped),
        (THREADS * EVENTS, THREADS * EVENTS, 0)
    );
}

/// Every line is one whole event, and every writer's events are all there, once, in their order. A blank line is no
/// loss: a process that starts while another is inside a write may take that line for torn, and stand apart from it.
fn assert_complete(path: &Path, writers: u64) {
    let mut next: BTreeMap<String, u64> = BTreeMap::new();
    let text = fs::read_to_string(path).unwrap();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let event: Value = serde_json::from_str(line).unwrap();
        let expected = next
            .entry(event["userId"].as_str().unwrap().to_owned())
            .or_default();
        assert_eq!(event["metadata"]["n"], *expected, "{line}");
        *expected += 1;
    }
    assert_eq!(next.len() as u64, writers);
    assert!(next.values().all(|count| *count == EVENTS), "{next:?}");
}

#[test]
fn threads_share_a_file_and_no_line_is_lost_or_mixed() {
    // As a child it is one of the processes of the next test.
    if let Some(path) = std::env::var_os(CHILD) {
        return emit_from_threads(Path::new(&path), &std::process::id().to_string());
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.jsonl");
    emit_from_threads(&path, "only");
    assert_complete(&path, THREADS);
}

#[test]
fn processes_share_a_file_and_no_line_is_lost_or_mixed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.jsonl");
    let test = "writer::faults::threads_share_a_file_and_no_line_is_lost_or_mixed";
    thread::scope(|scope| {
        for _ in 0..PROCESSES {
            scope.spawn(|| run(&mut child(test, &path)));
        }
    });
    assert_complete(&path, PROCESSES * THREADS);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_drops_and_counts() {
    let metrics = to_file(Path::new("/dev/full")).build().unwrap();
    for _ in 0..3 {
        metrics.track_success("otp.sent", fields());
    }
    let stats = metrics.stats();
    assert_eq!((stats.emitted, stats.written, stats.dropped), (3, 0, 3));
}

#[test]
fn a_broken_console_counts_and_never_harms_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.jsonl");
    let builder = Metrics::builder()
        .format(Format::Both)
        .path(&path)
        .console(Broken);
    let metrics = builder.build().unwrap();
    metrics.track_success("otp.sent", fields());
    metrics.track_success("otp.sent", fields());
    assert!(metrics.flush(LONG));
    let stats = metrics.stats();
    assert_eq!(
        (
            stats.emitted,
            stats.written,
            stats.dropped,
            stats.console_dropped
        ),
        (2, 2, 0, 2)
    );
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 2);

    let alone = Metrics::builder().console(Broken).build().unwrap();
    alone.track_success("otp.sent", fields());
    let stats = alone.stats();
    assert_eq!((stats.emitted, stats.written, stats.dropped), (1, 0, 1));
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_fails_leaves_the_console_alone() {
    let screen = Screen::default();
    let builder = Metrics::builder()
        .format(Format::Both)
        .path("/dev/full")
        .console(screen.clone());
    let metrics = builder.build().unwrap();
    metrics.track_success("otp.sent", fields());
    assert_eq!(metrics.stats().dropped, 1);
    assert!(metrics.flush(LONG));
    assert_eq!(screen.text(), "[METRIC] ✅ otp.sent\n");
}

#[test]
fn the_file_has_an_event_before_the_console_shows_it() {
    /// A console that looks into the file whenever it is shown a line.
    struct Witness(std::path::PathBuf, Screen);

    impl std::io::Write for Witness {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let in_file = fs::read_to_string(&self.0)?.lines().count();
            let shown = bytes.iter().filter(|byte| **byte == b'\n').count();
            writeln!(self.1, "{}", in_file >= shown)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.jsonl");
    let seen = Screen::default();
    let witness = Witness(path.clone(), seen.clone());
    let builder = Metrics::builder()
        .format(Format::Both)
        .path(&path)
        .console(witness);
    let metrics = builder.build().unwrap();
    metrics.track_success("otp.sent", fields());
    assert!(metrics.flush(LONG));
    assert_eq!(seen.text(), "true\n");
}

#[test]
fn a_file_that_cannot_be_opened_is_an_error_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("a file");
    fs::write(&blocked, "").unwrap();
    let path: OsString = blocked.join("auth.jsonl").into();
    let lookup = |name: &str| match name {
        "METRICS_FORMAT" => Some("file".into()),
        "METRICS_FILE_PATH" => Some(path.clone()),
        _ => None,
    };
    let error = Metrics::builder()
        .from_lookup(lookup)
        .unwrap()
        .build()
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("a file") && error.contains("os error"),
        "{error}"
    );
}
