//! Lines that are no events: blank, malformed, or JSON that is no object.
//!
//! The kinds take turns, so that each occurs however short the log is.

use crate::generate::random::Random;
use crate::generate::truth::Count;

/// The first line of 100,000 brackets comes before this event, and another after each further [`DEEP_EVERY`].
const DEEP_FIRST: u64 = 1_000;
/// Such a line is as long as a thousand others; more of them would make the log mostly brackets.
const DEEP_EVERY: u64 = 50_000;
/// Far beyond any reader's limit.
const BRACKETS: usize = 100_000;

const BLANK: [&str; 5] = ["", " ", "\t", "   \t  ", "                \t"];

const NOT_OBJECTS: [&str; 12] = [
    "42",
    "[1,2,3]",
    "\"a line of text\"",
    "null",
    "-0.0",
    "[{\"event\":\"auth.login\",\"success\":true}]",
    "true",
    "[]",
    "123456789012345678901234567890",
    " \"{\\\"event\\\":\\\"auth.login\\\"}\" ",
    "false",
    "1e400",
];

/// What follows a complete object on its line.
const TRAILERS: [&str; 9] = [
    " trailing",
    ",",
    "]",
    "}",
    " 1",
    "{\"event\":\"auth.login\",\"success\":true}",
    " // checked",
    ";",
    " null",
];

/// Almost objects.
const ALMOST: [&str; 10] = [
    "{\"event\":\"auth.login\",\"success\":true,}",
    "{'event':'auth.login','success':true}",
    "{event:\"auth.login\",\"success\":true}",
    "{\"event\":\"auth.login\" \"success\":true}",
    "{\"event\":\"auth.login\",\"success\":tru}",
    "{\"event\"::\"auth.login\"}",
    "{\"event\":\"auth.\\qlogin\"}",
    "{\"event\":\"\\u12G4\"}",
    "{\"event\":\"auth.login\",\"metadata\":{\"n\":[1,]}}",
    "{\"event\"}",
];

const GARBAGE: [&[u8]; 6] = [
    b"@\x80\x81\xfe\xff\x01\x02",
    b"%PDF-1.4 \xe2\xe3\xcf\xd3",
    b"Jan 15 10:30:00 host app[123]: auth.login ok",
    b"<14>1 2025-01-15T10:30:00Z host app - - {\"event\":\"auth.login\"}",
    b"\xc3\x28 {\"event\":\"auth.login\"}",
    b"---",
];

/// Which kind's turn it is.
#[derive(Default)]
pub(super) struct Rejects {
    turn: usize,
}

impl Rejects {
    /// Whether the line before event number `events` is one of very many brackets.
    pub(super) fn deep_is_due(&self, events: u64) -> bool {
        events % DEEP_EVERY == DEEP_FIRST
    }

    /// Appends one line, without its end. `model`: the line of an event, whole, to make broken ones from.
    pub(super) fn append(
        &mut self,
        deep: bool,
        model: &[u8],
        random: &mut Random,
        out: &mut Vec<u8>,
        count: &mut Count,
    ) {
        if deep {
            count.truth.malformed += 1;
            return append_deep(out);
        }
        const KINDS: usize = 7;
        let round = self.turn / KINDS;
        let text = |texts: &[&'static str]| texts[round % texts.len()].as_bytes();
        match self.turn % KINDS {
            0 => {
                count.truth.blank += 1;
                out.extend_from_slice(text(&BLANK));
            }
            1 => {
                count.truth.not_an_object += 1;
                out.extend_from_slice(text(&NOT_OBJECTS));
            }
            kind => {
                count.truth.malformed += 1;
                match kind {
                    2 => out.extend_from_slice(torn(model, random)),
                    3 if round.is_multiple_of(2) => {
                        out.extend_from_slice(torn(model, random));
                        out.extend_from_slice(model);
                    }
                    3 => append_halves(model, random, out),
                    4 => {
                        out.extend_from_slice(model);
                        out.extend_from_slice(text(&TRAILERS));
                    }
                    5 => out.extend_from_slice(GARBAGE[round % GARBAGE.len()]),
                    _ => out.extend_from_slice(text(&ALMOST)),
                }
            }
        }
        self.turn += 1;
    }
}

/// The beginning of a line, cut between its first and its last brace. White space may stand before and behind them.
fn torn<'a>(model: &'a [u8], random: &mut Random) -> &'a [u8] {
    let opening = model.iter().position(|byte| *byte == b'{').unwrap_or(0);
    let closing = model
        .iter()
        .rposition(|byte| *byte == b'}')
        .unwrap_or(model.len());
    &model[..random.between(opening as u32 + 1, closing as u32) as usize]
}

/// The beginning and the end of a line, glued such that a string stays open: cut elsewhere, the two could by chance be
/// one good line.
fn append_halves(model: &[u8], random: &mut Random, out: &mut Vec<u8>) {
    let start = out.len();
    let end = &model[model.len() / 2..];
    for cut in random.between(1, model.len() as u32 / 3) as usize..model.len() {
        out.truncate(start);
        out.extend_from_slice(&model[..cut]);
        out.extend_from_slice(end);
        if ends_inside_a_string(&out[start..]) {
            return;
        }
    }
    // Escaped quotes in the end can close every string again: then the beginning has to do.
    out.truncate(start);
    out.extend_from_slice(torn(model, random));
}

fn ends_inside_a_string(line: &[u8]) -> bool {
    let (mut inside, mut escaped) = (false, false);
    for &byte in line {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => inside = !inside,
            _ => {}
        }
    }
    inside
}

/// An object with an array in an array in an array …; the last closing bracket is missing, so that a reader without a
/// limit rejects it too, at its end.
fn append_deep(out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"event\":\"auth.login\",\"success\":true,\"extra\":");
    out.resize(out.len() + BRACKETS, b'[');
    out.resize(out.len() + BRACKETS - 1, b']');
    out.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_lines_are_broken_whatever_they_are_made_from() {
        let models = [
            r#"{"event":"token.validation_failed","userId":"u","success":false,"error":"Refused by \"policy\" in C:\\auth\\rules / default","metadata":{"ip":"::1"}}"#,
            "{\"event\":\"auth.login\"}   \t ",
            "  {\"a\":\"\\\\\\\"\"}",
        ];
        for (seed, model) in (0..2000).flat_map(|seed| models.map(|model| (seed, model.as_bytes())))
        {
            let mut random = Random::new(seed, 1);
            let mut halves = Vec::new();
            append_halves(model, &mut random, &mut halves);
            for line in [halves.as_slice(), torn(model, &mut random)] {
                let text = String::from_utf8_lossy(line);
                assert!(
                    serde_json::from_slice::<serde_json::Value>(line).is_err(),
                    "{text}"
                );
                assert!(!text.trim().is_empty());
            }
        }
    }
}
