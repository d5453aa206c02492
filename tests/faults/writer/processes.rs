//! Several processes on one file: appending is what keeps their lines apart.

use std::fs;
use std::process::Child;
use std::thread;
use std::time::Duration;

use super::scene::{Running, Scene};
use super::trial::Trial;
use super::{short_or_full, wait_until};

#[test]
fn eight_processes_share_a_log_and_every_event_is_there_once() {
    let mut trial = Trial::new(
        60,
        "eight_processes",
        "eight processes, one file",
        "all at once, as fast as they can",
    );
    let scene = Scene::new();
    let events = short_or_full("events=5000", "events=100000");
    let children: Vec<Child> = (0..8)
        .map(|index| {
            let writer = format!("p{index}");
            let mut command = scene.application("", &writer, &[events, "sizes=small"]);
            command.spawn().unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let account = scene.check(&[scene.log()]);
    trial.expect_complete(&account);
    let all = short_or_full(8 * 5_000, 8 * 100_000);
    trial.expect(account.count("found") == all, "not all were emitted");
    trial.conclude(&[account]);
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
        trial.expect_sound(&account);
        let (lost, torn) = (account.count("lost"), account.count("torn"));
        trial.expect(
            lost == 0,
            format_args!("{lost} acknowledged events are lost"),
        );
        trial.expect(torn <= 1, format_args!("{torn} torn lines of one kill"));
        accounts.push(account);
    }
    trial.note(format_args!("{rounds} kills"));
    trial.conclude(&accounts);
}
