//! What a sealed log may be read from: files in any order, folders, pipes, compressed files, long ones.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use super::{fact, log, places, text, verified};
use crate::harness::{PROGRAM, Scratch, at};
use crate::verify::sealer::{Sealer, key};

/// Three files of one log, the newest last.
fn rotated() -> Vec<Vec<u8>> {
    let mut sealer = Sealer::new("a");
    let mut files = Vec::new();
    for _ in 0..2 {
        sealer.sealed(2, 3).events(1);
        files.push(sealer.rotate());
    }
    sealer.sealed(1, 2).events(1);
    files.push(sealer.log);
    files
}

#[test]
fn files_of_a_rotated_log_are_one_chain_whatever_they_are_called() {
    let scratch = Scratch::new();
    let key = key(&scratch, "a");
    let files = rotated();
    fs::create_dir(scratch.path("logs")).unwrap();
    // Named in an order that is not theirs.
    for (name, file) in ["logs/auth.jsonl.2", "logs/auth.jsonl", "logs/auth.jsonl.1"]
        .iter()
        .zip(&files)
    {
        scratch.write(name, file);
    }
    let folder = verified(&scratch, &["--key", &key, "logs"], 0);
    let chain = fact(&folder, "chains/0");
    assert_eq!(
        (&chain["inputs"], &chain["first_seal"], &chain["last_seal"]),
        (&3.into(), &1.into(), &10.into())
    );
    assert_eq!(fact(&folder, "unsealed_lines"), 1);
    verified(&scratch, &["--key", &key, "logs/auth*"], 0);
    let any = ["logs/auth.jsonl", "logs/auth.jsonl.1", "logs/auth.jsonl.2"];
    verified(&scratch, &[&["--key", &key][..], &any].concat(), 0);
    // Without the file in the middle.
    fs::remove_file(scratch.path("logs/auth.jsonl")).unwrap();
    let json = verified(&scratch, &["--key", &key, "logs"], 1);
    assert_eq!(places(&json), ["missing"]);
    let place = fact(&json, "places/0");
    assert_eq!(
        (&place["first_seal"], &place["last_seal"]),
        (&5.into(), &8.into())
    );
    assert!(
        place["what"]
            .as_str()
            .unwrap()
            .contains("logs/auth.jsonl.2"),
        "{place}"
    );
    // Without the oldest: a chain that begins late, which is told.
    fs::remove_file(scratch.path("logs/auth.jsonl.2")).unwrap();
    let json = verified(&scratch, &["--key", &key, "logs"], 0);
    assert_eq!(fact(&json, "chains/0/from_its_start"), false);
}

#[test]
fn compressed_files_pipes_and_files_are_the_same_log() {
    let scratch = Scratch::new();
    let key = key(&scratch, "a");
    let files = rotated();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&files[0]).unwrap();
    scratch.write("auth.jsonl.2.gz", gzip.finish().unwrap());
    scratch.write(
        "auth.jsonl.1.zst",
        zstd::encode_all(&files[1][..], 0).unwrap(),
    );
    scratch.write("auth.jsonl", &files[2]);
    let json = verified(&scratch, &["--key", &key, "auth.jsonl*"], 0);
    assert_eq!(at(&json, "/input/bytes"), files.concat().len());
    let words = ["verify", "--format", "json", "--key", &key];
    let piped = scratch.pipe(&files.concat(), &words).exit(0).json();
    assert_eq!(fact(&piped, "chains/0/last_seal"), 10);
    // What was cut off while it was compressed is trouble, and what is left is checked.
    let cut = fs::read(scratch.path("auth.jsonl.2.gz")).unwrap();
    scratch.write("cut.gz", &cut[..cut.len() - 20]);
    let json = verified(&scratch, &["--key", &key, "cut.gz"], 3);
    assert_eq!(
        at(&json, "/input/inputs/0/trouble"),
        "the compressed data ends early"
    );
    // The same under two names is there once.
    scratch.write("auth.jsonl.2", &files[0]);
    let json = verified(&scratch, &["--key", &key, "auth.jsonl*"], 0);
    let copies = at(&json, "/input/inputs").as_array().unwrap().iter();
    assert_eq!(
        copies.filter(|input| !input["copy_of"].is_null()).count(),
        1
    );
}

#[test]
fn what_cannot_be_read_is_told_and_a_finding_is_told_louder() {
    let scratch = Scratch::new();
    let key = key(&scratch, "a");
    scratch.write("log", log());
    scratch
        .run(&["verify", "--key", &key, "log", "gone"])
        .exit(3)
        .says("gone");
    scratch.write("log", text(&log()).replace("user-6\"", "user-7\""));
    scratch
        .run(&["verify", "--key", &key, "log", "gone"])
        .exit(1)
        .says("gone");
    scratch
        .run(&["verify", "--key", &key, "."])
        .exit(3)
        .says("named like a log");
}

#[test]
fn memory_does_not_grow_with_the_log() {
    let scratch = Scratch::new();
    let key = key(&scratch, "a");
    let peak = |seals: u64| {
        let mut child = Command::new(PROGRAM)
            .args(["verify", "--get", "verify.findings", "--key", &key])
            .current_dir(scratch.folder())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pipe = child.stdin.take().unwrap();
        let mut sealer = Sealer::new("a");
        for _ in 0..seals {
            sealer.sealed(1, 64);
            pipe.write_all(&std::mem::take(&mut sealer.log)).unwrap();
        }
        // All but what is in the pipe has been read.
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        drop(pipe);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.stdout, b"0\n");
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .unwrap();
        line.trim()
            .strip_suffix(" kB")
            .unwrap()
            .trim()
            .parse::<u64>()
            .unwrap()
    };
    // 2 MB, and 40 MB.
    let (short, long) = (peak(300), peak(6_000));
    assert!(long < short + 4_096, "{short} KiB, {long} KiB");
}
