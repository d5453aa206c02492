//! Commands that read logs: `report`, and one for each report.

use std::io::{self, Write};
use std::sync::Arc;

use indicatif::DecimalBytes;

use super::args::ScanArgs;
use super::settings::Scan;
use super::{Exit, Failure, Terminal, progress, say};
use crate::engine::{self, Account, Answer, Interruption, Plan};
use crate::event::Visible;
use crate::read::{Inputs, Repeated, Watch};

/// Reads, answers, and tells what could not be read.
pub(super) fn run(
    command: &str,
    args: &ScanArgs,
    terminal: &Terminal,
    watch: fn() -> io::Result<Watch>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, Failure> {
    let mut scan = Scan::new(command, args, terminal)?;
    for remark in &scan.remarks {
        warn(err, remark);
    }
    match watch() {
        Ok(watch) => scan.plan.reading.watch = Arc::new(watch),
        Err(error) => warn(
            err,
            &format!("an interruption will lose the answer: {error}"),
        ),
    }
    // An hour's scan must not end with a path that cannot be written.
    let outputs = scan.outputs.open()?;
    let answer = answer(&scan.plan, &scan.inputs, terminal)?;
    tell_repeated(&scan.inputs, err);
    tell(&answer.account, err);
    outputs.write(&answer.document, out)?;
    let bad = answer.account.total.malformed + answer.account.total.not_an_object;
    let allowed = scan.max_bad.filter(|most| bad > *most);
    if let Some(most) = allowed {
        warn(err, &format!("bad lines: {bad}, allowed: {most}"));
    }
    let unread = answer
        .account
        .inputs
        .iter()
        .any(|input| input.trouble.is_some());
    let interruption = answer.account.interruption;
    if let Some(interruption) = interruption {
        warn(err, &interrupted(interruption));
    }
    Ok(if unread || allowed.is_some() || interruption.is_some() {
        Exit::Incomplete
    } else {
        Exit::Done
    })
}

fn answer(plan: &Plan, inputs: &Inputs, terminal: &Terminal) -> Result<Answer, Failure> {
    let run = || engine::run(plan, inputs);
    let answer = if terminal.stderr {
        progress::shown(&plan.reading.watch, run)
    } else {
        run()
    };
    answer
        .map_err(|error| Failure::Fault(format!("cannot start {} workers: {error}", plan.threads)))
}

/// Says what stands in several inputs.
fn tell_repeated(inputs: &Inputs, err: &mut dyn Write) {
    let name = |index: u32| Visible(&inputs.names()[index as usize]);
    for Repeated { input, of, whole } in inputs.repeated() {
        let (input, of) = (name(input), name(of));
        warn(
            err,
            &match whole {
                true => {
                    format!("{input}: the same content as {of}, read once (see --count-copies)")
                }
                false => format!(
                    "{input}: {of} begins with all of it, which is counted twice; leave one of them out"
                ),
            },
        );
    }
}

/// Says what could not be read, with place and reason: the first lines of each sort, then how many there were.
fn tell(account: &Account, err: &mut dyn Write) {
    for input in &account.inputs {
        if let Some(trouble) = &input.trouble {
            let name = Visible(&input.name);
            say(err, "error", &format!("{name}: {}", Visible(trouble)));
        }
    }
    for rejected in &account.rejected {
        let (input, reason) = (Visible(&rejected.input), Visible(&rejected.reason));
        let what = rejected.sort.replace('_', " ");
        warn(
            err,
            &format!(
                "{input}:{}: {what} at byte {}: {reason}",
                rejected.line, rejected.byte
            ),
        );
    }
    let total = &account.total;
    if total.malformed + total.not_an_object > account.rejected.len() as u64 {
        let (malformed, other) = (total.malformed, total.not_an_object);
        warn(
            err,
            &format!(
                "bad lines in all: {malformed} malformed, {other} not an object; the first of each input are above"
            ),
        );
    }
}

fn interrupted(Interruption { read, unread }: Interruption) -> String {
    let of = unread.map(|unread| format!(" of {}", DecimalBytes(read.saturating_add(unread))));
    format!(
        "interrupted: the answer is of what was read so far, {}{}",
        DecimalBytes(read),
        of.unwrap_or_default()
    )
}

fn warn(err: &mut dyn Write, what: &str) {
    say(err, "warning", what);
}
