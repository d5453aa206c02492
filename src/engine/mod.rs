//! One scan, all answers: workers read chunks and count, each for itself; what they counted is merged once, at the end.

mod account;
mod check;
mod lines;
mod parts;
mod person;
mod sift;

use std::num::NonZeroUsize;

use crate::document::{Document, Section, Value};
use crate::event::{Event, FieldSet, Kind, Timestamp, Wanted};
use crate::filter::Filter;
use crate::read::{ChunkAccount, Consumer, Inputs, Reading, Rejected, Repeated, read};
use crate::report::{Context, Options, ReportEntry, Running};
use crate::tally::{Directory, Identifying};
pub use account::{Account, InputAccount, Interruption, Lines, RejectedLine};
pub use check::check;
pub use lines::{Passed, lines};
use parts::Parts;
pub use person::person;
use sift::{Sift, extend, extend_by};

/// What to do with some inputs.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The questions to answer, in the order their answers are wanted.
    pub reports: Vec<&'static ReportEntry>,
    /// Choices the reports know.
    pub options: Options,
    /// Which events count.
    pub filter: Filter,
    /// For whose eyes the answer is.
    pub audience: Audience,
    /// How to read. What the reports want is added to what is wanted here.
    pub reading: Reading,
    /// How many workers; the answer does not depend on it.
    pub threads: NonZeroUsize,
}

impl Plan {
    /// How to read for these fields of all events, beside those that the filter looks at.
    fn reading_for(&self, fields: FieldSet) -> Reading {
        let mut reading = self.reading.clone();
        let fields = fields.union(self.filter.fields());
        reading.wanted.extend(&Wanted::of_all(fields));
        reading
    }

    /// Has every worker read with a consumer of its own, and returns them all.
    fn read_by_all<C: Consumer + Send>(
        &self,
        inputs: &Inputs,
        reading: &Reading,
        consumer: impl Fn() -> C + Sync,
    ) -> Result<Vec<C>, rayon::ThreadPoolBuildError> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(self.threads.get())
            .build()?;
        Ok(pool.broadcast(|_| {
            let mut consumer = consumer();
            read(inputs, reading, &mut consumer);
            consumer
        }))
    }
}

/// For whose eyes an answer is. Who may not see all events must not learn of others' from what is said about the input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Audience {
    /// Whoever may read the log.
    #[default]
    Operator,
    /// A tenant, whose events pass the filter: of other lines, those that nobody can attribute included, nothing is told.
    Tenant,
    /// The owner of some tokens, whom the reports know: nothing is told of the input or its window.
    Owner,
}

/// What a run found.
#[derive(Debug)]
pub struct Answer {
    /// What the reports say.
    pub document: Document,
    /// What the input was, with the places of what could not be read.
    pub account: Account,
    /// Times of the first and the last event that the filter lets pass, were it not for its window.
    pub at_any_time: Option<(Timestamp, Timestamp)>,
    /// What the reports say of each part of the events, if parts were asked for.
    pub parts: Vec<Document>,
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
    run_in_parts(plan, inputs, 0)
}

/// As [`run`], and answers the questions of each of so many parts of the events, too. All events of one subject are in
/// the same part.
///
/// # Errors
///
/// As [`run`].
///
/// # Panics
///
/// As [`run`].
pub fn run_in_parts(
    plan: &Plan,
    inputs: &Inputs,
    parts: usize,
) -> Result<Answer, rayon::ThreadPoolBuildError> {
    let mut reading = plan.reading_for(FieldSet::EMPTY);
    reading
        .wanted
        .extend(&wanted(&plan.reports, &plan.options, |report| {
            report.info.ids.union(report.info.fields)
        }));
    if parts > 0 {
        reading.wanted.extend(&Wanted::of_all(parts::FIELDS));
    }
    let directory = Directory::new(plan.options.memory_limit);
    let empty = || Partial {
        parts: Parts::new(parts, plan, &directory),
        ..Partial::new(plan, &directory, inputs.names().len())
    };
    reading.watch.begin(inputs.size());
    let partials = plan.read_by_all(inputs, &reading, empty)?;
    let whole = partials
        .into_iter()
        .reduce(Partial::merged)
        .unwrap_or_else(empty);
    let interruption = Interruption::of(&reading.watch);
    Ok(whole.finish(plan, inputs.names(), &inputs.repeated(), interruption))
}

