//! JSON: one object, `reports.<report>.<fact>` and `reports.<report>.<table>[]`, in the order of the document.
//!
//! A share is `{"part","whole","rate","low","high"}`, a mean `{"part","whole","rate"}`, a pace
//! `{"count","elapsed","rate"}`, an estimate `{"value","exact":false,"error"}` with its error as a part of it, a mean over an
//! estimate `{"part","whole","rate","exact":false,"error"}`; times are RFC 3339, lengths of time are seconds, nothing is
//! `null`. `testdata/schema.json` says the same as a JSON Schema.

use std::io;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::ser::{Formatter, PrettyFormatter};

use super::escaped::Escaped;
use super::select::each;
use super::{Selected, Style, plain};
use crate::document::{Document, SCHEMA_VERSION, Section, Table, Value};

/// Writes the whole document.
pub(super) fn document(document: &Document, _: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    write(document, PrettyFormatter::new(), out)
}

/// Writes tables as arrays of objects, and values.
pub(super) fn selection(
    selected: &[(&str, Selected<'_>)],
    _: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let value = |value: &Value, out: &mut dyn io::Write| write(value, PrettyFormatter::new(), out);
    each(selected, out, value, |table, out| {
        write(table, PrettyFormatter::new(), out)
    })
}

/// Writes anything as JSON in some form, and a line end.
pub(super) fn write(
    what: &impl Serialize,
    form: impl Formatter,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut json = serde_json::Serializer::with_formatter(&mut *out, Escaped(form));
    what.serialize(&mut json)?;
    writeln!(out)
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Reports<'a>(&'a [Section]);
        impl Serialize for Reports<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.0.iter().map(|section| (section.name, section)))
            }
        }
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schema_version", &SCHEMA_VERSION)?;
        map.serialize_entry(self.window.name, &self.window)?;
        map.serialize_entry(self.input.name, &self.input)?;
        map.serialize_entry("reports", &Reports(&self.reports))?;
        map.end()
    }
}

impl Serialize for Section {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for fact in &self.facts {
            map.serialize_entry(fact.name, &fact.value)?;
        }
        for table in &self.tables {
            map.serialize_entry(table.name, table)?;
        }
        map.end()
    }
}

impl Serialize for Table {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Row<'a>(&'a [&'static str], &'a [Value]);
        impl Serialize for Row<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.0.iter().zip(self.1))
            }
        }
        serializer.collect_seq(self.rows.iter().map(|row| Row(self.columns, row)))
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Count(count) => serializer.serialize_u64(*count),
            Value::Flag(flag) => serializer.serialize_bool(*flag),
            Value::Time(time) => serializer.collect_str(time),
            Value::Span(span) => Number(span.as_secs_f64()).serialize(serializer),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Missing => serializer.serialize_none(),
            Value::About { value, .. } => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("value", value)?;
                map.serialize_entry("exact", &false)?;
                map.serialize_entry("error", &self.error().map(Number))?;
                map.end()
            }
            Value::AboutSpan { span, .. } => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("value", &Number(span.as_secs_f64()))?;
                map.serialize_entry("exact", &false)?;
                map.serialize_entry("error", &self.error().map(Number))?;
                map.end()
            }
            Value::AboutRate { part, whole, .. } => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("part", part)?;
                map.serialize_entry("whole", whole)?;
                map.serialize_entry("rate", &self.rate().map(Number))?;
                map.serialize_entry("exact", &false)?;
                map.serialize_entry("error", &self.error().map(Number))?;
                map.end()
            }
            Value::Ratio { .. } | Value::Mean { .. } | Value::Pace { .. } => {
                let mut map = serializer.serialize_map(None)?;
                for (name, part) in plain::parts(self) {
                    map.serialize_entry(name, &part)?;
                }
                map.serialize_entry("rate", &self.rate().map(Number))?;
                for (name, end) in plain::ends(self) {
                    map.serialize_entry(name, &end.map(Number))?;
                }
                map.end()
            }
        }
    }
}

/// A number as every other format writes it: `1`, not `1.0`.
struct Number(f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Beyond 2^53 not every integer is a number of this type.
        match self.0 {
            number if number.fract() == 0.0 && (0.0..9e15).contains(&number) => {
                serializer.serialize_u64(number as u64)
            }
            number => serializer.serialize_f64(number),
        }
    }
}
