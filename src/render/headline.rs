//! What matters, as a few questions with their answers, for the top of a page or a screen.
//!
//! Answers are pieces of text and values of the document, so that every face shows the numbers as it shows them
//! elsewhere. Nothing is computed here; what is asked of a report that was not made is left out.

use super::select::fact;
use crate::document::{Document, Section, Table, Value};

/// A question and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headline {
    /// What is asked.
    pub question: &'static str,
    /// The answer, to be read as one sentence: pieces follow each other without blanks.
    pub answer: Vec<Piece>,
    /// What the answer means for whoever reads it.
    pub tone: Tone,
}

/// A piece of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Words of the program's own.
    Words(&'static str),
    /// A value of the document.
    Value(Value),
}

/// What an answer means. It has a sign and a word: colour alone tells nothing to some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Nothing to do.
    Good,
    /// Somebody should look.
    Bad,
    /// A number to know.
    Neutral,
    /// There is too little to tell.
    Unknown,
}

impl Tone {
    /// A sign of one column.
    pub fn sign(self) -> char {
        match self {
            Tone::Good => '✓',
            Tone::Bad => '✗',
            Tone::Neutral => '·',
            Tone::Unknown => '?',
        }
    }

    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            Tone::Good => "good",
            Tone::Bad => "bad",
            Tone::Neutral => "neutral",
            Tone::Unknown => "unknown",
        }
    }
}

/// How many reasons an answer names.
const MOST_REASONS: usize = 3;

/// What a document has to say first.
pub fn headlines(document: &Document) -> Vec<Headline> {
    type Answer = fn(&Section) -> Option<Headline>;
    let asked: [(&str, Answer); 5] = [
        ("timeline", failing),
        ("logins", logins),
        ("logins", reasons),
        ("refreshes", refreshes),
        ("security", severe),
    ];
    let reports = |name: &str| document.reports.iter().find(|section| section.name == name);
    asked
        .into_iter()
        .filter_map(|(name, answer)| answer(reports(name)?))
        .collect()
}

/// Did anything fail more than usual? As the timeline defines it.
fn failing(timeline: &Section) -> Option<Headline> {
    let headline = |tone, answer| {
        Some(Headline {
            question: "Did anything fail more than usual?",
            answer,
            tone,
        })
    };
    let count = fact(timeline, "unusual_buckets")?;
    let usual = fact(timeline, "usual_failures")?;
    let worst = table(timeline, "unusual").and_then(|table| Some((table, table.rows.first()?)));
    match (count, worst) {
        (Value::Missing, _) => headline(
            Tone::Unknown,
            vec![words(
                "Too little time to tell: there is nothing to compare with",
            )],
        ),
        // Where everything fails nothing can fail more than usual.
        (Value::Count(0), _) if matches!(usual, Value::Ratio { part, whole } if part == whole && *whole > 0) => {
            headline(
                Tone::Bad,
                vec![
                    words("Every event failed: "),
                    value(usual),
                    words(" of events"),
                ],
            )
        }
        (Value::Count(0), _) => headline(
            Tone::Good,
            vec![
                words("Nothing failed more than usual: "),
                value(usual),
                words(" of events"),
            ],
        ),
        (count, Some((table, row))) => {
            let of = |name| cell(table, row, name);
            let mut answer = vec![words("Failures were ")];
            match of("times")? {
                // Usually nothing fails.
                Value::Missing => answer.extend([value(of("failures")?), words(" of events")]),
                times => answer.extend([value(times), words(" × usual")]),
            }
            answer.extend([words(" on "), value(of("start")?)]);
            if let Some(every) = fact(timeline, "every") {
                answer.extend([words(" ("), value(every), words(")")]);
            }
            if *count != Value::Count(1) {
                answer.extend([words("; buckets like it: "), value(count)]);
            }
            headline(Tone::Bad, answer)
        }
        (_, None) => None,
    }
}

