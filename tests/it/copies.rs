//! The same content under two names is read once, and that is said; what only begins alike is read.

use serde_json::Value;

use crate::compressed::{gzip, log, zstd};
use crate::harness::{Ended, LOGIN, Scratch, at};

#[track_caller]
fn run(scratch: &Scratch, args: &[&str]) -> Ended {
    scratch.run(&[&["logins", "--format", "json"], args].concat())
}

/// Events, and the names of what was read.
fn read(ended: &Ended) -> (u64, Vec<String>) {
    let json = ended.json();
    let inputs = at(&json, "/input/inputs").as_array().unwrap().clone();
    let name = |input: &Value| input["input"].as_str().unwrap().to_owned();
    let events = at(&json, "/input/events").as_u64().unwrap();
    (events, inputs.iter().map(name).collect())
}

#[test]
fn a_log_beside_its_compressed_self_is_read_once() {
    // From one line to many blocks.
    for lines in [1, 3, 700, 20_000] {
        let log = log(lines);
        let scratch = Scratch::new();
        scratch
            .write("a.log", &log)
            .write("a.log.gz", gzip(log.as_bytes()))
            .write("a.log.zst", zstd(log.as_bytes()))
            .write("copy", &log);
        for threads in ["1", "2", "8"] {
            for names in [
                ["a.log", "a.log.gz", "a.log.zst", "copy"],
                ["copy", "a.log.zst", "a.log.gz", "a.log"],
                ["a.log.gz", "copy", "a.log", "a.log.zst"],
            ] {
                let ended = run(&scratch, &[&["-j", threads][..], &names].concat());
                assert_eq!(
                    read(ended.exit(0)),
                    (lines as u64, vec![names[0].to_owned()])
                );
                let expected: String = names[1..]
                    .iter()
                    .map(|name| {
                        format!(
                            "authmeter: warning: {name}: the same content as {}, read once (see --count-copies)\n",
                            names[0]
                        )
                    })
                    .collect();
                assert_eq!(ended.stderr_text(), expected);
            }
        }
        let ended = run(&scratch, &["--count-copies", "a.log", "a.log.gz", "copy"]);
        assert_eq!(read(ended.exit(0).is_quiet()).0, 3 * lines as u64);
    }
}

#[test]
fn logs_that_only_begin_alike_are_both_read() {
    let log = log(5_000);
    let last = log.len() - 5;
    let mut other = log.clone().into_bytes();
    other[last] ^= 1;
    let scratch = Scratch::new();
    scratch
        .write("a.log", &log)
        .write("same-size.log", &other)
        .write("b.gz", gzip(&other[..last]))
        .write("c.zst", zstd(&[&other[..last], b"x\n"].concat()));
    for threads in ["1", "2", "8"] {
        for names in [
            &["a.log", "same-size.log"][..],
            &["same-size.log", "c.zst"],
            &["a.log", "same-size.log", "c.zst"],
            &["b.gz", "a.log", "same-size.log", "c.zst"],
        ] {
            let ended = run(&scratch, &[&["-j", threads], names].concat());
            let (_, read) = read(ended.exit(0));
            assert_eq!(read, names);
            ended.expect(
                !ended.stderr_text().contains("the same content"),
                "they are not the same",
            );
        }
    }
}

#[test]
fn a_log_that_grew_after_it_was_compressed_is_read_and_said() {
    let log = log(5_000);
    let (before, _) = log.split_at(log.len() / 100 * 60);
    let scratch = Scratch::new();
    scratch
        .write("a.log", &log)
        .write("a.log.gz", gzip(before.as_bytes()))
        .write("old.log", before)
        .write("torn.gz", &gzip(log.as_bytes())[..5_000]);
    for (names, exit) in [
        (["a.log.gz", "a.log"], 0),
        (["old.log", "a.log"], 0),
        (["torn.gz", "a.log"], 3),
    ] {
        for order in [names, [names[1], names[0]]] {
            let ended = run(&scratch, &order);
            ended.exit(exit).says(&format!(
                "warning: {}: a.log begins with all of it, which is counted twice; leave one of them out",
                names[0]
            ));
            assert_eq!(read(&ended).1, order);
        }
    }
}

#[test]
fn many_backups_of_a_growing_log_are_compared_in_time() {
    let log = log(4_000);
    let scratch = Scratch::new();
    let mut names = Vec::new();
    for number in 0..150 {
        let backup = &log[..log.len() * (number + 50) / 200];
        scratch.write(format!("{number}.gz"), gzip(backup.as_bytes()));
        names.push(format!("{number}.gz"));
    }
    scratch.write("again", &log[..log.len() * 100 / 200]);
    names.push("again".to_owned());
    let args: Vec<&str> = names.iter().map(String::as_str).collect();
    let ended = run(&scratch, &args);
    ended
        .exit(0)
        .says("again: the same content as 50.gz, read once");
    assert_eq!(read(&ended).1, names[..150]);
}

#[test]
fn copies_of_nothing_are_not_worth_a_word() {
    let scratch = Scratch::new();
    scratch
        .write("a", "")
        .write("b", "")
        .write("a.gz", gzip(b""))
        .write("b.gz", gzip(b""))
        .write("c", "\n \n")
        .write("d", "\n \n");
    let names = ["a", "b", "a.gz", "b.gz", "c", "d", "/dev/null"];
    let ended = run(&scratch, &names);
    assert_eq!(read(ended.exit(0).is_quiet()).1, names);
}

#[test]
fn what_comes_through_pipes_is_nobodys_copy() {
    let scratch = Scratch::new();
    scratch.write("a.log", LOGIN);
    let ended = scratch.pipe(
        LOGIN.as_bytes(),
        &["logins", "--format", "json", "a.log", "-"],
    );
    assert_eq!(read(ended.exit(0).is_quiet()).0, 2);
    let ended = scratch.shell(
        "mkfifo pipe; cat a.log > pipe & \"$AUTHMETER\" logins --format json a.log pipe; wait",
    );
    assert_eq!(read(ended.exit(0).is_quiet()).0, 2);
}

#[test]
fn a_copy_that_cannot_be_read_to_its_end_is_read_and_said_once() {
    let torn = &gzip(log(5_000).as_bytes())[..5_000];
    let scratch = Scratch::new();
    scratch.write("a.gz", torn).write("b.gz", torn);
    let ended = run(&scratch, &["a.gz", "b.gz"]);
    ended
        .exit(3)
        .says("b.gz: the same content as a.gz, read once")
        .says("a.gz: the compressed data ends early");
    assert_eq!(read(&ended).1, ["a.gz"]);
}
