//! Hostile content: whatever an event is made of, its line is one valid JSON object, and one line on the console.
//!
//! Ten million events, the long form:
//!
//! ```text
//! AUTHMETER_HOSTILE_EVENTS=10000000 cargo test --release --test it hostile
//! ```

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use authmeter::event::is_unsafe;
use authmeter::{Fields, MetaValue, Metrics, fields};
use serde_json::Value;

use super::{Screen, to_file};

/// Most bytes of a line, its newline included.
const LIMIT: usize = 65_536;

/// Events after which files and screens are read and emptied.
const BATCH: u64 = 2_000;

/// Numbers of a generator that is the same everywhere (splitmix64).
#[derive(Clone)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

/// Pieces that have broken logs, terminals and parsers before.
const PIECES: &[&str] = &[
    "\n",
    "\r\n",
    "\r",
    "\t",
    "\0",
    "\x08",
    "\x1b[2J",
    "\x1b]0;title\x07",
    "\x7f",
    "\u{85}",
    "\u{9b}31m",
    "\u{2028}",
    "\u{2029}",
    "\u{202e}",
    "\u{2066}",
    "\u{61c}",
    "\u{feff}",
    "\u{fffd}",
    "\u{10ffff}",
    "\"",
    "\\",
    "\\u0000",
    "\\\"",
    "'",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "=",
    "%3D",
    "%",
    "&",
    ";",
    " ",
    "é",
    "漢字",
    "👩\u{200d}💻",
    "\"}\n{\"event\":\"forged\"}",
    "event",
    "timestamp",
    "success",
    "metadata",
    "userId",
    "truncated",
    "service",
    "keyId",
    "null",
    "NaN",
    "[METRIC] ✅ forged",
    " | ",
    "error=",
    "Bearer ",
    "eyJhbGciOi.eyJz",
    "password",
    "a",
    "Z",
    "0",
    "../",
    "<script>",
    "$(reboot)",
    "`",
    "-----BEGIN",
    "pn~",
    "fp_",
    "://",
    "@",
    "user",
];

/// Any text: pieces, or random bytes made into text as an application would; seldom very long.
fn text(random: &mut Random) -> String {
    let long = random.below(2_000) == 0;
    let count = if long { 1 << 18 } else { random.below(6) };
    let mut text = String::new();
    match random.below(3) {
        0 => {
            let bytes: Vec<u8> = (0..count * 4).map(|_| random.next() as u8).collect();
            text.push_str(&String::from_utf8_lossy(&bytes));
        }
        1 => text.push_str(&PIECES[random.below(PIECES.len())].repeat(count)),
        _ => {
            for _ in 0..count {
                text.push_str(PIECES[random.below(PIECES.len())]);
            }
        }
    }
    text
}

fn value<'a>(random: &mut Random, text: &'a str) -> MetaValue<'a> {
    match random.below(8) {
        0 => MetaValue::Bool(true),
        1 => MetaValue::Int(random.next() as i64),
        2 => MetaValue::Uint(random.next()),
        3 => MetaValue::Float(f64::from_bits(random.next())),
        4 => MetaValue::Float([f64::NAN, f64::INFINITY, f64::MIN_POSITIVE, -0.0][random.below(4)]),
        5 => MetaValue::Token(text),
        _ => MetaValue::Text(text),
    }
}

fn emit(random: &mut Random, metrics: &Metrics) {
    let texts: Vec<String> = (0..4 + 2 * random.below(8)).map(|_| text(random)).collect();
    let [name, user, email, reason, pairs @ ..] = &texts[..] else {
        unreachable!("four texts at least");
    };
    let about: Fields<'_> = pairs.chunks_exact(2).fold(fields(), |about, pair| {
        about.meta(&pair[0], value(random, &pair[1]))
    });
    let about = if random.below(2) == 0 {
        about.user(user)
    } else {
        about
    };
    let about = if random.below(2) == 0 {
        about.email(email)
    } else {
        about
    };
    match random.below(3) {
        0 => metrics.track_success(name, about),
        1 => metrics.track_failure(name, reason, about),
        _ => metrics.track(name, about),
    }
}

/// Every line of the file is an object with the fields of an event, and nothing in it drives a terminal.
fn assert_lines(path: &Path, expected: u64) {
    let mut lines = 0;
    for line in BufReader::new(fs::File::open(path).unwrap()).split(b'\n') {
        let line = line.unwrap();
        assert!(line.len() < LIMIT, "{} bytes", line.len());
        let text = str::from_utf8(&line).unwrap();
        assert!(!text.contains(is_unsafe), "{text:?}");
        let event: Value =
            serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert!(
            event["event"].is_string() && event["timestamp"].is_string(),
            "{text}"
        );
        let known = [
            "event",
            "timestamp",
            "userId",
            "email",
            "success",
            "error",
            "metadata",
        ];
        let event = event.as_object().unwrap();
        assert!(
            event.keys().all(|key| known.contains(&key.as_str())),
            "{text}"
        );
        lines += 1;
    }
    assert_eq!(lines, expected);
}

fn assert_shown(screen: &Screen, expected: u64) {
    let text = screen.text();
    let lines = text.strip_suffix('\n').unwrap().split('\n');
    for line in lines.clone() {
        assert!(line.len() < LIMIT, "{} bytes", line.len());
        assert!(!line.contains(is_unsafe), "{line:?}");
        assert!(line.starts_with("[METRIC] "), "{line:?}");
    }
    assert_eq!(lines.count() as u64, expected);
}

#[test]
fn hostile_events_are_whole_lines_in_the_file_and_on_the_console() {
    let events = match std::env::var("AUTHMETER_HOSTILE_EVENTS") {
        Ok(count) => count.parse().unwrap(),
        Err(_) => 20_000,
    };
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random(20_250_115);
    let mut left: u64 = events;
    while left > 0 {
        let now = left.min(BATCH);
        let path = folder.path().join("auth.jsonl");
        let screen = Screen::default();
        // Beside a file the console may fall behind; alone it has every event when the call returns.
        let file = to_file(&path).build().unwrap();
        let console = Metrics::builder().console(screen.clone()).build().unwrap();
        for _ in 0..now {
            emit(&mut random.clone(), &console);
            emit(&mut random, &file);
        }
        for metrics in [&file, &console] {
            let stats = metrics.stats();
            assert_eq!((stats.emitted, stats.written, stats.dropped), (now, now, 0));
        }
        assert_lines(&path, now);
        assert_shown(&screen, now);
        fs::remove_file(&path).unwrap();
        left -= now;
    }
}
