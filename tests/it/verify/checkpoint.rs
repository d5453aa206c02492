//! `--checkpoint`: what an earlier check has seen.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use super::{fact, log, places, text, verified};
use crate::harness::{PROGRAM, Scratch};
use crate::verify::sealer::{Sealer, key};

#[test]
fn a_cut_is_found_by_what_was_seen_before() {
    let scratch = Scratch::new();
    let key = key(&scratch, "a");
    let words = ["--key", &key, "--checkpoint", "seen", "log"];
    scratch.write("log", log());
    let json = verified(&scratch, &words, 0);
    assert_eq!(fact(&json, "checkpoint"), "made");
    let json = verified(&scratch, &words, 0);
    assert_eq!(fact(&json, "checkpoint"), "reached and advanced");
    let seen = fs::read(scratch.path("seen")).unwrap();
    // At a seal nothing else tells.
    let lines = text(&log());
    let cut: String = lines.split_inclusive('\n').take(16).collect();
    scratch.write("log", &cut);
    verified(&scratch, &["--key", &key, "log"], 0);
    let json = verified(&scratch, &words, 1);
    assert_eq!(
        (places(&json), fact(&json, "checkpoint")),
        (vec!["cut".to_owned()], &"left as it was".into())
    );
    assert_eq!(fact(&json, "places/0/first_seal"), 5);
    assert_eq!(fs::read(scratch.path("seen")).unwrap(), seen);
    // Nor of another log in its place.
    scratch.write(
        "log",
        &Sealer::new("a").named("0123456789abcdef").sealed(3, 4).log,
    );
    assert_eq!(places(&verified(&scratch, &words, 1)), ["replaced"]);
    scratch.write("log", "");
    assert_eq!(places(&verified(&scratch, &words, 1)), ["replaced"]);
}

#[test]
fn a_checkpoint_goes_along_with_the_log() {
    let scratch = Scratch::new();
    let key = key(&scratch, "a");
    let words = ["--key", &key, "--checkpoint", "seen", "log"];
    let mut sealer = Sealer::new("a");
    let mut before = Vec::new();
    for _ in 0..3 {
        sealer.sealed(1, 2).events(1);
        scratch.write("log", &sealer.log);
        verified(&scratch, &words, 0);
        let now = fs::read(scratch.path("seen")).unwrap();
        assert_ne!(now, before);
        before = now;
    }
    // A writer that was started again on a log that was cut goes another way from there.
    let mut other = Sealer::new("a");
    other.sealed(1, 2).sealed(4, 1);
    scratch.write("log", &other.log);
    verified(&scratch, &["--key", &key, "log"], 0);
    assert_eq!(places(&verified(&scratch, &words, 1)), ["rewritten"]);
}

#[test]
fn a_checkpoint_that_cannot_be_believed_or_written_is_refused_before_anything_is_read() {
    let scratch = Scratch::new();
    let (key_a, key_b) = (key(&scratch, "a"), key(&scratch, "b"));
    scratch.write("log", log());
    let run = |key: &str, checkpoint: &str| {
        scratch.run(&["verify", "--key", key, "--checkpoint", checkpoint, "log"])
    };
    run(&key_a, "seen").exit(0);
    run(&key_b, "seen")
        .exit(2)
        .says("a key that was not given")
        .prints_nothing();
    let seen = text(&fs::read(scratch.path("seen")).unwrap());
    scratch.write("seen", seen.replace("\"seal\":6", "\"seal\":5"));
    run(&key_a, "seen")
        .exit(2)
        .says("its code is wrong")
        .prints_nothing();
    scratch.write("seen", "{}");
    run(&key_a, "seen").exit(2).says("it is no checkpoint");
    run(&key_a, "log").exit(2).says("one of the inputs");
    run(&key_a, "-").exit(2).says("takes a file");
    run(&key_a, "no/folder")
        .exit(4)
        .says("cannot write no/folder");
}

#[test]
fn a_checkpoint_stays_where_not_everything_was_read() {
    let scratch = Scratch::new();
    let key = key(&scratch, "a");
    scratch.write("log", log());
    let words = ["--key", &key, "--checkpoint", "seen", "log", "gone"];
    let json = verified(&scratch, &words, 3);
    assert_eq!(
        (fact(&json, "intact"), fact(&json, "checkpoint")),
        (&true.into(), &"not made".into())
    );
    assert!(!scratch.path("seen").exists());
}

#[test]
fn an_interrupted_check_says_so_and_keeps_the_checkpoint_as_it_was() {
    let scratch = Scratch::new();
    let key = key(&scratch, "a");
    let mut child = Command::new(PROGRAM)
        .args([
            "verify",
            "--format",
            "json",
            "--key",
            &key,
            "--checkpoint",
            "seen",
        ])
        .current_dir(scratch.folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(&log()).unwrap();
    pipe.flush().unwrap();
    thread::sleep(Duration::from_millis(500));
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    let output = child.wait_with_output().unwrap();
    drop(pipe);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("interrupted"), "{said}");
    assert!(!scratch.path("seen").exists());
}
