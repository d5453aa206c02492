//! A file in the page cache, and all answers.

use std::fs::File;
use std::hint::black_box;
use std::num::NonZeroUsize;

use authmeter::engine::{self, Answer, Plan};
use authmeter::read::{Input, Inputs, Reading};
use authmeter::report::{Options, REPORTS, ReportEntry};
use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput};

use crate::corpus::{Corpus, Shape};

const EVENTS: u64 = 1_000_000;

pub(crate) fn run(file: File, reports: &[&'static ReportEntry], threads: usize) -> Answer {
    let plan = Plan {
        filter: Default::default(),
        audience: Default::default(),
        reports: reports.to_vec(),
        options: Options::default(),
        reading: Reading::default(),
        threads: NonZeroUsize::new(threads).unwrap(),
    };
    let inputs = Inputs::new(vec![Input::file("corpus", file)]);
    engine::run(&plan, &inputs).unwrap()
}

pub(crate) fn reports(criterion: &mut Criterion) {
    for shape in [Shape::Plain, Shape::Hostile] {
        let corpus = Corpus::generated(shape, EVENTS);
        let file = corpus.file();
        let open = || File::open(file.path()).unwrap();
        let mut group = criterion.benchmark_group(format!("whole: {}", corpus.name));
        group
            .throughput(Throughput::Bytes(corpus.log.len() as u64))
            .sample_size(20)
            .sampling_mode(SamplingMode::Flat);
        let all: Vec<&'static ReportEntry> = REPORTS.iter().collect();
        corpus.check(&run(open(), &all, 2));
        for threads in [1, 2] {
            group.bench_function(BenchmarkId::new("report", threads), |bencher| {
                bencher.iter(|| black_box(run(open(), &all, threads)));
            });
        }
        for one in REPORTS {
            corpus.check(&run(open(), &[one], 2));
            group.bench_function(BenchmarkId::new(one.info.name, 2), |bencher| {
                bencher.iter(|| black_box(run(open(), &[one], 2)));
            });
        }
        group.finish();
    }
}
