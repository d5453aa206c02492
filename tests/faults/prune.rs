//! `authmeter prune --apply`, killed and failing at every step it takes.

use std::fs;

use super::harness::{Ended, Scratch};

const PRUNE: &str = "prune --apply --wait 0s --older-than 30d --as-of 2025-06-01 --format json log";

/// The calls by which it changes anything.
const CALLS: &[&str] = &[
    "write",
    "fchmod",
    "utimensat",
    "fsync",
    "fdatasync",
    "rename",
    "renameat2",
    "unlink",
];

fn line(day: &str, number: usize) -> String {
    format!(
        "{{\"event\":\"auth.login\",\"timestamp\":\"{day}T00:00:00.000Z\",\"userId\":\"u{number}\",\"success\":true}}\n"
    )
}

fn lines(day: &str, numbers: std::ops::Range<usize>) -> String {
    numbers.map(|number| line(day, number)).collect()
}

/// A log that was pruned once while a process held it open, which has written three lines since and is gone: there is
/// something to move from the old file, and something new to prune.
struct Scene {
    scratch: Scratch,
    /// What the log is at first.
    old: String,
    /// What stays of it, and what is moved to it.
    stays: Vec<String>,
    late: Vec<String>,
}

impl Scene {
    fn new() -> Scene {
        let scratch = Scratch::new();
        let kept = lines("2025-05-30", 0..40);
        scratch.write("log", lines("2025-01-01", 0..40) + &kept);
        let late = lines("2025-05-31", 100..103);
        scratch.write("late", &late);
        let ended = scratch.shell(&format!(
            "exec 3>>log; \"$AUTHMETER\" {PRUNE} > /dev/null; status=$?; cat late >&3; exit $status"
        ));
        ended.exit(3).says("still has the old file open");
        let gone = lines("2025-01-02", 0..40);
        let old = format!("{kept}{gone}");
        scratch.write("log", &old);
        let split = |text: &str| text.split_inclusive('\n').map(str::to_owned).collect();
        let (stays, late) = (split(&kept), split(&late));
        Scene {
            scratch,
            old,
            stays,
            late,
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.scratch.path("log")).unwrap()
    }

    fn leftovers(&self) -> usize {
        let entries = fs::read_dir(self.scratch.folder()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.starts_with(".log.prune-")).count()
    }

    /// Runs it under strace; returns `None` where there was nothing to inject into any more.
    fn inject(&self, call: &str, what: &str, when: usize) -> Option<Ended> {
        // The loader of programs reads by place, too.
        let log = self.scratch.folder().canonicalize().unwrap().join("log");
        let only = match call {
            "pread64" => format!("-P {}", log.display()),
            _ => String::new(),
        };
        let ended = self.scratch.shell(&format!(
            "strace -f -o trace {only} -e trace={call} -e inject={call}:{what}:when={when} \"$AUTHMETER\" {PRUNE}"
        ));
        let traced = fs::read_to_string(self.scratch.path("trace")).unwrap();
        let hit = traced.contains("(INJECTED)") || traced.contains("killed by SIGKILL");
        hit.then_some(ended)
    }

    /// The log is the old one or the new one, whole; late lines may be there already, each once.
    #[track_caller]
    fn assert_whole(&self, ended: &Ended) {
        let log = self.log();
        let mut rest: Vec<&str> = log.split_inclusive('\n').collect();
        for line in &self.late {
            let before = rest.len();
            rest.retain(|other| other != line);
            ended.expect(before - rest.len() <= 1, &format!("twice: {line}"));
        }
        let rest = rest.concat();
        let is_whole = rest == self.old || rest == self.stays.concat();
        ended.expect(
            is_whole,
            &format!("neither the old log nor the new one:\n{log}"),
        );
    }

    /// The next run puts everything in order.
    #[track_caller]
    fn assert_put_in_order(&self) {
        let ended = self.scratch.shell(&format!("\"$AUTHMETER\" {PRUNE}"));
        ended.exit(0).is_quiet();
        let log = self.log();
        let mut lines: Vec<&str> = log.split_inclusive('\n').collect();
        let mut expected: Vec<&str> = self
            .stays
            .iter()
            .chain(&self.late)
            .map(|line| &**line)
            .collect();
        lines.sort_unstable();
        expected.sort_unstable();
        ended.expect(lines == expected, &format!("every line once, but:\n{log}"));
        ended.expect(self.leftovers() == 0, "nothing should be left behind");
    }
}

#[test]
fn killed_at_any_step_it_leaves_the_old_log_or_the_new_one_and_the_next_run_loses_nothing() {
    let mut kills = 0;
    for call in CALLS {
        for when in 1.. {
            let scene = Scene::new();
            let Some(ended) = scene.inject(call, "signal=SIGKILL", when) else {
                break;
            };
            kills += 1;
            scene.assert_whole(&ended);
            scene.assert_put_in_order();
        }
    }
    assert!(kills > 15, "only {kills} kills");
}

