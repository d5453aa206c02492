//! Two writers in one process, in turns, without a clock between their calls: what an event costs on average, and how
//! many times what it costs with the other.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Place;
use crate::check;
use crate::event::{Events, FIRST};
use crate::load::{Pace, Share};
use crate::peer::{Entry, Open, Peer as _, Result};
use crate::peers::authmeter;

/// One of the two.
struct Side {
    writer: Box<dyn Open>,
    path: PathBuf,
    place: Place,
    dropped: u64,
    /// Nanoseconds an event took on average, turn by turn.
    costs: Vec<f64>,
}

impl Side {
    fn open(entry: &Entry, folder: &Path) -> Result<Side> {
        let place = Place::new(folder, entry.name)?;
        Ok(Side {
            writer: entry.open(&place.path())?,
            path: place.path(),
            place,
            dropped: 0,
            costs: Vec::new(),
        })
    }

    /// Emits so many events, then holds what is in the file against them and empties it.
    fn turn(&mut self, events: u64) -> Result<()> {
        let numbers = FIRST..FIRST + events;
        let began = Instant::now();
        self.writer.drive(Share {
            numbers: numbers.clone(),
            warm_up: 0,
            pace: Pace::Untimed(Duration::MAX),
            yields: false,
            start: &Barrier::new(1),
        });
        self.costs
            .push(began.elapsed().as_nanos() as f64 / events as f64);
        // A seal may be on its way, of which only a part can be seen yet.
        let read = || check::read_back(&self.path, std::slice::from_ref(&numbers), 0);
        let found = read().or_else(|_| {
            std::thread::sleep(Duration::from_millis(5));
            read()
        })?;
        self.dropped += events - found.events;
        std::fs::File::options()
            .write(true)
            .open(&self.path)?
            .set_len(0)?;
        Ok(())
    }
}

/// `turns` turns of two writers for which an event is in the file when the call returns.
pub(crate) fn versus(
    one: &Entry,
    other: &Entry,
    folder: &Path,
    turns: usize,
    events: u64,
) -> Result<Value> {
    let mut sides = [Side::open(one, folder)?, Side::open(other, folder)?];
    for turn in 0..=turns {
        // Who follows whom makes no difference on average; the first turn warms up.
        for side in 0..2 {
            sides[(turn + side) % 2].turn(events)?;
        }
        if turn == 0 {
            sides.iter_mut().for_each(|side| side.costs.clear());
        }
    }
    let [one, other] = sides;
    let ratios: Vec<f64> = one
        .costs
        .iter()
        .zip(&other.costs)
        .map(|(one, other)| one / other)
        .collect();
    let answer = json!({
        "nanoseconds": [median(&one.costs), median(&other.costs)],
        "ratio": quartiles(&ratios),
        "dropped": [one.dropped, other.dropped],
    });
    for side in [one, other] {
        side.writer.close()?;
        drop(side.place);
    }
    Ok(answer)
}

/// What is asked of a writer that is switched off costs, in nanoseconds: an event with all its fields, a call without
/// any, and the loop around them.
pub(crate) fn disabled(turns: usize, events: u64) -> Result<Value> {
    let writer = authmeter::disabled()?;
    let mut emit = writer.emitter();
    let all = Events::all();
    let (mut event, mut call, mut empty) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..turns {
        event.push(cost(events, |number| emit(black_box(all.get(number)))));
        call.push(cost(events, |_| writer.call_without_fields()));
        empty.push(cost(events, |number| {
            black_box(number);
        }));
    }
    Ok(json!({"event": median(&event), "call": median(&call), "loop": median(&empty)}))
}

/// What one of so many calls takes on average, in nanoseconds.
fn cost(calls: u64, mut call: impl FnMut(u64)) -> f64 {
    let began = Instant::now();
    for number in FIRST..FIRST + calls {
        call(number);
    }
    began.elapsed().as_nanos() as f64 / calls as f64
}

fn median(values: &[f64]) -> f64 {
    quartiles(values)[1]
}

/// The quarter, the middle and the three quarters of the values in their order.
fn quartiles(values: &[f64]) -> [f64; 3] {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[values.len() * quarter / 4])
}
