//! No room: the spool's bound, and the disk's.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use authmeter::event::Timestamp;
use authmeter::{Format, Metrics};

use crate::receiver::{Receiver, Reply, lines};
use crate::{LONG, child, emit, eventually, run, spooled, words, writer};

/// The bytes of the disk that the spool takes, folders left out.
fn disk_use(folder: &Path) -> u64 {
    let spool = folder.join("auth.jsonl.spool");
    let blocks = |file: &String| fs::metadata(spool.join(file)).map_or(0, |about| about.blocks());
    spooled(folder).iter().map(|file| blocks(file) * 512).sum()
}

/// The events a stream says are missing, each with its stretch of time.
fn gaps(receiver: &Receiver) -> Vec<(u64, Timestamp, Timestamp, String)> {
    let events: Vec<_> = receiver.seen(|seen| {
        let bodies = seen.order.iter().map(|id| &seen.batches[id]);
        bodies.flat_map(|body| lines(body)).collect()
    });
    let gaps = events.iter().filter(|event| event["event"] == "log.gap");
    gaps.map(|gap| {
        assert_eq!(gap["success"], false);
        let about = &gap["metadata"];
        let time = |key: &str| Timestamp::parse(about[key].as_str().unwrap()).unwrap();
        let reason = gap["error"].as_str().unwrap().to_owned();
        (
            about["dropped"].as_u64().unwrap(),
            time("from"),
            time("to"),
            reason,
        )
    })
    .collect()
}

#[test]
fn the_bound_of_the_spool_holds_and_the_stream_says_what_is_missing() {
    const BOUND: u64 = 1 << 20;
    let folder = tempfile::tempdir().unwrap();
    let away = Receiver::accepting();
    let (port, url) = (away.port(), away.url());
    drop(away);
    let metrics = writer(folder.path(), &url)
        .endpoint_spool(BOUND)
        .build()
        .unwrap();
    let began = Timestamp::now();
    for number in 0..20_000 {
        emit(&metrics, number..number + 1);
        if number % 500 == 0 {
            let taken = disk_use(folder.path());
            assert!(taken <= BOUND, "{taken}");
        }
    }
    let stats = metrics.endpoint_stats().unwrap();
    assert!(stats.dropped > 1000 && stats.spooled > 1000, "{stats:?}");
    assert_eq!(stats.spooled + stats.dropped, 20_000);
    assert_eq!(metrics.stats().written, 20_000, "the log has them all");
    let taken = disk_use(folder.path());
    assert!((BOUND * 9 / 10..=BOUND).contains(&taken), "{taken}");

    let back = Receiver::on(port, |_, _| Reply::Accept);
    assert!(metrics.flush(LONG));
    emit(&metrics, 20_000..20_010);
    assert!(metrics.flush(LONG));
    let (gaps, numbers) = (gaps(&back), back.numbers());
    let [(dropped, from, to, reason)] = &gaps[..] else {
        panic!("one gap: {gaps:?}");
    };
    assert_eq!((*dropped, reason.as_str()), (stats.dropped, "spool full"));
    let second = 1_000_000_000;
    assert!(from.nanos_since(began) > -second && from <= to && *to <= Timestamp::now());
    assert_eq!(numbers.len() as u64 + dropped, 20_010);
    assert!(numbers.is_sorted());
    assert_eq!(numbers.last(), Some(&20_009));
}

#[test]
fn a_gap_that_nothing_follows_is_said_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let away = Receiver::accepting();
    let url = away.url();
    drop(away);
    let metrics = writer(folder.path(), &url)
        .endpoint_spool(4096)
        .build()
        .unwrap();
    emit(&metrics, 0..100);
    metrics.shutdown(LONG);
    let dropped = metrics.endpoint_stats().unwrap().dropped;
    assert!(dropped > 0);
    let back = Receiver::accepting();
    let next = writer(folder.path(), &back.url()).build().unwrap();
    assert!(next.flush(LONG));
    back.has_exactly(0..100 - dropped);
    assert_eq!(gaps(&back)[0].0, dropped);
}

