//! The same reports over parts of the events: how much parts differ shows how much of an answer is chance.
//!
//! All events of one subject, or else of one address, are in the same part; which one is told by a hash, so that it is
//! the same in every run. An event of neither is alone, and its part is told by its line.

use super::Plan;
use crate::document::{Document, Section, Value};
use crate::event::{Event, Field, FieldSet};
use crate::report::{Context, Running};
use crate::tally::{Directory, text_hash};

/// Fields by which events are told apart.
pub(super) const FIELDS: FieldSet = FieldSet::of(&[Field::Subject, Field::Ip]);

/// What one worker has counted of each part.
#[derive(Default)]
pub(super) struct Parts {
    parts: Vec<Part>,
}

struct Part {
    events: u64,
    reports: Vec<Running>,
}

impl Parts {
    pub(super) fn new(count: usize, plan: &Plan, directory: &Directory) -> Parts {
        let part = || Part {
            events: 0,
            reports: plan
                .reports
                .iter()
                .map(|report| report.start(&plan.options, directory))
                .collect(),
        };
        Parts {
            parts: std::iter::repeat_with(part).take(count).collect(),
        }
    }

    /// Counts events that the reports of these indexes observe.
    pub(super) fn observe(&mut self, events: &[Event<'_>], observers: &[usize]) {
        if self.parts.is_empty() {
            return;
        }
        for event in events {
            let index = hash(event) % self.parts.len() as u64;
            let part = &mut self.parts[index as usize];
            part.events += 1;
            for index in observers {
                part.reports[*index].observe(std::slice::from_ref(event));
            }
        }
    }

    pub(super) fn merge(&mut self, other: Parts) {
        for (part, other) in self.parts.iter_mut().zip(other.parts) {
            part.events += other.events;
            for (report, other) in part.reports.iter_mut().zip(other.reports) {
                report.merge(other);
            }
        }
    }

    /// What the reports say of each part; of its input no more than how many events it has.
    pub(super) fn finish(self, context: &Context) -> Vec<Document> {
        let document = |part: Part| Document {
            window: Section::new("window", "Window"),
            input: Section::new("input", "Input").fact("events", Value::Count(part.events)),
            reports: part
                .reports
                .into_iter()
                .map(|report| report.finish(context))
                .collect(),
        };
        self.parts.into_iter().map(document).collect()
    }
}

/// What tells an event's part.
fn hash(event: &Event<'_>) -> u64 {
    let text = event.get(Field::Subject).or_else(|| event.get(Field::Ip));
    let hash = match text {
        Some(text) => text_hash(text),
        None => text_hash(&String::from_utf8_lossy(event.line)),
    };
    // The upper half: estimates choose subjects by the other.
    hash >> 32
}
