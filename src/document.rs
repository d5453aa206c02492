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
    /// By how much one share is larger than another, with the 95 % interval of that; all in billionths of one.
    Difference {
        /// How much.
        change: i64,
        /// From where.
        low: i64,
        /// To where.
        high: i64,
    },
    /// How likely chance alone does something like this: `digits` / 10 ^ `decimals`.
    Chance {
        /// Its leading digits.
        digits: u16,
        /// How many digits stand behind the point.
        decimals: u16,
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

    /// A difference between two shares and its 95 % interval.
    pub fn difference(change: f64, low: f64, high: f64) -> Value {
        let [change, low, high] = [change, low, high].map(|part| (part * BILLION).round() as i64);
        Value::Difference { change, low, high }
    }

    /// A probability, to four digits. What is less than 10 ^ -300 is told as that.
    pub fn chance(probability: f64) -> Value {
        let text = format!("{:.3e}", probability.clamp(1e-300, 1.0));
        let (digits, exponent) = text.split_once('e').unwrap_or(("1.000", "0"));
        Value::Chance {
            digits: digits.replace('.', "").parse().unwrap_or(1000),
            decimals: 3 + exponent.trim_start_matches('-').parse().unwrap_or(0),
        }
    }

    /// The number behind a share, a mean, a pace, a difference or a probability; `None` where nothing was counted to
    /// divide by.
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
            Value::Difference { change, .. } => Some(rounded(change as f64 / BILLION)),
            Value::Chance { digits, decimals } => format!("{digits}e-{decimals}").parse().ok(),
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

    /// The 95 % interval of a share, after Wilson (1927), or of a difference: from, to.
    pub fn interval(&self) -> Option<(f64, f64)> {
        match *self {
            Value::Difference { low, high, .. } => Some((
                rounded(low as f64 / BILLION),
                rounded(high as f64 / BILLION),
            )),
            Value::Ratio { part, whole } if whole > 0 => Some(wilson(part, whole)),
            _ => None,
        }
    }
}

/// What differences are counted in.
const BILLION: f64 = 1e9;

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
mod tests;
