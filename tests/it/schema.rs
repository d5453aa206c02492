//! The JSON Schema of `--format json`: `testdata/schema.json` is what the reports say, and what they say is what it allows.
//! `BLESS=1 cargo test --test it schema` rewrites it.
//!
//! Names come from the registry's document. What a name stands for is learnt from the answers to logs of all sorts: of a
//! document alone it cannot be known, for of no input many values are nothing. A name of which no log shows more than
//! nothing fails the test: it needs a log that does. What was learnt is widened by what may always come: an estimate where
//! a number was, nothing where a text or a time was. Names may be added to reports without a new version, so the schema
//! allows more than there is; the tests also hold answers against one that does not.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use authmeter::document::{Document, SCHEMA_VERSION, Section, Value};
use authmeter::engine;
use authmeter::generate::Shape;
use authmeter::report::{Options, REPORTS};
use serde_json::{Map, Value as Json, json};

use crate::formats::documents;
use crate::harness::{Scratch, needed, testdata};

/// What a value is in JSON: the names of [`definitions`].
type Sorts = BTreeSet<&'static str>;

/// By section, and fact or table, and column.
type Learnt = BTreeMap<(&'static str, &'static str, &'static str), Sorts>;

fn sort(value: &Value) -> &'static str {
    match value {
        Value::Count(_) => "count",
        Value::About { .. } => "estimate",
        Value::Ratio { .. } => "share",
        Value::Mean { .. } => "mean",
        Value::AboutRate { .. } => "estimated_rate",
        Value::Pace { .. } => "pace",
        Value::Difference { .. } => "difference",
        Value::Chance { .. } => "chance",
        Value::Flag(_) => "flag",
        Value::Time(_) => "time",
        Value::Span(_) => "span",
        Value::AboutSpan { .. } => "estimated_span",
        Value::Text(_) => "text",
        Value::Missing => "missing",
    }
}

/// The shapes of values.
fn definitions() -> Json {
    let count = || json!({"type": "integer", "minimum": 0});
    let number = || json!({"type": "number", "minimum": 0});
    let share = || json!({"type": ["number", "null"], "minimum": 0, "maximum": 1});
    let rate = || json!({"type": ["number", "null"], "minimum": 0});
    let change = || json!({"type": "number", "minimum": -1, "maximum": 1});
    let object = |what: &str, properties: Json| {
        let required: Vec<&String> = properties.as_object().unwrap().keys().collect();
        json!({
            "description": what, "type": "object", "properties": properties, "required": required,
            "additionalProperties": false,
        })
    };
    let error = json!({"description": "how far it may be off, as a part of it", "type": "number", "minimum": 0, "maximum": 1});
    let exact = json!({"const": false});
    json!({
        "count": {"description": "how many", "type": "integer", "minimum": 0},
        "estimate": object("about how many", json!({"value": count(), "exact": exact, "error": error})),
        "share": object(
            "`part` of `whole`, with its 95 % interval after Wilson; null of nothing",
            json!({"part": count(), "whole": count(), "rate": share(), "low": share(), "high": share()}),
        ),
        "mean": object("`part` for each of `whole`; null for nothing", json!({"part": count(), "whole": count(), "rate": rate()})),
        "estimated_rate": object(
            "a share or a mean of estimates",
            json!({"part": count(), "whole": count(), "rate": rate(), "exact": exact, "error": error}),
        ),
        "pace": object("`count` in `elapsed` seconds; null in no time", json!({"count": count(), "elapsed": number(), "rate": rate()})),
        "difference": object(
            "by how much one share is larger than another, with the 95 % interval of that after Newcombe",
            json!({"rate": change(), "low": change(), "high": change()}),
        ),
        "chance": {"description": "a probability", "type": "number", "minimum": 0, "maximum": 1},
        "flag": {"description": "yes or no", "type": "boolean"},
        "time": {
            "description": "a time of RFC 3339", "type": "string", "format": "date-time",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}([0-9]{3}){0,2}(Z|[+-][0-9]{2}:[0-9]{2})$",
        },
        "span": {"description": "seconds", "type": "number", "minimum": 0},
        "estimated_span": object("about how many seconds", json!({"value": number(), "exact": exact, "error": error})),
        "text": {"description": "text of the log or the program", "type": "string"},
        "missing": {"description": "nothing to say", "type": "null"},
    })
}

