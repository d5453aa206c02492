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
const MINUTES: [i64; 12] = [
    1,
    5,
    15,
    30,
    60,
    180,
    360,
    720,
    1440,
    2 * 1440,
    5 * 1440,
    10 * 1440,
];
const IN_MONTHS: [i64; 8] = [1, 3, 6, 12, 24, 60, 120, 1200];

/// Marks for columns that start at these times.
pub(super) fn ticks(starts: &[Local]) -> Vec<Tick> {
    let by_minutes = MINUTES
        .into_iter()
        .map(|step| marked(starts, |start| minutes(start) / step));
    let by_months = IN_MONTHS
        .into_iter()
        .map(|step| marked(starts, |start| months(start) / step));
    let columns = by_minutes
        .chain(by_months)
        .find(|columns| columns.len() <= MOST);
    let columns = columns.unwrap_or_default();
    let mut before = None;
    let mut tick = |column: usize| {
        let label = label(starts[column], before);
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

/// The part of a time that is new since the mark before it.
fn label(at: Local, before: Option<Local>) -> String {
    let civil = at.civil();
    let month = MONTHS.get(usize::from(civil.month) - 1).unwrap_or(&"");
    let same = |key: fn(Local) -> i64| before.is_some_and(|before| key(before) == key(at));
    let clock = format!("{:02}:{:02}", civil.hour, civil.minute);
    let midnight = civil.hour == 0 && civil.minute == 0;
    match () {
        () if same(|at| minutes(at).div_euclid(1440)) => clock,
        () if !midnight => format!("{} {month} {clock}", civil.day),
        () if same(|at| i64::from(at.civil().year)) => format!("{} {month}", civil.day),
        () => format!("{} {month} {}", civil.day, civil.year),
    }
}
