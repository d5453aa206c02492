//! The index: logs as they grow, and answers about them.
//!
//! ```text
//!  logs ─ poll ─▶ days of each view ── snapshot ─▶ sum ─▶ document, kept until the logs change
//!            └──▶ stretches of lines, with their times ─▶ events themselves; what days cannot answer
//! ```
//!
//! A view is whoever asks and what they filter by. Those who are expected have one from the start; any other is made by
//! one scan, kept current from then on, and forgotten when others were asked for since.

mod answers;
mod cache;
mod events;
mod keeping;
mod logs;
mod plans;
mod segments;
#[cfg(test)]
mod tests;
mod views;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use super::{NaiveDay, Only, Question, Who};
use crate::document::{Document, Section};
use crate::engine::{Plan, Snapshot, run};
use crate::event::Timestamp;
use crate::read::Reading;
use crate::report::{REPORTS, ReportEntry};
use crate::zone::Zone;
use answers::Answers;
use cache::Cache;
pub use events::{EventsPage, Place, Row};
use keeping::Keeping;
use logs::Logs;
use plans::is_of_days;
use views::{Key, Views};

/// What the index is of, and what it may take.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Logs that grow, each followed through its rotation.
    pub followed: Vec<PathBuf>,
    /// Files that grow no more: rotated ones, compressed ones.
    pub still: Vec<PathBuf>,
    /// How to read.
    pub reading: Reading,
    /// By whose clocks days begin.
    pub zone: Zone,
    /// How many workers read.
    pub threads: NonZeroUsize,
    /// About how many bytes the names of a view may take; `None` is no limit.
    pub memory_limit: Option<u64>,
    /// How long after its rotation a refresh token may come again.
    pub reuse_grace: Duration,
    /// Those for whom answers are to be ready from the start, beside the operator.
    pub expected: Vec<Who>,
    /// Where states are kept from one run to the next.
    pub cache: Option<PathBuf>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Too many others wait for a scan.
    Busy,
    /// Something went wrong, and what.
    Fault(String),
}

/// See the module.
pub struct Index {
    settings: Settings,
    /// The time at which states take tokens to be active or not; answers are of a later one.
    as_of: Timestamp,
    generation: AtomicU64,
    /// The minute, in seconds since 1970, in which was looked last.
    minute: AtomicI64,
    /// Whether answers are there that are asked for first.
    warm: AtomicBool,
    logs: Mutex<Logs>,
    keeping: Arc<Mutex<Keeping>>,
    views: Views,
    answers: Answers,
    /// How many wait for the logs, to scan them.
    waiting: AtomicU64,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// So many may wait for a scan.
const MOST_WAITING: u64 = 16;

impl Index {
    /// An index of nothing yet.
    pub fn new(settings: Settings) -> Index {
        let mut index = Index::empty(settings);
        let mut who = vec![Who::Operator];
        for expected in &index.settings.expected {
            if !who.contains(expected) {
                who.push(expected.clone());
            }
        }
        let Some(mut cache) = Cache::new(&index.settings, &who) else {
            index.expect(who);
            return index;
        };
        // States know when tokens were taken to be active.
        index.expect(who.clone());
        let found = index.views.with_days(|days| cache.load(days));
        let resumed = found.and_then(|found| {
            let (still, followed) = (&index.settings.still, &index.settings.followed);
            let as_of = Timestamp::new(found.as_of.0, found.as_of.1)?;
            Some((as_of, Logs::resumed(found.logs, still, followed)?))
        });
        match resumed {
            Some((as_of, logs)) => {
                (index.as_of, index.logs) = (as_of, Mutex::new(logs));
                index.generation = AtomicU64::new(1);
            }
            None => {
                index = Index::empty(index.settings.clone());
                index.expect(who);
            }
        }
        *lock(&index.keeping) = Keeping {
            cache: Some(cache),
            ..Keeping::default()
        };
        index
    }

