//! `authmeter diff`: two inputs, or two windows of the same inputs, and what changed beyond chance.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Command};

use super::args::ScanArgs;
use super::identity::is_stream;
use super::output::{OutputArgs, Outputs};
use super::scan::{self, tell, tell_repeated, warn};
use super::settings::{self, Scan};
use super::wrong::Wrong;
use super::{Exit, Failure, Session, Terminal, times};
use crate::compare::{self, Side, compare, has_places};
use crate::document::Document;
use crate::engine;
use crate::event::{Timestamp, Visible};
use crate::filter::Window;
use crate::read::Watch;
use crate::zone::Zone;

/// Words of `authmeter diff`.
#[derive(Args, Clone, Debug)]
pub(super) struct DiffArgs {
    #[command(flatten)]
    scan: ScanArgs,

    /// Exit with 1 if anything changed beyond chance
    #[arg(long)]
    fail: bool,
}

const INPUTS: &str =
    "Two inputs, a then b: logs, folders or quoted globs; or two windows FROM..TO and their inputs";

const INPUTS_LONG: &str = "Two inputs, a then b, each a log, a folder of logs, or a glob in quotes.\n\nOr two windows, \
    and then the inputs that both are of: FROM..TO is from FROM on and before TO, and either may be left out. Times are \
    written as for --from and --to: a date alone as the end is meant with all of that day, so 2025-01-06..2025-01-12 is \
    a week.";

const DETAILS: &str = "\
Rates are compared as they are; counts as their share of all events of their side, or of the column of their table. \
Each comparison has a p value: how likely users who behave alike on both sides differ so much by chance. It is that of \
the two-proportion z test with the pooled share, or of Fisher's exact test where an expected count is below 5. Events \
of one user come in bursts, so the spread between users is measured, and events weigh accordingly: deff of them, the \
design effect, weigh as much as one independent one (Rao and Scott 1992). What one user alone did, however often, is no \
change. \
What changed beyond chance is told by all p values together (Holm 1979): two logs of the same life show any change at \
all in at most 1 of 100 cases. Intervals of differences are Newcombe's (1998), 95 %.\n\n\
Facts: summary, compared (tests made), changed (of them, beyond chance), significance_level.\n\
Tables: sides; changes (beyond chance, the clearest first); rates and counts (facts of the reports); row_rates and \
row_counts (rows of their tables, the clearest first; only_in: b for what is new, a for what is gone); untested (paces, \
means, different users and estimates, which depend on the length of a window or are not known exactly).\n\n\
Examples:\n  authmeter diff last-week.jsonl this-week.jsonl\n  \
authmeter diff 2025-01-06..2025-01-12 2025-01-13..2025-01-19 /var/log/auth\n  \
authmeter diff --client web-app before.jsonl after.jsonl --get diff.changes\n  \
authmeter diff --fail 'staging/*.jsonl' 'production/*.jsonl'\n\n\
Exit codes: 0 done; 1 something changed beyond chance, with --fail; 2 wrong usage; 3 done, but an input could not be \
read, --strict or --max-bad was exceeded, or Ctrl-C ended it early; 4 a fault of this program, or the output could not \
be written.";

/// Words of scans that it does not take.
pub(super) const UNHEEDED: &[&str] = &["every", "top", "limit", "page", "token", "owner"];

/// The command, for the list of commands.
pub(super) fn command() -> Command {
    DiffArgs::augment_args(Command::new("diff"))
        .about("Two inputs or two windows side by side, what changed beyond chance first")
        .long_about("Two inputs, or two windows of the same inputs, side by side: what changed beyond chance comes first.")
        .override_usage(
            "authmeter diff [OPTIONS] A B\n       authmeter diff [OPTIONS] FROM..TO FROM..TO INPUT...",
        )
        .after_long_help(DETAILS)
        .mut_arg("inputs", |inputs| {
            inputs
                .required(true)
                .help(INPUTS)
                .long_help(INPUTS_LONG)
        })
}

/// Lists that are compared have all their rows: one that is only further down is not gone.
const ALL_ROWS: usize = 1_000_000;

/// What a side is of.
struct Asked {
    name: String,
    inputs: Vec<PathBuf>,
    window: Option<Window>,
}

/// Reads both sides, and tells what changed and what could not be read.
pub(super) fn run(
    args: &DiffArgs,
    Session {
        terminal,
        watch,
        out,
        err,
    }: Session<'_>,
) -> Result<Exit, Failure> {
    let asked = asked(&args.scan)?;
    let same_inputs = asked[0].window.is_some();
    let mut scans = Vec::new();
    for (index, side) in asked.iter().enumerate() {
        let mut unsaid = io::sink();
        // Of the same inputs there is the same to say.
        let again = same_inputs && index > 0;
        let err: &mut dyn Write = if again { &mut unsaid } else { &mut *err };
        scans.push(prepared(args, side, terminal, watch, err)?);
    }
    settings::check_names(&args.scan.output.get, &nothing(&scans[0]))?;
    let read = scans
        .iter()
        .flat_map(|scan| scan.gathered.seen.iter().cloned());
    let mut outputs = Outputs::new(&args.scan.output, &read.collect(), terminal)?;
    let mut answers = Vec::new();
    let mut exit = Exit::Done;
    for (index, (side, scan)) in asked.iter().zip(&scans).enumerate() {
        let answer = scan::answer_in_parts(scan, terminal, compare::PARTS)?;
        if !same_inputs || index == 0 {
            tell_repeated(&scan.inputs, err);
            tell(&answer.account, err);
        }
        if let Some(what) = scan::nothing_found(scan, &answer.account, answer.at_any_time) {
            warn(err, &format!("{}: {what}", Visible(&side.name)));
        }
        exit = exit.max(scan::exit(scan, &answer.account, err));
        answers.push(answer);
    }
    if let [Some(a), Some(b)] = [&asked[0].window, &asked[1].window]
        && overlap(a, b)
    {
        warn(
            err,
            "the windows overlap: what lies in both counts on both sides",
        );
    }
    let document = compare(std::array::from_fn(|index| Side {
        name: &asked[index].name,
        document: &answers[index].document,
        parts: &answers[index].parts,
    }));
    outputs.write(&document, out)?;
    let found = args.fail && compare::changed(&document) > 0;
    Ok(if exit == Exit::Done && found {
        Exit::Found
    } else {
        exit
    })
}

