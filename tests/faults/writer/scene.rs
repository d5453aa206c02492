//! A folder with an application that writes a log there, whatever may happen to it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use serde_json::Value;

use super::super::harness::Scratch;
use super::wait_until;

/// The application, built once for all tests; `profile` is one of cargo's, or `abort`: panics end the process at once.
pub(crate) fn application(profile: &'static str) -> PathBuf {
    static BUILT: [OnceLock<PathBuf>; 2] = [const { OnceLock::new() }; 2];
    let place = &BUILT[usize::from(profile == "abort")];
    place.get_or_init(|| build(profile)).clone()
}

fn build(profile: &str) -> PathBuf {
    let manifest = "tests/faults/application/Cargo.toml";
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("application");
    let output = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["build", "--quiet", "--locked", "--profile", profile])
        .args(["--manifest-path", manifest])
        .env("CARGO_TARGET_DIR", &target)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cannot build {manifest}:\n{told}");
    target.join(profile).join("application")
}

/// A folder with the log `auth.jsonl` and what the applications' diaries say; it stays when the test fails.
pub(crate) struct Scene {
    scratch: Scratch,
    /// Where the log lies in the folder.
    logs: &'static str,
    _turn: Turn,
}

/// Tests of deadlines have the machine for themselves; all others run side by side. Held only.
enum Turn {
    Shared {
        _turn: RwLockReadGuard<'static, ()>,
    },
    Alone {
        _turn: RwLockWriteGuard<'static, ()>,
    },
}

static TURN: RwLock<()> = RwLock::new(());

impl Scene {
    pub(crate) fn new() -> Scene {
        Scene::in_folder("")
    }

    /// With the log in a folder of its own, which the application makes.
    pub(crate) fn in_folder(logs: &'static str) -> Scene {
        let turn = TURN.read().unwrap_or_else(PoisonError::into_inner);
        Scene::with(logs, Turn::Shared { _turn: turn })
    }

    /// For a test of deadlines. A test has one scene at a time: another one of this kind may wait for its end.
    pub(crate) fn alone() -> Scene {
        let turn = TURN.write().unwrap_or_else(PoisonError::into_inner);
        Scene::with("", Turn::Alone { _turn: turn })
    }

    fn with(logs: &'static str, turn: Turn) -> Scene {
        // What is not there yet is built before anybody measures anything.
        application("release");
        let scratch = Scratch::new();
        std::fs::create_dir(scratch.path("diaries")).unwrap();
        Scene {
            scratch,
            logs,
            _turn: turn,
        }
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        // strace knows files by their real paths.
        self.scratch.folder().canonicalize().unwrap().join(name)
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.path(self.logs).join("auth.jsonl")
    }

    /// The application as the process `writer`, told these `words`, in the folder. `wrapper` is shell that runs it as
    /// `"$@"`; empty runs it as it is.
    pub(crate) fn application(&self, wrapper: &str, writer: &str, words: &[&str]) -> Command {
        self.application_of("release", wrapper, writer, words)
    }

    /// The same, built with another profile.
    pub(crate) fn application_of(
        &self,
        profile: &'static str,
        wrapper: &str,
        writer: &str,
        words: &[&str],
    ) -> Command {
        let program = application(profile);
        let mut command = if wrapper.is_empty() {
            Command::new(program)
        } else {
            let mut shell = Command::new("sh");
            shell.args(["-c", wrapper, "sh"]).arg(program);
            shell
        };
        command
            .arg(format!("writer={writer}"))
            .arg(format!(
                "diary={}",
                self.path(format!("diaries/{writer}.diary")).display()
            ))
            .arg(format!(
                "stats={}",
                self.path(format!("diaries/{writer}.stats")).display()
            ))
            .args(words)
            .env("METRICS_FORMAT", "file")
            .env("METRICS_FILE_PATH", self.log())
            .current_dir(self.path("."));
        command
    }

    /// What is in the logs, given in the order of time, against what was emitted.
    #[track_caller]
    pub(crate) fn check(&self, logs: &[PathBuf]) -> Account {
        check(&self.path("diaries"), logs)
    }
}

/// Asks the checker.
#[track_caller]
pub(crate) fn check(diaries: &Path, logs: &[PathBuf]) -> Account {
    let checker = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/check.py");
    let output = Command::new(checker)
        .arg(diaries)
        .args(logs)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the checker failed:\n{told}");
    Account(serde_json::from_slice(&output.stdout).unwrap())
}

/// What the checker found.
pub(crate) struct Account(pub(crate) Value);

impl Account {
    /// One of its numbers.
    #[track_caller]
    pub(crate) fn count(&self, name: &str) -> u64 {
        self.0[name]
            .as_u64()
            .unwrap_or_else(|| panic!("no number {name} in {:#}", self.0))
    }

    #[track_caller]
    pub(crate) fn millis(&self, name: &str) -> f64 {
        self.0[name]
            .as_f64()
            .unwrap_or_else(|| panic!("no number {name} in {:#}", self.0))
    }
}

/// Runs it to its end, and says how it ended.
#[track_caller]
pub(crate) fn run(command: &mut Command) -> ExitStatus {
    Running::start(command).end()
}

/// An application that runs, in a process group of its own; it does not outlive the test.
pub(crate) struct Running {
    child: Child,
    answers: BufReader<ChildStderr>,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Running {
        command
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        let mut child = command.spawn().unwrap();
        let answers = BufReader::new(child.stderr.take().unwrap());
        Running { child, answers }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The reading end of its standard output, if that is a pipe.
    pub(crate) fn stdout(&mut self) -> ChildStdout {
        self.child.stdout.take().unwrap()
    }

    /// Tells it something, and waits for the answer.
    #[track_caller]
    pub(crate) fn ask(&mut self, word: &str) -> String {
        let mut answer = String::new();
        writeln!(self.child.stdin.as_ref().unwrap(), "{word}").unwrap();
        // The writer speaks there, too.
        while answer.is_empty() || answer.starts_with("authmeter: ") {
            answer.clear();
            let read = self.answers.read_line(&mut answer).unwrap();
            assert!(read > 0, "no answer to {word}");
        }
        answer
    }

    /// What the writer says of itself.
    #[track_caller]
    pub(crate) fn stats(&mut self) -> Value {
        let answer = self.ask("stats");
        serde_json::from_str(&answer).unwrap_or_else(|_| panic!("no stats: {answer}"))
    }

    /// One of the numbers the writer says of itself.
    #[track_caller]
    pub(crate) fn stat(&mut self, name: &str) -> u64 {
        let stats = self.stats();
        stats[name]
            .as_u64()
            .unwrap_or_else(|| panic!("no {name} in {stats}"))
    }

    /// kill -9, of the process that was started and of all it started itself.
    pub(crate) fn kill(mut self) {
        self.kill_group();
        self.child.wait().unwrap();
    }

    /// Lets it end on its own, and says how it did; kills it if it does not end for two minutes. What it says meanwhile fits
    /// into a pipe.
    #[track_caller]
    pub(crate) fn end(mut self) -> ExitStatus {
        drop(self.child.stdin.take());
        let mut ended = None;
        wait_until(Duration::from_secs(120), || {
            ended = self.child.try_wait().unwrap();
            ended.is_some()
        });
        ended.expect("it does not end")
    }

    fn kill_group(&self) {
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-9", "--", &group]).status();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Whoever has been waited for has no process group any more, and its number may be another's.
        if matches!(self.child.try_wait(), Ok(None)) {
            self.kill_group();
            let _ = self.child.wait();
        }
    }
}
