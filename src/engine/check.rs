//! What is wrong with a log, line by line: refused lines, and events that are hardly what somebody meant.
//!
//! * `malformed`, `not_an_object`: no events, as in the account.
//! * `repaired`: text that was not Unicode had to be replaced.
//! * `no_name`: an object without an event's name, which counts as an event of no known kind.
//! * `undated`: no time, or none that can be read.
//! * `clock_back`: the time is more than [`SLACK`] before that of the line above it in the same input. Less is what
//!   threads that write at the same time do to each other. Lines behind any line above them, by however little, are
//!   counted as out of order.
//! * `future`: the time is later than that of the check. `ancient`: it is before 1990, and so mostly a clock that was
//!   never set.
//!
//! Beside it, what the events have: how many of them each field, how many there are of each name, and how far each input
//! is from being in the order of time. One worker reads, because order is the question.

use std::collections::BTreeMap;
use std::time::Duration;

use super::account::Tally;
use super::sift::{Sift, extend_by};
use super::{Answer, Interruption, Plan, Times};
use crate::document::{Document, Section, Value};
use crate::event::{Event, Field, FieldSet, Kind, Outcome, Timestamp};
use crate::read::decode::Reason;
use crate::read::{ChunkAccount, Consumer, Inputs, Rejected, read};

/// Lines of one input may be so much out of order.
const SLACK: Duration = Duration::from_secs(1);

/// 1990-01-01T00:00:00Z.
const ANCIENT: i64 = 631_152_000;

/// What may be wrong with a line.
const SORTS: [&str; 8] = [
    "malformed",
    "not_an_object",
    "repaired",
    "no_name",
    "undated",
    "clock_back",
    "future",
    "ancient",
];

/// Checks the inputs. The plan's reports are not made; its options say how many findings are shown, and when now is.
/// Returns what was found, and how many findings there are.
pub fn check(plan: &Plan, inputs: &Inputs) -> (Answer, u64) {
    let reading = plan.reading_for(FieldSet::ALL);
    reading.watch.begin(inputs.size());
    let mut check = Check {
        plan,
        sift: Sift::new(&plan.filter),
        account: Tally::new(inputs.names().len()),
        window: None,
        of_chunk: Vec::new(),
        clocks: vec![Clock::default(); inputs.names().len()],
        found: [0; SORTS.len()],
        findings: Vec::new(),
        events: 0,
        fields: [0; Field::COUNT],
        names: BTreeMap::new(),
    };
    read(inputs, &reading, &mut check);
    let interruption = Interruption::of(&reading.watch);
    let findings = check.found.iter().sum();
    (check.finish(inputs, interruption), findings)
}

struct Check<'p> {
    plan: &'p Plan,
    sift: Sift,
    account: Tally,
    window: Times,
    /// Lines of the chunk, in no order.
    of_chunk: Vec<Line>,
    /// By input.
    clocks: Vec<Clock>,
    /// How many findings there were of each sort.
    found: [u64; SORTS.len()],
    findings: Vec<Finding>,
    events: u64,
    fields: [u64; Field::COUNT],
    /// Events, and failures among them.
    names: BTreeMap<String, (u64, u64)>,
}

/// What is known of a line until those before it are.
struct Line {
    /// Which one of the chunk.
    number: u32,
    offset: u64,
    time: Option<Timestamp>,
    /// Sort and reason.
    wrong: Vec<(usize, String)>,
}

struct Finding {
    input: u32,
    line: u64,
    offset: u64,
    sort: usize,
    what: String,
}

/// How one input keeps to the order of time.
#[derive(Clone, Default)]
struct Clock {
    /// Lines before the chunk.
    lines: u64,
    /// The time of the line before.
    before: Option<Timestamp>,
    latest: Option<Timestamp>,
    dated: u64,
    out_of_order: u64,
    /// How far the furthest line lies behind, and which one it is.
    furthest: Option<(Duration, u64)>,
}

