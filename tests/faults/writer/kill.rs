//! kill -9, at any moment. A signal that kills takes effect between two pages of a write, too: even one small `write`
//! can be torn, at a border of 4096 bytes.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use super::scene::{Account, Running, Scene, run};
use super::trial::Trial;
use super::{short_or_full, wait_until};

/// Another moment for each kill: spread over so many microseconds without any regularity.
fn moment(spread: u64) -> Duration {
    static KILLS: AtomicU64 = AtomicU64::new(0);
    Duration::from_micros(KILLS.fetch_add(1, Relaxed) * 7_919 % spread)
}

fn wait_for_the_first_call(scene: &Scene, writer: &str) {
    let diary = scene.path(format!("diaries/{writer}.diary"));
    let begun = wait_until(Duration::from_secs(20), || {
        fs::metadata(&diary).is_ok_and(|diary| diary.len() > 0)
    });
    assert!(begun.is_some(), "{writer} emitted nothing");
}

/// Kills one application after another on the same log, each within 4 ms after its first call has returned.
pub(crate) fn kill_one_after_another(
    scene: &Scene,
    kills: u64,
    words: &[&str],
    settings: &[(&str, impl AsRef<OsStr>)],
) {
    for round in 0..kills {
        let writer = format!("r{round}");
        let mut command = scene.application("", &writer, words);
        let running =
            Running::start(command.envs(settings.iter().map(|(key, value)| (key, value))));
        wait_for_the_first_call(scene, &writer);
        thread::sleep(moment(4_000));
        running.kill();
    }
}

/// The settings as they are.
const NOTHING: &[(&str, &str)] = &[];

/// Expects of the log of so many killed processes what `write` promises.
fn expect_whole(trial: &mut Trial, account: &Account, kills: u64) {
    trial.expect_sound(account);
    let (lost, torn) = (account.count("lost"), account.count("torn"));
    trial.expect(
        lost == 0,
        format_args!("{lost} acknowledged events are lost"),
    );
    trial.expect(
        torn <= kills,
        format_args!("{torn} torn lines of {kills} kills"),
    );
    let most = account.count("torn_most_of_one");
    trial.expect(most <= 1, format_args!("{most} torn lines of one kill"));
    trial.expect(
        account.count("calls") >= kills,
        "hardly anything was emitted",
    );
}

#[test]
fn killed_at_any_moment_a_log_has_every_acknowledged_event() {
    let mut trial = Trial::new(
        10,
        "killed_at_any_moment_a_log",
        "kill -9 at any moment, `write`",
        "`kill -9` after a random delay, then the next process on the same log",
    );
    // Events of many pages: most kills hit the inside of a write. Logs do not grow for ever.
    const OF_ONE_LOG: u64 = 40;
    let kills = short_or_full(40, 2_000);
    let mut accounts = Vec::new();
    for _ in 0..kills / OF_ONE_LOG {
        let scene = Scene::new();
        let words = ["threads=2", "events=1500", "sizes=large", "listens=yes"];
        kill_one_after_another(&scene, OF_ONE_LOG, &words, NOTHING);
        let account = scene.check(&[scene.log()]);
        expect_whole(&mut trial, &account, OF_ONE_LOG);
        accounts.push(account);
    }
    let torn: u64 = accounts.iter().map(|account| account.count("torn")).sum();
    trial.expect(
        torn > 0,
        "no kill hit the inside of a write: this proves nothing",
    );
    trial.note(format_args!("{kills} kills"));
    trial.conclude(&accounts);
}

#[test]
fn killed_at_each_write_a_log_has_every_acknowledged_event() {
    let mut trial = Trial::new(
        11,
        "killed_at_each_write",
        "kill -9 at the Nth write, `write`",
        "`strace -P auth.jsonl -e inject=write:signal=SIGKILL:when=N`, N = 1 …",
    );
    let scene = Scene::new();
    let kills = short_or_full(20, 200);
    for when in 1..=kills {
        let traced = format!(
            "exec strace -f -o trace -P {} -e trace=write -e inject=write:signal=SIGKILL:when={when} \"$@\"",
            scene.log().display()
        );
        let words = ["threads=2", "events=500"];
        let status = run(&mut scene.application(&traced, &format!("r{when}"), &words));
        trial.expect(
            !status.success(),
            format_args!("nothing was killed at write {when}"),
        );
    }
    let account = scene.check(&[scene.log()]);
    trial.expect_sound(&account);
    trial.expect(account.count("lost") == 0, "acknowledged events are lost");
    trial.expect(
        account.count("torn") <= kills,
        "more than one torn line a kill",
    );
    trial.note(format_args!("{kills} kills"));
    trial.conclude(&[account]);
}

