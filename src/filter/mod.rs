//! Which events count.
//!
//! A filter is a list of conditions on fields, and a window of time. Conditions of one subject are alternatives: an event
//! passes if one of them holds, and none of those that are negated. Conditions of different subjects have to hold all.
//! What has no such field meets no condition of it, and so passes where conditions are only negated. An event without a
//! readable time is in no window.

mod condition;

use crate::event::{Event, FieldSet, Timestamp};
pub use condition::Condition;

/// Which events count; by default, all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    groups: Vec<Group>,
    window: Window,
}

/// Conditions of one subject.
#[derive(Clone, Debug)]
struct Group {
    subject: &'static str,
    any: Vec<Condition>,
    none: Vec<Condition>,
}

/// A stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The first moment inside.
    pub from: Option<Timestamp>,
    /// The first moment after it.
    pub to: Option<Timestamp>,
}

/// What a filter does with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It counts.
    Passes,
    /// It would count at another time.
    OutOfWindow,
    /// It does not count.
    Fails,
}

impl Window {
    /// Whether every time is inside.
    pub fn is_open(&self) -> bool {
        *self == Window::default()
    }

    /// Whether this time is inside.
    pub fn holds(&self, time: Option<Timestamp>) -> bool {
        match time {
            None => self.is_open(),
            Some(time) => {
                self.from.is_none_or(|from| from <= time) && self.to.is_none_or(|to| time < to)
            }
        }
    }
}

impl Filter {
    /// Adds a condition of a subject, such as `user`.
    pub fn add(&mut self, subject: &'static str, condition: Condition, negated: bool) {
        let known = self
            .groups
            .iter()
            .position(|group| group.subject == subject);
        let place = known.unwrap_or_else(|| {
            self.groups.push(Group {
                subject,
                any: Vec::new(),
                none: Vec::new(),
            });
            self.groups.len() - 1
        });
        let group = &mut self.groups[place];
        let conditions = if negated {
            &mut group.none
        } else {
            &mut group.any
        };
        conditions.push(condition);
    }

    /// Lets only events of a window pass.
    pub fn within(&mut self, window: Window) {
        self.window = window;
    }

    /// The window of time.
    pub fn window(&self) -> Window {
        self.window
    }

    /// Whether every event passes.
    pub fn is_open(&self) -> bool {
        self.groups.is_empty() && self.window.is_open()
    }

    /// Whether there are conditions of this subject.
    pub fn has(&self, subject: &str) -> bool {
        self.groups.iter().any(|group| group.subject == subject)
    }

    /// Fields whose text is looked at.
    pub fn fields(&self) -> FieldSet {
        let conditions = self.groups.iter().flat_map(Group::conditions);
        conditions.fold(FieldSet::EMPTY, |fields, condition| {
            fields.union(condition.fields())
        })
    }

    /// What becomes of an event.
    pub fn judge(&self, event: &Event<'_>) -> Verdict {
        match self.groups.iter().all(|group| group.lets_pass(event)) {
            false => Verdict::Fails,
            true if self.window.holds(event.time) => Verdict::Passes,
            true => Verdict::OutOfWindow,
        }
    }
}

impl Group {
    fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.any.iter().chain(&self.none)
    }

    fn lets_pass(&self, event: &Event<'_>) -> bool {
        let holds = |condition: &Condition| condition.holds(event);
        (self.any.is_empty() || self.any.iter().any(holds)) && !self.none.iter().any(holds)
    }
}

#[cfg(test)]
mod tests;