#[test]
fn what_a_dead_process_left_counts_against_the_bound() {
    let folder = tempfile::tempdir().unwrap();
    let away = Receiver::new(|_, _| Reply::Status(503, ""));
    let first = writer(folder.path(), &away.url()).build().unwrap();
    emit(&first, 0..4000);
    first.shutdown(LONG);
    let before = disk_use(folder.path());
    assert!(before > 400_000, "{before}");
    let second = writer(folder.path(), &away.url())
        .endpoint_spool(400_000)
        .build()
        .unwrap();
    emit(&second, 0..10);
    assert_eq!(second.endpoint_stats().unwrap().dropped, 10);
    assert_eq!(disk_use(folder.path()), before);
}

/// Runs on a file system of 512 KiB, which it fills, and empties again.
fn fill_the_disk(folder: &Path) {
    let receiver = Receiver::new(|_, _| Reply::Status(503, "Retry-After: 1\r\n"));
    let port = receiver.port();
    let metrics = Metrics::builder()
        .format(Format::Console)
        .console(std::io::sink())
        .path(folder.join("auth.jsonl"))
        .endpoint(receiver.url())
        .build()
        .unwrap();
    emit(&metrics, 0..100);
    let filler = folder.join("filler");
    let _ = fs::write(&filler, vec![0; 1 << 20]);
    emit(&metrics, 100..3000);
    let full = metrics.endpoint_stats().unwrap();
    assert!(full.dropped > 1000, "{full:?}");
    assert_eq!(full.spooled + full.dropped, 3000);

    fs::remove_file(&filler).unwrap();
    emit(&metrics, 3000..3500);
    let after = metrics.endpoint_stats().unwrap();
    assert_eq!(
        (after.dropped, after.gaps),
        (full.dropped, 1),
        "it takes events again"
    );
    drop(receiver);
    let receiver = Receiver::on(port, |_, _| Reply::Accept);
    assert!(metrics.flush(LONG), "{:?}", metrics.endpoint_stats());
    let gaps = gaps(&receiver);
    assert_eq!((gaps.len(), gaps[0].0), (1, full.dropped));
    assert_eq!(gaps[0].3, "spool not writable");
    let numbers = receiver.numbers();
    assert_eq!(numbers.len() as u64, 3500 - full.dropped);
    assert!(numbers.is_sorted() && numbers.ends_with(&[3498, 3499]));
}

#[test]
fn a_full_disk_is_counted_and_said_and_events_are_taken_again_when_there_is_room() {
    const TEST: &str =
        "bound::a_full_disk_is_counted_and_said_and_events_are_taken_again_when_there_is_room";
    if let Some(words) = words() {
        return fill_the_disk(Path::new(&words[0]));
    }
    let folder = tempfile::tempdir().unwrap();
    let inner = child(TEST, &[folder.path().as_ref()]);
    let mut outer = std::process::Command::new("unshare");
    outer
        .args(["--map-root-user", "--mount", "sh", "-ec"])
        .arg(r#"mount -t tmpfs -o size=512k tmpfs "$0"; exec "$@""#)
        .arg(folder.path())
        .arg(inner.get_program())
        .args(inner.get_args())
        .envs(
            inner
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
    run(&mut outer);
}

#[test]
fn a_spool_that_cannot_be_made_is_an_error_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("auth.jsonl.spool"), "a file").unwrap();
    let receiver = Receiver::accepting();
    let error = writer(folder.path(), &receiver.url()).build().unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("auth.jsonl.spool") && error.contains("os error"),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn the_spool_is_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::new(|_, _| Reply::Nothing);
    let metrics = writer(folder.path(), &receiver.url()).build().unwrap();
    emit(&metrics, 0..1);
    eventually(|| spooled(folder.path()), |files| files.len() == 1);
    let spool = folder.path().join("auth.jsonl.spool");
    let segment = spool.join(&spooled(folder.path())[0]);
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!(
        (
            mode(&spool),
            mode(segment.parent().unwrap()),
            mode(&segment)
        ),
        (0o700, 0o700, 0o600)
    );
}
