//! One document in every format: each says the same numbers, all of them, and nothing of a log acts on who reads it.

pub(crate) mod documents;
mod expected;
mod hostile;
mod parsed;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use authmeter::document::{Document, Section, Table, Value};
use authmeter::event::Visible;
use authmeter::generate::Shape;
use authmeter::render::{FORMATS, Style};
use serde_json::json;

use expected::{cells, people, same_json};
use parsed::{Grid, Labels};

/// A document in a format; ranked tables are shown to people up to `rows`.
fn rendered(document: &Document, format: &str, rows: usize) -> String {
    let format = FORMATS.iter().find(|known| known.name == format).unwrap();
    let style = Style { width: 2000, rows };
    let mut out = Vec::new();
    (format.document)(document, &style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn sections(document: &Document) -> impl Iterator<Item = &Section> {
    [&document.window, &document.input]
        .into_iter()
        .chain(&document.reports)
}

/// Documents to compare, by name.
fn documents() -> &'static [(&'static str, Document)] {
    static DOCUMENTS: LazyLock<Vec<(&str, Document)>> = LazyLock::new(make_documents);
    &DOCUMENTS
}

fn make_documents() -> Vec<(&'static str, Document)> {
    let generated = documents::generated(Shape::Plain);
    let estimates = documents::of(generated.clone(), Some(20_000));
    let mut all = vec![
        ("mixed", documents::mixed()),
        ("generated", documents::of(generated, None)),
        (
            "hostile shapes",
            documents::of(documents::generated(Shape::Hostile), None),
        ),
        ("estimates", estimates),
        ("every value", documents::every_value()),
        ("hostile texts", hostile::document().clone()),
    ];
    all.extend(documents::poor());
    all
}

/// Calls `check` with every document, and the number of values that it is to have compared.
fn compare(check: impl Fn(&Document) -> usize) {
    for (name, document) in documents() {
        let facts = sections(&document)
            .map(|section| section.facts.len())
            .sum::<usize>();
        let compared = check(document);
        assert!(
            compared + 8 >= facts,
            "{name}: {compared} of {facts} facts and more were compared"
        );
    }
}

#[test]
fn estimates_and_long_tables_are_among_the_documents() {
    let is_about = |value: &Value| value.error().is_some();
    let (_, estimates) = documents()
        .iter()
        .find(|(name, _)| *name == "estimates")
        .unwrap();
    let tables: Vec<&Table> = sections(estimates)
        .flat_map(|section| &section.tables)
        .collect();
    assert!(
        sections(estimates).any(|section| section.facts.iter().any(|fact| is_about(&fact.value)))
    );
    assert!(
        tables
            .iter()
            .any(|table| table.rows.iter().flatten().any(is_about))
    );
    let long = |section: &Section| {
        section
            .tables
            .iter()
            .any(|table| table.ranked && table.rows.len() > 15)
    };
    assert!(sections(hostile::document()).any(long));
}

#[test]
fn json_says_every_value() {
    compare(|document| {
        let json: serde_json::Value = serde_json::from_str(&rendered(document, "json", 1)).unwrap();
        let mut compared = 0;
        for section in sections(document) {
            let top = json.get(section.name);
            let found = top.unwrap_or_else(|| &json["reports"][section.name]);
            for fact in &section.facts {
                assert!(
                    same_json(&found[fact.name], &expected::json(&fact.value)),
                    "{fact:?}"
                );
                compared += 1;
            }
            for table in &section.tables {
                let rows = table.rows.iter().map(|row| record(table, row));
                let rows = serde_json::Value::Array(rows.collect());
                assert!(
                    same_json(&found[table.name], &rows),
                    "{} {}",
                    section.name,
                    table.name
                );
            }
        }
        compared
    });
}

fn record(table: &Table, row: &[Value]) -> serde_json::Value {
    let cells = table.columns.iter().zip(row);
    cells
        .map(|(column, value)| ((*column).to_owned(), expected::json(value)))
        .collect()
}

