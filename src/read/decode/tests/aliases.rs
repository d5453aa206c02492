//! The whole table of names: each alias in each place, and which of two wins, by a table of its own
//! (`testdata/seeds/aliases.tsv`), so that the program's cannot change unnoticed.

use std::collections::BTreeMap;

use super::{Field, Outcome, field, with};

const TABLE: &str = include_str!("../../../../testdata/seeds/aliases.tsv");
const CONTAINERS: [&str; 3] = ["metadata", "details", "event_data"];

/// A field with its names, from strongest to weakest, and whether containers are searched for it.
struct Row {
    field: Field,
    inside: bool,
    aliases: Vec<&'static str>,
}

fn rows() -> Vec<Row> {
    let fields: BTreeMap<String, Field> = Field::ALL
        .into_iter()
        .map(|field| (format!("{field:?}"), field))
        .collect();
    let rows = TABLE.lines().filter(|line| !line.starts_with('#')).skip(1);
    rows.map(|row| {
        let words: Vec<_> = row.split('\t').collect();
        Row {
            field: fields[words[0]],
            inside: words[1] == "yes",
            aliases: words[2].split(' ').collect(),
        }
    })
    .collect()
}

impl Row {
    /// A line with these pairs at the top level and in containers, of a kind for which the names mean this field.
    fn line(&self, pairs: &[(&str, &str, String)]) -> String {
        let of = |place: &str| {
            let here = pairs.iter().filter(|pair| pair.0 == place);
            here.map(|(_, name, value)| format!(r#""{name}":{value}"#))
                .collect::<Vec<_>>()
                .join(",")
        };
        let mut parts = vec![match self.field {
            Field::Event => String::new(),
            Field::HttpMethod => r#""event":"api_token.used""#.to_owned(),
            _ => r#""event":"auth.login""#.to_owned(),
        }];
        parts.push(of(""));
        for container in CONTAINERS {
            parts.push(match of(container) {
                pairs if pairs.is_empty() => String::new(),
                pairs => format!(r#""{container}":{{{pairs}}}"#),
            });
        }
        parts.retain(|part| !part.is_empty());
        format!("{{{}}}", parts.join(","))
    }

    /// One of several different values.
    fn value(&self, which: usize) -> String {
        match self.field {
            // It has no other values.
            Field::Success => ["true", "false"][which % 2].to_owned(),
            _ => format!(r#""v-{which}""#),
        }
    }

    /// What is read of a line made of these pairs, as it would be written.
    fn read(&self, pairs: &[(&str, &str, String)]) -> Option<String> {
        let line = self.line(pairs);
        match self.field {
            Field::Success => with(&line, |event| match event.outcome {
                Outcome::Success => Some("true".to_owned()),
                Outcome::Failure => Some("false".to_owned()),
                Outcome::Unknown => None,
            }),
            other => field(&line, other).map(|text| format!(r#""{text}""#)),
        }
    }

    /// Every place and name, from strongest to weakest.
    fn ladder(&self) -> Vec<(&'static str, &'static str)> {
        let places = std::iter::once("").chain(CONTAINERS);
        let places = places.take(if self.inside { 4 } else { 1 });
        places
            .flat_map(|place| self.aliases.iter().map(move |alias| (place, *alias)))
            .collect()
    }
}

#[test]
fn every_field_a_log_has_is_in_the_table() {
    let made = [Field::Subject, Field::Domain];
    let told: Vec<_> = rows().iter().map(|row| row.field).collect();
    let missing: Vec<_> = Field::ALL
        .into_iter()
        .filter(|field| !told.contains(field) && !made.contains(field))
        .collect();
    assert_eq!((missing, told.len()), (vec![], Field::COUNT - made.len()));
}

#[test]
fn every_alias_is_read_at_the_top_level_and_in_each_container_that_counts() {
    for row in rows() {
        for place in std::iter::once("").chain(CONTAINERS) {
            for alias in &row.aliases {
                for which in 0..2 {
                    let value = row.value(which);
                    let expected = (place.is_empty() || row.inside).then(|| value.clone());
                    let found = row.read(&[(place, alias, value)]);
                    assert_eq!(found, expected, "{alias} in {place:?}, {:?}", row.field);
                }
            }
        }
    }
}

#[test]
fn of_any_two_the_stronger_wins_wherever_it_stands_in_the_line() {
    let mut pairs = 0;
    for row in rows() {
        let ladder = row.ladder();
        for (upper, strong) in ladder.iter().enumerate() {
            for weak in &ladder[upper + 1..] {
                let strong = (strong.0, strong.1, row.value(0));
                let weak = (weak.0, weak.1, row.value(1));
                for line in [
                    [strong.clone(), weak.clone()],
                    [weak.clone(), strong.clone()],
                ] {
                    assert_eq!(row.read(&line), Some(row.value(0)), "{}", row.line(&line));
                }
                pairs += 1;
            }
        }
    }
    assert!(pairs > 500, "only {pairs} pairs were compared");
}

#[test]
fn a_stronger_name_without_a_value_leaves_the_field_to_the_weaker() {
    for row in rows() {
        let ladder = row.ladder();
        for (upper, strong) in ladder.iter().enumerate() {
            for nothing in ["null", r#""""#] {
                let empty = (strong.0, strong.1, nothing.to_owned());
                let alone = row.read(std::slice::from_ref(&empty));
                assert_eq!(alone, None, "{nothing} is no {:?}", row.field);
                for weak in &ladder[upper + 1..] {
                    let line = [empty.clone(), (weak.0, weak.1, row.value(1))];
                    assert_eq!(row.read(&line), Some(row.value(1)), "{}", row.line(&line));
                }
            }
        }
    }
}

#[test]
fn names_match_exactly() {
    for row in rows() {
        for alias in &row.aliases {
            for name in [
                alias.to_uppercase(),
                format!("{alias} "),
                format!("_{alias}"),
            ] {
                let found = row.read(&[("", &name, row.value(0))]);
                assert_eq!(found, None, "{name} is no {:?}", row.field);
            }
        }
    }
}