    fn empty(settings: Settings) -> Index {
        Index {
            logs: Mutex::new(Logs::new(&settings.still, &settings.followed)),
            views: Views::new(settings.reading.clone(), settings.threads.get()),
            answers: Answers::default(),
            keeping: Arc::default(),
            as_of: Timestamp::now(),
            generation: AtomicU64::new(0),
            minute: AtomicI64::new(0),
            warm: AtomicBool::new(false),
            waiting: AtomicU64::new(0),
            settings,
        }
    }

    fn expect(&self, all: Vec<Who>) {
        for who in all {
            let key = Key::of(who);
            if let Ok(plan) = self.view_plan(&key) {
                self.views.expect(key, plan);
            }
        }
    }

    /// Reads what is new; true if answers may be others than before.
    pub fn poll(&self) -> bool {
        let mut logs = match self.logs.try_lock() {
            Ok(logs) => logs,
            Err(TryLockError::Poisoned(logs)) => logs.into_inner(),
            // Somebody scans them: what is new is seen next time.
            Err(TryLockError::WouldBlock) => return false,
        };
        let changed = logs.poll(|inputs, first, little| self.views.read(inputs, first, little));
        if changed {
            self.keep_beside(&logs);
        }
        drop(logs);
        let minute = self.now().seconds();
        let passed = self.minute.swap(minute, Ordering::SeqCst) != minute;
        if changed || passed {
            let change = || {
                if changed {
                    self.generation.fetch_add(1, Ordering::SeqCst);
                }
            };
            // Nobody waits for a scan who did not ask for it.
            let make = |question: &Question| match self.is_quick(question) {
                true => self.made(question).map(Arc::new),
                false => Err(Refusal::Busy),
            };
            self.answers.refreshed(change, || self.of(), make);
        }
        if !self.warm.swap(true, Ordering::SeqCst) {
            self.warm_up();
        }
        changed
    }

    /// Whether days that are there answer it.
    fn is_quick(&self, question: &Question) -> bool {
        let key = |token| Key::asked(question, token);
        let known = |token| self.views.has(&key(token));
        let mut reports = question.reports.iter();
        known(None)
            && reports.all(|report| is_of_days(report, question))
            && (question.token.is_none() || known(question.token.as_ref()))
    }

    /// What an answer of now is of.
    fn of(&self) -> (u64, i64) {
        (self.generation(), self.now().seconds())
    }

    /// Sums what is asked for first, so that nobody has to wait for it.
    fn warm_up(&self) {
        let Some((_, last)) = self.window(&Who::Operator) else {
            return;
        };
        let today = NaiveDay(self.settings.zone.day(last.seconds()) + 1);
        for days in [Some(7), Some(30), Some(90), None] {
            let question = Question {
                from: days.map(|days| NaiveDay(today.0 - days)),
                to: days.map(|_| today),
                reports: REPORTS
                    .iter()
                    .filter(|report| report.info.default)
                    .collect(),
                ..Question::of(Who::Operator)
            };
            let _ = self.document(&question);
        }
    }

    /// Which state of the logs answers are of; it grows with every change.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    /// Times of the first and the last event somebody may know of. Owners are told none.
    pub fn window(&self, who: &Who) -> Option<(Timestamp, Timestamp)> {
        if who.owner().is_some() {
            return None;
        }
        let key = Key::of(who.clone());
        self.view(&key).ok()?;
        self.views.window(&key)
    }

    /// What the reports say. It may be of a moment ago, where a newer answer is being made.
    ///
    /// # Errors
    ///
    /// See [`Refusal`].
    pub fn document(&self, question: &Question) -> Result<Arc<Document>, Refusal> {
        self.answers
            .get(question, || self.of(), || self.made(question).map(Arc::new))
    }

    /// Events themselves, newest first: at most so many of those before a place.
    ///
    /// # Errors
    ///
    /// See [`Refusal`].
    pub fn events(
        &self,
        question: &Question,
        before: Option<Place>,
        limit: usize,
    ) -> Result<EventsPage, Refusal> {
        let plan = self.plan(question)?;
        let log = self.wait()?.readable();
        Ok(events::page(&plan, &question.who, &log, before, limit))
    }

