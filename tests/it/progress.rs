//! The line that tells how far a scan is: on a terminal only, and gone before anything else is said.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::harness::{Ended, LOGIN, PROGRAM, Scratch};

/// What only the line says.
const MARK: &str = "lines/s";
/// How the line is taken away.
const CLEAR: &str = "\r\u{1b}[2K";

/// Runs a command on a terminal, with a named pipe that `show` gets: it is given the terminal's output so far, again and
/// again, until it returns true; then the pipe is closed. Returns all output.
#[track_caller]
fn on_terminal(
    scratch: &Scratch,
    command: &str,
    mut show: impl FnMut(&str, &mut File) -> bool,
) -> Ended {
    scratch.shell("mkfifo fifo").exit(0);
    // Opened for both, so that opening waits for nobody.
    let fifo = OpenOptions::new()
        .read(true)
        .write(true)
        .open(scratch.path("fifo"));
    let mut fifo = fifo.unwrap();
    fifo.write_all(format!("{LOGIN}\nnope\n").as_bytes())
        .unwrap();
    let mut script = Command::new("timeout"); // a line that never comes is no test that never ends
    script.args(["120", "script", "-qefc", command, "/dev/null"]);
    let mut child = script
        .current_dir(scratch.folder())
        .env("AUTHMETER", PROGRAM)
        .env("TERM", "xterm")
        .env_remove("NO_COLOR")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let (mut seen, mut some) = (Vec::new(), [0; 4096]);
    while !show(&String::from_utf8_lossy(&seen), &mut fifo) {
        let count = stdout.read(&mut some).unwrap();
        assert!(count > 0, "it ended: {}", String::from_utf8_lossy(&seen));
        seen.extend_from_slice(&some[..count]);
    }
    drop(fifo);
    stdout.read_to_end(&mut seen).unwrap();
    let mut output = child.wait_with_output().unwrap();
    output.stdout = seen;
    Ended::new(&script, scratch.folder(), output)
}

#[test]
fn a_scan_that_lasts_shows_how_far_it_is_and_takes_it_away_before_it_speaks() {
    for columns in [20, 80] {
        let scratch = Scratch::new();
        let command = format!(
            "stty cols {columns} rows 24; exec \"$AUTHMETER\" logins --get logins.total - < fifo"
        );
        let ended = on_terminal(&scratch, &command, |seen, _| seen.contains(MARK));
        let text = ended.exit(0).text();
        let (shown, said) = text.rsplit_once(CLEAR).unwrap();
        ended.expect(shown.contains(MARK), "expected how far it is");
        ended.expect(
            said.starts_with("authmeter: warning: -:2: malformed")
                && said.trim_end().ends_with("\n1"),
            "expected everything else after it",
        );
        let widest = shown.split(CLEAR).map(|line| line.chars().count()).max();
        ended.expect(widest <= Some(columns), "expected it to fit");
    }
}

#[test]
fn the_line_moves_with_the_terminal_s_size() {
    let scratch = Scratch::new();
    let command =
        "stty cols 80 rows 24; tty > tty; exec \"$AUTHMETER\" logins --get logins.total - < fifo";
    let mut resized = None;
    let ended = on_terminal(&scratch, command, |seen, _| {
        if resized.is_none() && seen.contains(MARK) {
            scratch
                .shell("stty -F \"$(cat tty)\" cols 9 rows 3")
                .exit(0);
            resized = Some(seen.len());
        }
        let fits = |line: &str| line.contains(" B") && line.chars().count() <= 9;
        resized.is_some_and(|at| seen[at..].split(CLEAR).skip(1).any(fits))
    });
    ended.exit(0);
}

#[test]
fn an_interruption_on_a_terminal_takes_the_line_away_too() {
    let scratch = Scratch::new();
    let command =
        "stty cols 80 rows 24; sh -c 'echo $$ > pid; exec \"$AUTHMETER\" report - < fifo'";
    let mut interrupted = false;
    let ended = on_terminal(&scratch, command, |seen, _| {
        if !interrupted && seen.contains(MARK) {
            scratch.shell("kill -INT $(cat pid)").exit(0);
            interrupted = true;
        }
        seen.contains("Timeline")
    });
    let text = ended.exit(3).text();
    let (_, said) = text.rsplit_once(CLEAR).unwrap();
    ended.expect(
        said.contains("interrupted: ") && said.contains("Interrupted: "),
        "expected both",
    );
    // What came without its line end was "nope", with it: both lines are read.
    ended.expect(
        said.contains("2 lines, 1 event"),
        "expected what was read so far",
    );
}

#[test]
fn where_the_cursor_cannot_move_or_nobody_looks_there_is_no_line() {
    for command in [
        "TERM=dumb \"$AUTHMETER\" logins --get logins.total - < fifo",
        "\"$AUTHMETER\" logins --get logins.total - < fifo 2> stderr; cat stderr",
    ] {
        let scratch = Scratch::new();
        let ended = on_terminal(&scratch, command, |_, _| {
            // Longer than a line waits before it shows.
            std::thread::sleep(Duration::from_millis(1500));
            true
        });
        let text = ended.exit(0).text();
        ended.expect(
            !text.contains(MARK) && !text.contains('\u{1b}'),
            "expected no line",
        );
        ended.expect(text.contains("malformed"), "expected the warning");
    }
}
