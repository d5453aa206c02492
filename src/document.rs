//! What the reports say, as typed values. Reports fill a document, renderers print it, and neither knows the other.

use std::time::Duration;

use crate::event::{Local, Timestamp};

/// The version of the JSON form. It changes when a name or a shape that exists changes, not when one is added.
pub const SCHEMA_VERSION: u32 = 1;

/// Everything one run has to say.
#[derive(Clone, Debug)]
pub struct Document {
    /// First and last event time, and the time between them.
    pub window: Section,
    /// The account of the input: every line is in it once.
    pub input: Section,
    /// What each report found, in the order asked for.
    pub reports: Vec<Section>,
}

impl Document {
    /// Has every time told as clocks show it that are ahead of UTC by what `offset` says of that time, in seconds.
    pub fn tell_times(&mut self, offset: impl Fn(Timestamp) -> i32) {
        let sections = [&mut self.window, &mut self.input].into_iter();
        for section in sections.chain(&mut self.reports) {
            let facts = section.facts.iter_mut().map(|fact| &mut fact.value);
            let rows = section.tables.iter_mut().flat_map(|table| &mut table.rows);
            for value in facts.chain(rows.flatten()) {
                if let Value::Time(local) = value {
                    local.offset = offset(local.time);
                }
            }
        }
    }
}

/// A report's facts and tables.
#[derive(Clone, Debug)]
pub struct Section {
    /// Its name in commands and in JSON.
    pub name: &'static str,
    /// Its heading for people.
    pub title: &'static str,
    /// Single values.
    pub facts: Vec<Fact>,
    /// Lists.
    pub tables: Vec<Table>,
}

/// A single named value.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Its name in commands and in JSON.
    pub name: &'static str,
    /// What it says.
    pub value: Value,
}

/// A list of rows with named columns.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name in commands and in JSON.
    pub name: &'static str,
    /// Whether the first rows matter most: a list for people may then end early.
    pub ranked: bool,
    /// Names of its columns.
    pub columns: &'static [&'static str],
    /// Rows, each as long as `columns`, in their final order.
    pub rows: Vec<Vec<Value>>,
}

/// One value. Whatever is not an integer is made from integers here, so that every format shows the same number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// How many.
    Count(u64),
    /// About how many: an estimate, because to count exactly would have taken too much memory.
    About {
        /// The estimate.
        value: u64,
        /// How far it may be off, in thousandths of it.
        permille: u16,
    },
    /// A share: `part` of `whole`, never more than it.
    Ratio {
        /// How many of them.
        part: u64,
        /// How many there are.
        whole: u64,
    },
    /// How many for each: `part` for `whole`, and it may be more.
    Mean {
        /// How many in all.
        part: u64,
        /// For how many.
        whole: u64,
    },
    /// A share or a mean of estimates.
    AboutRate {
        /// How many in all.
        part: u64,
        /// About how many there are, or for how many.
        whole: u64,
        /// How far the share or mean may be off, in thousandths of it.
        permille: u16,
    },
    /// How many in a stretch of time, told per `unit`.
    Pace {
        /// How many.
        count: u64,
        /// In how long.
        elapsed: Duration,
        /// Per how long.
        unit: Duration,
    },
    /// Yes or no.
    Flag(bool),
    /// A point in time, as a clock somewhere shows it.
    Time(Local),
    /// A length of time.
    Span(Duration),
    /// About what length of time: an estimate.
    AboutSpan {
        /// The estimate.
        span: Duration,
        /// How far it may be off, in thousandths of it.
        permille: u16,
    },
    /// Text of the log's or the program's.
    Text(String),
    /// Nothing to say.
    Missing,
}

impl Section {
    /// A section without facts or tables.
    pub fn new(name: &'static str, title: &'static str) -> Section {
        Section {
            name,
            title,
            facts: Vec::new(),
            tables: Vec::new(),
        }
    }

    /// Adds a fact.
    #[must_use]
    pub fn fact(mut self, name: &'static str, value: Value) -> Section {
        self.facts.push(Fact { name, value });
        self
    }

    /// Adds a table whose rows stand in an order of their own, such as time.
    #[must_use]
    pub fn table(
        mut self,
        name: &'static str,
        columns: &'static [&'static str],
        rows: impl IntoIterator<Item = Vec<Value>>,
    ) -> Section {
        self.tables.push(Table {
            name,
            ranked: false,
            columns,
            rows: rows.into_iter().collect(),
        });
        self
    }

    /// Adds a table whose first rows matter most.
    #[must_use]
    pub fn ranking(
        self,
        name: &'static str,
        columns: &'static [&'static str],
        rows: impl IntoIterator<Item = Vec<Value>>,
    ) -> Section {
        let mut section = self.table(name, columns, rows);
        if let Some(table) = section.tables.last_mut() {
            table.ranked = true;
        }
        section
    }
}

impl Value {
    /// Text, or [`Value::Missing`].
    pub fn text(text: Option<&str>) -> Value {
        text.map_or(Value::Missing, |text| Value::Text(text.to_owned()))
    }

