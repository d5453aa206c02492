//! JSON values, and how they are put into text: in many legal ways.

use std::fmt::Write;

use crate::life::Random;

/// A value; objects keep the order of their members.
pub(crate) enum Json {
    Text(String),
    /// A number, `true`, `false` or `null`, as it is written.
    Raw(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    pub(crate) fn text(text: impl Into<String>) -> Json {
        Json::Text(text.into())
    }

    pub(crate) fn raw(value: impl ToString) -> Json {
        Json::Raw(value.to_string())
    }
}

/// How values are written.
#[derive(Clone, Copy, Default)]
pub(crate) struct Style {
    /// Members of every object in another order each time.
    pub(crate) shuffled: bool,
    /// White space wherever it may be.
    pub(crate) spaced: bool,
    /// Escapes in every text that is a value.
    pub(crate) escaped_values: bool,
    /// Escapes in every name of a member.
    pub(crate) escaped_keys: bool,
}

impl Style {
    pub(crate) fn write(self, value: &mut Json, random: &mut Random, out: &mut String) {
        match value {
            Json::Text(text) => write_text(text, self.escaped_values, random, out),
            Json::Raw(raw) => out.push_str(raw),
            Json::Array(items) => {
                out.push('[');
                for (index, item) in items.iter_mut().enumerate() {
                    self.separate(index, random, out);
                    self.write(item, random, out);
                }
                self.space(random, out);
                out.push(']');
            }
            Json::Object(members) => {
                if self.shuffled {
                    random.shuffle(members);
                }
                out.push('{');
                for (index, (key, item)) in members.iter_mut().enumerate() {
                    self.separate(index, random, out);
                    write_text(key, self.escaped_keys, random, out);
                    self.space(random, out);
                    out.push(':');
                    self.space(random, out);
                    self.write(item, random, out);
                }
                self.space(random, out);
                out.push('}');
            }
        }
    }

    fn separate(self, index: usize, random: &mut Random, out: &mut String) {
        if index > 0 {
            out.push(',');
        }
        self.space(random, out);
    }

    fn space(self, random: &mut Random, out: &mut String) {
        if self.spaced {
            let kinds = ["", " ", "  ", "\t", " \t ", "    "];
            out.push_str(kinds[random.below(kinds.len() as u64) as usize]);
        }
    }
}

/// A text in quotes; if `escaped`, its first character and about every fourth are escaped without need.
fn write_text(text: &str, escaped: bool, random: &mut Random, out: &mut String) {
    out.push('"');
    for (index, character) in text.chars().enumerate() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '/' if escaped => out.push_str("\\/"),
            _ if escaped && (index == 0 || random.below(4) == 0) => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    // Writing to a string cannot fail.
                    let _ = match random.below(2) {
                        0 => write!(out, "\\u{unit:04x}"),
                        _ => write!(out, "\\u{unit:04X}"),
                    };
                }
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}
