//! The logs themselves: those that are read once, and those that are followed.

use std::fs::File;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::segments::{Readable, Segments, Source};
use crate::engine::Stretch;
use crate::live::follow::{Following, Mark};
use crate::live::is_little;
use crate::read::{Compression, Input, Inputs};

/// What was read, at rest.
#[derive(Serialize, Deserialize)]
pub(super) struct SavedLogs {
    /// Each file that was read once, and which it is.
    still: Vec<(PathBuf, Identity)>,
    names: Vec<String>,
    marks: Vec<Mark>,
    segments: Segments,
}

/// Which file it is: its device, its number there, its bytes, when it was last written to.
type Identity = Option<(u64, u64, u64, i64, i64)>;

fn identity(path: &Path) -> Identity {
    let metadata = path.metadata().ok()?;
    let changed = (metadata.mtime(), metadata.mtime_nsec());
    Some((
        metadata.dev(),
        metadata.ino(),
        metadata.len(),
        changed.0,
        changed.1,
    ))
}

fn lengths(paths: &[PathBuf]) -> Vec<Option<u64>> {
    let lengths = paths.iter().map(|path| identity(path).map(|known| known.2));
    lengths.collect()
}

/// How a file is packed, if it can be read: not at all, or so.
fn compression(file: &File) -> Option<Option<Compression>> {
    let mut head = [0; 4];
    let filled = file.read_at(&mut head, 0).ok()?;
    Some(Compression::of(&head[..filled]))
}

/// See the module.
pub(super) struct Logs {
    still: Vec<PathBuf>,
    /// Bytes of each, as it was found.
    lengths: Vec<Option<u64>>,
    following: Following,
    begun: bool,
    segments: Segments,
    remarks: Vec<String>,
}

impl Logs {
    pub(super) fn new(still: &[PathBuf], followed: &[PathBuf]) -> Logs {
        Logs {
            lengths: lengths(still),
            still: still.to_vec(),
            following: Following::new(followed.iter().cloned()),
            begun: false,
            segments: Segments::default(),
            remarks: Vec::new(),
        }
    }

    /// What was read, to be kept.
    pub(super) fn save(&self) -> SavedLogs {
        let still = self.still.iter();
        SavedLogs {
            still: still.map(|path| (path.clone(), identity(path))).collect(),
            names: self.following.names().to_vec(),
            marks: self.following.marks(),
            segments: self.segments.clone(),
        }
    }

    /// Goes on from what was kept; `None` if the files are others.
    pub(super) fn resumed(
        saved: SavedLogs,
        still: &[PathBuf],
        followed: &[PathBuf],
    ) -> Option<Logs> {
        let same = |(saved, path): (&(PathBuf, Identity), &PathBuf)| {
            saved.0 == *path && saved.1.is_some() && saved.1 == identity(path)
        };
        if saved.still.len() != still.len() || !saved.still.iter().zip(still).all(same) {
            return None;
        }
        let paths = followed.iter().cloned();
        Some(Logs {
            lengths: lengths(still),
            still: still.to_vec(),
            following: Following::resumed(paths, saved.names, saved.marks)?,
            begun: true,
            segments: saved.segments,
            remarks: Vec::new(),
        })
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
        let fresh = self.following.poll().map(Inputs::new);
        if let Some(inputs) = &fresh {
            let little = !first && is_little(inputs);
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

    /// As they were when they were read first: some grow nevertheless, and every view is to be of the same lines.
    fn still(&self) -> Inputs {
        let input = |(path, length): (&PathBuf, &Option<u64>)| {
            let plain = File::open(path).ok().zip(*length);
            let plain = plain.filter(|(file, _)| compression(file) == Some(None));
            match plain {
                Some((file, length)) => Input::part(path.display().to_string(), file, 0..length),
                None => Input::path(path),
            }
        };
        let still = self.still.iter().zip(&self.lengths);
        Inputs::new(still.map(input).collect())
    }

    fn still_sources(&self) -> impl Iterator<Item = Option<Source>> {
        self.still.iter().map(|path| {
            let file = File::open(path).ok()?;
            Some(match compression(&file)? {
                Some(_) => Source::Packed(path.clone()),
                None => Source::Lines(Arc::new(file)),
            })
        })
    }
}
