//! A clock that is set an hour forward and back, again and again, under a log that begins anew every hour.

use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use super::scene::{Account, Scene, run};
use super::short_or_full;
use super::trial::Trial;

/// Every log of the folder, in the order in which they were written to last.
pub(crate) fn logs(scene: &Scene) -> Vec<PathBuf> {
    let mut logs: Vec<(SystemTime, PathBuf)> = fs::read_dir(scene.path("logs"))
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (entry.metadata().unwrap().modified().unwrap(), entry.path())
        })
        .collect();
    logs.sort();
    logs.into_iter().map(|(_, path)| path).collect()
}

/// A log under such a clock, and how many files it became.
fn under_a_stepping_clock(
    trial: &mut Trial,
    rotate: &str,
    step: &str,
    delivery: &str,
) -> (Account, usize) {
    let scene = Scene::in_folder("logs");
    let events = format!("events={}", events_of_a_thread());
    let words = [&events, "threads=2", "sizes=small", "pace=20", step];
    let mut command = scene.application("", "a", &words);
    command
        .env("METRICS_ROTATE", rotate)
        .env("METRICS_DELIVERY", delivery);
    let status = run(&mut command);
    let what = format!("{rotate}, {step}, {delivery}");
    trial.expect(status.success(), format_args!("{what}: {status}"));
    let logs = logs(&scene);
    let account = scene.check(&logs);
    trial.expect_every_event(&account, &what);
    let files = logs.len();
    trial.expect(
        files <= steps() + 1,
        format_args!("{what}: {files} files for {} steps", steps()),
    );
    (account, files)
}

fn events_of_a_thread() -> usize {
    short_or_full(2_000, 20_000)
}

/// A step is a hundred readings of the clock by two threads; each may begin one file.
fn steps() -> usize {
    2 * events_of_a_thread() / 100
}

#[test]
fn a_clock_that_steps_back_and_forth_stops_no_logging_and_loops_no_rotation() {
    let mut trial = Trial::new(
        70,
        "a_clock_that_steps",
        "clock set ± 1 h and ± 1 d, `METRICS_ROTATE=hourly` and `daily`, `write` and `async`",
        "`Builder::clock`: a step every 100 events",
    );
    let mut accounts = Vec::new();
    let mut most = 0;
    for (rotate, step) in [
        ("hourly", "step=3600"),
        ("daily", "step=3600"),
        ("daily", "step=86400"),
    ] {
        for delivery in ["write", "async"] {
            let (account, files) = under_a_stepping_clock(&mut trial, rotate, step, delivery);
            most = most.max(files);
            accounts.push(account);
        }
    }
    trial.note(format_args!(
        "{} logs, {} steps each, {most} files at most",
        accounts.len(),
        steps()
    ));
    trial.conclude(&accounts);
}