fn sort_of(name: &str) -> usize {
    SORTS.iter().position(|sort| *sort == name).unwrap_or(0)
}

impl Consumer for Check<'_> {
    fn events(&mut self, batch: &mut [Event<'_>]) {
        let input = batch.first().map_or(0, |event| event.position.input);
        let kept = self.sift.sift(batch);
        self.account.filtered(input, (batch.len() - kept) as u64);
        let batch = &batch[..kept];
        let dated = extend_by(&mut self.window, batch);
        self.account.events(input, kept as u64, dated);
        batch.iter().for_each(|event| self.event(event));
    }

    fn reject(&mut self, rejected: Rejected<'_>) {
        self.account.reject(&rejected);
        let sort = match rejected.reason {
            Reason::NotAnObject(_) => "not_an_object",
            _ => "malformed",
        };
        self.of_chunk.push(Line {
            number: rejected.position.line,
            offset: rejected.position.offset,
            time: None,
            wrong: vec![(sort_of(sort), rejected.reason.to_string())],
        });
    }

    fn chunk(&mut self, chunk: ChunkAccount) {
        self.of_chunk.sort_unstable_by_key(|line| line.number);
        for line in std::mem::take(&mut self.of_chunk) {
            self.line(chunk.input, line);
        }
        self.clocks[chunk.input as usize].lines += chunk.lines;
        self.account.chunk(chunk);
    }

    fn trouble(&mut self, input: u32, what: String) {
        self.account.trouble(input, what);
    }
}

