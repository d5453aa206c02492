//! What to emit, and how fast.

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

/// The arguments, all of the form `key=value`.
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
    /// `diary`: the file that says which calls returned, see [`crate::diary`].
    pub(crate) diary: PathBuf,
    /// `stats`: a file for what the writer says of itself at the end.
    pub(crate) stats: Option<PathBuf>,
    /// `listens=yes`: does what standard input says, and does not end before it does.
    pub(crate) listens: bool,
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
            diary: PathBuf::new(),
            stats: None,
            listens: false,
        };
        for argument in arguments {
            let (key, value) = argument.split_once('=').ok_or("arguments are key=value")?;
            match key {
                "writer" => plan.writer = value.to_owned(),
                "threads" => plan.threads = value.parse()?,
                "events" => plan.events = value.parse()?,
                "pace" => plan.pace = Duration::from_micros(value.parse()?),
                "sizes" => {
                    plan.sizes = match value {
                        "small" => Sizes::Small,
                        "mixed" => Sizes::Mixed,
                        "large" => Sizes::Large,
                        _ => return Err(format!("no such sizes: {value}").into()),
                    }
                }
                "diary" => plan.diary = value.into(),
                "stats" => plan.stats = Some(value.into()),
                "listens" => plan.listens = value == "yes",
                _ => return Err(format!("no such argument: {key}").into()),
            }
        }
        Ok(plan)
    }
}
