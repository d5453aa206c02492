use super::*;
use crate::event::{Timestamp, Wanted};
use crate::tally::Identifying;

/// Kind, outcome, microseconds, address.
type Told = (Kind, Outcome, Option<i64>, Option<&'static str>);

const START: i64 = 1_736_937_000_000_000;
const SECOND: i64 = 1_000_000;

fn sent(micros: i64, address: &'static str) -> Told {
    (Kind::OtpSent, Outcome::Success, Some(micros), Some(address))
}

fn verified(micros: i64, address: &'static str) -> Told {
    (
        Kind::OtpVerification,
        Outcome::Success,
        Some(micros),
        Some(address),
    )
}

fn failed(micros: i64, address: &'static str) -> Told {
    (
        Kind::OtpVerification,
        Outcome::Failure,
        Some(micros),
        Some(address),
    )
}

/// Counts events one at a time in this order, each by a state of its own where `apart`.
fn answer(told: &[Told], apart: bool) -> Section {
    let (options, directory) = (Options::default(), Directory::default());
    let mut identifying = Identifying::new(&directory, &Wanted::of_all(Otp::INFO.ids));
    let mut whole = Otp::new(&options, &directory);
    for (kind, outcome, micros, address) in told {
        let mut event = Event::new(*kind);
        event.outcome = *outcome;
        event.time = micros.and_then(|micros| {
            let micros = START + micros;
            Timestamp::new(
                micros.div_euclid(SECOND),
                micros.rem_euclid(SECOND) as u32 * 1000,
            )
        });
        event.set(Field::Email, *address);
        let domain = address.and_then(|address| address.split_once('@'));
        event.set(Field::Domain, domain.map(|(_, domain)| domain));
        let mut batch = [event];
        identifying.identify(&mut batch);
        if apart {
            let mut one = Otp::new(&options, &directory);
            one.observe(&batch);
            whole.merge(one);
        } else {
            whole.observe(&batch);
        }
    }
    whole.finish(&Context::default())
}

/// The same in this order, in the other, and from the middle on.
#[track_caller]
fn told(told: &[Told]) -> Section {
    let section = answer(told, false);
    let mut turned = told.to_vec();
    turned.reverse();
    for apart in [false, true] {
        assert_eq!(
            format!("{:?}", answer(&turned, apart)),
            format!("{section:?}")
        );
        turned.rotate_left(told.len() / 2);
    }
    section
}

fn fact<'a>(section: &'a Section, name: &str) -> &'a Value {
    let mut facts = section.facts.iter();
    &facts.find(|fact| fact.name == name).unwrap().value
}

fn seconds(section: &Section, name: &str) -> Option<f64> {
    match fact(section, name) {
        Value::Span(span) => Some(span.as_secs_f64()),
        Value::Missing => None,
        other => panic!("{other:?}"),
    }
}

/// Attempts with how many needed so many; 0 where that is not known.
fn attempts(section: &Section) -> Vec<(u64, u64)> {
    let rows = section.tables[1].rows.iter();
    rows.map(|row| match row[..] {
        [Value::Count(attempts), Value::Count(count)] => (attempts, count),
        [Value::Missing, Value::Count(count)] => (0, count),
        ref other => panic!("{other:?}"),
    })
    .collect()
}

#[test]
fn two_addresses_that_interleave_are_told_apart() {
    let section = told(&[
        sent(0, "a@x"),
        sent(SECOND, "b@x"),
        failed(2 * SECOND, "a@x"),
        verified(3 * SECOND, "b@x"),
        failed(4 * SECOND, "a@x"),
        verified(9 * SECOND, "a@x"),
        failed(10 * SECOND, "b@x"),
    ]);
    assert_eq!(attempts(&section), [(1, 1), (3, 1)]);
    assert_eq!(seconds(&section, "time_to_verify_p50"), Some(2.0));
    assert_eq!(seconds(&section, "time_to_verify_p95"), Some(9.0));
    assert_eq!(
        fact(&section, "attempts_per_success"),
        &Value::Mean { part: 5, whole: 2 }
    );
    assert_eq!(
        fact(&section, "verify_rate"),
        &Value::Ratio { part: 2, whole: 5 }
    );
    assert_eq!(
        fact(&section, "conversion"),
        &Value::Mean { part: 2, whole: 2 }
    );
}

