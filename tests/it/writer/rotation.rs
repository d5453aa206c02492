//! The file under a writer's hands is renamed or removed, as rotation does it.

use std::collections::HashSet;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use authmeter::fields;
use serde_json::Value;

use super::to_file;

const THREADS: u64 = 4;
const CYCLES: usize = 20;

#[test]
fn however_often_the_file_is_renamed_every_event_is_in_one_of_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.jsonl");
    let metrics = to_file(&path).build().unwrap();
    let stop = AtomicBool::new(false);
    let late = thread::scope(|scope| {
        for writer in 0..THREADS {
            let (metrics, stop) = (&metrics, &stop);
            scope.spawn(move || {
                let mut number = 0_u64;
                while !stop.load(Relaxed) {
                    metrics
                        .track_success("token.used", fields().meta("w", writer).meta("n", number));
                    number += 1;
                    thread::sleep(Duration::from_micros(200));
                }
            });
        }
        let mut late = Duration::ZERO;
        for cycle in 0..CYCLES {
            fs::rename(&path, folder.path().join(cycle.to_string())).unwrap();
            let renamed = Instant::now();
            while !path.exists() && renamed.elapsed() < Duration::from_secs(5) {
                thread::sleep(Duration::from_millis(1));
            }
            late = late.max(renamed.elapsed());
        }
        stop.store(true, Relaxed);
        late
    });
    // A tenth of a second, and what a busy machine adds to it.
    assert!(late < Duration::from_secs(2), "the new file took {late:?}");
    let stats = metrics.stats();
    assert_eq!(stats.dropped, 0, "{stats:?}");
    let mut seen = HashSet::new();
    for entry in fs::read_dir(folder.path()).unwrap() {
        for line in fs::read_to_string(entry.unwrap().path()).unwrap().lines() {
            let event: Value = serde_json::from_str(line).unwrap();
            let number = |name: &str| event["metadata"][name].as_u64().unwrap();
            assert!(seen.insert((number("w"), number("n"))), "twice: {line}");
        }
    }
    assert_eq!(seen.len() as u64, stats.written);
}

#[test]
fn a_path_given_from_the_current_folder_is_followed_from_wherever_the_process_is() {
    // The folder of a process is everybody's in it: another process changes it, and shows what it made of it.
    if std::env::var_os(super::CHILD).is_some() {
        let metrics = to_file("auth.jsonl".as_ref()).build().unwrap();
        fs::create_dir("elsewhere").unwrap();
        std::env::set_current_dir("elsewhere").unwrap();
        metrics.track_success("a", fields());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let test = "writer::rotation::a_path_given_from_the_current_folder_is_followed_from_wherever_the_process_is";
    super::run(super::child(test, "").current_dir(folder.path()));
    assert_eq!(
        fs::read_to_string(folder.path().join("auth.jsonl"))
            .unwrap()
            .lines()
            .count(),
        1
    );
    assert_eq!(
        fs::read_dir(folder.path().join("elsewhere"))
            .unwrap()
            .count(),
        0
    );
}
