//! One scan, all answers: workers read chunks and count, each for itself; what they counted is merged once, at the end.

mod account;

use std::num::NonZeroUsize;

use crate::document::{Document, Section, Value};
use crate::event::{Event, FieldSet, Kind, Timestamp, Wanted};
use crate::read::{ChunkAccount, Consumer, Inputs, Reading, Rejected, Repeated, read};
use crate::report::{Context, Options, ReportEntry, Running};
use crate::tally::{Directory, Identifying};
pub use account::{Account, InputAccount, Interruption, Lines, RejectedLine};

/// What to do with some inputs.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The questions to answer, in the order their answers are wanted.
    pub reports: Vec<&'static ReportEntry>,
    /// Choices the reports know.
    pub options: Options,
    /// How to read. What the reports want is added to what is wanted here.
    pub reading: Reading,
    /// How many workers; the answer does not depend on it.
    pub threads: NonZeroUsize,
}

/// What a run found.
#[derive(Debug)]
pub struct Answer {
    /// What the reports say.
    pub document: Document,
    /// What the input was, with the places of what could not be read.
    pub account: Account,
}

/// Reads the inputs once and answers every question of the plan.
///
/// Trouble with an input is no error: it is in the answer's account, and everything else is still read. A run that is
/// ended early by its watch answers from the whole lines read until then, and the account says so.
///
/// # Errors
///
/// The system cannot start the workers.
///
/// # Panics
///
/// A worker panicked, which is a fault of this program.
pub fn run(plan: &Plan, inputs: &Inputs) -> Result<Answer, rayon::ThreadPoolBuildError> {
    let mut reading = plan.reading.clone();
    reading
        .wanted
        .extend(&wanted(&plan.reports, &plan.options, |report| {
            report.info.ids.union(report.info.fields)
        }));
    let directory = Directory::new(plan.options.memory_limit);
    let empty = || {
        Partial::new(
            &plan.reports,
            &plan.options,
            &directory,
            inputs.names().len(),
        )
    };
    reading.watch.begin(inputs.size());
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(plan.threads.get())
        .build()?;
    let partials = pool.broadcast(|_| {
        let mut partial = empty();
        read(inputs, &reading, &mut partial);
        partial
    });
    let whole = partials
        .into_iter()
        .reduce(Partial::merged)
        .unwrap_or_else(empty);
    let interruption = Interruption::of(&reading.watch);
    Ok(whole.finish(inputs.names(), &inputs.repeated(), interruption))
}

/// What the reports say of no input at all: every name there is, and nothing else.
pub fn nothing(reports: &[&'static ReportEntry], options: &Options) -> Document {
    let nothing = Partial::new(reports, options, &Directory::default(), 0);
    nothing.finish(&[], &[], None).document
}

/// What these reports want of the events they observe.
fn wanted(
    reports: &[&'static ReportEntry],
    options: &Options,
    fields: impl Fn(&ReportEntry) -> FieldSet,
) -> Wanted {
    let mut wanted = Wanted::default();
    for report in reports {
        for kind in report.kinds(options).iter() {
            wanted.add(kind, fields(report));
        }
    }
    wanted
}

/// What one worker has counted.
struct Partial {
    reports: Vec<Running>,
    identifying: Identifying,
    /// Indexes of the reports that observe a kind, by kind.
    observers: Vec<Vec<usize>>,
    account: account::Tally,
    window: Option<(Timestamp, Timestamp)>,
}

impl Partial {
    fn new(
        reports: &[&'static ReportEntry],
        options: &Options,
        directory: &Directory,
        inputs: usize,
    ) -> Partial {
        let mut observers = vec![Vec::new(); Kind::COUNT];
        for (index, report) in reports.iter().enumerate() {
            for kind in report.kinds(options).iter() {
                observers[kind.index()].push(index);
            }
        }
        Partial {
            reports: reports
                .iter()
                .map(|report| report.start(options, directory))
                .collect(),
            identifying: Identifying::new(
                directory,
                &wanted(reports, options, |report| report.info.ids),
            ),
            observers,
            account: account::Tally::new(inputs),
            window: None,
        }
    }

    fn merged(mut self, other: Partial) -> Partial {
        for (report, other) in self.reports.iter_mut().zip(other.reports) {
            report.merge(other);
        }
        self.account.merge(other.account);
        if let Some((first, last)) = other.window {
            self.extend_window(first, last);
        }
        self
    }

    fn extend_window(&mut self, first: Timestamp, last: Timestamp) {
        self.window = Some(self.window.map_or((first, last), |window| {
            (window.0.min(first), window.1.max(last))
        }));
    }

    fn finish(
        self,
        names: &[String],
        repeated: &[Repeated],
        interruption: Option<Interruption>,
    ) -> Answer {
        let context = Context {
            window: self.window,
        };
        let account = self.account.finish(names, repeated, interruption);
        let window = Section::new("window", "Window")
            .fact(
                "first",
                self.window
                    .map_or(Value::Missing, |(first, _)| Value::time(first)),
            )
            .fact(
                "last",
                self.window
                    .map_or(Value::Missing, |(_, last)| Value::time(last)),
            )
            .fact(
                "elapsed",
                self.window
                    .map_or(Value::Missing, |_| Value::Span(context.elapsed())),
            );
        let reports = self
            .reports
            .into_iter()
            .map(|report| report.finish(&context))
            .collect();
        Answer {
            document: Document {
                window,
                input: account.section(),
                reports,
            },
            account,
        }
    }
}

impl Consumer for Partial {
    fn events(&mut self, batch: &mut [Event<'_>]) {
        let mut dated = 0;
        for time in batch.iter().filter_map(|event| event.time) {
            dated += 1;
            self.extend_window(time, time);
        }
        let input = batch.first().map_or(0, |event| event.position.input);
        self.account.events(input, batch.len() as u64, dated);
        self.identifying.identify(batch);
        for index in &self.observers[batch[0].kind.index()] {
            self.reports[*index].observe(batch);
        }
    }

    fn reject(&mut self, rejected: Rejected<'_>) {
        self.account.reject(&rejected);
    }

    fn chunk(&mut self, chunk: ChunkAccount) {
        self.account.chunk(chunk);
    }

    fn trouble(&mut self, input: u32, what: String) {
        self.account.trouble(input, what);
    }
}
