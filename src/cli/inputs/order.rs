//! Names of logs: which files are logs, and which of a rotated set is older.
//!
//! ```text
//!  auth.log-20250101.gz    family auth.log, dated 20250101
//!  auth-20250102.log       family auth.log, dated 20250102
//!  auth.log.10.gz          family auth.log, number 10: logrotate's, higher is older
//!  auth.log.1              family auth.log, number 1
//!  auth.log                family auth.log, still written to
//! ```

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What the name of a log ends in, before suffixes of rotation and compression.
pub(super) const LOG_SUFFIXES: [&str; 4] = ["jsonl", "ndjson", "json", "log"];

/// What the decoders know; how an input really is compressed is told by its bytes.
const COMPRESSION_SUFFIXES: [&str; 3] = [".gz", ".zst", ".zstd"];

/// Where a file stands among others: ordered by folder, then by family, then oldest first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    folder: Vec<Vec<Piece>>,
    family: Vec<Piece>,
    age: Age,
    name: OsString,
}

impl Place {
    pub(super) fn of(path: &Path) -> Place {
        let folder = path.parent().into_iter().flat_map(Path::components);
        let name = path.file_name().unwrap_or_default();
        let (family, age) = parse(&name.to_string_lossy());
        Place {
            folder: folder
                .map(|part| pieces(&part.as_os_str().to_string_lossy()))
                .collect(),
            family: pieces(&family),
            age,
            name: name.to_owned(),
        }
    }
}

/// Whether a file is named like a log.
pub(super) fn is_log(name: &str) -> bool {
    has_log_suffix(&parse(name).0)
}

/// Whether a name is that of a log that was rotated: it has a date, a number, or a suffix of compression.
pub(super) fn is_rotated(name: &str) -> bool {
    let (_, age) = parse(name);
    !age.undated || !age.unnumbered || is_compressed(name)
}

fn is_compressed(name: &str) -> bool {
    COMPRESSION_SUFFIXES.iter().any(|end| name.ends_with(end))
}

/// Which of some logs may take events still: those without a number and a suffix of compression, of which nothing newer is
/// among them. Where logs have dates from the start, that is the one of the last date.
pub(super) fn live(paths: &[PathBuf]) -> Vec<bool> {
    let places = || paths.iter().map(|path| Place::of(path));
    let mut newest: BTreeMap<_, Age> = BTreeMap::new();
    for place in places() {
        let age = newest.entry((place.folder, place.family)).or_default();
        if place.age > *age {
            *age = place.age;
        }
    }
    let is_live = |place: Place| {
        let is_compressed = is_compressed(&place.name.to_string_lossy());
        let unnumbered = place.age.unnumbered;
        let newest = newest.get(&(place.folder, place.family));
        unnumbered && !is_compressed && newest == Some(&place.age)
    };
    places().map(is_live).collect()
}

fn has_log_suffix(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, suffix)| {
        LOG_SUFFIXES
            .iter()
            .any(|log| log.eq_ignore_ascii_case(suffix))
    })
}

/// A run of digits, by its value, or a run of anything else.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Piece {
    /// Digits without leading zeros: the longer number is the larger.
    Number(usize, String),
    Text(String),
}

/// Text in pieces that compare as people expect: `node2` before `node10`.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.bytes().next() {
        let digits = first.is_ascii_digit();
        let end = rest
            .find(|character: char| character.is_ascii_digit() != digits)
            .unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        pieces.push(if digits {
            let value = run.trim_start_matches('0');
            Piece::Number(value.len(), value.to_owned())
        } else {
            Piece::Text(run.to_owned())
        });
        rest = after;
    }
    pieces
}

/// How old a file of a rotated set is; the oldest is the smallest. Whatever has no date or number is newer than
/// whatever has one.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Age {
    undated: bool,
    date: Vec<u64>,
    unnumbered: bool,
    number: Reverse<u32>,
}

/// Splits a name into its rotated set's and its age.
fn parse(name: &str) -> (String, Age) {
    let name = COMPRESSION_SUFFIXES
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix))
        .unwrap_or(name);
    let (name, date) = dated(name).unwrap_or_else(|| (name.to_owned(), Vec::new()));
    let (family, number) = match numbered(&name) {
        Some((family, number)) => (family, Some(number)),
        None => (name, None),
    };
    let age = Age {
        undated: date.is_empty(),
        date,
        unnumbered: number.is_none(),
        number: Reverse(number.unwrap_or(0)),
    };
    (family, age)
}

/// Takes out a number of rotation: `auth.log.3`, and `auth.3.log` of logrotate's `extension`. `auth.log.old` is the one
/// before.
fn numbered(name: &str) -> Option<(String, u32)> {
    let (before, last) = name.rsplit_once('.')?;
    if has_log_suffix(before) {
        let number = if last == "old" { Some(1) } else { small(last) };
        return number.map(|number| (before.to_owned(), number));
    }
    let (before, number) = before.rsplit_once('.')?;
    let family = format!("{before}.{last}");
    small(number)
        .filter(|_| has_log_suffix(&family))
        .map(|number| (family, number))
}

/// A number of at most six digits: nobody keeps a million files of one log.
fn small(text: &str) -> Option<u32> {
    let is_number = (1..=6).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

/// Takes out the first date with all numbers behind it: a time, or a count within the day.
fn dated(name: &str) -> Option<(String, Vec<u64>)> {
    let bytes = name.as_bytes();
    let starts = (0..bytes.len())
        .filter(|at| bytes[*at].is_ascii_digit() && (*at == 0 || !bytes[at - 1].is_ascii_digit()));
    let (start, mut date, length) = starts
        .into_iter()
        .find_map(|at| date_at(&name[at..]).map(|(date, length)| (at, date, length)))?;
    let after = &name[start + length..];
    let stamp = after
        .find(|character: char| !character.is_ascii_digit() && !"-_.:T+Z".contains(character))
        .map_or(after, |end| &after[..end]);
    let stamp = stamp.trim_end_matches(['-', '_', '.', ':', 'T', '+']);
    let numbers = stamp.split(|character: char| !character.is_ascii_digit());
    date.extend(numbers.filter_map(|number| number.parse::<u64>().ok()));
    let before = name[..start].trim_end_matches(['-', '_', '.']);
    Some((format!("{before}{}", &after[stamp.len()..]), date))
}

/// A date at the start of the text, and how long it is: `20250101` and more digits of time, `2025-01-01`, or seconds
/// or milliseconds since 1970.
fn date_at(text: &str) -> Option<(Vec<u64>, usize)> {
    let run = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let value = |text: &str| text.parse::<u64>().ok();
    let is_date = |year: u64, month: u64, day: u64| {
        (1970..2200).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
    };
    let length = run(text);
    match length {
        8 | 10 | 12 | 14 => {
            let date = value(&text[..8])?;
            if is_date(date / 10_000, date / 100 % 100, date % 100) {
                let time = value(&text[8..length]);
                return Some(([date].into_iter().chain(time).collect(), length));
            }
        }
        4 => {
            let mut parts = text.get(..10)?.split(['-', '_', '.']);
            let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
            let whole = [year, month, day].map(run) == [4, 2, 2] && run(&text[8..]) == 2;
            let (year, month, day) = (value(year)?, value(month)?, value(day)?);
            let date = year * 10_000 + month * 100 + day;
            return (whole && is_date(year, month, day)).then(|| (vec![date], 10));
        }
        _ => {}
    }
    let since_1970 = matches!(length, 10 | 13) && text.starts_with('1');
    since_1970.then(|| Some((vec![value(&text[..length])?], length)))?
}

#[cfg(test)]
mod tests;
