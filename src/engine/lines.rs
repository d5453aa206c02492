//! The lines themselves: those of events that count, as they stand in the input, in its order.
//!
//! One worker reads, so that the order is that of the input and reading ends with the last line that is wanted. A chunk's
//! lines are decoded grouped by shape, and sorted by their places before they are written.

use std::io::{self, Write};
use std::ops::Range;

use super::account::Tally;
use super::{Account, Interruption, Plan};
use crate::event::{Event, KINDS};
use crate::filter::{Filter, Verdict};
use crate::read::{ChunkAccount, Consumer, Inputs, Rejected, Watch, read};

/// Writes the line of each event that the plan's filter lets pass, each with a newline, at most so many; then stops
/// reading. The plan's reports are not made.
///
/// # Errors
///
/// Those of `out`; nothing is read any more then.
pub fn lines(
    plan: &Plan,
    inputs: &Inputs,
    limit: Option<u64>,
    out: &mut dyn Write,
) -> io::Result<Account> {
    let mut reading = plan.reading.clone();
    let looked_at = plan.filter.fields();
    KINDS
        .iter()
        .for_each(|row| reading.wanted.add(row.kind, looked_at));
    reading.watch.begin(inputs.size());
    let mut passing = Passing {
        filter: &plan.filter,
        left: limit.unwrap_or(u64::MAX),
        watch: &reading.watch,
        account: Tally::new(inputs.names().len()),
        text: Vec::new(),
        places: Vec::new(),
        out,
        ended: None,
    };
    if passing.left > 0 {
        read(inputs, &reading, &mut passing);
    }
    let interruption = match passing.ended {
        Some(Ended::Broken(error)) => return Err(error),
        Some(Ended::Full) => None,
        None => Interruption::of(&reading.watch),
    };
    let (names, repeated) = (inputs.names(), inputs.repeated());
    Ok(passing
        .account
        .finish(names, &repeated, interruption, plan.audience))
}

struct Passing<'p> {
    filter: &'p Filter,
    /// How many more lines are wanted.
    left: u64,
    watch: &'p Watch,
    account: Tally,
    /// Lines of the chunk, in no order.
    text: Vec<u8>,
    /// Where they stand: in the input, and in `text`.
    places: Vec<(u64, Range<usize>)>,
    out: &'p mut dyn Write,
    ended: Option<Ended>,
}

/// Why nothing more is read.
enum Ended {
    Full,
    Broken(io::Error),
}

impl Consumer for Passing<'_> {
    fn events(&mut self, batch: &mut [Event<'_>]) {
        let input = batch.first().map_or(0, |event| event.position.input);
        let (mut passed, mut dated) = (0, 0);
        for event in &*batch {
            if self.filter.judge(event) == Verdict::Passes {
                let start = self.text.len();
                self.text.extend_from_slice(event.line);
                self.text.push(b'\n');
                let place = start..self.text.len();
                self.places.push((event.position.offset, place));
                passed += 1;
                dated += u64::from(event.time.is_some());
            }
        }
        self.account.events(input, passed, dated);
        self.account.filtered(input, batch.len() as u64 - passed);
    }

    fn reject(&mut self, rejected: Rejected<'_>) {
        self.account.reject(&rejected);
    }

    fn chunk(&mut self, chunk: ChunkAccount) {
        self.account.chunk(chunk);
        self.places.sort_unstable_by_key(|(place, _)| *place);
        for (_, line) in self.places.drain(..) {
            if self.ended.is_some() {
                break;
            }
            if let Err(error) = self.out.write_all(&self.text[line]) {
                self.ended = Some(Ended::Broken(error));
            }
            self.left -= 1;
            if self.left == 0 {
                self.ended.get_or_insert(Ended::Full);
            }
        }
        self.text.clear();
        if self.ended.is_some() {
            self.watch.stop();
        }
    }

    fn trouble(&mut self, input: u32, what: String) {
        self.account.trouble(input, what);
    }
}
