//! One value or one table of a document, by name: `logins.success_rate`, `failures.by_reason`, `input.lines`.

use std::io;

use crate::document::{Document, Section, Table, Value};

/// What a name stands for.
#[derive(Debug)]
pub enum Selected<'a> {
    /// A fact, or a part of one.
    Value(Value),
    /// A table.
    Table(&'a Table),
}

/// Finds `section.fact`, `section.fact.part` or `section.table`.
pub fn select<'a>(document: &'a Document, name: &str) -> Option<Selected<'a>> {
    let (section, name) = name.split_once('.')?;
    let section = sections(document).find(|candidate| candidate.name == section)?;
    if let Some(table) = section.tables.iter().find(|table| table.name == name) {
        return Some(Selected::Table(table));
    }
    let (name, part) = name
        .split_once('.')
        .map_or((name, None), |(name, part)| (name, Some(part)));
    let fact = section.facts.iter().find(|fact| fact.name == name)?;
    match part {
        None => Some(Selected::Value(fact.value.clone())),
        Some(part) => {
            let parts = super::plain::parts(&fact.value);
            let found = parts.into_iter().find(|(name, _)| *name == part);
            // Whether a number is an estimate may be asked before that is known.
            let exact = (part == "exact").then_some(Value::Flag(true));
            found.map(|(_, value)| value).or(exact).map(Selected::Value)
        }
    }
}

/// Every name [`select`] finds, in the order of the document; parts of facts left out.
pub fn names(document: &Document) -> Vec<String> {
    let of = |section: &Section| {
        let facts = section.facts.iter().map(|fact| fact.name);
        let names = facts.chain(section.tables.iter().map(|table| table.name));
        names
            .map(|name| format!("{}.{name}", section.name))
            .collect::<Vec<_>>()
    };
    sections(document).flat_map(of).collect()
}

/// Every section of a document, in order.
pub(super) fn sections(document: &Document) -> impl Iterator<Item = &Section> {
    [&document.window, &document.input]
        .into_iter()
        .chain(&document.reports)
}

/// A fact of a section, by name.
pub(super) fn fact<'a>(section: &'a Section, name: &str) -> Option<&'a Value> {
    let fact = section.facts.iter().find(|fact| fact.name == name);
    fact.map(|fact| &fact.value)
}

/// Writes what was selected one after the other, for formats that need nothing before, between or after.
pub(super) fn each(
    selected: &[(&str, Selected<'_>)],
    out: &mut dyn io::Write,
    value: impl Fn(&Value, &mut dyn io::Write) -> io::Result<()>,
    table: impl Fn(&Table, &mut dyn io::Write) -> io::Result<()>,
) -> io::Result<()> {
    for (_, selected) in selected {
        match selected {
            Selected::Value(found) => value(found, out)?,
            Selected::Table(found) => table(found, out)?,
        }
    }
    Ok(())
}
