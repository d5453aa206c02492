//! The program among other programs: exit codes, streams, pipes, terminals, limits.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, Stdio};

use authmeter::event::is_unsafe;
use authmeter::report::REPORTS;

use crate::harness::{Ended, PROGRAM, Scratch, at};

const LOGIN: &str =
    r#"{"event":"auth.login","timestamp":"2025-01-15T10:30:00.000Z","userId":"u","success":true}"#;

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch
        .write("a.jsonl", format!("{LOGIN}\n{LOGIN}\n"))
        .write("b.jsonl", LOGIN)
        .write("bad.jsonl", format!("{LOGIN}\nnope\n[]\n"));
    scratch
}

// ---- exit codes

#[test]
fn a_run_that_is_done_exits_with_0() {
    for report in std::iter::once("report").chain(REPORTS.iter().map(|report| report.info.name)) {
        scratch().run(&[report, "a.jsonl"]).exit(0).is_quiet();
    }
    // Bad lines are no failure unless they are said to be one.
    scratch().run(&["report", "bad.jsonl"]).exit(0);
}

#[test]
fn wrong_words_exit_with_2_and_print_nothing() {
    for args in [
        &["report", "--no-such-flag"][..],
        &["no-such-command"],
        &["report", "--format", "yaml", "a.jsonl"],
        &["report", "-j", "0", "a.jsonl"],
        &["report", "-j", "many", "a.jsonl"],
        &["report", "--max-bad", "-1", "a.jsonl"],
        &["report", "--strict", "--max-bad", "3", "a.jsonl"],
        &["report", "--get"],
    ] {
        let ended = scratch().run(args);
        ended.exit(2).prints_nothing().says("error: ");
    }
    scratch()
        .run(&[""; 0])
        .exit(2)
        .prints_nothing()
        .says("Usage: authmeter");
}

#[test]
fn a_wrong_size_is_said_with_how_to_write_one() {
    for flag in ["--max-line", "--chunk-size"] {
        for size in [
            "0",
            "",
            "12Q",
            "1.5MiB",
            "-5",
            "1 MiB",
            "MiB",
            "99999999999999999999",
            "1024GiB",
            "0KiB",
        ] {
            let flag_and_size = format!("{flag}={size}");
            let ended = scratch().run(&["report", &flag_and_size, "a.jsonl"]);
            ended.exit(2).prints_nothing().says(flag).says("64KiB");
        }
        for size in ["1", "4096", "4096B", "64KiB", "64K", "2MiB", "1GiB"] {
            scratch().run(&["logins", flag, size, "a.jsonl"]).exit(0);
        }
    }
}

#[test]
fn a_wrong_width_is_said_with_all_there_are() {
    for every in ["2h", "", "1M", "hour", "1H"] {
        let every = format!("--every={every}");
        let ended = scratch().run(&["timeline", &every, "a.jsonl"]);
        ended
            .exit(2)
            .prints_nothing()
            .says("auto, 1m, 5m, 15m, 1h, 1d, 1w, 1mo");
    }
}

#[test]
fn a_wrong_name_is_said_with_the_one_that_was_meant() {
    for (name, hint) in [
        ("logins.sucess_rate", "did you mean `logins.success_rate`?"),
        ("login.users", "did you mean `logins.users`?"),
        ("refreshes.per_our", "did you mean `refreshes.per_hour`?"),
        ("xyz", "there are: window.first, "),
        ("", "there are: "),
        ("logins", "`logins."),
        (
            "logins.success_rate.wrong",
            "did you mean `logins.success_rate`?",
        ),
    ] {
        // Before anything is read: the input does not exist.
        let ended = scratch().run(&["report", "--get", name, "missing"]);
        ended
            .exit(2)
            .prints_nothing()
            .says("there is no such value")
            .says(hint);
    }
}

#[test]
fn an_input_that_cannot_be_read_exits_with_3_and_the_others_are_read() {
    let ended = scratch().run(&[
        "report", "--format", "json", "a.jsonl", "missing", "b.jsonl",
    ]);
    ended
        .exit(3)
        .says("authmeter: error: missing: No such file");
    let json = ended.json();
    assert_eq!(at(&json, "/reports/logins/total"), 3);
    assert_eq!(at(&json, "/input/inputs").as_array().unwrap().len(), 3);
    assert_eq!(at(&json, "/input/inputs/1/events"), 0);
}