/// How many log in?
fn logins(section: &Section) -> Option<Headline> {
    let rate = fact(section, "success_rate")?;
    let (tone, answer) = match *rate {
        Value::Ratio { whole: 0, .. } => (Tone::Unknown, vec![words("No logins")]),
        Value::Ratio { part, whole } => (
            Tone::Neutral,
            vec![
                value(&Value::Count(part)),
                words(" of "),
                value(&Value::Count(whole)),
                words(" logins succeeded, "),
                value(rate),
                words("; different users: "),
                value(fact(section, "users")?),
            ],
        ),
        _ => return None,
    };
    Some(Headline {
        question: "How many log in?",
        answer,
        tone,
    })
}

/// Why not?
fn reasons(section: &Section) -> Option<Headline> {
    let failures = fact(section, "failure")?;
    let reasons = table(section, "by_reason")?;
    let total = fact(section, "total")?;
    let (tone, answer) = match failures {
        Value::Count(0) if *total == Value::Count(0) => return None,
        Value::Count(0) => (Tone::Good, vec![words("No login failed")]),
        failures => {
            let mut answer = Vec::new();
            for row in reasons.rows.iter().take(MOST_REASONS) {
                if !answer.is_empty() {
                    answer.push(words(", "));
                }
                answer.push(match cell(reasons, row, "reason")? {
                    Value::Missing => words("no reason given"),
                    reason => value(reason),
                });
                answer.extend([words(" "), value(cell(reasons, row, "count")?)]);
            }
            answer.extend([words(", of "), value(failures), words(" failed")]);
            (Tone::Neutral, answer)
        }
    };
    Some(Headline {
        question: "Why not?",
        answer,
        tone,
    })
}

/// How fresh are the tokens?
fn refreshes(section: &Section) -> Option<Headline> {
    let question = "How fresh are the tokens?";
    if *fact(section, "total")? == Value::Count(0) {
        return Some(Headline {
            question,
            answer: vec![words("No token was refreshed")],
            tone: Tone::Unknown,
        });
    }
    let mut answer = vec![value(fact(section, "success")?), words(" refreshes")];
    let more = [
        ("per_login", " for each login"),
        ("per_user", " for each user"),
    ];
    for (name, what) in more {
        if let Some(rate) = fact(section, name).filter(|rate| rate.rate().is_some()) {
            answer.extend([words(", "), value(rate), words(what)]);
        }
    }
    answer.extend([
        words("; "),
        value(fact(section, "success_rate")?),
        words(" succeeded"),
    ]);
    let reused = fact(section, "reused").filter(|reused| {
        !matches!(
            reused,
            Value::Count(0) | Value::About { value: 0, .. } | Value::Missing
        )
    });
    let tone = match reused {
        Some(reused) => {
            answer.extend([words("; tokens used again: "), value(reused)]);
            Tone::Bad
        }
        None => Tone::Neutral,
    };
    Some(Headline {
        question,
        answer,
        tone,
    })
}

/// Is anything severe?
fn severe(section: &Section) -> Option<Headline> {
    let (critical, high) = (fact(section, "critical")?, fact(section, "high")?);
    let none = [critical, high]
        .iter()
        .all(|count| **count == Value::Count(0));
    let (tone, answer) = if none {
        (
            Tone::Good,
            vec![words("No security event of critical or high severity")],
        )
    } else {
        let answer = vec![
            words("Security events: "),
            value(critical),
            words(" critical, "),
            value(high),
            words(" high"),
        ];
        (Tone::Bad, answer)
    };
    Some(Headline {
        question: "Is anything severe?",
        answer,
        tone,
    })
}

fn words(words: &'static str) -> Piece {
    Piece::Words(words)
}

fn value(value: &Value) -> Piece {
    Piece::Value(value.clone())
}

fn table<'a>(section: &'a Section, name: &str) -> Option<&'a Table> {
    section.tables.iter().find(|table| table.name == name)
}

fn cell<'a>(table: &Table, row: &'a [Value], column: &str) -> Option<&'a Value> {
    let index = table.columns.iter().position(|name| *name == column)?;
    row.get(index)
}

#[cfg(test)]
mod tests;
