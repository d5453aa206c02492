//! Globs that no shell has expanded: quoted ones, in scripts and timetables.

use std::path::Path;

use globset::{ErrorKind, GlobBuilder, GlobMatcher};
use walkdir::WalkDir;

use super::folder::{is_hidden, may_be_read};
use super::{Found, folder};
use crate::event::Visible;

/// Whether a path that does not exist is a glob.
pub(super) fn is_glob(path: &Path) -> bool {
    path.to_str()
        .is_some_and(|text| text.contains(['*', '?', '[', '{']))
}

/// Every file that the glob matches. A folder that it matches is read like one that is named. Names that begin with a
/// dot are matched only where the glob has such a name too, as shells do it.
///
/// # Errors
///
/// What is wrong with the glob, and where.
pub(super) fn matches(glob: &Path) -> Result<Found, String> {
    let text = glob.to_str().unwrap_or_default().trim_end_matches('/');
    let (base, rest) = split(text);
    let matcher = compile(text, base.len(), rest)?;
    let root = root(base);
    let mut found = Found::default();
    let hidden = rest.split('/').any(|part| part.starts_with('.'));
    let deepest = if rest.contains("**") {
        usize::MAX
    } else {
        1 + rest.matches('/').count()
    };
    if !root.is_dir() {
        return Ok(found);
    }
    let entries = WalkDir::new(root)
        .min_depth(1)
        .max_depth(deepest)
        .into_iter();
    for entry in entries.filter_entry(|entry| hidden || !is_hidden(entry)) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                found.unreadable(glob, &error);
                continue;
            }
        };
        let below = entry.path().strip_prefix(root).unwrap_or(entry.path());
        if !matcher.is_match(below) {
            continue;
        }
        let path = Path::new(base).join(below);
        if entry.file_type().is_dir() {
            found.extend(folder::logs(&path));
        } else if may_be_read(&entry) {
            found.files.push(path);
        }
    }
    Ok(found)
}

/// Why a glob matches nothing, with the place it was looked for in.
pub(super) fn nothing(glob: &Path) -> String {
    let root = root(split(glob.to_str().unwrap_or_default()).0);
    match root.canonicalize() {
        Ok(place) => format!(
            "this glob matches no file in {place:?}; name the folder to read every log in it"
        ),
        Err(error) => format!("this glob matches no file: {root:?}: {error}"),
    }
}

fn root(base: &str) -> &Path {
    Path::new(if base.is_empty() { "." } else { base })
}

/// A glob's folder, up to the first part that is not plain, and the rest.
fn split(text: &str) -> (&str, &str) {
    let special = text.find(['*', '?', '[', '{', '\\']).unwrap_or(0);
    let base = text[..special].rfind('/').map_or(0, |slash| slash + 1);
    text.split_at(base)
}

fn compile(text: &str, base: usize, rest: &str) -> Result<GlobMatcher, String> {
    let glob = GlobBuilder::new(rest)
        .literal_separator(true)
        .backslash_escape(true)
        .empty_alternates(true)
        .build();
    match glob {
        Ok(glob) => Ok(glob.compile_matcher()),
        Err(error) => {
            let shown = Visible(text).to_string();
            let before = &text[..base + fault(rest, error.kind())];
            let column = Visible(before).to_string().chars().count();
            Err(format!(
                "this glob makes no sense: {}\n  {shown}\n  {:column$}^ here; a file of this very name does not exist",
                error.kind(),
                ""
            ))
        }
    }
}

/// The place of what is wrong, for the caret.
fn fault(glob: &str, kind: &ErrorKind) -> usize {
    let range;
    let found = match kind {
        ErrorKind::UnclosedClass => glob.rfind('['),
        ErrorKind::InvalidRange(first, last) => {
            range = format!("{first}-{last}");
            glob.find(&range)
        }
        ErrorKind::UnopenedAlternates => glob.rfind('}'),
        ErrorKind::UnclosedAlternates => glob.rfind('{'),
        ErrorKind::DanglingEscape => glob.rfind('\\'),
        _ => None,
    };
    found.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_glob_is_what_stands_before_anything_special() {
        for (text, expected) in [
            ("*.log", ("", "*.log")),
            ("logs/*.log", ("logs/", "*.log")),
            ("/var/log/a?/**/x.log", ("/var/log/", "a?/**/x.log")),
            ("a/b{c/d,e}/*.log", ("a/", "b{c/d,e}/*.log")),
            ("/*", ("/", "*")),
        ] {
            assert_eq!(split(text), expected);
        }
    }

    #[test]
    fn the_caret_stands_under_the_fault() {
        for (glob, expected) in [
            ("logs/[a.log", "logs/"),
            ("logs/x{a,b.log", "logs/x"),
            ("a*b[z-a]", "a*b["),
            ("*a}b", "*a"),
            ("[ab]*[c", "[ab]*"),
        ] {
            let (base, rest) = split(glob);
            let error = compile(glob, base.len(), rest).unwrap_err();
            let caret = error.lines().nth(2).unwrap().find('^').unwrap();
            assert_eq!(caret, expected.len() + 2, "{error}");
        }
    }
}