/// What the reports say of no input at all: every name there is, and nothing else.
pub fn nothing(reports: &[&'static ReportEntry], options: &Options) -> Document {
    let plan = Plan {
        reports: reports.to_vec(),
        options: options.clone(),
        filter: Filter::default(),
        audience: Audience::default(),
        reading: Reading::default(),
        threads: NonZeroUsize::MIN,
    };
    let nothing = Partial::new(&plan, &Directory::default(), 0);
    nothing.finish(&plan, &[], &[], None).document
}

/// First and last event time, and the time between them.
fn window_section(window: Times) -> Section {
    let elapsed = Context { window }.elapsed();
    let fact = |value: Option<Value>| value.unwrap_or(Value::Missing);
    Section::new("window", "Window")
        .fact("first", fact(window.map(|(first, _)| Value::time(first))))
        .fact("last", fact(window.map(|(_, last)| Value::time(last))))
        .fact("elapsed", fact(window.map(|_| Value::Span(elapsed))))
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
struct Partial<'p> {
    sift: Sift<'p>,
    reports: Vec<Running>,
    identifying: Identifying,
    /// Indexes of the reports that observe a kind, by kind.
    observers: Vec<Vec<usize>>,
    account: account::Tally,
    window: Times,
    parts: Parts,
}

/// The first and the last of some times.
type Times = Option<(Timestamp, Timestamp)>;

impl<'p> Partial<'p> {
    fn new(plan: &'p Plan, directory: &Directory, inputs: usize) -> Partial<'p> {
        let reports = &plan.reports;
        let mut observers = vec![Vec::new(); Kind::COUNT];
        for (index, report) in reports.iter().enumerate() {
            for kind in report.kinds(&plan.options).iter() {
                observers[kind.index()].push(index);
            }
        }
        Partial {
            sift: Sift::new(&plan.filter),
            reports: reports
                .iter()
                .map(|report| report.start(&plan.options, directory))
                .collect(),
            identifying: Identifying::new(
                directory,
                &wanted(reports, &plan.options, |report| report.info.ids),
            ),
            observers,
            account: account::Tally::new(inputs),
            window: None,
            parts: Parts::default(),
        }
    }

    fn merged(mut self, other: Partial<'p>) -> Partial<'p> {
        for (report, other) in self.reports.iter_mut().zip(other.reports) {
            report.merge(other);
        }
        self.account.merge(other.account);
        self.parts.merge(other.parts);
        if let Some((first, last)) = other.window {
            extend(&mut self.window, first, last);
        }
        self.sift.merge(&other.sift);
        self
    }

    fn finish(
        self,
        plan: &Plan,
        names: &[String],
        repeated: &[Repeated],
        interruption: Option<Interruption>,
    ) -> Answer {
        let context = Context {
            window: self.window,
        };
        let account = self
            .account
            .finish(names, repeated, interruption, plan.audience);
        let window = window_section(self.window.filter(|_| plan.audience != Audience::Owner));
        let reports = self
            .reports
            .into_iter()
            .map(|report| report.finish(&context))
            .collect();
        let mut document = Document {
            window,
            input: account.section(),
            reports,
        };
        let zone = plan.options.zone;
        document.tell_times(|time| zone.offset(time.seconds()));
        Answer {
            document,
            account,
            at_any_time: self.sift.at_any_time(self.window),
            parts: self.parts.finish(&context),
        }
    }
}

impl Consumer for Partial<'_> {
    fn events(&mut self, batch: &mut [Event<'_>]) {
        let input = batch.first().map_or(0, |event| event.position.input);
        let kept = self.sift.sift(batch);
        self.account.filtered(input, (batch.len() - kept) as u64);
        let batch = &mut batch[..kept];
        let Some(kind) = batch.first().map(|event| event.kind) else {
            return;
        };
        let dated = extend_by(&mut self.window, batch);
        self.account.events(input, kept as u64, dated);
        self.identifying.identify(batch);
        let observers = &self.observers[kind.index()];
        for index in observers {
            self.reports[*index].observe(batch);
        }
        self.parts.observe(batch, observers);
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
