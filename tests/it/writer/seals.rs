//! Logs that are sealed as they are written, held against `authmeter verify`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::thread;
use std::time::{Duration, Instant};

use authmeter::{Builder, Delivery, Format, Metrics, Rotate, fields};

use super::LONG;
use crate::harness::Scratch;

const KEY: &str = "0123456789abcdef0123456789abcdef";

fn scratch_with_key() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("key", KEY);
    let owner = fs::Permissions::from_mode(0o600);
    fs::set_permissions(scratch.path("key"), owner).unwrap();
    fs::create_dir(scratch.path("logs")).unwrap();
    scratch
}

fn sealed(scratch: &Scratch) -> Builder {
    Metrics::builder()
        .format(Format::File)
        .path(scratch.path("logs/auth.jsonl"))
        .key_file(scratch.path("key"))
        .seal(true)
}

fn emit(metrics: &Metrics, numbers: std::ops::Range<u64>) {
    for number in numbers {
        metrics.track_success("token.used", fields().user("user-123").meta("n", number));
    }
}

#[test]
fn whatever_the_delivery_a_sealed_log_is_whole_and_a_changed_one_is_not() {
    for delivery in [Delivery::Write, Delivery::Async, Delivery::Durable] {
        let scratch = scratch_with_key();
        let builder = sealed(&scratch).delivery(delivery).max_wait(LONG);
        let metrics = builder.rotate(Rotate::bytes(300_000)).build().unwrap();
        let events = if delivery == Delivery::Durable {
            200
        } else {
            10_000
        };
        thread::scope(|scope| {
            for thread in 0..4 {
                let metrics = &metrics;
                scope.spawn(move || emit(metrics, thread * events..(thread + 1) * events));
            }
        });
        let report = metrics.shutdown(LONG);
        assert_eq!(
            (report.written, report.lost),
            (4 * events, 0),
            "{delivery:?}"
        );
        assert!(metrics.stats().seals >= 2, "{:?}", metrics.stats());
        scratch.run(&["verify", "--key", "key", "logs"]).exit(0);
        let log = fs::read(scratch.path("logs/auth.jsonl")).unwrap();
        for at in [10, log.len() / 2, log.len() - 10] {
            let mut changed = log.clone();
            changed[at] ^= 1;
            fs::write(scratch.path("logs/auth.jsonl"), changed).unwrap();
            scratch.run(&["verify", "--key", "key", "logs"]).exit(1);
        }
    }
}

#[test]
fn a_line_waits_a_second_for_its_seal_at_most() {
    let scratch = scratch_with_key();
    let metrics = sealed(&scratch).build().unwrap();
    emit(&metrics, 0..1);
    let began = Instant::now();
    // The first seal opens the log.
    while metrics.stats().seals < 2 && began.elapsed() < LONG {
        thread::sleep(Duration::from_millis(5));
    }
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    let log = fs::read_to_string(scratch.path("logs/auth.jsonl")).unwrap();
    assert!(log.ends_with("\"}}\n") && log.lines().count() == 3, "{log}");
}

#[test]
fn a_key_is_needed_and_said() {
    let lookup = |name: &str| match name {
        "METRICS_SEAL" => Some("on".into()),
        "METRICS_FORMAT" => Some("file".into()),
        _ => None,
    };
    let builder = Metrics::builder().from_lookup(lookup).unwrap();
    let error = builder.build().unwrap_err().to_string();
    let expected = "METRICS_SEAL needs a key: name its file in METRICS_KEY_FILE (`openssl rand -hex 32` makes one)";
    assert_eq!(error, expected);
    let scratch = scratch_with_key();
    let console = sealed(&scratch).format(Format::Console).build();
    let error = console.unwrap_err().to_string();
    assert!(error.starts_with("METRICS_SEAL seals a file"), "{error}");
}
