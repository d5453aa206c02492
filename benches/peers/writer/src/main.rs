//! One writer under one load: emits, closes, reads the file back, and only then tells how long it all took.
//!
//! ```text
//! writers list                                          the writers, as JSON
//! writers run WRITER PACE [OPTION...] FOLDER            one of them
//!     PACE: burst | paced | timed | untimed
//!     --threads N     --events N (of all threads)     --rate N (a second, of all threads)     --seconds S
//! writers versus WRITER WRITER [OPTION...] FOLDER       two in turns: --turns N     --events N (a turn)
//! writers disabled [OPTION...] FOLDER                   a writer that is switched off
//! ```
//!
//! Prints one JSON object. `run` beside this package asks for all of it and makes the tables.

mod check;
mod event;
mod load;
mod peer;
mod peers;
mod versus;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use check::Found;
use event::{FIRST, MOST};
use load::{Pace, Share, Spent};
use peer::{ENTRIES, Entry, Result};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match answer(&words) {
        Ok(answer) => {
            println!("{answer}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("writers: {error}");
            ExitCode::FAILURE
        }
    }
}

fn answer(words: &[String]) -> Result<Value> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["list"] => Ok(list()),
        ["run", name, pace, ref rest @ ..] => run(peer::find(name)?, &Load::read(pace, rest)?),
        ["versus", one, other, ref rest @ ..] => {
            let load = Load::read("untimed", rest)?;
            versus::versus(
                peer::find(one)?,
                peer::find(other)?,
                &load.folder,
                load.turns,
                load.events,
            )
        }
        ["disabled", ref rest @ ..] => {
            let load = Load::read("untimed", rest)?;
            versus::disabled(load.turns, load.events)
        }
        _ => Err("list, run, versus or disabled; src/main.rs says more".into()),
    }
}

fn list() -> Value {
    ENTRIES
        .iter()
        .map(|entry| {
            json!({
                "name": entry.name,
                "package": entry.package,
                "title": entry.title,
                "returns": entry.returns,
            })
        })
        .collect()
}

/// What is asked of a writer.
struct Load {
    pace: String,
    threads: u64,
    events: u64,
    rate: u64,
    seconds: f64,
    turns: usize,
    folder: PathBuf,
}

impl Load {
    fn read(pace: &str, words: &[&str]) -> Result<Load> {
        let mut load = Load {
            pace: pace.to_owned(),
            threads: 1,
            events: 1_000_000,
            rate: 100_000,
            seconds: 5.0,
            turns: 11,
            folder: PathBuf::new(),
        };
        let (folder, options) = words.split_last().ok_or("a folder comes last")?;
        load.folder = PathBuf::from(folder);
        for pair in options.chunks(2) {
            match *pair {
                ["--threads", value] => load.threads = number(value)?,
                ["--events", value] => load.events = number(value)?,
                ["--rate", value] => load.rate = number(value)?,
                ["--seconds", value] => load.seconds = number(value)?,
                ["--turns", value] => load.turns = number(value)?,
                _ => return Err(format!("{pair:?} is no option with its value").into()),
            }
        }
        if load.threads == 0 || load.turns == 0 || load.events > MOST {
            return Err(format!("no threads, no turns, or more than {MOST} events").into());
        }
        Ok(load)
    }

    /// The pace of one of the threads.
    fn pace(&self, thread: u64) -> Result<Pace> {
        let time = Duration::from_secs_f64(self.seconds);
        Ok(match &*self.pace {
            "burst" => Pace::Burst,
            "paced" => {
                let every = Duration::from_secs(1) / u32::try_from(self.rate)?;
                Pace::Every {
                    interval: every * u32::try_from(self.threads)?,
                    offset: Duration::from_millis(1) + every * u32::try_from(thread)?,
                }
            }
            "timed" => Pace::For(time),
            "untimed" => Pace::Untimed(time),
            other => return Err(format!("no pace is called {other:?}").into()),
        })
    }

    fn numbers(&self, thread: u64) -> std::ops::Range<u64> {
        let each = self.events / self.threads;
        FIRST + thread * each..FIRST + (thread + 1) * each
    }
}

fn number<T: FromStr<Err: std::error::Error + 'static>>(word: &str) -> Result<T> {
    Ok(word.parse()?)
}

/// Events of each thread before the start.
const WARM_UP: u64 = 1_000;

