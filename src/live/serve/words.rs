//! What a question says: the words of an address, checked. A word that nobody heeds is refused, for a slip of the finger
//! must not look like an empty log.

use super::index::Place;
use super::problem::Problem;
use super::times::{self, Time};
use super::{NaiveDay, Only, Question, Who};
use crate::event::Timestamp;
use crate::filter::Window;
use crate::report::{REPORTS, ReportEntry};
use crate::tally::Every;
use crate::zone::Zone;

/// Words that say which events count, as on the command line.
pub(super) const FILTERS: [&str; 6] = ["client", "user", "event", "outcome", "reason", "ip"];
/// Words that say of which days.
pub(super) const RANGE: [&str; 3] = ["range", "from", "to"];
/// Words that say how reports are made.
pub(super) const REPORTING: [&str; 4] = ["top", "every", "limit", "token"];
/// Words that page through events.
pub(super) const PAGING: [&str; 2] = ["limit", "before"];
/// Words that page through calls.
pub(super) const PAGES: [&str; 2] = ["page", "limit"];
/// Words that cut a story.
pub(super) const STORY: [&str; 1] = ["limit"];

/// What a day is called where it is asked for: the last so many, today included.
pub(super) const RANGES: [(&str, Option<i64>); 5] = [
    ("1d", Some(1)),
    ("7d", Some(7)),
    ("30d", Some(30)),
    ("90d", Some(90)),
    ("all", None),
];

/// The most rows of an answer.
pub(super) const MOST_ROWS: usize = 1000;

/// The words of an address, taken one after the other.
pub(super) struct Words(Vec<(String, String)>);

impl Words {
    /// Reads the part behind `?`, and refuses every word that is not among those known.
    pub(super) fn read(query: Option<&str>, known: &[&[&str]]) -> Result<Words, Problem> {
        let mut words = Vec::new();
        for pair in query
            .unwrap_or_default()
            .split('&')
            .filter(|pair| !pair.is_empty())
        {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (text(name)?, text(value)?);
            if !known.iter().any(|known| known.contains(&name.as_str())) {
                let mut known: Vec<&str> = known.concat();
                known.sort_unstable();
                known.dedup();
                let known = match known.as_slice() {
                    [] => "no parameters are known here".to_owned(),
                    known => format!("there are: {}", known.join(", ")),
                };
                return Err(Problem::question(format!(
                    "There is no parameter {name:?}; {known}."
                )));
            }
            words.push((name, value));
        }
        // What is left empty, as forms leave it, is not said.
        words.retain(|(_, value)| !value.is_empty());
        if words.len() > MOST_WORDS {
            return Err(Problem::question(format!(
                "There are {MOST_WORDS} parameters at most."
            )));
        }
        Ok(Words(words))
    }

    /// A word that is said once at most.
    pub(super) fn one(&self, name: &str) -> Result<Option<&str>, Problem> {
        let mut said = self
            .0
            .iter()
            .filter(|(said, _)| said == name)
            .map(|(_, value)| value.as_str());
        match (said.next(), said.next()) {
            (_, Some(_)) => Err(Problem::question(format!(
                "{name} is given more than once."
            ))),
            (one, None) => Ok(one),
        }
    }

