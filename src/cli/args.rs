//! The words of the command line. What they mean is [`settings`](super::settings)' business.

use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, FromArgMatches};

use super::complete::{CompletionsArgs, ManArgs};
use super::diff::{self, DiffArgs};
use super::examples;
use super::filters::FilterArgs;
use super::generate::GenerateArgs;
use super::log::{self, LogArgs};
use super::look;
use super::output::OutputArgs;
use super::prune::{self, PruneArgs};
use super::verify::{self, VerifyArgs};
use super::watch::{self, WatchArgs};
#[cfg(feature = "serve")]
use super::{
    serve::{self, ServeArgs},
    token::{self, TokenArgs},
};
use crate::report::REPORTS;

const EXIT_CODES: &str = "Exit codes: 0 done; 1 `check` or `verify` found something, or `diff --fail` a change; 2 wrong usage; 3 done, but an input could not be read, --strict or \
    --max-bad was exceeded, or Ctrl-C (SIGINT, SIGTERM) ended it early with what was read so far; 4 a fault of this program, or the output could not be written.";

// Words of every command that reads logs. No doc comment: clap would make it the help of each of them.
#[derive(Args, Clone, Debug)]
pub(super) struct ScanArgs {
    /// Logs, folders of logs, or globs; none, or `-`, is standard input
    ///
    /// Logs are JSON Lines, plain or compressed with gzip or zstd, which is told by their first bytes. Of a folder,
    /// every file below it is read whose name ends in .jsonl, .ndjson, .json or .log, before suffixes of rotation and
    /// compression such as .1, -20250101, .gz and .zst; hidden files are left out, links to files are followed, links
    /// to folders are not. A glob that no shell has expanded is expanded here: *, ?, [a-z], {a,b}, and ** for any
    /// folders. Rotated logs are read oldest first: auth.log.10.gz, auth.log.2.gz, auth.log.
    #[arg(value_name = "INPUT")]
    pub(super) inputs: Vec<PathBuf>,

    #[command(flatten)]
    pub(super) output: OutputArgs,

    /// Width of the timeline's buckets: auto, 1m, 5m, 15m, 1h, 1d, 1w, 1mo
    #[arg(long, value_name = "WIDTH", default_value = "auto")]
    pub(super) every: String,

    /// Rows of lists of users, clients and addresses
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(super) top: usize,

    /// Rows of lists of events [default: 50]
    #[arg(long, value_name = "N")]
    pub(super) limit: Option<usize>,