/// One side's scan: its inputs, its window, and those of the default reports that have something to compare.
fn prepared(
    args: &DiffArgs,
    side: &Asked,
    terminal: &Terminal,
    watch: fn() -> io::Result<Watch>,
    err: &mut dyn Write,
) -> Result<Scan, Failure> {
    let words = ScanArgs {
        inputs: side.inputs.clone(),
        output: OutputArgs::nothing(),
        top: ALL_ROWS,
        ..args.scan.clone()
    };
    let mut scan = scan::prepared("report", &words, terminal, watch, err)?;
    scan.plan.reports.retain(|report| {
        let document = engine::nothing(&[report], &scan.plan.options);
        document.reports.iter().any(has_places)
    });
    if let Some(window) = side.window {
        if !scan.plan.filter.window().is_open() {
            return Err(Failure::Usage(
                "windows are given as FROM..TO; leave out --from, --to and --since".to_owned(),
            ));
        }
        if scan.inputs.size().is_none() {
            return Err(Failure::Usage(
                "two windows read the inputs twice, which a pipe does not allow; save it to a file first"
                    .to_owned(),
            ));
        }
        scan.plan.filter.within(window);
    }
    Ok(scan)
}

/// Every name that the answer has.
fn nothing(scan: &Scan) -> Document {
    let document = engine::nothing(&scan.plan.reports, &scan.plan.options);
    compare(
        [Side {
            name: "",
            document: &document,
            parts: &[],
        }; 2],
    )
}

/// What the two words mean, and those after them.
fn asked(args: &ScanArgs) -> Result<[Asked; 2], Failure> {
    let [a, b, inputs @ ..] = args.inputs.as_slice() else {
        return Err(Failure::Usage(
            "diff takes two inputs or two windows, as in `authmeter diff before.jsonl after.jsonl`"
                .to_owned(),
        ));
    };
    let both = [a, b].map(|word| (word, as_window(word)));
    match both {
        [(_, None), (_, None)] if inputs.is_empty() => {
            if a == b && is_stream(a) {
                return Err(Failure::Usage(
                    "standard input can be one side only".to_owned(),
                ));
            }
            Ok([a, b].map(|input| Asked {
                name: input.display().to_string(),
                inputs: vec![input.clone()],
                window: None,
            }))
        }
        [(_, None), (_, None)] => Err(Failure::Usage(format!(
            "diff takes two inputs, and here are {}; put globs in quotes, or name folders",
            args.inputs.len()
        ))),
        [(_, Some(a)), (_, Some(b))] => {
            let (zone, now) = (settings::zone("--tz", &args.tz)?, Timestamp::now());
            let side = |text: &str| {
                Ok::<_, Failure>(Asked {
                    name: text.to_owned(),
                    inputs: inputs.to_vec(),
                    window: Some(window(text, zone, now)?),
                })
            };
            Ok([side(a)?, side(b)?])
        }
        [(_, Some(window)), (other, None)] | [(other, None), (_, Some(window))] => {
            Err(Failure::Usage(format!(
                "{window} is a window, and {} is none; compare two inputs or two windows",
                Visible(&other.display().to_string())
            )))
        }
    }
}

/// The word, if it is a window: no file has this name, and a time stands on one side of `..` at least.
fn as_window(word: &Path) -> Option<&str> {
    let text = word.to_str()?;
    let (from, to) = text.split_once("..")?;
    let begins = |text: &str| text.starts_with(|first: char| first.is_ascii_digit());
    let is_time = |text: &str| begins(text) || matches!(text, "now" | "today" | "yesterday");
    let is_window =
        (is_time(from) || is_time(to)) && !text.contains('/') && word.symlink_metadata().is_err();
    is_window.then_some(text)
}

/// From the start of what stands before `..` to the end of what stands behind it.
fn window(text: &str, zone: Zone, now: Timestamp) -> Result<Window, Failure> {
    let (from, to) = text.split_once("..").unwrap_or((text, ""));
    let time = |part: &str, at: usize| match part {
        "" => Ok(None),
        part => times::time(part, zone, now).map(Some).map_err(|wrong| {
            let at = wrong.at.start + at..wrong.at.end + at;
            Wrong { at, ..wrong }.of("this window", text)
        }),
    };
    let window = Window {
        from: time(from, 0)?.map(|(start, _)| start),
        to: time(to, text.len() - to.len())?.map(|(_, end)| end),
    };
    match (window.from, window.to) {
        (Some(from), Some(to)) if from >= to => Err(Failure::Usage(format!(
            "no time lies in the window {text}: {to} is the first moment not meant"
        ))),
        _ => Ok(window),
    }
}

fn overlap(a: &Window, b: &Window) -> bool {
    let begins_before = |one: &Window, other: &Window| match (one.from, other.to) {
        (Some(from), Some(to)) => from < to,
        _ => true,
    };
    begins_before(a, b) && begins_before(b, a)
}