    fn number(&self, name: &str, default: usize, most: usize) -> Result<usize, Problem> {
        let Some(said) = self.one(name)? else {
            return Ok(default);
        };
        let number = said
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| said.parse().ok())
            .flatten();
        let number = number.filter(|number| (1..=most).contains(number));
        number.ok_or_else(|| {
            Problem::question(format!("{name} {said:?} is no number from 1 to {most}."))
        })
    }

    /// Where events go on.
    pub(super) fn before(&self) -> Result<Option<Place>, Problem> {
        let Some(said) = self.one("before")? else {
            return Ok(None);
        };
        let place = said.parse::<Place>();
        place
            .map(Some)
            .map_err(|()| Problem::question(format!("before {said:?} is no `next` of an answer.")))
    }

    /// The whole question.
    pub(super) fn question(
        &self,
        zone: Zone,
        who: Who,
        reports: Vec<&'static ReportEntry>,
        limit: usize,
    ) -> Result<Question, Problem> {
        let Span { from, to, moments } = self.span(zone)?;
        if !moments.is_open() && !reports.is_empty() {
            return Err(Problem::days());
        }
        let only = Only {
            said: self.conditions().collect(),
            person: None,
        };
        if let Err((name, what)) = only.filter() {
            return Err(Problem::question(format!("{name} makes no sense: {what}.")));
        }
        Ok(Question {
            who,
            from,
            to,
            moments,
            only,
            reports,
            top: self.number("top", 10, MOST_ROWS)?,
            every: self.one("every")?.map_or(Ok(None), every)?,
            token: self.one("token")?.map(str::to_owned),
            page: self.number("page", 1, u32::MAX as usize)?,
            limit: self.number("limit", limit, MOST_ROWS)?,
        })
    }

    /// What is said of events. In which order it was said, and how often, makes no other question of it.
    fn conditions(&self) -> impl Iterator<Item = (&'static str, String)> {
        let known = |word: &String| FILTERS.into_iter().find(|filter| filter == word);
        let said = self.0.iter();
        said.filter_map(move |(word, value)| Some((known(word)?, value.clone())))
    }

    /// Takes out whose story is asked for, instead of a condition.
    pub(super) fn take_person(&mut self) -> Result<String, Problem> {
        let is_user = |(word, _): &mut (String, String)| word == "user";
        let mut said = self.0.extract_if(.., is_user).map(|(_, value)| value);
        match (said.next(), said.next()) {
            (Some(person), None) if !person.starts_with('!') => Ok(person),
            (None, _) => Err(Problem::question(
                "explain tells one identity's story; say whose by user=ID or user=ADDRESS.",
            )),
            _ => Err(Problem::question(
                "explain tells the story of one user, who must be named.",
            )),
        }
    }

    /// What from and to, or range, mean.
    fn span(&self, zone: Zone) -> Result<Span, Problem> {
        let (from, to) = (self.one("from")?, self.one("to")?);
        if let Some(said) = self.one("range")? {
            if from.is_some() || to.is_some() {
                return Err(Problem::question("range is given, and from or to as well."));
            }
            let known = RANGES.iter().find(|(name, _)| *name == said);
            let Some((_, length)) = known else {
                let known = RANGES.map(|(name, _)| name).join(", ");
                return Err(Problem::question(format!(
                    "range {said:?} is not one of: {known}."
                )));
            };
            let today = zone.day(Timestamp::now().seconds());
            // Clocks differ: what is dated tomorrow is not left out of the last days.
            return Ok(Span {
                from: length.map(|length| NaiveDay(today + 1 - length)),
                ..Span::default()
            });
        }
        let mut span = Span::default();
        if let Some(text) = from {
            match times::time("from", text, zone)? {
                Time::Day(day) => span.from = Some(day),
                Time::Moment(time) => span.moments.from = Some(time),
            }
        }
        if let Some(text) = to {
            match times::time("to", text, zone)? {
                Time::Day(day) => span.to = Some(NaiveDay(day.0 + 1)),
                Time::Moment(time) => span.moments.to = Some(time),
            }
        }
        let start = |day: Option<NaiveDay>| day.and_then(|day| day.start(zone));
        let first = span.moments.from.or(start(span.from));
        let end = span.moments.to.or(start(span.to));
        match (first, end) {
            (Some(first), Some(end)) if first >= end => Err(Problem::question(
                "No time lies between from and to; a day is meant with all of it.",
            )),
            _ => Ok(span),
        }
    }
}

/// A stretch of time: days, or where one of its ends is no day's, that moment.
#[derive(Default)]
struct Span {
    from: Option<NaiveDay>,
    to: Option<NaiveDay>,
    moments: Window,
}

/// More filters than a question has.
const MOST_WORDS: usize = 64;

/// `%41` and `+` of an address as text.
fn text(encoded: &str) -> Result<String, Problem> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
                match (digit(), digit()) {
                    (Some(high), Some(low)) => (high * 16 + low) as u8,
                    _ => {
                        return Err(Problem::question(
                            "A % in the address has no two hexadecimal digits behind it.",
                        ));
                    }
                }
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes)
        .map_err(|_| Problem::question("The address has text that is no UTF-8."))
}

/// A part of a path as text.
pub(super) fn part(encoded: &str) -> Result<String, Problem> {
    text(&encoded.replace('+', "%2B"))
}

fn every(text: &str) -> Result<Option<Every>, Problem> {
    if text == "auto" {
        return Ok(None);
    }
    let found = Every::ALL.into_iter().find(|every| every.text() == text);
    found.map(Some).ok_or_else(|| {
        let all: Vec<&str> = Every::ALL.iter().map(|every| every.text()).collect();
        Problem::question(format!(
            "every {text:?} is not one of: auto, {}.",
            all.join(", ")
        ))
    })
}

/// The reports of a path: one, several with commas between, or `all`.
pub(super) fn reports(names: &str, who: &Who) -> Result<Vec<&'static ReportEntry>, Problem> {
    let allowed: Vec<_> = REPORTS
        .iter()
        .filter(|report| is_for(report, who))
        .collect();
    if names == "all" {
        let default =
            |report: &&&ReportEntry| report.info.default || matches!(who, Who::Owner { .. });
        return Ok(allowed.iter().filter(default).copied().collect());
    }
    let names: Vec<&str> = names.split(',').collect();
    if names.contains(&"explain") && allowed.iter().any(|report| report.info.name == "explain") {
        return Err(Problem::question(
            "explain tells one identity's story; ask for /api/v1/reports/explain?user=ID alone.",
        ));
    }
    let unknown = names
        .iter()
        .find(|name| !allowed.iter().any(|report| report.info.name == **name));
    if let Some(unknown) = unknown {
        let known: Vec<&str> = allowed.iter().map(|report| report.info.name).collect();
        return Err(Problem::no_report(format!(
            "{unknown:?} is not one of: all, {}.",
            known.join(", ")
        )));
    }
    Ok(allowed
        .into_iter()
        .filter(|report| names.contains(&report.info.name))
        .collect())
}

/// Whether somebody may see a report.
pub(super) fn is_for(report: &ReportEntry, who: &Who) -> bool {
    match who {
        Who::Owner { .. } => report.info.owned,
        _ => true,
    }
}

/// Words that a report cannot do without.
pub(super) fn needs(report: &ReportEntry) -> &'static [&'static str] {
    match report.info.name {
        "explain" => &["user"],
        _ => &[],
    }
}
