//! `authmeter check`: what is wrong with a log.

use std::io::{self, Write};

use super::args::ScanArgs;
use super::scan::{exit, prepared, tell_repeated, tell_troubles};
use super::{Exit, Failure, Terminal, progress};
use crate::engine::{self, Audience};
use crate::read::Watch;

/// Checks, prints what was found, and says by the exit code whether something was.
pub(super) fn run(
    args: &ScanArgs,
    terminal: &Terminal,
    watch: fn() -> io::Result<Watch>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, Failure> {
    let mut scan = prepared("check", args, terminal, watch, err)?;
    if scan.plan.audience != Audience::Operator {
        let what = "check tells of every line, and so not for one tenant; leave --tenant out";
        return Err(Failure::Usage(what.to_owned()));
    }
    scan.plan.options.limit = args.limit.unwrap_or(FINDINGS);
    let run = || engine::check(&scan.plan, &scan.inputs);
    let answer = match terminal.stderr {
        true => progress::shown(&scan.plan.reading.watch, run),
        false => run(),
    };
    tell_repeated(&scan.inputs, err);
    tell_troubles(&answer.account, err);
    scan.outputs.write(&answer.document, out)?;
    let found = engine::findings(&answer.document) > 0;
    Ok(match exit(&scan, &answer.account, err) {
        Exit::Done if found => Exit::Found,
        exit => exit,
    })
}

/// Findings that are shown if nobody says how many: more than anybody reads, in little memory.
const FINDINGS: usize = 1000;
