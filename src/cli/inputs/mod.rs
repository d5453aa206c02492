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
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::Failure;
use super::identity::{Identity, is_stream, stdin};
use crate::event::Visible;
use crate::read::{Input, Inputs};
use order::Place;

/// The inputs, and what to say about them before they are read.
pub(super) fn inputs(words: &[PathBuf]) -> Result<(Inputs, Vec<String>), Failure> {
    let default = [PathBuf::from("-")];
    let words = if words.is_empty() { &default } else { words };
    let gathered = gather(words)?;
    let inputs = gathered.taken.into_iter().map(|taken| match taken {
        Taken::Stdin(stdin) => Input::file("-", stdin),
        Taken::Path(path) => Input::path(path),
        Taken::Trouble(path, what) => Input::unreadable(path.display().to_string(), what),
    });
    Ok((Inputs::new(inputs.collect()), gathered.remarks))
}

/// What a word leads to: a file, or why it leads to none.
pub(super) type Leads = Result<PathBuf, (PathBuf, String)>;

/// The files, for commands that do more than read them, and what to say about them.
pub(super) fn files(words: &[PathBuf]) -> Result<(Vec<Leads>, Vec<String>), Failure> {
    let gathered = gather(words)?;
    let files = gathered.taken.into_iter().map(|taken| match taken {
        Taken::Stdin(_) => Err((PathBuf::from("-"), "it is no file".to_owned())),
        Taken::Path(path) => Ok(path),
        Taken::Trouble(path, what) => Err((path, what)),
    });
    Ok((files.collect(), gathered.remarks))
}

/// Whether a log of this name has been rotated, and takes no more events.
pub(super) fn is_rotated(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    order::is_rotated(&name.to_string_lossy())
}

fn gather(words: &[PathBuf]) -> Result<Gathered, Failure> {
    let mut gathered = Gathered::default();
    for word in words {
        if is_stream(word) {
            let stdin = stdin()
                .map_err(|error| Failure::Usage(format!("cannot read standard input: {error}")))?;
            gathered.take(word, || Taken::Stdin(stdin));
        } else if word.is_dir() {
            gathered.found(word, folder::logs(word), folder::nothing);
        } else if pattern::is_glob(word) && word.symlink_metadata().is_err() {
            let found = pattern::matches(word).map_err(Failure::Usage)?;
            gathered.found(word, found, || pattern::nothing(word));
        } else {
            gathered.path(word);
        }
    }
    Ok(gathered)
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

/// What was found for a word.
enum Taken {
    Stdin(File),
    Path(PathBuf),
    Trouble(PathBuf, String),
}

#[derive(Default)]
struct Gathered {
    taken: Vec<Taken>,
    remarks: Vec<String>,
    seen: HashSet<Identity>,
}

impl Gathered {
    /// Takes an input, unless it is there already: the same file named twice would be counted twice.
    fn take(&mut self, path: &Path, taken: impl FnOnce() -> Taken) {
        if self.seen.insert(Identity::of(path)) {
            self.taken.push(taken());
        } else {
            self.remark(path, "given more than once, read once");
        }
    }

    fn path(&mut self, path: &Path) {
        self.take(path, || Taken::Path(path.to_owned()));
    }

    /// Takes the files in natural order, and then what could not be looked into.
    fn found(&mut self, word: &Path, mut found: Found, nothing: impl FnOnce() -> String) {
        found.files.sort_by_cached_key(|path| Place::of(path));
        // A glob may match a folder and files in it.
        found.files.dedup();
        for path in &found.files {
            self.path(path);
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
            self.taken.push(Taken::Trouble(path, what));
        }
    }

    fn remark(&mut self, path: &Path, what: &str) {
        let name = path.display().to_string();
        self.remarks.push(format!("{}: {what}", Visible(&name)));
    }
}
