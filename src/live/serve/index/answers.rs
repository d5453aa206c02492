//! Answers that were given, kept until the logs change; those that are asked for again and again are made anew before
//! anybody has to wait for them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use super::{Question, Refusal};
use crate::document::Document;

/// So many questions are remembered.
const MOST: usize = 256;

/// An answer is given while a newer one is made, if no longer ago than this it was the newest.
const STALE: Duration = Duration::from_secs(1);

/// A question that was asked no longer ago than this is expected again. Pages ask every few seconds.
const AGAIN: Duration = Duration::from_secs(5);

/// So many questions are answered anew, whether they are asked or not.
const MOST_AGAIN: usize = 16;

/// What an answer is of: a state of the logs, and a time.
type Of = (u64, i64);

/// See the module.
#[derive(Default)]
pub(super) struct Answers {
    slots: Mutex<HashMap<String, Arc<Slot>>>,
    /// Answers are made anew.
    refreshing: AtomicBool,
}

struct Slot {
    question: Question,
    /// Whoever makes the answer holds this.
    making: Mutex<()>,
    given: Mutex<Option<Given>>,
}

#[derive(Clone)]
struct Given {
    of: Of,
    /// When it was asked for last.
    asked: Instant,
    /// When it was the newest, as far as is known.
    newest: Instant,
    answer: Arc<Document>,
}

impl Slot {
    /// What was given, if it is of this; or at least was lately.
    fn given(&self, of: Of, lately: bool) -> Option<Arc<Document>> {
        let now = Instant::now();
        let mut given = lock(&self.given);
        let given = given.as_mut()?;
        given.asked = now;
        if given.of == of {
            given.newest = now;
        } else if !lately || now - given.newest > STALE {
            return None;
        }
        Some(Arc::clone(&given.answer))
    }

    fn asked(&self) -> Option<Instant> {
        lock(&self.given).as_ref().map(|given| given.asked)
    }

    fn is_of(&self, of: Of) -> bool {
        lock(&self.given)
            .as_ref()
            .is_some_and(|given| given.of == of)
    }

    fn put(&self, of: Of, began: Instant, answer: &Arc<Document>) {
        let mut given = lock(&self.given);
        let asked = given.as_ref().map_or(began, |given| given.asked);
        *given = Some(Given {
            of,
            asked,
            newest: began,
            answer: Arc::clone(answer),
        });
    }
}

impl Answers {
    /// The answer that is known of this state, or one that is made. Of several that ask the same at once one makes it, and
    /// the others have what there was a moment ago, or wait.
    pub(super) fn get(
        &self,
        question: &Question,
        of: impl Fn() -> Of,
        make: impl FnOnce() -> Result<Arc<Document>, Refusal>,
    ) -> Result<Arc<Document>, Refusal> {
        let slot = self.slot(question);
        let refreshing = self.refreshing.load(Ordering::SeqCst);
        if let Some(answer) = slot.given(of(), refreshing) {
            return Ok(answer);
        }
        let making = match slot.making.try_lock() {
            Ok(making) => making,
            Err(TryLockError::Poisoned(making)) => making.into_inner(),
            Err(TryLockError::WouldBlock) => {
                if let Some(answer) = slot.given(of(), true) {
                    return Ok(answer);
                }
                lock(&slot.making)
            }
        };
        if let Some(answer) = slot.given(of(), false) {
            return Ok(answer);
        }
        // What changes while it is made makes it stale.
        let (of, began) = (of(), Instant::now());
        let answer = make()?;
        slot.put(of, began, &answer);
        drop(making);
        Ok(answer)
    }

