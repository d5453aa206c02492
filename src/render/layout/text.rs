//! Text in lines: how wide it is, and where it may be broken.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::render::look::Look;

/// The most lines a cell takes.
pub(super) const MOST_LINES: usize = 4;
/// Pieces wider than this, as pseudonyms and IPv6 addresses are, may be broken anywhere.
const WHOLE: usize = 20;

/// Columns a text takes, as terminals give them out: a letter that joins the one before it, as ALEF does LAM, has its own.
pub(crate) fn width(text: &str) -> usize {
    const LAM: char = '\u{644}';
    let pieces = text.split_inclusive(LAM);
    pieces.map(UnicodeWidthStr::width).sum()
}

/// Columns of its widest word.
pub(super) fn longest_word(text: &str) -> usize {
    text.split(' ').map(width).max().unwrap_or(0)
}

/// How wide a text is, and its words and their parts, to tell without breaking it how many lines it would take.
pub(super) struct Measure {
    pub(super) whole: usize,
    /// Of each word, and of each of its parts.
    words: Vec<(usize, Vec<usize>)>,
}

impl Measure {
    pub(super) fn of(text: &str) -> Measure {
        let word = |word| {
            let parts: Vec<usize> = pieces(word).into_iter().map(width).collect();
            (width(word), parts)
        };
        Measure {
            whole: width(text),
            words: text.split(' ').map(word).collect(),
        }
    }

    /// Columns without which a part would be broken that is better whole.
    pub(super) fn least(&self) -> usize {
        let parts = self.words.iter().flat_map(|(_, parts)| parts);
        parts.copied().max().unwrap_or(0).min(WHOLE)
    }

    /// How many lines [`wrapped`] makes of it.
    pub(super) fn lines(&self, room: usize) -> usize {
        if self.whole <= room {
            return 1;
        }
        let (mut lines, mut taken) = (0, 0);
        for (at, (word, parts)) in self.words.iter().enumerate() {
            if at > 0 && taken + 1 + word <= room {
                taken += 1 + word;
                continue;
            }
            if at > 0 && taken > 0 {
                (lines, taken) = (lines + 1, 0);
            }
            if *word <= room {
                taken += word;
                continue;
            }
            for part in parts {
                if taken > 0 && taken + part > room {
                    (lines, taken) = (lines + 1, 0);
                }
                lines += part.saturating_sub(1) / room;
                taken += part - part.saturating_sub(1) / room * room;
            }
        }
        (lines + usize::from(taken > 0)).max(1)
    }
}

/// The parts of a word between which it is broken if there is too little room for it: names of events, clients and hosts are,
/// behind their dots and dashes. Numbers and addresses of numbers are whole.
fn pieces(word: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let letters = word.char_indices().zip(word.chars().skip(1));
    for ((at, character), next) in letters {
        let part = matches!(character, '.' | '-' | '_' | '@' | '/' | ':' | ',');
        // Between letters as wide as those of Chinese there are no blanks.
        let wide = character.width() == Some(2) && next.width() == Some(2);
        if part && next.is_alphabetic() || wide {
            let end = at + character.len_utf8();
            pieces.push(&word[start..end]);
            start = end;
        }
    }
    pieces.push(&word[start..]);
    pieces
}

/// The first lines; the last of them says if there are more.
pub(super) fn shortened(mut lines: Vec<String>, room: usize, look: Look) -> Vec<String> {
    if lines.len() > MOST_LINES {
        lines.truncate(MOST_LINES);
        if let Some(last) = lines.last_mut() {
            let more = look.letters("…".to_owned());
            let (more, _) = split(&more, room);
            let (start, _) = split(last, room - width(more));
            *last = format!("{start}{more}");
        }
    }
    lines
}

/// Text in lines no wider than `room`: broken between words where that is possible, else between the parts of a word, else
/// anywhere.
pub(in crate::render) fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines = Lines {
        room: room.max(1),
        done: Vec::new(),
        line: String::new(),
    };
    for (at, word) in text.split(' ').enumerate() {
        if at > 0 && width(&lines.line) + 1 + width(word) <= lines.room {
            lines.line.push(' ');
            lines.line.push_str(word);
            continue;
        }
        if at > 0 && !lines.line.is_empty() {
            lines.next();
        }
        if width(word) <= lines.room {
            lines.line.push_str(word);
        } else {
            pieces(word).into_iter().for_each(|piece| lines.push(piece));
        }
    }
    if !lines.line.is_empty() || lines.done.is_empty() {
        lines.next();
    }
    lines.done
}

/// Lines while they are filled.
struct Lines {
    room: usize,
    done: Vec<String>,
    line: String,
}

impl Lines {
    fn next(&mut self) {
        self.done.push(std::mem::take(&mut self.line));
    }

    /// Adds a part of a word.
    fn push(&mut self, mut rest: &str) {
        if !self.line.is_empty() && width(&self.line) + width(rest) > self.room {
            self.next();
        }
        while width(rest) > self.room {
            let (start, end) = split(rest, self.room);
            if start.is_empty() {
                // Wider than all the room there is.
                let mut characters = rest.chars();
                characters.next();
                self.done.push("?".to_owned());
                rest = characters.as_str();
            } else {
                self.done.push(start.to_owned());
                rest = end;
            }
        }
        self.line.push_str(rest);
    }
}

/// As much of the text as there is room for, and the rest.
fn split(text: &str, room: usize) -> (&str, &str) {
    let mut end = 0;
    for (at, character) in text.char_indices() {
        let next = at + character.len_utf8();
        if width(&text[..next]) > room {
            break;
        }
        end = next;
    }
    text.split_at(end)
}