#[test]
fn too_many_bad_lines_exit_with_3_after_the_answer() {
    for (args, code) in [
        (&["--strict"][..], 3),
        (&["--max-bad", "0"], 3),
        (&["--max-bad", "1"], 3),
        (&["--max-bad", "2"], 0),
        (&[], 0),
    ] {
        let args = [&["logins", "--get", "logins.total", "bad.jsonl"], args].concat();
        let ended = scratch().run(&args);
        ended
            .exit(code)
            .expect(ended.text() == "1\n", "expected the answer");
        if code == 3 {
            ended.says("bad lines: 2, allowed: ");
        }
    }
    scratch().run(&["report", "--strict", "a.jsonl"]).exit(0);
}

#[test]
fn an_exit_code_does_not_wrap_around() {
    let scratch = Scratch::new();
    scratch.write("bad", "nope\n".repeat(256));
    scratch.run(&["report", "--strict", "bad"]).exit(3);
}

#[test]
fn an_output_that_cannot_be_written_exits_with_4() {
    for format in ["table", "json", "csv"] {
        let ended = scratch().shell(&format!(
            "\"$AUTHMETER\" report --format {format} a.jsonl > /dev/full"
        ));
        ended.exit(4).says("cannot write the output: No space left");
    }
    scratch()
        .shell("\"$AUTHMETER\" logins --get logins.total a.jsonl > /dev/full")
        .exit(4);
    scratch()
        .shell("\"$AUTHMETER\" --help > /dev/full")
        .exit(4)
        .says("cannot write the output");
}

// ---- streams

/// Runs the program while its output is read up to a few bytes, and then the pipe is closed; before it starts, if no
/// byte is wanted.
#[track_caller]
fn close_early(scratch: &Scratch, args: &[&str], bytes: usize) -> Ended {
    let (reader, writer) = std::io::pipe().unwrap();
    let mut reader = Some(reader).filter(|_| bytes > 0);
    // This side's copy of the writer goes with the command that is spawned.
    let child = Command::new(PROGRAM)
        .args(args)
        .current_dir(scratch.folder())
        .stdin(Stdio::null())
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    if let Some(reader) = &mut reader {
        reader.read_exact(&mut vec![0; bytes]).unwrap();
    }
    drop(reader);
    let output = child.wait_with_output().unwrap();
    Ended::new(Command::new(PROGRAM).args(args), scratch.folder(), output)
}

#[test]
fn a_closed_pipe_is_silence_and_exit_0() {
    let scratch = Scratch::new();
    // More output than a pipe holds.
    let log: String = (0..20_000)
        .map(|n| {
            format!("{{\"event\":\"auth.login\",\"success\":false,\"error\":\"reason {n}\"}}\n")
        })
        .collect();
    scratch.write("log", log);
    for format in ["json", "csv"] {
        let ended = close_early(&scratch, &["failures", "--format", format, "log"], 100);
        ended.exit(0).is_quiet();
        close_early(&scratch, &["failures", "--format", format, "log"], 0)
            .exit(0)
            .is_quiet();
    }
    for args in [
        &["--help"][..],
        &["report", "--help"],
        &["--version"],
        &["report", "log"],
    ] {
        close_early(&scratch, args, 0).exit(0).is_quiet();
    }
}

#[test]
fn a_closed_pipe_hides_no_trouble_with_the_input() {
    let ended = close_early(&scratch(), &["report", "missing"], 0);
    ended.says("missing: No such file");
}

#[test]
fn the_answer_is_on_standard_output_and_everything_else_on_standard_error() {
    let ended = scratch().run(&[
        "report",
        "--format",
        "json",
        "bad.jsonl",
        "missing",
        "a.jsonl",
        "a.jsonl",
    ]);
    ended.exit(3).json();
    ended
        .says("authmeter: warning: bad.jsonl:2: malformed at byte")
        .says("authmeter: warning: bad.jsonl:3: not an object at byte")
        .says("authmeter: error: missing: ")
        .says("authmeter: warning: a.jsonl: given more than once");
    let own_lines = ended
        .stderr_text()
        .lines()
        .all(|line| line.starts_with("authmeter: "));
    ended.expect(own_lines, "every line should say who speaks");
}

