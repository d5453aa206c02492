//! Text that is written from the right, kept from moving what stands beside it.
//!
//! A terminal that orders text by its direction (UAX #9) takes a line as one paragraph: a number or a sign behind a Hebrew
//! name would be shown before it, and two such names would change places. Between FIRST STRONG ISOLATE and POP DIRECTIONAL
//! ISOLATE a text has a direction of its own and takes part in no other (UAX #9, sections 2.4 and 3.3.2); terminals that
//! order nothing show neither. Only what is drawn for a terminal has them: text in a pipe is what `grep` and `cut` look for.

use std::borrow::Cow;

/// FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE.
pub(super) const ISOLATE: [char; 2] = ['\u{2068}', '\u{2069}'];

/// Whether a character is written from the right, or is a number as such writing has them: bidirectional classes R, AL and
/// AN, by the blocks that Unicode keeps for them (DerivedBidiClass.txt of Unicode 17.0).
fn is_from_right(character: char) -> bool {
    matches!(
        character,
        '\u{590}'..='\u{8ff}'
            | '\u{fb1d}'..='\u{fdff}'
            | '\u{fe70}'..='\u{feff}'
            | '\u{10800}'..='\u{10fff}'
            | '\u{1e800}'..='\u{1efff}'
    )
}

/// A text with a direction of its own, if it has something from the right. One that has isolates inside has all it needs.
pub(super) fn isolated(text: &str) -> Cow<'_, str> {
    let [first, last] = ISOLATE;
    if text.is_ascii() || text.contains(first) || !text.contains(is_from_right) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{first}{text}{last}"))
}

#[cfg(test)]
mod tests {
    use unicode_bidi::{BidiClass, BidiInfo, Level, bidi_class};

    use super::*;
    use crate::render::layout::{Cell, Grid, Row, width};
    use crate::render::look::{Look, Paint};

    #[test]
    fn every_character_from_the_right_is_known() {
        for character in '\0'..=char::MAX {
            let class = bidi_class(character);
            if matches!(class, BidiClass::R | BidiClass::AL | BidiClass::AN) {
                let mark = matches!(character, '\u{200f}');
                assert!(is_from_right(character) || mark, "{character:?}");
            }
        }
    }

    const NAMES: [&str; 6] = [
        "السلام שלום",
        "مرحبا بالعالم",
        "דוד levi 7",
        "ada عادل",
        "٣٤٥",
        "mallory",
    ];

    fn lines(look: Look) -> Vec<String> {
        let rows = NAMES.iter().enumerate().map(|(at, name)| {
            let texts = [name, "198.18.0.1", NAMES[at / 2], "(42)"];
            let cells = texts.map(|text| Cell::new(text.to_owned(), false, Paint::Plain));
            Row {
                cells: cells.into(),
                ..Row::default()
            }
        });
        let grid = Grid {
            rows: rows.collect(),
            ..Grid::default()
        };
        grid.lines("", 100, look)
    }

    /// A line as a terminal shows it that orders text by its direction.
    fn ordered(line: &str) -> String {
        let bidi = BidiInfo::new(line, Some(Level::ltr()));
        bidi.reorder_line(&bidi.paragraphs[0], 0..line.len())
            .into_owned()
    }

    /// Columns at which numbers stand.
    fn places(lines: &[String]) -> Vec<[Option<usize>; 2]> {
        // Letters of a line that is in order join those before them no more.
        let wide = |line: &str| line.chars().map(|letter| width(&letter.to_string())).sum();
        let place = |line: &String, text| line.find(text).map(|at| wide(&line[..at]));
        let both = |line: &String| ["198.18.0.1", "(42)"].map(|text| place(line, text));
        lines.iter().map(both).collect()
    }

    #[test]
    fn columns_behind_text_from_the_right_stay_in_place() {
        let drawn = Look {
            drawn: true,
            ..Look::PLAIN
        };
        let ordered =
            |look| -> Vec<String> { lines(look).iter().map(|line| ordered(line)).collect() };
        let expected = places(&lines(Look::PLAIN));
        assert!(expected.iter().all(|place| *place == expected[0]));
        assert_eq!(places(&lines(drawn)), expected, "isolates take no room");
        assert_eq!(places(&ordered(drawn)), expected);
        // That it is the isolates' doing.
        assert_ne!(places(&ordered(Look::PLAIN)), expected);
    }

    #[test]
    fn text_in_a_pipe_is_as_it_is_in_the_log() {
        assert!(!lines(Look::PLAIN).concat().contains(ISOLATE));
        assert_eq!(isolated("漢字 Zoë"), "漢字 Zoë");
        assert_eq!(isolated("שלום"), "\u{2068}שלום\u{2069}");
    }
}
