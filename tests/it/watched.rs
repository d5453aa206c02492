//! `authmeter watch` where nobody draws: a line a period, and at the end the report of what was written, whatever was
//! rotated meanwhile.

use crate::harness::{LOGIN, Scratch};

/// What reports say of a log, but for the names of its inputs.
fn reports(scratch: &Scratch, args: &[&str]) -> serde_json::Value {
    let json = scratch.run(args).exit(0).json();
    json["reports"].clone()
}

fn generate(scratch: &Scratch, events: &str, seed: &str, name: &str) {
    let log = scratch.run(&["generate", "--events", events, "--seed", seed]);
    scratch.write(name, log.exit(0).stdout());
}

/// Runs a script beside `authmeter watch --format json auth.log`, waits for it to have been seen, and ends the watch with
/// SIGTERM. What is printed at the end must be what `report` says of these files.
#[track_caller]
fn equals_the_report(script: &str, files: &[&str]) -> Scratch {
    let scratch = Scratch::new();
    generate(&scratch, "400", "1", "one");
    generate(&scratch, "300", "2", "two");
    generate(&scratch, "200", "3", "three");
    let ended = scratch.shell(&format!(
        r#"set -eu
        cp one auth.log
        "$AUTHMETER" watch --format json --period 100ms --as-of 2025-06-01 auth.log > answer.json 2> lines &
        watch=$!
        until grep -q 'events 400' lines; do sleep 0.05; done
        {script}
        sleep 0.5
        kill -TERM $watch
        wait $watch"#
    ));
    ended.exit(0);
    let answer: serde_json::Value =
        serde_json::from_slice(&std::fs::read(scratch.path("answer.json")).unwrap()).unwrap();
    let mut args = vec![
        "report",
        "--format",
        "json",
        "--as-of",
        "2025-06-01",
        "--count-copies",
    ];
    args.extend(files);
    assert_eq!(answer["reports"], reports(&scratch, &args));
    scratch
}

#[test]
fn a_log_that_grows_is_counted_as_a_whole() {
    equals_the_report("cat two >> auth.log; cat three >> auth.log", &["auth.log"]);
}

#[test]
fn a_renamed_log_is_read_on_and_the_new_one_too() {
    equals_the_report(
        "mv auth.log auth.log.1; cat two >> auth.log.1; sleep 0.3; cp three auth.log",
        &["auth.log.1", "auth.log"],
    );
}

#[test]
fn a_log_that_was_copied_and_cut_is_read_on_from_its_start() {
    equals_the_report(
        "cat two >> auth.log; cp auth.log auth.log.1; : > auth.log; cat three >> auth.log",
        &["auth.log.1", "auth.log"],
    );
}

#[test]
fn a_log_that_came_and_went_between_two_looks_is_found() {
    equals_the_report(
        "mv auth.log auth.log.1; cp two auth.log; mv auth.log.1 auth.log.2; mv auth.log auth.log.1; cp three auth.log",
        &["auth.log.2", "auth.log.1", "auth.log"],
    );
}

#[test]
fn a_log_that_is_replaced_is_read_from_its_start() {
    let script =
        "cp auth.log before; cp two new; mv new auth.log; sleep 0.3; cp three new; mv new auth.log";
    equals_the_report(script, &["before", "two", "three"]);
}

#[test]
fn a_torn_last_line_waits_for_its_end_and_counts_at_the_end_of_all() {
    let scratch = equals_the_report(
        r#"head -c 50 two >> auth.log; sleep 0.3; tail -c +51 two >> auth.log; printf '{"event":"auth.lo' >> auth.log"#,
        &["auth.log"],
    );
    let lines = std::fs::read_to_string(scratch.path("lines")).unwrap();
    // Nothing was refused before the end.
    assert!(!lines.contains("bad lines"), "{lines}");
    assert!(lines.contains("auth.log:701: malformed"), "{lines}");
}

#[test]
fn a_pipe_is_watched_until_it_ends() {
    let scratch = Scratch::new();
    let log = format!("{LOGIN}\n").repeat(5);
    let ended = scratch.pipe(log.as_bytes(), &["watch", "--get", "logins.success"]);
    assert_eq!(ended.exit(0).text(), "5\n");
}

#[test]
fn a_log_that_is_not_there_yet_is_waited_for() {
    let scratch = Scratch::new();
    scratch.write("line", format!("{LOGIN}\n"));
    let ended = scratch.shell(
        r#""$AUTHMETER" watch --get logins.success --period 100ms later.log > answer 2> lines & watch=$!
        until grep -q events lines; do sleep 0.05; done
        cp line later.log
        until grep -q 'events 1' lines; do sleep 0.05; done
        kill -TERM $watch; wait $watch && cat answer"#,
    );
    assert_eq!(ended.exit(0).text(), "1\n");
}

#[test]
fn who_reads_no_further_is_left_in_peace() {
    let scratch = Scratch::new();
    scratch.write("auth.log", format!("{LOGIN}\n"));
    let ended = scratch.shell(
        r#"{ timeout 20 "$AUTHMETER" watch --period 100ms auth.log; echo $? > code; } | head -n 2 > lines; cat code"#,
    );
    assert_eq!(ended.exit(0).text(), "0\n");
}

#[test]
fn words_that_make_no_sense_are_refused() {
    let scratch = Scratch::new();
    scratch.run(&["watch", "--period", "1ms", "a.log"]).exit(2);
    scratch.run(&["watch", "--period", "soon", "a.log"]).exit(2);
    scratch.run(&["watch", "--as-of", "last", "a.log"]).exit(2);
}
