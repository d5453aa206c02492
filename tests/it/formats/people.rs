//! What people are shown, in tables of three formats, is every value of a document.

use authmeter::document::{Document, Section, Value};

use super::expected::people;
use super::parsed::Grid;
use super::{compare, parsed, rendered};

/// Compares what people see of the reports, and of the input where that is shown as they are.
fn compare_grids(
    document: &Document,
    grids: &[Grid],
    is_of: fn(&Grid, &Section) -> bool,
    input: bool,
) -> usize {
    let words = |name: &str| name.replace('_', " ");
    let mut compared = 0;
    for section in document
        .reports
        .iter()
        .chain(input.then_some(&document.input))
    {
        let grid = |name: &str| {
            grids
                .iter()
                .find(|grid| is_of(grid, section) && grid.name == name)
        };
        for (fact, row) in section
            .facts
            .iter()
            .zip(grid("").map_or(&[][..], |grid| &grid.rows))
        {
            let expected = [words(fact.name), people(&fact.value)];
            assert!(starts_with(row, &expected), "{row:?} {expected:?}");
            compared += 1;
        }
        for table in section.tables.iter().filter(|table| !table.rows.is_empty()) {
            let rows = &grid(&words(table.name))
                .unwrap_or_else(|| panic!("no {}", table.name))
                .rows;
            let mut expected = table.rows.iter();
            for row in rows {
                let folded = row[0]
                    .strip_prefix("… ")
                    .and_then(|row| row.strip_suffix(" empty"));
                for _ in 0..folded.map_or(0, |count| count.replace(',', "").parse().unwrap()) {
                    let zero = |value: &Value| {
                        matches!(value, Value::Count(0) | Value::About { value: 0, .. })
                    };
                    assert!(expected.next().unwrap()[1..].iter().all(zero));
                }
                if folded.is_none() {
                    let expected: Vec<String> =
                        expected.next().unwrap().iter().map(people).collect();
                    assert!(starts_with(row, &expected), "{row:?} {expected:?}");
                    compared += expected.len();
                }
            }
            assert_eq!(expected.next(), None, "{} {}", section.name, table.name);
        }
    }
    // Facts of the window and the input are told in sentences.
    compared
        + if input {
            3
        } else {
            document.input.facts.len() + 3
        }
}

/// Whether cells begin with these; blanks within a single cell of all of them are not told apart, and a pipe behind a
/// backslash may be spelled out, as in Markdown.
fn starts_with(row: &[String], expected: &[String]) -> bool {
    let single = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let spelled: Vec<String> = expected
        .iter()
        .map(|cell| cell.replace("\\|", "\\\\u{7c}"))
        .collect();
    row.starts_with(expected)
        || row.starts_with(&spelled)
        || row.len() == 1 && row[0].starts_with(&single(&expected.join(" ")))
}

#[test]
fn markdown_says_every_value() {
    compare(|document| {
        let grids = parsed::markdown(&rendered(document, "markdown", usize::MAX));
        compare_grids(
            document,
            &grids,
            |grid, section| grid.section == section.title,
            true,
        )
    });
}

#[test]
fn a_page_says_every_value() {
    compare(|document| {
        let grids = parsed::html(&rendered(document, "html", 5));
        compare_grids(
            document,
            &grids,
            |grid, section| grid.section == section.name,
            true,
        )
    });
}

#[test]
fn the_table_says_every_value() {
    compare(|document| {
        let mut grids = parsed::table(&rendered(document, "table", usize::MAX));
        // Headings of columns are a row here.
        for grid in grids.iter_mut().filter(|grid| !grid.name.is_empty()) {
            grid.rows.remove(0);
        }
        compare_grids(
            document,
            &grids,
            |grid, section| grid.section == section.title,
            false,
        )
    });
}
