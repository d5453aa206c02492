//! What of a document can be drawn, picked out of it by the names of its sections and tables.
//!
//! Nothing is computed but what is read off: scaling to a width is drawing, and whoever draws does it. A document in which a
//! report was not made, or says something else than is expected here, has nothing of it to draw.

use super::select::fact;
use crate::document::{Document, Section, Table, Value};

/// Numbers over time: the table `buckets` of `timeline`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series<'a> {
    /// The width of a bucket, as in `1h`.
    pub every: &'a str,
    /// Whether empty buckets are left out, so that neighbours need not follow each other.
    pub gaps: bool,
    /// When each bucket starts.
    pub starts: Vec<&'a Value>,
    /// Each column of counts (`events`, `logins_ok`, `logins_failed`, `refreshes`, `failures`), as long as `starts`.
    pub lines: Vec<(&'static str, Vec<u64>)>,
}

/// A number for each hour of each day of the week: tables `events` and `failures` of `peaks`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Week {
    /// The table's name.
    pub name: &'static str,
    /// Names of the days, Monday first.
    pub days: [&'static str; 7],
    /// By day, then hour.
    pub counts: [[u64; 24]; 7],
}

/// Something with a number, to be drawn as long as this number is large.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar<'a> {
    /// What it is, from the log; `None` for what says nothing of it.
    pub name: Option<&'a str>,
    /// How many, or about how many.
    pub count: u64,
}

/// A step of a funnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The fact's name.
    pub name: &'static str,
    /// How many got here.
    pub count: u64,
    /// The fact that says how many did not get further from the step before, with its number.
    pub lost: Option<(&'static str, u64)>,
}

/// Tokens of a type or of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens<'a> {
    /// The type or the client; `None` for what says nothing of it.
    pub name: Option<&'a str>,
    /// `issued`, `refreshed`, `failed`.
    pub counts: [u64; 3],
}

/// A share and its interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Rate<'a> {
    /// Whose share; `None` for what says nothing of it.
    pub name: Option<&'a str>,
    /// The value itself.
    pub value: &'a Value,
    /// The share.
    pub rate: f64,
    /// From where to where it may be, at 95 %; an estimate has none.
    pub interval: Option<(f64, f64)>,
}

/// What happened when.
pub fn series(document: &Document) -> Option<Series<'_>> {
    let section = section(document, "timeline")?;
    let Value::Text(every) = fact(section, "every")? else {
        return None;
    };
    let buckets = table(section, "buckets").filter(|table| !table.rows.is_empty())?;
    let starts = column(buckets, "start")?;
    let is_time = |start: &&Value| matches!(start, Value::Time(_));
    if !starts.iter().all(is_time) {
        return None;
    }
    let names = [
        "events",
        "logins_ok",
        "logins_failed",
        "refreshes",
        "failures",
    ];
    let line = |name| Some((name, counts(buckets, name)?));
    Some(Series {
        every,
        gaps: !matches!(
            fact(section, "empty_left_out"),
            None | Some(Value::Count(0))
        ),
        starts,
        lines: names.into_iter().filter_map(line).collect(),
    })
}

/// The weekday × hour grids: of events, and of failures.
pub fn weeks(document: &Document) -> Vec<Week> {
    let Some(section) = section(document, "peaks") else {
        return Vec::new();
    };
    let grids = ["events", "failures"].into_iter();
    grids
        .filter_map(|name| week(table(section, name)?))
        .collect()
}

/// Whether a table is such a grid: a row for each hour, a column for each day of the week.
pub(super) fn week(table: &Table) -> Option<Week> {
    let [_, days @ ..] = table.columns else {
        return None;
    };
    let days: [&'static str; 7] = days.try_into().ok()?;
    let mut grid = [[0; 24]; 7];
    if table.rows.len() != 24 || table.columns[0] != "hour" {
        return None;
    }
    for (hour, row) in table.rows.iter().enumerate() {
        for (day, value) in row.get(1..)?.iter().enumerate() {
            grid.get_mut(day)?[hour] = count(value)?;
        }
    }
    Some(Week {
        name: table.name,
        days,
        counts: grid,
    })
}

/// One-time passwords from made to used; steps that nobody came to are steps too.
pub fn funnel(document: &Document) -> Option<Vec<Step>> {
    let section = section(document, "otp")?;
    let steps = [
        ("generated", None),
        ("sent", Some("send_failed")),
        ("verified", Some("verify_failed")),
    ];
    let number = |name| count(fact(section, name)?);
    let step = |(name, lost): (&'static str, Option<&'static str>)| {
        Some(Step {
            name,
            count: number(name)?,
            lost: lost.and_then(|lost| Some((lost, number(lost)?))),
        })
    };
    let steps: Vec<Step> = steps.into_iter().map(step).collect::<Option<_>>()?;
    steps.iter().any(|step| step.count > 0).then_some(steps)
}

/// Why logins failed, most frequent first.
pub fn login_reasons(document: &Document) -> Vec<Bar<'_>> {
    bars(document, "logins", "by_reason")
}

