//! Where lines stand, by the times of their events: what a window needs is read again without the rest.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::engine::Stretch;
use crate::event::Timestamp;
use crate::filter::Window;
use crate::read::{Input, Inputs};

/// Stretches that grow line by line are joined up to this many bytes.
const SIZE: u64 = 1 << 20;

/// What the lines of an input can be read from.
#[derive(Clone)]
pub(super) enum Source {
    /// By place.
    Lines(Arc<File>),
    /// From the start.
    Packed(PathBuf),
}

/// All stretches, in the order of the inputs and of places.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Segments {
    /// By input.
    stretches: Vec<Vec<Stretch>>,
}

impl Segments {
    pub(super) fn extend(&mut self, fresh: Vec<Stretch>) {
        for stretch in fresh {
            let input = stretch.input as usize;
            if self.stretches.len() <= input {
                self.stretches.resize_with(input + 1, Vec::new);
            }
            let known = &mut self.stretches[input];
            match known.last_mut() {
                Some(last) if stretch.bytes.end.saturating_sub(last.bytes.start) <= SIZE => {
                    join(last, &stretch);
                }
                _ => known.push(stretch),
            }
        }
    }

    pub(super) fn readable(&self, sources: Vec<Option<Source>>) -> Readable {
        let stretches = self.stretches.iter().flatten().cloned();
        Readable {
            stretches: stretches.collect(),
            sources,
        }
    }
}

fn join(last: &mut Stretch, next: &Stretch) {
    last.bytes.end = last.bytes.end.max(next.bytes.end);
    last.undated += next.undated;
    last.window = match (last.window, next.window) {
        (Some(one), Some(other)) => Some((one.0.min(other.0), one.1.max(other.1))),
        (one, other) => one.or(other),
    };
}

/// Stretches, and what they can be read from.
pub(super) struct Readable {
    pub(super) stretches: Vec<Stretch>,
    pub(super) sources: Vec<Option<Source>>,
}

/// Whether a stretch may have events of a window.
pub(super) fn overlaps(stretch: &Stretch, window: Window) -> bool {
    let after = |from: Timestamp| stretch.window.is_some_and(|(_, last)| from <= last);
    let before = |to: Timestamp| stretch.window.is_some_and(|(first, _)| first < to);
    window.from.is_none_or(after) && window.to.is_none_or(before)
}

impl Readable {
    /// An input for a stretch: only it, or all of what is packed. `None` if it cannot be read any more.
    pub(super) fn input(&self, stretch: &Stretch) -> Option<Input> {
        match self.source(stretch.input)? {
            Source::Lines(file) => {
                let file = file.try_clone().ok()?;
                Some(Input::part("log", file, stretch.bytes.clone()))
            }
            Source::Packed(path) => Some(Input::path(path)),
        }
    }

    /// What an input can be read from, if it still can.
    pub(super) fn source(&self, input: u32) -> Option<&Source> {
        self.sources.get(input as usize)?.as_ref()
    }

    fn is_packed(&self, input: u32) -> bool {
        matches!(self.source(input), Some(Source::Packed(_)))
    }

    /// These stretches; of those of a packed input, which stand for all of it, only the first.
    pub(super) fn distinct<'s>(&self, stretches: Vec<&'s Stretch>) -> Vec<&'s Stretch> {
        let mut seen = Vec::new();
        let is_new = |stretch: &&Stretch| {
            let again = seen.contains(&stretch.input);
            if self.is_packed(stretch.input) && !again {
                seen.push(stretch.input);
            }
            !again
        };
        stretches.into_iter().filter(is_new).collect()
    }

    /// What may have events of a window, each stretch an input of its own; what is packed stands for all of its.
    pub(super) fn inputs(&self, window: Window) -> Inputs {
        let mut inputs = Vec::new();
        let mut joined: Option<Stretch> = None;
        for stretch in &self.stretches {
            if !overlaps(stretch, window) {
                continue;
            }
            let packed = self.is_packed(stretch.input);
            match &mut joined {
                Some(last) if last.input == stretch.input => {
                    let beside = stretch.bytes.start <= last.bytes.end + SIZE;
                    if packed || beside {
                        join(last, stretch);
                        continue;
                    }
                }
                _ => {}
            }
            let before = joined.replace(stretch.clone());
            inputs.extend(before.and_then(|stretch| self.input(&stretch)));
        }
        inputs.extend(joined.and_then(|stretch| self.input(&stretch)));
        Inputs::new(inputs)
    }
}
