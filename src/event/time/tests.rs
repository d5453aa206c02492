use super::*;
use chrono::{DateTime, Datelike, NaiveDate};
use proptest::prelude::*;

fn read(text: &str) -> String {
    Timestamp::parse(text).map_or_else(|| "unreadable".to_owned(), |time| time.to_string())
}

#[test]
fn the_writers_form_reads_and_prints_as_itself() {
    let text = "2025-01-15T10:30:00.123Z";
    assert_eq!(read(text), text);
    assert_eq!(
        Timestamp::parse(text).unwrap().to_millis_text(),
        *text.as_bytes().first_chunk().unwrap()
    );
}

#[test]
fn every_shape_of_a_civil_time_is_read() {
    for (text, expected) in [
        ("2025-01-15T10:30:00Z", "2025-01-15T10:30:00.000Z"),
        ("2025-01-15t10:30:00z", "2025-01-15T10:30:00.000Z"),
        ("2025-01-15T10:30:00.1Z", "2025-01-15T10:30:00.100Z"),
        ("2025-01-15T10:30:00.123456Z", "2025-01-15T10:30:00.123456Z"),
        (
            "2025-01-15T10:30:00.123456789Z",
            "2025-01-15T10:30:00.123456789Z",
        ),
        ("2025-01-15T10:30:00+02:00", "2025-01-15T08:30:00.000Z"),
        ("2025-01-15T00:30:00+05:45", "2025-01-14T18:45:00.000Z"),
        ("2025-01-15T23:30:00-0130", "2025-01-16T01:00:00.000Z"),
        ("2025-01-15 10:30:00", "2025-01-15T10:30:00.000Z"),
        ("2025-01-15 10:30:00.25", "2025-01-15T10:30:00.250Z"),
        ("2025-01-15 10:30:00+00", "2025-01-15T10:30:00.000Z"),
        ("2025-01-15 10:30:00.5-07", "2025-01-15T17:30:00.500Z"),
        ("2025-01-15T10:30:00", "2025-01-15T10:30:00.000Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn epoch_units_are_told_apart_by_size() {
    let expected = "2025-01-15T10:30:00.000Z";
    for text in [
        "1736937000",
        "1736937000000",
        "1736937000000000",
        "1736937000000000000",
        "1.736937e9",
        "1736937000.0",
        "17369370e2",
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
    assert_eq!(
        read("1736937000.000000001"),
        "2025-01-15T10:30:00.000000001Z"
    );
    assert_eq!(read("1736937000123.5"), "2025-01-15T10:30:00.123500Z");
    assert_eq!(
        read("1736937000123456789"),
        "2025-01-15T10:30:00.123456789Z"
    );
    assert_eq!(read("0"), "1970-01-01T00:00:00.000Z");
    assert_eq!(read("1e3"), "1970-01-01T00:16:40.000Z");
    assert_eq!(read("-1.5"), "1969-12-31T23:59:58.500Z");
}

#[test]
fn what_is_no_time_is_unreadable() {
    for text in [
        "",
        "-",
        "now",
        "-e5",
        "1e",
        "1e99999",
        "1e400",
        ".5",
        "1.2.3",
        "NaN",
        "0x10",
        " 1736937000",
        "1736937000 ",
        "2025-01-15",
        "2025-01-15T10:30",
        "2025-13-01T00:00:00Z",
        "2025-00-01T00:00:00Z",
        "2025-02-29T00:00:00Z",
        "2025-01-32T00:00:00Z",
        "2025-01-00T00:00:00Z",
        "2025-01-15T24:00:00Z",
        "2025-01-15T10:60:00Z",
        "2025-01-15T10:30:61Z",
        "2025-01-15T10:30:00.Z",
        "2025-01-15T10:30:00.1234567890Z",
        "2025-01-15T10:30:00+24:00",
        "2025-01-15T10:30:00+1",
        "2025-01-15T10:30:00+01:0",
        "2025-01-15T10:30:00ZZ",
        "2025/01/15T10:30:00Z",
        "2025-01-15_10:30:00Z",
        "2025-01-15T10-30-00Z",
        "0000-12-31T00:00:00Z",
        "9999-12-31T23:59:59-01:00",
        "2025-01-15T10:30:0\u{0660}Z",
        "99999999999999999999999999999999999999999",
    ] {
        assert_eq!(read(text), "unreadable", "{text}");
    }
}

proptest! {
    #[test]
    fn printing_and_reading_agree_with_chrono(seconds in MIN_SECONDS..=MAX_SECONDS, nanos in 0_u32..1_000_000_000) {
        let time = Timestamp::new(seconds, nanos).unwrap();
        let text = time.to_string();
        let oracle = DateTime::from_timestamp(seconds, nanos).unwrap();
        prop_assert_eq!(DateTime::parse_from_rfc3339(&text).unwrap(), oracle);
        prop_assert_eq!(Timestamp::parse(&text), Some(time));
        let millis = String::from_utf8(time.to_millis_text().to_vec()).unwrap();
        prop_assert_eq!(millis, oracle.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string());
    }

    #[test]
    fn dates_agree_with_chrono(days in -719_162_i64..2_932_896) {
        let date = NaiveDate::from_num_days_from_ce_opt((days + 719_163) as i32).unwrap();
        let expected = (i64::from(date.year()), i64::from(date.month()), i64::from(date.day()));
        prop_assert_eq!(civil_from_days(days), expected);
        prop_assert_eq!(days_from_civil(expected.0, expected.1, expected.2), days);
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,40}") {
        let _ = Timestamp::parse(&text);
    }

    #[test]
    fn no_damaged_timestamp_panics(at in 0_usize..24, with in any::<char>()) {
        let mut text: Vec<char> = "2025-01-15T10:30:00.123Z".chars().collect();
        text[at] = with;
        let _ = Timestamp::parse(&text.into_iter().collect::<String>());
    }
}

#[test]
fn a_clock_ahead_of_utc_shows_its_own_date_and_says_by_how_much() {
    let time = Timestamp::parse("2025-01-15T23:30:00.250Z").unwrap();
    let shown = |offset| Local { time, offset }.to_string();
    assert_eq!(shown(0), "2025-01-15T23:30:00.250Z");
    assert_eq!(shown(3600), "2025-01-16T00:30:00.250+01:00");
    assert_eq!(shown(-12_600), "2025-01-15T20:00:00.250-03:30");
    // Monrovia's clocks until 1972: -0:44:30, which RFC 3339 cannot write.
    assert_eq!(shown(-2670), "2025-01-15T22:45:30.250-00:45");
}

#[test]
fn a_length_before_a_time_is_a_time_or_too_long() {
    let time = Timestamp::new(100, 250_000_000).unwrap();
    let before = |millis| {
        time.before(Duration::from_millis(millis))
            .map(|time| time.to_string())
    };
    assert_eq!(before(250).unwrap(), "1970-01-01T00:01:40.000Z");
    assert_eq!(before(300).unwrap(), "1970-01-01T00:01:39.950Z");
    assert_eq!(before(200_000).unwrap(), "1969-12-31T23:58:20.250Z");
    assert_eq!(time.before(Duration::MAX), None);
    assert_eq!(time.before(Duration::from_secs(70_000_000_000)), None);
}

#[test]
fn a_time_of_day_without_a_zone_is_told_from_all_others() {
    for text in ["2025-01-15T10:30:00", "2025-01-15 10:30:00.123456789"] {
        assert!(
            Timestamp::parse(text).is_some() && Timestamp::says_no_offset(text),
            "{text}"
        );
    }
    for text in [
        "2025-01-15T10:30:00Z",
        "2025-01-15T10:30:00.5+01",
        "2025-01-15 10:30:00-0330",
        "1736937000",
        "1736937000123",
        "123e-5",
        "1.7369370001234567e9",
        "1736937000.123456",
    ] {
        assert!(
            Timestamp::parse(text).is_some() && !Timestamp::says_no_offset(text),
            "{text}"
        );
    }
}
