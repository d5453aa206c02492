//! Scans that are ended before their inputs are: by signals, and by a watch.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::num::NonZeroUsize;
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use authmeter::engine::{Plan, run};
use authmeter::read::{Input, Inputs, Reading, Watch};
use authmeter::report::{Options, REPORTS};
use serde_json::Value;

use crate::harness::{Ended, LOGIN, PROGRAM, Scratch, at};

/// Waits until something is so, for much longer than it takes.
#[track_caller]
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(120), "never {what}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// A program that runs, and can be told to stop.
struct Running {
    child: Child,
}

impl Running {
    fn new(scratch: &Scratch, args: &[&str], stdin: impl Into<Stdio>) -> Running {
        // Whoever runs the tests in the background may have signals ignored, and a child would ignore them too.
        let child = Command::new("env")
            .args(["--default-signal=INT,TERM", PROGRAM])
            .args(args)
            .current_dir(scratch.folder())
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Running { child }
    }

    /// Waits until the program catches a signal rather than dies of it.
    fn is_ready(&self, signal: u32) {
        until("ready", || {
            let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
            let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
            let caught = u64::from_str_radix(caught.unwrap().trim(), 16).unwrap();
            caught & 1 << (signal - 1) != 0
        });
    }

    fn signal(&self, name: &str) {
        let kill = format!("kill -s {name} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(sent.success(), "{kill}");
    }

    fn end(self, scratch: &Scratch) -> Ended {
        let output = self.child.wait_with_output().unwrap();
        Ended::new(&Command::new(PROGRAM), scratch.folder(), output)
    }
}

/// Waits until everything written to a pipe was taken out of it.
fn is_taken(pipe: &impl AsFd) {
    until("read", || rustix::io::ioctl_fionread(pipe).unwrap() == 0);
}

/// Expects the reports over just these bytes, marked as partial.
#[track_caller]
fn assert_partial(ended: &Ended, scratch: &Scratch, bytes: &[u8]) -> Value {
    let json = ended
        .exit(3)
        .says("authmeter: warning: interrupted: ")
        .json();
    let whole = scratch.pipe(bytes, &["report", "--format", "json"]).json();
    assert_eq!(at(&json, "/input/partial"), true);
    for part in ["reports", "window"] {
        ended.expect(json[part] == whole[part], "expected what was read so far");
    }
    for count in ["lines", "events", "malformed", "bytes"] {
        assert_eq!(json["input"][count], whole["input"][count], "{count}");
    }
    json
}

/// Lines of different users, of which the last has no end yet.
fn lines(count: usize) -> (Vec<u8>, usize) {
    let lines: String = (0..count)
        .map(|n| LOGIN.replace("\"u\"", &format!("\"u{n}\"")) + "\n")
        .collect();
    let whole = lines.len();
    (format!("{lines}{{\"event\":\"auth.lo").into_bytes(), whole)
}

// ---- pipes

#[test]
fn a_pipe_that_delivers_no_more_gives_the_whole_lines_it_had() {
    for (signal, number) in [("INT", 2), ("TERM", 15)] {
        for (threads, count) in [("1", 5), ("2", 0), ("8", 5), ("3", 20_000)] {
            let scratch = Scratch::new();
            let (bytes, whole) = lines(count);
            let (reader, mut writer) = io::pipe().unwrap();
            let args = ["report", "--format", "json", "-j", threads];
            let running = Running::new(&scratch, &args, reader);
            writer.write_all(&bytes).unwrap();
            is_taken(&writer);
            running.is_ready(number);
            running.signal(signal);
            let ended = running.end(&scratch);
            let json = assert_partial(&ended, &scratch, &bytes[..whole]);
            assert_eq!(at(&json, "/input/unread_bytes"), &Value::Null);
        }
    }
}

#[test]
fn a_stream_that_never_ends_gives_the_whole_lines_it_had() {
    let scratch = Scratch::new();
    let (bytes, whole) = lines(1000);
    let (reader, mut writer) = io::pipe().unwrap();
    let running = Running::new(&scratch, &["report", "--format", "json"], reader);
    let (started, start) = std::sync::mpsc::channel();
    let stream = thread::spawn(move || {
        let mut written = 0_u32;
        // Until nobody reads any more.
        while writer.write_all(&bytes[..whole]).is_ok() {
            written += 1;
            if written == 100 {
                started.send(()).unwrap();
            }
        }
        bytes
    });
    start.recv().unwrap();
    running.is_ready(2);
    running.signal("INT");
    let ended = running.end(&scratch);
    let bytes = stream.join().unwrap();
    let read = at(&ended.json(), "/input/bytes").as_u64().unwrap() as usize;
    ended.expect(
        read > 50 * whole,
        "expected most of what was written before",
    );
    let copies = bytes[..whole].repeat(read / whole + 1);
    assert_eq!(copies[read - 1], b'\n');
    assert_partial(&ended, &scratch, &copies[..read]);
}

#[test]
fn a_compressed_pipe_that_delivers_no_more_is_no_damaged_one() {
    let scratch = Scratch::new();
    let (bytes, whole) = lines(30_000);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&bytes[..whole]).unwrap();
    let gzip = gzip.finish().unwrap();
    let zstd = zstd::encode_all(&bytes[..whole], 1).unwrap();
    // From a few bytes of the header to half of the data.
    for compressed in [
        &gzip[..3],
        &gzip[..9],
        &gzip[..gzip.len() / 2],
        &zstd[..3],
        &zstd[..zstd.len() / 2],
    ] {
        let (reader, mut writer) = io::pipe().unwrap();
        let running = Running::new(&scratch, &["report", "--format", "json"], reader);
        writer.write_all(compressed).unwrap();
        is_taken(&writer);
        running.is_ready(2);
        running.signal("INT");
        let ended = running.end(&scratch);
        let json = ended.json();
        assert_eq!(at(&json, "/input/inputs/0/trouble"), &Value::Null);
        let read = at(&json, "/input/bytes").as_u64().unwrap() as usize;
        ended.expect(compressed.len() < 1000 || read > 0, "expected lines");
        assert_partial(&ended, &scratch, &bytes[..read]);
    }
}