fn sections(document: &Document) -> impl Iterator<Item = &Section> {
    [&document.window, &document.input]
        .into_iter()
        .chain(&document.reports)
}

fn nothing() -> Document {
    engine::nothing(&REPORTS.iter().collect::<Vec<_>>(), &Options::default())
}

/// What values are in the answers to logs of all sorts.
fn learnt() -> Learnt {
    let plain = documents::generated(Shape::Plain);
    let mut all = vec![
        nothing(),
        documents::mixed(),
        documents::of(plain.clone(), None),
        documents::of(plain, Some(20_000)),
        documents::of(documents::generated(Shape::Hostile), None),
        documents::interrupted(),
        documents::of(documents::failing_at_times(0), None),
        documents::of(documents::failing_at_times(2), None),
    ];
    all.extend(documents::poor().map(|(_, document)| document));
    let mut learnt = Learnt::new();
    for section in all.iter().flat_map(sections) {
        for fact in &section.facts {
            learnt
                .entry((section.name, fact.name, ""))
                .or_default()
                .insert(sort(&fact.value));
        }
        for table in &section.tables {
            for (column, value) in table
                .rows
                .iter()
                .flat_map(|row| table.columns.iter().zip(row))
            {
                learnt
                    .entry((section.name, table.name, column))
                    .or_default()
                    .insert(sort(value));
            }
        }
    }
    learnt
        .into_iter()
        .map(|(name, sorts)| (name, widened(sorts)))
        .collect()
}

fn widened(mut sorts: Sorts) -> Sorts {
    for (known, also) in [
        ("count", "estimate"),
        ("estimate", "count"),
        ("share", "estimated_rate"),
        ("mean", "estimated_rate"),
        ("span", "estimated_span"),
        ("estimated_span", "span"),
        ("text", "missing"),
        ("time", "missing"),
    ] {
        if sorts.contains(known) {
            sorts.insert(also);
        }
    }
    sorts
}

/// The schema; a closed one allows no names but those there are.
fn schema(closed: bool) -> Json {
    let learnt = learnt();
    let value = |path: (&'static str, &'static str, &'static str)| {
        let sorts = learnt
            .get(&path)
            .unwrap_or_else(|| panic!("no log has a row of {path:?}"));
        assert!(
            sorts.iter().any(|sort| *sort != "missing"),
            "no log shows what {path:?} is"
        );
        let references: Vec<Json> = sorts
            .iter()
            .map(|sort| json!({"$ref": format!("#/$defs/{sort}")}))
            .collect();
        match references.as_slice() {
            [one] => one.clone(),
            several => json!({"oneOf": several}),
        }
    };
    let object = |properties: Map<String, Json>, all_required: bool| {
        let required: Vec<&String> = properties.keys().filter(|_| all_required).collect();
        let mut object = json!({"type": "object", "required": required, "properties": properties});
        if closed {
            object["additionalProperties"] = json!(false);
        }
        object
    };
    let of_section = |section: &Section| {
        let facts = section
            .facts
            .iter()
            .map(|fact| (fact.name.to_owned(), value((section.name, fact.name, ""))));
        let tables = section.tables.iter().map(|table| {
            let columns = table.columns.iter().map(|column| {
                (
                    (*column).to_owned(),
                    value((section.name, table.name, column)),
                )
            });
            let rows = json!({"type": "array", "items": object(columns.collect(), true)});
            (table.name.to_owned(), rows)
        });
        object(facts.chain(tables).collect(), true)
    };
    let document = nothing();
    // A command of one report has that report only.
    let reports = document
        .reports
        .iter()
        .map(|section| (section.name.to_owned(), of_section(section)));
    let properties = [
        ("schema_version", json!({"const": SCHEMA_VERSION})),
        ("window", of_section(&document.window)),
        ("input", of_section(&document.input)),
        ("reports", object(reports.collect(), false)),
    ];
    let mut schema = object(
        properties
            .map(|(name, what)| (name.to_owned(), what))
            .into_iter()
            .collect(),
        true,
    );
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!("What authmeter prints with --format json");
    schema["$defs"] = definitions();
    schema
}

