//! A disk that fails: EIO where the system says so, in strace's words.

use std::fs;

use super::scene::{Account, Scene, run};
use super::trial::Trial;

/// strace that injects `what` into calls that reach the log.
pub(crate) fn injecting(scene: &Scene, calls: &str, what: &str) -> String {
    format!(
        "exec strace -f -o trace -P {} -e trace={calls} -e inject={calls}:{what} \"$@\"",
        scene.log().display()
    )
}

#[test]
fn a_write_that_fails_is_counted_and_the_next_ones_are_whole() {
    let mut trial = Trial::new(
        30,
        "a_write_that_fails",
        "EIO on write, `write`",
        "`strace -P auth.jsonl -e inject=write:error=EIO:when=3..4`",
    );
    let scene = Scene::new();
    let wrapper = injecting(&scene, "write,writev", "error=EIO:when=3..4");
    let status = run(&mut scene.application(&wrapper, "a", &["events=20"]));
    trial.expect(status.success(), format_args!("{status}"));
    let account = scene.check(&[scene.log()]);
    trial.expect_sound(&account);
    let (lost, said) = (account.count("lost"), account.count("gaps_dropped"));
    trial.expect(lost == 2, format_args!("{lost} events are lost, not 2"));
    trial.expect(said == 2, format_args!("log.gap says {said}"));
    trial.expect(account.count("torn") == 0, "a line is torn");
    trial.conclude(&[account]);
}

#[test]
fn a_batch_that_fails_is_counted_event_by_event() {
    let mut trial = Trial::new(
        31,
        "a_batch_that_fails",
        "EIO on write, `async`",
        "`strace -P auth.jsonl -e inject=write:error=EIO:when=3..4`",
    );
    let scene = Scene::new();
    let wrapper = injecting(&scene, "write,writev", "error=EIO:when=3..4");
    let words = ["events=500", "threads=2", "pace=100"];
    let mut command = scene.application(&wrapper, "a", &words);
    let status = run(command.env("METRICS_DELIVERY", "async"));
    trial.expect(status.success(), format_args!("{status}"));
    let account = scene.check(&[scene.log()]);
    trial.expect_sound(&account);
    let (lost, said) = (account.count("lost"), account.count("gaps_dropped"));
    trial.expect(lost > 0, "nothing was lost: this proves nothing");
    trial.expect(
        said == lost,
        format_args!("{lost} events are lost, log.gap says {said}"),
    );
    trial.expect(account.count("torn") == 0, "a line is torn");
    trial.conclude(&[account]);
}

/// One thread that waits for the disk with every call, under strace. The calls that failed are told from the others.
fn durable(trial: &mut Trial, calls: &str, what: &str) -> (Account, String) {
    let scene = Scene::new();
    let wrapper = injecting(&scene, calls, what);
    let words = ["events=20", "call=durable"];
    let mut command = scene.application(&wrapper, "a", &words);
    let status = run(command.env("METRICS_MAX_WAIT", "10s"));
    trial.expect(status.success(), format_args!("{status}"));
    let account = scene.check(&[scene.log()]);
    trial.expect_sound(&account);
    let lost = account.count("lost");
    trial.expect(
        lost == 0,
        format_args!("{lost} events that were confirmed are lost"),
    );
    let refused = account.count("refused");
    trial.expect(
        refused == 2,
        format_args!("{refused} calls were refused, not 2"),
    );
    (account, fs::read_to_string(scene.path("trace")).unwrap())
}

#[test]
fn a_call_that_waits_for_the_disk_is_told_that_its_write_failed() {
    let mut trial = Trial::new(
        32,
        "is_told_that_its_write_failed",
        "EIO on write, `emit_durable`",
        "`strace -P auth.jsonl -e inject=write:error=EIO:when=3..4`",
    );
    let (account, _) = durable(&mut trial, "write,writev", "error=EIO:when=3..4");
    let found = account.count("refused_found");
    trial.expect(
        found == 0,
        format_args!("{found} of the refused events are in the log"),
    );
    let said = account.count("gaps_dropped");
    trial.expect(said == 2, format_args!("log.gap says {said}"));
    trial.note("2 calls returned `Err`");
    trial.conclude(&[account]);
}

#[test]
fn a_call_that_waits_for_the_disk_is_told_that_the_disk_failed_once_and_for_all() {
    let mut trial = Trial::new(
        33,
        "is_told_that_the_disk_failed",
        "EIO on fdatasync, `emit_durable`",
        "`strace -P auth.jsonl -e inject=fdatasync:error=EIO:when=3..4`",
    );
    let (account, trace) = durable(&mut trial, "fdatasync", "error=EIO:when=3..4");
    let asked = trace.matches("fdatasync(").count();
    trial.expect(
        asked == 20,
        format_args!("the disk was asked {asked} times for 20 calls"),
    );
    let unsynced = account.0["stats"]["a"]["unsynced"].as_u64();
    trial.expect(
        unsynced == Some(2),
        format_args!("{unsynced:?} events count as unsynced"),
    );
    trial.note("2 calls returned `Err`; fdatasync is never asked again for the same lines");
    trial.conclude(&[account]);
}