#[test]
fn json_lines_say_every_value_one_record_a_line() {
    compare(|document| {
        let text = rendered(document, "jsonl", 1);
        let mut lines = text
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let mut compared = 0;
        for section in sections(document) {
            for fact in &section.facts {
                let value = expected::json(&fact.value);
                let record = json!({"report": section.name, "fact": fact.name, "value": value});
                assert!(same_json(&lines.next().unwrap(), &record), "{record}");
                compared += 1;
            }
            for table in &section.tables {
                for (number, row) in (1..).zip(&table.rows) {
                    let mut expected = record(table, row);
                    for (key, place) in [
                        ("report", json!(section.name)),
                        ("table", json!(table.name)),
                        ("row", json!(number)),
                    ] {
                        let new = expected
                            .as_object_mut()
                            .unwrap()
                            .insert(key.to_owned(), place);
                        assert!(
                            new.is_none(),
                            "a column is called {key}, as the record's place is"
                        );
                    }
                    assert!(same_json(&lines.next().unwrap(), &expected), "{expected}");
                }
            }
        }
        assert_eq!(lines.next(), None);
        compared
    });
}

/// All cells of a document, as `report, table, row, column, value`.
fn all_cells(document: &Document, text: impl Fn(&str) -> String) -> Vec<[String; 5]> {
    let mut all = Vec::new();
    for section in sections(document) {
        let mut put = |table: &str, row: String, name: &str, value: &Value| {
            all.extend(cells(value, &text).into_iter().map(|(part, cell)| {
                [
                    section.name.to_owned(),
                    table.to_owned(),
                    row.clone(),
                    format!("{name}{part}"),
                    cell,
                ]
            }));
        };
        for fact in &section.facts {
            put("", String::new(), fact.name, &fact.value);
        }
        for table in &section.tables {
            for (number, row) in (1..).zip(&table.rows) {
                for (name, value) in table.columns.iter().zip(row) {
                    put(table.name, i32::to_string(&number), name, value);
                }
            }
        }
    }
    // JSON's parts have no order.
    all.sort();
    all
}

fn disarmed(text: &str) -> String {
    let sign = text.chars().count() > 1
        && text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    format!("{}{text}", if sign { "'" } else { "" })
}

#[test]
fn csv_says_every_value() {
    compare(|document| {
        let text = rendered(document, "csv", 1);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let records = reader.records().map(|record| record.unwrap());
        let mut found: Vec<[String; 5]> = records
            .map(|record| std::array::from_fn(|column| record[column].to_owned()))
            .collect();
        found.sort();
        let expected = all_cells(document, |text| disarmed(&Visible(text).to_string()));
        assert!(found == expected, "{found:?}\n{expected:?}");
        found.len()
    });
}

#[test]
fn tsv_says_every_value_and_loses_nothing_of_a_text() {
    let unescaped = |cell: &str| {
        // What bash's `printf %b` does, and JSON's strings do too.
        let json = format!("\"{}\"", cell.replace('"', "\\\""));
        serde_json::from_str::<String>(&json).unwrap_or_else(|error| panic!("{error}: {cell:?}"))
    };
    compare(|document| {
        let text = rendered(document, "tsv", 1);
        let lines = text.strip_suffix('\n').unwrap().split('\n').skip(1);
        let mut found: Vec<[String; 5]> = lines
            .map(|line| {
                let cells: Vec<String> = line.split('\t').map(unescaped).collect();
                cells.try_into().unwrap()
            })
            .collect();
        found.sort();
        let expected = all_cells(document, disarmed);
        assert!(found == expected, "{found:?}\n{expected:?}");
        found.len()
    });
}

/// The name that metrics of a value begin with.
fn metric(path: &[&str]) -> String {
    let name = format!("authmeter_{}", path.join("_"));
    let ending = ["_total", "_count"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending));
    ending.map_or(name.clone(), str::to_owned)
}

