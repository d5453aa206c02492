//! When calls return, and what became of their events: through a queue, to the disk, and at the end of a process.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use authmeter::{Delivery, ErrorKind, Format, Metrics, Stats, events, fields};
use serde_json::Value;

use super::{CHILD, LONG, Screen, child, run, to_file};

/// Numbers of the events in a file, each of which is there once; every line is one event or `log.gap`. The second number is
/// how many events the gaps say are missing.
fn numbers(path: &Path) -> (BTreeSet<u64>, u64) {
    let mut found = BTreeSet::new();
    let mut missing = 0;
    for line in fs::read_to_string(path).unwrap().lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        if event["event"] == "log.gap" {
            assert_eq!(event["success"], false);
            missing += event["metadata"]["dropped"].as_u64().unwrap();
        } else {
            let number = event["metadata"]["n"].as_u64().unwrap();
            assert!(found.insert(number), "{number} is there twice");
        }
    }
    (found, missing)
}

fn emit(metrics: &Metrics, number: u64) {
    metrics.track_success("token.used", fields().user("user-123").meta("n", number));
}

#[track_caller]
fn assert_adds_up(stats: Stats) {
    assert_eq!(
        stats.emitted,
        stats.written + stats.dropped + stats.in_flight,
        "{stats:?}"
    );
    assert_eq!(stats.dropped, stats.dropped_by.total(), "{stats:?}");
}

#[test]
fn through_the_queue_every_event_of_every_thread_gets_into_the_file_once() {
    for delivery in [Delivery::Async, Delivery::Durable, Delivery::Write] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("auth.jsonl");
        let metrics = to_file(&path)
            .delivery(delivery)
            .max_wait(LONG)
            .build()
            .unwrap();
        let each = if delivery == Delivery::Durable {
            50
        } else {
            20_000
        };
        thread::scope(|scope| {
            for thread in 0..4 {
                let metrics = metrics.clone();
                scope.spawn(move || {
                    for number in 0..each {
                        emit(&metrics, thread * each + number);
                        if number % 1_000 == 0 {
                            assert_adds_up(metrics.stats());
                        }
                    }
                });
            }
        });
        assert!(metrics.flush(LONG));
        let stats = metrics.stats();
        assert_eq!(
            (stats.emitted, stats.written),
            (4 * each, 4 * each),
            "{delivery:?}"
        );
        assert_eq!((stats.dropped, stats.in_flight, stats.unsynced), (0, 0, 0));
        let (found, missing) = numbers(&path);
        assert_eq!((found.len() as u64, missing), (4 * each, 0), "{delivery:?}");
    }
}

#[test]
fn what_one_thread_emits_stays_in_its_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.jsonl");
    let metrics = to_file(&path).delivery(Delivery::Async).build().unwrap();
    (0..10_000).for_each(|number| emit(&metrics, number));
    drop(metrics);
    let text = fs::read_to_string(&path).unwrap();
    let numbers: Vec<u64> = text
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["metadata"]["n"]
                .as_u64()
                .unwrap()
        })
        .collect();
    assert_eq!(numbers, (0..10_000).collect::<Vec<_>>());
}

/// A stream that takes nothing before its gate is opened.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<bool>, Condvar)>, Screen);

impl Gate {
    fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }
}

impl Write for Gate {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let open = self.0.0.lock().unwrap();
        drop(self.0.1.wait_while(open, |open| !*open).unwrap());
        self.1.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_queue_waits_no_longer_than_it_may_drops_counts_and_says_so_in_the_log() {
    let gate = Gate::default();
    let metrics = Metrics::builder()
        .console(gate.clone())
        .delivery(Delivery::Async)
        .max_wait(Duration::from_millis(5))
        .on_error(|error| {
            assert!(
                matches!(error.kind(), ErrorKind::QueueFull { .. }),
                "{error}"
            );
        })
        .build()
        .unwrap();
    let long = "x".repeat(60_000);
    let mut longest = Duration::ZERO;
    // A half of four MiB holds 69 of them, and what the thread holds is in the other.
    for number in 0..160_u64 {
        let began = Instant::now();
        metrics.track_success("token.used", fields().meta("n", number).meta("long", &long));
        longest = longest.max(began.elapsed());
        assert_adds_up(metrics.stats());
    }
    let stats = metrics.stats();
    assert!((20..=91).contains(&stats.dropped), "{stats:?}");
    assert_eq!(stats.dropped, stats.dropped_by.queue_full);
    assert!(longest < Duration::from_millis(5 + 500), "{longest:?}");
    gate.open();
    assert!(metrics.flush(LONG));
    let stats = metrics.stats();
    assert_eq!((stats.in_flight, stats.gaps), (0, 1));
    let text = gate.1.text();
    let said = format!("error=queue full, dropped={}, from=", stats.dropped);
    assert_eq!(text.matches(&said).count(), 1);
    assert_eq!(text.lines().count() as u64, stats.written + 1);
}

#[test]
fn a_console_that_is_stalled_delays_neither_the_file_nor_the_caller() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.jsonl");
    let gate = Gate::default();
    let metrics = Metrics::builder()
        .format(Format::Both)
        .path(&path)
        .console(gate.clone())
        .build()
        .unwrap();
    let began = Instant::now();
    (0..20_000).for_each(|number| emit(&metrics, number));
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
    let stats = metrics.stats();
    assert_eq!((stats.written, stats.dropped), (20_000, 0));
    assert!(stats.console_dropped > 0, "{stats:?}");
    assert_eq!(numbers(&path).0.len(), 20_000);
    gate.open();
    assert!(metrics.flush(LONG));
    let shown = gate
        .1
        .text()
        .lines()
        .filter(|line| !line.contains("log.gap"))
        .count() as u64;
    assert_eq!(shown + metrics.stats().console_dropped, 20_000);
}

