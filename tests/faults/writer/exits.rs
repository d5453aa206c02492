//! Ways to end a process, each with something still on its way: nothing is lost.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use super::scene::{Account, Running, Scene, run};
use super::trial::Trial;

/// How a process was seen to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    Code(i32),
    Signal(i32),
}

const SIGABRT: i32 = 6;

fn seen(status: ExitStatus) -> Option<Seen> {
    let code = status.code().map(Seen::Code);
    code.or(status.signal().map(Seen::Signal))
}

/// The application with events for a writer that is slow: every write to the log takes 20 ms longer, so that a queue has
/// something in it when the process ends.
fn slow(scene: &Scene, profile: &'static str, words: &[&str], delivery: &str) -> Command {
    let wrapper = format!(
        "exec strace -f -o trace -P {} -e trace=write,writev -e inject=write,writev:delay_enter=20000 \"$@\"",
        scene.log().display()
    );
    let mut command = scene.application_of(profile, &wrapper, "a", words);
    command.env("METRICS_DELIVERY", delivery);
    command
}

/// Runs it to its end.
fn end(trial: &mut Trial, command: &mut Command, expected: Seen) {
    let status = seen(run(command));
    trial.expect(
        status == Some(expected),
        format_args!("ended with {status:?}, not {expected:?}"),
    );
}

/// Every way to end, of which `main` and the threads have all emitted what they had to.
fn ends(trial: &mut Trial, delivery: &'static str, events: u32) -> Vec<Account> {
    let mut accounts = Vec::new();
    for (profile, way, expected) in [
        ("release", "return", Seen::Code(0)),
        ("release", "error", Seen::Code(1)),
        ("release", "panic", Seen::Code(101)),
        ("release", "exit", Seen::Code(7)),
        ("release", "forgotten", Seen::Code(0)),
        ("abort", "panic", Seen::Signal(SIGABRT)),
        ("abort", "exit", Seen::Code(7)),
    ] {
        let scene = Scene::new();
        let words = [
            &format!("events={events}"),
            "threads=2",
            &format!("end={way}"),
        ];
        let mut command = slow(&scene, profile, &words, delivery);
        end(trial, &mut command, expected);
        let account = scene.check(&[scene.log()]);
        trial.expect_complete(&account);
        let emitted = account.count("calls") == u64::from(2 * events);
        trial.expect(
            emitted,
            format_args!("{profile}, {way}: not all was emitted"),
        );
        accounts.push(account);
    }
    accounts
}

#[test]
fn however_a_process_ends_the_log_has_every_event_it_wrote() {
    let mut trial = Trial::new(
        90,
        "has_every_event_it_wrote",
        "process ends, `write`",
        "return from `main`, `?`, panic (unwind; abort), `process::exit`",
    );
    let accounts = ends(&mut trial, "write", 20);
    trial.conclude(&accounts);
}

#[test]
fn however_a_process_ends_the_log_has_every_event_of_its_queue() {
    let mut trial = Trial::new(
        93,
        "has_every_event_of_its_queue",
        "process ends with a queue, `async`",
        "return from `main`, `?`, panic (unwind; abort), `process::exit`; each write takes 20 ms longer (strace)",
    );
    let accounts = ends(&mut trial, "async", 2_000);
    trial.conclude(&accounts);
}

#[test]
fn a_forked_child_writes_its_own_events_and_none_of_its_parents_queue() {
    let mut trial = Trial::new(
        94,
        "a_forked_child",
        "fork with a queue, `async`, `write` and `durable`",
        "`fork`; both go on emitting; each write takes 20 ms longer (strace)",
    );
    let mut accounts = Vec::new();
    for (delivery, events) in [("async", 2_000), ("write", 20), ("durable", 20)] {
        let scene = Scene::new();
        let words = [&format!("events={events}"), "threads=2", "end=fork"];
        let mut command = slow(&scene, "release", &words, delivery);
        command.env("METRICS_MAX_WAIT", "5s");
        end(&mut trial, &mut command, Seen::Code(0));
        let account = scene.check(&[scene.log()]);
        trial.expect_complete(&account);
        let emitted = account.count("calls") == 2 * events + 2 * 100;
        trial.expect(emitted, format_args!("{delivery}: not all was emitted"));
        accounts.push(account);
    }
    trial.conclude(&accounts);
}

