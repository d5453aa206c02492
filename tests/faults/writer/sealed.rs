//! Sealed logs under the same faults: whatever befell a log, `authmeter verify` finds nothing changed in it, because
//! nobody changed anything.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::Duration;

use super::super::harness::PROGRAM;
use super::disk_full::{Disk, TMPFS, fill_and_make_room};
use super::io_error::injecting;
use super::kill::kill_one_after_another;
use super::scene::{Account, Running, Scene, run};
use super::short_or_full;
use super::trial::Trial;

/// A scene with a key, and the settings of a sealed log.
fn sealed(scene: &Scene) -> Vec<(&'static str, String)> {
    let key = scene.path("key");
    fs::write(&key, "0123456789abcdef0123456789abcdef").unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    vec![
        ("METRICS_SEAL", "on".to_owned()),
        ("METRICS_KEY_FILE", key.display().to_string()),
    ]
}

/// Expects that the logs are what the checker wants of any log, and intact.
fn expect_intact(trial: &mut Trial, scene: &Scene, logs: &[PathBuf], what: &str) -> Account {
    let account = scene.check(logs);
    trial.expect_sound(&account);
    let seals = account.0["seals"].as_u64().unwrap_or(0);
    trial.expect(
        seals > 0,
        format_args!("{what}: no seal: this proves nothing"),
    );
    let mut verify = Command::new(PROGRAM);
    verify
        .args(["verify", "--format", "json", "--key"])
        .arg(scene.path("key"));
    let output = verify.args(logs).output().unwrap();
    trial.expect(
        output.status.success(),
        format_args!(
            "{what}: authmeter verify: {}\\n{}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        ),
    );
    account
}

fn trial(order: u32, name: &'static str, fault: &'static str, provoked: &'static str) -> Trial {
    let mut trial = Trial::new(order, name, fault, provoked);
    trial.note("`authmeter verify` finds nothing");
    trial
}

#[test]
fn killed_at_any_moment_a_sealed_log_is_intact() {
    let mut trial = trial(
        82,
        "killed_at_any_moment_a_sealed_log",
        "kill -9 at any moment, sealed, `write` and `async`",
        "`METRICS_SEAL=on`; `kill -9` after a random delay, then the next process on the same log",
    );
    let kills = short_or_full(20, 200);
    let mut accounts = Vec::new();
    for delivery in ["write", "async"] {
        let scene = Scene::new();
        let mut settings = sealed(&scene);
        settings.push(("METRICS_DELIVERY", delivery.to_owned()));
        let words = ["threads=2", "events=1500", "listens=yes"];
        kill_one_after_another(&scene, kills, &words, &settings);
        let account = expect_intact(&mut trial, &scene, &[scene.log()], delivery);
        let lost = account.count("lost");
        trial.expect(
            lost == 0 || delivery == "async",
            format_args!("{lost} acknowledged events are lost"),
        );
        accounts.push(account);
    }
    trial.note(format_args!(
        "{kills} kills each; what is lost is of `async`"
    ));
    trial.conclude(&accounts);
}

#[test]
fn with_writes_that_fail_a_sealed_log_is_intact() {
    let mut trial = trial(
        83,
        "with_writes_that_fail_a_sealed_log",
        "EIO on write, sealed, `write` and `async`",
        "`METRICS_SEAL=on`; `strace -P auth.jsonl -e inject=write:error=EIO:when=3+7`: every seventh write",
    );
    let mut accounts = Vec::new();
    for delivery in ["write", "async"] {
        let scene = Scene::new();
        let wrapper = injecting(&scene, "write,writev", "error=EIO:when=3+7");
        let words = ["events=400", "threads=2", "pace=100"];
        let mut command = scene.application(&wrapper, "a", &words);
        command
            .envs(sealed(&scene))
            .env("METRICS_DELIVERY", delivery);
        let status = run(&mut command);
        trial.expect(status.success(), format_args!("{delivery}: {status}"));
        accounts.push(expect_intact(&mut trial, &scene, &[scene.log()], delivery));
    }
    trial.conclude(&accounts);
}

#[test]
fn on_a_full_disk_a_sealed_log_is_intact() {
    let mut trial = trial(
        85,
        "on_a_full_disk_a_sealed_log",
        "disk full, then room again, sealed, `write` and `async`",
        "`METRICS_SEAL=on`; tmpfs of 256 KiB in `unshare -m`; somebody else's file is removed",
    );
    let mut accounts = Vec::new();
    for delivery in ["write", "async"] {
        let disk = Disk::new(TMPFS);
        let settings = sealed(&disk.scene);
        let mut settings: Vec<(&str, &str)> = settings
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        settings.push(("METRICS_DELIVERY", delivery));
        fill_and_make_room(&mut trial, &disk, "128K", &settings, "call=emit");
        let log = disk.scene.path("kept/auth.jsonl");
        accounts.push(expect_intact(&mut trial, &disk.scene, &[log], delivery));
    }
    trial.conclude(&accounts);
}

#[test]
fn renamed_away_under_four_threads_a_sealed_log_is_one_chain() {
    let mut trial = trial(
        84,
        "renamed_away_under_four_threads",
        "log renamed, sealed, `write` and `async`",
        "`METRICS_SEAL=on`; `mv auth.jsonl auth.jsonl.N` under four threads",
    );
    let cycles = short_or_full(10, 100);
    let mut accounts = Vec::new();
    for delivery in ["write", "async"] {
        let scene = Scene::new();
        let words = ["threads=4", "pace=1000", "listens=yes"];
        let mut command = scene.application("", "a", &words);
        command
            .envs(sealed(&scene))
            .env("METRICS_DELIVERY", delivery);
        let running = Running::start(&mut command);
        let mut logs = Vec::new();
        for cycle in 0..cycles {
            thread::sleep(Duration::from_millis(150));
            let old = scene.path(format!("auth.jsonl.{cycle}"));
            fs::rename(scene.log(), &old).unwrap();
            logs.push(old);
        }
        thread::sleep(Duration::from_millis(150));
        logs.push(scene.log());
        trial.expect(running.end().success(), "the application failed");
        let account = expect_intact(&mut trial, &scene, &logs, delivery);
        trial.expect(account.count("lost") == 0, "events are lost");
        accounts.push(account);
    }
    trial.note(format_args!("{cycles} cycles each"));
    trial.conclude(&accounts);
}