#[test]
fn an_input_nobody_writes_to_holds_nothing_up() {
    let scratch = Scratch::new();
    let (bytes, whole) = lines(100);
    scratch
        .write("log", &bytes[..whole])
        .shell("mkfifo fifo")
        .exit(0);
    for threads in ["1", "4"] {
        let args = [
            "report", "--format", "json", "-j", threads, "log", "fifo", "missing",
        ];
        let running = Running::new(&scratch, &args, Stdio::null());
        let fds = format!("/proc/{}/fd", running.child.id());
        until("at the second input", || {
            let mut fds = fs::read_dir(&fds).unwrap().flatten();
            fds.any(|fd| fs::read_link(fd.path()).is_ok_and(|path| path.ends_with("fifo")))
        });
        running.signal("INT");
        let ended = running.end(&scratch);
        let json = assert_partial(&ended, &scratch, &bytes[..whole]);
        // What was not reached is no trouble; other workers may have gone on.
        if threads == "1" {
            assert_eq!(at(&json, "/input/inputs/2/trouble"), &Value::Null);
        }
    }
}

#[test]
fn a_named_pipe_is_read_to_its_end() {
    let scratch = Scratch::new();
    let ended = scratch.shell(&format!(
        "mkfifo fifo; (sleep 0.1; echo '{LOGIN}'; sleep 0.1; echo '{LOGIN}') > fifo & \
         \"$AUTHMETER\" logins --get logins.total --get input.partial fifo"
    ));
    assert_eq!(ended.exit(0).text(), "2\nfalse\n");
}

#[test]
fn a_signal_that_was_to_be_ignored_is() {
    let ended = Scratch::new().shell(&format!(
        "mkfifo fifo; trap '' INT; \"$AUTHMETER\" logins --get logins.total < fifo & \
         {{ echo '{LOGIN}'; kill -INT $!; echo '{LOGIN}'; }} > fifo; wait $!"
    ));
    assert_eq!(ended.exit(0).is_quiet().text(), "2\n");
}

// ---- files

#[test]
fn a_file_is_read_no_further_and_what_is_left_is_told() {
    let scratch = Scratch::new();
    let line = format!("{LOGIN}\n");
    let log = line.repeat((32 << 20) / line.len());
    scratch.write("log", &log);
    // A byte at a time takes half a minute.
    let args = ["report", "--format", "json", "--chunk-size", "1", "log"];
    let running = Running::new(&scratch, &args, Stdio::null());
    running.is_ready(2);
    running.signal("INT");
    let ended = running.end(&scratch);
    let json = ended.exit(3).json();
    let read = at(&json, "/input/bytes").as_u64().unwrap();
    assert_eq!(at(&json, "/input/partial"), true);
    assert_eq!(at(&json, "/input/unread_bytes"), log.len() as u64 - read);
    assert_eq!(at(&json, "/input/events"), read.div_ceil(line.len() as u64));
}

