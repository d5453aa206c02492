//! What was seen, as a document.

use std::time::Duration;

use super::finding::Sort;
use super::strand::{AfterTheFact, Strand};
use super::{ChainSeen, Finding, Verdict};
use crate::document::{Document, Section, Value};

/// What was seen, for all formats.
pub(crate) fn document(verdict: &Verdict) -> Document {
    Document {
        window: window(verdict),
        input: input(verdict),
        reports: vec![section(verdict)],
    }
}

/// From the first seal to the last.
fn window(verdict: &Verdict) -> Section {
    let first = verdict.chains.iter().map(|chain| chain.times.0).min();
    let last = verdict.chains.iter().map(|chain| chain.times.1).max();
    let elapsed = first.zip(last).map(|(first, last)| {
        let length = first.until(last).unwrap_or(Duration::ZERO);
        Value::Span(length)
    });
    let time = |time: Option<_>| time.map_or(Value::Missing, Value::time);
    Section::new("window", "Window")
        .fact("first", time(first))
        .fact("last", time(last))
        .fact("elapsed", elapsed.unwrap_or(Value::Missing))
}

const INPUTS: &[&str] = &[
    "input",
    "lines",
    "bytes",
    "seals",
    "first_seal",
    "last_seal",
    "unsealed_lines",
    "torn",
    "copy_of",
    "trouble",
];

fn input(verdict: &Verdict) -> Section {
    let sum = |count: fn(&Strand) -> u64| Value::Count(verdict.strands.iter().map(count).sum());
    let rows = verdict.strands.iter().map(|strand| {
        let copy = verdict
            .copies
            .iter()
            .find(|(copy, _)| *copy == strand.input);
        let copy = copy.map(|(_, of)| verdict.strands[*of as usize].name.as_str());
        let number = |number: Option<u64>| number.map_or(Value::Missing, Value::Count);
        vec![
            Value::Text(strand.name.clone()),
            Value::Count(strand.lines),
            Value::Count(strand.bytes),
            Value::Count(strand.seals),
            number(strand.first.as_ref().map(|first| first.seal.mark.number)),
            number(strand.last.as_ref().map(|last| last.mark.number)),
            Value::Count(strand.tail.lines),
            Value::Flag(strand.tail.torn),
            Value::text(copy),
            Value::text(strand.trouble.as_deref()),
        ]
    });
    Section::new("input", "Input")
        .fact("lines", sum(|strand| strand.lines))
        .fact("seals", sum(|strand| strand.seals))
        .fact("bytes", sum(|strand| strand.bytes))
        .fact("partial", Value::Flag(verdict.interrupted))
        .table("inputs", INPUTS, rows)
}

const FINDINGS: &[&str] = &[
    "input",
    "line",
    "last_line",
    "byte",
    "end",
    "first_seal",
    "last_seal",
    "sort",
    "what",
];
const CHAINS: &[&str] = &[
    "chain",
    "inputs",
    "first_seal",
    "last_seal",
    "first",
    "last",
    "from_its_start",
    "closed",
    "unsealed_lines",
    "torn",
];
const LATE: &[&str] = &["input", "line", "last_line", "seal", "kind", "time"];

fn section(verdict: &Verdict) -> Section {
    let findings = &verdict.findings;
    let total = findings.total();
    let mut section = Section::new("verify", "Seals")
        .fact("intact", Value::Flag(total == 0))
        .fact("findings", Value::Count(total));
    for sort in Sort::ALL {
        section = section.fact(sort.name(), Value::Count(findings.count(sort)));
    }
    let chains = &verdict.chains;
    let unsealed = chains.iter().map(|chain| chain.unsealed_lines).sum();
    let late = verdict.strands.iter().map(|strand| strand.late_lines).sum();
    let kept = findings.kept.len() as u64;
    let late_rows = verdict.strands.iter().flat_map(|strand| {
        let late = strand.after_the_fact.iter();
        late.map(|late| late_row(strand, late))
    });
    section
        .fact("unsealed_lines", Value::Count(unsealed))
        .fact("after_the_fact_lines", Value::Count(late))
        .fact("checkpoint", Value::text(verdict.checkpoint))
        .fact("left_out", Value::Count(total - kept))
        .table(
            "places",
            FINDINGS,
            findings
                .kept
                .iter()
                .map(|finding| finding_row(verdict, finding)),
        )
        .table("chains", CHAINS, chains.iter().map(chain_row))
        .table("after_the_fact", LATE, late_rows)
}

fn finding_row(verdict: &Verdict, finding: &Finding) -> Vec<Value> {
    let name = |input: u32| Value::Text(verdict.strands[input as usize].name.clone());
    let place = match &finding.place {
        Some(place) => [
            name(place.input),
            Value::Count(place.line),
            Value::Count(place.last_line.max(place.line)),
            Value::Count(place.byte),
            Value::Count(place.end),
        ],
        None => [const { Value::Missing }; 5],
    };
    let seals = match finding.seals {
        Some((first, last)) => [Value::Count(first), Value::Count(last)],
        None => [const { Value::Missing }; 2],
    };
    let words = [
        Value::Text(finding.sort.name().to_owned()),
        Value::Text(finding.what.clone()),
    ];
    place.into_iter().chain(seals).chain(words).collect()
}

fn chain_row(chain: &ChainSeen) -> Vec<Value> {
    let (first, last) = chain.seals;
    vec![
        Value::Text(String::from_utf8_lossy(&chain.id).into_owned()),
        Value::Count(chain.inputs),
        Value::Count(first),
        Value::Count(last),
        Value::time(chain.times.0),
        Value::time(chain.times.1),
        Value::Flag(first == 1),
        Value::Flag(chain.last.kind == crate::seal::Kind::Closed && chain.unsealed_lines == 0),
        Value::Count(chain.unsealed_lines),
        Value::Flag(chain.torn),
    ]
}

fn late_row(strand: &Strand, late: &AfterTheFact) -> Vec<Value> {
    vec![
        Value::Text(strand.name.clone()),
        Value::Count(late.place.line),
        Value::Count(late.place.last_line),
        Value::Count(late.seal),
        Value::Text(late.kind.name().to_owned()),
        Value::time(late.time),
    ]
}
