//! Text of a log, made safe to show: characters that drive or deceive a terminal are spelled out.

use std::fmt::{self, Write as _};

/// Whether some reader takes the character for the end of a line, or it drives or deceives a terminal: control
/// characters (C0, DEL, C1), the line and paragraph separators, and Unicode's bidirectional controls (UAX #9,
/// section 2).
pub fn is_unsafe(character: char) -> bool {
    matches!(
        character,
        '\0'..='\x1f'
            | '\x7f'..='\u{9f}'
            | '\u{61c}'
            | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
    )
}

/// Shows text with every [unsafe](is_unsafe) character as `\u{…}`.
#[derive(Clone, Copy, Debug)]
pub struct Visible<'a>(pub &'a str);

impl fmt::Display for Visible<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match is_unsafe(character) {
                true => write!(f, "{}", character.escape_unicode())?,
                false => f.write_char(character)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_drives_a_terminal_is_spelled_out() {
        assert_eq!(
            Visible("a\x1b[31m\u{202e}b\n").to_string(),
            r"a\u{1b}[31m\u{202e}b\u{a}"
        );
        assert_eq!(Visible("Zoë 漢字 ✅").to_string(), "Zoë 漢字 ✅");
    }
}