fn run(entry: &Entry, load: &Load) -> Result<Value> {
    let place = Place::new(&load.folder, entry.name)?;
    let path = place.path();
    let paces: Vec<Pace> = (0..load.threads)
        .map(|thread| load.pace(thread))
        .collect::<Result<_>>()?;
    let cores = std::thread::available_parallelism()?.get() as u64;
    let warm_up = if load.pace == "timed" { 1 } else { WARM_UP };
    let start = Barrier::new(paces.len() + 1);
    let writer = entry.open(&path)?;
    let (cpu, mut spent) = std::thread::scope(|scope| -> Result<_> {
        let threads: Vec<_> = (0..load.threads)
            .zip(paces)
            .map(|(thread, pace)| {
                let share = Share {
                    numbers: load.numbers(thread),
                    warm_up,
                    pace,
                    // The writer's own thread wants a processor, too.
                    yields: load.threads >= cores,
                    start: &start,
                };
                // By this name profiles tell callers from the rest.
                let thread = std::thread::Builder::new().name("caller".to_owned());
                thread.spawn_scoped(scope, || writer.drive(share))
            })
            .collect::<std::io::Result<_>>()?;
        let cpu = processor_time();
        start.wait();
        let spent: Vec<Spent> = threads
            .into_iter()
            .map(|thread| thread.join().expect("no panic"))
            .collect();
        Ok((cpu?, spent))
    })?;
    let counted = writer.close()?;
    // From the first event of any thread: this one may be woken late.
    let began = spent.iter().map(|spent| spent.began).min();
    let seconds = began.unwrap_or_else(Instant::now).elapsed().as_secs_f64();
    let cpu = processor_time()? - cpu;

    let emitted: Vec<_> = (0..load.threads)
        .zip(&spent)
        .map(|(thread, spent)| {
            let first = load.numbers(thread).start;
            first..first + spent.emitted
        })
        .collect();
    let found = match entry.returns {
        "nowhere" => Found {
            events: spent.iter().map(|spent| spent.emitted).sum(),
            warm_up: warm_up * load.threads,
            ..Found::default()
        },
        _ => check::read_back(&path, &emitted, warm_up)?,
    };
    let emitted: u64 = spent.iter().map(|spent| spent.emitted).sum();
    let lost = emitted - found.events;
    if entry.accounts && counted != Some(lost) {
        return Err(format!(
            "{lost} of {emitted} events are not in the file, and the writer says {counted:?}"
        )
        .into());
    }
    let before = (warm_up * load.threads).min(emitted);
    let calls: Vec<u32> = spent
        .iter_mut()
        .flat_map(|spent| std::mem::take(&mut spent.calls))
        .collect();
    let due: Vec<u32> = spent
        .iter_mut()
        .flat_map(|spent| std::mem::take(&mut spent.due))
        .collect();
    Ok(json!({
        "emitted": emitted,
        "written": found.events,
        "lost": lost,
        "counted": counted,
        "remarks": found.remarks,
        "bytes": found.bytes,
        "seconds": seconds,
        "rate": (found.events - found.warm_up) as f64 / seconds,
        "cpu": cpu / (emitted - before).max(1) as f64,
        "calls": distribution(calls),
        "due": distribution(due),
    }))
}

/// A folder for one writer's file and what it puts beside it, which goes with the value.
struct Place(PathBuf);

impl Place {
    fn new(folder: &Path, name: &str) -> Result<Place> {
        let folder = folder.join(format!("authmeter-writer-{name}"));
        std::fs::create_dir(&folder)?;
        Ok(Place(folder))
    }

    fn path(&self) -> PathBuf {
        self.0.join("auth.jsonl")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What is left of it is in the way of the next run, which says so.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Percentiles in nanoseconds, of values of which each was kept; `null` of none.
fn distribution(mut values: Vec<u32>) -> Value {
    values.sort_unstable();
    let Some(most) = values.last() else {
        return Value::Null;
    };
    // The least value that so many of a thousand do not exceed.
    let rank = |of_1000: usize| values[(values.len() * of_1000).div_ceil(1000).max(1) - 1];
    json!({"p50": rank(500), "p99": rank(990), "p99.9": rank(999), "max": most})
}

/// Processor time of all threads of this process so far, in nanoseconds; the kernel tells it in ticks of 10 ms.
fn processor_time() -> Result<f64> {
    let stat = std::fs::read_to_string(Path::new("/proc/self/stat"))?;
    let after_name = stat
        .rsplit(") ")
        .next()
        .ok_or("no name in /proc/self/stat")?;
    let field = |place: usize| -> Result<f64> {
        let word = after_name
            .split(' ')
            .nth(place)
            .ok_or("a short /proc/self/stat")?;
        number(word)
    };
    Ok((field(11)? + field(12)?) * 10_000_000.0)
}