#[test]
fn help_and_version_are_answers() {
    for args in [
        &["--help"][..],
        &["-h"],
        &["--version"],
        &["report", "--help"],
        &["timeline", "-h"],
    ] {
        let ended = Scratch::new().run(args);
        ended
            .exit(0)
            .is_quiet()
            .expect(!ended.stdout().is_empty(), "expected an answer");
    }
    let help = Scratch::new().run(&["--help"]);
    help.expect(
        help.text().contains("Exit codes: 0 done"),
        "the help should tell the exit codes",
    );
}

#[test]
fn standard_input_is_read_when_no_input_is_named_and_it_is_no_terminal() {
    let scratch = scratch();
    let get = ["logins", "--get", "logins.total"];
    assert_eq!(scratch.pipe(LOGIN.as_bytes(), &get).exit(0).text(), "1\n");
    let file = File::open(scratch.path("a.jsonl")).unwrap();
    assert_eq!(scratch.redirect(file, &get).exit(0).text(), "2\n");
    assert_eq!(scratch.run(&get).exit(0).text(), "0\n");
    // As cron starts programs.
    let ended = scratch.shell("setsid env -i \"$AUTHMETER\" logins --get logins.total < a.jsonl");
    assert_eq!(ended.exit(0).text(), "2\n");
}

#[test]
fn a_dash_is_standard_input_among_files() {
    let ended = scratch().pipe(
        LOGIN.as_bytes(),
        &["report", "--format", "json", "a.jsonl", "-", "b.jsonl"],
    );
    let json = ended.exit(0).json();
    assert_eq!(at(&json, "/reports/logins/total"), 4);
    assert_eq!(at(&json, "/input/inputs/1/input"), "-");
}

#[test]
fn standard_input_is_read_from_where_it_stands() {
    let scratch = scratch();
    let mut file = File::open(scratch.path("a.jsonl")).unwrap();
    file.seek(SeekFrom::Start(LOGIN.len() as u64 + 1)).unwrap();
    let ended = scratch.redirect(file, &["report", "--format", "json"]);
    let json = ended.exit(0).json();
    assert_eq!(at(&json, "/input/lines"), 1);
    assert_eq!(at(&json, "/input/bytes"), LOGIN.len() + 1);
    let ended =
        scratch.shell("{ read -r first; \"$AUTHMETER\" logins --get logins.total; } < a.jsonl");
    assert_eq!(ended.exit(0).text(), "1\n");
}

// ---- terminals

#[test]
fn no_input_and_a_terminal_is_a_hint_and_exit_2() {
    for command in ["report", "logins"] {
        let ended = scratch().shell(&format!(
            "script -qec '\"$AUTHMETER\" {command}' /dev/null < /dev/null"
        ));
        // A terminal has one stream.
        ended.exit(2).expect(
            ended.text().contains("standard input is a terminal")
                && ended
                    .text()
                    .contains(&format!("authmeter {command} auth.jsonl")),
            "expected a hint",
        );
    }
}

#[test]
fn tables_fit_the_terminal_however_narrow() {
    let scratch = scratch();
    let log: String = (0..40)
        .map(|n| {
            format!(
                "{{\"event\":\"auth.login\",\"timestamp\":{},\"userId\":\"u{n}\",\"success\":{},\"error\":\"Ein sehr langer Grund, größer als 漢字漢字漢字 und \u{1f600}\u{1f600} zusammen {n}\",\"clientId\":\"{}\"}}\n",
                1_736_937_000 + n * 700,
                n % 3 == 0,
                "client".repeat(n % 5)
            )
        })
        .collect();
    scratch.write("log", log);
    for columns in [1, 5, 10, 20, 40, 80, 200] {
        let ended = scratch.shell(&format!(
            "script -qec 'stty cols {columns} rows 24; \"$AUTHMETER\" report log' /dev/null < /dev/null"
        ));
        ended
            .exit(0)
            .expect(!ended.text().contains("panicked"), "no panic");
        // Sentences are wrapped by the terminal, and seven columns do not fit everywhere.
        let is_sentence = |line: &&str| {
            line.contains(" lines, ") || line.contains(" to ") || line.contains(" more (")
        };
        let width = |line: &str| -> usize {
            let wide = |character: char| character >= '\u{2e80}';
            line.trim_end()
                .chars()
                .map(|character| if wide(character) { 2 } else { 1 })
                .sum()
        };
        let lines = ended.text().lines().filter(|line| !is_sentence(line));
        let widest = lines.map(width).max().unwrap();
        ended.expect(
            columns < 40 || widest <= columns,
            &format!("{widest} characters in {columns} columns"),
        );
    }
}

