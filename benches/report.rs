//! How fast a log is read, and how much of that is decoding: a million events as `authmeter generate` makes them.
//!
//! The answer is held against the generator's truth before anything is timed.

#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::hint::black_box;
use std::io::BufWriter;
use std::num::NonZeroUsize;

use authmeter::document::Value;
use authmeter::engine::{self, Answer, Plan};
use authmeter::event::Wanted;
use authmeter::generate::{self, Settings, Shape, Truth};
use authmeter::read::decode::{Decoding, decode};
use authmeter::read::{Input, Inputs, Reading};
use authmeter::render::{Selected, select};
use authmeter::report::{Options, REPORTS, ReportEntry};
use bumpalo::Bump;
use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};

const EVENTS: u64 = 1_000_000;
const EVENTS_DECODED: u64 = 10_000;
const SEED: u64 = 7;

/// A log in a file that vanishes with the process, and what it says.
fn corpus(shape: Shape) -> (tempfile::NamedTempFile, Truth) {
    let file = tempfile::NamedTempFile::new().unwrap();
    let settings = Settings {
        shape,
        ..Settings::new(EVENTS, SEED)
    };
    let truth = generate::write(&settings, &mut BufWriter::new(file.as_file())).unwrap();
    (file, truth)
}

fn run(file: &tempfile::NamedTempFile, reports: &[&'static ReportEntry], threads: usize) -> Answer {
    let plan = Plan {
        reports: reports.to_vec(),
        options: Options::default(),
        reading: Reading::default(),
        threads: NonZeroUsize::new(threads).unwrap(),
    };
    engine::run(
        &plan,
        &Inputs::new(vec![Input::file(
            "corpus",
            File::open(file.path()).unwrap(),
        )]),
    )
    .unwrap()
}

fn check(answer: &Answer, truth: &Truth) {
    assert_eq!(answer.account.total.events, truth.events);
    match select(&answer.document, "logins.success") {
        Some(Selected::Value(value)) => assert_eq!(value, Value::Count(truth.logins.success)),
        other => panic!("{other:?}"),
    }
}

fn reports(criterion: &mut Criterion) {
    for (name, shape) in [("plain", Shape::Plain), ("hostile", Shape::Hostile)] {
        let (file, truth) = corpus(shape);
        let bytes = file.as_file().metadata().unwrap().len();
        let mut group = criterion.benchmark_group(format!(
            "{name} log of {EVENTS} events, seed {SEED}, {bytes} bytes"
        ));
        group
            .throughput(Throughput::Bytes(bytes))
            .sample_size(20)
            .sampling_mode(SamplingMode::Flat);
        let all: Vec<&'static ReportEntry> = REPORTS.iter().collect();
        let one: Vec<&'static ReportEntry> = REPORTS.iter().take(1).collect();
        check(&run(&file, &all, 2), &truth);
        for threads in [1, 2] {
            group.bench_function(BenchmarkId::new("report", threads), |bencher| {
                bencher.iter(|| black_box(run(&file, &all, threads)));
            });
        }
        group.bench_function(BenchmarkId::new("logins", 2), |bencher| {
            bencher.iter(|| black_box(run(&file, &one, 2)));
        });
        group.finish();
    }
}

fn decoding(criterion: &mut Criterion) {
    let mut log = Vec::new();
    generate::write(&Settings::new(EVENTS_DECODED, SEED), &mut log).unwrap();
    let text = String::from_utf8(log).unwrap();
    let mut arena = Bump::new();
    let wanted = Wanted::default();
    let mut group = criterion.benchmark_group(format!("{EVENTS_DECODED} plain lines, seed {SEED}"));
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("decode", |bencher| {
        bencher.iter(|| {
            arena.reset();
            let with = Decoding {
                wanted: &wanted,
                slowly: false,
                escapes: false,
                arena: &arena,
            };
            let events = text
                .lines()
                .filter(|line| decode(Ok(line), &with).is_ok())
                .count();
            assert_eq!(black_box(events) as u64, EVENTS_DECODED);
        });
    });
    group.finish();
}

criterion_group!(benches, decoding, reports);
criterion_main!(benches);
