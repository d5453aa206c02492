//! What the inputs on the command line lead to: files, folders, globs, standard input.
//!
//! ```text
//!  word ─▶ -                 standard input
//!          a folder          every log below it          ┐ in natural order,
//!          a glob            every file that it matches  ┘ oldest first
//!          anything else     itself; whether it can be read is seen when its turn comes
//! ```
//!
//! Words keep the order they are given in. Nothing is opened yet, except folders.

mod folder;
mod order;
mod pattern;

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use super::Failure;
use super::identity::{Identity, is_stream, stdin};
use crate::event::Visible;
use crate::read::{Input, Inputs};
use order::Place;

/// The inputs, which files they are, and what to say about them before they are read.
pub(super) fn inputs(
    words: &[PathBuf],
) -> Result<(Inputs, HashSet<Identity>, Vec<String>), Failure> {
    let default = [PathBuf::from("-")];
    let words = if words.is_empty() { &default } else { words };
    let mut gathered = Gathered::default();
    for word in words {
        if is_stream(word) {
            let stdin = stdin()
                .map_err(|error| Failure::Usage(format!("cannot read standard input: {error}")))?;
            gathered.input(word, || Input::file("-", stdin));
        } else if word.is_dir() {
            gathered.found(word, folder::logs(word), folder::nothing);
        } else if pattern::is_glob(word) && word.symlink_metadata().is_err() {
            let found = pattern::matches(word).map_err(Failure::Usage)?;
            gathered.found(word, found, || pattern::nothing(word));
        } else {
            gathered.input(word, || Input::path(word));
        }
    }
    Ok((
        Inputs::new(gathered.inputs),
        gathered.seen,
        gathered.remarks,
    ))
}

/// What a folder or a glob leads to.
#[derive(Default)]
struct Found {
    files: Vec<PathBuf>,
    /// Files of a folder that are not named like logs.
    passed_over: Vec<PathBuf>,
    /// What could not be looked into, and why.
    troubles: Vec<(PathBuf, String)>,
}

impl Found {
    fn extend(&mut self, other: Found) {
        self.files.extend(other.files);
        self.passed_over.extend(other.passed_over);
        self.troubles.extend(other.troubles);
    }

    /// What could not be looked into while `word` was.
    fn unreadable(&mut self, word: &Path, error: &walkdir::Error) {
        let place = error.path().unwrap_or(word).to_owned();
        let what = error
            .io_error()
            .map_or_else(|| error.to_string(), io::Error::to_string);
        self.troubles
            .push((place, format!("cannot look into it: {what}")));
    }
}

#[derive(Default)]
struct Gathered {
    inputs: Vec<Input>,
    remarks: Vec<String>,
    seen: HashSet<Identity>,
}

impl Gathered {
    /// Takes an input, unless it is there already: the same file named twice would be counted twice.
    fn input(&mut self, path: &Path, input: impl FnOnce() -> Input) {
        if self.seen.insert(Identity::of(path)) {
            self.inputs.push(input());
        } else {
            self.remark(path, "given more than once, read once");
        }
    }

    /// Takes the files in natural order, and then what could not be looked into.
    fn found(&mut self, word: &Path, mut found: Found, nothing: impl FnOnce() -> String) {
        found.files.sort_by_cached_key(|path| Place::of(path));
        // A glob may match a folder and files in it.
        found.files.dedup();
        for path in &found.files {
            self.input(path, || Input::path(path));
        }
        let taken: HashSet<PathBuf> = found.files.into_iter().collect();
        found.passed_over.retain(|path| !taken.contains(path));
        let passed_over = found.passed_over.len();
        if taken.is_empty() && found.troubles.is_empty() {
            let passed_over = match passed_over {
                0 => String::new(),
                files => format!("; files passed over: {files}"),
            };
            let what = format!("{}{passed_over}", nothing());
            found.troubles.push((word.to_owned(), what));
        } else if passed_over > 0 {
            let what = format!(
                "files passed over, not being named like logs: {passed_over}; name them to read them"
            );
            self.remark(word, &what);
        }
        found.troubles.sort();
        for (path, what) in found.troubles {
            let name = path.display().to_string();
            self.inputs.push(Input::unreadable(name, what));
        }
    }

    fn remark(&mut self, path: &Path, what: &str) {
        let name = path.display().to_string();
        self.remarks.push(format!("{}: {what}", Visible(&name)));
    }
}
