//! The shape of the source: which part may know which, and how long a file may be.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each part with those it may use, beside itself. See the design's layers, and the map in `lib.rs`.
const LAYERS: &[(&str, &[&str])] = &[
    ("event", &[]),
    ("error", &[]),
    ("key", &["error"]),
    ("seal", &["event", "error", "key"]),
    ("document", &["event"]),
    ("filter", &["event"]),
    ("zone", &[]),
    ("tally", &["event", "zone"]),
    ("write", &["event", "error", "key", "seal"]),
    ("read", &["event", "zone"]),
    ("generate", &["event"]),
    ("verify", &["event", "key", "seal", "read", "document"]),
    ("retain", &["event", "zone", "read"]),
    ("report", &["event", "zone", "tally", "document"]),
    ("render", &["document", "event"]),
    ("compare", &["document", "event"]),
    (
        "engine",
        &[
            "read", "filter", "tally", "report", "document", "event", "zone",
        ],
    ),
    (
        "live",
        &[
            "read", "filter", "tally", "report", "document", "event", "zone", "engine", "render",
        ],
    ),
    (
        "cli",
        &[
            "event", "error", "key", "document", "filter", "zone", "tally", "write", "read",
            "generate", "verify", "retain", "report", "render", "compare", "engine", "live",
        ],
    ),
];

/// More than one can hold in the head.
const MOST_LINES: usize = 450;

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every Rust file below `folder`, but for what Cargo puts into `target`.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The part a file belongs to: the first folder, or the file's own name. `None` for the roots.
fn part(path: &Path) -> Option<String> {
    let inside = path.strip_prefix(source()).unwrap();
    let name = Path::new(inside.iter().next().unwrap())
        .file_stem()
        .unwrap();
    let name = name.to_str().unwrap().to_owned();
    (name != "lib" && name != "main").then_some(name)
}

/// The parts a file names after `crate::`, outside comments and tests.
fn used(text: &str) -> BTreeSet<String> {
    let program = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or(text);
    let lines = program
        .lines()
        .map(|line| line.split("//").next().unwrap_or(line));
    let mut used = BTreeSet::new();
    for after in lines
        .collect::<Vec<_>>()
        .join("\n")
        .split("crate::")
        .skip(1)
    {
        let names = match after.strip_prefix('{') {
            // `use crate::{event::Event, document};`
            Some(list) => list.split('}').next().unwrap_or(list).split(',').collect(),
            None => vec![after],
        };
        for name in names {
            let name: String = name
                .trim_start()
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            used.insert(name);
        }
    }
    used.retain(|name| !name.is_empty());
    used
}

#[test]
fn a_layer_knows_only_what_is_below_it() {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for path in files(&source()) {
        let Some(part) = part(&path) else { continue };
        let is_test = path.file_stem().is_some_and(|name| name == "tests");
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == part) else {
            wrong.push(format!("{part} has no place among the layers"));
            continue;
        };
        seen.insert(part.clone());
        if is_test {
            continue;
        }
        for used in used(&fs::read_to_string(&path).unwrap()) {
            // What is re-exported at the root is named by its part, so that the rule can be read off.
            let known = LAYERS.iter().any(|(name, _)| *name == used);
            if used != part && (!known || !allowed.contains(&used.as_str())) {
                wrong.push(format!("{} uses crate::{used}", path.display()));
            }
        }
    }
    assert_eq!(wrong, [""; 0], "the layers are in tests/it/layers.rs");
    assert!(seen.len() > 6, "only {seen:?} were looked at");
}

#[test]
fn the_layers_have_an_order() {
    for (index, (name, allowed)) in LAYERS.iter().enumerate() {
        for below in *allowed {
            let place = LAYERS.iter().position(|(other, _)| other == below);
            assert!(
                place.is_some_and(|place| place < index),
                "{name} uses {below}, which is not below it"
            );
        }
    }
}

#[test]
fn uses_are_found_in_every_form() {
    let text = "use crate::event::{Event, Kind};\nuse crate::{document, tally::Every};\n// crate::cli\nfn f() { crate::engine::run(); }\n\
                #[cfg(test)]\nmod tests {\nuse crate::render;\n}";
    let expected = ["document", "engine", "event", "tally"].map(str::to_owned);
    assert_eq!(used(text), BTreeSet::from(expected));
}

#[test]
fn no_file_is_too_long_to_hold_in_the_head() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let long: Vec<String> = ["src", "tests", "benches", "examples"]
        .iter()
        .flat_map(|folder| files(&root.join(folder)))
        .map(|path| {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            (path, lines)
        })
        .filter(|(_, lines)| *lines > MOST_LINES)
        .map(|(path, lines)| format!("{}: {lines} lines", path.display()))
        .collect();
    assert_eq!(long, [""; 0], "no file has more than {MOST_LINES} lines");
}
