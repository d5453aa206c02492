//! The index: logs as they grow, and answers about them.

mod events;

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Question, Who};
use crate::document::Document;
use crate::engine::{Plan, run};
use crate::event::Timestamp;
use crate::live::follow::Following;
use crate::read::{Input, Inputs, Reading};
use crate::report::Options;
use crate::zone::Zone;
pub use events::{EventsPage, Place, Row};

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
    /// About how many bytes names may take; `None` is no limit.
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
    generation: AtomicU64,
    state: Mutex<State>,
}

struct State {
    following: Following,
    answers: HashMap<String, Arc<Document>>,
    windows: HashMap<Who, (Timestamp, Timestamp)>,
    begun: bool,
}

impl Index {
    /// An index of nothing yet.
    pub fn new(settings: Settings) -> Index {
        let following = Following::new(settings.followed.clone());
        Index {
            settings,
            generation: AtomicU64::new(0),
            state: Mutex::new(State {
                following,
                answers: HashMap::new(),
                windows: HashMap::new(),
                begun: false,
            }),
        }
    }

    /// Reads what is new; true if answers may be others than before.
    pub fn poll(&self) -> bool {
        let mut state = self.state();
        let first = !std::mem::replace(&mut state.begun, true);
        let changed = state.following.poll().is_some() || first;
        if changed {
            state.answers.clear();
            state.windows.clear();
            self.generation.fetch_add(1, Ordering::SeqCst);
        }
        changed
    }

    /// Which state of the logs answers are of; it grows with every change.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    /// Times of the first and the last event somebody may know of.
    pub fn window(&self, who: &Who) -> Option<(Timestamp, Timestamp)> {
        if who.owner().is_some() {
            return None;
        }
        if let Some(window) = self.state().windows.get(who) {
            return Some(*window);
        }
        let question = Question {
            who: who.clone(),
            from: None,
            to: None,
            only: super::Only::default(),
            reports: Vec::new(),
            top: 1,
            every: None,
            token: None,
            page: 1,
            limit: 1,
        };
        let plan = self.plan(&question).ok()?;
        let window = run(&plan, &self.inputs()).ok()?.at_any_time?;
        self.state().windows.insert(who.clone(), window);
        Some(window)
    }

    /// What the reports say.
    ///
    /// # Errors
    ///
    /// See [`Refusal`].
    pub fn document(&self, question: &Question) -> Result<Arc<Document>, Refusal> {
        let key = format!("{question:?}");
        if let Some(known) = self.state().answers.get(&key) {
            return Ok(Arc::clone(known));
        }
        let plan = self.plan(question)?;
        let answer =
            run(&plan, &self.inputs()).map_err(|error| Refusal::Fault(error.to_string()))?;
        let document = Arc::new(answer.document);
        self.state().answers.insert(key, Arc::clone(&document));
        Ok(document)
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
        Ok(events::scan(
            &plan,
            &question.who,
            &self.inputs(),
            before,
            limit,
        ))
    }

    /// What whoever started the server should know, each said once.
    pub fn remarks(&self) -> Vec<String> {
        Vec::new()
    }

    fn plan(&self, question: &Question) -> Result<Plan, Refusal> {
        let settings = &self.settings;
        let mut filter = question
            .filter()
            .map_err(|(name, what)| Refusal::Fault(format!("{name}: {what}")))?;
        filter.within(question.window(settings.zone));
        Ok(Plan {
            reports: question.reports.clone(),
            options: Options {
                every: question.every,
                zone: settings.zone,
                memory_limit: settings.memory_limit,
                top: question.top,
                limit: question.limit,
                page: question.page,
                token: question.token.clone(),
                owner: question.who.owner().map(str::to_owned),
                reuse_grace: settings.reuse_grace,
                ..Options::default()
            },
            filter,
            audience: question.who.audience(),
            reading: settings.reading.clone(),
            threads: settings.threads,
        })
    }

    fn inputs(&self) -> Inputs {
        let settings = &self.settings;
        let paths = settings.still.iter().chain(&settings.followed);
        Inputs::new(paths.map(Input::path).collect())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
