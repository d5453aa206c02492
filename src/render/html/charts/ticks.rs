//! Round times along an axis of columns that each start at some time.
//!
//! A column gets a mark when it is the first in a new year, month, day or hour as its clock shows it: so marks are right where
//! clocks change and where empty columns are left out.

use crate::event::Local;

/// A mark on the axis.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tick {
    /// The column that starts there.
    pub(super) column: usize,
    pub(super) label: String,
}

/// The most marks an axis has: as many as fit on a telephone.
const MOST: usize = 6;

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Stretches of time that marks may be apart, in minutes; the last ones are months.
const DAY: i64 = 1440;
const MINUTES: [i64; 12] = [
    1,
    5,
    15,
    30,
    60,
    180,
    360,
    720,
    DAY,
    2 * DAY,
    5 * DAY,
    10 * DAY,
];
const IN_MONTHS: [i64; 8] = [1, 3, 6, 12, 24, 60, 120, 1200];

/// Marks for columns that start at these times.
pub(super) fn ticks(starts: &[Local]) -> Vec<Tick> {
    let by_minutes = MINUTES.into_iter().map(|step| {
        let columns = marked(starts, |start| minutes(start).div_euclid(step));
        (columns, step >= DAY)
    });
    let by_months = IN_MONTHS
        .into_iter()
        .map(|step| (marked(starts, |start| months(start) / step), true));
    let fits = |(columns, _): &(Vec<usize>, bool)| columns.len() <= MOST;
    let (columns, whole_days) = by_minutes.chain(by_months).find(fits).unwrap_or_default();
    let mut before = None;
    let mut tick = |column: usize| {
        let label = label(starts[column], before, whole_days);
        before = Some(starts[column]);
        Tick { column, label }
    };
    columns.into_iter().map(&mut tick).collect()
}

/// The columns that are the first of a stretch. The first column of all is one if the others leave it none.
fn marked(starts: &[Local], stretch: impl Fn(Local) -> i64) -> Vec<usize> {
    let of = |index: usize| stretch(starts[index]);
    let new = |index: &usize| of(*index) != of(*index - 1);
    let mut columns: Vec<usize> = (1..starts.len()).filter(new).collect();
    if columns.len() < 2 && !starts.is_empty() {
        columns.insert(0, 0);
    }
    columns
}

fn minutes(at: Local) -> i64 {
    (at.time.seconds() + i64::from(at.offset)).div_euclid(60)
}

fn months(at: Local) -> i64 {
    let civil = at.civil();
    i64::from(civil.year) * 12 + i64::from(civil.month) - 1
}

/// The part of a time that is new since the mark before it. A mark of a day is at the first column that starts on it.
fn label(at: Local, before: Option<Local>, whole_days: bool) -> String {
    let civil = at.civil();
    let month = usize::from(civil.month).checked_sub(1);
    let month = month.and_then(|month| MONTHS.get(month)).unwrap_or(&"");
    let same = |key: fn(Local) -> i64| before.is_some_and(|before| key(before) == key(at));
    let clock = format!("{:02}:{:02}", civil.hour, civil.minute);
    let date = match same(|at| i64::from(at.civil().year)) {
        true => format!("{} {month}", civil.day),
        false => format!("{} {month} {}", civil.day, civil.year),
    };
    match () {
        () if whole_days || clock == "00:00" => date,
        () if same(|at| minutes(at).div_euclid(DAY)) => clock,
        () => format!("{} {month} {clock}", civil.day),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Timestamp;

    /// Marks of columns so many minutes apart, from 2025-01-06 on.
    fn marks(count: i64, every: i64, offset: i32) -> Vec<(usize, String)> {
        let start = |column| Local {
            time: Timestamp::new(1_736_121_600 + column * every * 60, 0).unwrap(),
            offset,
        };
        let starts: Vec<Local> = (0..count).map(start).collect();
        let pair = |tick: Tick| (tick.column, tick.label);
        ticks(&starts).into_iter().map(pair).collect()
    }

    fn told(marks: &[(usize, String)]) -> Vec<(usize, &str)> {
        marks.iter().map(|(at, label)| (*at, &label[..])).collect()
    }

    #[test]
    fn an_hour_has_marks_at_quarters_and_a_day_at_hours() {
        let expected = [(15, "6 Jan 00:15"), (30, "00:30"), (45, "00:45")];
        assert_eq!(told(&marks(60, 1, 0)), expected);
        let expected = [(6, "6 Jan 06:00"), (12, "12:00"), (18, "18:00")];
        assert_eq!(told(&marks(24, 60, 0)), expected);
    }

    #[test]
    fn marks_are_round_on_the_clock_that_is_shown() {
        let days = [
            (12, "6 Jan 12:00"),
            (24, "7 Jan"),
            (36, "12:00"),
            (48, "8 Jan"),
            (60, "12:00"),
        ];
        assert_eq!(told(&marks(72, 60, 0)), days);
        let ahead = marks(72, 60, 5 * 3600);
        assert!(ahead.iter().all(|(at, _)| (at + 5) % 12 == 0), "{ahead:?}");
    }

    #[test]
    fn columns_that_miss_midnight_are_marked_by_the_day_they_start_on() {
        let days = marks(300, 50, 0);
        assert!(days.len() > 2, "{days:?}");
        assert!(
            days.iter().all(|(_, label)| !label.contains(':')),
            "{days:?}"
        );
    }

    #[test]
    fn there_are_always_marks_and_never_many() {
        for (count, every) in [
            (1, 1),
            (2, 1),
            (3, 1440),
            (360, 1),
            (360, 60),
            (360, 1440),
            (360, 525_600),
        ] {
            let marks = marks(count, every, 0);
            assert!(
                !marks.is_empty() && marks.len() <= MOST,
                "{count} × {every}: {marks:?}"
            );
        }
        assert_eq!(ticks(&[]), []);
    }
}
