use super::*;
use crate::event::Timestamp;
use crate::render::human::human;

fn answers(section: Section) -> Vec<(Tone, String)> {
    let document = Document {
        window: Section::new("window", "Window"),
        input: Section::new("input", "Input"),
        reports: vec![section],
    };
    let told = |headline: Headline| {
        let piece = |piece: &Piece| match piece {
            Piece::Words(words) => (*words).to_owned(),
            Piece::Value(value) => human(value),
        };
        let text: String = headline.answer.iter().map(piece).collect();
        (headline.tone, text)
    };
    headlines(&document).into_iter().map(told).collect()
}

fn timeline(count: Value, usual: Value, rows: Vec<Vec<Value>>) -> Section {
    let columns = &["start", "events", "failures", "usual", "times"];
    Section::new("timeline", "Timeline")
        .fact("every", Value::Text("1h".to_owned()))
        .fact("unusual_buckets", count)
        .fact("usual_failures", usual)
        .ranking("unusual", columns, rows)
}

fn one(section: Section) -> (Tone, String) {
    let mut answers = answers(section);
    assert_eq!(answers.len(), 1, "{answers:?}");
    answers.remove(0)
}

fn share(part: u64, whole: u64) -> Value {
    Value::Ratio { part, whole }
}

#[test]
fn a_document_without_these_reports_says_nothing() {
    assert_eq!(answers(Section::new("ips", "Addresses")), []);
    assert_eq!(answers(Section::new("timeline", "Timeline")), []);
}

#[test]
fn nothing_unusual_is_good_and_nothing_to_compare_is_unknown() {
    let quiet = timeline(Value::Count(0), share(1, 25), Vec::new());
    let expected = "Nothing failed more than usual: 4.00 % of events";
    assert_eq!(one(quiet), (Tone::Good, expected.to_owned()));
    let (tone, _) = one(timeline(Value::Missing, Value::Missing, Vec::new()));
    assert_eq!(tone, Tone::Unknown);
}

#[test]
fn where_everything_fails_that_is_said_and_bad() {
    let failing = timeline(Value::Count(0), share(25, 25), Vec::new());
    let expected = "Every event failed: 100.00 % of events";
    assert_eq!(one(failing), (Tone::Bad, expected.to_owned()));
    let (tone, _) = one(timeline(Value::Count(0), share(0, 0), Vec::new()));
    assert_eq!(tone, Tone::Good);
}

#[test]
fn the_worst_bucket_is_named() {
    let row = |times| {
        let start = Value::time(Timestamp::new(1_736_258_400, 0).unwrap());
        vec![start, Value::Count(50), share(20, 50), share(1, 25), times]
    };
    let times = Value::Mean {
        part: 3100,
        whole: 1000,
    };
    let bad = timeline(Value::Count(1), share(1, 25), vec![row(times.clone())]);
    let expected = "Failures were 3.10 × usual on 2025-01-07 14:00Z (1h)";
    assert_eq!(one(bad), (Tone::Bad, expected.to_owned()));
    let rows = vec![row(times.clone()), row(times)];
    let (_, text) = one(timeline(Value::Count(2), share(1, 25), rows));
    assert!(text.ends_with("(1h); buckets like it: 2"), "{text}");
    let (_, text) = one(timeline(
        Value::Count(1),
        share(0, 25),
        vec![row(Value::Missing)],
    ));
    assert!(
        text.starts_with("Failures were 40.00 % of events on 2025"),
        "{text}"
    );
}

fn logins(ok: u64, failed: u64, rows: Vec<Vec<Value>>) -> Section {
    Section::new("logins", "Logins")
        .fact("total", Value::Count(ok + failed))
        .fact("failure", Value::Count(failed))
        .fact("success_rate", share(ok, ok + failed))
        .fact("users", Value::Count(3))
        .ranking("by_reason", &["reason", "count"], rows)
}

#[test]
fn logins_are_counted_and_their_reasons_named() {
    let row = |reason, count| vec![Value::text(reason), Value::Count(count)];
    let rows = vec![
        row(Some("a"), 3),
        row(None, 2),
        row(Some("c"), 1),
        row(Some("d"), 1),
    ];
    let answers = answers(logins(1000, 7, rows));
    assert_eq!(
        answers[0].1,
        "1,000 of 1,007 logins succeeded, 99.30 %; different users: 3"
    );
    assert_eq!(answers[1].1, "a 3, no reason given 2, c 1, of 7 failed");
}

#[test]
fn no_failure_is_good_and_no_login_is_unknown() {
    let none_failed = answers(logins(5, 0, Vec::new()));
    assert_eq!(none_failed[1], (Tone::Good, "No login failed".to_owned()));
    assert_eq!(one(logins(0, 0, Vec::new())).0, Tone::Unknown);
}

#[test]
fn a_token_that_is_used_again_is_bad() {
    let refreshes = |reused| {
        let mean = |part, whole| Value::Mean { part, whole };
        Section::new("refreshes", "Refreshes")
            .fact("total", Value::Count(8))
            .fact("success", Value::Count(6))
            .fact("success_rate", share(6, 8))
            .fact("per_user", mean(6, 3))
            .fact("per_login", mean(6, 0))
            .fact("reused", reused)
    };
    let (tone, text) = one(refreshes(Value::Count(0)));
    assert_eq!(text, "6 refreshes, 2.00 for each user; 75.00 % succeeded");
    assert_eq!(tone, Tone::Neutral);
    let (tone, text) = one(refreshes(Value::Count(1)));
    assert!(text.ends_with("; tokens used again: 1"), "{text}");
    assert_eq!(tone, Tone::Bad);
}

#[test]
fn severe_events_are_bad() {
    let security = |critical, high| {
        Section::new("security", "Security")
            .fact("critical", Value::Count(critical))
            .fact("high", Value::Count(high))
    };
    assert_eq!(one(security(0, 0)).0, Tone::Good);
    let expected = (Tone::Bad, "Security events: 0 critical, 2 high".to_owned());
    assert_eq!(one(security(0, 2)), expected);
}
