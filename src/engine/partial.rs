//! What one worker counts, and what all have counted.

use super::account::Tally;
use super::parts::Parts;
use super::sift::{Sift, extend, extend_by};
use super::{Answer, Audience, Interruption, Plan, Times};
use crate::document::{Document, Section, Value};
use crate::event::{Event, FieldSet, Kind, Wanted};
use crate::read::{ChunkAccount, Consumer, Rejected, Repeated};
use crate::report::{Context, Options, ReportEntry, Running};
use crate::tally::{Directory, Identifying};

/// A worker that counts.
pub(super) struct Partial {
    sift: Sift,
    identifying: Identifying,
    /// Indexes of the reports that observe a kind, by kind.
    observers: Vec<Vec<usize>>,
    reports: Vec<Running>,
    account: Tally,
    window: Times,
    parts: Parts,
}

impl Partial {
    pub(super) fn new(plan: &Plan, directory: &Directory, inputs: usize) -> Partial {
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
            account: Tally::new(inputs),
            window: None,
            parts: Parts::default(),
        }
    }

    /// The same, which counts for parts too.
    pub(super) fn with(self, parts: Parts) -> Partial {
        Partial { parts, ..self }
    }

    pub(super) fn merged(mut self, other: Partial) -> Partial {
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

    /// Begins an account of so many inputs, and returns the one until now.
    pub(super) fn take_account(&mut self, inputs: usize) -> Tally {
        std::mem::replace(&mut self.account, Tally::new(inputs))
    }

    /// What it has counted.
    pub(super) fn into_counted(self) -> Counted {
        Counted {
            at_any_time: self.sift.at_any_time(self.window),
            reports: self.reports,
            account: self.account,
            window: self.window,
            parts: self.parts,
        }
    }

    /// A copy of what it has counted until now, but for its account and its parts.
    pub(super) fn counted(&self) -> Counted {
        Counted {
            at_any_time: self.sift.at_any_time(self.window),
            reports: self.reports.clone(),
            account: Tally::new(0),
            window: self.window,
            parts: Parts::default(),
        }
    }
}

/// What has been counted, by one worker or by all.
pub(super) struct Counted {
    reports: Vec<Running>,
    pub(super) account: Tally,
    window: Times,
    at_any_time: Times,
    parts: Parts,
}

impl Counted {
    /// What others have counted for it.
    pub(super) fn of(reports: Vec<Running>, account: Tally, window: Times) -> Counted {
        Counted {
            at_any_time: window,
            reports,
            account,
            window,
            parts: Parts::default(),
        }
    }

    /// With what another worker has counted, but for its account and its parts.
    pub(super) fn merged(mut self, other: Counted) -> Counted {
        for (report, other) in self.reports.iter_mut().zip(other.reports) {
            report.merge(other);
        }
        for (times, others) in [
            (&mut self.window, other.window),
            (&mut self.at_any_time, other.at_any_time),
        ] {
            if let Some((first, last)) = others {
                extend(times, first, last);
            }
        }
        self
    }

    pub(super) fn finish(
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
            at_any_time: self.at_any_time,
            parts: self.parts.finish(&context),
        }
    }
}

/// First and last event time, and the time between them.
pub(super) fn window_section(window: Times) -> Section {
    let elapsed = Context { window }.elapsed();
    let fact = |value: Option<Value>| value.unwrap_or(Value::Missing);
    Section::new("window", "Window")
        .fact("first", fact(window.map(|(first, _)| Value::time(first))))
        .fact("last", fact(window.map(|(_, last)| Value::time(last))))
        .fact("elapsed", fact(window.map(|_| Value::Span(elapsed))))
}

/// What these reports want of the events they observe.
pub(super) fn wanted(
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

impl Partial {
    /// Counts those events of a batch that count, and returns them.
    pub(super) fn count<'b, 'e>(&mut self, batch: &'b mut [Event<'e>]) -> &'b [Event<'e>] {
        let input = batch.first().map_or(0, |event| event.position.input);
        let kept = self.sift.sift(batch);
        self.account.filtered(input, (batch.len() - kept) as u64);
        let batch = &mut batch[..kept];
        let Some(kind) = batch.first().map(|event| event.kind) else {
            return batch;
        };
        let dated = extend_by(&mut self.window, batch);
        self.account.events(input, kept as u64, dated);
        self.identifying.identify(batch);
        let observers = &self.observers[kind.index()];
        for index in observers {
            self.reports[*index].observe(batch);
        }
        self.parts.observe(batch, observers);
        batch
    }
}

impl Consumer for Partial {
    fn events(&mut self, batch: &mut [Event<'_>]) {
        self.count(batch);
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