#[test]
fn a_log_that_stands_still_holds_up_the_end_five_seconds_at_most() {
    let mut trial = Trial::new(
        95,
        "a_log_that_stands_still_holds_up_the_end",
        "process ends while its log stands still, `async`",
        "the log is a named pipe (`mkfifo`) that nobody reads",
    );
    let scene = Scene::new();
    let made = Command::new("mkfifo").arg(scene.log()).status().unwrap();
    assert!(made.success());
    let mut options = File::options();
    let options = options.read(true).write(true);
    let mut pipe = options
        .custom_flags(libc::O_NONBLOCK)
        .open(scene.log())
        .unwrap();
    let mut command = scene.application("", "a", &["events=300", "threads=2", "pace=100"]);
    let began = Instant::now();
    let status = run(command.env("METRICS_DELIVERY", "async"));
    let took = began.elapsed();
    // What fitted into the pipe, until it is empty.
    let mut kept = Vec::new();
    let _ = pipe.read_to_end(&mut kept);
    fs::write(scene.path("kept"), kept).unwrap();
    trial.expect(status.success(), format_args!("{status}"));
    let (least, most) = (Duration::from_secs(5), Duration::from_secs(7));
    trial.expect(
        (least..most).contains(&took),
        format_args!("the process took {took:?} to end"),
    );
    let account = scene.check(&[scene.path("kept")]);
    let silent = account.count("absent_silent");
    trial.expect(
        silent == 0,
        format_args!("{silent} events are lost in silence"),
    );
    let stats = &account.0["stats"]["a"];
    let [emitted, written, in_flight] =
        ["emitted", "written", "in_flight"].map(|name| stats[name].as_u64().unwrap());
    trial.expect(
        emitted == account.count("calls") && in_flight > 0 && written + in_flight == emitted,
        format_args!("{stats}"),
    );
    trial.note(format_args!(
        "the process ends after {:.1} s, and says that {in_flight} events were on their way",
        took.as_secs_f64()
    ));
    trial.conclude(&[account]);
}

/// SIGTERM while two threads emit.
fn terminated(trial: &mut Trial, delivery: &str) -> Account {
    let scene = Scene::new();
    let words = ["threads=2", "pace=1000", "end=terminated"];
    let mut command = scene.application("", "a", &words);
    let running = Running::start(command.env("METRICS_DELIVERY", delivery));
    thread::sleep(Duration::from_millis(300));
    let id = running.id().to_string();
    let killed = Command::new("kill").args(["-TERM", &id]).status().unwrap();
    assert!(killed.success());
    let status = running.end();
    trial.expect(status.success(), format_args!("{status}"));
    let account = scene.check(&[scene.log()]);
    trial.expect_complete(&account);
    account
}

#[test]
fn a_handled_sigterm_loses_nothing() {
    let mut trial = Trial::new(
        91,
        "a_handled_sigterm",
        "SIGTERM, handled, `write` and `async`",
        "`kill -TERM` while two threads emit; the handler lets `main` return",
    );
    let accounts = ["write", "async"].map(|delivery| terminated(&mut trial, delivery));
    trial.conclude(&accounts);
}

/// Two threads emit while the process ends in some way: what had returned is there.
#[test]
fn ended_under_its_threads_a_process_has_written_every_acknowledged_event() {
    let mut trial = Trial::new(
        92,
        "ended_under_its_threads",
        "process ends while its threads emit, `write`",
        "return from `main`, `?`, panic (unwind; abort), `process::exit`, 100 ms after the start",
    );
    let mut accounts = Vec::new();
    for (profile, way, expected) in [
        ("release", "return", Seen::Code(0)),
        ("release", "error", Seen::Code(1)),
        ("release", "panic", Seen::Code(101)),
        ("release", "exit", Seen::Code(7)),
        ("abort", "panic", Seen::Signal(SIGABRT)),
    ] {
        let scene = Scene::new();
        let words = ["threads=2", "pace=100", "after=100", &format!("end={way}")];
        let mut command = scene.application_of(profile, "", "a", &words);
        // What the writer says of itself is not the last word while threads emit.
        command.arg("stats=/dev/null");
        end(&mut trial, &mut command, expected);
        let account = scene.check(&[scene.log()]);
        trial.expect_sound(&account);
        let lost = account.count("lost");
        trial.expect(
            lost == 0,
            format_args!("{way}: {lost} acknowledged events are lost"),
        );
        let torn = account.count("torn");
        trial.expect(torn <= 1, format_args!("{way}: {torn} torn lines"));
        accounts.push(account);
    }
    trial.conclude(&accounts);
}
