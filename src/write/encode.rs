//! One event as one line: JSON for the file, text for the console.
//!
//! Both append to a given buffer and allocate nothing beyond its growth. Both treat text as hostile: whatever an
//! application was sent by strangers (user agents, addresses, reasons) ends up here.
//!
//! * In JSON everything is escaped that a JSON string must escape, and also what some reader or terminal takes for a
//!   line end or a command (see [`is_unsafe`](crate::event::is_unsafe)). On the console the same characters are shown as
//!   `\u{…}`.
//! * Secrets are masked, and whom the event is about is replaced by pseudonyms where [`Rules`] say so.
//! * A line has at most [`LIMIT`] bytes. One that comes out longer is written again, with its texts cut.

mod layout;
mod oversize;
mod short;
mod text;

use std::io::Write as _;

use crate::event::secret::{self, Meaning, Name};
use crate::event::{Fields, MetaValue, Outcome, Timestamp};
use layout::Layout;
use text::{Json, Line, Shown, Style};

pub(crate) use super::privacy::Rules;
use super::privacy::{Mark, Service, Subjects};

/// Most bytes of a line, its newline included: what a pipe takes at once on Linux, and what readers of other makers
/// mostly allow.
pub(crate) const LIMIT: usize = 64 << 10;

/// One event, complete: what a line says.
pub(crate) struct Record<'a, 'f> {
    pub(crate) name: &'a str,
    pub(crate) time: Timestamp,
    /// `Unknown` writes no `success`.
    pub(crate) outcome: Outcome,
    /// Empty text is no reason.
    pub(crate) reason: Option<&'a str>,
    pub(crate) fields: &'a Fields<'f>,
}

impl Record<'_, '_> {
    fn reason(&self) -> Option<&str> {
        self.reason.filter(|reason| !reason.is_empty())
    }
}

/// Appends the event as one line of JSON, its newline included.
pub(crate) fn json(record: &Record<'_, '_>, rules: &Rules, line: &mut Vec<u8>) {
    write::<Json>(record, rules, false, line);
}

/// Appends the event as one console line, its newline included:
///
/// ```text
/// [METRIC] ✅ otp.generated                | email=user@example.com, emailDomain=example.com
/// ```
///
/// An event that does not say how it ended has `⚪`; one without fields ends after its name.
pub(crate) fn console(record: &Record<'_, '_>, rules: &Rules, colour: bool, line: &mut Vec<u8>) {
    write::<Shown>(record, rules, colour, line);
}

/// A service's name as JSON and as the console shows it.
pub(crate) fn service(name: &str) -> Service {
    let rules = Rules::default();
    let shown = |write: fn(&mut Line<'_>, &str)| {
        let mut text = Vec::new();
        let mut line = Line::new(&mut text, &rules, None, Bounds::NONE);
        write(&mut line, name);
        text.into_boxed_slice()
    };
    Service {
        json: shown(|line, name| value::<Json>(line, MetaValue::Text(name), LONGEST_SERVICE)),
        shown: shown(|line, name| value::<Shown>(line, MetaValue::Text(name), LONGEST_SERVICE)),
    }
}

/// Most bytes of a service's name.
const LONGEST_SERVICE: usize = 256;

/// How much of an event a line may hold.
#[derive(Clone, Copy)]
struct Bounds {
    /// Most bytes of one text.
    texts: usize,
    /// Most bytes of one id.
    ids: usize,
    /// Something is cut, and the line says so.
    cut: bool,
}

impl Bounds {
    /// Nothing is cut unless it is longer than a whole line.
    const NONE: Bounds = Bounds {
        texts: LIMIT,
        ids: LIMIT,
        cut: false,
    };
}

fn write<L: Layout>(record: &Record<'_, '_>, rules: &Rules, colour: bool, line: &mut Vec<u8>) {
    let start = line.len();
    if !attempt::<L>(record, rules, colour, Bounds::NONE, line).whole {
        oversize::write::<L>(record, rules, colour, start, line);
    }
}

/// What became of an event that was written within bounds.
struct Attempt {
    /// The line is short enough, and no pair is left out.
    fits: bool,
    /// No text is cut either.
    whole: bool,
}

/// Appends the event within bounds.
fn attempt<L: Layout>(
    record: &Record<'_, '_>,
    rules: &Rules,
    colour: bool,
    bounds: Bounds,
    line: &mut Vec<u8>,
) -> Attempt {
    let start = line.len();
    let subjects = rules.hides_any().then(|| Subjects::of(rules, record));
    let mut line = Line::new(line, rules, subjects.as_ref(), bounds);
    L::head(record, colour, &mut line);
    // The rest of a line: the newline, and what the writer adds itself.
    let room = start + LIMIT - rules.tail();
    let mut fits = true;
    for (key, value) in record.fields.metadata() {
        let before = (line.line.len(), line.any);
        pair::<L>(key, value, &mut line);
        if line.line.len() > room {
            line.line.truncate(before.0);
            (line.any, fits) = (before.1, false);
            break;
        }
    }
    own_pairs::<L>(bounds.cut, &mut line);
    L::close(&mut line);
    fits &= line.line.len() - start <= LIMIT;
    let whole = fits && !line.cut;
    Attempt { fits, whole }
}

/// Appends the pairs that the writer adds itself.
fn own_pairs<L: Layout>(cut: bool, line: &mut Line<'_>) {
    if line.pseudonymous
        && let Some(key) = line.rules.key_id()
    {
        own_pair::<L>(line, b"keyId", key.as_bytes(), L::QUOTED);
    }
    if let Some(service) = L::service(line.rules) {
        own_pair::<L>(line, b"service", service, false);
    }
    if cut {
        own_pair::<L>(line, b"truncated", b"true", false);
    }
}

