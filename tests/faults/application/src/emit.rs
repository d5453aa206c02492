//! Threads that emit numbered events.

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Instant, SystemTime};

use authmeter::{Metrics, events};

use crate::control::Control;
use crate::diary::{Diary, Entry, Outcome};
use crate::plan::{Call, Plan};

/// Emits what the plan says, from as many threads, until it is done or told to stop.
pub(crate) fn start(
    plan: &Arc<Plan>,
    metrics: &Metrics,
    control: &Arc<Control>,
) -> Vec<JoinHandle<()>> {
    let one = |index| {
        let (plan, metrics, control) = (Arc::clone(plan), metrics.clone(), Arc::clone(control));
        thread::spawn(move || emit(&plan, index, &metrics, &control).expect("a diary"))
    };
    (0..plan.threads).map(one).collect()
}

/// One thread's events.
pub(crate) fn emit(
    plan: &Plan,
    thread: u32,
    metrics: &Metrics,
    control: &Control,
) -> io::Result<()> {
    let diary = Diary::open(&plan.diary)?;
    for number in 0..plan.events {
        let Some(_going) = control.go() else {
            break;
        };
        let padding = pad(number, plan.sizes.of(number));
        let dropped = metrics.stats().dropped;
        let (start, clock) = (SystemTime::now(), Instant::now());
        let draft = events::token_used()
            .success()
            .user(&plan.writer)
            .meta("thread", u64::from(thread))
            .meta("n", number)
            .meta("size", padding.len())
            .meta("padding", padding.as_str());
        let is_refused = match plan.call {
            Call::Emit => {
                draft.emit_to(metrics);
                false
            }
            Call::Durable => draft.emit_durable_to(metrics).is_err(),
        };
        let took = clock.elapsed();
        let is_lost = plan.threads == 1 && metrics.stats().dropped > dropped;
        let outcome = match (is_refused, is_lost) {
            (true, _) => Outcome::Refused,
            (false, true) => Outcome::Dropped,
            (false, false) => Outcome::Returned,
        };
        diary.note(&Entry {
            thread,
            number,
            outcome,
            start,
            took,
        })?;
        if !plan.pace.is_zero() {
            thread::sleep(plan.pace);
        }
    }
    Ok(())
}

/// Padding of so many bytes that only this number has: the number and a dash, again and again.
fn pad(number: u64, length: u64) -> String {
    let length = usize::try_from(length).unwrap_or(0);
    let unit = format!("{number}-");
    let mut padding = unit.repeat(length / unit.len() + 1);
    padding.truncate(length);
    padding
}
