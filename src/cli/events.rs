//! `authmeter events`: the lines of matching events.

use std::io::{self, Write};

use super::args::ScanArgs;
use super::scan::{exit, prepared, tell, tell_repeated};
use super::{Exit, Failure, Terminal};
use crate::engine;
use crate::read::Watch;

/// Prints the lines, and tells what could not be read.
pub(super) fn run(
    args: &ScanArgs,
    terminal: &Terminal,
    watch: fn() -> io::Result<Watch>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, Failure> {
    let scan = prepared("events", args, terminal, watch, err)?;
    let limit = args.limit.map(|limit| limit as u64);
    let account = engine::lines(&scan.plan, &scan.inputs, limit, out)?;
    tell_repeated(&scan.inputs, err);
    tell(&account, err);
    Ok(exit(&scan, &account, err))
}
