//! The command line: words in, exit code out. Everything the program knows of its surroundings comes in through
//! [`Surroundings`].

mod args;
mod as_of;
mod check;
mod complete;
mod diff;
mod events;
mod examples;
mod filters;
mod generate;
mod identity;
mod inputs;
mod interrupt;
mod log;
mod look;
mod made;
mod output;
mod progress;
mod prune;
mod scan;
#[cfg(feature = "serve")]
mod serve;
mod settings;
mod times;
#[cfg(feature = "serve")]
mod token;
mod typed;
mod verify;
mod watch;
mod wrong;

use std::ffi::OsString;
use std::io::{self, Write};

use crate::read::Watch;
use crate::render::Look;
pub use examples::{EXAMPLES, Example};
pub use interrupt::interruptible;

/// What the program is run in.
pub struct Surroundings<'a> {
    /// Program name and arguments.
    pub args: Vec<OsString>,
    /// What it is connected to.
    pub terminal: Terminal,
    /// What ends a scan early: [`interruptible`] by signals, or `|| Ok(Watch::default())` by nothing.
    pub watch: fn() -> io::Result<Watch>,
    /// Where the answer goes.
    pub out: &'a mut dyn Write,
    /// Where everything else goes.
    pub err: &'a mut dyn Write,
}

/// What the standard streams are connected to.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// Whether standard input is a terminal.
    pub stdin: bool,
    /// Whether standard output is one that can be drawn on.
    pub stdout: bool,
    /// Whether standard error is a terminal.
    pub stderr: bool,
    /// Columns of the terminal that standard output is, or what is assumed where it is none.
    pub width: u16,
    /// What standard output can show, before `--color` is heard.
    pub look: Look,
}

/// What a command that reads logs is run in.
struct Session<'a> {
    terminal: &'a Terminal,
    /// What ends it early.
    watch: fn() -> io::Result<Watch>,
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
}

impl Terminal {
    /// Columns assumed where standard output is no terminal: wide enough for every table.
    pub const PIPE_WIDTH: u16 = 120;

    /// What standard output can show: whether it is a terminal, and what environment variables say of it.
    pub fn look(is_terminal: bool, variable: impl Fn(&str) -> Option<OsString>) -> Look {
        look::known(is_terminal, variable)
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Done, and found what was looked for: `check` or `verify` something wrong, `diff --fail` a change.
    Found = 1,
    /// The words made no sense.
    Usage = 2,
    /// Done, but some input could not be read, too many lines were bad, or it was interrupted.
    Incomplete = 3,
    /// A fault of this program, or nowhere to write to.
    Fault = 4,
}

/// Why a run could not be done.
pub(crate) enum Failure {
    /// The words made no sense.
    Usage(String),
    /// The answer could not be written.
    Output(io::Error),
    /// A fault of this program.
    Fault(String),
}

impl Failure {
    /// The system cannot start the workers.
    #[allow(clippy::needless_pass_by_value)]
    fn workers(error: rayon::ThreadPoolBuildError) -> Failure {
        Failure::Fault(format!("cannot start the workers: {error}"))
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Output(error)
    }
}

/// Runs the program.
pub fn run(surroundings: Surroundings<'_>) -> Exit {
    let Surroundings {
        args,
        mut terminal,
        watch,
        out,
        err,
    } = surroundings;
    let mut out = io::BufWriter::new(out);
    let asked = args::command()
        .try_get_matches_from(args)
        .and_then(|matches| {
            terminal.look = look::wanted(terminal.look, &matches);
            args::parse(&matches)
        });
    let session = Session {
        terminal: &terminal,
        watch,
        out: &mut out,
        err: &mut *err,
    };
    let result = match asked {
        Ok(args::Asked::Scan { name, args }) => scan::run(&name, &args, session),
        Ok(args::Asked::Events(args)) => events::run(&args, session),
        Ok(args::Asked::Check(args)) => check::run(&args, session),
        Ok(args::Asked::Diff(args)) => diff::run(&args, session),
        Ok(args::Asked::Prune(args)) => prune::run(&args, session),
        Ok(args::Asked::Verify(args)) => verify::run(&args, session),
        Ok(args::Asked::Watch(args)) => watch::run(&args, session),
        Ok(args::Asked::Log(args)) => log::run(&args, session.err),
        Ok(args::Asked::Completions(args)) => {
            complete::completions(&args, args::command(), session.out)
        }
        Ok(args::Asked::Man(args)) => complete::man(&args, args::command(), session.out),
        #[cfg(feature = "serve")]
        Ok(args::Asked::Serve(args)) => serve::run(&args, session),
        #[cfg(feature = "serve")]
        Ok(args::Asked::Token(args)) => token::run(&args, session),
        Ok(args::Asked::Generate(args)) => generate::run(&args, session.out),
        Err(error) => explain(&error, session.out, session.err),
    };
    let result = result.and_then(|exit| Ok(out.flush().map(|()| exit)?));
    match result {
        Ok(exit) => exit,
        // Whoever reads the output has seen enough.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
        Err(Failure::Output(error)) => complain(
            err,
            &format!("cannot write the output: {error}"),
            Exit::Fault,
        ),
        Err(Failure::Usage(what)) => complain(err, &what, Exit::Usage),
        Err(Failure::Fault(what)) => complain(err, &what, Exit::Fault),
    }
}

/// Prints help to `out`, or what is wrong with the words to `err`.
fn explain(error: &clap::Error, out: &mut dyn Write, err: &mut dyn Write) -> Result<Exit, Failure> {
    let text = error.render();
    if error.use_stderr() {
        let _ = write!(err, "{text}");
        return Ok(Exit::Usage);
    }
    write!(out, "{text}")?;
    Ok(Exit::Done)
}

fn complain(err: &mut dyn Write, what: &str, exit: Exit) -> Exit {
    say(err, "error", what);
    exit
}

/// One line on standard error.
fn say(err: &mut dyn Write, weight: &str, what: &str) {
    // There is nowhere left to say that standard error is closed.
    let _ = writeln!(err, "authmeter: {weight}: {what}");
}
