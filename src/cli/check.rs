//! `authmeter check`: what is wrong with a log.

use super::args::ScanArgs;
use super::scan::{exit, nothing_found, prepared, tell_repeated, tell_troubles, warn};
use super::{Exit, Failure, Session, progress};
use crate::engine;

/// Checks, prints what was found, and says by the exit code whether something was.
pub(super) fn run(
    args: &ScanArgs,
    Session {
        terminal,
        watch,
        out,
        err,
    }: Session<'_>,
) -> Result<Exit, Failure> {
    let mut scan = prepared("check", args, terminal, watch, err)?;
    scan.plan.options.limit = args.limit.unwrap_or(FINDINGS);
    let run = || engine::check(&scan.plan, &scan.inputs);
    let (answer, findings) = match terminal.stderr {
        true => progress::shown(&scan.plan.reading.watch, run),
        false => run(),
    };
    tell_repeated(&scan.inputs, err);
    tell_troubles(&answer.account, err);
    if let Some(what) = nothing_found(&scan, &answer.account, answer.at_any_time) {
        warn(err, &what);
    }
    scan.outputs.write(&answer.document, out)?;
    Ok(match exit(&scan, &answer.account, err) {
        Exit::Done if findings > 0 => Exit::Found,
        exit => exit,
    })
}

/// Findings that are shown if nobody says how many: more than anybody reads, in little memory.
const FINDINGS: usize = 1000;
