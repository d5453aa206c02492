//! A disk without room: calls go on returning, losses are counted and said in the log, and what follows is whole.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::scene::{Account, Running, Scene, run};
use super::trial::Trial;
use super::wait_until;

/// A file system of its own in a mount namespace of its own: however the test ends, the last process of the namespace
/// takes the mount with it. What is on it at the end is kept in the folder `kept`.
pub(crate) struct Disk {
    pub(crate) scene: Scene,
    mount: &'static str,
}

/// 256 KiB of memory.
pub(crate) const TMPFS: &str = "mount -t tmpfs -o size=256k none disk";

/// 4 MiB of ext4 in a file.
const EXT4: &str = "truncate -s 4M image && mkfs.ext4 -q image && mount -o loop image disk";

impl Disk {
    pub(crate) fn new(mount: &'static str) -> Disk {
        let scene = Scene::new();
        fs::create_dir(scene.path("disk")).unwrap();
        fs::create_dir(scene.path("kept")).unwrap();
        Disk { scene, mount }
    }

    /// Starts the application with the log on the disk, of which `ballast` bytes are somebody else's.
    fn start(&self, ballast: &str, words: &[&str], settings: &[(&str, &str)]) -> Running {
        let script = format!(
            "exec unshare -m sh -ec '{} && head -c {ballast} /dev/zero > disk/ballast && \
             \"$@\" && cp -a disk/. kept/' sh \"$@\"",
            self.mount
        );
        let mut command = self.scene.application(&script, "a", words);
        command
            .env("METRICS_FILE_PATH", self.scene.path("disk/auth.jsonl"))
            .envs(settings.iter().copied());
        Running::start(&mut command)
    }

    /// Where the process sees the disk, which nobody else does.
    fn seen_by(&self, running: &Running) -> PathBuf {
        let disk = self.scene.path("disk");
        let root = PathBuf::from(format!("/proc/{}/root", running.id()));
        root.join(disk.strip_prefix("/").unwrap())
    }

    fn check(&self) -> Account {
        self.scene.check(&[self.scene.path("kept/auth.jsonl")])
    }
}

/// Fills the disk, makes room again, and expects what must hold. The delivery is in `settings`.
pub(crate) fn fill_and_make_room(
    trial: &mut Trial,
    disk: &Disk,
    ballast: &str,
    settings: &[(&str, &str)],
    call: &str,
) -> Account {
    // Slow enough that the room that is made lasts until the end.
    let words = ["threads=1", "pace=2000", "listens=yes", call];
    let mut running = disk.start(ballast, &words, settings);
    let full = wait_until(Duration::from_secs(20), || running.stat("dropped") > 0);
    trial.expect(full.is_some(), "the disk never filled");
    thread::sleep(Duration::from_millis(500));
    let before = running.stats();
    fs::remove_file(disk.seen_by(&running).join("ballast")).unwrap();
    let written = |stats: &Value| stats["written"].as_u64().unwrap();
    let room = wait_until(Duration::from_secs(5), || {
        written(&running.stats()) > written(&before)
    });
    trial.expect(
        room.is_some_and(|room| room <= Duration::from_millis(1_500)),
        format_args!("written again after {room:?}, at most 1.5 s allowed"),
    );
    // The file system may have had a little room all the time: what matters is the last loss.
    thread::sleep(Duration::from_millis(100));
    let peak = running.stat("peak_kib");
    trial.expect(peak < 32 << 10, format_args!("{peak} KiB of memory"));
    let status = running.end();
    trial.expect(status.success(), format_args!("{status}"));
    let account = disk.check();
    expect_counted(trial, &account);
    trial.note(format_args!(
        "written again {} ms after there was room",
        room.unwrap_or_default().as_millis()
    ));
    account
}

/// Everything that is lost is counted, and the log says how much it was.
fn expect_counted(trial: &mut Trial, account: &Account) {
    trial.expect_sound(account);
    let told = account.count("refused") - account.count("refused_found");
    let lost = account.count("lost") + told;
    let said = account.count("gaps_dropped");
    trial.expect(lost > 0, "nothing was lost: this proves nothing");
    trial.expect(
        lost == said,
        format_args!("{lost} events are lost, log.gap says {said}"),
    );
    trial.expect(
        account.count("unfinished") == 0,
        "the log ends inside a line",
    );
    let (longest, late) = (account.millis("longest_call_ms"), account.millis("late_ms"));
    trial.expect(
        longest <= 100.0 + late,
        format_args!("a call took {longest} ms, on a machine that is {late} ms late"),
    );
}

