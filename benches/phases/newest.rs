//! What it costs to keep the newest rows: where every event is newer than all before it, as in a log; where every one
//! is older, as in a log turned round; and where the time is no order at all.

use std::hint::black_box;

use authmeter::event::{Position, Timestamp};
use authmeter::tally::Newest;
use criterion::{Criterion, Throughput};

const EVENTS: i64 = 100_000;
const KEPT: usize = 50;

/// What a row of `activity` says, in as many bytes.
const TEXTS: [Option<&str>; 6] = [
    Some("token.refresh"),
    Some("mobile-app"),
    Some("user-104729"),
    Some("203.0.113.97"),
    Some("failed"),
    Some("Refresh token expired"),
];

pub(crate) fn keeping(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group(format!("the newest {KEPT} of {EVENTS} rows"));
    group.throughput(Throughput::Elements(EVENTS as u64));
    // 48,271 is coprime to the number of events: each time comes once.
    for (order, time) in [
        ("newer and newer", (|event| event) as fn(i64) -> i64),
        ("older and older", |event| EVENTS - event),
        ("in no order", |event| event * 48_271 % EVENTS),
    ] {
        let times: Vec<_> = (0..EVENTS)
            .map(|event| Timestamp::new(time(event), 0))
            .collect();
        let keep = || {
            let mut newest = Newest::<6>::new(KEPT);
            for time in &times {
                newest.add(*time, Position::default(), || black_box(TEXTS));
            }
            newest
        };
        let rows = keep().rows();
        assert_eq!(rows.len(), KEPT);
        assert_eq!(rows[0].time(), times.iter().copied().max().flatten());
        group.bench_function(order, |bencher| bencher.iter(keep));
    }
    group.finish();
}