/// Why one-time passwords were refused, most frequent first.
pub fn otp_reasons(document: &Document) -> Vec<Bar<'_>> {
    bars(document, "failures", "otp_by_reason")
}

/// Why refreshes failed, most frequent first.
pub fn refresh_reasons(document: &Document) -> Vec<Bar<'_>> {
    bars(document, "refreshes", "by_reason")
}

/// Tokens by type.
pub fn tokens_by_type(document: &Document) -> Vec<Tokens<'_>> {
    tokens(document, "by_type", "type")
}

/// Tokens by client.
pub fn tokens_by_client(document: &Document) -> Vec<Tokens<'_>> {
    tokens(document, "by_client", "client")
}

/// The share of logins that succeed.
pub fn login_rate(document: &Document) -> Option<Rate<'_>> {
    rate(None, fact(section(document, "logins")?, "success_rate")?)
}

/// The share of logins that succeed by method, most logins first.
pub fn login_rates_by_method(document: &Document) -> Vec<Rate<'_>> {
    rates(document, "by_method", "method")
}

/// The share of logins that succeed by client, most logins first.
pub fn login_rates_by_client(document: &Document) -> Vec<Rate<'_>> {
    rates(document, "by_client", "client")
}

fn bars<'a>(document: &'a Document, report: &str, name: &str) -> Vec<Bar<'a>> {
    let read = || {
        let table = table(section(document, report)?, name)?;
        let names = column(table, "reason")?.into_iter().map(text);
        let counts = counts(table, "count")?;
        let bar = |(name, count)| Bar { name, count };
        Some(names.zip(counts).map(bar).collect())
    };
    read().unwrap_or_default()
}

fn tokens<'a>(document: &'a Document, name: &str, key: &str) -> Vec<Tokens<'a>> {
    let read = || {
        let table = table(section(document, "tokens")?, name)?;
        let names = column(table, key)?.into_iter().map(text);
        let [issued, refreshed, failed] =
            ["issued", "refreshed", "failed"].map(|name| counts(table, name));
        let numbers = issued?.into_iter().zip(refreshed?).zip(failed?);
        let counts = numbers.map(|((issued, refreshed), failed)| [issued, refreshed, failed]);
        let tokens = |(name, counts)| Tokens { name, counts };
        Some(names.zip(counts).map(tokens).collect())
    };
    read().unwrap_or_default()
}

fn rates<'a>(document: &'a Document, name: &str, key: &str) -> Vec<Rate<'a>> {
    let read = || {
        let table = table(section(document, "logins")?, name)?;
        let names = column(table, key)?.into_iter().map(text);
        let values = column(table, "success_rate")?;
        let rates = names
            .zip(values)
            .filter_map(|(name, value)| rate(name, value));
        Some(rates.collect())
    };
    read().unwrap_or_default()
}

fn rate<'a>(name: Option<&'a str>, value: &'a Value) -> Option<Rate<'a>> {
    Some(Rate {
        name,
        value,
        rate: value.rate()?,
        interval: value.interval(),
    })
}

fn section<'a>(document: &'a Document, name: &str) -> Option<&'a Section> {
    document.reports.iter().find(|section| section.name == name)
}

fn table<'a>(section: &'a Section, name: &str) -> Option<&'a Table> {
    section.tables.iter().find(|table| table.name == name)
}

fn column<'a>(table: &'a Table, name: &str) -> Option<Vec<&'a Value>> {
    let index = table.columns.iter().position(|column| *column == name)?;
    table.rows.iter().map(|row| row.get(index)).collect()
}

fn counts(table: &Table, name: &str) -> Option<Vec<u64>> {
    column(table, name)?.into_iter().map(count).collect()
}

/// A number of events, exact or about.
pub(super) fn count(value: &Value) -> Option<u64> {
    match value {
        Value::Count(count) | Value::About { value: count, .. } => Some(*count),
        _ => None,
    }
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
