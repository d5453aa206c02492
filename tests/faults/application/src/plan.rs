//! What to emit, and how fast.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The arguments, all of the form `key=value`.
#[derive(Clone)]
pub(crate) struct Plan {
    /// `writer`: who this process is; the `userId` of its events.
    pub(crate) writer: String,
    /// `threads`: how many emit.
    pub(crate) threads: u32,
    /// `events`: how many each thread emits at most.
    pub(crate) events: u64,
    /// `pace`: microseconds each thread rests between two events.
    pub(crate) pace: Duration,
    /// `sizes`: how long the padding of an event is.
    pub(crate) sizes: Sizes,
    /// `call`: whether a call waits for the disk, whatever the delivery.
    pub(crate) call: Call,
    /// `diary`: the file that says which calls returned, see [`crate::diary`].
    pub(crate) diary: PathBuf,
    /// `stats`: a file for what the writer says of itself at the end.
    pub(crate) stats: Option<PathBuf>,
    /// `listens=yes`: does what standard input says, and does not end before it does.
    pub(crate) listens: bool,
    /// `end`: how the process ends.
    pub(crate) end: End,
    /// `after`: so many milliseconds after the start it ends, whatever its threads are doing then.
    pub(crate) after: Option<Duration>,
    /// `step`: the clock of events is set back and forth by so many seconds, again and again, see [`crate::clock`].
    pub(crate) step: Option<Duration>,
}

/// Ways to end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// `main` returns.
    Return,
    /// `main` returns an error, through `?`.
    Error,
    /// `main` panics.
    Panic,
    /// `process::exit`, on another thread than `main`'s.
    Exit,
    /// SIGTERM ends the threads, then `main` returns.
    Terminated,
    /// The process forks; both go on emitting for a while, and end by a return from `main`.
    Fork,
    /// `main` returns without its guard ever having been dropped.
    Forgotten,
}

/// How an event is emitted.
#[derive(Clone, Copy)]
pub(crate) enum Call {
    Emit,
    Durable,
}

/// Lengths of padding, in bytes.
#[derive(Clone, Copy)]
pub(crate) enum Sizes {
    /// Up to 50.
    Small,
    /// Mostly up to 200, sometimes more than a page of 4096, sometimes five pages.
    Mixed,
    /// About twelve pages: most of the time of a call is spent inside the write.
    Large,
}

impl Sizes {
    pub(crate) fn of(self, number: u64) -> u64 {
        match self {
            Sizes::Small => number % 50,
            Sizes::Large => 48_000 + number % 4_096,
            Sizes::Mixed if number % 31 == 5 => 20_000 + number % 1_000,
            Sizes::Mixed if number % 7 == 3 => 4_000 + number % 2_000,
            Sizes::Mixed => number % 200,
        }
    }
}

impl Plan {
    pub(crate) fn read(arguments: impl Iterator<Item = String>) -> Result<Plan, Box<dyn Error>> {
        let mut plan = Plan {
            writer: String::new(),
            threads: 1,
            events: u64::MAX,
            pace: Duration::ZERO,
            sizes: Sizes::Mixed,
            call: Call::Emit,
            diary: PathBuf::new(),
            stats: None,
            listens: false,
            end: End::Return,
            after: None,
            step: None,
        };
        for argument in arguments {
            let (key, value) = argument.split_once('=').ok_or("arguments are key=value")?;
            let word = |words: &[&str]| {
                let place = words.iter().position(|word| *word == value);
                place.ok_or_else(|| format!("no such {key}: {value}"))
            };
            match key {
                "writer" => plan.writer = value.to_owned(),
                "threads" => plan.threads = value.parse()?,
                "events" => plan.events = value.parse()?,
                "pace" => plan.pace = Duration::from_micros(value.parse()?),
                "sizes" => plan.sizes = SIZES[word(&["small", "mixed", "large"])?],
                "call" => plan.call = [Call::Emit, Call::Durable][word(&["emit", "durable"])?],
                "diary" => plan.diary = value.into(),
                "stats" => plan.stats = Some(value.into()),
                "listens" => plan.listens = word(&["no", "yes"])? == 1,
                "end" => plan.end = ENDS[word(END_WORDS)?],
                "after" => plan.after = Some(Duration::from_millis(value.parse()?)),
                "step" => plan.step = Some(Duration::from_secs(value.parse()?)),
                _ => return Err(format!("no such argument: {key}").into()),
            }
        }
        Ok(plan)
    }
}

impl Plan {
    /// What a forked child emits: as another process, whose diary lies beside its parent's.
    pub(crate) fn of_child(&self) -> Plan {
        let beside = |path: &Path| {
            let extension = path.extension().unwrap_or_default();
            let name = format!("{}-child", self.writer);
            path.with_file_name(name).with_extension(extension)
        };
        Plan {
            writer: format!("{}-child", self.writer),
            diary: beside(&self.diary),
            stats: self.stats.as_deref().map(beside),
            events: AFTER_FORK,
            ..self.clone()
        }
    }

    /// What its parent emits from then on.
    pub(crate) fn of_parent(&self) -> Plan {
        Plan {
            events: AFTER_FORK,
            ..self.clone()
        }
    }
}

/// How many events either process emits after a fork.
const AFTER_FORK: u64 = 100;

const SIZES: [Sizes; 3] = [Sizes::Small, Sizes::Mixed, Sizes::Large];

const ENDS: [End; 7] = [
    End::Return,
    End::Error,
    End::Panic,
    End::Exit,
    End::Terminated,
    End::Fork,
    End::Forgotten,
];

const END_WORDS: &[&str] = &[
    "return",
    "error",
    "panic",
    "exit",
    "terminated",
    "fork",
    "forgotten",
];
