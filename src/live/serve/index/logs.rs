//! The logs themselves: those that are read once, and those that are followed.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

use super::segments::{Readable, Segments, Source};
use crate::engine::Stretch;
use crate::live::follow::Following;
use crate::read::{Compression, Input, Inputs};

/// See the module.
pub(super) struct Logs {
    still: Vec<PathBuf>,
    following: Following,
    begun: bool,
    segments: Segments,
    remarks: Vec<String>,
}

impl Logs {
    pub(super) fn new(still: &[PathBuf], followed: &[PathBuf]) -> Logs {
        Logs {
            still: still.to_vec(),
            following: Following::new(followed.iter().cloned()),
            begun: false,
            segments: Segments::default(),
            remarks: Vec::new(),
        }
    }

    /// Has what is new read: inputs, the number of the first of them, and whether there is little of it. True if there
    /// was anything.
    pub(super) fn poll(&mut self, read: impl Fn(&Inputs, usize, bool) -> Vec<Stretch>) -> bool {
        let first = !std::mem::replace(&mut self.begun, true);
        if first && !self.still.is_empty() {
            let inputs = self.still();
            self.segments.extend(read(&inputs, 0, false));
            let sources = self.still_sources().zip(&self.still);
            let lost = sources.filter(|(source, _)| source.is_none());
            let remark = lost.map(|(_, path)| format!("{}: it cannot be read", path.display()));
            let remarks: Vec<String> = remark.collect();
            self.remarks.extend(remarks);
        }
        let fresh = self.following.poll();
        if let Some(inputs) = &fresh {
            let little = !first && inputs.size().is_none();
            self.segments.extend(read(inputs, self.still.len(), little));
        }
        for state in self.following.states() {
            if let Some(trouble) = state.trouble {
                let remark = format!("{}: {trouble}", state.path.display());
                if !self.remarks.contains(&remark) {
                    self.remarks.push(remark);
                }
            }
        }
        first || fresh.is_some()
    }

    pub(super) fn remarks(&self) -> Vec<String> {
        self.remarks.clone()
    }

    /// All that was read so far, to read it again; each with the number of its first input.
    pub(super) fn whole(&self) -> Vec<(Inputs, usize)> {
        let names = self.following.names();
        let mut followed: Vec<Input> = names.iter().map(Input::nothing).collect();
        for (index, file, place) in self.following.taken() {
            if place > 0 {
                let index = index as usize;
                followed[index] = Input::part(&names[index], file, 0..place);
            }
        }
        vec![(self.still(), 0), (Inputs::new(followed), self.still.len())]
    }

    /// The stretches of lines that were read, with the files they can be read from.
    pub(super) fn readable(&self) -> Readable {
        let mut sources: Vec<Option<Source>> = self.still_sources().collect();
        sources.resize_with(self.still.len() + self.following.names().len(), || None);
        for (index, file, _) in self.following.taken() {
            let index = self.still.len() + index as usize;
            sources[index] = Some(Source::Lines(Arc::new(file)));
        }
        self.segments.readable(sources)
    }

    fn still(&self) -> Inputs {
        Inputs::new(self.still.iter().map(Input::path).collect())
    }

    fn still_sources(&self) -> impl Iterator<Item = Option<Source>> {
        self.still.iter().map(|path| {
            let file = File::open(path).ok()?;
            let mut head = [0; 4];
            let filled = file.read_at(&mut head, 0).ok()?;
            Some(match Compression::of(&head[..filled]) {
                Some(_) => Source::Packed(path.clone()),
                None => Source::Lines(Arc::new(file)),
            })
        })
    }
}
