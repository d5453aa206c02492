//! JSON after RFC 8259, as plainly as it can be written: every number and every value keeps the text it was written in.

/// One value and its text.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) text: String,
    pub(super) value: Value,
}

#[derive(Debug, Clone)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number,
    Text(String),
    Array,
    /// In the order written; a key that comes twice takes its last value.
    Object(Vec<(String, Node)>),
}

impl Node {
    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Object(pairs) => pairs
                .iter()
                .rev()
                .find(|(name, _)| name == key)
                .map(|(_, node)| node),
            _ => None,
        }
    }
}

/// What a line holds, and whether half a surrogate pair had to be replaced.
pub(super) fn parse(text: &str) -> Result<(Node, bool), ()> {
    let mut parser = Parser {
        text,
        at: 0,
        mended: false,
    };
    let node = parser.value(0)?;
    parser.space();
    if parser.at != text.len() {
        return Err(());
    }
    Ok((node, parser.mended))
}

const MAX_DEPTH: usize = 128;

struct Parser<'a> {
    text: &'a str,
    at: usize,
    mended: bool,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Result<(), ()> {
        if self.peek() != Some(byte) {
            return Err(());
        }
        self.at += 1;
        Ok(())
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node, ()> {
        self.space();
        let start = self.at;
        let value = match self.peek().ok_or(())? {
            b'{' => self.object(depth + 1)?,
            b'[' => self.array(depth + 1)?,
            b'"' => Value::Text(self.string()?),
            b't' => self.word("true", Value::Bool(true))?,
            b'f' => self.word("false", Value::Bool(false))?,
            b'n' => self.word("null", Value::Null)?,
            _ => self.number()?,
        };
        Ok(Node {
            text: self.text[start..self.at].to_owned(),
            value,
        })
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, ()> {
        if !self.text[self.at..].starts_with(word) {
            return Err(());
        }
        self.at += word.len();
        Ok(value)
    }

    fn object(&mut self, depth: usize) -> Result<Value, ()> {
        if depth > MAX_DEPTH {
            return Err(());
        }
        self.take(b'{')?;
        let mut pairs = Vec::new();
        self.space();
        if self.take(b'}').is_ok() {
            return Ok(Value::Object(pairs));
        }
        loop {
            self.space();
            let key = self.string()?;
            self.space();
            self.take(b':')?;
            pairs.push((key, self.value(depth)?));
            self.space();
            if self.take(b',').is_err() {
                self.take(b'}')?;
                return Ok(Value::Object(pairs));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, ()> {
        if depth > MAX_DEPTH {
            return Err(());
        }
        self.take(b'[')?;
        self.space();
        if self.take(b']').is_ok() {
            return Ok(Value::Array);
        }
        loop {
            self.value(depth)?;
            self.space();
            if self.take(b',').is_err() {
                self.take(b']')?;
                return Ok(Value::Array);
            }
        }
    }

    fn digits(&mut self) -> Result<(), ()> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(()) } else { Ok(()) }
    }

    fn number(&mut self) -> Result<Value, ()> {
        let _ = self.take(b'-');
        if self.take(b'0').is_err() {
            self.digits()?;
        }
        if self.take(b'.').is_ok() {
            self.digits()?;
        }
        if self.take(b'e').is_ok() || self.take(b'E').is_ok() {
            if self.take(b'+').is_err() {
                let _ = self.take(b'-');
            }
            self.digits()?;
        }
        Ok(Value::Number)
    }

    fn string(&mut self) -> Result<String, ()> {
        self.take(b'"')?;
        let mut units = Vec::new(); // UTF-16, where halves of pairs can be told apart
        loop {
            let character = self.text[self.at..].chars().next().ok_or(())?;
            self.at += character.len_utf8();
            match character {
                '"' => break,
                '\\' => units.push(self.escape()?),
                '\0'..='\x1f' => return Err(()),
                _ => units.extend_from_slice(character.encode_utf16(&mut [0; 2])),
            }
        }
        let mut text = String::new();
        for unit in char::decode_utf16(units) {
            self.mended |= unit.is_err();
            text.push(unit.unwrap_or('\u{fffd}'));
        }
        Ok(text)
    }

    fn escape(&mut self) -> Result<u16, ()> {
        let byte = self.peek().ok_or(())?;
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => u16::from(byte),
            b'b' => 8,
            b'f' => 12,
            b'n' => 10,
            b'r' => 13,
            b't' => 9,
            b'u' => {
                let digits = self.text.as_bytes().get(self.at..self.at + 4).ok_or(())?;
                self.at += 4;
                digits.iter().try_fold(0, |unit, digit| {
                    let digit = char::from(*digit).to_digit(16).ok_or(())?;
                    Ok(unit * 16 + digit as u16)
                })?
            }
            _ => return Err(()),
        })
    }
}

#[test]
fn the_naive_parser_takes_what_serde_json_takes() {
    for text in [
        "{}",
        "[]",
        "{\"a\":1}",
        "{\"a\":1,}",
        "{\"a\" :\t[1 , 2.5e-3,\"\\u00e9\"]}",
        "[1,]",
        "01",
        "-",
        "-0",
        "1.",
        "1e",
        "1e+5",
        "+1",
        ".5",
        "tru",
        "true",
        "nullx",
        "\"a\nb\"",
        "\"\\x\"",
        "\"\\ud83d\\ude00\"",
        "",
        " ",
        "1 2",
        "{\"a\"}",
        "{a:1}",
        "{\"a\":{\"b\":[{}]}}",
        "\"unfinished",
        "[[",
        "{\"a\":1}}",
    ] {
        assert_eq!(
            parse(text).is_ok(),
            serde_json::from_str::<serde_json::Value>(text).is_ok(),
            "{text}"
        );
    }
}
