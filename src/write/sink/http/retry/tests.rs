use super::*;

fn now() -> Timestamp {
    Timestamp::parse("1994-11-06T08:49:00Z").unwrap()
}

#[test]
fn the_wait_doubles_up_to_the_longest_and_is_half_random() {
    let (first, longest) = (Duration::from_millis(500), Duration::from_secs(60));
    for (failures, whole) in [
        (1, 500),
        (2, 1000),
        (3, 2000),
        (7, 32_000),
        (8, 60_000),
        (u32::MAX, 60_000),
    ] {
        let waits: Vec<u128> = (0..200)
            .map(|_| wait(failures, first, longest).as_millis())
            .collect();
        let (least, most) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
        assert!(
            *least >= whole / 2 && *most <= whole,
            "{failures}: {least} to {most}"
        );
        // Of 200 some lie in the first and some in the last quarter, but for one chance in 10^24.
        assert!(
            *least < whole * 5 / 8 && *most > whole * 7 / 8,
            "{failures}: {least} to {most}"
        );
    }
}

#[test]
fn retry_after_is_read_in_seconds_and_as_a_date() {
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    assert_eq!(asked("120", now()), seconds(120));
    assert_eq!(asked(" 0 ", now()), seconds(0));
    assert_eq!(asked("Sun, 06 Nov 1994 08:49:37 GMT", now()), seconds(37));
    // A date that is over: at once.
    assert_eq!(asked("Sun, 06 Nov 1994 08:48:37 GMT", now()), seconds(0));
    for nothing in [
        "",
        "soon",
        "-1",
        "1.5",
        "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 06 Now 1994 08:49:37 GMT",
        "Sun, 99 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "\u{1f980}",
    ] {
        assert_eq!(asked(nothing, now()), None, "{nothing}");
    }
}

#[test]
fn nobody_is_believed_who_asks_for_more_than_an_hour() {
    for long in [
        "31536000",
        "18446744073709551615",
        "Wed, 06 Nov 2024 08:49:37 GMT",
    ] {
        assert_eq!(asked(long, now()), Some(LONGEST_ASKED), "{long}");
    }
}