// ---- inputs

#[test]
fn the_same_file_is_read_once_and_that_is_said() {
    let scratch = scratch();
    std::fs::create_dir(scratch.path("folder")).unwrap();
    std::os::unix::fs::symlink("a.jsonl", scratch.path("link.jsonl")).unwrap();
    let absolute = scratch.path("a.jsonl");
    for again in [
        "a.jsonl",
        "./a.jsonl",
        "folder/../a.jsonl",
        "link.jsonl",
        absolute.to_str().unwrap(),
    ] {
        let ended = scratch.run(&[
            "logins",
            "--get",
            "logins.total",
            "a.jsonl",
            "b.jsonl",
            again,
        ]);
        ended
            .exit(0)
            .says(&format!("{again}: given more than once, read once"));
        assert_eq!(ended.text(), "3\n", "{again}");
    }
    let ended = scratch.pipe(
        LOGIN.as_bytes(),
        &["logins", "--get", "logins.total", "-", "-"],
    );
    ended.exit(0).says("-: given more than once");
    assert_eq!(ended.text(), "1\n");
}

#[test]
fn a_file_under_two_names_is_the_same_file() {
    let scratch = scratch();
    let get = ["logins", "--get", "logins.total", "a.jsonl"];
    std::fs::hard_link(scratch.path("a.jsonl"), scratch.path("hard.jsonl")).unwrap();
    let ended = scratch.run(&[&get[..], &["hard.jsonl"]].concat());
    ended.exit(0).says("hard.jsonl: given more than once");
    assert_eq!(ended.text(), "2\n");
    let file = File::open(scratch.path("a.jsonl")).unwrap();
    let ended = scratch.redirect(file, &[&get[..], &["-"]].concat());
    ended.exit(0).says("-: given more than once");
    assert_eq!(ended.text(), "2\n");
}

#[test]
fn equal_files_are_not_the_same_file() {
    let scratch = scratch();
    scratch.write("c.jsonl", format!("{LOGIN}\n{LOGIN}\n"));
    let ended = scratch.run(&["logins", "--get", "logins.total", "a.jsonl", "c.jsonl"]);
    ended.exit(0).is_quiet();
    assert_eq!(ended.text(), "4\n");
}

#[test]
fn thousands_of_inputs_need_few_descriptors() {
    let scratch = Scratch::new();
    for number in 0..5000 {
        let user = format!("\"user-{}\"", number % 1234);
        scratch.write(format!("{number}.jsonl"), LOGIN.replace("\"u\"", &user));
    }
    let ended = scratch.shell("ulimit -n 64; \"$AUTHMETER\" report -j 8 --format json *.jsonl");
    let json = ended.exit(0).is_quiet().json();
    assert_eq!(at(&json, "/input/events"), 5000);
    assert_eq!(at(&json, "/reports/logins/users"), 1234);
    assert_eq!(at(&json, "/input/inputs").as_array().unwrap().len(), 5000);
}

#[test]
fn a_chunk_size_beyond_the_memory_costs_no_memory() {
    let ended = scratch().shell("cat a.jsonl | prlimit --as=1073741824 \"$AUTHMETER\" logins --chunk-size 512GiB --get logins.total");
    assert_eq!(ended.exit(0).text(), "2\n");
    let ended = scratch().run(&[
        "logins",
        "--chunk-size",
        "512GiB",
        "--get",
        "logins.total",
        "a.jsonl",
    ]);
    assert_eq!(ended.exit(0).text(), "2\n");
}

// ---- what a log may do to a terminal

/// A file name that moves the cursor, colours, rings, breaks lines and turns the writing direction.
const HOSTILE: &str = "x\u{1b}[31m\u{7}\n\u{202e}\u{9b}2J\u{2066}\r.jsonl";

#[track_caller]
fn assert_harmless(text: &str, ended: &Ended) {
    let harmful = text
        .chars()
        .find(|character| *character != '\n' && is_unsafe(*character));
    ended.expect(
        harmful.is_none(),
        &format!("{harmful:?} reached the terminal"),
    );
}

