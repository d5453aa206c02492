use super::*;
use crate::event::Kind;
use crate::zone::Zone;

/// The report over events at these times; those that are marked failed.
fn peaks(zone: &str, times: &[(&str, bool)]) -> Section {
    let options = Options {
        zone: Zone::named(zone).unwrap(),
        ..Options::default()
    };
    let mut report = Peaks::new(&options, &Directory::default());
    for (time, failed) in times {
        let mut event = Event::new(Kind::Login);
        event.time = Timestamp::parse(time);
        if *failed {
            event.outcome = Outcome::Failure;
        }
        report.observe(&[event]);
    }
    report.finish(&Context::default())
}

fn facts(section: &Section) -> Vec<Value> {
    section
        .facts
        .iter()
        .map(|fact| fact.value.clone())
        .collect()
}

/// The rows of a table that hold anything.
fn told(section: &Section, table: &str) -> Vec<Vec<Value>> {
    let table = section.tables.iter().find(|it| it.name == table).unwrap();
    let some = |row: &&Vec<Value>| row[1..].iter().any(|value| *value != Value::Count(0));
    table.rows.iter().filter(some).cloned().collect()
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn counts(numbers: &[u64]) -> Vec<Value> {
    numbers.iter().copied().map(Value::Count).collect()
}

#[test]
fn events_stand_at_their_hour_and_weekday() {
    // 2025-01-15 was a Wednesday, 2025-01-20 a Monday, and 1969-12-31 a Wednesday.
    let section = peaks(
        "UTC",
        &[
            ("2025-01-15T10:30:00Z", false),
            ("2025-01-15T10:59:59.999Z", true),
            ("2025-01-15T11:00:00Z", false),
            ("2025-01-20T10:00:00Z", true),
            ("1969-12-31T23:59:59Z", false),
            ("yesterday", true),
        ],
    );
    assert_eq!(
        facts(&section),
        [Value::Count(10), text("Wednesday"), Value::Count(0)]
    );
    assert_eq!(
        told(&section, "by_hour"),
        [
            counts(&[10, 3, 2]),
            counts(&[11, 1, 0]),
            counts(&[23, 1, 0])
        ]
    );
    assert_eq!(
        told(&section, "by_weekday"),
        [
            vec![text("Monday"), Value::Count(1), Value::Count(1)],
            vec![text("Wednesday"), Value::Count(4), Value::Count(1)],
        ]
    );
    assert_eq!(
        told(&section, "events"),
        [
            counts(&[10, 1, 0, 2, 0, 0, 0, 0]),
            counts(&[11, 0, 0, 1, 0, 0, 0, 0]),
            counts(&[23, 0, 0, 1, 0, 0, 0, 0]),
        ]
    );
    assert_eq!(
        told(&section, "failures"),
        [counts(&[10, 1, 0, 1, 0, 0, 0, 0])]
    );
}

#[test]
fn of_equal_hours_and_days_the_earliest_is_named() {
    let section = peaks(
        "UTC",
        &[
            ("2025-01-19T22:00:00Z", false), // a Sunday
            ("2025-01-14T22:00:00Z", false), // a Tuesday
            ("2025-01-18T00:30:00Z", false),
            ("2025-01-18T00:40:00Z", false),
            ("2025-01-14T03:00:00Z", false),
        ],
    );
    assert_eq!(
        facts(&section),
        [Value::Count(0), text("Tuesday"), Value::Count(1)]
    );
}

#[test]
fn hours_are_those_that_clocks_show() {
    // 2025-10-26: Berlin's clocks show 02:30 twice; 2025-03-30: 02:00 to 03:00 is skipped. Both are Sundays.
    let section = peaks(
        "Europe/Berlin",
        &[
            ("2025-10-26T00:30:00Z", false),
            ("2025-10-26T01:30:00Z", false),
            ("2025-03-30T00:59:59Z", false),
            ("2025-03-30T01:00:00Z", false),
            ("2025-01-19T23:30:00Z", false), // already Monday
        ],
    );
    assert_eq!(
        told(&section, "events"),
        [
            counts(&[0, 1, 0, 0, 0, 0, 0, 0]),
            counts(&[1, 0, 0, 0, 0, 0, 0, 1]),
            counts(&[2, 0, 0, 0, 0, 0, 0, 2]),
            counts(&[3, 0, 0, 0, 0, 0, 0, 1]),
        ]
    );
    // Kathmandu is 5 h 45 min ahead.
    let section = peaks("Asia/Kathmandu", &[("2025-01-19T18:15:00Z", false)]);
    assert_eq!(
        facts(&section),
        [Value::Count(0), text("Monday"), Value::Count(1)]
    );
}

#[test]
fn nothing_dated_has_no_peak() {
    for times in [&[][..], &[("never", true)]] {
        let section = peaks("UTC", times);
        assert_eq!(
            facts(&section),
            [Value::Missing, Value::Missing, Value::Missing]
        );
        let rows = section.tables.iter().map(|table| table.rows.len());
        assert_eq!(rows.collect::<Vec<_>>(), [24, 7, 24, 24]);
        assert_eq!(told(&section, "by_hour"), [] as [Vec<Value>; 0]);
    }
}

#[test]
fn the_first_and_the_last_second_there_are_have_a_place() {
    // 0001-01-01 was a Monday of the proleptic Gregorian calendar, 9999-12-31 is a Friday.
    assert_eq!(place(-62_135_596_800), (0, 0));
    assert_eq!(place(253_402_300_799), (4, 23));
}
