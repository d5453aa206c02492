//! Metrics to scrape: OpenMetrics text, of which all is also the older Prometheus text format, as files for the
//! textfile collector have to be.
//!
//! Everything is a gauge: an answer is of one log, and the next one may be of a shorter one. A fact is
//! `authmeter_<report>_<fact>`, a column of a table `authmeter_<report>_<table>_<column>`, and of the endings that these
//! formats keep for themselves, `_total` and `_count` are left out: `logins.total` is `authmeter_logins`.
//!
//! | value | series |
//! |---|---|
//! | share, mean | the number, `_part`, `_whole`; a share's interval `_low`, `_high` |
//! | pace | the number, `_part`, `_elapsed_seconds` |
//! | time, length of time | `_timestamp_seconds` since 1970, `_seconds` |
//! | estimate | as above with the label `exact="false"`, and how far it may be off as a part of it: `_error_ratio` |
//! | yes or no | 1 or 0 |
//! | text | `_info` with the text as label, always 1 |
//! | nothing, or a rate of nothing | none |
//!
//! Labels of a row are its first column and its texts; where these are the same in two rows, numbers beside them, and at
//! last the number of the row. A table of nothing but labels is `_info`. In texts, the format
//! can escape line ends, quotes and backslashes; what else drives or deceives a terminal is spelled out as `\\u{1b}`.

mod labels;

use std::collections::{BTreeMap, HashSet};
use std::io;

use super::human::words;
use super::plain::word;
use super::select::sections;
use super::{Selected, Style};
use crate::document::{Document, Table, Value};
use crate::event::Timestamp;
use labels::{Labels, label};

/// Writes the whole document.
pub(super) fn document(document: &Document, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let mut metrics = Metrics::default();
    for section in sections(document) {
        for fact in &section.facts {
            metrics.value(&[section.name, fact.name], &fact.value);
        }
        for table in &section.tables {
            metrics.table(&[section.name, table.name], table);
        }
    }
    metrics.write(out)
}