#[test]
fn file_names_reach_the_terminal_spelled_out() {
    let scratch = scratch();
    scratch.write(HOSTILE, "nope\n[]\n");
    let missing = format!("missing{HOSTILE}");
    let ended = scratch.run(&["report", HOSTILE, &missing, HOSTILE, "a.jsonl"]);
    ended
        .exit(3)
        .says(r"x\u{1b}[31m\u{7}\u{a}\u{202e}\u{9b}2J\u{2066}\u{d}.jsonl:1: malformed")
        .says("given more than once");
    assert_harmless(&ended.stderr_text(), &ended);
    assert_harmless(ended.text(), &ended);
    let ended = scratch.run(&[
        "report",
        "--get",
        "input.inputs",
        "--get",
        "input.rejected",
        HOSTILE,
    ]);
    assert_harmless(ended.exit(0).text(), &ended);
}

#[test]
fn a_file_name_that_is_no_text_is_read_and_named() {
    let scratch = scratch();
    let name = OsStr::from_bytes(b"caf\xE9.jsonl");
    scratch.write(name, "nope\n");
    let ended = scratch.run(&[OsStr::new("report"), name]);
    ended.exit(0).says("caf\u{fffd}.jsonl:1: malformed");
}

#[test]
fn texts_of_the_log_reach_the_terminal_spelled_out() {
    let quoted = serde_json::to_string(HOSTILE).unwrap();
    let log = format!(
        "{{\"event\":{quoted},\"success\":false,\"error\":{quoted}}}\n\
         {{\"event\":\"auth.login\",\"success\":false,\"error\":{quoted},\"clientId\":{quoted},\"method\":{quoted}}}\n\
         {{\"event\":\"token.refresh\",\"success\":false,\"error\":{quoted},\"clientId\":{quoted}}}\n\
         {{\"event\":\"otp.verification.detail\",\"success\":false,\"error\":{quoted}}}\n{{\"{HOSTILE}\n"
    );
    let scratch = scratch();
    scratch.write("log", log);
    let ended = scratch.run(&["report", "log"]);
    ended.exit(0).expect(
        ended.text().contains(r"\u{1b}[31m"),
        "expected the text spelled out",
    );
    assert_harmless(ended.text(), &ended);
    assert_harmless(&ended.stderr_text(), &ended);
}

#[test]
fn cells_that_a_spreadsheet_would_run_are_disarmed_in_csv() {
    let scratch = Scratch::new();
    let log: String = ["=1+1", "+1", "-1", "@x", "plain"]
        .map(|reason| {
            format!("{{\"event\":\"auth.login\",\"success\":false,\"error\":\"{reason}\"}}\n")
        })
        .concat();
    scratch.write("log", log);
    let ended = scratch.run(&[
        "logins",
        "--get",
        "logins.by_reason",
        "--format",
        "csv",
        "log",
    ]);
    assert_eq!(
        ended.exit(0).text(),
        "reason,count\n'+1,1\n'-1,1\n'=1+1,1\n'@x,1\nplain,1\n"
    );
}

#[test]
fn long_texts_are_cut_between_characters() {
    let scratch = Scratch::new();
    for text in ["é", "漢", "\u{1f600}", "e\u{301}", "\u{202e}"] {
        scratch.write(
            "log",
            format!(
                "{{\"event\":\"auth.login\",\"success\":false,\"error\":\"x{}\"}}\n",
                text.repeat(5000)
            ),
        );
        let ended = scratch.run(&["logins", "log"]);
        ended
            .exit(0)
            .expect(ended.text().contains('…'), "expected the text cut");
    }
}

#[test]
fn a_worker_that_dies_is_never_an_empty_report() {
    /// A reader with a fault, as no input has one.
    struct Faulty;
    impl Read for Faulty {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            panic!("the reader's fault");
        }
    }
    use authmeter::engine::{Plan, run};
    use authmeter::read::{Input, Inputs, Reading};
    use authmeter::report::{Options, REPORTS};
    for threads in [1, 2, 8] {
        let plan = Plan {
            reports: REPORTS.iter().collect(),
            options: Options::default(),
            reading: Reading::default(),
            threads: std::num::NonZeroUsize::new(threads).unwrap(),
        };
        // Opening reads the first bytes; the fault comes after them, in the workers' loop.
        let reader = Read::chain(&b"{\"event\":\"auth.login\"}\n"[..], Faulty);
        let inputs = Inputs::new(vec![Input::reader("faulty", Box::new(reader))]);
        let died = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(&plan, &inputs)));
        assert!(
            died.is_err(),
            "{threads} workers: the program's main turns this into exit 4"
        );
    }
}
