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

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::super::{Answer, Audience, run_in_parts};
    use super::*;
    use crate::filter::Filter;
    use crate::read::{Input, Inputs, Reading};
    use crate::report::{Options, REPORTS};

    fn answer(log: String, threads: usize) -> Answer {
        let plan = Plan {
            reports: REPORTS.iter().collect(),
            options: Options::default(),
            filter: Filter::default(),
            audience: Audience::default(),
            reading: Reading {
                chunk_size: 512,
                ..Reading::default()
            },
            threads: NonZeroUsize::new(threads).unwrap(),
        };
        let inputs = Inputs::new(vec![Input::reader(
            "log",
            Box::new(std::io::Cursor::new(log)),
        )]);
        run_in_parts(&plan, &inputs, 8).unwrap()
    }

    fn events(document: &Document) -> u64 {
        let mut facts = document.input.facts.iter();
        match facts
            .find(|fact| fact.name == "events")
            .map(|fact| &fact.value)
        {
            Some(Value::Count(count)) => *count,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_event_is_in_one_part_and_those_of_a_subject_in_the_same() {
        let user = |user: usize| {
            format!(
                r#"{{"event":"auth.login","userId":"u{user}","ip":"203.0.113.9","success":true}}"#
            )
        };
        let log = |users: usize| (0..400).map(|line| user(line % users) + "\n").collect();
        let sizes = |users, threads| -> Vec<u64> {
            answer(log(users), threads)
                .parts
                .iter()
                .map(events)
                .collect()
        };
        assert_eq!(sizes(40, 1).iter().sum::<u64>(), 400);
        assert_eq!(sizes(40, 1), sizes(40, 4));
        assert!(sizes(40, 1).iter().all(|size| size % 10 == 0));
        assert!(sizes(40, 1).iter().all(|size| *size > 0));
        let mut one = sizes(1, 2);
        one.sort_unstable();
        assert_eq!(one, [0, 0, 0, 0, 0, 0, 0, 400]);
    }

    #[test]
    fn events_of_nobody_are_told_apart_by_address_and_then_by_line() {
        let sizes = |line: fn(usize) -> String| -> usize {
            let log = (0..400).map(|index| line(index) + "\n").collect();
            let parts = answer(log, 2).parts;
            parts.iter().filter(|part| events(part) > 0).count()
        };
        let one_address = |line| format!(r#"{{"event":"x","n":{line},"ip":"203.0.113.9"}}"#);
        assert_eq!(sizes(one_address), 1);
        assert_eq!(sizes(|line| format!(r#"{{"event":"x","n":{line}}}"#)), 8);
    }
}
