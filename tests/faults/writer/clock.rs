//! A clock that is set an hour forward and back, again and again, under a log that begins anew every hour.

use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use super::scene::{Scene, run};
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

#[test]
fn a_clock_that_steps_back_and_forth_stops_no_logging_and_loops_no_rotation() {
    let mut trial = Trial::new(
        70,
        "a_clock_that_steps",
        "clock set ± 1 h and ± 1 d, `METRICS_ROTATE=hourly` and `daily`, `write` and `async`",
        "`Builder::clock`: a step every 100 events",
    );
    let mut accounts = Vec::new();
    let (mut most, mut late) = (0, 0);
    for (rotate, step) in [
        ("hourly", "step=3600"),
        ("daily", "step=3600"),
        ("daily", "step=86400"),
    ] {
        for delivery in ["write", "async"] {
            let scene = Scene::in_folder("logs");
            let events = short_or_full(2_000, 20_000);
            let words = [
                &format!("events={events}"),
                "threads=2",
                "sizes=small",
                "pace=20",
                step,
            ];
            let mut command = scene.application("", "a", &words);
            command
                .env("METRICS_ROTATE", rotate)
                .env("METRICS_DELIVERY", delivery);
            let status = run(&mut command);
            trial.expect(status.success(), format_args!("{status}"));
            let logs = logs(&scene);
            let account = scene.check(&logs);
            // The order of files is not that of their names or times when clocks step.
            let disordered = account.count("disordered");
            for name in [
                "lost",
                "torn",
                "glued",
                "twice",
                "foreign",
                "unfinished",
                "nul_bytes",
            ] {
                let count = account.count(name);
                trial.expect(
                    count == 0,
                    format_args!("{rotate}, {delivery}: {count} {name}"),
                );
            }
            let unbalanced = account.0["unbalanced"].as_array().unwrap();
            trial.expect(unbalanced.is_empty(), format_args!("{unbalanced:?}"));
            // A step is 100 readings of the clock; each may begin one file.
            let steps = 2 * events / 100;
            trial.expect(
                logs.len() <= steps + 1,
                format_args!("{} files for {steps} steps", logs.len()),
            );
            most = most.max(logs.len());
            late += disordered;
            accounts.push(account);
        }
    }
    trial.note(format_args!(
        "{} logs, each {} steps, {most} files at most, {late} events out of order",
        accounts.len(),
        short_or_full(2_000, 20_000) * 2 / 100
    ));
    trial.conclude(&accounts);
}
