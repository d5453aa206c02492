//! Commands that read logs: `report`, and one for each report.

use std::io::{self, Write};
use std::sync::Arc;

use indicatif::DecimalBytes;

use super::args::ScanArgs;
use super::settings::Scan;
use super::{Exit, Failure, Session, Terminal, progress, say};
use crate::engine::{self, Account, Answer, Audience, Interruption, RejectedLine};
use crate::event::{Local, Timestamp, Visible};
use crate::read::{Inputs, Repeated, Watch};

/// Reads, answers, and tells what could not be read.
pub(super) fn run(
    command: &str,
    args: &ScanArgs,
    Session {
        terminal,
        watch,
        out,
        err,
    }: Session<'_>,
) -> Result<Exit, Failure> {
    let mut scan = prepared(command, args, terminal, watch, err)?;
    let answer = answer(&scan, terminal)?;
    tell_repeated(&scan.inputs, err);
    tell(&answer.account, err);
    if let Some(what) = nothing_found(&scan, &answer.account, answer.at_any_time) {
        warn(err, &what);
    }
    scan.outputs.write(&answer.document, out)?;
    Ok(exit(&scan, &answer.account, err))
}

/// Gives words their meaning, and says what there is to say before anything is read.
pub(super) fn prepared(
    command: &str,
    args: &ScanArgs,
    terminal: &Terminal,
    watch: fn() -> io::Result<Watch>,
    err: &mut dyn Write,
) -> Result<Scan, Failure> {
    let watch = watch();
    let trouble = watch.as_ref().err().map(ToString::to_string);
    let watch = Arc::new(watch.unwrap_or_default());
    let mut scan = Scan::new(command, args, terminal, &watch)?;
    for remark in scan.remarks() {
        warn(err, remark);
    }
    if let Some(trouble) = trouble {
        warn(
            err,
            &format!("an interruption will lose the answer: {trouble}"),
        );
    }
    scan.look_ahead()?;
    Ok(scan)
}

/// How a scan ended, after what has to be said of its end.
pub(super) fn exit(scan: &Scan, account: &Account, err: &mut dyn Write) -> Exit {
    let bad = account.total.malformed + account.total.not_an_object;
    let allowed = scan.max_bad.filter(|most| bad > *most);
    if let Some(most) = allowed {
        warn(
            err,
            &match account.audience {
                Audience::Operator => format!("bad lines: {bad}, allowed: {most}"),
                _ => "there are more bad lines than allowed".to_owned(),
            },
        );
    }
    let unread = account.inputs.iter().any(|input| input.trouble.is_some());
    let interruption = account.interruption;
    if let Some(interruption) = interruption {
        warn(
            err,
            &match account.audience {
                Audience::Operator => interrupted(interruption),
                _ => "interrupted: the answer is of what was read so far".to_owned(),
            },
        );
    }
    if unread || allowed.is_some() || interruption.is_some() {
        Exit::Incomplete
    } else {
        Exit::Done
    }
}

fn answer(scan: &Scan, terminal: &Terminal) -> Result<Answer, Failure> {
    answer_in_parts(scan, terminal, 0)
}

/// The answer, and those of so many parts of the events.
pub(super) fn answer_in_parts(
    scan: &Scan,
    terminal: &Terminal,
    parts: usize,
) -> Result<Answer, Failure> {
    let run = || engine::run_in_parts(&scan.plan, &scan.inputs, parts);
    // How large the log is, and how many lines it has, is not everybody's business.
    let answer = if terminal.stderr && scan.plan.audience == Audience::Operator {
        progress::shown(&scan.plan.reading.watch, run)
    } else {
        run()
    };
    answer.map_err(Failure::workers)
}

/// What to say where events were read and none counts: an empty answer would be taken for a quiet log.
pub(super) fn nothing_found(
    scan: &Scan,
    account: &Account,
    at_any_time: Option<(Timestamp, Timestamp)>,
) -> Option<String> {
    let filter = &scan.plan.filter;
    let total = &account.total;
    if total.events > 0 || filter.is_open() || scan.plan.audience == Audience::Owner {
        return None;
    }
    let zone = scan.plan.options.zone;
    let shown = |time: Timestamp| Local {
        time,
        offset: zone.offset(time.seconds()),
    };
    if let Some((first, last)) = at_any_time {
        let (first, last) = (shown(first), shown(last));
        return Some(format!(
            "no events in this window; the log has such events from {first} to {last}"
        ));
    }
    let read = match scan.plan.audience {
        Audience::Operator => format!(", of {} read", total.filtered),
        _ => String::new(),
    };
    (total.filtered > 0 || scan.plan.audience != Audience::Operator)
        .then(|| format!("no event passes the filters{read}"))
}

/// Says what stands in several inputs.
pub(super) fn tell_repeated(inputs: &Inputs, err: &mut dyn Write) {
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

/// Says which inputs could not be read, or not to their end.
pub(super) fn tell_troubles(account: &Account, err: &mut dyn Write) {
    for input in &account.inputs {
        if let Some(trouble) = &input.trouble {
            let name = Visible(&input.name);
            say(err, "error", &format!("{name}: {}", Visible(trouble)));
        }
    }
}

/// Says what could not be read, with place and reason: the first lines of each sort, then how many there were.
pub(super) fn tell(account: &Account, err: &mut dyn Write) {
    tell_troubles(account, err);
    let told = |_: &&RejectedLine| account.audience == Audience::Operator;
    for rejected in account.rejected.iter().filter(told) {
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
    if account.audience != Audience::Operator {
        if total.malformed + total.not_an_object > 0 {
            let what = "there are lines that are no events; they belong to nobody and are not told of here";
            warn(err, what);
        }
        return;
    }
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

pub(super) fn warn(err: &mut dyn Write, what: &str) {
    say(err, "warning", what);
}
