//! Widths of time buckets, and where a bucket starts and ends. All of it UTC.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::event::{civil_from_days, days_from_civil};

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

    /// The first second of the bucket that holds `second`, both since 1970.
    pub fn start(self, second: i64) -> i64 {
        let day = second.div_euclid(DAY);
        match self {
            // 1970-01-01 was a Thursday, three days after a Monday.
            Every::Week => (day - (day + 3).rem_euclid(7)) * DAY,
            Every::Month => {
                let (year, month, _) = civil_from_days(day);
                days_from_civil(year, month, 1) * DAY
            }
            _ => second - second.rem_euclid(self.seconds()),
        }
    }

    /// The first second of the bucket after the one that starts at `start`.
    pub fn next(self, start: i64) -> i64 {
        match self {
            Every::Month => {
                let (year, month, _) = civil_from_days(start.div_euclid(DAY));
                let (year, month) = if month == 12 {
                    (year + 1, 1)
                } else {
                    (year, month + 1)
                };
                days_from_civil(year, month, 1) * DAY
            }
            _ => start + self.seconds(),
        }
    }

    /// How many buckets it takes from the one that holds `first` to the one that holds `last`.
    pub fn buckets(self, first: i64, last: i64) -> u64 {
        let (first, last) = (self.start(first), self.start(last));
        let count = match self {
            Every::Month => {
                let months = |second: i64| {
                    let (year, month, _) = civil_from_days(second.div_euclid(DAY));
                    year * 12 + month
                };
                months(last) - months(first)
            }
            _ => (last - first) / self.seconds(),
        };
        count as u64 + 1
    }

    /// Length in seconds; a month's is not used.
    fn seconds(self) -> i64 {
        match self {
            Every::Minute => 60,
            Every::FiveMinutes => 300,
            Every::QuarterHour => 900,
            Every::Hour => 3600,
            Every::Day => DAY,
            Every::Week => 7 * DAY,
            Every::Month => 31 * DAY,
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

    proptest! {
        #[test]
        fn a_bucket_holds_its_seconds_and_ends_where_the_next_starts(second in -62_135_596_800_i64..253_402_300_799) {
            for every in Every::ALL {
                let start = every.start(second);
                let next = every.next(start);
                prop_assert!(start <= second && second < next, "{every}");
                prop_assert_eq!(every.start(start), start);
                prop_assert_eq!(every.start(next - 1), start);
                prop_assert_eq!(every.start(next), next);
                prop_assert_eq!(every.buckets(start, next), 2);
            }
        }

        #[test]
        fn weeks_start_on_monday_and_months_on_the_first(second in -62_000_000_000_i64..253_402_300_799) {
            let week = DateTime::from_timestamp(Every::Week.start(second), 0).unwrap();
            prop_assert_eq!(week.weekday(), chrono::Weekday::Mon);
            let month = DateTime::from_timestamp(Every::Month.start(second), 0).unwrap();
            let at = DateTime::from_timestamp(second, 0).unwrap();
            prop_assert_eq!((month.year(), month.month(), month.day()), (at.year(), at.month(), 1));
        }
    }
}
