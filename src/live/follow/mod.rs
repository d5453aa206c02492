//! Files that are followed while they grow, and while others rotate them.
//!
//! ```text
//!  path ──▶ generation 1 ── renamed away: read on until nobody writes to it any more
//!           generation 2 ── cut to nothing (copytruncate): what was not read yet is taken from the copy
//!           generation 3 ── lived and went between two looks: found by its name beside the path
//!           generation 4 ── what the path leads to now
//! ```
//!
//! A generation is one file from its start, or from where it was cut; each is an input of its own, so that its lines have
//! the numbers and places they have in the file. Only whole lines are taken: a torn last line is held until its end
//! comes, or until nothing more can come.
//!
//! Looking is polling: a few calls of the system for each path, ten times a second, cost less than a thousandth of a core,
//! and see the same on network file systems and in containers, where notifications do not arrive.
//!
//! What cannot be seen: what a writer without `O_APPEND` puts over bytes that were read; a file that is cut and grows
//! past the old place with the same first and last 256 bytes; what a program writes between the copy and the cut of
//! copytruncate, which is in neither file.

mod generation;
mod shelf;
mod siblings;
#[cfg(test)]
mod tests;
mod trail;

use std::path::PathBuf;
use std::time::Duration;

use crate::read::Input;
pub use trail::Mark;
use trail::Trail;

/// Follows some paths.
pub struct Following {
    trails: Vec<Trail>,
    /// Of every generation, in the order they were met.
    names: Vec<String>,
    /// The trail that is looked at next.
    next: usize,
    /// Whether some were not looked at the last time.
    behind: bool,
}

/// How a path is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The path.
    pub path: PathBuf,
    /// How many generations it had.
    pub generations: u32,
    /// Bytes of the latest one that were taken.
    pub place: u64,
    /// Why there is nothing to read at the moment.
    pub trouble: Option<String>,
}

/// What is new of a generation.
enum Content {
    /// Whole lines, taken out of the file.
    Bytes(Vec<u8>, u64),
    /// So much that it is better read in parallel.
    Range(std::fs::File, std::ops::Range<u64>),
}

/// What is new, by index of the generation.
type Fresh = Vec<(u32, Content)>;

impl Following {
    /// How long a file that was removed is read on after it last grew.
    pub const REMOVED: Duration = Duration::from_secs(60);

    /// These paths, each from its start, whether there is a file yet or not.
    pub fn new(paths: impl IntoIterator<Item = PathBuf>) -> Following {
        Following {
            trails: paths.into_iter().map(Trail::new).collect(),
            names: Vec::new(),
            next: 0,
            behind: false,
        }
    }

    /// Goes on where another left off, whose generations had these names; `None` if a file that it was at is not there any
    /// more, or is not what was read.
    pub fn resumed(
        paths: impl IntoIterator<Item = PathBuf>,
        names: Vec<String>,
        marks: Vec<Mark>,
    ) -> Option<Following> {
        let mut trails: Vec<Trail> = paths.into_iter().map(Trail::new).collect();
        if trails.len() != marks.len() {
            return None;
        }
        for (trail, mark) in trails.iter_mut().zip(marks) {
            trail.resume(mark)?;
        }
        Some(Following {
            trails,
            names,
            next: 0,
            behind: false,
        })
    }

    /// Where each path has been read to.
    pub fn marks(&self) -> Vec<Mark> {
        self.trails.iter().map(Trail::mark).collect()
    }

    /// Looks, and returns what is new: an input for each generation there was, by its index, with the whole lines that are
    /// new. `None` if there are none.
    pub fn poll(&mut self) -> Option<Vec<Input>> {
        self.look(Trail::poll)
    }

    /// Looks a last time: what remains without a line's end is a line, too.
    pub fn finish(&mut self) -> Option<Vec<Input>> {
        self.look(Trail::finish)
    }

    /// Looks, and returns what is new: whole lines, by the index of their generation. It stops looking where it holds about
    /// `most` bytes, and goes on from there the next time: of many files, however much is new, no more is in memory.
    pub fn poll_some(&mut self, most: u64) -> Vec<(u32, Input)> {
        let mut fresh = Fresh::new();
        let count = self.trails.len();
        let mut looked = 0;
        while looked < count && held(&fresh) < most {
            self.trails[self.next].poll(&mut self.names, &mut fresh);
            self.next = (self.next + 1) % count;
            looked += 1;
        }
        self.behind = looked < count;
        self.new_inputs(fresh)
    }

    /// Whether there were files that were not looked at the last time.
    pub fn is_behind(&self) -> bool {
        self.behind
    }

    /// Looks a last time, as [`finish`](Following::finish) does.
    pub fn finish_new(&mut self) -> Vec<(u32, Input)> {
        self.look_for_new(Trail::finish)
    }

    fn look(&mut self, look: fn(&mut Trail, &mut Vec<String>, &mut Fresh)) -> Option<Vec<Input>> {
        let fresh = self.look_for_new(look);
        (!fresh.is_empty()).then(|| self.inputs(fresh))
    }

    fn look_for_new(
        &mut self,
        look: fn(&mut Trail, &mut Vec<String>, &mut Fresh),
    ) -> Vec<(u32, Input)> {
        let mut fresh = Fresh::new();
        for trail in &mut self.trails {
            look(trail, &mut self.names, &mut fresh);
        }
        self.behind = false;
        self.new_inputs(fresh)
    }

    fn new_inputs(&self, fresh: Fresh) -> Vec<(u32, Input)> {
        let input = |(index, content)| {
            let name = &self.names[index as usize];
            let input = match content {
                Content::Bytes(bytes, place) => Input::later(name, bytes, place),
                Content::Range(file, range) => Input::part(name, file, range),
            };
            (index, input)
        };
        fresh.into_iter().map(input).collect()
    }

    /// An input for each generation there was: these, and nothing of the others.
    pub fn inputs(&self, new: Vec<(u32, Input)>) -> Vec<Input> {
        let mut inputs: Vec<Input> = self.names.iter().map(Input::nothing).collect();
        for (index, input) in new {
            inputs[index as usize] = input;
        }
        inputs
    }

    /// The generations that can still be read, by index, each with how much of it was taken: those that are followed, and
    /// those that lie beside their path under a rotated name. What was removed or compressed since is not among them.
    pub fn taken(&self) -> Vec<(u32, std::fs::File, u64)> {
        self.trails.iter().flat_map(Trail::taken).collect()
    }

    /// The names of all generations there were.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How each path is doing.
    pub fn states(&self) -> impl Iterator<Item = State> {
        self.trails.iter().map(Trail::state)
    }
}

/// Bytes that are in memory; a range is a descriptor, of which there are few.
fn held(fresh: &Fresh) -> u64 {
    let held = |content: &Content| match content {
        Content::Bytes(bytes, _) => bytes.len() as u64,
        Content::Range(..) => 512 << 10,
    };
    fresh.iter().map(|(_, content)| held(content)).sum()
}
