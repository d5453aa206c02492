//! What takes limits that no builder sets.

use super::*;

#[path = "../../../../tests/http/receiver.rs"]
#[allow(dead_code, reason = "one receiver serves all tests")]
mod receiver;

use receiver::{Receiver, Reply};

const LONG: Duration = Duration::from_secs(30);

fn settings(folder: &std::path::Path, receiver: &Receiver, limits: Limits) -> Settings {
    Settings {
        target: Target::parse(receiver.url().as_ref()).unwrap(),
        spool: folder.join("spool"),
        limits,
        style: Style::default(),
        on_error: Arc::new(|_: &Error| {}),
    }
}

fn append(endpoint: &Endpoint, number: u64) -> io::Result<()> {
    let line = format!("{{\"metadata\":{{\"n\":{number}}}}}\n");
    endpoint.append(line.as_bytes(), Timestamp::now())
}

#[test]
fn what_a_process_leaves_that_ends_is_delivered_by_one_that_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (away, here) = (
        Receiver::new(|_, _| Reply::Status(503, "")),
        Receiver::accepting(),
    );
    let look = Duration::from_millis(50);
    let limits = Limits {
        look,
        ..Limits::default()
    };
    let stays = Endpoint::open(settings(folder.path(), &here, limits.clone())).unwrap();
    let ends = Endpoint::open(settings(folder.path(), &away, limits)).unwrap();
    for number in 0..10 {
        append(&ends, number).unwrap();
    }
    assert_eq!(ends.shutdown(Duration::ZERO).batches, 1);
    let began = Instant::now();
    while here.numbers().is_empty() {
        assert!(began.elapsed() < LONG, "{:?}", stays.stats());
        thread::sleep(Duration::from_millis(5));
    }
    here.has_exactly(0..10);
    assert!(stays.flush(LONG));
    assert_eq!((stays.stats().adopted, stays.stats().delivered), (10, 10));
}

#[test]
fn the_waits_grow_and_end_when_it_is_told_to_stop() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::new(|_, _| Reply::Close);
    let limits = Limits {
        batch_age: Duration::ZERO,
        first_retry: Duration::from_millis(20),
        longest_retry: Duration::from_secs(600),
        ..Limits::default()
    };
    let endpoint = Endpoint::open(settings(folder.path(), &receiver, limits)).unwrap();
    append(&endpoint, 0).unwrap();
    let began = Instant::now();
    while endpoint.stats().failures < 7 {
        assert!(began.elapsed() < LONG, "{:?}", endpoint.stats());
        thread::sleep(Duration::from_millis(5));
    }
    // Six waits: half of 20, 40, 80, 160, 320 and 640 ms at least.
    assert!(
        began.elapsed() >= Duration::from_millis(630),
        "{:?}",
        began.elapsed()
    );
    let began = Instant::now();
    assert_eq!(endpoint.shutdown(LONG).batches, 1);
    assert!(began.elapsed() < LONG / 2);
    assert_eq!(
        append(&endpoint, 1).unwrap_err().kind(),
        io::ErrorKind::BrokenPipe
    );
}

#[test]
fn a_shutdown_does_not_wait_longer_than_it_may_for_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::new(|_, _| Reply::Nothing);
    let limits = Limits {
        batch_age: Duration::ZERO,
        ..Limits::default()
    };
    let endpoint = Endpoint::open(settings(folder.path(), &receiver, limits)).unwrap();
    append(&endpoint, 0).unwrap();
    let began = Instant::now();
    while receiver.seen(|seen| seen.requests.is_empty()) {
        assert!(began.elapsed() < LONG, "{:?}", endpoint.stats());
        thread::sleep(Duration::from_millis(5));
    }
    let began = Instant::now();
    let left = endpoint.shutdown(Duration::from_millis(200));
    assert!(
        (200..5000).contains(&began.elapsed().as_millis()),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(left.batches, 1);
}
