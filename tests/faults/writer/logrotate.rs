//! The same with the program that does it on most machines: Debian's logrotate.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::Duration;

use super::rotation::expect_lost_in;
use super::scene::{Running, Scene};
use super::trial::Trial;
use super::{short_or_full, unix_nanos};

const CYCLES: u64 = 15;

/// Has logrotate rotate so many times under four threads; `pauses` as in the name. Gives the files in the order of time, and from when to when
/// each run took.
fn rotate(scene: &Scene, how: &str, pauses: bool) -> (Vec<PathBuf>, Vec<(u64, u64)>) {
    let configuration = scene.path("logrotate.conf");
    let log = scene.log();
    let text = format!(
        "{} {{\n  rotate 10000\n  nocompress\n  {how}\n}}\n",
        log.display()
    );
    fs::write(&configuration, text).unwrap();
    let words = ["threads=4", "pace=1000", "listens=yes"];
    let mut running = Running::start(&mut scene.application("", "a", &words));
    let mut windows = Vec::new();
    for cycle in 0..short_or_full(CYCLES, 200) {
        thread::sleep(Duration::from_millis(150 + cycle * 7 % 50));
        if pauses {
            running.ask("pause");
        }
        let began = unix_nanos();
        let mut logrotate = Command::new("/usr/sbin/logrotate");
        logrotate
            .args(["--force", "--state"])
            .arg(scene.path("state"))
            .arg(&configuration);
        let output = logrotate.output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        windows.push((began, unix_nanos()));
        if pauses {
            running.ask("go");
        }
    }
    thread::sleep(Duration::from_millis(150));
    assert!(running.end().success());
    // The highest number is the oldest.
    let rotated = (1..).map(|number| scene.path(format!("auth.jsonl.{number}")));
    let mut files: Vec<PathBuf> = rotated.take_while(|path| path.exists()).collect();
    files.reverse();
    files.push(log);
    (files, windows)
}

#[test]
fn rotated_by_logrotate_a_log_lacks_no_event() {
    let mut accounts = Vec::new();
    let mut trial = Trial::new(
        56,
        "rotated_by_logrotate",
        "logrotate, `create` and `nocreate`",
        "`logrotate --force`, version 3.21 of Debian",
    );
    for how in ["create 0600", "nocreate"] {
        let scene = Scene::new();
        let (files, windows) = rotate(&scene, how, false);
        let account = scene.check(&files);
        trial.expect_complete(&account);
        trial.expect(
            files.len() > windows.len(),
            format_args!("{how}: too few files"),
        );
        accounts.push(account);
    }
    trial.note(format_args!("{} cycles each", short_or_full(CYCLES, 200)));
    trial.conclude(&accounts);
}

#[test]
fn copied_by_logrotate_a_log_lacks_what_came_while_it_was_at_it_and_nothing_else() {
    let mut trial = Trial::new(
        57,
        "copied_by_logrotate_a_log",
        "logrotate, `copytruncate`",
        "`logrotate --force` while the application writes: its manual says that some lines may be lost",
    );
    let scene = Scene::new();
    let (files, windows) = rotate(&scene, "copytruncate", false);
    let account = scene.check(&files);
    expect_lost_in(&mut trial, &account, &windows);
    trial.note(format_args!("{} cycles", windows.len()));
    trial.conclude(&[account]);
}

#[test]
fn copied_by_logrotate_while_nothing_comes_a_log_lacks_no_event() {
    let mut trial = Trial::new(
        58,
        "copied_by_logrotate_while_nothing_comes",
        "logrotate, `copytruncate`, while nothing is emitted",
        "`logrotate --force` while the application pauses",
    );
    let scene = Scene::new();
    let (files, windows) = rotate(&scene, "copytruncate", true);
    let account = scene.check(&files);
    trial.expect_complete(&account);
    trial.note(format_args!("{} cycles", windows.len()));
    trial.conclude(&[account]);
}
