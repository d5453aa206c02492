//! An endpoint that fails in every way: in the end it has every event exactly once.

use std::thread;
use std::time::{Duration, Instant};

use crate::receiver::{Receiver, Reply};
use crate::{LONG, emit, eventually, spooled, writer};

/// Two requests fail in one way, then all is well.
fn survives(failure: &Reply) {
    let folder = tempfile::tempdir().unwrap();
    let fails = failure.clone();
    let receiver = Receiver::new(move |number, _| match number {
        0 | 1 => fails.clone(),
        _ => Reply::Accept,
    });
    let metrics = writer(folder.path(), &receiver.url())
        .endpoint_timeout(Duration::from_secs(3))
        .build()
        .unwrap();
    // More than one batch.
    emit(&metrics, 0..5000);
    assert!(
        metrics.flush(LONG),
        "{failure:?}: {:?}",
        metrics.endpoint_stats()
    );
    receiver.has_exactly(0..5000);
    let stats = metrics.endpoint_stats().unwrap();
    assert_eq!((stats.delivered, stats.dropped), (5000, 0), "{failure:?}");
    // More than two only where the machine is too busy to answer in time.
    assert!(stats.failures >= 2, "{failure:?}");
    let repeats = receiver.seen(|seen| seen.repeated);
    let is_lost = matches!(failure, Reply::AcceptAndLose | Reply::AcceptAfter(_));
    assert!(repeats >= 2 || !is_lost, "{failure:?}: {repeats}");
    assert_eq!(spooled(folder.path()), [""; 0], "{failure:?}");
}

#[test]
fn every_failure_is_survived_and_every_event_arrives_once() {
    let failures = [
        Reply::Status(500, ""),
        Reply::Status(503, "Retry-After: 1\r\n"),
        Reply::Status(503, "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n"),
        Reply::Status(503, "Retry-After: soon\r\n"),
        Reply::Status(429, ""),
        Reply::Status(401, "WWW-Authenticate: Basic\r\n"),
        Reply::Status(403, ""),
        Reply::Status(404, ""),
        Reply::Status(400, ""),
        Reply::Status(422, ""),
        Reply::Status(302, "Location: /elsewhere\r\n"),
        Reply::Status(307, "Location: /elsewhere\r\n"),
        Reply::Status(304, ""),
        Reply::Status(599, ""),
        Reply::Close,
        Reply::Reset,
        Reply::BreakOffInBody,
        Reply::AcceptAndLose,
        Reply::AcceptAfter(Duration::from_secs(4)),
        Reply::Nothing,
        Reply::Garbage,
    ];
    thread::scope(|scope| {
        for failure in &failures {
            scope.spawn(move || survives(failure));
        }
    });
}

#[test]
fn events_wait_for_an_endpoint_that_is_not_there_yet_and_for_one_that_went_away() {
    let folder = tempfile::tempdir().unwrap();
    let first = Receiver::accepting();
    let (port, url) = (first.port(), first.url());
    drop(first);
    let metrics = writer(folder.path(), &url).build().unwrap();
    emit(&metrics, 0..3000);
    assert!(!metrics.flush(Duration::from_millis(300)));
    let second = Receiver::on(port, |_, _| Reply::Accept);
    assert!(metrics.flush(LONG));
    second.has_exactly(0..3000);
    drop(second);
    emit(&metrics, 3000..6000);
    assert!(!metrics.flush(Duration::from_millis(300)));
    let third = Receiver::on(port, |_, _| Reply::Accept);
    assert!(metrics.flush(LONG));
    third.has_exactly(3000..6000);
}

#[test]
fn while_the_endpoint_is_away_segments_become_full_and_not_many() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::accepting();
    let url = receiver.url();
    drop(receiver);
    let metrics = writer(folder.path(), &url).build().unwrap();
    for number in 0..25 {
        emit(&metrics, number..number + 1);
        thread::sleep(Duration::from_millis(100));
    }
    // The first was a second old when it was sealed; the rest is together.
    assert_eq!(spooled(folder.path()).len(), 2);
}

#[test]
fn retry_after_is_honoured() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::new(|number, _| match number {
        0 => Reply::Status(503, "Retry-After: 3\r\n"),
        _ => Reply::Accept,
    });
    let metrics = writer(folder.path(), &receiver.url()).build().unwrap();
    emit(&metrics, 0..1);
    assert!(metrics.flush(LONG));
    let times = receiver.seen(|seen| [seen.requests[0].at, seen.requests[1].at]);
    let waited = times[1] - times[0];
    assert!((3..20).contains(&waited.as_secs()), "{waited:?}");
}

