//! One scan, all answers: workers read chunks and count, each for itself; what they counted is merged once, at the end.

mod account;
mod check;
mod counting;
mod days;
mod lines;
mod partial;
mod parts;
mod person;
mod sift;

use std::num::NonZeroUsize;

use crate::document::Document;
use crate::event::{FieldSet, Timestamp, Wanted};
use crate::filter::Filter;
use crate::read::{Consumer, Inputs, Reading, read};
use crate::report::{Options, ReportEntry};
use crate::tally::Directory;
pub use account::{Account, InputAccount, Interruption, Lines, RejectedLine};
pub use check::check;
pub use counting::{Counting, Observer};
pub use days::{AtRest, Days, Snapshot, Stretch};
pub use lines::{Passed, lines};
use partial::{Partial, wanted};
use parts::Parts;
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

impl Plan {
    /// How to read for these fields of all events, beside those that the filter looks at.
    fn reading_for(&self, fields: FieldSet) -> Reading {
        let mut reading = self.reading.clone();
        let fields = fields.union(self.filter.fields());
        reading.wanted.extend(&Wanted::of_all(fields));
        reading
    }

    /// How to read for what the reports want, too.
    fn reading(&self) -> Reading {
        let mut reading = self.reading_for(FieldSet::EMPTY);
        let wanted = wanted(&self.reports, &self.options, |report| {
            report.info.ids.union(report.info.fields)
        });
        reading.wanted.extend(&wanted);
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
    let mut reading = plan.reading();
    if parts > 0 {
        reading.wanted.extend(&Wanted::of_all(parts::FIELDS));
    }
    let directory = Directory::new(plan.options.memory_limit);
    let empty = || {
        let parts = Parts::new(parts, plan, &directory);
        Partial::new(plan, &directory, inputs.names().len()).with(parts)
    };
    reading.watch.begin(inputs.size());
    let partials = plan.read_by_all(inputs, &reading, empty)?;
    let whole = partials
        .into_iter()
        .reduce(Partial::merged)
        .unwrap_or_else(empty);
    let interruption = Interruption::of(&reading.watch);
    let counted = whole.into_counted();
    Ok(counted.finish(plan, inputs.names(), &inputs.repeated(), interruption))
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
    let counted = nothing.into_counted();
    counted.finish(&plan, &[], &[], None).document
}

/// The first and the last of some times.
type Times = Option<(Timestamp, Timestamp)>;
