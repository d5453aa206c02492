//! `authmeter events`: the lines of matching events.

use super::args::ScanArgs;
use super::scan::{exit, nothing_found, prepared, tell, tell_repeated, warn};
use super::{Exit, Failure, Session};
use crate::engine::{self, Passed};

/// Prints the lines, and tells what could not be read.
pub(super) fn run(
    args: &ScanArgs,
    Session {
        terminal,
        watch,
        out,
        err,
    }: Session<'_>,
) -> Result<Exit, Failure> {
    let scan = prepared("events", args, terminal, watch, err)?;
    let limit = args.limit.map(|limit| limit as u64);
    let Passed {
        account,
        at_any_time,
    } = engine::lines(&scan.plan, &scan.inputs, limit, out)?;
    tell_repeated(&scan.inputs, err);
    tell(&account, err);
    if let Some(what) = nothing_found(&scan, &account, at_any_time) {
        warn(err, &what);
    }
    Ok(exit(&scan, &account, err))
}
