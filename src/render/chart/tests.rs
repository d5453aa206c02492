use super::*;
use crate::event::Timestamp;

fn with(section: Section) -> Document {
    Document {
        window: Section::new("window", "Window"),
        input: Section::new("input", "Input"),
        reports: vec![section],
    }
}

fn start(second: i64) -> Value {
    Value::time(Timestamp::new(second, 0).unwrap())
}

fn timeline(rows: Vec<Vec<Value>>) -> Document {
    let columns = &["start", "events", "logins_ok", "failures"];
    with(
        Section::new("timeline", "Timeline")
            .fact("every", Value::Text("1h".to_owned()))
            .fact("empty_left_out", Value::Count(7))
            .table("buckets", columns, rows),
    )
}

#[test]
fn a_document_with_none_of_it_has_nothing_to_draw() {
    let empty = with(Section::new("other", "Other"));
    assert_eq!(series(&empty), None);
    assert_eq!(weeks(&empty), []);
    assert_eq!(funnel(&empty), None);
    assert_eq!(login_reasons(&empty), []);
    assert_eq!(tokens_by_client(&empty), []);
    assert_eq!(login_rate(&empty), None);
    assert_eq!(login_rates_by_method(&empty), []);
    assert_eq!(series(&timeline(Vec::new())), None);
}

#[test]
fn the_series_has_each_column_there_is() {
    let row = |at, numbers: [u64; 3]| {
        let mut row = vec![start(at)];
        row.extend(numbers.map(Value::Count));
        row
    };
    let document = timeline(vec![row(0, [5, 2, 1]), row(3600, [9, 4, 3])]);
    let series = series(&document).unwrap();
    assert_eq!((series.every, series.gaps), ("1h", true));
    assert_eq!(series.starts, [&start(0), &start(3600)]);
    let expected = [
        ("events", vec![5, 9]),
        ("logins_ok", vec![2, 4]),
        ("failures", vec![1, 3]),
    ];
    assert_eq!(series.lines, expected);
}

#[test]
fn what_is_no_number_and_no_time_is_not_drawn() {
    let mut row = vec![start(0), Value::Missing, Value::Count(1), Value::Count(2)];
    let lines = |document: &Document| series(document).map(|series| series.lines.len());
    assert_eq!(lines(&timeline(vec![row.clone()])), Some(2));
    row[0] = Value::Missing;
    assert_eq!(lines(&timeline(vec![row])), None);
}

#[test]
fn a_week_is_turned_from_hours_to_days() {
    const COLUMNS: &[&str] = &[
        "hour",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let row = |hour: u64| (0..8).map(|day| Value::Count(hour * 10 + day)).collect();
    let week = |rows: Vec<Vec<Value>>| {
        let section = Section::new("peaks", "Peaks");
        weeks(&with(section.table("events", COLUMNS, rows)))
    };
    let found = week((0..24).map(row).collect());
    assert_eq!((found[0].name, found[0].days[6]), ("events", "sunday"));
    // Monday is the second column.
    assert_eq!([found[0].counts[0][0], found[0].counts[6][23]], [1, 237]);
    assert_eq!(week((0..23).map(row).collect()), []);
}

#[test]
fn bars_tokens_and_rates_keep_their_order_and_what_has_no_name() {
    let count = Value::Count;
    let about = Value::About {
        value: 4,
        permille: 9,
    };
    let rate = Value::Ratio { part: 1, whole: 2 };
    let none = Value::Ratio { part: 0, whole: 0 };
    let document = with(
        Section::new("logins", "Logins")
            .fact("success_rate", rate.clone())
            .ranking(
                "by_reason",
                &["reason", "count"],
                [
                    vec![Value::Missing, count(9)],
                    vec![Value::text(Some("b")), about],
                ],
            )
            .ranking(
                "by_client",
                &["client", "success_rate"],
                [
                    vec![Value::text(Some("web")), rate.clone()],
                    vec![Value::Missing, none],
                ],
            ),
    );
    let bar = |name, count| Bar { name, count };
    assert_eq!(login_reasons(&document), [bar(None, 9), bar(Some("b"), 4)]);
    let found = login_rate(&document).unwrap();
    assert_eq!((found.rate, found.interval), (0.5, rate.interval()));
    let names: Vec<_> = login_rates_by_client(&document)
        .iter()
        .map(|rate| rate.name)
        .collect();
    assert_eq!(names, [Some("web")]);
    let row = vec![Value::text(Some("access")), count(3), count(2), count(1)];
    let tokens = Section::new("tokens", "Tokens");
    let columns = &["type", "issued", "refreshed", "failed"];
    let document = with(tokens.ranking("by_type", columns, [row]));
    let expected = Tokens {
        name: Some("access"),
        counts: [3, 2, 1],
    };
    assert_eq!(tokens_by_type(&document), [expected]);
}

#[test]
fn the_funnel_says_who_was_lost_at_each_step() {
    let otp = |numbers: [u64; 5]| {
        let names = [
            "generated",
            "sent",
            "send_failed",
            "verified",
            "verify_failed",
        ];
        let facts = names.into_iter().zip(numbers);
        with(
            facts.fold(Section::new("otp", "OTP"), |section, (name, count)| {
                section.fact(name, Value::Count(count))
            }),
        )
    };
    let steps = funnel(&otp([9, 8, 1, 5, 2])).unwrap();
    let last = Step {
        name: "verified",
        count: 5,
        lost: Some(("verify_failed", 2)),
    };
    assert_eq!((steps.len(), &steps[2]), (3, &last));
    assert_eq!(funnel(&otp([0; 5])), None);
}