#[test]
fn an_address_is_the_same_in_any_case() {
    let section = told(&[
        sent(0, "Zoë@X.org"),
        failed(SECOND, "zoË@x.ORG"),
        verified(2 * SECOND, "zoë@x.org"),
    ]);
    assert_eq!(attempts(&section), [(2, 1)]);
    assert_eq!(seconds(&section, "time_to_verify_p50"), Some(2.0));
}

#[test]
fn what_is_sent_again_starts_anew() {
    let section = told(&[
        sent(0, "a@x"),
        failed(SECOND, "a@x"),
        failed(2 * SECOND, "a@x"),
        sent(60 * SECOND, "a@x"),
        failed(70 * SECOND, "a@x"),
        verified(75 * SECOND, "a@x"),
    ]);
    assert_eq!(attempts(&section), [(2, 1)]);
    assert_eq!(seconds(&section, "time_to_verify_p50"), Some(15.0));
}

#[test]
fn what_failed_to_be_sent_starts_nothing() {
    let mut resent = sent(60 * SECOND, "a@x");
    for outcome in [Outcome::Failure, Outcome::Unknown] {
        resent.1 = outcome;
        let section = told(&[sent(0, "a@x"), resent, verified(75 * SECOND, "a@x")]);
        assert_eq!(
            seconds(&section, "time_to_verify_p50"),
            Some(75.0),
            "{outcome:?}"
        );
        assert_eq!(
            fact(&section, "conversion"),
            &Value::Mean { part: 1, whole: 1 }
        );
    }
}

#[test]
fn an_hour_is_near_enough_and_a_microsecond_more_is_not() {
    let section = told(&[sent(0, "a@x"), verified(HOUR, "a@x")]);
    assert_eq!(
        (attempts(&section), seconds(&section, "time_to_verify_p50")),
        (vec![(1, 1)], Some(3600.0))
    );
    let section = told(&[sent(0, "a@x"), verified(HOUR + 1, "a@x")]);
    assert_eq!(
        (attempts(&section), seconds(&section, "time_to_verify_p50")),
        (vec![(0, 1)], None)
    );
    // The latest counts: an older one does not make it up, and one that comes later is none yet.
    let section = told(&[sent(0, "a@x"), verified(-1, "a@x")]);
    assert_eq!(attempts(&section), [(0, 1)]);
}

#[test]
fn at_the_same_time_it_is_sent_then_fails_then_succeeds() {
    let section = told(&[
        verified(5, "a@x"),
        failed(5, "a@x"),
        sent(5, "a@x"),
        failed(5, "a@x"),
    ]);
    assert_eq!(
        (attempts(&section), seconds(&section, "time_to_verify_p50")),
        (vec![(3, 1)], Some(0.0))
    );
}

#[test]
fn every_success_counts() {
    let section = told(&[
        sent(0, "a@x"),
        verified(SECOND, "a@x"),
        failed(2 * SECOND, "a@x"),
        verified(4 * SECOND, "a@x"),
    ]);
    assert_eq!(attempts(&section), [(1, 1), (2, 1)]);
    assert_eq!(seconds(&section, "time_to_verify_p95"), Some(4.0));
    assert_eq!(
        fact(&section, "conversion"),
        &Value::Mean { part: 2, whole: 1 }
    );
}

#[test]
fn what_has_no_time_or_no_address_counts_but_in_no_sequence() {
    let undated = (Kind::OtpVerification, Outcome::Success, None, Some("a@x"));
    let nobody = (Kind::OtpVerification, Outcome::Success, Some(1), None);
    let undated_failure = (Kind::OtpVerification, Outcome::Failure, None, Some("a@x"));
    let section = told(&[
        sent(0, "a@x"),
        undated,
        nobody,
        undated_failure,
        verified(2, "a@x"),
    ]);
    assert_eq!(attempts(&section), [(1, 1), (0, 2)]);
    assert_eq!(fact(&section, "verified"), &Value::Count(3));
    let domains = &section.tables[0].rows;
    assert_eq!(
        domains[0][..3],
        [Value::Text("x".into()), Value::Count(1), Value::Count(2)]
    );
    assert_eq!(
        domains[1][..3],
        [Value::Missing, Value::Count(0), Value::Count(1)]
    );
}

