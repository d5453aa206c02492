//! Files that were read and are followed no more. They are not held open, or nobody could free their room: who wants to
//! read one again finds it by what it is, under whatever name rotation has given it since.

use std::fs::File;
use std::path::Path;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::generation::{Generation, GenerationMark};
use super::siblings;

/// Files that are remembered; each takes about half a kilobyte.
const MOST: usize = 1024;

/// See the module.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Shelf(Vec<GenerationMark>);

impl Shelf {
    /// Remembers a file, as far as it was read.
    pub(super) fn put(&mut self, generation: &Generation) {
        let Some(mark) = generation.mark_of_file() else {
            return;
        };
        self.0.push(mark);
        if self.0.len() > MOST {
            self.0.remove(0);
        }
    }

    /// Those that are still beside the path and have what was read of them, each with its index and how much was read.
    pub(super) fn open(&self, path: &Path) -> Vec<(u32, File, u64)> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let beside = siblings::since(path, SystemTime::UNIX_EPOCH).into_iter();
        let found = beside.filter_map(|sibling| {
            let mark = self.0.iter().find(|mark| mark.is_of(&sibling.metadata))?;
            Generation::resumed(mark.clone(), sibling.file, &sibling.metadata)?.taken()
        });
        found.collect()
    }
}
