//! Documents made by hand.

use super::*;
use crate::document::Value;

/// A document of so many events, with one report.
fn document(events: u64, report: Section) -> Document {
    Document {
        window: Section::new("window", "Window"),
        input: Section::new("input", "Input").fact("events", Value::Count(events)),
        reports: vec![report],
    }
}

/// Failures of so many events, by reason.
fn failures(events: u64, reasons: &[(&str, u64)]) -> Document {
    let total = reasons.iter().map(|(_, count)| count).sum();
    let rows = reasons
        .iter()
        .map(|(reason, count)| vec![Value::text(Some(reason)), Value::Count(*count)]);
    let report = Section::new("failures", "Failures")
        .fact("total", Value::Count(total))
        .fact(
            "rate",
            Value::Ratio {
                part: total,
                whole: events,
            },
        )
        .ranking("by_reason", &["reason", "count"], rows);
    document(events, report)
}

/// The same in 20 parts, each a 20th of it: events that know nothing of each other.
fn evenly(events: u64, reasons: &[(&str, u64)]) -> Vec<Document> {
    let part = |index: u64| {
        // What is left over of each reason goes to other parts.
        let share = |count: u64, first: usize| {
            let place = (index + 20 - first as u64 % 20) % 20;
            count / 20 + u64::from(place < count % 20)
        };
        let reasons: Vec<(&str, u64)> = reasons
            .iter()
            .enumerate()
            .map(|(first, (reason, count))| (*reason, share(*count, first)))
            .collect();
        failures(share(events, 0), &reasons)
    };
    (0..20).map(part).collect()
}

type Counted<'a> = (u64, &'a [(&'a str, u64)]);

fn compared([a, b]: [Counted<'_>; 2]) -> Document {
    let documents = [a, b].map(|(events, reasons)| failures(events, reasons));
    let parts = [a, b].map(|(events, reasons)| evenly(events, reasons));
    compare([0, 1].map(|side| Side {
        name: "log",
        document: &documents[side],
        parts: &parts[side],
    }))
}

/// The rows of a table, each as the text of its first two columns.
fn keys(document: &Document, table: &str) -> Vec<String> {
    let mut tables = document.reports[0].tables.iter();
    let table = tables.find(|known| known.name == table).unwrap();
    let text = |value: &Value| match value {
        Value::Text(text) => text.clone(),
        _ => "–".to_owned(),
    };
    let rows = table.rows.iter();
    rows.map(|row| format!("{} {}", text(&row[0]), text(&row[1])))
        .collect()
}

fn summary(document: &Document) -> &Value {
    fact(&document.reports[0], "summary").unwrap()
}

#[test]
fn what_changed_is_told_the_clearest_first() {
    let before: &[_] = &[("expired", 100), ("locked", 100), ("unknown", 100)];
    let after: &[_] = &[("expired", 103), ("locked", 300), ("unknown", 98)];
    let document = compared([(10_000, before), (10_000, after)]);
    let changes = keys(&document, "changes");
    assert_eq!(
        changes,
        [
            "failures.by_reason count locked",
            "failures.rate –",
            "failures.total –",
            "failures.by_reason count unknown",
            "failures.by_reason count expired",
        ]
    );
    assert_eq!(changed(&document), 5);
    let expected = "5 of 5 comparisons changed beyond chance; most clearly the share of \
                    failures.by_reason count rose for locked";
    assert_eq!(summary(&document), &Value::Text(expected.to_owned()));
}

#[test]
fn the_same_numbers_are_no_change() {
    let same = (10_000, [("expired", 100), ("locked", 3)].as_slice());
    let document = compared([same, same]);
    assert_eq!(changed(&document), 0);
    let expected = "Both sides have the same numbers";
    assert_eq!(summary(&document), &Value::Text(expected.to_owned()));
    let of_a_like = (10_000, [("expired", 104), ("locked", 2)].as_slice());
    let document = compared([same, of_a_like]);
    let expected = "Nothing changed beyond chance, in 4 comparisons";
    assert_eq!(summary(&document), &Value::Text(expected.to_owned()));
}

#[test]
fn a_thousand_rare_reasons_do_not_hide_one_that_is_new() {
    let names: Vec<String> = (0..1000).map(|index| format!("rare-{index}")).collect();
    let (before, mut after): (Vec<_>, Vec<_>) = names
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let name = name.as_str();
            ((name, 1 + index as u64 % 2), (name, 2 - index as u64 % 2))
        })
        .unzip();
    // 2 / 2^17 is 0.000015: less than 1 % of 600 comparisons, more than 1 % of 1,000.
    after.push(("new", 17));
    let document = compared([(100_000, &before), (100_000, &after)]);
    assert_eq!(keys(&document, "changes"), ["failures.by_reason count new"]);
    let row_counts = &document.reports[0].tables[5];
    let only_in = row_counts.rows[0].last();
    assert_eq!(only_in, Some(&Value::Text("b".to_owned())));
}

#[test]
fn estimates_are_shown_and_not_compared() {
    let estimated = |value| {
        let about = Value::About {
            value,
            permille: 16,
        };
        let rows = [vec![Value::text(Some("web")), about.clone()]];
        let report = Section::new("logins", "Logins")
            .fact("total", about)
            .fact("users", Value::Count(value))
            .ranking("by_client", &["client", "count"], rows);
        document(100_000, report)
    };
    let documents = [estimated(100), estimated(90_000)];
    let parts = documents.clone().map(|document| vec![document; 20]);
    let document = compare([0, 1].map(|side| Side {
        name: "log",
        document: &documents[side],
        parts: &parts[side],
    }));
    assert_eq!(
        fact(&document.reports[0], "compared"),
        Some(&Value::Count(0))
    );
    let untested = document.reports[0].tables.last().unwrap();
    assert_eq!(
        untested.rows[0],
        [
            Value::Text("logins.total".to_owned()),
            Value::About {
                value: 100,
                permille: 16
            },
            Value::About {
                value: 90_000,
                permille: 16
            },
        ]
    );
    assert_eq!(untested.rows.len(), 2);
}

#[test]
fn nothing_is_compared_with_nothing() {
    let empty: Counted<'_> = (0, &[]);
    let some: Counted<'_> = (1_000, &[("expired", 100)]);
    for (sides, begins) in [
        ([empty, empty], "Neither side"),
        ([empty, some], "Side a has no events"),
        ([some, empty], "Side b has no events"),
    ] {
        let document = compared(sides);
        assert_eq!(changed(&document), 0);
        assert!(
            matches!(summary(&document), Value::Text(text) if text.starts_with(begins)),
            "{:?}",
            summary(&document)
        );
    }
}
