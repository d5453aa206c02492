//! What the words of the command line mean. Below this, nobody reads words.

use std::num::NonZeroUsize;
use std::sync::Arc;

use super::args::ScanArgs;
use super::as_of::AsOf;
use super::filters::TENANT;
use super::inputs::{Gathered, inputs};
use super::output::Outputs;
use super::times;
use super::wrong::{Wrong, meant};
use super::{Failure, Terminal};
use crate::document::Document;
use crate::engine::{self, Audience, Plan};
use crate::event::Timestamp;
use crate::filter::Filter;
use crate::read::{Inputs, Reading, Watch};
use crate::render;
use crate::report::{Options, REPORTS, ReportEntry};
use crate::tally::Every;
use crate::zone::Zone;

/// Everything a scan needs to know.
pub(super) struct Scan {
    pub(super) plan: Plan,
    pub(super) inputs: Inputs,
    pub(super) gathered: Gathered,
    pub(super) outputs: Outputs,
    /// How many bad lines are too many.
    pub(super) max_bad: Option<u64>,
    as_of: AsOf,
    /// Whose story is asked for.
    person: Option<String>,
}

impl Scan {
    /// Gives words their meaning.
    pub(super) fn new(
        command: &str,
        args: &ScanArgs,
        terminal: &Terminal,
        watch: &Arc<Watch>,
    ) -> Result<Scan, Failure> {
        if args.inputs.is_empty() && terminal.stdin {
            return Err(Failure::Usage(format!(
                "no input, and standard input is a terminal; name a log, as in `authmeter {command} auth.jsonl`, or \
                 pipe one in"
            )));
        }
        let zone = zone("--tz", &args.tz)?;
        let now = Timestamp::now();
        let as_of = AsOf::new(&args.as_of, args.filters.since.as_deref(), zone, now)?;
        let mut filters = args.filters.clone();
        let person = (command == "explain")
            .then(|| filters.take_person())
            .transpose()?;
        let mut filter = filters.filter()?;
        filter.within(as_of.narrow(filters.window(zone, now)?)?);
        let options = Options {
            every: every(&args.every)?,
            zone,
            memory_limit: args.memory_limit.as_deref().map(memory_limit).transpose()?,
            top: args.top,
            limit: args.limit.unwrap_or(50),
            story: args.limit.unwrap_or(STORY),
            page: args.page as usize,
            token: args.token.clone(),
            owner: args.owner.clone(),
            as_of: as_of.time().unwrap_or(now),
            as_of_moves: false,
            reuse_grace: times::length(&args.reuse_grace)
                .map_err(|wrong| wrong.of("--reuse-grace", &args.reuse_grace))?,
        };
        let reports = reports(command, &args.output.get, &options)?;
        let chunk_size = size("--chunk-size", &args.chunk_size)?.min(MOST_CHUNK);
        let max_line = size("--max-line", &args.max_line)?;
        let asked = args
            .threads
            .and_then(|threads| NonZeroUsize::new(threads.into()));
        let threads = asked
            .or_else(|| std::thread::available_parallelism().ok())
            .unwrap_or(NonZeroUsize::MIN);
        // What is read twice must be there twice.
        let kept = (as_of.is_last() || person.is_some()).then_some(watch);
        let gathered = inputs(&args.inputs, kept)?;
        let audience = audience(args, &filter, &reports)?;
        Ok(Scan {
            plan: Plan {
                reports,
                options,
                filter,
                audience,
                reading: Reading {
                    chunk_size,
                    max_line,
                    max_expand: args.max_expand,
                    map: args.read == "map",
                    count_copies: args.count_copies,
                    watch: Arc::clone(watch),
                    assume: self::zone("--assume-tz", &args.assume_tz)?,
                    ..Reading::default()
                },
                threads,
            },
            inputs: gathered.inputs()?,
            outputs: Outputs::new(&args.output, &gathered.seen, terminal)?,
            gathered,
            max_bad: if args.strict { Some(0) } else { args.max_bad },
            as_of,
            person,
        })
    }

    /// What to say about the inputs before reading them.
    pub(super) fn remarks(&self) -> &[String] {
        &self.gathered.remarks
    }

    /// Finds out what the log has to be read for before it is read: when its last event was, and who somebody is.
    pub(super) fn look_ahead(&mut self) -> Result<(), Failure> {
        if self.as_of.is_last() {
            let plan = Plan {
                reports: Vec::new(),
                ..self.plan.clone()
            };
            let found = engine::run(&plan, &self.inputs).map_err(Failure::workers)?;
            self.inputs = self.gathered.inputs()?;
            if let Some((_, last)) = found.at_any_time {
                self.plan.options.as_of = last;
                let window = self.plan.filter.window();
                let window = self.as_of.narrow_before(last, window);
                self.plan.filter.within(window);
            }
        }
        if let Some(person) = self.person.take() {
            let person = engine::person(&self.plan, &self.inputs, &person);
            self.inputs = self.gathered.inputs()?;
            let person = person.map_err(Failure::workers)?;
            self.plan.filter.add("person", person, false);
        }
        Ok(())
    }
}