/// Two threads for 10 ms or so, then a flush, then some more, and then the kill.
fn flush_and_kill(scene: &Scene, round: u64) {
    let words = ["threads=2", "pace=50", "listens=yes"];
    let writer = format!("r{round}");
    let mut command = scene.application("", &writer, &words);
    let mut running = Running::start(command.env("METRICS_DELIVERY", "async"));
    wait_for_the_first_call(scene, &writer);
    thread::sleep(Duration::from_millis(10));
    assert_eq!(running.ask("flush").trim(), "flushed");
    thread::sleep(moment(20_000));
    running.kill();
}

#[test]
fn killed_with_a_queue_a_log_has_every_flushed_event_and_lacks_what_was_queued() {
    let mut trial = Trial::new(
        12,
        "killed_with_a_queue",
        "kill -9 at any moment, `async`",
        "`kill -9` after a flush and a random delay, then the next process on the same log",
    );
    const OF_ONE_LOG: u64 = 40;
    let kills = short_or_full(40, 2_000);
    let mut accounts = Vec::new();
    let mut longest = 0.0_f64;
    for _ in 0..kills / OF_ONE_LOG {
        let scene = Scene::new();
        for round in 0..OF_ONE_LOG {
            flush_and_kill(&scene, round);
        }
        let account = scene.check(&[scene.log()]);
        trial.expect_sound(&account);
        let lost = account.count("flushed_lost");
        trial.expect(lost == 0, format_args!("{lost} flushed events are lost"));
        trial.expect(
            account.count("flushed") > OF_ONE_LOG,
            "hardly anything was flushed",
        );
        // The thread writes every millisecond, once it gets the processor: that may take a while on a machine that has
        // much else to do.
        let span = account.millis("lost_for_ms");
        trial.expect(
            span <= 1_000.0,
            format_args!("events of {span} ms are lost"),
        );
        longest = longest.max(span);
        let (torn, most) = (account.count("torn"), account.count("torn_most_of_one"));
        trial.expect(
            torn <= OF_ONE_LOG && most <= 1,
            format_args!("{torn} torn lines, {most} of one kill"),
        );
        accounts.push(account);
    }
    trial.note(format_args!(
        "{kills} kills; no flushed event is lost, and none that came more than {longest:.1} ms before a kill"
    ));
    trial.conclude(&accounts);
}

#[test]
fn killed_under_calls_that_wait_for_the_disk_a_log_has_every_event_that_was_confirmed() {
    let mut trial = Trial::new(
        13,
        "killed_under_calls_that_wait_for_the_disk",
        "kill -9 at any moment, `emit_durable`",
        "`kill -9` after a random delay, then the next process on the same log",
    );
    let kills = short_or_full(20, 200);
    let scene = Scene::new();
    let words = ["threads=4", "call=durable", "listens=yes"];
    let settings = [("METRICS_MAX_WAIT", "10s")];
    kill_one_after_another(&scene, kills, &words, &settings);
    let account = scene.check(&[scene.log()]);
    expect_whole(&mut trial, &account, kills);
    trial.expect(account.count("refused") == 0, "calls were refused");
    trial.note(format_args!("{kills} kills"));
    trial.conclude(&[account]);
}

/// The log of a process that died inside a line.
pub(crate) fn torn(scene: &Scene) -> PathBuf {
    fs::write(scene.log(), "{\"event\":\"token.used\",\"timest").unwrap();
    scene.log()
}

#[test]
fn a_torn_tail_is_isolated_by_the_next_start() {
    let scene = Scene::new();
    let log = torn(&scene);
    let status = run(&mut scene.application("", "next", &["events=10"]));
    assert!(status.success());
    let account = scene.check(&[log]);
    assert_eq!((account.count("torn"), account.count("glued")), (1, 0));
    assert_eq!((account.count("found"), account.count("lost")), (10, 0));
}
