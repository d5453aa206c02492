//! Others rotate the log while four threads write it: no matter how, what they emitted is in the files that result, once.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::scene::{Account, Running, Scene};
use super::trial::Trial;
use super::{short_or_full, wait_until};

/// About four events a millisecond, some longer than a page.
const WORDS: [&str; 3] = ["threads=4", "pace=1000", "listens=yes"];

/// How long a new file may take to appear: events come all the time.
const APPEARS: Duration = Duration::from_millis(300);

/// Takes the log away so many times, each as `take` does it, which gives the name the old file has from then on.
fn take_away(
    trial: &mut Trial,
    scene: &Scene,
    take: impl Fn(&Scene, u64) -> PathBuf,
) -> Vec<PathBuf> {
    let running = Running::start(&mut scene.application("", "a", &WORDS));
    let mut files = Vec::new();
    let mut longest = Duration::ZERO;
    assert!(appears(&scene.log()).is_some(), "no log");
    let cycles = short_or_full(20, 200);
    for cycle in 0..cycles {
        thread::sleep(Duration::from_millis(30 + cycle * 7 % 50));
        files.push(take(scene, cycle));
        match appears(&scene.log()) {
            Some(time) => longest = longest.max(time),
            None => trial.expect(false, format_args!("cycle {cycle}: no new file")),
        }
    }
    files.push(scene.log());
    trial.expect(running.end().success(), "the application failed");
    trial.expect(
        longest <= APPEARS,
        format_args!("a new file took {longest:?} to appear"),
    );
    trial.note(format_args!(
        "{cycles} cycles; the new file appeared after {} ms at most",
        longest.as_millis()
    ));
    files
}

/// How long it takes until a file is there that has something in it.
fn appears(path: &Path) -> Option<Duration> {
    wait_until(Duration::from_secs(5), || {
        fs::metadata(path).is_ok_and(|file| file.len() > 0)
    })
}

#[test]
fn renamed_away_a_log_is_begun_anew_and_no_event_is_missing() {
    let mut trial = Trial::new(
        50,
        "renamed_away_a_log",
        "log renamed",
        "`mv auth.jsonl auth.jsonl.N`",
    );
    let scene = Scene::new();
    let files = take_away(&mut trial, &scene, |scene, cycle| {
        let old = scene.path(format!("auth.jsonl.{cycle}"));
        fs::rename(scene.log(), &old).unwrap();
        old
    });
    let account = scene.check(&files);
    trial.expect_complete(&account);
    trial.conclude(&[account]);
}

#[test]
fn removed_a_log_is_begun_anew_and_no_event_is_missing() {
    let mut trial = Trial::new(
        51,
        "removed_a_log",
        "log removed",
        "`rm auth.jsonl`; a hard link tells what it held",
    );
    let scene = Scene::new();
    fs::create_dir(scene.path("elsewhere")).unwrap();
    let files = take_away(&mut trial, &scene, |scene, cycle| {
        let other = scene.path(format!("elsewhere/{cycle}"));
        fs::hard_link(scene.log(), &other).unwrap();
        fs::remove_file(scene.log()).unwrap();
        other
    });
    let account = scene.check(&files);
    trial.expect_complete(&account);
    trial.conclude(&[account]);
}

#[test]
fn where_a_link_leads_elsewhere_the_log_follows_and_no_event_is_missing() {
    let mut trial = Trial::new(
        52,
        "a_link_leads_elsewhere",
        "symbolic link swapped",
        "`ln -s real.N new; mv -T new auth.jsonl`",
    );
    let scene = Scene::new();
    let real = |scene: &Scene, cycle| scene.path(format!("real.{cycle}"));
    symlink(real(&scene, 0), scene.log()).unwrap();
    let files = take_away(&mut trial, &scene, |scene, cycle| {
        symlink(real(scene, cycle + 1), scene.path("new")).unwrap();
        fs::rename(scene.path("new"), scene.log()).unwrap();
        real(scene, cycle)
    });
    let account = scene.check(&files);
    trial.expect_complete(&account);
    trial.conclude(&[account]);
}

