//! What is wrong with a word, with a caret under the place.

use std::ops::Range;

use super::Failure;
use crate::event::Visible;

/// What is wrong with a value, and where in it.
#[derive(Debug)]
pub(super) struct Wrong {
    /// Bytes of the value.
    pub(super) at: Range<usize>,
    /// What is wrong there, and what would be right.
    pub(super) what: String,
}

impl Wrong {
    /// Something is wrong with all of a value.
    pub(super) fn all(text: &str, what: impl Into<String>) -> Wrong {
        Wrong {
            at: 0..text.len(),
            what: what.into(),
        }
    }

    /// The error, as it is told: the flag and the value, and the place underneath.
    pub(super) fn of(self, flag: &str, text: &str) -> Failure {
        let shown = |part: &str| Visible(part).to_string();
        let part = |range: Range<usize>| shown(text.get(range).unwrap_or_default());
        let before = part(0..self.at.start).chars().count();
        let carets = "^".repeat(part(self.at).chars().count().max(1));
        Failure::Usage(format!(
            "{flag} makes no sense:\n  {}\n  {:before$}{carets} {}",
            shown(text),
            "",
            self.what
        ))
    }
}

/// What somebody may have meant: the most similar of these words, if any is.
pub(super) fn meant<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Below this, words have little in common (Winkler 1990: 1 is equality).
    const SIMILAR: f64 = 0.75;
    let similar = known.into_iter().map(|known| {
        (
            strsim::jaro_winkler(&word.to_lowercase(), &known.to_lowercase()),
            known,
        )
    });
    let best = similar.max_by(|one, other| one.0.total_cmp(&other.0));
    best.filter(|(likeness, _)| *likeness > SIMILAR)
        .map(|(_, known)| known)
}