    /// Which page of --limit rows, counted from 1
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) page: u32,

    /// Tell of this API token alone, row by row
    #[arg(long, value_name = "ID")]
    pub(super) token: Option<String>,

    /// Tell of this user's tokens alone: another's token is as unknown as one that never was
    #[arg(long, value_name = "USER")]
    pub(super) owner: Option<String>,

    /// How long after it was rotated a refresh token may come again
    #[arg(long, value_name = "LENGTH", default_value = "10s")]
    pub(super) reuse_grace: String,

    /// Exit with 3 if any line is malformed or no object
    #[arg(long)]
    pub(super) strict: bool,

    /// Exit with 3 if more lines than this are malformed or no object
    #[arg(long, value_name = "LINES", conflicts_with = "strict")]
    pub(super) max_bad: Option<u64>,

    /// Workers; the answer does not depend on it [default: one for each core]
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,

    /// Refuse lines longer than this, as in 64KiB
    #[arg(long, value_name = "SIZE", default_value = "16MiB")]
    pub(super) max_line: String,

    /// Estimate what would take more memory than about this, as in 64MiB; 1MiB or more [default: count exactly]
    ///
    /// Without it, everything is counted exactly, in memory that grows with the number of different users, clients and
    /// reasons. With it, the different subjects of the events read may take half of SIZE, and each of event names,
    /// reasons, clients and methods a 32nd part. What needs more becomes estimates, which say so in every format: `≈
    /// 1,204,000 ± 1.6 %`, `"exact": false`. Numbers of different subjects (logins.users, refreshes.per_user,
    /// timeline.buckets) are then off by no more than is said in 95 of 100 cases; tables by reason, client and method
    /// show what is frequent, with counts that are never too small, and too large by no more than is said in 98 of 100.
    /// Totals stay exact. What is an estimate, and which, depends on the events alone, not on the number of workers or
    /// the order of files. Not limited is the number of the timeline's buckets; each takes up to 16KiB for every worker.
    #[arg(long, value_name = "SIZE")]
    pub(super) memory_limit: Option<String>,

    /// Stop a compressed input that expands to more than this many times its size
    #[arg(long, value_name = "TIMES", default_value_t = crate::read::Reading::MAX_EXPAND, value_parser = clap::value_parser!(u64).range(1..), hide_short_help = true)]
    pub(super) max_expand: u64,

    /// Count files of the same content each for itself, instead of the first alone
    #[arg(long, hide_short_help = true)]
    pub(super) count_copies: bool,

    /// How regular files are read; the answer does not depend on it
    #[arg(long, value_name = "WAY", default_value = "pread", value_parser = ["pread", "map"], hide_short_help = true)]
    pub(super) read: String,

    /// Bytes a worker takes at a time; the answer does not depend on it
    #[arg(
        long,
        value_name = "SIZE",
        default_value = "256KiB",
        hide_short_help = true
    )]
    pub(super) chunk_size: String,

    #[command(flatten)]
    pub(super) filters: FilterArgs,

    /// Time zone of buckets, labels and times without an offset on the command line, as in Europe/Berlin
    #[arg(
        long,
        value_name = "NAME",
        default_value = "UTC",
        help_heading = "Time"
    )]
    pub(super) tz: String,

    /// Time zone of the log's times that have none
    #[arg(
        long,
        value_name = "NAME",
        default_value = "UTC",
        help_heading = "Time"
    )]
    pub(super) assume_tz: String,

    /// When --since ends, and when tokens are active: now, last (the log's last event) or a time
    #[arg(
        long,
        value_name = "TIME",
        default_value = "now",
        help_heading = "Time",
        long_help = "When --since ends, and when tokens are active: now, last (the log's last event) or a time\n\nEvents \
            after a given time are left out of --since. `last` reads the inputs twice, a pipe on standard input by way of a temporary file."
    )]
    pub(super) as_of: String,
}

/// Words that only some reports heed. They are words of every command, because any report may be asked for by `--get`,
/// but the help of the others keeps silent of them.
const SPECIAL: [(&str, &[&str]); 7] = [
    ("every", &["timeline"]),
    ("top", &["users", "clients", "ips"]),
    ("limit", &["activity", "explain", "security", "usage"]),
    ("page", &["usage"]),
    ("token", &["usage"]),
    ("owner", &["usage"]),
    ("reuse_grace", &["refreshes"]),
];

const CHECK: &str = "What is wrong with a log: every line that is refused or suspicious, with its place and the reason.\n\n\
    Sorts of findings: malformed and not_an_object (no events); repaired (text that is not Unicode); no_name (no event's \
    name); undated (no readable time); clock_back (more than a second behind a line before it); future (later than \
    --as-of); ancient (before 1990).\n\nFacts: findings, one for each sort, out_of_order (lines behind one before them, \
    by however little), left_out (findings beyond --limit).\nTables: lines (the findings), clocks (the order of time, by \
    input), events (names, with those the program has no kind for), coverage (how many events have each field).\n\nExits \
    with 1 if there are findings.";

/// What was asked for.
pub(super) enum Asked {
    /// Read logs and report: these reports by default.
    Scan { name: String, args: ScanArgs },
    /// Write one event.
    Log(LogArgs),
    /// Take old events out of logs.
    Prune(PruneArgs),
    /// Print lines as they stand in logs.
    Events(ScanArgs),
    /// Tell what is wrong with logs.
    Check(ScanArgs),
    /// Tell whether sealed logs are what was written.
    Verify(VerifyArgs),
    /// Compare two inputs or two windows.
    Diff(DiffArgs),
    /// Show logs in the browser.
    #[cfg(feature = "serve")]
    Serve(ServeArgs),
    /// Make tokens for it.
    #[cfg(feature = "serve")]
    Token(TokenArgs),
    /// Write a synthetic log.
    Generate(GenerateArgs),
    /// Look at logs while they grow.
    Watch(WatchArgs),
    /// Print what a shell needs to complete words.
    Completions(CompletionsArgs),
    /// Print or write manual pages.
    Man(ManArgs),
}

