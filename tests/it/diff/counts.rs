//! Which numbers of the reports are counts of events: those of twice the log are twice as large.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::num::NonZeroUsize;

use authmeter::compare::{NOT_EVENTS, has_places};
use authmeter::document::{Document, Value};
use authmeter::engine::{self, Audience, Plan};
use authmeter::filter::Filter;
use authmeter::read::{Input, Inputs, Reading};
use authmeter::report::{Options, REPORTS};

use super::log;

/// What all reports that have something to compare say of a log.
fn answer(log: String) -> Document {
    let plan = Plan {
        reports: REPORTS
            .iter()
            .filter(|report| report.info.default)
            .collect(),
        options: Options {
            top: 1000,
            ..Options::default()
        },
        filter: Filter::default(),
        audience: Audience::default(),
        reading: Reading::default(),
        threads: NonZeroUsize::MIN,
    };
    let log = Input::reader("log", Box::new(Cursor::new(log)));
    engine::run(&plan, &Inputs::new(vec![log]))
        .unwrap()
        .document
}

/// Its counts that are compared, with where they stand; of a table, the sums of its columns.
fn counts(document: &Document) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    let mut add = |place: [&str; 3], value: &Value| {
        if let Value::Count(count) = value
            && !NOT_EVENTS.contains(&place[2])
        {
            *counts.entry(place.join(".")).or_default() += count;
        }
    };
    for section in document
        .reports
        .iter()
        .filter(|section| has_places(section))
    {
        for fact in &section.facts {
            add([section.name, "", fact.name], &fact.value);
        }
        for table in section.tables.iter().filter(|table| table.ranked) {
            for (column, value) in table
                .rows
                .iter()
                .flat_map(|row| table.columns.iter().zip(row))
            {
                add([section.name, table.name, column], value);
            }
        }
    }
    counts
}

#[test]
fn counts_of_events_are_twice_as_large_for_twice_the_log_and_no_others_are_compared() {
    let log = log(3_000, 3);
    let (once, twice) = (counts(&answer(log.clone())), counts(&answer(log.repeat(2))));
    let doubled = once.iter().map(|(place, count)| (place.clone(), 2 * count));
    assert_eq!(doubled.collect::<BTreeMap<_, _>>(), twice);
    assert!(twice.len() > 40, "{twice:?}");
}
