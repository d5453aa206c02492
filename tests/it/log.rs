//! `authmeter log`: the writer from the shell, held against the library.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;

use authmeter::{Fields, Format, MetaValue, Metrics, fields};
use proptest::prelude::*;
use serde_json::Value;

use crate::harness::{Ended, PROGRAM, Scratch};

/// Runs the command with these settings and nothing else in its environment.
fn log(scratch: &Scratch, settings: &[(&str, &str)], args: &[impl AsRef<OsStr>]) -> Ended {
    let mut command = Command::new(PROGRAM);
    command.current_dir(scratch.folder()).env_clear();
    command.envs(settings.iter().copied()).arg("log").args(args);
    let output = command.output().unwrap();
    Ended::new(&command, scratch.folder(), output)
}

const TO_FILE: &[(&str, &str)] = &[("METRICS_FORMAT", "file"), ("METRICS_FILE_PATH", "a.jsonl")];

/// Lines without what differs from run to run: their times.
fn timeless(text: &str) -> String {
    let cut = |line: &str| match line.split_once("\"timestamp\":\"") {
        Some((before, after)) => format!("{before}{}", &after[24..]),
        None => line.to_owned(),
    };
    text.lines().map(|line| cut(line) + "\n").collect()
}

/// What the library writes into a file and onto a console.
fn written_by(write: impl Fn(&Metrics)) -> [String; 2] {
    let folder = tempfile::tempdir().unwrap();
    let (file, console) = (folder.path().join("file"), folder.path().join("console"));
    let screen = fs::File::create(&console).unwrap();
    let builder = Metrics::builder().format(Format::Both).path(&file);
    write(&builder.console(screen).build().unwrap());
    [file, console].map(|path| fs::read_to_string(path).unwrap())
}

#[test]
fn the_bytes_are_those_of_the_library_in_every_format() {
    type Case = (&'static [&'static str], fn(&Metrics));
    let cases: &[Case] = &[
        (&["otp.sent", "--ok", "--email", "user@example.com"], |to| {
            to.track_success("otp.sent", fields().email("user@example.com"));
        }),
        (
            &[
                "otp.verification",
                "--fail",
                "Invalid code",
                "--user",
                "u",
                "attempts=3",
                "last=true",
                "share=0.25",
                "code=007",
            ],
            |to| {
                let about = fields().user("u").meta("attempts", 3).meta("last", true);
                let about = about.meta("share", 0.25).meta("code", "007");
                to.track_failure("otp.verification", "Invalid code", about);
            },
        ),
        (&["auth.logout", "--user", "u"], |to| {
            to.track("auth.logout", fields().user("u"));
        }),
        (&["a", "--fail", ""], |to| {
            to.track_failure("a", "", fields());
        }),
        (
            &[
                "a",
                "one=1",
                "--text",
                "two=2",
                "three=a=b",
                "--ok",
                "--text",
                "four=true",
                "five=",
            ],
            |to| {
                let about = fields()
                    .meta("one", 1)
                    .meta("two", "2")
                    .meta("three", "a=b");
                to.track_success("a", about.meta("four", "true").meta("five", ""));
            },
        ),
        (&["a", "--", "-k=-1", "userId=x", "event=y"], |to| {
            to.track(
                "a",
                fields()
                    .meta("-k", -1)
                    .meta("userId", "x")
                    .meta("event", "y"),
            );
        }),
    ];
    for (args, write) in cases {
        let [file, console] = written_by(write);
        for (format, in_file, on_console) in [
            ("file", file.as_str(), ""),
            ("console", "", console.as_str()),
            ("both", &file, &console),
            ("none", "", ""),
        ] {
            let scratch = Scratch::new();
            let settings = [
                ("METRICS_FORMAT", format),
                ("METRICS_FILE_PATH", "new/a.jsonl"),
            ];
            let ended = log(&scratch, &settings, args);
            ended.exit(0).is_quiet();
            assert_eq!(ended.text(), on_console, "{args:?}, {format}");
            let written = fs::read_to_string(scratch.path("new/a.jsonl")).unwrap_or_default();
            assert_eq!(timeless(&written), timeless(in_file), "{args:?}, {format}");
        }
    }
}

#[test]
fn without_an_outcome_the_line_has_none() {
    let scratch = Scratch::new();
    log(&scratch, TO_FILE, &["auth.logout", "--user", "u"]).exit(0);
    let line = fs::read_to_string(scratch.path("a.jsonl")).unwrap();
    let event: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(event["userId"], "u");
    assert!(event.get("success").is_none(), "{line}");
}

#[test]
fn switched_off_it_writes_nothing() {
    let scratch = Scratch::new();
    let off = [
        ("METRICS_ENABLED", "false"),
        ("METRICS_FORMAT", "both"),
        ("METRICS_FILE_PATH", "a.jsonl"),
    ];
    log(&scratch, &off, &["a", "--ok"])
        .exit(0)
        .is_quiet()
        .prints_nothing();
    assert_eq!(fs::read_dir(scratch.folder()).unwrap().count(), 0);
}

