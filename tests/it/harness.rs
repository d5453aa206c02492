//! Runs the program in a scratch folder, and when an expectation fails, shows everything there is to see.
//!
//! ```text
//! let scratch = Scratch::new();
//! scratch.write("a.jsonl", LOG);
//! let json = scratch.run(&["report", "--format", "json", "a.jsonl"]).exit(0).json();
//! ```

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_authmeter");

/// One event of a user `u`, without a line end.
pub(crate) const LOGIN: &str =
    r#"{"event":"auth.login","timestamp":"2025-01-15T10:30:00.000Z","userId":"u","success":true}"#;

/// The folder of the repository's sample logs and golden outputs.
pub(crate) fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

/// A folder of its own for one test; it stays when the test fails.
pub(crate) struct Scratch {
    folder: TempDir,
}

impl Scratch {
    pub(crate) fn new() -> Scratch {
        Scratch {
            folder: tempfile::Builder::new()
                .prefix("authmeter-")
                .tempdir()
                .unwrap(),
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the folder.
    pub(crate) fn write(&self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> &Scratch {
        fs::write(self.path(name), bytes).unwrap();
        self
    }

    /// Runs the program with these arguments in the folder, with nothing on standard input.
    #[track_caller]
    pub(crate) fn run(&self, args: &[impl AsRef<OsStr>]) -> Ended {
        self.start(args, Input::Nothing)
    }

    /// Runs the program with these bytes coming through a pipe on standard input.
    #[track_caller]
    pub(crate) fn pipe(&self, bytes: &[u8], args: &[impl AsRef<OsStr>]) -> Ended {
        self.start(args, Input::Pipe(bytes))
    }

    /// Runs the program with this open file as standard input.
    #[track_caller]
    pub(crate) fn redirect(&self, file: File, args: &[impl AsRef<OsStr>]) -> Ended {
        self.start(args, Input::File(file))
    }

    /// Runs a shell script in the folder; the program is `"$AUTHMETER"`, and a tool that is missing is a failure.
    #[track_caller]
    pub(crate) fn shell(&self, script: &str) -> Ended {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let ended = self.end(command, Input::Nothing);
        assert!(
            ended.status.code() != Some(127),
            "a tool this test needs is missing\n{}",
            ended.show()
        );
        ended
    }

    #[track_caller]
    fn start(&self, args: &[impl AsRef<OsStr>], input: Input<'_>) -> Ended {
        let mut command = Command::new(PROGRAM);
        command.args(args);
        self.end(command, input)
    }

    #[track_caller]
    fn end(&self, mut command: Command, input: Input<'_>) -> Ended {
        command
            .current_dir(self.folder())
            .env("AUTHMETER", PROGRAM)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut bytes: &[u8] = &[];
        match input {
            Input::Nothing => command.stdin(Stdio::null()),
            Input::File(file) => command.stdin(file),
            Input::Pipe(piped) => {
                bytes = piped;
                command.stdin(Stdio::piped())
            }
        };
        let mut child = command.spawn().unwrap();
        let stdin = child.stdin.take();
        let output = std::thread::scope(|scope| {
            // A program that reads no further closes the pipe, and that is its good right.
            scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(bytes)));
            child.wait_with_output().unwrap()
        });
        Ended::new(&command, self.folder(), output)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.folder.disable_cleanup(std::thread::panicking());
    }
}

enum Input<'a> {
    Nothing,
    Pipe(&'a [u8]),
    File(File),
}

/// A program that has ended.
pub(crate) struct Ended {
    command: Vec<OsString>,
    folder: PathBuf,
    status: ExitStatus,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl Ended {
    pub(crate) fn new(command: &Command, folder: &Path, output: Output) -> Ended {
        Ended {
            command: std::iter::once(command.get_program())
                .chain(command.get_args())
                .map(ToOwned::to_owned)
                .collect(),
            folder: folder.to_owned(),
            status: output.status,
            stdout: output.stdout,
            stderr: output.stderr,
        }
    }

    /// Expects this exit code.
    #[track_caller]
    pub(crate) fn exit(&self, code: i32) -> &Ended {
        self.expect(
            self.status.code() == Some(code),
            &format!("expected exit code {code}"),
        )
    }

    pub(crate) fn succeeded(&self) -> bool {
        self.status.success()
    }

    /// Expects standard error to say something.
    #[track_caller]
    pub(crate) fn says(&self, what: &str) -> &Ended {
        self.expect(
            self.stderr_text().contains(what),
            &format!("expected standard error to say {what:?}"),
        )
    }

    /// Expects standard error to be empty.
    #[track_caller]
    pub(crate) fn is_quiet(&self) -> &Ended {
        self.expect(self.stderr.is_empty(), "expected nothing on standard error")
    }

    /// Expects standard output to be empty.
    #[track_caller]
    pub(crate) fn prints_nothing(&self) -> &Ended {
        self.expect(
            self.stdout.is_empty(),
            "expected nothing on standard output",
        )
    }

    /// Expects anything.
    #[track_caller]
    pub(crate) fn expect(&self, is_so: bool, what: &str) -> &Ended {
        assert!(is_so, "{what}\n{}", self.show());
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        match serde_json::from_slice(&self.stdout) {
            Ok(json) => json,
            Err(error) => panic!("standard output is no JSON: {error}\n{}", self.show()),
        }
    }

    /// Standard output as text.
    #[track_caller]
    pub(crate) fn text(&self) -> &str {
        match str::from_utf8(&self.stdout) {
            Ok(text) => text,
            Err(error) => panic!("standard output is no text: {error}\n{}", self.show()),
        }
    }

    pub(crate) fn stdout(&self) -> &[u8] {
        &self.stdout
    }

    pub(crate) fn stderr_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// Command, folder, how it ended, and both streams.
    pub(crate) fn show(&self) -> String {
        let command: Vec<_> = self
            .command
            .iter()
            .map(|word| word.to_string_lossy())
            .collect();
        let mut shown = format!(
            "command: {}\nfolder:  {}\n",
            command.join(" "),
            self.folder.display()
        );
        match (self.status.code(), self.status.signal()) {
            (Some(code), _) => writeln!(shown, "exit:    {code}").unwrap(),
            (None, signal) => writeln!(shown, "signal:  {signal:?}").unwrap(),
        }
        for (name, bytes) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            let text = String::from_utf8_lossy(bytes);
            let end = text
                .char_indices()
                .nth(20_000)
                .map_or(text.len(), |(at, _)| at);
            writeln!(shown, "--- {name}, {} bytes\n{}", bytes.len(), &text[..end]).unwrap();
        }
        shown
    }
}

/// One value of a JSON document by its path, as in `/reports/logins/total`.
#[track_caller]
pub(crate) fn at<'a>(json: &'a Value, path: &str) -> &'a Value {
    json.pointer(path)
        .unwrap_or_else(|| panic!("no {path} in {json:#}"))
}

/// The words a report's command needs beside those of all: a story is of somebody.
pub(crate) fn needed(report: &str) -> &'static [&'static str] {
    match report {
        "explain" => &["--user", "user-7"],
        _ => &[],
    }
}
