//! `authmeter verify`: whether a sealed log is what was written. What that means is `verify`'s business; here are the words,
//! the key, and the checkpoint's file.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::identity::{Identity, is_stream};
use super::inputs::inputs;
use super::made::Made;
use super::output::{OutputArgs, Outputs};
use super::scan::warn;
use super::settings::check_names;
use super::{Exit, Failure, Session, progress, say};
use crate::event::{Timestamp, Visible};
use crate::key::Key;
use crate::read::Reading;
use crate::verify::{Checkpoint, Keys, Verdict, document, verify};

pub(super) const ABOUT: &str = "\
Whether sealed logs are what was written: any byte that was changed, any line that was removed, inserted, moved or \
repeated is found, and the lines between which it was.";

/// What `--help` says after the options.
pub(super) const DETAILS: &str = "\
A writer with METRICS_SEAL=on adds a line log.seal to its log every 64 events or every second: the hash of the lines since \
the last one, and a code that nobody can make without the key. All files of a rotated log are one chain, in whatever order \
they are given.

No findings are: lines behind the last seal (unsealed_lines: the last second's, where a writer still writes or was killed); \
lines that were sealed when a writer found them at its start (after_the_fact_lines); a chain that begins late because older \
files are gone; a file that is there twice.

Of a log whose end was cut off at a seal, nothing is left that tells. --checkpoint keeps the newest seal of each chain in a \
file, after a check that found nothing, and holds the next check against it. Keep that file where whoever can write the log \
cannot.

Sorts of findings: changed (lines are not those that were sealed), forged (a line that looks like a seal), unknown_key (of a \
key that was not given), missing and repeated (seals; moved ones are both), rewritten (another history), another_chain (in the \
middle of a file), appended (behind the last seal of a file that the chain left), unsealed (no seal at all), cut and replaced \
(the checkpoint knows of more).

Facts: intact, findings, one for each sort, unsealed_lines, after_the_fact_lines, checkpoint, left_out (findings beyond --limit).
Tables: places (the findings), chains, after_the_fact.

Examples:
  authmeter verify --key /etc/authmeter.key /var/log/auth
  authmeter verify --key new.key --key old.key --checkpoint /mnt/elsewhere/auth.checkpoint 'auth.jsonl*'

Exit codes: 0 nothing found; 1 something was found; 2 wrong usage, no key, or no checkpoint that can be believed; 3 an input \
could not be read, or Ctrl-C ended it early; 4 a fault of this program, or the output could not be written.";

/// Words of `authmeter verify`.
#[derive(Args, Clone, Debug)]
pub(super) struct VerifyArgs {
    /// Logs, folders of logs, or globs, plain or compressed; none, or `-`, is standard input
    #[arg(value_name = "INPUT")]
    inputs: Vec<PathBuf>,

    /// The file of a key that seals were made with; repeatable [default: the file that METRICS_KEY_FILE names]
    #[arg(long, value_name = "FILE")]
    key: Vec<PathBuf>,

    /// Hold the log against what an earlier check has seen, and keep what this one sees
    ///
    /// The file is made if it is not there, and replaced in one step after a check that found nothing and read everything.
    /// It has a code of its own, made with the first --key.
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,

    #[command(flatten)]
    output: OutputArgs,

    /// Show so many findings
    #[arg(long, value_name = "N", default_value_t = 1000)]
    limit: usize,

    /// Workers; the answer does not depend on it [default: one for each core]
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,

    /// Stop a compressed input that expands to more than this many times its size
    #[arg(long, value_name = "TIMES", default_value_t = Reading::MAX_EXPAND, value_parser = clap::value_parser!(u64).range(1..), hide_short_help = true)]
    max_expand: u64,
}

/// Verifies, prints what was found, and says by the exit code whether something was.
pub(super) fn run(
    args: &VerifyArgs,
    Session {
        terminal,
        watch,
        out,
        err,
    }: Session<'_>,
) -> Result<Exit, Failure> {
    let keys = keys(&args.key)?;
    let watch = Arc::new(watch().unwrap_or_default());
    let gathered = inputs(&args.inputs, None)?;
    for remark in &gathered.remarks {
        warn(err, remark);
    }
    check_names(&args.output.get, &document(&Verdict::default()))?;
    let mut outputs = Outputs::new(&args.output, &gathered.seen, terminal)?;
    let kept = args.checkpoint.as_deref();
    let kept = kept.map(|path| Kept::new(path, &keys, &gathered.seen));
    let kept = kept.transpose()?;
    let each = gathered.each()?;
    let reading = Reading {
        max_expand: args.max_expand,
        watch: Arc::clone(&watch),
        ..Reading::default()
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(args.threads.map_or(0, usize::from))
        .build()
        .map_err(Failure::workers)?;
    let earlier = kept.as_ref().and_then(|kept| kept.earlier.as_ref());
    let run = || pool.install(|| verify(each, &keys, earlier, &reading, args.limit));
    let mut verdict = match terminal.stderr {
        true => progress::shown(&watch, run),
        false => run(),
    };
    let complete = tell(&verdict, err);
    let found = verdict.findings.total() > 0;
    if let Some(kept) = kept {
        verdict.checkpoint = Some(kept.end(&verdict, &keys, complete && !found)?);
    }
    outputs.write(&document(&verdict), out)?;
    Ok(match (found, complete) {
        (true, _) => Exit::Found,
        (false, true) => Exit::Done,
        (false, false) => Exit::Incomplete,
    })
}

/// Says what could not be read, and whether everything could.
fn tell(verdict: &Verdict, err: &mut dyn Write) -> bool {
    let mut complete = true;
    for strand in &verdict.strands {
        if let Some(trouble) = &strand.trouble {
            let name = Visible(&strand.name);
            say(err, "error", &format!("{name}: {}", Visible(trouble)));
            complete = false;
        }
    }
    if verdict.interrupted {
        warn(err, "interrupted: the answer is of what was read so far");
    }
    complete && !verdict.interrupted
}

/// The keys, of the files that were named or the one of the environment.
fn keys(files: &[PathBuf]) -> Result<Keys, Failure> {
    let of_environment = std::env::var_os("METRICS_KEY_FILE").filter(|file| !file.is_empty());
    let of_environment = of_environment.map(PathBuf::from);
    let files: Vec<&PathBuf> = match files {
        [] => of_environment.iter().collect(),
        files => files.iter().collect(),
    };
    if files.is_empty() {
        let what =
            "verify needs the key that the log was sealed with: --key FILE, or METRICS_KEY_FILE";
        return Err(Failure::Usage(what.to_owned()));
    }
    let keys = files
        .into_iter()
        .map(|file| Key::read(file).map_err(|error| Failure::Usage(error.to_string())));
    Ok(Keys::new(keys.collect::<Result<_, _>>()?))
}

/// The checkpoint's file: what is in it, and what will be.
struct Kept {
    earlier: Option<Checkpoint>,
    made: Made,
}

impl Kept {
    /// Reads the file, if it is there, and makes sure that another one can take its place.
    fn new(path: &Path, keys: &Keys, inputs: &HashSet<Identity>) -> Result<Kept, Failure> {
        let wrong = |what: &str| {
            let path = path.display().to_string();
            Failure::Usage(format!("--checkpoint {}: {what}", Visible(&path)))
        };
        if is_stream(path) {
            return Err(wrong("it takes a file"));
        }
        if inputs.contains(&Identity::of(path)) {
            return Err(wrong("is one of the inputs"));
        }
        let earlier = match fs::read(path) {
            Ok(bytes) => Some(Checkpoint::read(&bytes, keys).map_err(wrong)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(wrong(&error.to_string())),
        };
        Ok(Kept {
            earlier,
            made: Made::new(path, true)?,
        })
    }

    /// After a good check, keeps what was seen. Says what became of the checkpoint.
    fn end(mut self, verdict: &Verdict, keys: &Keys, good: bool) -> Result<&'static str, Failure> {
        let line = Checkpoint::line(&verdict.chains, keys, Timestamp::now());
        let Some(line) = line.filter(|_| good && !verdict.chains.is_empty()) else {
            return Ok(match self.earlier {
                Some(_) => "left as it was",
                None => "not made",
            });
        };
        let file = self.made.file();
        let written = file.write_all(&line).and_then(|()| file.sync_all());
        written.map_err(|error| self.made.cannot_write(&error))?;
        self.made.keep()?;
        Ok(match self.earlier {
            Some(_) => "reached and advanced",
            None => "made",
        })
    }
}
