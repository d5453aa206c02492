use super::super::clients::Clients;
use super::super::users::Users;
use super::*;
use crate::event::{Kind, Outcome, Timestamp, Wanted};
use crate::tally::Identifying;

/// Kind, outcome, time and name of an event.
type Said<'a> = (Kind, Outcome, &'a str, &'a str);

fn top<A: Actor>(options: &Options, events: &[Said<'_>]) -> Section {
    let directory = Directory::new(options.memory_limit);
    let mut identifying = Identifying::new(&directory, &Wanted::of_all(A::INFO.ids));
    let mut report = Top::<A>::new(options, &directory);
    for (kind, outcome, time, name) in events {
        let mut event = [Event::new(*kind)];
        (event[0].outcome, event[0].time) = (*outcome, Timestamp::parse(time));
        event[0].set(A::FIELD, Some(name));
        identifying.identify(&mut event);
        report.observe(&event);
    }
    report.finish(&Context::default())
}

fn facts(section: &Section) -> Vec<&Value> {
    section.facts.iter().map(|fact| &fact.value).collect()
}

fn rows(section: &Section) -> &[Vec<Value>] {
    &section.tables[0].rows
}

fn row(name: &str, counts: [u64; 5], seen: [&str; 2]) -> Vec<Value> {
    let seen = seen.map(|time| Timestamp::parse(time).map_or(Value::Missing, Value::time));
    let counts = counts.map(Value::Count);
    std::iter::once(Value::Text(name.to_owned()))
        .chain(counts)
        .chain(seen)
        .collect()
}

use Kind::{Login, Logout, TokenGenerated, TokenIssued, TokenRefresh, TokenUsed};
use Outcome::{Failure, Success, Unknown};

#[test]
fn each_user_has_what_was_done_and_when() {
    let section = top::<Users>(
        &Options::default(),
        &[
            (Login, Success, "2025-01-15T10:00:00Z", "ana"),
            (Login, Failure, "2025-01-15T09:00:00Z", "bo"),
            (Login, Failure, "2025-01-15T12:00:00.123999Z", "bo"),
            (Login, Unknown, "2025-01-15T11:00:00Z", "bo"),
            (Logout, Success, "never", "bo"),
            (TokenGenerated, Success, "2025-01-15T10:00:01Z", "ana"),
            (TokenIssued, Failure, "2025-01-15T10:00:02Z", "ana"),
            (TokenRefresh, Success, "2025-01-15T10:30:00Z", "ana"),
            (TokenRefresh, Failure, "2025-01-15T09:59:59.999Z", "ana"),
            (TokenUsed, Success, "never", "cy"),
            (TokenUsed, Success, "1925-01-15T00:00:00Z", ""),
        ],
    );
    assert_eq!(facts(&section), [&Value::Count(3), &Value::Count(1)]);
    // Nobody's first time is that of the log, and microseconds are dropped.
    assert_eq!(
        rows(&section),
        [
            row(
                "ana",
                [5, 1, 0, 1, 2],
                ["2025-01-15T09:59:59.999Z", "2025-01-15T10:30:00Z"]
            ),
            row(
                "bo",
                [4, 0, 2, 0, 0],
                ["2025-01-15T09:00:00Z", "2025-01-15T12:00:00.123Z"]
            ),
            row("cy", [1, 0, 0, 0, 0], ["never", "never"]),
        ]
    );
}

#[test]
fn only_the_top_is_told_and_equal_ones_by_name() {
    let time = "2025-01-15T10:00:00Z";
    let events = ["d", "b", "c", "a", "d"].map(|name| (TokenUsed, Success, time, name));
    for (most, expected) in [
        (0, &[][..]),
        (1, &["d"]),
        (3, &["d", "a", "b"]),
        (9, &["d", "a", "b", "c"]),
    ] {
        let options = Options {
            top: most,
            ..Options::default()
        };
        let section = top::<Clients>(&options, &events);
        let names: Vec<&Value> = rows(&section).iter().map(|row| &row[0]).collect();
        let expected: Vec<Value> = expected
            .iter()
            .map(|name| Value::Text((*name).to_owned()))
            .collect();
        assert_eq!(names, expected.iter().collect::<Vec<_>>());
        assert_eq!(facts(&section), [&Value::Count(4), &Value::Count(0)]);
    }
}

#[test]
fn estimates_tell_counts_with_their_error_and_no_times() {
    let names: Vec<String> = (0..1000).map(|user| format!("user-{user}")).collect();
    let time = "2025-01-15T10:00:00Z";
    let mut events: Vec<Said<'_>> = names
        .iter()
        .map(|name| (TokenRefresh, Success, time, &**name))
        .collect();
    events.extend([(Login, Failure, time, "user-7"); 500]);
    let limited = |memory_limit| Options {
        memory_limit,
        ..Options::default()
    };
    let section = top::<Users>(&limited(Some(1000)), &events);
    let first = &rows(&section)[0];
    assert_eq!(first[0], Value::Text("user-7".to_owned()));
    let Value::About { value, permille } = first[1] else {
        panic!("{first:?}");
    };
    // e / 16384 of 1500 events, rounded up, is 1.
    assert!((501..=502).contains(&value) && permille == 2, "{first:?}");
    assert_eq!(first[6..], [Value::Missing, Value::Missing]);
    assert!(matches!(facts(&section)[0], Value::About { .. }));
    let exact = top::<Users>(&limited(None), &events);
    let roomy = top::<Users>(&limited(Some(1 << 24)), &events);
    assert_eq!(format!("{roomy:?}"), format!("{exact:?}"));
    assert_eq!(
        rows(&exact)[0],
        row("user-7", [501, 0, 500, 0, 1], [time, time])
    );
}

#[test]
fn a_state_takes_no_more_than_is_said() {
    assert_eq!(size_of::<Activity>(), 39);
}

#[test]
fn the_first_and_the_last_moment_there_are_have_been_seen() {
    let [first, last] = ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"];
    for times in [[first, last], [last, first]] {
        let events = times.map(|time| (Logout, Success, time, "u"));
        let section = top::<Users>(&Options::default(), &events);
        assert_eq!(rows(&section), [row("u", [2, 0, 0, 0, 0], [first, last])]);
    }
}
