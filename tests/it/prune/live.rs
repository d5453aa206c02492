//! Pruning a log that is written to: nothing is lost, nothing is there twice, nothing is torn.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::thread;
use std::time::Duration;

use authmeter::{Format, Metrics, fields};
use serde_json::Value;

use super::{OLD, event, names};
use crate::harness::{PROGRAM, Scratch};

const APPLY: &[&str] = &["prune", "--apply", "--older-than", "30d"];

const PROCESSES: usize = 2;
const THREADS: usize = 4;
const EVENTS: usize = 12_500;

/// The log that a process started by a test writes to.
const CHILD: &str = "AUTHMETER_TEST_PRUNE_CHILD";

/// Whose lines are in the log, each with its numbers in the order they stand there.
fn numbers(log: &Path) -> HashMap<String, Vec<u64>> {
    let mut found: HashMap<String, Vec<u64>> = HashMap::new();
    let text = fs::read_to_string(log).unwrap();
    // Writers that start while another is inside a write may stand apart from it: blank lines are no loss.
    for line in text.lines().filter(|line| !line.is_empty()) {
        let event: Value = match serde_json::from_str(line) {
            Ok(event) => event,
            Err(error) => panic!("{error}: {line:?}"),
        };
        let who = event["userId"].as_str().unwrap_or("old").to_owned();
        let number = event["metadata"]["n"].as_u64().unwrap_or_default();
        found.entry(who).or_default().push(number);
    }
    found
}

#[track_caller]
fn assert_each_once(log: &Path, writers: usize, events: usize) {
    let mut found = numbers(log);
    found.remove("old");
    assert_eq!(found.len(), writers, "{:?}", found.keys());
    for (who, mut numbers) in found {
        numbers.sort_unstable();
        let expected: Vec<u64> = (0..events as u64).collect();
        assert!(numbers == expected, "{who}: {} of {events}", numbers.len());
    }
}

/// Prunes again and again until the processes have ended, and once more. Returns how often.
fn prune_beside(scratch: &Scratch, mut children: Vec<Child>) -> usize {
    let mut times = 0;
    loop {
        let ended = children
            .iter_mut()
            .all(|child| child.try_wait().unwrap().is_some());
        scratch.run(&[APPLY, &["log"]].concat()).exit(0).is_quiet();
        times += 1;
        if ended {
            break;
        }
    }
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(names(scratch), ["log"], "nothing is left behind");
    times
}

fn emit(path: &Path) {
    let metrics = Metrics::builder()
        .format(Format::File)
        .path(path)
        .build()
        .unwrap();
    thread::scope(|scope| {
        for index in 0..THREADS {
            let metrics = &metrics;
            scope.spawn(move || {
                let who = format!("{}/{index}", std::process::id());
                for number in 0..EVENTS {
                    metrics
                        .track_success("token.used", fields().user(&who).meta("n", number as u64));
                    if number % 10 == 0 {
                        thread::sleep(Duration::from_millis(4));
                    }
                }
            });
        }
    });
    let stats = metrics.stats();
    assert_eq!(stats.written, (THREADS * EVENTS) as u64, "{stats:?}");
}

#[test]
fn every_event_of_the_librarys_writers_is_there_once_however_often_the_log_is_pruned() {
    // As a child, it is one of the writers.
    if let Some(path) = std::env::var_os(CHILD) {
        return emit(Path::new(&path));
    }
    let scratch = Scratch::new();
    let log = scratch.path("log");
    scratch.write("log", event("a", OLD, "").repeat(1000));
    let test = "prune::live::every_event_of_the_librarys_writers_is_there_once_however_often_the_log_is_pruned";
    let writer = || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", test, "--test-threads=1"])
            .env(CHILD, &log);
        command.stdout(std::process::Stdio::null()).spawn().unwrap()
    };
    let mut children: Vec<Child> = (0..PROCESSES).map(|_| writer()).collect();
    // Old events come all the time, so that there is something to prune each time.
    let old = format!(
        "for n in $(seq 200); do printf '%s\\n' '{}' >> log; sleep 0.02; done",
        event("a", OLD, "").trim_end()
    );
    children.push(shell(&scratch, &old));
    let times = prune_beside(&scratch, children);
    assert!(times > 3, "only {times} times");
    assert_each_once(&log, PROCESSES * THREADS, EVENTS);
    assert!(!numbers(&log).contains_key("old"), "old events are gone");
}

