//! A file in the page cache, read to its end by one worker whose events nobody looks at: chunks, lines, decoding.

use std::fs::File;
use std::hint::black_box;

use authmeter::event::Event;
use authmeter::read::{ChunkAccount, Consumer, Input, Inputs, Reading, Rejected, read};
use criterion::{Criterion, Throughput};

use crate::corpus::{Corpus, Shape};

const EVENTS: u64 = 100_000;

/// Counts, and nothing else.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counting {
    events: u64,
    rejected: u64,
    lines: u64,
}

impl Consumer for Counting {
    fn events(&mut self, batch: &mut [Event<'_>]) {
        self.events += batch.len() as u64;
    }

    fn reject(&mut self, _: Rejected<'_>) {
        self.rejected += 1;
    }

    fn chunk(&mut self, chunk: ChunkAccount) {
        self.lines += chunk.lines;
    }

    fn trouble(&mut self, _: u32, what: String) {
        panic!("{what}");
    }
}

pub(crate) fn reading(criterion: &mut Criterion) {
    for corpus in [
        Corpus::generated(Shape::Plain, EVENTS),
        Corpus::generated(Shape::Hostile, EVENTS),
        Corpus::escaped(EVENTS),
    ] {
        let file = corpus.file();
        let count = |slowly| {
            let inputs = Inputs::new(vec![Input::file(
                "corpus",
                File::open(file.path()).unwrap(),
            )]);
            let mut counting = Counting::default();
            let reading = Reading {
                slowly,
                ..Reading::default()
            };
            read(&inputs, &reading, &mut counting);
            counting
        };
        let truth = Counting {
            events: corpus.truth.events,
            rejected: corpus.truth.malformed + corpus.truth.not_an_object,
            lines: corpus.truth.lines,
        };
        let mut group = criterion.benchmark_group(format!("read: {}", corpus.name));
        group.throughput(Throughput::Bytes(corpus.log.len() as u64));
        for (name, slowly) in [("one worker", false), ("one worker, slowly", true)] {
            assert_eq!(count(slowly), truth);
            group.bench_function(name, |bencher| bencher.iter(|| black_box(count(slowly))));
        }
        group.finish();
    }
}
