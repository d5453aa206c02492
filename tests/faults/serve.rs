//! `authmeter serve --cache` on a disk without room: answers are right, what is wrong is said once, and what was counted
//! is kept once there is room.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::harness::{PROGRAM, Scratch};
use super::server::{Server, WORDS, token};

/// 256 KiB of memory.
const TMPFS: &str = "mount -t tmpfs -o size=256k none disk";

/// 4 MiB of ext4 in a file.
const EXT4: &str = "truncate -s 4M image && mkfs.ext4 -q -m 0 image && mount -o loop image disk";

/// Of four days, with more to say of each than what is left of a full disk.
fn scratch() -> Scratch {
    let scratch = Scratch::new();
    for folder in ["disk", "kept"] {
        fs::create_dir(scratch.path(folder)).unwrap();
    }
    for (name, seed, events) in [("log.jsonl", "5", "3000"), ("more", "6", "500")] {
        let words = [
            "generate", "--events", events, "--seed", seed, "--days", "4",
        ];
        let log = scratch.run(&words);
        scratch.write(name, log.exit(0).stdout());
    }
    scratch
}

/// Serves in a mount namespace of its own, after a shell's script there.
fn after(script: &str, scratch: &Scratch) -> Server {
    let script = format!("{script}; exec \"$@\"");
    let mut command = Command::new("unshare");
    command
        .current_dir(scratch.folder())
        .args(["-m", "sh", "-ec", &script, "sh", PROGRAM])
        .args(WORDS)
        .args(["--cache", "disk/cache", "log.jsonl"]);
    let server = Server::of(command);
    server.wait_for_the_log();
    server
}

/// Serves with the cache on a full disk, which goes with the server. The file `ballast` is
/// somebody else's, and fills it, with `rest`: ext4 has a little room left for small files that are written at once.
fn on_a_full(disk: &str, scratch: &Scratch) -> Server {
    let fill = "cat /dev/zero > disk/ballast 2> /dev/null || true; \
        dd if=/dev/zero of=disk/rest bs=1k oflag=dsync 2> /dev/null || true";
    after(&format!("{disk}; {fill}"), scratch)
}

/// Where the server sees its disk, which nobody else does.
fn seen_by(server: &Server, scratch: &Scratch) -> PathBuf {
    let disk = scratch.path("disk");
    server.proc("root").join(disk.strip_prefix("/").unwrap())
}

/// The folder of the cache, with its manifest, if there is one.
fn manifest(disk: &std::path::Path) -> Option<PathBuf> {
    let mut folders = fs::read_dir(disk.join("cache")).ok()?;
    folders
        .find_map(|folder| Some(folder.ok()?.path().join("manifest")))
        .filter(|manifest| manifest.exists())
}

fn append(scratch: &Scratch) {
    let more = scratch.shell("cat more >> log.jsonl");
    more.exit(0);
}

/// What must hold while the disk is full: every answer, one remark, no manifest.
fn stands_the_full_disk(server: &Server, scratch: &Scratch) {
    server.equals_the_report(scratch, &["log.jsonl"]);
    append(scratch);
    server.equals_the_report(scratch, &["log.jsonl"]);
    let said = server.said("nothing is kept");
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("No space left on device"), "{said:?}");
    assert_eq!(manifest(&seen_by(server, scratch)), None);
}

/// At the end, what was counted is kept; a copy of the cache is read by the next server, and the log is not.
fn recovers_at_the_end(disk: &str) {
    let scratch = scratch();
    let mut server = on_a_full(disk, &scratch);
    stands_the_full_disk(&server, &scratch);
    let seen = seen_by(&server, &scratch);
    // The file system lives for as long as somebody is in it.
    let namespace = format!("--mount={}", server.proc("ns/mnt").display());
    let mut shell = Command::new("nsenter")
        .args([&namespace, "sleep", "60"])
        .spawn()
        .unwrap();
    let held = PathBuf::from(format!("/proc/{}/root", shell.id()));
    let held = held.join(scratch.path("disk").strip_prefix("/").unwrap());
    fs::remove_file(seen.join("ballast")).unwrap();
    assert_eq!(server.end(), Some(0));
    assert!(manifest(&held).is_some(), "nothing is kept at the end");
    let from = held.join("cache");
    let copied = scratch.shell(&format!("cp -a {} kept/cache", from.display()));
    copied.exit(0);
    shell.kill().unwrap();
    shell.wait().unwrap();
    let again = Server::start(&scratch, &["--cache", "kept/cache", "log.jsonl"]);
    again.until("/api/v1/reports/logins", |answer| answer.status == 200);
    let (read, log) = (again.bytes_read(), scratch.path("log.jsonl"));
    let log = fs::metadata(log).unwrap().len();
    assert!(read < log / 2, "{read} bytes read, {log} in the log");
    again.equals_the_report(&scratch, &["log.jsonl"]);
}

#[test]
fn on_a_full_tmpfs_serve_answers_says_so_once_and_keeps_what_it_counted_when_it_ends() {
    recovers_at_the_end(TMPFS);
}