/// The whole command line.
pub(super) fn command() -> Command {
    let report = ScanArgs::augment_args(Command::new("report"))
        .about("Every report, in one scan")
        .long_about("Every report, in one scan of the inputs.")
        .display_order(0);
    let mut command = Command::new("authmeter")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Answers from authentication logs: why logins fail, how many succeed, how often tokens are refreshed")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .after_help(EXIT_CODES)
        .after_long_help(format!(
            "Examples:\n  authmeter report auth.jsonl\n  authmeter report *.jsonl -o report.json -o report.html\n  \
             authmeter logins /var/log/auth '/srv/*/auth*.jsonl.gz'\n  authmeter logins --get logins.success_rate auth.jsonl\n\n{EXIT_CODES}"
        ))
        .arg(look::arg())
        .subcommand(report);
    for (index, report) in REPORTS.iter().enumerate() {
        let info = report.info;
        let scan = ScanArgs::augment_args(Command::new(info.name))
            .about(info.help)
            .long_about(format!("{}.", info.help))
            .after_long_help(format!("{}\n\n{EXIT_CODES}", info.details))
            .display_order(index + 1);
        let scan = SPECIAL.iter().fold(scan, |scan, (word, reports)| {
            scan.mut_arg(word, |arg| arg.hide(!reports.contains(&info.name)))
        });
        command = command.subcommand(scan);
    }
    let events = ScanArgs::augment_args(Command::new("events"))
        .about("The lines of matching events, unchanged, in their order")
        .long_about(
            "The lines of matching events, unchanged, in the order of the inputs: what `jq 'select(…)'` and `grep` are \
            used for. With --limit, reading ends with the last line that is wanted.",
        )
        .mut_arg("limit", |limit| limit.help("Print so many lines at most [default: all]"))
        .after_long_help(EXIT_CODES)
        .display_order(REPORTS.len() + 1);
    let check = ScanArgs::augment_args(Command::new("check"))
        .about("What is wrong with a log: refused and suspicious lines, what fields there are, the order of time")
        .long_about(CHECK)
        .mut_arg("limit", |limit| limit.help("Show so many lines [default: 1000]"))
        .after_long_help(EXIT_CODES)
        .display_order(REPORTS.len() + 2);
    command = command
        .subcommand(without(events, OF_ANSWERS))
        .subcommand(without(check, OF_REPORTS));
    let generate = GenerateArgs::augment_args(Command::new("generate"))
        .about("A synthetic log, and the truth about it")
        .long_about("A synthetic log that looks like life, the same for the same seed, and the truth about it.")
        .display_order(REPORTS.len() + 3);
    let log = LogArgs::augment_args(Command::new("log"))
        .about("Write one event: the writer, for shell scripts")
        .long_about("Write one event: the writer, for shell scripts.")
        .after_long_help(log::DETAILS)
        .display_order(REPORTS.len() + 4);
    let prune = PruneArgs::augment_args(Command::new("prune"))
        .about("Take old events out of logs: a dry run, unless --apply is given")
        .long_about(prune::ABOUT)
        .after_long_help(prune::DETAILS)
        .display_order(REPORTS.len() + 5);
    let completions = CompletionsArgs::augment_args(Command::new("completions"))
        .about("What a shell needs to complete words: bash, zsh, fish, powershell, elvish")
        .long_about("What a shell needs to complete words, names of --get among them.")
        .display_order(REPORTS.len() + 6);
    let man = ManArgs::augment_args(Command::new("man"))
        .about("The manual: a page of the program, and one of each command")
        .long_about("The manual: a page of the program, and one of each command. Pages in the folder are replaced.")
        .display_order(REPORTS.len() + 6);
    let verify = VerifyArgs::augment_args(Command::new("verify"))
        .about("Whether sealed logs are what was written")
        .long_about(verify::ABOUT)
        .after_long_help(verify::DETAILS)
        .display_order(REPORTS.len() + 2);
    #[cfg(feature = "serve")]
    let command = served(command);
    command
        .subcommand(without(diff::command(), diff::UNHEEDED).display_order(REPORTS.len() + 2))
        .subcommand(generate)
        .subcommand(without(watch::command(), watch::UNHEEDED).display_order(REPORTS.len() + 3))
        .subcommand(log)
        .subcommand(prune)
        .subcommand(verify)
        .subcommand(completions)
        .subcommand(man)
        .mut_subcommands(examples::shown)
}