#[test]
fn words_that_make_no_sense_are_named_with_a_remedy_and_nothing_is_written() {
    let scratch = Scratch::new();
    let cases: &[(&[&str], &[&str])] = &[
        (
            &["a", "attempts"],
            &["  attempts\n          ^ a `=` belongs here", "attempts=3"],
        ),
        (&["a", "=3"], &["  =3\n  ^ a key belongs here"]),
        (&["a", "--text", "=3"], &["a key belongs here"]),
        (
            &["a", "k=1", "b=2", "k=3"],
            &["  k=3\n  ^ this key is there twice"],
        ),
        (&["a", "k=1", "--text", "k=3"], &["this key is there twice"]),
        (&["a", "x\u{1b}[31m"], &["\\u{1b}[31m"]),
        (&[""], &["the event has no name"]),
        (&["a", "--ok", "--fail", "no"], &["cannot be used with"]),
        (&["a", "--fail"], &["a value is required"]),
        (&[], &["<EVENT>"]),
    ];
    for (args, says) in cases {
        let ended = log(&scratch, TO_FILE, args);
        ended.exit(2).prints_nothing();
        for words in *says {
            ended.says(words);
        }
        assert!(!ended.stderr_text().contains('\u{1b}'), "{args:?}");
    }
    assert_eq!(fs::read_dir(scratch.folder()).unwrap().count(), 0);
}

#[test]
fn a_wrong_setting_is_wrong_usage_and_a_path_that_cannot_be_written_is_not() {
    let scratch = Scratch::new();
    scratch.write("a file", "");
    log(&scratch, &[("METRICS_FORMAT", "fiel")], &["a"])
        .exit(2)
        .says("METRICS_FORMAT=\"fiel\" is not one of: console, file, both, none");
    let settings = [
        ("METRICS_FORMAT", "file"),
        ("METRICS_FILE_PATH", "a file/a.jsonl"),
    ];
    log(&scratch, &settings, &["a"])
        .exit(4)
        .says("the event is lost: cannot");
}

#[test]
fn an_event_that_is_lost_is_told() {
    let scratch = Scratch::new();
    for format in ["file", "both"] {
        let settings = [
            ("METRICS_FORMAT", format),
            ("METRICS_FILE_PATH", "/dev/full"),
        ];
        log(&scratch, &settings, &["a"])
            .exit(4)
            .says("the event is lost: cannot write to \"/dev/full\": No space left on device");
    }
    scratch
        .shell("METRICS_FORMAT=console \"$AUTHMETER\" log a > /dev/full")
        .exit(4)
        .says("the event is lost: cannot write to \"console\"");
    scratch
        .shell("METRICS_FORMAT=both METRICS_FILE_PATH=b.jsonl \"$AUTHMETER\" log a > /dev/full")
        .exit(0)
        .says("warning: the console does not show the event; the file has it");
    assert_eq!(
        fs::read_to_string(scratch.path("b.jsonl"))
            .unwrap()
            .lines()
            .count(),
        1
    );
}

#[test]
fn a_word_that_is_not_utf_8_is_mended_and_not_lost() {
    let scratch = Scratch::new();
    let word = OsStr::from_bytes(b"agent=a\xffb");
    log(&scratch, TO_FILE, &[OsStr::new("a"), word]).exit(0);
    let line = fs::read_to_string(scratch.path("a.jsonl")).unwrap();
    assert!(
        line.contains("\"metadata\":{\"agent\":\"a\u{fffd}b\"}"),
        "{line}"
    );
}

#[test]
fn processes_append_to_one_file_and_no_line_is_lost_or_mixed() {
    const PROCESSES: usize = 8;
    const LINES: usize = 200;
    let scratch = Scratch::new();
    let script = format!(
        "for n in $(seq 0 {}); do METRICS_FORMAT=file METRICS_FILE_PATH=a.jsonl \"$AUTHMETER\" log token.used --user $0 n=$n --text pad={} || exit; done",
        LINES - 1,
        "x".repeat(5000)
    );
    let run = |index: usize| -> Output {
        let mut command = Command::new("sh");
        command
            .current_dir(scratch.folder())
            .env("AUTHMETER", PROGRAM);
        command
            .args(["-c", &script, &index.to_string()])
            .output()
            .unwrap()
    };
    thread::scope(|scope| {
        let started: Vec<_> = (0..PROCESSES)
            .map(|index| scope.spawn(move || run(index)))
            .collect();
        for process in started {
            let ended = process.join().unwrap();
            assert!(
                ended.status.success(),
                "{}",
                String::from_utf8_lossy(&ended.stderr)
            );
        }
    });
    assert_numbered(&scratch.path("a.jsonl"), PROCESSES, LINES);
}

/// Every process's lines are there, whole, once, in their order.
fn assert_numbered(path: &Path, processes: usize, lines: usize) {
    let mut next: BTreeMap<String, usize> = BTreeMap::new();
    let text = fs::read_to_string(path).unwrap();
    // A process that starts while another is inside a write may take that line for torn, and stand apart from it.
    for line in text.lines().filter(|line| !line.is_empty()) {
        let event: Value = serde_json::from_str(line).unwrap();
        let expected = next
            .entry(event["userId"].as_str().unwrap().to_owned())
            .or_default();
        assert_eq!(event["metadata"]["n"], *expected, "{line}");
        *expected += 1;
    }
    assert_eq!(next.len(), processes);
    assert!(next.values().all(|count| *count == lines), "{next:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever text a script passes on, the line is the one the library writes for it.
    #[test]
    fn hostile_text_is_written_as_the_library_writes_it(
        event in "[^\0-][^\0]{0,20}", user in "[^\0]{1,20}", reason in "[^\0]{0,20}", key in "[^\0=-][^\0=]{0,9}", value in "[^\0]{0,40}"
    ) {
        let scratch = Scratch::new();
        let args = [event.clone(), format!("--user={user}"), format!("--fail={reason}"), format!("--text={key}={value}")];
        log(&scratch, TO_FILE, &args).exit(0).is_quiet();
        let about: Fields<'_> = fields().user(&user).meta(&key, MetaValue::Text(&value));
        let [file, _] = written_by(|to| to.track_failure(&event, &reason, about.clone()));
        let written = fs::read_to_string(scratch.path("a.jsonl")).unwrap();
        prop_assert_eq!(timeless(&written), timeless(&file));
    }
}
