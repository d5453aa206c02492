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
use std::io::{self, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Failure;
use super::identity::{Identity, is_stream, stdin};
use crate::event::Visible;
use crate::read::{Input, Inputs, Watch};
use order::Place;

/// What the words lead to. Where inputs are read more than once, a pipe on standard input is kept in a temporary file:
/// the watch may end that.
pub(super) fn inputs(words: &[PathBuf], kept: Option<&Arc<Watch>>) -> Result<Gathered, Failure> {
    let default = [PathBuf::from("-")];
    let words = if words.is_empty() { &default } else { words };
    let gathered = gather(words, kept)?;
    if kept.is_some() && gathered.inputs()?.size().is_none() {
        let what =
            "this reads its inputs twice, which can be done with files and standard input alone";
        return Err(Failure::Usage(what.to_owned()));
    }
    Ok(gathered)
}

/// What a word leads to: a file, or why it leads to none.
pub(super) type Leads = Result<PathBuf, (PathBuf, String)>;

/// The files, for commands that do more than read them, and what to say about them.
pub(super) fn files(words: &[PathBuf]) -> Result<(Vec<Leads>, Vec<String>), Failure> {
    let gathered = gather(words, None)?;
    let files = gathered.named.into_iter().map(|named| match named {
        Named::Stdin(_) => Err((PathBuf::from("-"), "it is no file".to_owned())),
        Named::Path(path) => Ok(path),
        Named::Unreadable(path, what) => Err((path, what)),
    });
    Ok((files.collect(), gathered.remarks))
}

/// Whether a log of this name has been rotated, and takes no more events.
pub(super) fn is_rotated(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    order::is_rotated(&name.to_string_lossy())
}

/// Which of these logs may take events still, as far as their names tell.
pub(super) fn live(paths: &[PathBuf]) -> Vec<bool> {
    order::live(paths)
}

fn gather(words: &[PathBuf], kept: Option<&Arc<Watch>>) -> Result<Gathered, Failure> {
    let mut gathered = Gathered::default();
    for word in words {
        if is_stream(word) {
            let stdin = stdin().map_err(no_stdin)?;
            let stdin = match kept {
                Some(watch) if !stdin.metadata().is_ok_and(|metadata| metadata.is_file()) => {
                    keep(stdin, watch)?
                }
                _ => stdin,
            };
            gathered.input(word, || Named::Stdin(stdin));
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

#[allow(clippy::needless_pass_by_value)]
fn no_stdin(error: io::Error) -> Failure {
    Failure::Usage(format!("cannot read standard input: {error}"))
}

/// A temporary file without a name that holds all a pipe has to say.
fn keep(pipe: File, watch: &Arc<Watch>) -> Result<File, Failure> {
    let kept = || {
        let mut file = tempfile::tempfile()?;
        io::copy(&mut watch.over_file(pipe), &mut file)?;
        file.rewind()?;
        Ok(file)
    };
    kept().map_err(|error: io::Error| {
        Failure::Fault(format!(
            "standard input is read twice, and cannot be kept in a temporary file: {error}"
        ))
    })
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

/// Inputs that can be read, again and again where they are files.
#[derive(Default)]
pub(super) struct Gathered {
    named: Vec<Named>,
    /// What to say about them before they are read.
    pub(super) remarks: Vec<String>,
    /// Which files they are.
    pub(super) seen: HashSet<Identity>,
}

/// Inputs that may grow.
#[derive(Default)]
pub(super) struct Followed {
    pub(super) files: Vec<PathBuf>,
    pub(super) stdin: Option<File>,
    pub(super) unreadable: Vec<(PathBuf, String)>,
}

enum Named {
    Path(PathBuf),
    Stdin(File),
    /// Its name, and why it cannot be read.
    Unreadable(PathBuf, String),
}

impl Gathered {
    /// The inputs, to read them once.
    pub(super) fn inputs(&self) -> Result<Inputs, Failure> {
        self.each().map(Inputs::new)
    }

    /// The inputs, each for itself.
    pub(super) fn each(&self) -> Result<Vec<Input>, Failure> {
        let input = |named: &Named| match named {
            Named::Path(path) => Ok(Input::path(path)),
            Named::Stdin(file) => file.try_clone().map(|file| Input::file("-", file)),
            Named::Unreadable(name, why) => Ok(Input::unreadable(name.display().to_string(), why)),
        };
        let inputs: io::Result<Vec<Input>> = self.named.iter().map(input).collect();
        inputs.map_err(no_stdin)
    }

    /// The files by their paths, whether they are there or not; standard input, if it is one of them; and what cannot be
    /// read, with the reason.
    pub(super) fn followed(self) -> Followed {
        let mut followed = Followed::default();
        for named in self.named {
            match named {
                Named::Path(path) => followed.files.push(path),
                Named::Stdin(file) => followed.stdin = Some(file),
                Named::Unreadable(path, why) => followed.unreadable.push((path, why)),
            }
        }
        followed
    }

    /// Takes an input, unless it is there already: the same file named twice would be counted twice.
    fn input(&mut self, path: &Path, named: impl FnOnce() -> Named) {
        if self.seen.insert(Identity::of(path)) {
            self.named.push(named());
        } else {
            self.remark(path, "given more than once, read once");
        }
    }

    fn path(&mut self, path: &Path) {
        self.input(path, || Named::Path(path.to_owned()));
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
            self.named.push(Named::Unreadable(path, what));
        }
    }

    fn remark(&mut self, path: &Path, what: &str) {
        let name = path.display().to_string();
        self.remarks.push(format!("{}: {what}", Visible(&name)));
    }
}
