//! What was read, in two sentences for people.

use super::human::{human, words};
use crate::document::{Document, Section, Value};

/// The first lines of an answer, in pieces between which lines may be broken.
pub(super) struct Summary {
    /// That this is not the whole answer, if it is not.
    pub(super) interrupted: Option<&'static str>,
    /// From when to when; pieces of a sentence.
    pub(super) window: Vec<String>,
    /// How many lines of which sort; items of a list.
    pub(super) counts: Vec<String>,
}

impl Summary {
    pub(super) fn of(document: &Document) -> Summary {
        let (window, input) = (&document.window, &document.input);
        let [first, last, elapsed] =
            ["first", "last", "elapsed"].map(|name| human(&fact(window, name)));
        let partial = fact(input, "partial") == Value::Flag(true);
        let always = |name| matches!(name, "lines" | "events");
        let counts = input
            .facts
            .iter()
            .filter(|fact| always(fact.name) || tells(&fact.value));
        Summary {
            interrupted: partial.then_some("Interrupted: this is what was read so far"),
            window: match fact(window, "first") {
                Value::Missing => vec!["No dated events".to_owned()],
                _ => vec![first, format!("to {last}"), format!("({elapsed})")],
            },
            counts: counts
                .map(|fact| format!("{} {}", human(&fact.value), counted(fact.name, &fact.value)))
                .collect(),
        }
    }
}

fn fact(section: &Section, name: &str) -> Value {
    let fact = section.facts.iter().find(|fact| fact.name == name);
    fact.map_or(Value::Missing, |fact| fact.value.clone())
}

/// Whether a number of the account is worth saying.
fn tells(value: &Value) -> bool {
    matches!(value, Value::Count(1..))
}

/// What is counted, in the singular where there is one.
fn counted(name: &str, value: &Value) -> String {
    let name = words(name);
    match (value, name.strip_suffix('s')) {
        (Value::Count(1), Some(one)) => one.to_owned(),
        _ => name,
    }
}
