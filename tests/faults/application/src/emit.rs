//! Threads that emit numbered events.

use std::thread;
use std::time::{Instant, SystemTime};

use authmeter::{Metrics, fields};

use crate::control::Control;
use crate::diary::{Diary, Entry, Outcome};
use crate::plan::Plan;

/// Emits what the plan says, from as many threads, until it is done or told to stop.
pub(crate) fn from_threads(plan: &Plan, metrics: &Metrics, control: &Control) {
    let diary = Diary::open(&plan.diary).expect("a diary");
    thread::scope(|scope| {
        for index in 0..plan.threads {
            let diary = &diary;
            scope.spawn(move || emit(plan, index, metrics, control, diary));
        }
    });
}

fn emit(plan: &Plan, index: u32, metrics: &Metrics, control: &Control, diary: &Diary) {
    let mut padding = String::new();
    for number in 0..plan.events {
        let Some(_going) = control.go() else {
            return;
        };
        pad(&mut padding, number, plan.sizes.of(number));
        let dropped = metrics.stats().dropped;
        let (start, clock) = (SystemTime::now(), Instant::now());
        let about = fields()
            .user(&plan.writer)
            .meta("thread", u64::from(index))
            .meta("n", number)
            .meta("size", padding.len())
            .meta("padding", padding.as_str());
        metrics.track_success("token.used", about);
        let took = clock.elapsed();
        let is_lost = plan.threads == 1 && metrics.stats().dropped > dropped;
        let entry = Entry {
            thread: index,
            number,
            outcome: if is_lost {
                Outcome::Dropped
            } else {
                Outcome::Returned
            },
            start,
            took,
        };
        diary.note(&entry).expect("an entry in the diary");
        if !plan.pace.is_zero() {
            thread::sleep(plan.pace);
        }
    }
}

/// Padding of so many bytes that only this number has: the number and a dash, again and again.
fn pad(padding: &mut String, number: u64, length: u64) {
    let length = usize::try_from(length).unwrap_or(0);
    let unit = format!("{number}-");
    *padding = unit.repeat(length / unit.len() + 1);
    padding.truncate(length);
}