// ---- more than once

#[test]
fn the_second_signal_ends_the_program_at_once() {
    let scratch = Scratch::new();
    let log: String = (0..20_000)
        .map(|n| {
            format!("{{\"event\":\"auth.login\",\"success\":false,\"error\":\"reason {n}\"}}\n")
        })
        .collect();
    let (reader, mut writer) = io::pipe().unwrap();
    let mut running = Running::new(&scratch, &["failures", "--format", "json"], reader);
    writer.write_all(log.as_bytes()).unwrap();
    is_taken(&writer);
    running.is_ready(2);
    running.signal("INT");
    // Nobody reads the answer, so the program cannot end by itself.
    let stdout = running.child.stdout.take().unwrap();
    until("printing", || {
        rustix::io::ioctl_fionread(&stdout).unwrap() > 0
    });
    running.signal("INT");
    assert_eq!(running.child.wait().unwrap().signal(), Some(2));
}

#[test]
fn the_table_says_first_that_it_is_partial() {
    let scratch = Scratch::new();
    let (reader, mut writer) = io::pipe().unwrap();
    let running = Running::new(&scratch, &["report"], reader);
    writer.write_all(format!("{LOGIN}\n").as_bytes()).unwrap();
    is_taken(&writer);
    running.is_ready(2);
    running.signal("INT");
    let ended = running.end(&scratch);
    let table = ended.exit(3).text();
    ended.expect(
        table.starts_with("Interrupted: this is what was read so far"),
        "expected a warning first",
    );
}

// ---- the library

/// Gives a line and a half at each reading, and ends the scan at the third.
struct Ending {
    watch: Arc<Watch>,
    readings: usize,
}

impl Read for Ending {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.readings += 1;
        if self.readings == 3 {
            self.watch.stop();
        }
        let some = format!("{LOGIN}\n{{\"event\":\"half\"}} ");
        let count = some.len().min(buffer.len());
        buffer[..count].copy_from_slice(&some.as_bytes()[..count]);
        Ok(count)
    }
}

fn plan(watch: &Arc<Watch>) -> Plan {
    Plan {
        filter: Default::default(),
        audience: Default::default(),
        reports: REPORTS.iter().collect(),
        options: Options::default(),
        reading: Reading {
            watch: Arc::clone(watch),
            ..Reading::default()
        },
        threads: NonZeroUsize::new(2).unwrap(),
    }
}

#[test]
fn a_watch_counts_what_was_read_and_ends_it() {
    let watch = Arc::new(Watch::default());
    let reader = Ending {
        watch: Arc::clone(&watch),
        readings: 0,
    };
    let inputs = Inputs::new(vec![Input::reader("endless", Box::new(reader))]);
    let answer = run(&plan(&watch), &inputs).unwrap();
    assert!(
        answer
            .account
            .interruption
            .is_some_and(|how| how.unread.is_none())
    );
    assert_eq!(watch.total(), None);
    assert!(watch.bytes() > answer.account.total.bytes);
    assert_eq!(watch.lines(), answer.account.total.lines);
    assert!(answer.account.total.lines > 0);
}

#[test]
fn a_watch_knows_how_much_there_is_to_read() {
    let scratch = Scratch::new();
    let (bytes, whole) = lines(1000);
    let compressed = zstd::encode_all(&bytes[..whole], 1).unwrap();
    scratch
        .write("log", &bytes[..whole])
        .write("log.zst", &compressed);
    let watch = Arc::new(Watch::default());
    let log = Input::path(scratch.path("log"));
    let zst = Input::file("zst", File::open(scratch.path("log.zst")).unwrap());
    let answer = run(&plan(&watch), &Inputs::new(vec![log, zst])).unwrap();
    assert!(answer.account.interruption.is_none());
    let all = (whole + compressed.len()) as u64;
    assert_eq!((watch.total(), watch.bytes()), (Some(all), all));
    assert_eq!(watch.lines(), 2000);
}
