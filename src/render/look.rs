//! How text is drawn on a terminal: colours by meaning, and letters it can show.
//!
//! Colours are the terminal's own sixteen, so that they suit its background, dark or light. None of them says anything alone:
//! beside each stands a sign, a word or a heading that says the same.

use std::borrow::Cow;

use super::isolate::isolated;

/// What the terminal can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Whether there are colours.
    pub colour: bool,
    /// Whether bars, lines and maps are drawn beside the numbers.
    pub drawn: bool,
    /// Whether there are only letters of ASCII.
    pub ascii: bool,
}

impl Look {
    /// Text alone, as for a pipe or a file.
    pub const PLAIN: Look = Look {
        colour: false,
        drawn: false,
        ascii: false,
    };

    /// As it is on a terminal; text that goes elsewhere keeps all its letters.
    #[must_use]
    pub fn unless_plain(self) -> Look {
        if self.drawn { self } else { Look::PLAIN }
    }

    /// Text in letters that can be shown; what has no likeness is spelled out.
    pub(super) fn letters(self, text: String) -> String {
        if !self.ascii || text.is_ascii() {
            return text;
        }
        let mut spelled = String::with_capacity(text.len());
        for character in text.chars() {
            match likeness(character) {
                Some(likeness) => spelled.push_str(likeness),
                None if character.is_ascii() => spelled.push(character),
                None => spelled.extend(character.escape_unicode()),
            }
        }
        spelled
    }

    /// Text that moves nothing beside it, whatever direction it is written in.
    pub(super) fn isolated(self, text: &str) -> Cow<'_, str> {
        match self.drawn {
            true => isolated(text),
            false => Cow::Borrowed(text),
        }
    }

    /// Text with its colour.
    pub(super) fn painted(self, text: &str, paint: Paint) -> String {
        let text = self.isolated(text);
        match paint.code() {
            Some(code) if self.colour && !text.trim().is_empty() => {
                format!("\u{1b}[{code}m{text}\u{1b}[0m")
            }
            _ => text.into_owned(),
        }
    }
}

/// What a piece of text means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Paint {
    /// Nothing in particular.
    #[default]
    Plain,
    /// A heading.
    Heading,
    /// A number one looks for.
    Strong,
    /// What is beside the point.
    Dim,
    /// What went well.
    Good,
    /// What failed.
    Bad,
    /// What somebody should look at.
    Warning,
    /// How many, as a length or a shade.
    Amount,
}

impl Paint {
    /// The parameters of SGR (ECMA-48, 8.3.117).
    fn code(self) -> Option<&'static str> {
        match self {
            Paint::Plain => None,
            Paint::Heading | Paint::Strong => Some("1"),
            Paint::Dim => Some("2"),
            Paint::Good => Some("32"),
            Paint::Bad => Some("31"),
            Paint::Warning => Some("33"),
            Paint::Amount => Some("36"),
        }
    }
}

/// What stands for a sign of the program's own where there is only ASCII.
fn likeness(character: char) -> Option<&'static str> {
    Some(match character {
        '–' | '·' => "-",
        '…' => "...",
        '≈' => "~",
        '±' => "+/-",
        '×' => "x",
        '✓' => "+",
        '✗' => "!",
        '▲' => "^",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_only_where_they_are_wanted() {
        let colour = Look {
            colour: true,
            ..Look::PLAIN
        };
        assert_eq!(Look::PLAIN.painted("7", Paint::Bad), "7");
        assert_eq!(colour.painted("7", Paint::Bad), "\u{1b}[31m7\u{1b}[0m");
        assert_eq!(colour.painted("7", Paint::Plain), "7");
        assert_eq!(colour.painted("  ", Paint::Bad), "  ");
    }

    #[test]
    fn ascii_is_all_there_is_where_the_locale_has_no_more() {
        let ascii = Look {
            ascii: true,
            ..Look::PLAIN
        };
        assert_eq!(
            ascii.letters("≈ 7 ± 1 %, é…".to_owned()),
            "~ 7 +/- 1 %, \\u{e9}..."
        );
        assert_eq!(Look::PLAIN.letters("é…".to_owned()), "é…");
    }
}
