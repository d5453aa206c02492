//! Tables that no report has yet, and names that meet.

use super::*;
use crate::document::Section;

fn printed(section: Section) -> String {
    let whole = Document {
        window: Section::new("window", "Window"),
        input: Section::new("input", "Input"),
        reports: vec![section],
    };
    let style = Style {
        width: 80,
        rows: 1,
        look: crate::render::Look::PLAIN,
    };
    let mut out = Vec::new();
    document(&whole, &style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn samples(printed: &str) -> Vec<&str> {
    let is_sample = |line: &&str| !line.starts_with('#');
    printed.lines().filter(is_sample).collect()
}

fn texts<const N: usize>(texts: [&str; N]) -> [Value; N] {
    texts.map(|text| Value::text(Some(text)))
}

#[test]
fn numbers_tell_rows_apart_where_texts_do_not() {
    let [monday, tuesday] = texts(["Mon", "Tue"]);
    let row =
        |day: &Value, hour, events| vec![day.clone(), Value::Count(hour), Value::Count(events)];
    let rows = [row(&monday, 0, 5), row(&monday, 1, 6), row(&tuesday, 0, 5)];
    let section = Section::new("peaks", "Peaks").table("hours", &["day", "hour", "events"], rows);
    assert_eq!(
        samples(&printed(section)),
        [
            r#"authmeter_peaks_hours_events{day="Mon",hour="0"} 5"#,
            r#"authmeter_peaks_hours_events{day="Mon",hour="1"} 6"#,
            r#"authmeter_peaks_hours_events{day="Tue",hour="0"} 5"#,
        ]
    );
}

#[test]
fn rows_that_are_the_same_have_their_numbers() {
    let rows = [(); 2].map(|()| texts(["a", "b"]).to_vec());
    let section = Section::new("activity", "Activity").table("recent", &["user", "event"], rows);
    assert_eq!(
        samples(&printed(section)),
        [
            r#"authmeter_activity_recent_info{user="a",event="b",row="1"} 1"#,
            r#"authmeter_activity_recent_info{user="a",event="b",row="2"} 1"#,
        ]
    );
}

#[test]
fn names_that_meet_are_told_apart() {
    let section = Section::new("a", "A")
        .fact("b_c", Value::Count(1))
        .fact("b_c_total", Value::Count(2))
        .table("b", &["key", "c"], [vec![Value::Missing, Value::Count(3)]]);
    assert_eq!(
        samples(&printed(section)),
        [
            "authmeter_a_b_c 1",
            "authmeter_a_b_c_again 2",
            r#"authmeter_a_b_c_again_again{key=""} 3"#
        ]
    );
}

#[test]
fn an_estimate_is_said_to_be_one() {
    let about = Value::About {
        value: 7,
        permille: 16,
    };
    let rows = [vec![Value::text(Some("web")), about.clone()]];
    let section = Section::new("logins", "Logins").fact("users", about).table(
        "by_client",
        &["client", "users"],
        rows,
    );
    assert_eq!(
        samples(&printed(section)),
        [
            r#"authmeter_logins_users{exact="false"} 7"#,
            "authmeter_logins_users_error_ratio 0.016",
            r#"authmeter_logins_by_client_users{client="web",exact="false"} 7"#,
            r#"authmeter_logins_by_client_users_error_ratio{client="web"} 0.016"#,
        ]
    );
}

#[test]
fn endings_that_mean_another_sort_of_metric_are_left_out() {
    for (path, name) in [
        (&["logins", "total"][..], "authmeter_logins"),
        (&["a", "by_reason", "count"], "authmeter_a_by_reason"),
        (&["a", "sum"], "authmeter_a_sum_value"),
        (&["input", "bytes"], "authmeter_input_bytes"),
    ] {
        assert_eq!(base(path), name);
    }
}

#[test]
fn times_are_seconds_since_1970_to_the_nanosecond() {
    let at = |seconds, nanos| epoch(Timestamp::new(seconds, nanos).unwrap());
    assert_eq!(
        [
            at(0, 0),
            at(1_736_937_000, 0),
            at(10, 500_000_000),
            at(1, 1)
        ],
        ["0", "1736937000", "10.5", "1.000000001"]
    );
    assert_eq!([at(-1, 0), at(-1, 750_000_000)], ["-1", "-0.25"]);
}