#[test]
fn a_call_that_fails_is_told_and_leaves_the_old_log_or_the_new_one() {
    let mut failures = 0;
    for (call, error) in [
        ("write", "ENOSPC"),
        ("write", "EIO"),
        ("fsync", "EIO"),
        ("fdatasync", "EIO"),
        ("fchmod", "EPERM"),
        ("utimensat", "EPERM"),
        ("rename", "EIO"),
        ("renameat2", "EIO"),
        ("unlink", "EIO"),
        ("pread64", "EIO"),
    ] {
        for when in 1.. {
            let scene = Scene::new();
            let what = format!("error={error}");
            let Some(ended) = scene.inject(call, &what, when) else {
                break;
            };
            failures += 1;
            scene.assert_whole(&ended);
            ended.exit(if call == "pread64" { 3 } else { 4 });
            // Standard error is written to by the same call.
            let is_told = ended.stderr_text().contains("authmeter: error: ");
            ended.expect(is_told || call == "write", "expected to be told");
            scene.assert_put_in_order();
        }
    }
    assert!(failures > 20, "only {failures} failures");
}

#[test]
fn before_the_exchange_a_full_disk_leaves_the_log_untouched() {
    let scratch = Scratch::new();
    let old = lines("2025-01-01", 0..3) + &lines("2025-05-30", 0..3);
    scratch.write("log", &old);
    let new = scratch
        .folder()
        .canonicalize()
        .unwrap()
        .join(".log.prune-new");
    let ended = scratch.shell(&format!(
        "strace -f -o trace -P {} -e trace=write -e inject=write:error=ENOSPC \"$AUTHMETER\" {PRUNE}",
        new.display()
    ));
    ended
        .exit(4)
        .says("log: cannot write")
        .says("No space left on device");
    assert_eq!(fs::read_to_string(scratch.path("log")).unwrap(), old);
    assert!(!scratch.path(".log.prune-new").exists());
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error_before_anything_is_done() {
    let scratch = Scratch::new();
    scratch.write("log", lines("2025-01-01", 0..3));
    let path = scratch
        .folder()
        .canonicalize()
        .unwrap()
        .join(".log.prune-new");
    let ended = scratch.shell(&format!(
        "strace -f -o trace -P {} -e trace=openat -e inject=openat:error=EROFS \"$AUTHMETER\" {PRUNE}",
        path.display()
    ));
    ended
        .exit(4)
        .says("cannot create")
        .says("Read-only file system");
    assert_eq!(
        fs::read_to_string(scratch.path("log")).unwrap(),
        lines("2025-01-01", 0..3)
    );
}

#[test]
fn a_log_that_is_rotated_in_the_last_moment_stays_and_so_does_the_one_in_its_place() {
    let scratch = Scratch::new();
    let old = lines("2025-01-01", 0..3) + &lines("2025-05-30", 0..3);
    let next = line("2025-05-31", 7);
    scratch.write("log", &old).write("next", &next);
    let ended = scratch.shell(&format!(
        "{{ sleep 1; mv log log.1; cat next > log; }} & \
         strace -f -o trace -e trace=renameat2 -e inject=renameat2:delay_enter=3s:when=1 \"$AUTHMETER\" {PRUNE}; \
         status=$?; wait; exit $status"
    ));
    ended.exit(3).says("another file took its place meanwhile");
    assert_eq!(fs::read_to_string(scratch.path("log")).unwrap(), next);
    assert_eq!(fs::read_to_string(scratch.path("log.1")).unwrap(), old);
    let entries = fs::read_dir(scratch.folder()).unwrap();
    let hidden =
        entries.filter(|entry| entry.as_ref().unwrap().file_name().as_encoded_bytes()[0] == b'.');
    ended.expect(hidden.count() == 0, "nothing should be left behind");
}

#[test]
fn a_second_run_on_the_same_folder_is_told_to_wait() {
    let scratch = Scratch::new();
    scratch.write("log", lines("2025-01-01", 0..3));
    let ended = scratch.shell(&format!(
        "strace -f -o trace -e trace=renameat2 -e inject=renameat2:delay_enter=3s:when=1 \"$AUTHMETER\" {PRUNE} > first & \
         sleep 1.5; \"$AUTHMETER\" {PRUNE}; status=$?; wait $! || exit 99; exit $status"
    ));
    ended
        .exit(3)
        .says("another `authmeter prune` is at work in");
    assert_eq!(fs::read_to_string(scratch.path("log")).unwrap(), "");
}

#[test]
fn an_interruption_before_the_exchange_changes_nothing_and_one_after_it_leaves_nothing_behind() {
    let old = lines("2025-01-01", 0..3) + &lines("2025-05-30", 0..3);
    for (call, exit, after) in [
        ("fdatasync", 3, &old),
        ("renameat2", 0, &lines("2025-05-30", 0..3)),
    ] {
        let scratch = Scratch::new();
        scratch.write("log", &old);
        let ended = scratch.shell(&format!(
            "strace -f -o trace -e trace={call} -e inject={call}:signal=SIGINT:when=1 env --default-signal=INT,TERM \"$AUTHMETER\" {PRUNE}"
        ));
        ended.exit(exit);
        let is_told = ended
            .stderr_text()
            .contains("log: interrupted; nothing was changed");
        ended.expect(
            is_told == (exit == 3),
            "expected to be told what was not done",
        );
        assert_eq!(&fs::read_to_string(scratch.path("log")).unwrap(), after);
        let entries = fs::read_dir(scratch.folder()).unwrap();
        let hidden = entries
            .filter(|entry| entry.as_ref().unwrap().file_name().as_encoded_bytes()[0] == b'.');
        ended.expect(hidden.count() == 0, "nothing should be left behind");
    }
}