/// Events of a story, if nobody says how many: more than anybody reads, in little memory.
const STORY: usize = 1000;

/// For whose eyes the answer is.
fn audience(
    args: &ScanArgs,
    filter: &Filter,
    reports: &[&'static ReportEntry],
) -> Result<Audience, Failure> {
    if args.owner.is_some() {
        if let Some(other) = reports.iter().find(|report| !report.info.owned) {
            return Err(Failure::Usage(format!(
                "--owner tells of one user's tokens, and {} of everybody; use it with `authmeter usage`",
                other.info.name
            )));
        }
        return Ok(Audience::Owner);
    }
    Ok(match filter.has(TENANT) {
        true => Audience::Tenant,
        false => Audience::Operator,
    })
}

pub(super) fn zone(flag: &str, name: &str) -> Result<Zone, Failure> {
    Zone::named(name).ok_or_else(|| {
        let hint = match meant(name, Zone::names()) {
            Some(known) => format!("did you mean {known}?"),
            None => "names are those of the IANA database, as in Europe/Berlin".to_owned(),
        };
        Wrong::all(name, format!("there is no such time zone; {hint}")).of(flag, name)
    })
}

/// The reports to run: the command's, or those that are asked for by name. The command is no limit to what may be asked
/// of a log; what is asked for is all that is paid for.
fn reports(
    command: &str,
    get: &[String],
    options: &Options,
) -> Result<Vec<&'static ReportEntry>, Failure> {
    let all: Vec<&'static ReportEntry> = REPORTS.iter().collect();
    if get.is_empty() {
        let named = |report: &&ReportEntry| match command {
            "report" => report.info.default,
            name => report.info.name == name,
        };
        return Ok(all.into_iter().filter(named).collect());
    }
    check_names(get, &engine::nothing(&all, options))?;
    let asked = |report: &&ReportEntry| {
        get.iter()
            .any(|name| name.split('.').next() == Some(report.info.name))
    };
    Ok(all.into_iter().filter(asked).collect())
}

fn every(text: &str) -> Result<Option<Every>, Failure> {
    if text == "auto" {
        return Ok(None);
    }
    let found = Every::ALL
        .into_iter()
        .find(|every| every.text() == text)
        .map(Some);
    found.ok_or_else(|| {
        let all: Vec<&str> = Every::ALL.iter().map(|every| every.text()).collect();
        Failure::Usage(format!(
            "--every {text:?} is not one of: auto, {}",
            all.join(", ")
        ))
    })
}

/// Bytes, as in `4096`, `64KiB`, `16MiB`, `1GiB`; at least one.
pub(super) fn size(flag: &str, text: &str) -> Result<usize, Failure> {
    let digits = text.trim_end_matches(|character: char| !character.is_ascii_digit());
    let unit = match &text[digits.len()..] {
        "" | "B" => Some(1),
        "KiB" | "K" | "k" => Some(1 << 10),
        "MiB" | "M" => Some(1 << 20),
        "GiB" | "G" => Some(1 << 30),
        _ => None,
    };
    let number = digits.parse::<usize>().ok();
    // A line and a chunk are held in memory: more than a terabyte is a slip of the finger.
    let bytes = number
        .zip(unit)
        .and_then(|(number, unit)| number.checked_mul(unit))
        .filter(|bytes| (1..1 << 40).contains(bytes));
    bytes.ok_or_else(|| {
        Failure::Usage(format!(
            "{flag} {text:?} is no size; write it as in 4096, 64KiB or 16MiB"
        ))
    })
}

/// Lines of a chunk are counted in 32 bits.
const MOST_CHUNK: usize = 1 << 30;

/// The least memory limit: below that, the limit is less than what workers take for the lines they read.
const LEAST_MEMORY: usize = 1 << 20;

pub(super) fn memory_limit(text: &str) -> Result<u64, Failure> {
    let bytes = size("--memory-limit", text)?;
    if bytes < LEAST_MEMORY {
        return Err(Failure::Usage(format!(
            "--memory-limit {text:?} is too small; 1MiB is the least"
        )));
    }
    Ok(bytes as u64)
}

/// Refuses names that no document like this has, before anything is read.
pub(super) fn check_names(names: &[String], document: &Document) -> Result<(), Failure> {
    for name in names {
        if render::select(document, name).is_none() {
            let known = render::names(document);
            let hint = match meant(name, known.iter().map(String::as_str)) {
                Some(known) => format!("did you mean `{known}`?"),
                None => format!("there are: {}", known.join(", ")),
            };
            return Err(Failure::Usage(format!(
                "--get {name:?}: there is no such value; {hint}"
            )));
        }
    }
    Ok(())
}
