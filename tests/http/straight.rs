//! Nothing goes wrong: what is sent, when, and what is left.

use std::fs;

use authmeter::{Delivery, Format, Metrics, events, fields};

use crate::receiver::{Receiver, lines};
use crate::{LONG, emit, eventually, spooled, writer};

#[test]
fn events_arrive_as_json_lines_and_leave_the_spool() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::accepting();
    let metrics = writer(folder.path(), &receiver.url()).build().unwrap();
    emit(&metrics, 0..1000);
    assert_eq!(spooled(folder.path()).len(), 1);
    assert!(metrics.flush(LONG));
    assert_eq!(receiver.numbers(), (0..1000).collect::<Vec<_>>());

    let request = receiver.seen(|seen| seen.requests[0].clone());
    assert_eq!(request.line, "POST /events HTTP/1.1");
    assert_eq!(request.header("content-type"), "application/x-ndjson");
    assert_eq!(request.header("batch-events"), "1000");
    let (instance, number) = request.id().split_once('-').unwrap();
    assert_eq!((instance.len(), number), (32, "1"));
    assert_eq!(lines(&request.body).len(), 1000);
    let log = fs::read(folder.path().join("auth.jsonl")).unwrap();
    assert!(log == request.body, "the batch is what the log has");

    assert_eq!(spooled(folder.path()), [""; 0]);
    let stats = metrics.endpoint_stats().unwrap();
    assert_eq!(
        (stats.spooled, stats.delivered, stats.batches),
        (1000, 1000, 1)
    );
    assert_eq!(
        (stats.attempts, stats.failures, stats.waiting_batches),
        (1, 0, 0)
    );
}

#[test]
fn a_batch_goes_when_it_is_a_second_old_though_nobody_asks() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::accepting();
    let metrics = writer(folder.path(), &receiver.url()).build().unwrap();
    let began = std::time::Instant::now();
    emit(&metrics, 0..1);
    eventually(|| receiver.numbers(), |numbers| *numbers == [0]);
    let waited = began.elapsed().as_millis();
    assert!((900..20_000).contains(&waited), "{waited} ms");
}

#[test]
fn what_is_left_at_the_end_of_a_writer_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::accepting();
    let metrics = writer(folder.path(), &receiver.url()).build().unwrap();
    emit(&metrics, 0..10);
    metrics.shutdown(LONG);
    assert_eq!(receiver.numbers(), (0..10).collect::<Vec<_>>());
    let left = fs::read_dir(folder.path().join("auth.jsonl.spool")).unwrap();
    assert_eq!(left.count(), 0, "no folder of an instance is left");
}

#[test]
fn every_delivery_and_format_hands_events_to_the_endpoint_as_the_log_has_them() {
    for delivery in [Delivery::Write, Delivery::Async, Delivery::Durable] {
        for format in [Format::Console, Format::File, Format::Both] {
            let folder = tempfile::tempdir().unwrap();
            let receiver = Receiver::accepting();
            let metrics = writer(folder.path(), &receiver.url())
                .format(format)
                .delivery(delivery)
                .max_wait(LONG)
                .service("shop")
                .console(std::io::sink())
                .build()
                .unwrap();
            metrics.track_success("auth.login", fields().meta("password", "hunter2"));
            let login = events::login().failure("Invalid code").user("u");
            login.emit_durable_to(&metrics).unwrap();
            assert!(metrics.flush(LONG), "{delivery:?} {format:?}");
            let body = receiver.seen(|seen| seen.requests[0].body.clone());
            assert_eq!(lines(&body).len(), 2);
            let text = String::from_utf8(body).unwrap();
            assert!(!text.contains("hunter2"), "secrets are masked: {text}");
            assert_eq!(lines(text.as_bytes())[1]["metadata"]["service"], "shop");
            let log = fs::read_to_string(folder.path().join("auth.jsonl"));
            assert_eq!(log.ok(), (format != Format::Console).then_some(text));
        }
    }
}

#[test]
fn a_disabled_writer_has_neither_spool_nor_thread() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::accepting();
    let metrics = writer(folder.path(), &receiver.url()).enabled(false);
    let metrics: Metrics = metrics.build().unwrap();
    emit(&metrics, 0..10);
    assert!(metrics.flush(LONG) && metrics.endpoint_stats().is_none());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
