use chrono::NaiveDateTime;
use proptest::prelude::*;

use super::*;

fn zone(name: &str) -> Zone {
    Zone::named(name).unwrap()
}

/// The second a clock in UTC shows this.
fn utc(text: &str) -> i64 {
    let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap();
    time.and_utc().timestamp()
}

fn day(date: &str) -> i64 {
    utc(&format!("{date} 00:00:00")) / DAY
}

#[test]
fn days_have_23_24_or_25_hours() {
    let berlin = zone("Europe/Berlin");
    for (date, hours) in [
        ("2025-03-29", 24),
        ("2025-03-30", 23),
        ("2025-10-26", 25),
        ("2025-10-27", 24),
    ] {
        let day = day(date);
        let length = berlin.day_start(day + 1) - berlin.day_start(day);
        assert_eq!(length, hours * 3600, "{date}");
    }
    assert_eq!(
        berlin.day_start(day("2025-07-01")),
        utc("2025-06-30 22:00:00")
    );
}

#[test]
fn a_skipped_midnight_is_the_first_second_after_it() {
    // Beirut's clocks went from 23:59:59 to 01:00:00.
    let beirut = zone("Asia/Beirut");
    let date = day("2025-03-30");
    let start = beirut.day_start(date);
    assert_eq!(beirut.local(start), date * DAY + 3600);
    assert_eq!([beirut.day(start - 1), beirut.day(start)], [date - 1, date]);
    // Apia had no 30th of December 2011 at all.
    let apia = zone("Pacific/Apia");
    let skipped = day("2011-12-30");
    assert_eq!(apia.day_start(skipped), apia.day_start(skipped + 1));
    assert_eq!(apia.day(apia.day_start(skipped)), skipped + 1);
}

#[test]
fn an_hour_that_clocks_show_twice_is_first_meant_first() {
    let berlin = zone("Europe/Berlin");
    let second = berlin.second_of(utc("2025-10-26 02:30:00"));
    assert_eq!(second, utc("2025-10-26 00:30:00"));
    assert_eq!(berlin.local(second + 3600), berlin.local(second));
    // 02:30 is skipped in March; an hour before, clocks were one hour ahead.
    assert_eq!(
        berlin.second_of(utc("2025-03-30 02:30:00")),
        utc("2025-03-30 01:30:00")
    );
}

#[test]
fn clocks_that_are_put_back_over_midnight_do_not_return_to_the_day_before() {
    // Newfoundland's went from 00:01 back to 23:01, until 2011.
    let st_johns = zone("America/St_Johns");
    let day = day("2010-11-07");
    let start = st_johns.day_start(day);
    assert_eq!(st_johns.local(start), day * DAY);
    assert_eq!(st_johns.local(start + 60), day * DAY - 59 * 60);
    let days: Vec<i64> = (-1..=70)
        .map(|minute| st_johns.day(start + minute * 60))
        .collect();
    assert!(days.is_sorted() && days[0] == day - 1 && days[1..].iter().all(|other| *other == day));
}

#[test]
fn a_zone_is_saved_by_its_name() {
    for name in ["UTC", "Asia/Kolkata"] {
        let saved = serde_json::to_string(&zone(name)).unwrap();
        assert_eq!(saved, format!("{name:?}"));
        assert_eq!(serde_json::from_str::<Zone>(&saved).unwrap(), zone(name));
    }
    assert!(serde_json::from_str::<Zone>("\"Europe/Nowhere\"").is_err());
}

fn any_zone() -> impl Strategy<Value = Zone> {
    (0..TZ_VARIANTS.len()).prop_map(|index| Zone(Some(TZ_VARIANTS[index])))
}

proptest! {
    #[test]
    fn every_second_is_in_the_day_that_starts_before_it(zone in any_zone(), second in -4_000_000_000_i64..6_000_000_000) {
        let day = zone.day(second);
        prop_assert!(zone.day_start(day) <= second && second < zone.day_start(day + 1), "{zone}");
    }

    #[test]
    fn a_clock_shows_what_its_zone_says(zone in any_zone(), start in -4_000_000_000_i64..6_000_000_000, steps in prop::collection::vec(-40_000_i64..40_000, 1..40)) {
        let mut clock = Clock::from(zone);
        let mut second = start;
        for step in steps {
            second += step;
            prop_assert_eq!(clock.local(second), zone.local(second), "{} at {}", zone, second);
        }
    }

    #[test]
    fn what_clocks_show_is_when_they_show_it(zone in any_zone(), second in -4_000_000_000_i64..6_000_000_000) {
        let found = zone.second_of(zone.local(second));
        prop_assert!(found <= second, "{}: the first time", zone);
        prop_assert_eq!(zone.local(found), zone.local(second), "{}", zone);
    }
}
