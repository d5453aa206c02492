//! Emitting: what a call costs the application, beside the bare system call for the same bytes.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use authmeter::event::Timestamp;
use authmeter::{Format, Metrics, events};
use criterion::{Criterion, Throughput};

/// Events after which the file is emptied again, outside the time.
const EVENTS: u64 = 1_000;

/// The line of [`emit`], of six fields and a newline.
const LINE: &str = concat!(
    r#"{"event":"auth.login","timestamp":"2025-01-06T00:00:00.000Z","userId":"user-123","#,
    r#""success":false,"error":"Account locked","#,
    r#""metadata":{"method":"otp","clientId":"web-app","ip":"192.0.2.1"}}"#,
    "\n"
);

fn emit(metrics: &Metrics) {
    events::login()
        .failure("Account locked")
        .user("user-123")
        .method("otp")
        .client("web-app")
        .ip("192.0.2.1")
        .emit_to(metrics);
}

pub(crate) fn writing(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.jsonl");
    let builder = || Metrics::builder().format(Format::File).path(&path);
    let start = Timestamp::new(1_736_121_600, 0).unwrap();
    emit(&builder().clock(move || start).build().unwrap());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), LINE);

    let metrics = builder().build().unwrap();
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    let disabled = builder().enabled(false).build().unwrap();
    let mut group = criterion.benchmark_group(format!("write: a line of {} bytes", LINE.len()));
    group.throughput(Throughput::Elements(1));
    group.bench_function("emit to a file", |bencher| {
        bencher.iter_custom(|calls| emptying(&path, calls, || emit(&metrics)));
    });
    let stats = metrics.stats();
    assert_eq!((stats.written, stats.dropped), (stats.emitted, 0));
    group.bench_function("write(2) of the same bytes", |bencher| {
        bencher.iter_custom(|calls| {
            emptying(&path, calls, || file.write_all(LINE.as_bytes()).unwrap())
        });
    });
    group.bench_function("emit, disabled", |bencher| {
        bencher.iter(|| emit(&disabled));
    });
    group.finish();
}

/// The time of so many calls, between which the file is emptied so that it never fills the disk.
fn emptying(path: &Path, calls: u64, mut call: impl FnMut()) -> Duration {
    let file = File::options().write(true).open(path).unwrap();
    let mut time = Duration::ZERO;
    let mut left = calls;
    while left > 0 {
        file.set_len(0).unwrap();
        let now = left.min(EVENTS);
        let began = Instant::now();
        for _ in 0..now {
            call();
        }
        time += began.elapsed();
        left -= now;
    }
    time
}
