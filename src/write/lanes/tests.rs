use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Condvar, Mutex};
use std::thread;

use super::*;
use crate::error::ErrorKind;
use crate::event::{Outcome, Timestamp, fields};
use crate::write::account::Account;
use crate::write::sink::{Cut, Sink};
use crate::write::style::Style;
use crate::write::{Builder, Format, Metrics};

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

/// A writer that tells nobody of errors.
fn to_file(path: &Path) -> Builder {
    Metrics::builder()
        .format(Format::File)
        .path(path)
        .on_error(|_| {})
}

fn emit(metrics: &Metrics) {
    metrics.track_success("token.used", fields());
}

/// Takes nothing before it is opened.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }

    fn wait(&self) {
        let is_open = self.0.0.lock().unwrap();
        drop(self.0.1.wait_while(is_open, |is_open| !*is_open).unwrap());
    }
}

impl io::Write for Gate {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.wait();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Gate {
    fn write(&mut self, _: &[u8], _: Timestamp) -> Result<(), Cut> {
        self.wait();
        Ok(())
    }

    fn path(&self) -> &Path {
        Path::new("gate")
    }
}

fn lane(gate: &Gate) -> Lane {
    let account = Account::new(None);
    Lane::new(Style::default(), Box::new(gate.clone()), account, 1 << 20)
}

fn deliver(lanes: &Lanes) {
    lanes.deliver(&Record {
        name: "token.used",
        time: Timestamp::now(),
        outcome: Outcome::Success,
        reason: None,
        fields: &fields(),
    });
}

/// Waits until so many events were emitted, and a little longer.
fn emitted(stats: impl Fn() -> Stats, events: u64) {
    while stats().emitted < events {
        thread::sleep(Duration::from_millis(1));
    }
    thread::sleep(Duration::from_millis(30));
}

#[test]
fn a_writer_that_is_shut_down_before_its_first_event_takes_none() {
    for delivery in [Delivery::Write, Delivery::Async, Delivery::Durable] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("auth.jsonl");
        let metrics = to_file(&path).delivery(delivery).build().unwrap();
        metrics.shutdown(Duration::ZERO);
        emit(&metrics);
        metrics.flush(LONG);
        let stats = metrics.stats();
        assert_eq!(
            (stats.emitted, stats.dropped_by.shut_down),
            (1, 1),
            "{delivery:?}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "", "{delivery:?}");
    }
}

#[test]
fn a_shutdown_waits_for_calls_that_are_under_way() {
    let gate = Gate::default();
    let metrics = Metrics::builder().console(gate.clone()).build().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| emit(&metrics));
        emitted(|| metrics.stats(), 1);
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(30));
            gate.open();
        });
        let report = metrics.shutdown(LONG);
        assert_eq!((report.written, report.lost), (1, 0));
    });
}

#[test]
fn what_a_shutdown_has_called_lost_is_not_written_later() {
    let gate = Gate::default();
    let metrics = Metrics::builder()
        .console(gate.clone())
        .on_error(|_| {})
        .build()
        .unwrap();
    thread::scope(|scope| {
        scope.spawn(|| emit(&metrics));
        emitted(|| metrics.stats(), 1);
        scope.spawn(|| emit(&metrics));
        emitted(|| metrics.stats(), 2);
        assert_eq!(metrics.shutdown(Duration::ZERO).lost, 2);
        gate.open();
    });
    // The first was handed to the system before.
    assert_eq!(metrics.stats().written, 1);
    assert_eq!(metrics.stats().dropped_by.shut_down, 1);
}

#[test]
fn the_longest_wait_there_is_may_be_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let metrics = to_file(&folder.path().join("auth.jsonl"))
        .delivery(Delivery::Async)
        .build()
        .unwrap();
    emit(&metrics);
    assert!(metrics.flush(Duration::MAX));
    assert_eq!(metrics.shutdown(Duration::MAX).written, 1);
}

#[test]
fn events_after_a_shutdown_are_told_whatever_the_delivery() {
    for delivery in [Delivery::Write, Delivery::Async, Delivery::Durable] {
        let told = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&told);
        let metrics = Metrics::builder()
            .console(io::sink())
            .delivery(delivery)
            .on_error(move |error| {
                assert!(matches!(error.kind(), ErrorKind::ShutDown), "{error}");
                count.fetch_add(1, Relaxed);
            })
            .build()
            .unwrap();
        metrics.shutdown(LONG);
        (0..3).for_each(|_| emit(&metrics));
        assert_eq!(told.load(Relaxed), 1, "{delivery:?}");
        assert_eq!(metrics.stats().errors, 3, "{delivery:?}");
        let why = metrics.first_loss().unwrap();
        assert!(matches!(why.kind(), ErrorKind::ShutDown), "{delivery:?}");
    }
}

#[test]
fn the_end_of_a_process_waits_once_for_all_lanes() {
    let gate = Gate::default();
    let lanes = Lanes::new(
        lane(&gate),
        Some(lane(&gate)),
        Outlet::default(),
        Delivery::Async,
        LONG,
    );
    deliver(&lanes);
    let began = Instant::now();
    lanes.finish(Duration::from_millis(500));
    let took = began.elapsed();
    gate.open();
    assert!(took < Duration::from_millis(900), "{took:?}");
}

#[test]
fn the_end_of_a_process_does_not_wait_for_a_seal_behind_a_write_that_hangs() {
    let gate = Gate::default();
    let lanes = Lanes::new(
        lane(&gate).sealed(),
        None,
        Outlet::default(),
        Delivery::Write,
        LONG,
    );
    thread::scope(|scope| {
        scope.spawn(|| deliver(&lanes));
        emitted(|| lanes.stats(), 1);
        scope.spawn(|| {
            thread::sleep(Duration::from_secs(2));
            gate.open();
        });
        let began = Instant::now();
        lanes.finish(Duration::from_millis(100));
        lanes.close(Duration::from_millis(100));
        let took = began.elapsed();
        gate.open();
        assert!(took < Duration::from_secs(1), "{took:?}");
    });
}

#[test]
fn lines_that_trickle_in_are_sealed_in_time_too() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    fs::write(&key, "a key of sixteen").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let metrics = to_file(&folder.path().join("auth.jsonl"))
        .delivery(Delivery::Async)
        .seal(true)
        .key_file(&key)
        .build()
        .unwrap();
    for _ in 0..20 {
        emit(&metrics);
        thread::sleep(Duration::from_millis(75));
    }
    // The first opens the log.
    assert!(metrics.stats().seals >= 2, "{:?}", metrics.stats());
}

#[test]
fn a_stream_that_panics_harms_nobody_who_emits() {
    struct Broken;
    impl io::Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            panic!("as a stream of an application may");
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    for delivery in [Delivery::Write, Delivery::Async] {
        let metrics = Metrics::builder()
            .console(Broken)
            .delivery(delivery)
            .on_error(|_| {})
            .build()
            .unwrap();
        for _ in 0..2 {
            emit(&metrics);
            assert!(metrics.flush(Duration::from_secs(5)), "{delivery:?}");
        }
        assert_eq!(metrics.stats().dropped_by.refused, 2, "{delivery:?}");
    }
}