#[test]
fn what_does_not_say_how_it_ended_stays_outside() {
    let section = told(&[
        (Kind::OtpGenerated, Outcome::Unknown, Some(0), Some("a@x")),
        (Kind::OtpGenerated, Outcome::Success, None, None),
        (Kind::OtpGenerated, Outcome::Failure, Some(0), Some("a@x")),
        sent(0, "a@x"),
        (Kind::OtpSent, Outcome::Unknown, Some(1), Some("a@x")),
        (
            Kind::OtpVerification,
            Outcome::Unknown,
            Some(2),
            Some("a@x"),
        ),
        verified(3, "a@x"),
    ]);
    let counts = [
        "generated",
        "sent",
        "send_unknown",
        "verified",
        "verify_unknown",
        "verify_failed",
    ];
    let counts = counts.map(|name| fact(&section, name).clone());
    assert_eq!(counts, [2, 1, 1, 1, 1, 0].map(Value::Count));
    assert_eq!(attempts(&section), [(1, 1)]);
    assert_eq!(
        fact(&section, "send_rate"),
        &Value::Ratio { part: 1, whole: 1 }
    );
}

#[test]
fn a_hundred_attempts_stand_for_more() {
    let mut events = vec![
        sent(0, "a@x"),
        verified(500, "a@x"),
        sent(0, "b@x"),
        verified(500, "b@x"),
    ];
    events.extend((0..98).map(|at| failed(at + 1, "a@x")));
    events.extend((0..400).map(|at| failed(at + 1, "b@x")));
    assert_eq!(attempts(&told(&events)), [(99, 1), (100, 1)]);
}

#[test]
fn nothing_seen_is_said_without_numbers() {
    let section = told(&[]);
    assert_eq!(seconds(&section, "time_to_verify_p50"), None);
    assert_eq!(fact(&section, "conversion").rate(), None);
    assert!(section.tables.iter().all(|table| table.rows.is_empty()));
}

/// A limit that has room for the events of 4,096 or so, and ten times as many come.
#[test]
fn more_addresses_than_there_is_room_for_make_estimates_within_their_error() {
    let limited = |memory_limit| {
        let options = Options {
            memory_limit,
            ..Options::default()
        };
        let directory = Directory::new(memory_limit);
        let mut report = Otp::new(&options, &directory);
        for index in 0..15_000_i64 {
            let address = format!("user-{index}@example.org");
            let mut step = |kind, outcome, second: i64| {
                let mut event = Event::new(kind);
                (event.outcome, event.time) = (outcome, Timestamp::new(1_736_937_000 + second, 0));
                event.set(Field::Email, Some(&address));
                report.observe(&[event]);
            };
            let start = index * 7 % 5000;
            step(Kind::OtpSent, Outcome::Success, start);
            (0..index % 3)
                .for_each(|at| step(Kind::OtpVerification, Outcome::Failure, start + 1 + at));
            step(
                Kind::OtpVerification,
                Outcome::Success,
                start + 3 + index * index % 301,
            );
        }
        report.finish(&Context::default())
    };
    let (exact, about) = (limited(None), limited(Some(1 << 20)));
    for name in ["time_to_verify_p50", "time_to_verify_p95"] {
        let truth = seconds(&exact, name).unwrap();
        let Value::AboutSpan { span, permille } = fact(&about, name) else {
            panic!("{name} should be an estimate")
        };
        let off = (span.as_secs_f64() - truth).abs();
        assert!(
            off <= span.as_secs_f64() * f64::from(*permille) / 1000.0,
            "{name}: {span:?} ± {permille} ‰ for {truth}"
        );
        assert!(*permille < 200, "{name}: {permille}");
    }
    assert_eq!(attempts(&exact), [(1, 5000), (2, 5000), (3, 5000)]);
    let rows = &about.tables[1].rows;
    for row in &rows[..3] {
        let Value::About { value, permille } = row[1] else {
            panic!("{row:?}")
        };
        assert!(
            value.abs_diff(5000) * 1000 <= value * u64::from(permille),
            "{row:?}"
        );
        assert!(permille < 200, "{row:?}");
    }
    assert_eq!(fact(&about, "verified"), fact(&exact, "verified"));
}