#[test]
fn on_a_full_ext4_serve_answers_says_so_once_and_keeps_what_it_counted_when_it_ends() {
    recovers_at_the_end(EXT4);
}

#[test]
fn serve_keeps_what_it_counted_within_a_minute_after_there_is_room() {
    let scratch = scratch();
    let server = on_a_full(TMPFS, &scratch);
    stands_the_full_disk(&server, &scratch);
    let seen = seen_by(&server, &scratch);
    fs::remove_file(seen.join("ballast")).unwrap();
    let room = Instant::now();
    // States are kept once a minute at most, when something is new.
    while manifest(&seen).is_none() {
        assert!(room.elapsed() < Duration::from_secs(75), "nothing is kept");
        append(&scratch);
        thread::sleep(Duration::from_secs(1));
    }
    assert_eq!(server.said("nothing is kept").len(), 1);
    server.equals_the_report(&scratch, &["log.jsonl"]);
}

#[test]
fn a_disk_that_fills_up_later_leaves_what_was_kept_before() {
    let scratch = scratch();
    let server = after(TMPFS, &scratch);
    let seen = seen_by(&server, &scratch);
    let began = Instant::now();
    while manifest(&seen).is_none() {
        assert!(began.elapsed() < Duration::from_secs(10), "nothing is kept");
        thread::sleep(Duration::from_millis(50));
    }
    let before = fs::read(manifest(&seen).unwrap()).unwrap();
    scratch.shell(&format!("cat /dev/zero > {}/ballast", seen.display()));
    append(&scratch);
    server.equals_the_report(&scratch, &["log.jsonl"]);
    while server.said("nothing is kept").is_empty() {
        assert!(began.elapsed() < Duration::from_secs(90), "it kept silent");
        append(&scratch);
        thread::sleep(Duration::from_secs(1));
    }
    assert_eq!(server.said("nothing is kept").len(), 1);
    // The old manifest stands, whole.
    assert!(fs::read(manifest(&seen).unwrap()).unwrap() == before);
    server.equals_the_report(&scratch, &["log.jsonl"]);
}

#[test]
fn where_descriptors_are_few_serve_turns_away_and_goes_on_reading_the_log_and_the_tokens() {
    let scratch = scratch();
    let token = token(&scratch, &["--operator"]);
    let mut command = Command::new("prlimit");
    command
        .current_dir(scratch.folder())
        .args(["--nofile=100:100", PROGRAM])
        .args(WORDS)
        .args(["--auth", "tokens", "log.jsonl"]);
    let server = Server::of(command);
    server.wait_for_the_log();
    // Five eighths are for connections; an eighth is for those who are told that there is no room.
    let silent: Vec<_> = (0..60).map(|_| server.connect()).collect();
    let refused = server.with(&token, "/api/v1/me").expect(503);
    assert!(refused.head.contains("retry-after: 1"), "{}", refused.head);
    let beyond: Vec<_> = (0..60).map(|_| server.connect()).collect();
    let rotated = scratch.shell("mv log.jsonl log.jsonl.1; cp more log.jsonl; touch tokens");
    rotated.exit(0);
    thread::sleep(Duration::from_secs(1));
    drop((silent, beyond));
    let began = Instant::now();
    let seen = loop {
        let answer = server.with(&token, "/api/v1/reports/logins");
        if answer.status == 200 {
            break answer.json()["input"]["events"].clone();
        }
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "{}",
            answer.all()
        );
        thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(
        seen, 3500,
        "what was written while there was no room is read"
    );
    assert_eq!(server.said("Too many open files"), Vec::<String>::new());
}

#[test]
fn a_log_that_logrotate_rotates_is_served_whole_old_lines_and_new_ones() {
    for how in ["create 0600", "nocreate", "copytruncate"] {
        let scratch = scratch();
        let log = scratch.path("log.jsonl");
        let configuration = format!("{} {{ rotate 9\n nocompress\n {how}\n }}\n", log.display());
        scratch.write("logrotate.conf", configuration);
        let server = Server::start(&scratch, &["log.jsonl"]);
        for round in 1..=6 {
            thread::sleep(Duration::from_millis(600));
            let rotated = scratch.shell(&format!(
                "/usr/sbin/logrotate --force --state \"$PWD/state\" logrotate.conf && \
                 \"$AUTHMETER\" generate --events 500 --days 4 --seed 1{round} >> log.jsonl"
            ));
            rotated.exit(0);
        }
        let rotated = (1..=6).rev().map(|number| format!("log.jsonl.{number}"));
        let files: Vec<String> = rotated.chain(["log.jsonl".to_owned()]).collect();
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        server.equals_the_report(&scratch, &files);
        // Counted from the files, for nobody has asked so before.
        let path = "/api/v1/reports/logins?user=%21nobody";
        let again = server.get(path).expect(200).json();
        assert_eq!(again["input"]["events"], 3000 + 6 * 500, "{how}");
    }
}