    /// A point in time, told in UTC until the document is told in another zone.
    pub fn time(time: Timestamp) -> Value {
        Value::Time(Local::utc(time))
    }

    /// A mean whose whole is an estimate that may be off by so many thousandths of it.
    pub fn about_mean(part: u64, whole: u64, permille: u16) -> Value {
        // The mean is largest where the whole is smallest: 1 / (1 - e) is 1 + e / (1 - e).
        let off = u32::from(permille) * 1000;
        let permille = match 1000_u32.saturating_sub(permille.into()) {
            0 => 1000,
            left => off.div_ceil(left).min(1000) as u16,
        };
        Value::AboutRate {
            part,
            whole,
            permille,
        }
    }

    /// The number behind a share, a mean or a pace; `None` where nothing was counted to divide by.
    pub fn rate(&self) -> Option<f64> {
        match *self {
            Value::Ratio { part, whole }
            | Value::Mean { part, whole }
            | Value::AboutRate { part, whole, .. } => {
                (whole > 0).then(|| rounded(part as f64 / whole as f64))
            }
            Value::Pace {
                count,
                elapsed,
                unit,
            } => (!elapsed.is_zero())
                .then(|| rounded(count as f64 * unit.as_secs_f64() / elapsed.as_secs_f64())),
            _ => None,
        }
    }

    /// How far an estimate may be off, as a part of it; `None` for whatever is exact.
    pub fn error(&self) -> Option<f64> {
        match *self {
            Value::About { permille, .. }
            | Value::AboutRate { permille, .. }
            | Value::AboutSpan { permille, .. } => Some(f64::from(permille) / 1000.0),
            _ => None,
        }
    }

    /// The 95 % interval of a share, after Wilson (1927): from, to.
    pub fn interval(&self) -> Option<(f64, f64)> {
        match *self {
            Value::Ratio { part, whole } if whole > 0 => Some(wilson(part, whole)),
            _ => None,
        }
    }
}

/// The 0.975 quantile of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;

fn wilson(part: u64, whole: u64) -> (f64, f64) {
    let (n, p) = (whole as f64, part as f64 / whole as f64);
    let centre = p + Z * Z / (2.0 * n);
    let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    let low = if part == 0 {
        0.0
    } else {
        (centre - spread) / scale
    };
    let high = if part == whole {
        1.0
    } else {
        (centre + spread) / scale
    };
    (rounded(low), rounded(high))
}

/// Four decimals, or four significant digits where that is more.
fn rounded(number: f64) -> f64 {
    if number == 0.0 || !number.is_finite() {
        return 0.0;
    }
    let magnitude = number.abs().log10().floor() as i32;
    let decimals = (3 - magnitude).clamp(4, 300);
    format!("{number:.*}", decimals as usize)
        .parse()
        .unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_carries_its_wilson_interval() {
        let share = Value::Ratio {
            part: 9163,
            whole: 10_000,
        };
        assert_eq!(share.rate(), Some(0.9163));
        assert_eq!(share.interval(), Some((0.9107, 0.9216)));
    }

    #[test]
    fn nothing_of_nothing_has_no_rate() {
        assert_eq!(Value::Ratio { part: 0, whole: 0 }.rate(), None);
        assert_eq!(Value::Ratio { part: 0, whole: 0 }.interval(), None);
        let pace = Value::Pace {
            count: 5,
            elapsed: Duration::ZERO,
            unit: Duration::from_secs(1),
        };
        assert_eq!(pace.rate(), None);
    }

    #[test]
    fn a_mean_is_off_by_a_little_more_than_its_whole() {
        let permille = |whole| match Value::about_mean(1, 1, whole) {
            Value::AboutRate { permille, .. } => permille,
            _ => u16::MAX,
        };
        // 1000 for 984 instead of 1000: 1.6 % fewer are 1.63 % more for each.
        assert_eq!(
            [0, 16, 500, 999, 1000].map(permille),
            [0, 17, 1000, 1000, 1000]
        );
    }

    #[test]
    fn intervals_stay_inside_zero_and_one() {
        for (part, whole) in [
            (0, 1),
            (1, 1),
            (0, 1_000_000_000),
            (7, 7),
            (1, 3),
            (u64::MAX, u64::MAX),
        ] {
            let (low, high) = wilson(part, whole);
            let rate = rounded(part as f64 / whole as f64);
            assert!(
                0.0 <= low && low <= rate && rate <= high && high <= 1.0,
                "{part}/{whole}: {low} {high}"
            );
        }
    }

    #[test]
    fn small_rates_keep_four_digits() {
        assert_eq!(
            Value::Ratio {
                part: 3,
                whole: 1_000_000
            }
            .rate(),
            Some(0.000003)
        );
        assert_eq!(
            Value::Mean {
                part: 1,
                whole: 3000
            }
            .rate(),
            Some(0.0003333)
        );
        assert_eq!(
            Value::Mean {
                part: 123_456_789,
                whole: 1000
            }
            .rate(),
            Some(123_456.789)
        );
    }
}
