//! The lines themselves: those of events that count, as they stand in the input, in its order.
//!
//! One worker reads, so that the order is that of the input and reading ends with the last line that is wanted. A chunk's
//! lines are decoded grouped by shape, and sorted by their places before they are written.

use std::io::{self, Write};
use std::ops::Range;

use super::account::Tally;
use super::sift::{Sift, extend_by};
use super::{Account, Interruption, Plan, Times};
use crate::event::{Event, FieldSet, Timestamp};
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
) -> io::Result<Passed> {
    let reading = plan.reading_for(FieldSet::EMPTY);
    reading.watch.begin(inputs.size());
    let mut passing = Passing {
        sift: Sift::new(&plan.filter),
        window: None,
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
    Ok(Passed {
        at_any_time: passing.sift.at_any_time(passing.window),
        account: passing
            .account
            .finish(names, &repeated, interruption, plan.audience),
    })
}

/// What became of the lines.
#[derive(Debug)]
pub struct Passed {
    /// What the input was, with the places of what could not be read.
    pub account: Account,
    /// Times of the first and the last event that the filter lets pass, were it not for its window.
    pub at_any_time: Option<(Timestamp, Timestamp)>,
}

struct Passing<'p> {
    sift: Sift,
    window: Times,
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
        let kept = self.sift.sift(batch);
        self.account.filtered(input, (batch.len() - kept) as u64);
        let batch = &batch[..kept];
        let dated = extend_by(&mut self.window, batch);
        self.account.events(input, kept as u64, dated);
        for event in batch {
            let start = self.text.len();
            self.text.extend_from_slice(event.line);
            self.text.push(b'\n');
            let place = start..self.text.len();
            self.places.push((event.position.offset, place));
        }
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