#[test]
fn metrics_say_every_number_and_nothing_twice() {
    compare(|document| {
        let mut families = parsed::metrics(&rendered(document, "prometheus", 1));
        let mut compared = 0;
        for section in sections(document) {
            for fact in &section.facts {
                let base = metric(&[section.name, fact.name]);
                for (suffix, number) in expected::metrics(&fact.value) {
                    let exact = fact.value.error().is_none() || suffix == "_error_ratio";
                    let samples = families.remove(&format!("{base}{suffix}")).unwrap();
                    assert_eq!(samples.len(), 1, "{base}{suffix}");
                    assert_eq!(
                        (samples[0].1, samples[0].0.is_empty()),
                        (number, exact),
                        "{base}{suffix}"
                    );
                }
                if let Value::Text(text) = &fact.value {
                    let samples = families.remove(&format!("{base}_info")).unwrap();
                    assert_eq!(samples[0].0[fact.name], spelled(text));
                }
                compared += 1;
            }
            for table in &section.tables {
                check_metrics_of(section, table, &mut families);
            }
        }
        assert_eq!(
            families.keys().collect::<Vec<_>>(),
            [""; 0],
            "what no value accounts for"
        );
        compared
    });
}

/// What a label can say of a text.
fn spelled(text: &str) -> String {
    text.split('\n')
        .map(|line| Visible(line).to_string())
        .collect::<Vec<_>>()
        .join("\n")
}

fn check_metrics_of(
    section: &Section,
    table: &Table,
    families: &mut BTreeMap<String, Vec<(Labels, f64)>>,
) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut has_numbers = false;
    for row in &table.rows {
        let texts: Vec<(&str, String)> = table
            .columns
            .iter()
            .zip(row)
            .filter_map(|(column, value)| match value {
                Value::Text(text) => Some((*column, spelled(text))),
                _ => None,
            })
            .collect();
        for (index, (column, value)) in table.columns.iter().zip(row).enumerate() {
            let base = metric(&[section.name, table.name, column]);
            for (suffix, number) in expected::metrics(value) {
                let name = format!("{base}{suffix}");
                let Some(samples) = families.get(&name) else {
                    // A number that tells rows apart is a label, of all other numbers.
                    let is_key = index == 0
                        || families
                            .values()
                            .flatten()
                            .any(|(labels, _)| labels.contains_key(*column));
                    assert!(is_key, "no {name}");
                    continue;
                };
                has_numbers = true;
                *seen.entry(name).or_default() += 1;
                let is_it = |(labels, found): &&(Labels, f64)| {
                    *found == number
                        && texts
                            .iter()
                            .all(|(column, text)| labels.get(*column) == Some(text))
                };
                let found = samples.iter().find(is_it);
                let Some((labels, _)) = found else {
                    panic!("{base}{suffix} {number} {texts:?}")
                };
                let exact = value.error().is_none() || suffix == "_error_ratio";
                assert_eq!(labels.contains_key("exact"), !exact);
            }
        }
    }
    for (name, count) in seen {
        assert_eq!(families.remove(&name).unwrap().len(), count, "{name}");
    }
    if !has_numbers && !table.rows.is_empty() {
        let name = format!("authmeter_{}_{}_info", section.name, table.name);
        assert_eq!(families.remove(&name).unwrap().len(), table.rows.len());
    }
}

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

#[test]
fn nothing_is_said_as_nothing_and_never_as_a_number_that_is_none() {
    for (name, document) in documents::poor() {
        for format in FORMATS {
            let text = rendered(&document, format.name, 10);
            let (_, text) = text.split_once("</style>").unwrap_or(("", &text));
            let words = text.split(|c: char| !c.is_ascii_alphanumeric());
            let wrong: Vec<&str> = words
                .filter(|word| {
                    ["nan", "inf", "infinity"].contains(&word.to_ascii_lowercase().as_str())
                })
                .collect();
            assert_eq!(wrong, [""; 0], "{name} as {}", format.name);
            let for_people = ["table", "markdown", "html"].contains(&format.name);
            assert_eq!(
                for_people,
                text.contains("n/a"),
                "{name} as {}",
                format.name
            );
        }
    }
}