impl Check<'_> {
    fn event(&mut self, event: &Event<'_>) {
        self.events += 1;
        for field in Field::ALL {
            self.fields[field as usize] += u64::from(event.get(field).is_some());
        }
        let failed = u64::from(event.outcome == Outcome::Failure);
        if let Some(count) = self.names.get_mut(event.name()) {
            *count = (count.0 + 1, count.1 + failed);
        } else {
            self.names.insert(event.name().to_owned(), (1, failed));
        }
        let mut wrong = Vec::new();
        let mut find = |sort, what: String| wrong.push((sort_of(sort), what));
        if event.repaired {
            find(
                "repaired",
                "text that is not Unicode was replaced by U+FFFD".to_owned(),
            );
        }
        if event.kind == Kind::Other && event.get(Field::Event).is_none() {
            find("no_name", "an object without an event's name".to_owned());
        }
        match (event.time, event.get(Field::Timestamp)) {
            (None, None) => find("undated", "no time".to_owned()),
            (None, Some(text)) => find("undated", format!("{text:?} is no time")),
            (Some(time), _) if time > self.plan.options.as_of => {
                find("future", format!("{time} is yet to come"));
            }
            (Some(time), _) if time.seconds() < ANCIENT => {
                find("ancient", format!("{time} is before 1990"));
            }
            _ => {}
        }
        self.of_chunk.push(Line {
            number: event.position.line,
            offset: event.position.offset,
            time: event.time,
            wrong,
        });
    }

    /// Takes the next line of an input.
    fn line(&mut self, input: u32, line: Line) {
        let Line {
            number,
            offset,
            time,
            mut wrong,
        } = line;
        let clock = &mut self.clocks[input as usize];
        let line = clock.lines + u64::from(number) + 1;
        if let Some(time) = time {
            // A clock that runs ahead is a finding of its own, and must not make one of each line after it.
            if time <= self.plan.options.as_of
                && let Some(back) = clock.take(time, line)
                && back > SLACK
            {
                let what = format!("{} before the line above it", shown(back));
                wrong.push((sort_of("clock_back"), what));
            }
        }
        for (sort, what) in wrong {
            self.found[sort] += 1;
            if self.findings.len() < self.plan.options.limit {
                self.findings.push(Finding {
                    input,
                    line,
                    offset,
                    sort,
                    what,
                });
            }
        }
    }

    fn finish(self, inputs: &Inputs, interruption: Option<Interruption>) -> Answer {
        let section = self.section(inputs.names());
        let (plan, window) = (self.plan, self.window);
        let account = self.account.finish(
            inputs.names(),
            &inputs.repeated(),
            interruption,
            plan.audience,
        );
        let zone = plan.options.zone;
        let mut document = Document {
            window: super::partial::window_section(window),
            input: account.section(),
            reports: vec![section],
        };
        document.tell_times(|time| zone.offset(time.seconds()));
        Answer {
            parts: Vec::new(),
            document,
            account,
            at_any_time: self.sift.at_any_time(window),
        }
    }

    fn section(&self, names: &[String]) -> Section {
        let all = self.found.iter().sum();
        let mut section = Section::new("check", "Check").fact("findings", Value::Count(all));
        for (sort, found) in SORTS.into_iter().zip(self.found) {
            section = section.fact(sort, Value::Count(found));
        }
        let out_of_order = self.clocks.iter().map(|clock| clock.out_of_order).sum();
        let findings = self.findings.iter().map(|finding| {
            vec![
                Value::Text(names[finding.input as usize].clone()),
                Value::Count(finding.line),
                Value::Count(finding.offset),
                Value::Text(SORTS[finding.sort].to_owned()),
                Value::Text(finding.what.clone()),
            ]
        });
        let mut kinds: Vec<_> = self.names.iter().collect();
        kinds.sort_by_key(|(name, (count, _))| (std::cmp::Reverse(*count), *name));
        let kinds = kinds.into_iter().map(|(name, (count, failed))| {
            let known = Kind::of_name(name).kind != Kind::Other;
            vec![
                Value::Text(name.clone()),
                Value::Count(*count),
                Value::Count(*failed),
                Value::Flag(known),
            ]
        });
        let fields = Field::ALL.into_iter().map(|field| {
            let part = self.fields[field as usize];
            let share = Value::Ratio {
                part,
                whole: self.events,
            };
            vec![
                Value::Text(field.name().to_owned()),
                Value::Count(part),
                share,
            ]
        });
        section
            .fact("out_of_order", Value::Count(out_of_order))
            .fact("left_out", Value::Count(all - self.findings.len() as u64))
            .table(
                "lines",
                &["input", "line", "byte", "sort", "what"],
                findings,
            )
            .table(
                "clocks",
                CLOCK_COLUMNS,
                self.clocks.iter().zip(names).map(Clock::row),
            )
            .ranking("events", &["event", "count", "failed", "known"], kinds)
            .table("coverage", &["field", "events", "share"], fields)
    }
}

const CLOCK_COLUMNS: &[&str] = &["input", "dated", "out_of_order", "furthest_behind", "line"];

impl Clock {
    /// Takes the time of the next line. Returns how long it is before that of the line above, if it is.
    fn take(&mut self, time: Timestamp, line: u64) -> Option<Duration> {
        self.dated += 1;
        let before = self.before.replace(time).unwrap_or(time);
        let latest = *self.latest.get_or_insert(time);
        self.latest = Some(latest.max(time));
        if let Some(behind) = time.until(latest) {
            self.out_of_order += 1;
            if self.furthest.is_none_or(|(furthest, _)| behind > furthest) {
                self.furthest = Some((behind, line));
            }
        }
        time.until(before)
    }

    fn row((clock, name): (&Clock, &String)) -> Vec<Value> {
        let (behind, line) = clock.furthest.unzip();
        vec![
            Value::Text(name.clone()),
            Value::Count(clock.dated),
            Value::Count(clock.out_of_order),
            behind.map_or(Value::Missing, Value::Span),
            line.map_or(Value::Missing, Value::Count),
        ]
    }
}

/// A length of time in seconds, without decimals that are zero.
fn shown(length: Duration) -> String {
    format!("{} s", length.as_secs_f64())
}
