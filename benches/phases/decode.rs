//! A line at a time: no file, no chunks, no reports.

use std::hint::black_box;

use authmeter::event::{Field, FieldSet, Wanted};
use authmeter::read::decode::{Decoding, decode};
use bumpalo::Bump;
use criterion::{Criterion, Throughput};

use crate::corpus::{Corpus, Shape};

const EVENTS: u64 = 10_000;

pub(crate) fn decoding(criterion: &mut Criterion) {
    let every = FieldSet::of(&[
        Field::Client,
        Field::Method,
        Field::TokenType,
        Field::GrantType,
    ]);
    for corpus in [
        Corpus::generated(Shape::Plain, EVENTS),
        Corpus::generated(Shape::Hostile, EVENTS),
        Corpus::escaped(EVENTS),
    ] {
        let lines: Vec<Result<&str, &[u8]>> = corpus
            .log
            .split(|byte| *byte == b'\n')
            .map(trimmed)
            .filter(|line| !line.is_empty())
            .map(|line| std::str::from_utf8(line).map_err(|_| line))
            .collect();
        let mut group = criterion.benchmark_group(format!("decode: {}", corpus.name));
        group.throughput(Throughput::Bytes(corpus.log.len() as u64));
        for (name, fields) in [("no more fields", FieldSet::EMPTY), ("four more", every)] {
            let mut arena = Bump::new();
            let wanted = Wanted::of_all(fields);
            let mut events = || {
                arena.reset();
                let with = Decoding {
                    wanted: &wanted,
                    slowly: false,
                    assume: authmeter::zone::Zone::UTC,
                    arena: &arena,
                };
                let decoded = lines.iter().filter(|line| decode(**line, &with).is_ok());
                decoded.count() as u64
            };
            assert_eq!(events(), corpus.truth.events, "{}", corpus.name);
            group.bench_function(name, |bencher| bencher.iter(|| black_box(events())));
        }
        group.finish();
    }
}

/// Without what the reader cuts off a line before it is decoded.
fn trimmed(line: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | 0);
    let mut rest = line;
    loop {
        rest = match rest {
            [first, after @ ..] if is_space(first) => after,
            [0xEF, 0xBB, 0xBF, after @ ..] => after,
            [before @ .., last] if is_space(last) => before,
            _ => return rest,
        };
    }
}
