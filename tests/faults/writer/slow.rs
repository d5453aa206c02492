//! A disk or a console that is slow or stands still: nobody waits longer than was agreed.

use std::io::Read as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::io_error::injecting;
use super::scene::{Account, Running, Scene, run};
use super::trial::Trial;

/// `METRICS_MAX_WAIT`, and how much longer a call may take, in milliseconds.
const MAX_WAIT: f64 = 50.0;
const TOLERANCE: f64 = 50.0;

fn expect_in_time(trial: &mut Trial, account: &Account) {
    let (longest, late) = (account.millis("longest_call_ms"), account.millis("late_ms"));
    trial.expect(
        longest <= MAX_WAIT + TOLERANCE + late,
        format_args!("a call took {longest} ms, on a machine that is {late} ms late"),
    );
    trial.note(format_args!("the longest call took {longest:.0} ms"));
}

#[test]
fn a_slow_disk_makes_calls_slow_and_costs_no_event() {
    let mut trial = Trial::new(
        40,
        "a_slow_disk_makes",
        "slow disk, `write`",
        "`strace -P auth.jsonl -e inject=write:delay_enter=50000`: each write takes 50 ms longer",
    );
    let scene = Scene::alone();
    let wrapper = injecting(&scene, "write,writev", "delay_enter=50000");
    let status = run(&mut scene.application(&wrapper, "a", &["events=20"]));
    trial.expect(status.success(), format_args!("{status}"));
    let account = scene.check(&[scene.log()]);
    trial.expect_complete(&account);
    expect_in_time(&mut trial, &account);
    trial.conclude(&[account]);
}

#[test]
fn behind_a_slow_disk_a_full_queue_keeps_its_deadline() {
    let mut trial = Trial::new(
        41,
        "behind_a_slow_disk_a_full_queue",
        "slow disk, `async`, more events than it takes",
        "`strace -P auth.jsonl -e inject=write:delay_enter=500000`: each write takes half a second longer",
    );
    let scene = Scene::alone();
    let wrapper = injecting(&scene, "write,writev", "delay_enter=500000");
    let words = ["events=300", "threads=2", "sizes=large"];
    let mut command = scene.application(&wrapper, "a", &words);
    let status = run(command.env("METRICS_DELIVERY", "async"));
    trial.expect(status.success(), format_args!("{status}"));
    let account = scene.check(&[scene.log()]);
    trial.expect_sound(&account);
    expect_in_time(&mut trial, &account);
    let (lost, said) = (account.count("lost"), account.count("gaps_dropped"));
    trial.expect(lost > 0, "the queue never was full: this proves nothing");
    trial.expect(
        lost == said,
        format_args!("{lost} events are lost, log.gap says {said}"),
    );
    let peak = account.0["stats"]["a"]["peak_kib"].as_u64().unwrap();
    trial.expect(peak < 32 << 10, format_args!("{peak} KiB of memory"));
    trial.note(format_args!("{peak} KiB of memory at most"));
    trial.conclude(&[account]);
}

#[test]
fn behind_a_stalled_disk_a_call_that_waits_for_it_keeps_its_deadline() {
    let mut trial = Trial::new(
        42,
        "behind_a_stalled_disk",
        "stalled disk, `emit_durable`",
        "`strace -P auth.jsonl -e inject=fdatasync:delay_enter=300000`: each takes 0.3 s longer",
    );
    let scene = Scene::alone();
    let wrapper = injecting(&scene, "fdatasync", "delay_enter=300000");
    let mut command = scene.application(&wrapper, "a", &["events=10", "threads=2", "call=durable"]);
    let status = run(&mut command);
    trial.expect(status.success(), format_args!("{status}"));
    let account = scene.check(&[scene.log()]);
    trial.expect_sound(&account);
    expect_in_time(&mut trial, &account);
    let (refused, found) = (account.count("refused"), account.count("refused_found"));
    trial.expect(
        refused == 20,
        format_args!("{refused} of 20 calls were told"),
    );
    trial.expect(
        found == 20,
        format_args!("{found} of 20 events are in the log"),
    );
    let unsynced = account.0["stats"]["a"]["unsynced"].as_u64();
    trial.expect(
        unsynced == Some(20),
        format_args!("{unsynced:?} events count as unsynced"),
    );
    trial.note("all calls returned `Err`, all events are in the log");
    trial.conclude(&[account]);
}

/// A console that nobody reads, or that takes a line now and then, beside the file.
fn beside_the_file(trial: &mut Trial, delivery: &str, reads: bool) -> Account {
    let scene = Scene::alone();
    let words = ["events=2000", "threads=2", "pace=100"];
    let mut command = scene.application("", "a", &words);
    command
        .env("METRICS_FORMAT", "both")
        .env("METRICS_DELIVERY", delivery)
        .stdout(Stdio::piped());
    let mut running = Running::start(&mut command);
    let mut stdout = running.stdout();
    let reader = reads.then(|| {
        std::thread::spawn(move || {
            // 64 bytes every 10 ms.
            while stdout.read(&mut [0; 64]).is_ok_and(|count| count > 0) {
                std::thread::sleep(Duration::from_millis(10));
            }
        })
    });
    let began = Instant::now();
    let status = running.end();
    let took = began.elapsed();
    trial.expect(status.success(), format_args!("{status}"));
    trial.expect(
        took <= Duration::from_secs(10),
        format_args!("the process took {took:?} to end"),
    );
    drop(reader);
    let account = scene.check(&[scene.log()]);
    trial.expect_complete(&account);
    expect_in_time(trial, &account);
    let dropped = account.0["stats"]["a"]["console_dropped"].as_u64().unwrap();
    trial.note(format_args!(
        "and {dropped} console lines were dropped with `{delivery}`"
    ));
    account
}

#[test]
fn a_stalled_console_never_delays_the_file() {
    let mut trial = Trial::new(
        43,
        "a_stalled_console",
        "stalled console beside the file, `write` and `async`",
        "`METRICS_FORMAT=both`, and standard output is a pipe that nobody reads",
    );
    let accounts = ["write", "async"].map(|delivery| beside_the_file(&mut trial, delivery, false));
    trial.conclude(&accounts);
}

#[test]
fn a_slow_console_never_delays_the_file() {
    let mut trial = Trial::new(
        44,
        "a_slow_console",
        "slow console beside the file, `write` and `async`",
        "`METRICS_FORMAT=both`, and standard output is a pipe that is read 64 bytes at a time, every 10 ms",
    );
    let accounts = ["write", "async"].map(|delivery| beside_the_file(&mut trial, delivery, true));
    trial.conclude(&accounts);
}