fn shell(scratch: &Scratch, script: &str) -> Child {
    let mut command = Command::new("sh");
    command.args(["-c", script]).current_dir(scratch.folder());
    command.env("AUTHMETER", PROGRAM).spawn().unwrap()
}

/// A shell loop that writes numbered lines, and old ones among them; `to` says where.
fn writing(events: usize, to: &str) -> String {
    format!(
        "for n in $(seq 0 {}); do printf '{{\"event\":\"a\",\"timestamp\":\"{}\",\"userId\":\"'$$'\",\"metadata\":{{\"n\":'$n'}}}}\\n' {to}; \
         printf '{{\"event\":\"a\",\"timestamp\":\"{OLD}\"}}\\n' {to}; sleep 0.004; done",
        events - 1,
        "2999-01-01T00:00:00Z"
    )
}

#[test]
fn a_writer_that_opens_the_log_for_each_line_loses_nothing() {
    let scratch = Scratch::new();
    scratch.write("log", event("a", OLD, ""));
    let writers = (0..3)
        .map(|_| shell(&scratch, &writing(300, ">> log")))
        .collect();
    let times = prune_beside(&scratch, writers);
    assert!(times > 1, "only {times} times");
    assert_each_once(&scratch.path("log"), 3, 300);
}

#[test]
fn a_writer_that_never_lets_go_is_named_and_its_lines_come_with_the_next_run() {
    let scratch = Scratch::new();
    scratch.write("log", event("a", OLD, "").repeat(1000));
    let script = format!("exec 3>>log; {}", writing(400, ">&3"));
    let mut writer = shell(&scratch, &script);
    thread::sleep(Duration::from_millis(200));
    let held = scratch.run(&[APPLY, &["--wait", "1s", "log"]].concat());
    // A child of the shell may hold it, too.
    let who = format!("sh (process {})", writer.id());
    held.exit(3)
        .says(&who)
        .says("the old file open")
        .says("/.log.prune-");
    assert_eq!(names(&scratch).len(), 2, "the old file has a second name");
    // Other runs while it is still there change nothing about that.
    let again = scratch.run(&[APPLY, &["--wait", "0s", "log"]].concat());
    again.exit(3).says(&who);
    assert!(writer.wait().unwrap().success());
    scratch.run(&[APPLY, &["log"]].concat()).exit(0).is_quiet();
    assert_eq!(names(&scratch), ["log"]);
    assert_each_once(&scratch.path("log"), 1, 400);
}

#[test]
fn a_line_without_an_end_is_whole_in_the_new_log_once_its_writer_has_ended_it() {
    let scratch = Scratch::new();
    let new = event("a", "2999-01-01T00:00:00Z", "");
    let (head, tail) = new.split_at(20);
    scratch
        .write("log", event("a", OLD, "") + &new)
        .write("head", head)
        .write("tail", tail);
    let ended = scratch.shell(
        "exec 3>>log; cat head >&3; { sleep 1; cat tail >&3; } & exec 3>&-; \
         \"$AUTHMETER\" prune --apply --older-than 30d log; status=$?; wait; exit $status",
    );
    ended.exit(0).is_quiet();
    assert_eq!(
        fs::read_to_string(scratch.path("log")).unwrap(),
        new.repeat(2)
    );
    // One that nobody will end stays as it is.
    scratch.write("log", event("a", OLD, "") + head);
    scratch.run(&[APPLY, &["log"]].concat()).exit(0).is_quiet();
    assert_eq!(fs::read_to_string(scratch.path("log")).unwrap(), head);
}