#[test]
fn with_its_folder_gone_a_log_is_begun_anew_and_no_event_is_missing() {
    let mut trial = Trial::new(
        53,
        "with_its_folder_gone",
        "folder renamed, or removed with the log",
        "`mv logs logs.N`, and `rm -r logs`, in turns",
    );
    let scene = Scene::in_folder("logs");
    fs::create_dir(scene.path("elsewhere")).unwrap();
    let files = take_away(&mut trial, &scene, |scene, cycle| {
        let logs = scene.path("logs");
        if cycle % 2 == 0 {
            let moved = scene.path(format!("logs.{cycle}"));
            fs::rename(&logs, &moved).unwrap();
            return moved.join("auth.jsonl");
        }
        let other = scene.path(format!("elsewhere/{cycle}"));
        fs::hard_link(scene.log(), &other).unwrap();
        fs::remove_file(scene.log()).unwrap();
        // Where a new log stands there already, the folder stays.
        let _ = fs::remove_dir(&logs);
        other
    });
    let account = scene.check(&files);
    trial.expect_complete(&account);
    trial.conclude(&[account]);
}

/// Copies the log and truncates it, so many times; no event is emitted between the two if `pauses`. Gives the files, and
/// from when to when the copies and truncations took, in nanoseconds since 1970.
fn copy_and_truncate(scene: &Scene, pauses: bool) -> (Vec<PathBuf>, Vec<(u64, u64)>) {
    let mut running = Running::start(&mut scene.application("", "a", &WORDS));
    assert!(appears(&scene.log()).is_some(), "no log");
    let (mut files, mut windows) = (Vec::new(), Vec::new());
    for cycle in 0..short_or_full(20, 200) {
        thread::sleep(Duration::from_millis(30 + cycle * 7 % 50));
        let copy = scene.path(format!("auth.jsonl.{cycle}"));
        if pauses {
            running.ask("pause");
        }
        let began = super::unix_nanos();
        fs::copy(scene.log(), &copy).unwrap();
        let log = fs::OpenOptions::new()
            .write(true)
            .open(scene.log())
            .unwrap();
        log.set_len(0).unwrap();
        windows.push((began, super::unix_nanos()));
        if pauses {
            running.ask("go");
        }
        files.push(copy);
    }
    thread::sleep(Duration::from_millis(50));
    files.push(scene.log());
    assert!(running.end().success());
    (files, windows)
}

#[test]
fn copied_and_truncated_between_two_events_a_log_goes_on_from_its_start() {
    let mut trial = Trial::new(
        54,
        "copied_and_truncated_between",
        "log copied and truncated between two events",
        "`cp auth.jsonl auth.jsonl.N; truncate -s 0 auth.jsonl` while the application pauses",
    );
    let scene = Scene::new();
    let (files, windows) = copy_and_truncate(&scene, true);
    let account = scene.check(&files);
    trial.expect_complete(&account);
    trial.note(format_args!("{} cycles", windows.len()));
    trial.conclude(&[account]);
}

#[test]
fn copied_and_truncated_under_way_a_log_lacks_what_came_between_the_two_and_nothing_else() {
    let mut trial = Trial::new(
        55,
        "copied_and_truncated_under_way",
        "log copied and truncated while it is written",
        "the same without a pause: what comes between `cp` and `truncate` is in neither file, and nobody can help that",
    );
    let scene = Scene::new();
    let (files, windows) = copy_and_truncate(&scene, false);
    let account = scene.check(&files);
    expect_lost_in(&mut trial, &account, &windows);
    trial.note(format_args!("{} cycles", windows.len()));
    trial.conclude(&[account]);
}

/// Whatever is lost came between a copy and the truncation after it, and the end of a copy is all that may be torn.
pub(crate) fn expect_lost_in(trial: &mut Trial, account: &Account, windows: &[(u64, u64)]) {
    for name in ["glued", "twice", "foreign", "nul_bytes", "disordered"] {
        let count = account.count(name);
        trial.expect(count == 0, format_args!("{count} {name}"));
    }
    // A call that began before the copy may write after it.
    let call = (account.millis("longest_call_ms") * 1e6) as u64;
    for time in account.0["lost_ns"].as_array().unwrap() {
        let time = time.as_u64().unwrap();
        let inside = windows
            .iter()
            .any(|(from, to)| (from - call..=*to).contains(&time));
        trial.expect(
            inside,
            format_args!("an event of {time} is lost outside of {windows:?}"),
        );
    }
    let (torn, unfinished) = (account.count("torn"), account.count("unfinished"));
    trial.expect(
        torn <= unfinished && unfinished <= windows.len() as u64,
        format_args!("{torn} torn, {unfinished} unfinished"),
    );
    trial.note(format_args!(
        "all {} lost events came between the two",
        account.count("lost")
    ));
}
