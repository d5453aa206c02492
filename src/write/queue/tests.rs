use super::*;

const NOON: Timestamp = match Timestamp::new(43_200, 0) {
    Some(time) => time,
    None => panic!(),
};

const NOW: Duration = Duration::ZERO;

fn push(queue: &Queue, line: &str) -> Result<u64, Trouble> {
    queue.push(line.as_bytes(), NOON, NOW, false)
}

fn counts(queue: &Queue) -> (u64, u64, u64) {
    let mut stats = Stats::default();
    queue.count(&mut stats);
    let drops = stats.dropped_by;
    (stats.emitted, drops.queue_full, drops.shut_down)
}

fn written(batch: &Batch) -> Settled {
    Settled {
        written: batch.events,
        ..Settled::default()
    }
}

#[test]
fn lines_come_out_in_their_order_and_halves_are_used_again() {
    let queue = Queue::new(100);
    assert!(queue.flush(NOW), "nothing was ever there");
    let mut batch = queue.other_half();
    for round in 0..3 {
        assert_eq!(push(&queue, "one\n"), Ok(2 * round + 1));
        assert_eq!(push(&queue, "two\n"), Ok(2 * round + 2));
        assert_eq!(queue.take(&mut batch, None), Taken::Lines);
        assert_eq!((&*batch.lines, batch.events), (&b"one\ntwo\n"[..], 2));
        assert!(batch.lines.capacity() >= 100, "nothing was allocated");
        queue.settle(&batch, written(&batch));
    }
    assert!(queue.flush(NOW), "nothing is left");
    let soon = Some(Instant::now());
    assert_eq!(queue.take(&mut batch, soon), Taken::Nothing);
    assert_eq!(counts(&queue), (6, 0, 0));
}

#[test]
fn a_full_queue_drops_what_has_no_room_and_says_so_behind_what_had() {
    let queue = Queue::new(10);
    let mut batch = queue.other_half();
    assert!(push(&queue, "12345678\n").is_ok());
    assert_eq!(push(&queue, "xx\n"), Err(Trouble::Full));
    let later = Timestamp::new(43_201, 0).unwrap();
    assert_eq!(queue.push(b"yy\n", later, NOW, false), Err(Trouble::Full));
    queue.take(&mut batch, None);
    let mut said = String::new();
    batch.gap.told(|name, _, reason, fields| {
        said = format!(
            "{name} {reason} {:?}",
            fields.metadata().collect::<Vec<_>>()
        );
    });
    assert_eq!(
        said,
        "log.gap queue full [(\"dropped\", Uint(2)), (\"from\", Text(\"1970-01-01T12:00:00.000Z\")), \
         (\"to\", Text(\"1970-01-01T12:00:01.000Z\"))]"
    );
    assert!(push(&queue, "xx\n").is_ok(), "there is room again");
    queue.take(&mut batch, None);
    assert!(batch.gap.is_empty(), "it is said once");
    assert_eq!(counts(&queue), (4, 2, 0));
}

#[test]
fn a_caller_waits_for_room_and_not_longer_than_it_wants() {
    let queue = Queue::new(10);
    push(&queue, "123456789\n").unwrap();
    let wait = Duration::from_millis(30);
    let began = Instant::now();
    let pushed = queue.push(b"late\n", NOON, wait, false);
    assert_eq!(pushed, Err(Trouble::Full));
    assert!(began.elapsed() >= wait);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| queue.push(b"late\n", NOON, Duration::from_secs(60), false));
        while queue.lock().callers_waiting == 0 {
            thread::yield_now();
        }
        let mut batch = queue.other_half();
        queue.take(&mut batch, None);
        assert_eq!(waiting.join().unwrap(), Ok(2));
    });
}

#[test]
fn a_caller_learns_what_became_of_its_line() {
    let queue = Queue::new(100);
    let mut batch = queue.other_half();
    let tickets: Vec<u64> = (0..3)
        .map(|_| queue.push(b"line\n", NOON, NOW, true).unwrap())
        .collect();
    assert_eq!(queue.wait_for(tickets[0], NOW), Err(Trouble::Late));
    queue.take(&mut batch, None);
    assert_eq!(batch.waiting, 3);
    let settled = Settled {
        written: 2,
        refused: Some(28),
        unsynced: Some(5),
    };
    queue.settle(&batch, settled);
    let fates: Vec<_> = tickets
        .iter()
        .map(|ticket| queue.wait_for(*ticket, NOW))
        .collect();
    let unsynced = Err(Trouble::Unsynced(5));
    assert_eq!(fates, [unsynced, unsynced, Err(Trouble::Refused(28))]);
    let ticket = push(&queue, "line\n").unwrap();
    queue.take(&mut batch, None);
    queue.settle(&batch, written(&batch));
    assert_eq!(queue.wait_for(ticket, NOW), Ok(()));
}

#[test]
fn the_fate_of_a_line_that_is_forgotten_is_not_called_good() {
    let mut failures = Failures::default();
    for first in 0..=REMEMBERED as u64 {
        failures.add(2 * first, 2 * first + 1, Trouble::Refused(5));
    }
    assert_eq!(failures.of(0), Err(Trouble::Late));
    assert_eq!(failures.of(1), Ok(()));
    assert_eq!(failures.of(2), Err(Trouble::Refused(5)));
    assert_eq!(failures.ranges.len(), REMEMBERED);
}

#[test]
fn a_closed_queue_gives_what_it_has_and_takes_no_more() {
    let queue = Queue::new(100);
    let mut batch = queue.other_half();
    push(&queue, "last\n").unwrap();
    queue.close();
    assert_eq!(push(&queue, "late\n"), Err(Trouble::ShutDown));
    assert_eq!(queue.take(&mut batch, None), Taken::Lines);
    assert!(!queue.flush(NOW), "it is not written yet");
    queue.settle(&batch, written(&batch));
    assert!(queue.flush(NOW));
    assert_eq!(queue.take(&mut batch, None), Taken::End);
    assert_eq!(counts(&queue), (2, 0, 1));
}

#[test]
fn callers_that_are_late_are_not_waited_for_while_others_wait() {
    let late = Duration::from_secs(2);
    let waits = |queue: &Queue| {
        let began = Instant::now();
        queue.gather(5, late);
        began.elapsed()
    };
    let flushed = Queue::new(10);
    push(&flushed, "line\n").unwrap();
    assert!(!flushed.flush(NOW));
    assert!(waits(&flushed) < late / 2, "somebody waits for the queue");
    let closed = Queue::new(10);
    closed.close();
    assert!(waits(&closed) < late / 2, "nobody comes any more");
    let full = Queue::new(10);
    push(&full, "12345678\n").unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| full.push(b"line\n", NOON, late * 2, false));
        while full.lock().callers_waiting == 0 {
            thread::yield_now();
        }
        assert!(waits(&full) < late / 2, "somebody waits for room");
        full.take(&mut full.other_half(), None);
        assert_eq!(waiting.join().unwrap(), Ok(2));
    });
}
