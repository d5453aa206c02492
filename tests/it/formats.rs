//! One document in every format: each says the same numbers, all of them, and nothing of a log acts on who reads it.

pub(crate) mod documents;
mod expected;
mod hostile;
mod metrics;
mod page;
mod parsed;
mod people;
mod room;

use std::sync::LazyLock;

use authmeter::document::{Document, Section, Table, Value};
use authmeter::event::Visible;
use authmeter::generate::Shape;
use authmeter::render::{FORMATS, Look, Style};
use serde_json::json;

use expected::{cells, same_json};

/// A document in a format; ranked tables are shown to people up to `rows`.
fn rendered(document: &Document, format: &str, rows: usize) -> String {
    let format = FORMATS.iter().find(|known| known.name == format).unwrap();
    let style = Style {
        width: 2000,
        rows,
        look: Look::PLAIN,
    };
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
        let facts = sections(document)
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