/// Writes the metrics of tables and values.
pub(super) fn selection(
    selected: &[(&str, Selected<'_>)],
    _: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut metrics = Metrics::default();
    let mut seen = HashSet::new();
    for (name, selected) in selected.iter().filter(|(name, _)| seen.insert(*name)) {
        let path: Vec<&str> = name.split('.').collect();
        match selected {
            Selected::Value(value) => metrics.value(&path, value),
            Selected::Table(table) => metrics.table(&path, table),
        }
    }
    metrics.write(out)
}

/// Labels in braces, and the number.
type Samples = Vec<(String, String)>;

/// Metrics of one name and their samples, which must stand together.
struct Family {
    name: String,
    help: String,
    unit: Option<&'static str>,
    samples: Samples,
}

#[derive(Default)]
struct Metrics {
    families: Vec<Family>,
    names: HashSet<String>,
}

/// One number of a value.
struct Series {
    /// What its name has behind the value's.
    suffix: &'static str,
    unit: Option<&'static str>,
    /// Whether it is said to be an estimate.
    about: bool,
    number: String,
}

impl Metrics {
    fn value(&mut self, path: &[&str], value: &Value) {
        let base = base(path);
        if let Value::Text(text) = value {
            let name = path.last().copied().unwrap_or_default();
            let labels = format!("{{{}}}", label(name, text));
            let sample = vec![(labels, "1".to_owned())];
            return self.family(format!("{base}_info"), &help(path, ""), None, sample);
        }
        for series in series(value) {
            let labels = if series.about {
                "{exact=\"false\"}"
            } else {
                ""
            };
            let sample = vec![(labels.to_owned(), series.number)];
            let name = format!("{base}{}", series.suffix);
            self.family(name, &help(path, series.suffix), series.unit, sample);
        }
    }

    fn table(&mut self, path: &[&str], table: &Table) {
        if table.rows.is_empty() {
            return;
        }
        let labels = Labels::of(table);
        let mut has_numbers = false;
        for column in (0..table.columns.len()).filter(|column| !labels.hold(*column)) {
            let path = [path, &[table.columns[column]]].concat();
            let base = base(&path);
            // Samples of one name stand together, whatever of them each row has.
            let mut families: BTreeMap<&str, (Option<&str>, Samples)> = BTreeMap::new();
            for (row, of_row) in table.rows.iter().zip(&labels.rows) {
                for series in series(&row[column]) {
                    let about = if series.about { "exact=\"false\"" } else { "" };
                    let samples = families.entry(series.suffix).or_default();
                    samples.0 = series.unit;
                    samples.1.push((braced(of_row, about), series.number));
                }
            }
            for (suffix, (unit, samples)) in families {
                has_numbers = true;
                let name = format!("{base}{suffix}");
                self.family(name, &help(&path, suffix), unit, samples);
            }
        }
        if !has_numbers {
            let samples = labels.rows.iter();
            let samples = samples.map(|labels| (braced(labels, ""), "1".to_owned()));
            let name = format!("{}_info", base(path));
            self.family(name, &help(path, ""), None, samples.collect());
        }
    }

    fn family(
        &mut self,
        mut name: String,
        help: &str,
        unit: Option<&'static str>,
        samples: Samples,
    ) {
        // Two paths may make one name, and a name must not come twice.
        while !self.names.insert(name.clone()) {
            name.push_str("_again");
        }
        let unit = unit.or_else(|| name.ends_with("_bytes").then_some("bytes"));
        self.families.push(Family {
            name,
            help: help.to_owned(),
            unit,
            samples,
        });
    }

    fn write(&self, out: &mut dyn io::Write) -> io::Result<()> {
        for Family {
            name,
            help,
            unit,
            samples,
        } in &self.families
        {
            writeln!(out, "# HELP {name} {help}")?;
            writeln!(out, "# TYPE {name} gauge")?;
            if let Some(unit) = unit {
                writeln!(out, "# UNIT {name} {unit}")?;
            }
            for (labels, number) in samples {
                writeln!(out, "{name}{labels} {number}")?;
            }
        }
        writeln!(out, "# EOF")
    }
}

/// What a metric is, in words, the same wherever it stands: collectors compare them.
fn help(path: &[&str], suffix: &str) -> String {
    let path: Vec<String> = path.iter().map(|name| words(name)).collect();
    format!("{}{}", path.join(", "), words(suffix))
}

/// What all metrics of a value begin with.
fn base(path: &[&str]) -> String {
    let mut name = format!("authmeter_{}", path.join("_"));
    // These endings mean counters and histograms, which gauges are not.
    while let Some(shorter) = ["_total", "_count"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
    {
        name = shorter.to_owned();
    }
    let reserved = ["_sum", "_bucket", "_created", "_info", "_gsum", "_gcount"];
    if reserved.iter().any(|ending| name.ends_with(ending)) {
        name.push_str("_value");
    }
    name
}

/// Seconds since 1970, with as many decimals as there are.
fn epoch(time: Timestamp) -> String {
    let nanos = i128::from(time.seconds()) * 1_000_000_000 + i128::from(time.subsec_nanos());
    let sign = if nanos < 0 { "-" } else { "" };
    let (seconds, nanos) = (nanos.abs() / 1_000_000_000, nanos.abs() % 1_000_000_000);
    let number = format!("{sign}{seconds}.{nanos:09}");
    number
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_owned()
}

fn braced(labels: &str, more: &str) -> String {
    match (labels, more) {
        ("", "") => String::new(),
        (labels, "") => format!("{{{labels}}}"),
        ("", more) => format!("{{{more}}}"),
        (labels, more) => format!("{{{labels},{more}}}"),
    }
}

/// The numbers of a value; none of text.
fn series(value: &Value) -> Vec<Series> {
    let about = value.error().is_some();
    let series = |suffix, unit, number: String| Series {
        suffix,
        unit,
        about,
        number,
    };
    let seconds = |suffix, value: &Value| series(suffix, Some("seconds"), word(value));
    let rate = value.rate().map(|rate| series("", None, rate.to_string()));
    let mut all: Vec<Series> = match value {
        Value::Count(count) | Value::About { value: count, .. } => {
            vec![series("", None, count.to_string())]
        }
        Value::Ratio { part, whole }
        | Value::Mean { part, whole }
        | Value::AboutRate { part, whole, .. } => {
            let parts = [("_part", part), ("_whole", whole)];
            let parts = parts.map(|(suffix, count)| series(suffix, None, count.to_string()));
            rate.into_iter().chain(parts).collect()
        }
        Value::Pace { count, elapsed, .. } => {
            let part = series("_part", None, count.to_string());
            let elapsed = seconds("_elapsed_seconds", &Value::Span(*elapsed));
            rate.into_iter().chain([part, elapsed]).collect()
        }
        Value::Flag(flag) => vec![series("", None, u8::from(*flag).to_string())],
        Value::Time(local) => {
            vec![series(
                "_timestamp_seconds",
                Some("seconds"),
                epoch(local.time),
            )]
        }
        Value::Span(_) | Value::AboutSpan { .. } => vec![seconds("_seconds", value)],
        Value::Text(_) | Value::Missing => Vec::new(),
    };
    if let Some((low, high)) = value.interval() {
        all.push(series("_low", None, low.to_string()));
        all.push(series("_high", None, high.to_string()));
    }
    if let Some(error) = value.error() {
        all.push(Series {
            suffix: "_error_ratio",
            unit: Some("ratio"),
            about: false,
            number: error.to_string(),
        });
    }
    all
}

#[cfg(test)]
mod tests;
