//! Times in a column: as much of each as there is room for, and what all have in common left out.

use crate::document::Value;
use crate::render::human::human;

/// How much of a time is told, most first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// `2025-01-15 10:30:07.250Z`
    #[default]
    Whole,
    /// `2025-01-15 10:30:07Z`
    Seconds,
    /// `01-15 10:30:07`, where all are of one year and one zone; the heading names the zone.
    Short,
    /// The same, and `01-15 10:30` in columns that are not the key of their rows.
    Minutes,
}

impl Form {
    pub(super) const SHORTER: [Form; 3] = [Form::Seconds, Form::Short, Form::Minutes];
}

/// How the times of a column are told.
#[derive(Default)]
pub(super) struct Times {
    form: Form,
    /// Whether the year is told, because it is not the same in all.
    years: bool,
    /// The zone, if it is the same in all: then the heading tells it.
    pub(super) zone: Option<String>,
    /// Whether any has seconds.
    seconds: bool,
}

/// A time of RFC 3339 in its parts: year, month and day, hour and minute, seconds, zone.
fn parts(text: &str) -> Option<[&str; 5]> {
    let zone = text.rfind(['Z', '+', '-']).filter(|at| *at >= 19)?;
    let (year, rest) = text.split_at_checked(4)?;
    let date = rest.get(1..6)?;
    Some([
        year,
        date,
        text.get(11..16)?,
        text.get(17..19)?,
        text.get(zone..)?,
    ])
}

/// Those of some values that are times, as text.
pub(super) fn written<'a>(values: impl Iterator<Item = &'a Value>) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::Time(time) => Some(time.to_string()),
        _ => None,
    };
    values.filter_map(text).collect()
}

impl Times {
    pub(super) fn of(written: &[String], form: Form, is_key: bool) -> Times {
        let parts: Vec<[&str; 5]> = written.iter().filter_map(|text| parts(text)).collect();
        let same = |at: usize| {
            let first = parts.first().map(|time| time[at])?;
            let same = form >= Form::Short && parts.iter().all(|time| time[at] == first);
            same.then(|| first.to_owned())
        };
        Times {
            form,
            years: same(0).is_none(),
            zone: same(4),
            seconds: parts.iter().any(|time| time[3] != "00") && (form < Form::Minutes || is_key),
        }
    }

    /// A value of the column.
    pub(super) fn text(&self, value: &Value) -> String {
        let Value::Time(time) = value else {
            return human(value);
        };
        let time = time.to_string();
        match parts(&time) {
            Some([year, date, clock, seconds, zone]) if self.form > Form::Whole => {
                let mut text = match self.years {
                    true => format!("{year}-{date} {clock}"),
                    false => format!("{date} {clock}"),
                };
                if self.seconds {
                    text.push(':');
                    text.push_str(seconds);
                }
                if self.zone.is_none() {
                    text.push_str(zone);
                }
                text
            }
            _ => human(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Local, Timestamp};

    fn time(seconds: i64, nanos: u32, offset: i32) -> Value {
        let time = Timestamp::new(seconds, nanos).unwrap();
        Value::Time(Local { time, offset })
    }

    fn told(values: &[Value], form: Form, is_key: bool) -> (Vec<String>, Option<String>) {
        let times = Times::of(&written(values.iter()), form, is_key);
        let texts = values.iter().map(|value| times.text(value));
        (texts.collect(), times.zone)
    }

    #[test]
    fn what_all_times_have_in_common_is_left_out_and_nothing_else() {
        let near = [
            time(1_736_937_007, 250_000_000, 0),
            time(1_736_937_060, 0, 0),
        ];
        let text = |form, is_key| told(&near, form, is_key).0[0].clone();
        assert_eq!(text(Form::Whole, true), "2025-01-15 10:30:07.250Z");
        assert_eq!(text(Form::Seconds, true), "2025-01-15 10:30:07Z");
        assert_eq!(text(Form::Short, true), "01-15 10:30:07");
        assert_eq!(
            text(Form::Minutes, true),
            "01-15 10:30:07",
            "the key of its row"
        );
        assert_eq!(text(Form::Minutes, false), "01-15 10:30");
        assert_eq!(told(&near, Form::Short, true).1, Some("Z".to_owned()));
        // Of two years, and on two sides of a change of clocks.
        let far = [
            time(1_704_067_200, 0, 3600),
            time(1_751_328_000, 0, 7200),
            Value::Missing,
        ];
        let (texts, zone) = told(&far, Form::Short, true);
        assert_eq!(
            texts,
            ["2024-01-01 01:00+01:00", "2025-07-01 02:00+02:00", "–"]
        );
        assert_eq!(zone, None);
    }
}