    /// Has the logs change, and then makes answers anew that were asked for lately; until they are there, older ones are
    /// given.
    pub(super) fn refreshed(
        &self,
        change: impl FnOnce(),
        of: impl Fn() -> Of,
        make: impl Fn(&Question) -> Result<Arc<Document>, Refusal>,
    ) {
        /// Until then.
        struct Refreshing<'a>(&'a AtomicBool);
        impl Drop for Refreshing<'_> {
            fn drop(&mut self) {
                self.0.store(false, Ordering::SeqCst);
            }
        }
        self.refreshing.store(true, Ordering::SeqCst);
        let _refreshing = Refreshing(&self.refreshing);
        change();
        for slot in self.asked_lately() {
            let (of, began) = (of(), Instant::now());
            if slot.is_of(of) {
                continue;
            }
            let _making = lock(&slot.making);
            // Who asks makes it, if it cannot be made now.
            if let Ok(answer) = make(&slot.question) {
                slot.put(of, began, &answer);
            }
        }
    }

    /// What was asked for lately, the last first.
    fn asked_lately(&self) -> Vec<Arc<Slot>> {
        let slots = lock(&self.slots);
        let asked = slots
            .values()
            .filter_map(|slot| Some((slot.asked()?, slot)));
        let mut lately: Vec<_> = asked
            .filter(|(asked, _)| asked.elapsed() <= AGAIN)
            .collect();
        lately.sort_unstable_by_key(|(asked, _)| std::cmp::Reverse(*asked));
        let lately = lately.into_iter().take(MOST_AGAIN);
        lately.map(|(_, slot)| Arc::clone(slot)).collect()
    }

    fn slot(&self, question: &Question) -> Arc<Slot> {
        let key = format!("{question:?}");
        let mut slots = lock(&self.slots);
        if let Some(slot) = slots.get(&key) {
            return Arc::clone(slot);
        }
        if slots.len() >= MOST {
            // Half of them, those asked for longest ago: rarely, and at once.
            let mut asked: Vec<_> = slots.values().map(|slot| slot.asked()).collect();
            asked.sort_unstable();
            let median = asked[asked.len() / 2];
            slots.retain(|_, slot| slot.asked() > median);
        }
        let slot = Arc::new(Slot {
            question: question.clone(),
            making: Mutex::default(),
            given: Mutex::default(),
        });
        slots.insert(key, Arc::clone(&slot));
        slot
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::document::Section;
    use crate::live::serve::Who;

    fn document(title: &'static str) -> Arc<Document> {
        Arc::new(Document {
            window: Section::new("window", title),
            input: Section::new("input", ""),
            reports: Vec::new(),
        })
    }

    fn title(answer: Result<Arc<Document>, Refusal>) -> &'static str {
        answer.unwrap().window.title
    }

    #[test]
    fn what_was_asked_for_lately_is_there_before_somebody_asks_again() {
        let (answers, state) = (Answers::default(), Cell::new(0));
        let of = || (state.get(), 0);
        let question = Question::of(Who::Operator);
        let other = Question::of(Who::Tenant("a".to_owned()));
        let first = answers.get(&question, of, || Ok(document("older")));
        assert_eq!(title(first), "older");

        answers.refreshed(
            || state.set(1),
            of,
            |asked| {
                assert_eq!(asked.who, question.who);
                // Meanwhile the older one is given, and what is new is made.
                let older = answers.get(&question, of, || unreachable!());
                assert_eq!(title(older), "older");
                assert!(answers.get(&other, of, || Ok(document("newer"))).is_ok());
                Ok(document("newer"))
            },
        );
        let newer = answers.get(&question, of, || unreachable!());
        assert_eq!(title(newer), "newer");
    }

    #[test]
    fn what_could_not_be_made_anew_is_made_when_it_is_asked_for() {
        let (answers, state) = (Answers::default(), Cell::new(0));
        let of = || (state.get(), 0);
        let question = Question::of(Who::Operator);
        let _ = answers.get(&question, of, || Ok(document("older")));
        answers.refreshed(|| state.set(1), of, |_| Err(Refusal::Busy));
        let newer = answers.get(&question, of, || Ok(document("newer")));
        assert_eq!(title(newer), "newer");
        // Nor does anybody get an older one afterwards.
        state.set(2);
        let refused = answers.get(&question, of, || Err(Refusal::Busy));
        assert_eq!(refused.unwrap_err(), Refusal::Busy);
    }
}
