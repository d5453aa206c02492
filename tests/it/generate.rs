//! `authmeter generate`, from the outside.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use authmeter::event::Timestamp;
use authmeter::{Format, MetaValue, Metrics, events, fields};
use serde_json::Value;

fn authmeter(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_authmeter"));
    command.args(args);
    command
}

fn generate(args: &[&str]) -> Output {
    let mut command = authmeter(&["generate"]);
    command.args(args).output().unwrap()
}

#[test]
fn the_log_and_its_truth_go_where_they_are_asked_to() {
    let folder = tempfile::tempdir().unwrap();
    let (log, truth) = (folder.path().join("a.jsonl"), folder.path().join("a.json"));
    let files = [
        "-o",
        log.to_str().unwrap(),
        "--truth",
        truth.to_str().unwrap(),
    ];
    let to_files = generate(&[&["--events", "500", "--seed", "7"], &files[..]].concat());
    assert!(to_files.status.success(), "{to_files:?}");
    assert!(to_files.stdout.is_empty() && to_files.stderr.is_empty());
    let to_stdout = generate(&["--events", "500", "--seed", "7"]);
    assert_eq!(to_stdout.stdout, fs::read(&log).unwrap());
    let truth: Value = serde_json::from_slice(&fs::read(&truth).unwrap()).unwrap();
    assert_eq!(truth["events"], 500);
    assert_eq!(truth["bytes"], to_stdout.stdout.len());
    assert!(truth["logins"]["success_rate"]["whole"].as_u64() > Some(10));
}

#[test]
fn a_file_that_exists_is_overwritten_only_by_force() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (old, new) = (path("old"), path("new"));
    fs::write(&old, "precious").unwrap();
    for args in [["-o", &old, "--truth", &new], ["-o", &new, "--truth", &old]] {
        let args = [&["--events", "10"], &args[..]].concat();
        let output = generate(&args);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("old exists; --force"), "{said}");
        assert_eq!(fs::read(&old).unwrap(), b"precious");
        assert!(!fs::exists(&new).unwrap(), "{args:?} left a file");
    }
    assert!(
        generate(&["--events", "10", "-o", &old, "--force"])
            .status
            .success()
    );
    assert_eq!(fs::read_to_string(&old).unwrap().lines().count(), 10);
}

/// Has the writer say what a line says, at the time it says.
fn say_again(metrics: &Metrics, line: &str) {
    let event: Value = serde_json::from_str(line).unwrap();
    let text = |key: &str| event[key].as_str().unwrap_or_default();
    let mut about = fields().user(text("userId")).email(text("email"));
    let mut pairs: Vec<_> = event["metadata"]
        .as_object()
        .into_iter()
        .flatten()
        .collect();
    pairs.sort_by_key(|(key, _)| line.find(&format!("\"{key}\":")));
    for (key, value) in pairs {
        about = match value {
            Value::String(text) => about.meta(key, text),
            number => about.meta(key, MetaValue::Uint(number.as_u64().unwrap())),
        };
    }
    match event["success"].as_bool() {
        Some(true) => metrics.track_success(text("event"), about),
        Some(false) => metrics.track_failure(text("event"), text("error"), about),
        None => events::custom(text("event"))
            .user(text("userId"))
            .email(text("email"))
            .emit_to(metrics),
    }
}

#[test]
fn a_plain_line_is_the_writers_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.jsonl");
    let output = generate(&["--events", "5000", "--seed", "4"]);
    let log = String::from_utf8(output.stdout).unwrap();
    // Other applications leave out `success` beside a reason, and the log has a few of their lines; the writer does not.
    let is_ours = |line: &&str| line.contains("\"success\":") || !line.contains("\"error\":");
    let generated: Vec<&str> = log.lines().filter(is_ours).collect();
    assert!(generated.len() > 4_900, "{}", generated.len());
    let now = Arc::new(Mutex::new(Timestamp::now()));
    let clock = Arc::clone(&now);
    let builder = Metrics::builder().format(Format::File).path(&path);
    let metrics = builder
        .clock(move || *clock.lock().unwrap())
        .build()
        .unwrap();
    for line in &generated {
        let event: Value = serde_json::from_str(line).unwrap();
        *now.lock().unwrap() = Timestamp::parse(event["timestamp"].as_str().unwrap()).unwrap();
        say_again(&metrics, line);
    }
    let written = fs::read_to_string(path).unwrap();
    assert_eq!(written.lines().count(), generated.len());
    for (written, generated) in written.lines().zip(generated) {
        assert_eq!(written, generated);
    }
}

#[test]
fn a_closed_pipe_is_a_silent_success() {
    let mut child = authmeter(&["generate", "--events", "200000"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(first.starts_with("{\"event\":"), "{first}");
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
}

#[test]
fn a_bad_value_is_an_error_that_names_it() {
    for (flag, value) in [
        ("--users", "0"),
        ("--clients", "0"),
        ("--days", "0"),
        ("--days", "1000000"),
        ("--start", "tomorrow"),
        ("--shape", "round"),
        ("--events", "-1"),
    ] {
        let flag_is_value = format!("{flag}={value}");
        let output = generate(&["--events=1", &flag_is_value]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(flag), "{said}");
    }
    let late = generate(&["--events", "1", "--start", "9999-12-31T12:00:00Z"]);
    assert_eq!(late.status.code(), Some(2), "{late:?}");
}

#[test]
fn a_full_disk_is_told() {
    let output = generate(&["--events", "10", "-o", "/dev/full"]);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("/dev/full"), "{said}");
}

/// The sample is what its command line gives; whoever changes the stream writes it anew.
#[test]
fn the_sample_is_what_its_command_gives() {
    let here = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/");
    let sample = fs::read(format!("{here}sample.jsonl")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let truth = folder.path().join("truth.json");
    let output = generate(&[
        "--events",
        "1000",
        "--seed",
        "1",
        "--users",
        "350",
        "--days",
        "3",
        "--truth",
        truth.to_str().unwrap(),
    ]);
    assert!(output.stdout == sample, "testdata/sample.jsonl differs");
    let expected = fs::read_to_string(format!("{here}sample.truth.json")).unwrap();
    assert_eq!(fs::read_to_string(truth).unwrap(), expected);
}

#[test]
fn the_log_and_its_truth_are_never_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let old = b"what was there before";
    for force in [false, true] {
        for exists in [false, true] {
            let run = |output: &str, truth: &str| {
                let _ = fs::remove_file(folder.path().join("log"));
                if exists {
                    fs::write(folder.path().join("log"), old).unwrap();
                }
                let mut args = vec!["generate", "--events", "10", "-o", output, "--truth", truth];
                args.extend(force.then_some("--force"));
                authmeter(&args)
                    .current_dir(folder.path())
                    .output()
                    .unwrap()
            };
            let twice = run("log", "./log");
            assert_eq!(twice.status.code(), Some(2), "{twice:?}");
            let left = fs::read(folder.path().join("log"));
            assert_eq!(
                left.ok().as_deref(),
                exists.then_some(&old[..]),
                "force: {force}"
            );
        }
    }
    let dash = authmeter(&["generate", "--events", "10", "-o", "-"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(
        dash.stdout.iter().filter(|byte| **byte == b'\n').count(),
        10
    );
    assert!(!folder.path().join("-").exists(), "`-` is standard output");
    assert_eq!(
        generate(&["--events", "10", "--truth", "-"]).status.code(),
        Some(2)
    );
}
