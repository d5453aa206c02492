//! Reports of different types in one list: the registry's rows, and the only downcast.

use std::any::Any;
use std::fmt;

use super::{Context, Info, Kinds, Options, Report};
use crate::document::Section;
use crate::event::Event;
use crate::tally::Directory;

/// A report as it was when it was packed, and what stands behind it.
type Unpacked<'b> = (Running, &'b [u8]);

/// One row of the registry.
pub struct ReportEntry {
    /// What the report is.
    pub info: &'static Info,
    kinds: fn(&Options) -> Kinds,
    start: fn(&Options, &Directory) -> Running,
    load: fn(&str) -> serde_json::Result<Running>,
    unpack: fn(&[u8]) -> postcard::Result<Unpacked<'_>>,
}

impl ReportEntry {
    /// The kinds of event the report observes under these options.
    pub fn kinds(&self, options: &Options) -> Kinds {
        (self.kinds)(options)
    }

    /// A report that has seen nothing and will see events whose ids are those of `directory`.
    pub fn start(&self, options: &Options, directory: &Directory) -> Running {
        (self.start)(options, directory)
    }

    /// A report as it was when its state was saved.
    ///
    /// # Errors
    ///
    /// The text is no state of this report.
    pub fn load(&self, state: &str) -> serde_json::Result<Running> {
        (self.load)(state)
    }

    /// A report as it was when it was [packed](Running::pack), and what stands behind it: within the same lexicon, if
    /// there was one.
    ///
    /// # Errors
    ///
    /// The bytes do not begin with a state of this report.
    pub fn unpack<'b>(&self, bytes: &'b [u8]) -> postcard::Result<Unpacked<'b>> {
        (self.unpack)(bytes)
    }
}

impl fmt::Debug for ReportEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReportEntry").field(&self.info.name).finish()
    }
}

/// The registry's row for a report.
pub(super) const fn entry<R: Report>() -> ReportEntry {
    ReportEntry {
        info: &R::INFO,
        kinds: R::kinds,
        start: |options, directory| Running(Box::new(State(R::new(options, directory)))),
        load: |state| Ok(Running(Box::new(State(serde_json::from_str::<R>(state)?)))),
        unpack: |bytes| {
            let (state, rest) = postcard::take_from_bytes::<R>(bytes)?;
            Ok((Running(Box::new(State(state))), rest))
        },
    }
}

/// A report of any type while it reads. A copy goes on by itself.
#[derive(Clone)]
pub struct Running(Box<dyn AnyReport>);

impl Running {
    /// Counts a batch of events of one of the report's kinds.
    pub fn observe(&mut self, events: &[Event<'_>]) {
        self.0.observe(events);
    }

    /// Adds another state of the same report and options.
    ///
    /// # Panics
    ///
    /// The other is a different report.
    pub fn merge(&mut self, other: Running) {
        self.0.merge(other.0);
    }

    /// Adds another state, which stays.
    ///
    /// # Panics
    ///
    /// As for [`merge`](Self::merge).
    pub fn add(&mut self, other: &Running) {
        self.0.add(&*other.0);
    }

    /// Sums of it and answers take less time from now on: see [`Report::settle`].
    pub fn settle(&mut self) {
        self.0.settle();
    }

    /// Answers under these options, as far as the state allows for others than it was started with: see [`Report::adapt`].
    pub fn adapt(&mut self, options: &Options) {
        self.0.adapt(options);
    }

    /// The state as JSON: the same events give the same text, in whatever order they came.
    ///
    /// # Errors
    ///
    /// Those of the serialiser; the product's reports have none.
    pub fn save(&self) -> serde_json::Result<String> {
        self.0.save()
    }

    /// The state in few bytes, which tell nobody else anything: of this very version of the program. Within a
    /// [`Lexicon`](crate::tally::Lexicon) its texts are numbers.
    ///
    /// # Errors
    ///
    /// Those of the serialiser; the product's reports have none.
    pub fn pack(&self) -> postcard::Result<Vec<u8>> {
        self.0.pack()
    }

    /// The answer.
    pub fn finish(self, context: &Context) -> Section {
        self.0.finish(context)
    }
}

trait AnyReport: Send + Sync + Any {
    fn copy(&self) -> Box<dyn AnyReport>;
    fn observe(&mut self, events: &[Event<'_>]);
    fn merge(&mut self, other: Box<dyn AnyReport>);
    fn add(&mut self, other: &dyn AnyReport);
    fn settle(&mut self);
    fn adapt(&mut self, options: &Options);
    fn save(&self) -> serde_json::Result<String>;
    fn pack(&self) -> postcard::Result<Vec<u8>>;
    fn finish(self: Box<Self>, context: &Context) -> Section;
}

impl Clone for Box<dyn AnyReport> {
    fn clone(&self) -> Self {
        (**self).copy()
    }
}

struct State<R>(R);

impl<R: Report> AnyReport for State<R> {
    fn copy(&self) -> Box<dyn AnyReport> {
        Box::new(State(self.0.clone()))
    }

    fn observe(&mut self, events: &[Event<'_>]) {
        self.0.observe(events);
    }

    fn merge(&mut self, other: Box<dyn AnyReport>) {
        let other: Box<dyn Any> = other;
        match other.downcast::<State<R>>() {
            Ok(other) => self.0.merge(other.0),
            Err(_) => another(R::INFO.name),
        }
    }

    fn add(&mut self, other: &dyn AnyReport) {
        let other: &dyn Any = other;
        match other.downcast_ref::<State<R>>() {
            Some(other) => self.0.add(&other.0),
            None => another(R::INFO.name),
        }
    }

    fn settle(&mut self) {
        self.0.settle();
    }

    fn adapt(&mut self, options: &Options) {
        self.0.adapt(options);
    }

    fn save(&self) -> serde_json::Result<String> {
        serde_json::to_string(&self.0)
    }

    fn pack(&self) -> postcard::Result<Vec<u8>> {
        postcard::to_allocvec(&self.0)
    }

    fn finish(self: Box<Self>, context: &Context) -> Section {
        self.0.finish(context)
    }
}

fn another(report: &str) -> ! {
    panic!("a state of another report was merged into `{report}`")
}
