//! Several processes on one file: appending is what keeps their lines apart.

use std::fs;
use std::io::Write as _;
use std::thread;
use std::time::Duration;

use super::clock::logs;
use super::scene::{Account, Running, Scene};
use super::trial::Trial;
use super::{short_or_full, wait_until};

/// Starts so many processes that each emit the same, and waits for all.
fn run_all(scene: &Scene, processes: u32, words: &[&str], settings: &[(&str, &str)]) {
    let start = |index| {
        let mut command = scene.application("", &format!("p{index}"), words);
        Running::start(command.envs(settings.iter().copied()))
    };
    let all: Vec<Running> = (0..processes).map(start).collect();
    for running in all {
        assert!(running.end().success());
    }
}

#[test]
fn eight_processes_share_a_log_and_every_event_is_there_once() {
    let mut trial = Trial::new(
        60,
        "eight_processes_share_a_log",
        "eight processes, one file, `write` and `async`",
        "all at once, as fast as they can",
    );
    let each = short_or_full(5_000, 100_000);
    let mut accounts = Vec::new();
    for delivery in ["write", "async"] {
        let scene = Scene::new();
        let words = [&format!("events={each}"), "sizes=small"];
        let settings = [("METRICS_DELIVERY", delivery), ("METRICS_MAX_WAIT", "10s")];
        run_all(&scene, 8, &words, &settings);
        let account = scene.check(&[scene.log()]);
        trial.expect_complete(&account);
        let found = account.count("found");
        trial.expect(
            found == 8 * each,
            format_args!("{delivery}: {found} of {} events", 8 * each),
        );
        accounts.push(account);
    }
    trial.conclude(&accounts);
}

#[test]
fn processes_that_rotate_the_same_log_lose_nothing() {
    let mut trial = Trial::new(
        62,
        "processes_that_rotate_the_same_log",
        "four processes rotate one log, `write` and `async`",
        "`METRICS_ROTATE=64KiB`, all at once, two threads each",
    );
    let events = short_or_full("events=1000", "events=10000");
    let mut accounts = Vec::new();
    for delivery in ["write", "async"] {
        let scene = Scene::in_folder("logs");
        let words = [events, "threads=2", "pace=200"];
        let settings = [
            ("METRICS_DELIVERY", delivery),
            ("METRICS_MAX_WAIT", "10s"),
            ("METRICS_ROTATE", "64KiB"),
        ];
        run_all(&scene, 4, &words, &settings);
        let logs = logs(&scene);
        let account = scene.check(&logs);
        trial.expect_every_event(&account, delivery);
        let largest = logs
            .iter()
            .map(|log| fs::metadata(log).unwrap().len())
            .max();
        trial.note(format_args!(
            "{delivery}: {} files, the largest {} KiB",
            logs.len(),
            largest.unwrap_or(0) >> 10
        ));
        accounts.push(account);
    }
    trial.conclude(&accounts);
}

/// Expects of a log that so many others left torn under processes that went on: their parts are malformed lines, even
/// where an event came to stand behind one, which was then written once more on a line of its own.
fn expect_only_parts(trial: &mut Trial, account: &Account, parts: u64) {
    // What is written once more comes late: out of order is no fault here.
    for name in ["lost", "twice", "foreign", "nul_bytes", "unfinished"] {
        let count = account.count(name);
        trial.expect(count == 0, format_args!("{count} {name}"));
    }
    let malformed = account.count("torn") + account.count("glued");
    trial.expect(
        malformed <= parts,
        format_args!("{malformed} malformed lines of {parts} parts"),
    );
    let unbalanced = account.0["unbalanced"].as_array().unwrap();
    trial.expect(unbalanced.is_empty(), format_args!("{unbalanced:?}"));
}

#[test]
fn a_part_that_a_neighbour_left_costs_no_event_of_a_process_that_goes_on() {
    let mut trial = Trial::new(
        63,
        "a_part_that_a_neighbour_left",
        "a part of a line from another process, `write`, `async` and `durable`",
        "`printf '{\"event\":\"tor' >> auth.jsonl`, between two events",
    );
    let parts = short_or_full(20, 200);
    let mut accounts = Vec::new();
    for delivery in ["write", "async", "durable"] {
        let scene = Scene::new();
        let mut command = scene.application("", "a", &["threads=2", "pace=500", "listens=yes"]);
        command
            .env("METRICS_DELIVERY", delivery)
            .env("METRICS_MAX_WAIT", "10s");
        let mut running = Running::start(&mut command);
        for _ in 0..parts {
            thread::sleep(Duration::from_millis(10));
            running.ask("pause");
            running.ask("flush");
            let mut log = fs::OpenOptions::new()
                .append(true)
                .open(scene.log())
                .unwrap();
            log.write_all(b"{\"event\":\"tor").unwrap();
            running.ask("go");
        }
        thread::sleep(Duration::from_millis(10));
        trial.expect(running.end().success(), "the application failed");
        let account = scene.check(&[scene.log()]);
        expect_only_parts(&mut trial, &account, parts);
        accounts.push(account);
    }
    trial.note(format_args!("{parts} parts each"));
    trial.conclude(&accounts);
}

#[test]
fn one_of_eight_processes_killed_costs_a_line_at_most() {
    let mut trial = Trial::new(
        61,
        "one_of_eight_processes_killed",
        "eight processes, one file, one of them killed",
        "`kill -9` of one while all write events of twelve pages",
    );
    let rounds = short_or_full(5, 50);
    let mut accounts = Vec::new();
    for round in 0..rounds {
        let scene = Scene::new();
        // The one that is killed does not end before.
        let words = ["events=80", "sizes=large", "listens=yes"];
        let mut others: Vec<Running> = (0..7)
            .map(|index| {
                Running::start(&mut scene.application("", &format!("p{index}"), &words[..2]))
            })
            .collect();
        let killed = Running::start(&mut scene.application("", "p7", &words));
        let diary = scene.path("diaries/p7.diary");
        let begun = wait_until(Duration::from_secs(20), || {
            fs::metadata(&diary).is_ok_and(|diary| diary.len() > 0)
        });
        assert!(begun.is_some(), "p7 emitted nothing");
        thread::sleep(Duration::from_micros(round * 7_919 % 4_000));
        killed.kill();
        for other in others.drain(..) {
            assert!(other.end().success());
        }
        let account = scene.check(&[scene.log()]);
        expect_only_parts(&mut trial, &account, 1);
        accounts.push(account);
    }
    trial.note(format_args!("{rounds} kills"));
    trial.conclude(&accounts);
}