#[test]
fn a_durable_event_is_on_the_disk_whatever_the_delivery() {
    for delivery in [Delivery::Write, Delivery::Async, Delivery::Durable] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("auth.jsonl");
        let metrics = to_file(&path)
            .delivery(delivery)
            .max_wait(LONG)
            .build()
            .unwrap();
        emit(&metrics, 0);
        events::token_revoked()
            .meta("n", 1)
            .emit_durable_to(&metrics)
            .unwrap();
        assert_eq!(numbers(&path).0.len(), 2, "{delivery:?}");
        assert_eq!(metrics.stats().written, 2);
    }
}

#[test]
fn what_has_no_disk_has_none_to_wait_for() {
    let screen = Screen::default();
    let metrics = Metrics::builder().console(screen.clone()).build().unwrap();
    events::token_revoked().emit_durable_to(&metrics).unwrap();
    assert_eq!(screen.text(), "[METRIC] ⚪ token.revoked\n");
    let disabled = Metrics::builder().enabled(false).build().unwrap();
    events::token_revoked().emit_durable_to(&disabled).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_durable_event_that_cannot_be_written_is_an_error_that_names_the_file() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let hook = Arc::clone(&told);
    let metrics = to_file(Path::new("/dev/full"))
        .on_error(move |error| hook.lock().unwrap().push(error.to_string()))
        .build()
        .unwrap();
    let error = events::token_revoked()
        .emit_durable_to(&metrics)
        .unwrap_err();
    let text = "cannot write to \"/dev/full\": No space left on device (os error 28)";
    assert_eq!(error.to_string(), text);
    for _ in 0..100 {
        metrics.track_success("otp.sent", fields());
    }
    assert_eq!(*told.lock().unwrap(), [text], "it is told once a second");
    let stats = metrics.stats();
    assert_eq!(
        (stats.emitted, stats.dropped, stats.errors),
        (101, 101, 101)
    );
    assert_eq!(stats.dropped_by.refused, 101);
}

#[test]
fn after_a_shutdown_events_are_dropped_and_counted() {
    for delivery in [Delivery::Write, Delivery::Async, Delivery::Durable] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("auth.jsonl");
        let metrics = to_file(&path)
            .delivery(delivery)
            .on_error(|_| {})
            .max_wait(LONG)
            .build()
            .unwrap();
        (0..100).for_each(|number| emit(&metrics, number));
        let report = metrics.shutdown(LONG);
        assert_eq!((report.written, report.lost), (100, 0), "{delivery:?}");
        emit(&metrics, 100);
        let error = events::token_revoked()
            .emit_durable_to(&metrics)
            .unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::ShutDown), "{error}");
        let stats = metrics.stats();
        assert_eq!(
            (stats.written, stats.dropped, stats.in_flight),
            (100, 2, 0),
            "{delivery:?}"
        );
        assert_eq!(stats.dropped_by.shut_down, 2);
        assert_eq!(numbers(&path).0.len(), 100);
    }
}

#[test]
fn a_shutdown_that_has_no_time_says_what_it_leaves() {
    let gate = Gate::default();
    let metrics = Metrics::builder()
        .console(gate.clone())
        .delivery(Delivery::Async)
        .build()
        .unwrap();
    (0..5).for_each(|number| emit(&metrics, number));
    let report = metrics.shutdown(Duration::from_millis(10));
    assert_eq!((report.written, report.lost), (0, 5));
    gate.open();
}

#[test]
fn a_log_that_is_reopened_goes_on_in_a_new_file_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.jsonl");
    let metrics = to_file(&path).build().unwrap();
    emit(&metrics, 0);
    fs::rename(&path, folder.path().join("old")).unwrap();
    metrics.reopen().unwrap();
    emit(&metrics, 1);
    assert_eq!(numbers(&path).0, BTreeSet::from([1]));
}

/// Ends a process as it is told, after a thousand events went into the queue of a global writer.
fn end(how: &str) {
    if how == "before" {
        return;
    }
    let guard = authmeter::init_from_env().unwrap();
    for number in 0..1_000_u64 {
        authmeter::track_success("token.used", fields().meta("n", number));
    }
    match how {
        "return" => drop(guard),
        "exit" => std::process::exit(0),
        "panic" => {
            let _guard = guard;
            let panicked = thread::spawn(|| panic!("as it is told")).join();
            assert!(panicked.is_err());
            std::process::abort();
        }
        "shutdown" => {
            let report = guard.shutdown(LONG);
            assert_eq!((report.written, report.lost), (1_000, 0));
            std::process::abort();
        }
        other => unreachable!("{other}"),
    }
}

#[test]
fn nothing_in_the_queue_is_lost_however_the_process_ends() {
    if let Some(how) = std::env::var_os(CHILD) {
        return end(how.to_str().unwrap());
    }
    let test = "writer::delivery::nothing_in_the_queue_is_lost_however_the_process_ends";
    for (how, aborts) in [
        ("return", false),
        ("exit", false),
        ("panic", true),
        ("shutdown", true),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("auth.jsonl");
        let mut command = child(test, how);
        command
            .env("METRICS_FORMAT", "file")
            .env("METRICS_DELIVERY", "async")
            .env("METRICS_FILE_PATH", &path);
        if aborts {
            let output = command.output().unwrap();
            assert!(!output.status.success(), "{how}");
        } else {
            run(&mut command);
        }
        assert_eq!(numbers(&path).0.len(), 1_000, "{how}");
    }
}