#[track_caller]
fn assert_valid(schema: &Json, answer: &Json, of: &str) {
    let validator = jsonschema::draft202012::new(schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(answer)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(errors, [""; 0], "{of}");
}

#[test]
fn the_published_schema_is_what_the_reports_say() {
    let path = testdata().join("schema.json");
    let text = format!("{:#}\n", schema(false));
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let published = fs::read_to_string(&path).unwrap();
    assert!(
        published == text,
        "{} is out of date (BLESS=1 rewrites it)",
        path.display()
    );
    let published: Json = serde_json::from_str(&published).unwrap();
    assert!(
        jsonschema::draft202012::meta::validate(&published).is_ok(),
        "it is no schema"
    );
}

#[test]
fn every_answer_is_what_the_schema_allows() {
    let scratch = Scratch::new();
    scratch
        .write("mixed", fs::read(testdata().join("mixed.jsonl")).unwrap())
        .write("plain", documents::generated(Shape::Plain))
        .write("hostile", documents::generated(Shape::Hostile))
        .write("empty", "");
    // More users than the least limit has room for.
    let many = [
        "generate", "--events", "60000", "--users", "40000", "-o", "many",
    ];
    scratch.run(&many).exit(0);
    let published: Json =
        serde_json::from_slice(&fs::read(testdata().join("schema.json")).unwrap()).unwrap();
    let schemas = [published, schema(true)];
    for report in std::iter::once("report").chain(REPORTS.iter().map(|report| report.info.name)) {
        for log in ["mixed", "plain", "hostile", "empty", "missing"] {
            let words = [report, "--format", "json", log];
            let answer = scratch.run(&[&words[..], needed(report)].concat()).json();
            for schema in &schemas {
                assert_valid(schema, &answer, &format!("{report} {log}"));
            }
        }
    }
    let ended = scratch.run(&[
        "report",
        "--format",
        "json",
        "--memory-limit",
        "1MiB",
        "many",
    ]);
    let answer = ended.exit(0).json();
    ended.expect(
        answer["reports"]["logins"]["users"]["exact"] == false,
        "an estimate",
    );
    for schema in &schemas {
        assert_valid(schema, &answer, "estimates");
    }
}

#[test]
fn what_is_no_answer_is_refused() {
    let answer = Scratch::new()
        .pipe(b"", &["report", "--format", "json"])
        .exit(0)
        .json();
    let validator = jsonschema::draft202012::new(&schema(false)).unwrap();
    assert!(validator.is_valid(&answer));
    for (path, wrong) in [
        ("/schema_version", json!(2)),
        ("/window", json!({})),
        ("/window/elapsed", json!("1 h")),
        ("/input/lines", json!(-1)),
        ("/input/lines", json!(1.5)),
        ("/input/lines", json!(null)),
        ("/input/inputs/0/input", json!(7)),
        ("/input/rejected", json!({})),
        ("/reports/logins/success_rate", json!(0.5)),
        ("/reports/logins/success_rate/rate", json!(1.5)),
        (
            "/reports/logins/users",
            json!({"value": 7, "exact": true, "error": 0}),
        ),
        ("/reports/timeline/every", json!(true)),
    ] {
        let mut changed = answer.clone();
        *changed.pointer_mut(path).unwrap() = wrong.clone();
        assert!(!validator.is_valid(&changed), "{path}: {wrong}");
    }
    let mut more = answer;
    more["reports"]["logins"]["new_fact"] = json!(1);
    assert!(validator.is_valid(&more), "names may be added");
}