fn own_pair<L: Layout>(line: &mut Line<'_>, key: &[u8], value: &[u8], quoted: bool) {
    L::open(line);
    line.line.extend_from_slice(key);
    line.line.extend_from_slice(L::BETWEEN);
    let quote: &[u8] = if quoted { b"\"" } else { b"" };
    for part in [quote, value, quote] {
        line.line.extend_from_slice(part);
    }
}

/// Appends one pair of metadata.
#[inline]
fn pair<L: Layout>(key: &str, value: MetaValue<'_>, line: &mut Line<'_>) {
    match secret::known(key) {
        Some(name) if name.meaning != Meaning::Own || !line.writes_itself(key) => {
            L::name(line, name);
            of_name::<L>(line, name.meaning, value);
        }
        Some(_) => renamed::<L>(key, value, line),
        None => other_pair::<L>(key, value, line),
    }
}

/// Appends a pair of a name that the writer uses for something of its own.
#[inline(never)]
fn renamed<L: Layout>(key: &str, value: MetaValue<'_>, line: &mut Line<'_>) {
    L::open(line);
    text::harmless(key, line.line);
    line.line.push(b'_');
    line.line.extend_from_slice(L::BETWEEN);
    of_name::<L>(line, Meaning::Own, value);
}

/// Appends a pair of an application's own name.
#[inline(never)]
fn other_pair<L: Layout>(key: &str, value: MetaValue<'_>, line: &mut Line<'_>) {
    let found = secret::other_name(key, text::is_harmless);
    let meaning = match &found {
        Ok(name) if line.is_copied(key.len()) => {
            L::name(line, name);
            name.meaning
        }
        Ok(Name { meaning, .. }) | Err(meaning) => {
            L::open(line);
            line.text::<L>(key, line.bounds.texts);
            line.line.extend_from_slice(L::BETWEEN);
            *meaning
        }
    };
    of_name::<L>(line, meaning, value);
}

/// Appends a value as its name has it.
#[inline]
fn of_name<L: Layout>(line: &mut Line<'_>, meaning: Meaning, value: MetaValue<'_>) {
    let bounds = line.bounds;
    match (meaning, value) {
        (Meaning::Plain | Meaning::Term, MetaValue::Text(text)) if !line.rules.hides_any() => {
            line.quoted::<L>(text, bounds.texts);
        }
        (Meaning::Id | Meaning::Ip, MetaValue::Text(text)) if !line.rules.hides_any() => {
            line.quoted::<L>(text, bounds.ids);
        }
        (Meaning::Plain, value) => self::value::<L>(line, value, bounds.texts),
        (meaning, value) => of_meaning::<L>(line, meaning, value),
    }
}

/// Appends a value that may not be shown as it is.
#[inline(never)]
fn of_meaning<L: Layout>(line: &mut Line<'_>, meaning: Meaning, value: MetaValue<'_>) {
    let (rules, bounds) = (line.rules, line.bounds);
    match (meaning, value) {
        (Meaning::Term, value) => {
            line.without_subjects(|line| self::value::<L>(line, value, bounds.texts));
        }
        (_, MetaValue::Text("")) => self::value::<L>(line, value, 0),
        (Meaning::Secret(kind) | Meaning::SecretText(kind), MetaValue::Text(text)) => {
            mark::<L>(line, &rules.mark_of_value(kind, text));
        }
        (Meaning::Secret(_), _) => mark::<L>(line, &Mark::masked()),
        (meaning, value) => match rules
            .hidden(meaning)
            .and_then(|field| line.pseudonym(field, value))
        {
            Some(pseudonym) => {
                line.pseudonymous = true;
                mark::<L>(line, &pseudonym);
            }
            None => self::value::<L>(line, value, line.bounds.ids),
        },
    }
}

/// Appends what stands for a value that is not shown.
fn mark<L: Style>(line: &mut Line<'_>, mark: &Mark) {
    let quote: &[u8] = if L::QUOTED { b"\"" } else { b"" };
    for part in [quote, mark.as_bytes(), quote] {
        line.line.extend_from_slice(part);
    }
}

/// Appends a value, in at most `most` bytes if it is text. Floats are written with the fewest digits that read back as the
/// same number, and always as floats: `1.0`, `1e300`.
fn value<L: Style>(line: &mut Line<'_>, value: MetaValue<'_>, most: usize) {
    match value {
        MetaValue::Text(text) => line.quoted::<L>(text, most),
        MetaValue::Token(text) => mark::<L>(line, &line.rules.fingerprint_of(text)),
        MetaValue::Bool(true) => line.line.extend_from_slice(b"true"),
        MetaValue::Bool(false) => line.line.extend_from_slice(b"false"),
        MetaValue::Int(value) => decimal(value, line.line),
        MetaValue::Uint(value) => decimal(value, line.line),
        MetaValue::Float(value) if L::QUOTED && !value.is_finite() => {
            line.line.extend_from_slice(b"null");
        }
        // Writing to a `Vec` cannot fail.
        MetaValue::Float(value) => drop(write!(line.line, "{value:?}")),
    }
}

/// Appends the digits of a number: `write!` takes several times as long, and most events count something.
fn decimal(number: impl itoa::Integer, line: &mut Vec<u8>) {
    line.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

#[cfg(test)]
mod tests;
