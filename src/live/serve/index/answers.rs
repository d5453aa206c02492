//! Answers that were given, kept until the logs change.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use super::Refusal;
use crate::document::Document;

/// So many questions are remembered.
const MOST: usize = 256;

/// An older answer is not given while a newer one is made.
const STALE: Duration = Duration::from_secs(1);

/// What an answer is of: a state of the logs, and a time.
type Of = (u64, i64);

/// See the module.
#[derive(Default)]
pub(super) struct Answers(Mutex<HashMap<String, Arc<Slot>>>);

#[derive(Default)]
struct Slot {
    /// Whoever makes the answer holds this.
    making: Mutex<()>,
    given: Mutex<Option<Given>>,
}

#[derive(Clone)]
struct Given {
    of: Of,
    at: Instant,
    answer: Arc<Document>,
}

impl Slot {
    fn given(&self) -> Option<Given> {
        lock(&self.given).clone()
    }
}

impl Answers {
    /// The answer that is known of this generation, or one that is made. Of several that ask the same at once one makes
    /// it, and the others have what there was a moment ago, or wait.
    pub(super) fn get(
        &self,
        question: &str,
        of: impl Fn() -> Of,
        make: impl FnOnce() -> Result<Arc<Document>, Refusal>,
    ) -> Result<Arc<Document>, Refusal> {
        let slot = self.slot(question);
        let current = |given: &Given| given.of == of();
        if let Some(given) = slot.given().filter(current) {
            return Ok(given.answer);
        }
        let making = match slot.making.try_lock() {
            Ok(making) => making,
            Err(TryLockError::Poisoned(making)) => making.into_inner(),
            Err(TryLockError::WouldBlock) => {
                let fresh = |given: &Given| given.at.elapsed() < STALE;
                if let Some(given) = slot.given().filter(fresh) {
                    return Ok(given.answer);
                }
                lock(&slot.making)
            }
        };
        if let Some(given) = slot.given().filter(current) {
            return Ok(given.answer);
        }
        // What changes while it is made makes it stale.
        let (of, at) = (of(), Instant::now());
        let answer = make()?;
        *lock(&slot.given) = Some(Given {
            of,
            at,
            answer: Arc::clone(&answer),
        });
        drop(making);
        Ok(answer)
    }

    fn slot(&self, question: &str) -> Arc<Slot> {
        let mut slots = lock(&self.0);
        if let Some(slot) = slots.get(question) {
            return Arc::clone(slot);
        }
        if slots.len() >= MOST {
            // Half of them, the oldest answers: rarely, and at once.
            let mut ages: Vec<Option<Instant>> = slots
                .values()
                .map(|slot| slot.given().map(|given| given.at))
                .collect();
            ages.sort_unstable();
            let median = ages[ages.len() / 2];
            slots.retain(|_, slot| slot.given().map(|given| given.at) > median);
        }
        let slot = Arc::<Slot>::default();
        slots.insert(question.to_owned(), Arc::clone(&slot));
        slot
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
