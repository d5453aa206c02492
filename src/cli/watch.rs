//! `authmeter watch`: logs while they grow, as a dashboard or a line a period, and the report at the end.

use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use clap::{Args, Command};

use super::args::ScanArgs;
use super::inputs::Followed;
use super::scan::{exit, prepared, tell, warn};
use super::settings::Scan;
use super::typed::typed;
use super::{Exit, Failure, Session, times};
use crate::event::{Timestamp, Visible};
use crate::live::watch::{Periods, Watching, board};
use crate::read::Watch;
use crate::render::thousands;

/// How often files are looked at.
const LOOK: Duration = Duration::from_millis(100);

/// What grows with the number of different texts takes no more, if nobody says otherwise: it may run for months.
const MEMORY: &str = "64MiB";

// No doc comment: clap would make it the help of the command.
#[derive(Args, Clone, Debug)]
pub(super) struct WatchArgs {
    /// Where standard output is no terminal: how often a line is printed
    #[arg(long, value_name = "LENGTH", default_value = "10s")]
    period: String,

    /// Print lines on a terminal, too, instead of drawing
    #[arg(long)]
    plain: bool,

    #[command(flatten)]
    scan: ScanArgs,
}

/// Words of a scan that mean nothing here.
pub(super) const UNHEEDED: &[&str] = &[
    "page",
    "token",
    "owner",
    "max_expand",
    "count_copies",
    "read",
];

/// The command, for the list of commands.
pub(super) fn command() -> Command {
    WatchArgs::augment_args(Command::new("watch"))
        .about("Logs while they grow: a live dashboard, or a line a period; the report at the end")
        .long_about(
            "Reads logs from their start and follows them while they grow: through renaming, recreation, truncation after a \
             copy, replacement, and links that are swapped. On a terminal it draws a dashboard; elsewhere it prints a line \
             a period. It ends with Ctrl-C, or with standard input where that is the only input, and prints the report of all \
             it has counted: the same as `authmeter report` over the same lines.\n\nA torn last line is held until its end \
             comes. Files that do not exist yet are waited for. Of folders and globs, the files are followed that are there at \
             the start. With --format other than table, the lines go to standard error, and standard output has the report \
             alone. Where --memory-limit is not given, it is 64MiB; what needs more is estimated, and says so.",
        )
}

/// Follows, and answers at the end.
pub(super) fn run(
    args: &WatchArgs,
    Session {
        terminal,
        watch,
        out,
        err,
    }: Session<'_>,
) -> Result<Exit, Failure> {
    let period = times::length(&args.period).map_err(|wrong| wrong.of("--period", &args.period))?;
    if period < LOOK {
        let what = format!("--period {}: the shortest is 100ms", args.period);
        return Err(Failure::Usage(what));
    }
    let mut words = args.scan.clone();
    words.memory_limit.get_or_insert_with(|| MEMORY.to_owned());
    if words.as_of == "last" {
        return Err(Failure::Usage(
            "--as-of last reads logs to their end, and these have none yet".to_owned(),
        ));
    }
    let mut scan = prepared("report", &words, terminal, watch, err)?;
    let Followed {
        files,
        stdin,
        unreadable,
    } = std::mem::take(&mut scan.gathered).followed();
    for (path, why) in unreadable {
        let name = path.display().to_string();
        warn(err, &format!("{}: {}", Visible(&name), Visible(&why)));
    }
    // Signals end the following, not the reading: what is there at the end is counted.
    let stop = std::mem::take(&mut scan.plan.reading.watch);
    let mut watching = Watching::new(scan.plan.clone(), files, stdin).map_err(Failure::workers)?;
    if terminal.stdout && !args.plain {
        let settings = board::Settings {
            zone: scan.plan.options.zone,
            colour: terminal.look.colour,
            meaning: &typed,
        };
        board::run(&mut watching, &stop, &settings)?;
    } else {
        let apart = scan.outputs.is_for_programs();
        let lines: &mut dyn Write = if apart { &mut *err } else { &mut *out };
        follow(&mut watching, &stop, period, lines)?;
    }
    let left = watching.left();
    if left > 0 {
        let left = thousands(left.div_ceil(1_000_000));
        warn(
            err,
            &format!("{left} MB are there and not counted yet; Ctrl-C ends without the report"),
        );
    }
    watching.finish();
    finish(&watching, &mut scan, out, err)
}

/// Prints a line a period until it is told to stop, or nothing more can come.
fn follow(
    watching: &mut Watching,
    stop: &Watch,
    period: Duration,
    lines: &mut dyn Write,
) -> Result<(), Failure> {
    let mut periods = Periods::default();
    let mut next = Instant::now() + period;
    while !stop.is_stopped() && !watching.is_over() {
        watching.poll();
        if Instant::now() >= next {
            next = (next + period).max(Instant::now());
            writeln!(lines, "{}", periods.line(watching, Timestamp::now()))?;
            lines.flush()?;
        }
        if !watching.is_behind() {
            thread::sleep(LOOK.min(next.saturating_duration_since(Instant::now())));
        }
    }
    Ok(())
}

/// The report of everything that was counted.
fn finish(
    watching: &Watching,
    scan: &mut Scan,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, Failure> {
    for state in watching.states() {
        if let Some(trouble) = state.trouble {
            let name = state.path.display().to_string();
            warn(err, &format!("{}: {}", Visible(&name), Visible(&trouble)));
        }
    }
    let answer = watching.answer();
    tell(&answer.account, err);
    scan.outputs.write(&answer.document, out)?;
    Ok(exit(scan, &answer.account, err))
}
