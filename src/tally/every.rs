//! Widths of time buckets, and where a bucket starts and ends.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::event::{civil_from_days, days_from_civil};
use crate::zone::Zone;

/// How long a time bucket is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Every {
    /// `1m`
    #[default]
    Minute,
    /// `5m`
    FiveMinutes,
    /// `15m`
    QuarterHour,
    /// `1h`
    Hour,
    /// `1d`: from midnight.
    Day,
    /// `1w`: from Monday.
    Week,
    /// `1mo`: from the first.
    Month,
}

const DAY: i64 = 86_400;

impl Every {
    /// All widths, shortest first.
    pub const ALL: [Every; 7] = [
        Every::Minute,
        Every::FiveMinutes,
        Every::QuarterHour,
        Every::Hour,
        Every::Day,
        Every::Week,
        Every::Month,
    ];

    /// The width as it is written on the command line.
    pub fn text(self) -> &'static str {
        match self {
            Every::Minute => "1m",
            Every::FiveMinutes => "5m",
            Every::QuarterHour => "15m",
            Every::Hour => "1h",
            Every::Day => "1d",
            Every::Week => "1w",
            Every::Month => "1mo",
        }
    }

    /// The first second of the bucket that holds `second`, by the clocks of `zone`. Buckets of an hour or less end
    /// where the clocks are changed, too: an hour that they show twice is two.
    pub fn start(self, zone: Zone, second: i64) -> i64 {
        match self {
            Every::Day => zone.day_start(zone.day(second)),
            // 1970-01-01 was a Thursday, three days after a Monday.
            Every::Week => {
                let day = zone.day(second);
                zone.day_start(day - (day + 3).rem_euclid(7))
            }
            Every::Month => {
                let (year, month, _) = civil_from_days(zone.day(second));
                zone.day_start(days_from_civil(year, month, 1))
            }
            _ => {
                let into = zone.local(second).rem_euclid(self.seconds());
                zone.change(second - into, second)
            }
        }
    }

    /// The first second of the bucket after the one that starts at `start`.
    pub fn next(self, zone: Zone, start: i64) -> i64 {
        match self {
            Every::Day => zone.day_start(zone.day(start) + 1),
            Every::Week => {
                let day = zone.day(start);
                zone.day_start(day - (day + 3).rem_euclid(7) + 7)
            }
            Every::Month => {
                let (year, month, _) = civil_from_days(zone.day(start));
                let (year, month) = if month == 12 {
                    (year + 1, 1)
                } else {
                    (year, month + 1)
                };
                zone.day_start(days_from_civil(year, month, 1))
            }
            _ => {
                let into = zone.local(start).rem_euclid(self.seconds());
                let next = start - into + self.seconds();
                match zone.change(start, next - 1) {
                    same if same == start => next,
                    changed => changed,
                }
            }
        }
    }

    /// How many buckets it takes from the one that holds `first` to the one that holds `last`. Of an hour or less, about
    /// as many: a change of clocks may cut one in two.
    pub fn buckets(self, zone: Zone, first: i64, last: i64) -> u64 {
        let [first_day, last_day] = [first, last].map(|second| zone.day(second));
        let count = match self {
            Every::Day => last_day - first_day,
            Every::Week => (last_day + 3).div_euclid(7) - (first_day + 3).div_euclid(7),
            Every::Month => {
                let months = |day: i64| {
                    let (year, month, _) = civil_from_days(day);
                    year * 12 + month
                };
                months(last_day) - months(first_day)
            }
            _ => (self.start(zone, last) - self.start(zone, first)) / self.seconds(),
        };
        count.max(0) as u64 + 1
    }

    /// Length in seconds; days, weeks and months go by the calendar.
    fn seconds(self) -> i64 {
        match self {
            Every::Minute => 60,
            Every::FiveMinutes => 300,
            Every::QuarterHour => 900,
            Every::Hour => 3600,
            Every::Day | Every::Week | Every::Month => DAY,
        }
    }
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Datelike};
    use proptest::prelude::*;

    /// Clocks that are changed by an hour, by half an hour, over midnight, by seconds long ago, by a day, and never.
    const ZONES: [&str; 9] = [
        "UTC",
        "Europe/Berlin",
        "Australia/Lord_Howe",
        "America/St_Johns",
        "Asia/Beirut",
        "Africa/Monrovia",
        "Pacific/Apia",
        "Asia/Kathmandu",
        "America/Sao_Paulo",
    ];

    fn zone() -> impl Strategy<Value = Zone> {
        prop::sample::select(ZONES.to_vec()).prop_map(|name| Zone::named(name).unwrap())
    }

    #[test]
    fn a_day_has_a_bucket_for_each_hour_its_clocks_show() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let start = 1_761_429_600; // 2025-10-26T00:00:00+02:00
        let mut hours = vec![start];
        while hours
            .last()
            .is_some_and(|hour| *hour < Every::Day.next(berlin, start))
        {
            hours.push(Every::Hour.next(berlin, hours[hours.len() - 1]));
        }
        assert_eq!(hours.len(), 25 + 1);
        assert!(hours.windows(2).all(|pair| pair[1] - pair[0] == 3600));
        // Lord Howe's clocks are put back by half an hour at 02:00: the second hour is cut in two.
        let lord_howe = Zone::named("Australia/Lord_Howe").unwrap();
        let start = Every::Day.start(lord_howe, 1_743_900_000); // 2025-04-06
        let second = Every::Hour.next(lord_howe, start);
        let lengths = [0, 1, 2].iter().scan(second, |hour, _| {
            let from = std::mem::replace(hour, Every::Hour.next(lord_howe, *hour));
            Some((*hour - from) / 60)
        });
        assert_eq!(lengths.collect::<Vec<_>>(), [60, 30, 60]);
    }

    proptest! {
        #[test]
        fn a_bucket_holds_its_seconds_and_ends_where_the_next_starts(zone in zone(), second in -62_100_000_000_i64..253_400_000_000) {
            for every in Every::ALL {
                let start = every.start(zone, second);
                let next = every.next(zone, start);
                prop_assert!(start <= second && second < next, "{every} in {zone}");
                prop_assert_eq!(every.start(zone, start), start, "{} in {}", every, zone);
                prop_assert_eq!(every.start(zone, next - 1), start, "{} in {}", every, zone);
                prop_assert_eq!(every.start(zone, next), next, "{} in {}", every, zone);
            }
        }

        #[test]
        fn wider_buckets_hold_narrower_ones_whole(zone in zone(), second in 0_i64..2_000_000_000) {
            use Every::{Day, FiveMinutes, Hour, Minute, Month, QuarterHour, Week};
            for (narrow, wide) in [(Minute, FiveMinutes), (FiveMinutes, QuarterHour), (QuarterHour, Hour), (Hour, Day), (Day, Week), (Day, Month)] {
                let inside = wide.start(zone, narrow.start(zone, second));
                prop_assert_eq!(inside, wide.start(zone, second), "{} of {} in {}", narrow, wide, zone);
            }
        }

        #[test]
        fn buckets_are_as_many_as_there_are(zone in zone(), first in 0_i64..2_000_000_000, length in 0_i64..9_000_000) {
            let last = first + length;
            for every in [Every::Hour, Every::Day, Every::Week, Every::Month] {
                let mut start = every.start(zone, first);
                let mut count = 1_u64;
                while every.next(zone, start) <= last {
                    start = every.next(zone, start);
                    count += 1;
                }
                let said = every.buckets(zone, first, last);
                // A day that a zone skipped has no bucket, and Lord Howe's hours may be cut.
                prop_assert!(count.abs_diff(said) <= 2, "{} in {}: {} for {}", every, zone, said, count);
                if zone == Zone::UTC {
                    prop_assert_eq!(count, said);
                }
            }
        }

        #[test]
        fn weeks_start_on_monday_and_months_on_the_first(second in -62_000_000_000_i64..253_000_000_000) {
            let week = DateTime::from_timestamp(Every::Week.start(Zone::UTC, second), 0).unwrap();
            prop_assert_eq!(week.weekday(), chrono::Weekday::Mon);
            let month = DateTime::from_timestamp(Every::Month.start(Zone::UTC, second), 0).unwrap();
            let at = DateTime::from_timestamp(second, 0).unwrap();
            prop_assert_eq!((month.year(), month.month(), month.day()), (at.year(), at.month(), 1));
        }
    }
}