    /// What whoever started the server should know, each said once.
    pub fn remarks(&self) -> Vec<String> {
        let mut remarks = self.logs().remarks();
        // Whoever writes has nothing to say yet.
        if let Ok(keeping) = self.keeping.try_lock() {
            remarks.extend(keeping.remark.clone());
        }
        remarks
    }

    fn made(&self, question: &Question) -> Result<Document, Refusal> {
        let plan = self.plan(question)?;
        let token = question.token.as_ref().filter(|_| {
            let asks = |report: &&ReportEntry| report.info.name == "usage";
            question.reports.iter().any(asks)
        });
        let key = |token| Key::asked(question, token);
        let days = self.snapshot(&key(None), question)?;
        let calls = match token {
            Some(_) => Some(self.snapshot(&key(token), question)?),
            None => None,
        };
        let mut document = days
            .answer(&[], &plan.options)
            .map(|answer| answer.document)
            .ok_or_else(|| Refusal::Fault("there is no view".to_owned()))?;
        let mut left: Vec<&'static ReportEntry> = Vec::new();
        let mut sections: Vec<Option<Section>> = Vec::new();
        for report in &question.reports {
            let days = match &calls {
                Some(calls) if report.info.name == "usage" => calls,
                _ => &days,
            };
            let section = match is_of_days(report, question) {
                true => days.answer(&[report], &plan.options),
                false => None,
            };
            let section = section.and_then(|mut answer| answer.document.reports.pop());
            if section.is_none() {
                left.push(report);
            }
            sections.push(section);
        }
        let mut scanned = self.scan(plan, left)?.into_iter();
        let reports = sections.into_iter();
        document.reports = reports
            .filter_map(|section| section.or_else(|| scanned.next()))
            .collect();
        Ok(document)
    }

    /// What days cannot answer is read again, where the window is.
    fn scan(&self, plan: Plan, left: Vec<&'static ReportEntry>) -> Result<Vec<Section>, Refusal> {
        if left.is_empty() {
            return Ok(Vec::new());
        }
        let log = self.wait()?.readable();
        let plan = Plan {
            reports: left,
            ..plan
        };
        let answer = run(&plan, &log.inputs(plan.filter.window()));
        let answer = answer.map_err(|error| Refusal::Fault(error.to_string()))?;
        Ok(answer.document.reports)
    }

    /// The days of a question.
    fn snapshot(&self, key: &Key, question: &Question) -> Result<Snapshot, Refusal> {
        self.view(key)?;
        let day = |day: Option<NaiveDay>| day.map(|NaiveDay(day)| day);
        let (from, to) = (day(question.from), day(question.to));
        let gone = || Refusal::Busy;
        self.views.snapshot(key, from, to).ok_or_else(gone)
    }

    /// Makes a view, if there is none yet.
    fn view(&self, key: &Key) -> Result<(), Refusal> {
        if self.views.has(key) {
            return Ok(());
        }
        // While the logs are held nothing is read of them: the new view begins where all others are.
        let logs = self.wait()?;
        if self.views.has(key) {
            return Ok(());
        }
        let plan = self.view_plan(key)?;
        self.views.make(key.clone(), plan, logs.whole());
        Ok(())
    }

    fn logs(&self) -> MutexGuard<'_, Logs> {
        lock(&self.logs)
    }

    /// The logs, when nobody else reads them; unless too many wait already.
    fn wait(&self) -> Result<MutexGuard<'_, Logs>, Refusal> {
        if self.waiting.fetch_add(1, Ordering::SeqCst) >= MOST_WAITING {
            self.waiting.fetch_sub(1, Ordering::SeqCst);
            return Err(Refusal::Busy);
        }
        let logs = self.logs();
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        Ok(logs)
    }
}
