//! One scan, all answers: workers read chunks and count, each for itself; what they counted is merged once, at the end.

mod account;
mod check;
mod lines;
mod person;

use std::num::NonZeroUsize;

use crate::document::{Document, Section, Value};
use crate::event::{Event, FieldSet, KINDS, Kind, Timestamp, Wanted};
use crate::filter::{Filter, Verdict};
use crate::read::{ChunkAccount, Consumer, Inputs, Reading, Rejected, Repeated, read};
use crate::report::{Context, Options, ReportEntry, Running};
use crate::tally::{Directory, Identifying};
pub use account::{Account, InputAccount, Interruption, Lines, RejectedLine};
pub use check::{check, findings};
pub use lines::lines;
pub use person::person;

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
    let looked_at = plan.filter.fields();
    KINDS
        .iter()
        .for_each(|row| reading.wanted.add(row.kind, looked_at));
    let directory = Directory::new(plan.options.memory_limit);
    let empty = || Partial::new(plan, &directory, inputs.names().len());
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
    filter: Option<&'p Filter>,
    reports: Vec<Running>,
    identifying: Identifying,
    /// Indexes of the reports that observe a kind, by kind.
    observers: Vec<Vec<usize>>,
    account: account::Tally,
    window: Times,
    /// The same of events that are only out of the filter's window, too.
    at_any_time: Times,
}

/// The first and the last of some times.
type Times = Option<(Timestamp, Timestamp)>;

fn extend(times: &mut Times, first: Timestamp, last: Timestamp) {
    *times = Some(times.map_or((first, last), |known| {
        (known.0.min(first), known.1.max(last))
    }));
}

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
            filter: Some(&plan.filter).filter(|filter| !filter.is_open()),
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
            at_any_time: None,
        }
    }

    fn merged(mut self, other: Partial<'p>) -> Partial<'p> {
        for (report, other) in self.reports.iter_mut().zip(other.reports) {
            report.merge(other);
        }
        self.account.merge(other.account);
        for (times, other) in [
            (&mut self.window, other.window),
            (&mut self.at_any_time, other.at_any_time),
        ] {
            if let Some((first, last)) = other {
                extend(times, first, last);
            }
        }
        self
    }

    /// Has the events that count stand before the others, and returns how many they are.
    fn sift(&mut self, filter: &Filter, batch: &mut [Event<'_>]) -> usize {
        let mut kept = 0;
        for index in 0..batch.len() {
            let verdict = filter.judge(&batch[index]);
            if verdict == Verdict::OutOfWindow
                && let Some(time) = batch[index].time
            {
                extend(&mut self.at_any_time, time, time);
            }
            if verdict == Verdict::Passes {
                batch.swap(kept, index);
                kept += 1;
            }
        }
        kept
    }

    fn finish(
        mut self,
        plan: &Plan,
        names: &[String],
        repeated: &[Repeated],
        interruption: Option<Interruption>,
    ) -> Answer {
        let context = Context {
            window: self.window,
        };
        if let Some((first, last)) = self.window {
            extend(&mut self.at_any_time, first, last);
        }
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
            at_any_time: self.at_any_time,
        }
    }
}

impl Consumer for Partial<'_> {
    fn events(&mut self, batch: &mut [Event<'_>]) {
        let input = batch.first().map_or(0, |event| event.position.input);
        let mut kept = batch.len();
        if let Some(filter) = self.filter {
            kept = self.sift(filter, batch);
            self.account.filtered(input, (batch.len() - kept) as u64);
        }
        let batch = &mut batch[..kept];
        let Some(kind) = batch.first().map(|event| event.kind) else {
            return;
        };
        let mut dated = 0;
        for time in batch.iter().filter_map(|event| event.time) {
            dated += 1;
            extend(&mut self.window, time, time);
        }
        self.account.events(input, kept as u64, dated);
        self.identifying.identify(batch);
        for index in &self.observers[kind.index()] {
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
