//! What reports cost: each over events that are decoded already and have their ids, and the merge of two halves.

use std::hint::black_box;

use authmeter::document::Section;
use authmeter::event::{Event, FieldSet, Kind, Wanted};
use authmeter::read::decode::{Decoding, decode};
use authmeter::report::{Context, Options, REPORTS, ReportEntry, Running};
use authmeter::tally::{Directory, Identifying};
use bumpalo::Bump;
use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, Throughput};

use crate::corpus::{Corpus, Shape};
use crate::whole::run;

const EVENTS: u64 = 100_000;
/// As many events as the reader hands over at once.
const BATCH: usize = 64;

/// Events of one kind; never none.
type Batch<'a> = Vec<Event<'a>>;

pub(crate) fn observing(criterion: &mut Criterion) {
    let corpus = Corpus::generated(Shape::Plain, EVENTS);
    let (arena, directory) = (Bump::new(), Directory::default());
    let mut batches = batches(&corpus, &arena);
    let mut group = criterion.benchmark_group(format!("report: {}", corpus.name));
    group.throughput(Throughput::Elements(EVENTS));
    let mut identifying = Identifying::new(&directory, &wanted(|report| report.info.ids));
    let mut identify = || {
        for batch in &mut batches {
            identifying.identify(black_box(batch));
        }
    };
    identify();
    group.bench_function("identify", |bencher| bencher.iter(&mut identify));

    let all: Vec<&'static ReportEntry> = REPORTS.iter().collect();
    let answer = run(corpus.file().reopen().unwrap(), &all, 1);
    corpus.check(&answer);
    let context = context(&batches);
    for (report, wanted) in REPORTS.iter().zip(&answer.document.reports) {
        let its = Its {
            report,
            directory: &directory,
            context: &context,
            batches: batches
                .iter()
                .filter(|batch| report.kinds(&Options::default()).contain(batch[0].kind))
                .collect(),
        };
        its.check(wanted);
        its.time(&mut group);
    }
    group.finish();
}

/// One report, and the batches it observes.
struct Its<'r, 'a> {
    report: &'static ReportEntry,
    directory: &'r Directory,
    context: &'r Context,
    batches: Vec<&'r Batch<'a>>,
}

impl Its<'_, '_> {
    fn check(&self, wanted: &Section) {
        let wanted = format!("{wanted:?}");
        for state in [self.observe(&self.batches), merged(self.halves())] {
            assert_eq!(format!("{:?}", state.finish(self.context)), wanted);
        }
    }

    fn time(&self, group: &mut BenchmarkGroup<'_, WallTime>) {
        let name = self.report.info.name;
        let events = self.batches.iter().map(|batch| batch.len() as u64).sum();
        group.throughput(Throughput::Elements(events));
        group.bench_function(format!("observe {name}"), |bencher| {
            bencher.iter_with_large_drop(|| self.observe(&self.batches));
        });
        group.throughput(Throughput::Elements(1));
        group.bench_function(format!("merge two halves of {name}"), |bencher| {
            bencher.iter_batched(|| self.halves(), merged, BatchSize::LargeInput);
        });
    }

    fn observe(&self, batches: &[&Batch<'_>]) -> Running {
        let mut state = self.report.start(&Options::default(), self.directory);
        for batch in batches {
            state.observe(batch);
        }
        state
    }

    fn halves(&self) -> (Running, Running) {
        let (left, right) = self.batches.split_at(self.batches.len() / 2);
        (self.observe(left), self.observe(right))
    }
}

/// The events of a log by kind, with every field that a report reads.
fn batches<'a>(corpus: &'a Corpus, arena: &'a Bump) -> Vec<Batch<'a>> {
    let wanted = wanted(|report| report.info.fields.union(report.info.ids));
    let with = Decoding {
        wanted: arena.alloc(wanted),
        slowly: false,
        assume: authmeter::zone::Zone::UTC,
        arena,
    };
    let mut kinds: Vec<Batch<'a>> = vec![Vec::new(); Kind::COUNT];
    for line in std::str::from_utf8(&corpus.log).unwrap().lines() {
        let event = decode(Ok(line), &with).unwrap().event;
        kinds[event.kind.index()].push(event);
    }
    kinds
        .iter()
        .flat_map(|events| events.chunks(BATCH).map(<[Event<'a>]>::to_vec))
        .collect()
}

/// What all reports want of the events they observe.
fn wanted(fields: impl Fn(&ReportEntry) -> FieldSet) -> Wanted {
    let mut wanted = Wanted::default();
    for report in REPORTS {
        for kind in report.kinds(&Options::default()).iter() {
            wanted.add(kind, fields(report));
        }
    }
    wanted
}

fn context(batches: &[Batch<'_>]) -> Context {
    let times = || batches.iter().flatten().filter_map(|event| event.time);
    Context {
        window: times().min().zip(times().max()),
    }
}

fn merged((mut whole, other): (Running, Running)) -> Running {
    whole.merge(other);
    whole
}