#[test]
fn on_a_full_tmpfs_losses_are_counted_and_writing_resumes() {
    let mut trial = Trial::new(
        20,
        "on_a_full_tmpfs_losses",
        "disk full, then room again, `write`",
        "tmpfs of 256 KiB in `unshare -m`; somebody else's file is removed",
    );
    let account = fill_and_make_room(&mut trial, &Disk::new(TMPFS), "128K", &[], "call=emit");
    trial.conclude(&[account]);
}

#[test]
fn on_a_full_ext4_losses_are_counted_and_writing_resumes() {
    let mut trial = Trial::new(
        21,
        "on_a_full_ext4_losses",
        "disk full, then room again, `write`",
        "ext4 of 4 MiB in a file, `mount -o loop`; somebody else's file is removed",
    );
    let account = fill_and_make_room(&mut trial, &Disk::new(EXT4), "2M", &[], "call=emit");
    trial.conclude(&[account]);
}

#[test]
fn on_a_full_tmpfs_a_queue_loses_what_it_must_and_counts_it() {
    let mut trial = Trial::new(
        22,
        "on_a_full_tmpfs_a_queue",
        "disk full, then room again, `async`",
        "tmpfs of 256 KiB in `unshare -m`; somebody else's file is removed",
    );
    let settings = [("METRICS_DELIVERY", "async")];
    let account = fill_and_make_room(
        &mut trial,
        &Disk::new(TMPFS),
        "128K",
        &settings,
        "call=emit",
    );
    trial.conclude(&[account]);
}

#[test]
fn on_a_full_ext4_calls_that_wait_for_the_disk_are_told() {
    let mut trial = Trial::new(
        23,
        "calls_that_wait_for_the_disk_are_told",
        "disk full, then room again, `emit_durable`",
        "ext4 of 4 MiB in a file, `mount -o loop`; somebody else's file is removed",
    );
    let disk = Disk::new(EXT4);
    let account = fill_and_make_room(&mut trial, &disk, "2M", &[], "call=durable");
    let lost = account.count("lost");
    trial.expect(
        lost == 0,
        format_args!("{lost} events are lost that were confirmed"),
    );
    trial.note(format_args!(
        "{} calls returned `Err`, {} of their events are in the log: the disk was late",
        account.count("refused"),
        account.count("refused_found")
    ));
    trial.conclude(&[account]);
}

#[test]
fn beyond_the_largest_file_allowed_losses_are_counted() {
    let mut trial = Trial::new(
        25,
        "beyond_the_largest_file_allowed",
        "limit on the size of files, `write` and `async`",
        "`prlimit --fsize=100000`, SIGXFSZ ignored (`trap '' XFSZ`) and not",
    );
    let mut accounts = Vec::new();
    let limited = "exec prlimit --fsize=100000 \"$@\"";
    let ignored = format!("trap '' XFSZ; {limited}");
    for (delivery, wrapper) in [
        ("write", limited),
        ("async", limited),
        ("write", &ignored),
        ("async", &ignored),
    ] {
        let scene = Scene::new();
        let mut command = scene.application(wrapper, "a", &["events=300", "threads=2", "pace=100"]);
        let status = run(command.env("METRICS_DELIVERY", delivery));
        trial.expect(status.success(), format_args!("{delivery}: {status}"));
        let account = scene.check(&[scene.log()]);
        trial.expect_sound(&account);
        trial.expect(
            account.count("lost") > 0,
            "nothing was lost: this proves nothing",
        );
        trial.expect(
            account.count("torn") <= 1,
            "more than the last line is torn",
        );
        accounts.push(account);
    }
    trial.note("the losses are in `stats()`: there is no room for a `log.gap`");
    trial.conclude(&accounts);
}

#[test]
fn a_device_that_is_always_full_is_counted() {
    let mut trial = Trial::new(
        26,
        "a_device_that_is_always_full",
        "a device that is always full, all deliveries",
        "`METRICS_FILE_PATH=/dev/full`",
    );
    let mut accounts = Vec::new();
    for delivery in ["write", "async", "durable"] {
        let scene = Scene::new();
        let mut command = scene.application("", "a", &["events=50", "threads=4"]);
        command
            .env("METRICS_DELIVERY", delivery)
            .env("METRICS_FILE_PATH", "/dev/full");
        let status = run(&mut command);
        trial.expect(status.success(), format_args!("{delivery}: {status}"));
        let account = scene.check(&["/dev/null".into()]);
        trial.expect_sound(&account);
        let lost = account.count("lost");
        trial.expect(
            lost == 200,
            format_args!("{delivery}: {lost} events are lost"),
        );
        accounts.push(account);
    }
    trial.conclude(&accounts);
}