/// The commands of the server.
#[cfg(feature = "serve")]
fn served(command: Command) -> Command {
    let serve = ServeArgs::augment_args(Command::new("serve"))
        .about("The dashboard in the browser, and the JSON API behind it")
        .long_about(serve::ABOUT)
        .after_long_help(serve::DETAILS)
        .display_order(REPORTS.len() + 2);
    let token = TokenArgs::augment_args(Command::new("token"))
        .about("Tokens that may ask a server started with --auth")
        .long_about(token::ABOUT)
        .display_order(REPORTS.len() + 2);
    command.subcommand(serve).subcommand(token)
}

/// Words about how an answer looks and what is in it.
const OF_ANSWERS: &[&str] = &[
    "format",
    "output",
    "force",
    "get",
    "every",
    "top",
    "page",
    "token",
    "owner",
    "reuse_grace",
    "memory_limit",
    "threads",
];

/// Words about what reports count, and how.
const OF_REPORTS: &[&str] = &[
    "get",
    "every",
    "top",
    "page",
    "token",
    "owner",
    "reuse_grace",
    "memory_limit",
    "threads",
    "tenant",
];

/// A command that takes the words of those that read logs, but for some of them.
fn without(command: Command, words: &[&str]) -> Command {
    let hide = |command: Command, word: &&str| command.mut_arg(word, |arg| arg.hide(true));
    words.iter().fold(command, hide)
}

/// Refuses words that a command does not take: what is passed over in silence would be taken for heeded.
fn refuse(command: &str, matches: &ArgMatches, words: &[&str]) -> Result<(), clap::Error> {
    let said = |word: &&&str| matches.value_source(word) == Some(ValueSource::CommandLine);
    match words.iter().find(said) {
        None => Ok(()),
        Some(word) => {
            let what = format!(
                "--{} is nothing that `{command}` heeds\n",
                word.replace('_', "-")
            );
            Err(clap::Error::raw(
                clap::error::ErrorKind::UnknownArgument,
                what,
            ))
        }
    }
}

/// Reads the words.
pub(super) fn parse(matches: &ArgMatches) -> Result<Asked, clap::Error> {
    match matches.subcommand() {
        Some(("watch", matches)) => Ok(Asked::Watch(WatchArgs::from_arg_matches(matches)?)),
        Some(("verify", matches)) => Ok(Asked::Verify(VerifyArgs::from_arg_matches(matches)?)),
        Some(("prune", matches)) => Ok(Asked::Prune(PruneArgs::from_arg_matches(matches)?)),
        #[cfg(feature = "serve")]
        Some(("serve", matches)) => Ok(Asked::Serve(ServeArgs::from_arg_matches(matches)?)),
        #[cfg(feature = "serve")]
        Some(("token", matches)) => Ok(Asked::Token(TokenArgs::from_arg_matches(matches)?)),
        Some(("log", matches)) => Ok(Asked::Log(LogArgs::parse(matches)?)),
        Some(("completions", matches)) => Ok(Asked::Completions(
            CompletionsArgs::from_arg_matches(matches)?,
        )),
        Some(("man", matches)) => Ok(Asked::Man(ManArgs::from_arg_matches(matches)?)),
        Some(("generate", matches)) => {
            Ok(Asked::Generate(GenerateArgs::from_arg_matches(matches)?))
        }
        Some(("events", matches)) => {
            refuse("events", matches, OF_ANSWERS)?;
            Ok(Asked::Events(ScanArgs::from_arg_matches(matches)?))
        }
        Some(("check", matches)) => {
            refuse("check", matches, OF_REPORTS)?;
            Ok(Asked::Check(ScanArgs::from_arg_matches(matches)?))
        }
        Some(("diff", matches)) => {
            refuse("diff", matches, diff::UNHEEDED)?;
            Ok(Asked::Diff(DiffArgs::from_arg_matches(matches)?))
        }
        Some((name, matches)) => Ok(Asked::Scan {
            name: name.to_owned(),
            args: ScanArgs::from_arg_matches(matches)?,
        }),
        None => Err(clap::Error::new(clap::error::ErrorKind::MissingSubcommand)),
    }
}