#[test]
fn a_redirect_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = Receiver::accepting();
    let location: &'static str = Box::leak(format!("Location: {}\r\n", elsewhere.url()).into());
    let receiver = Receiver::new(move |number, _| match number {
        0 => Reply::Status(301, location),
        1 => Reply::Status(308, location),
        _ => Reply::Accept,
    });
    let metrics = writer(folder.path(), &receiver.url()).build().unwrap();
    emit(&metrics, 0..10);
    assert!(metrics.flush(LONG));
    receiver.has_exactly(0..10);
    assert_eq!(elsewhere.seen(|seen| seen.requests.len()), 0);
}

#[test]
fn a_batch_that_is_refused_is_set_aside_whole_and_the_next_one_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::new(|_, request| match request.id().ends_with("-1") {
        true => Reply::Status(422, ""),
        false => Reply::Accept,
    });
    let told = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let tell = std::sync::Arc::clone(&told);
    let metrics = writer(folder.path(), &receiver.url())
        .on_error(move |error| tell.lock().unwrap().push(error.to_string()))
        .build()
        .unwrap();
    emit(&metrics, 0..10);
    eventually(
        || receiver.seen(|seen| seen.requests.len()),
        |count| *count > 0,
    );
    emit(&metrics, 10..20);
    assert!(metrics.flush(LONG));
    receiver.has_exactly(10..20);
    let stats = metrics.endpoint_stats().unwrap();
    assert_eq!(
        (stats.refused, stats.delivered, stats.attempts),
        (10, 10, 6)
    );

    let id = receiver.seen(|seen| seen.requests[0].id().to_owned());
    let kept = format!("refused/{id}.batch");
    assert_eq!(spooled(folder.path()), [kept.as_str()]);
    let kept = std::fs::read(folder.path().join("auth.jsonl.spool").join(kept)).unwrap();
    assert!(kept == receiver.seen(|seen| seen.requests[0].body.clone()));
    let told = told.lock().unwrap();
    assert!(
        told.iter()
            .any(|what| what.contains("422") && what.contains(&id) && what.contains("refused")),
        "{told:?}"
    );
}

#[test]
fn a_batch_that_is_too_large_comes_in_halves_with_ids_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::new(|number, request| match request.body.len() {
        10_000.. => Reply::Status(413, ""),
        _ if number % 5 == 0 => Reply::AcceptAndLose,
        _ => Reply::Accept,
    });
    let metrics = writer(folder.path(), &receiver.url()).build().unwrap();
    emit(&metrics, 0..150);
    // One event that nothing can make smaller.
    let long = "x".repeat(20_000);
    let about = authmeter::fields().meta("long", long.as_str());
    metrics.track_success("token.used", about);
    emit(&metrics, 150..300);
    assert!(metrics.flush(LONG), "{:?}", metrics.endpoint_stats());
    receiver.has_exactly(0..300);
    let stats = metrics.endpoint_stats().unwrap();
    assert_eq!((stats.refused, stats.delivered), (1, 300));
    receiver.seen(|seen| {
        let parts = seen.order.iter();
        assert!(
            parts.clone().all(|id| id.contains("-1.")),
            "{:?}",
            seen.order
        );
        assert!(seen.order.is_sorted(), "{:?}", seen.order);
    });
}

#[test]
#[allow(clippy::print_stdout)]
fn a_slow_endpoint_never_slows_the_application() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::new(|_, _| Reply::AcceptAfter(Duration::from_millis(200)));
    let metrics = writer(folder.path(), &receiver.url()).build().unwrap();
    let mut took: Vec<Duration> = (0..20_000)
        .map(|number| {
            let began = Instant::now();
            emit(&metrics, number..number + 1);
            began.elapsed()
        })
        .collect();
    let has = receiver.numbers().len();
    assert!(has < 20_000, "the endpoint was never behind");
    took.sort();
    let at = |share: usize| took[took.len() * share / 1000];
    println!(
        "an event into the log and the spool: median {:?}, p99 {:?}, p99.9 {:?}, longest {:?}",
        at(500),
        at(990),
        at(999),
        took[took.len() - 1]
    );
    assert!(metrics.flush(LONG));
    receiver.has_exactly(0..20_000);
}

#[test]
fn an_outage_is_told_and_the_telling_is_rare() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::new(|_, _| Reply::Status(503, ""));
    let told = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let tell = std::sync::Arc::clone(&told);
    let metrics = writer(folder.path(), &receiver.url())
        .on_error(move |error| {
            tell.lock().unwrap().push(error.to_string());
            panic!("whoever is told must not break what tells");
        })
        .build()
        .unwrap();
    emit(&metrics, 0..5000);
    eventually(
        || receiver.seen(|seen| seen.requests.len()),
        |count| *count >= 4,
    );
    metrics.shutdown(Duration::ZERO);
    let told = told.lock().unwrap();
    let origin = format!(
        "endpoint http://127.0.0.1:{}: 503 Service Unavailable; ",
        receiver.port()
    );
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with(&origin) && told[0].contains("batches of"),
        "{told:?}"
    );
}
