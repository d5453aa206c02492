//! `authmeter events`: lines as they stand in the log, in its order.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::harness::Scratch;
use crate::invariance::nasty_log;

fn generated(scratch: &Scratch, shape: &str) -> Vec<u8> {
    let log = format!("{shape}.jsonl");
    scratch
        .run(&[
            "generate", "--events", "20000", "--seed", "9", "--shape", shape, "-o", &log,
        ])
        .exit(0);
    std::fs::read(scratch.path(&log)).unwrap()
}

#[test]
fn without_a_filter_a_plain_log_is_what_it_was() {
    let scratch = Scratch::new();
    let log = generated(&scratch, "plain");
    for chunk_size in ["1", "1000", "256KiB"] {
        let ended = scratch.run(&["events", "--chunk-size", chunk_size, "plain.jsonl"]);
        ended.exit(0).expect(ended.stdout() == log, "every byte");
        assert_eq!(ended.stderr_text(), "");
    }
    let piped = scratch.pipe(&log, &["events"]);
    piped
        .exit(0)
        .expect(piped.stdout() == log, "from a pipe, too");
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&log).unwrap();
    scratch.write("log.gz", gzip.finish().unwrap());
    let unpacked = scratch.run(&["events", "log.gz"]);
    unpacked
        .exit(0)
        .expect(unpacked.stdout() == log, "unpacked");
}

/// Lines of a log that are printed, each found in the log behind the one before it.
#[track_caller]
fn in_order(log: &[u8], printed: &[u8]) -> usize {
    let mut lines = log.split(|byte| *byte == b'\n');
    let mut count = 0;
    for line in printed.split_inclusive(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap();
        let found = lines.any(|known| known.ends_with(line));
        assert!(found, "{}", String::from_utf8_lossy(line));
        count += 1;
    }
    count
}

#[test]
fn strange_lines_stand_in_their_order_and_are_all_there() {
    let scratch = Scratch::new();
    for log in [generated(&scratch, "hostile"), nasty_log()] {
        scratch.write("log", &log);
        let events = scratch.run(&["report", "--get", "input.events", "log"]);
        let events: usize = events.exit(0).text().trim().parse().unwrap();
        let mut first = None;
        for chunk_size in ["7", "500", "64KiB", "1MiB"] {
            let ended = scratch.run(&["events", "--chunk-size", chunk_size, "log"]);
            let printed = ended.exit(0).stdout();
            assert_eq!(in_order(&log, printed), events);
            let same = first.get_or_insert_with(|| printed.to_vec());
            ended.expect(same == printed, "chunks do not matter");
        }
        let printed = first.unwrap();
        let again = scratch.pipe(&printed, &["events"]);
        again
            .exit(0)
            .expect(again.stdout() == printed, "they are events again");
    }
}

#[test]
fn filters_choose_and_several_inputs_follow_each_other() {
    let scratch = Scratch::new();
    let line = |user: &str, second: u32| {
        format!(
            "{{\"event\":\"auth.login\",\"timestamp\":\"2025-01-15T10:00:{second:02}Z\",\"userId\":\"{user}\",\"success\":true}}\n"
        )
    };
    scratch.write("b.log", [line("u1", 3), line("u2", 4)].concat());
    scratch.write("a.log", [line("u2", 1), line("u1", 2)].concat());
    let ended = scratch.run(&["events", "--user", "u1", "b.log", "a.log"]);
    assert_eq!(
        ended.exit(0).text(),
        [line("u1", 3), line("u1", 2)].concat()
    );
    let ended = scratch.run(&[
        "events",
        "--user",
        "!u1",
        "--from",
        "2025-01-15T10:00:02",
        "b.log",
        "a.log",
    ]);
    assert_eq!(ended.exit(0).text(), line("u2", 4));
    let ended = scratch.run(&["events", "--user", "u9", "b.log"]);
    assert_eq!(ended.exit(0).text(), "");
}

#[test]
fn a_limit_ends_reading() {
    let scratch = Scratch::new();
    let log = generated(&scratch, "plain");
    let first: Vec<u8> = log
        .split_inclusive(|byte| *byte == b'\n')
        .take(3)
        .collect::<Vec<_>>()
        .concat();
    let ended = scratch.run(&["events", "--limit", "3", "plain.jsonl", "no-such-file"]);
    ended
        .exit(0)
        .expect(ended.stdout() == first, "the first three");
    assert_eq!(ended.stderr_text(), "", "the other input was never opened");
    let none = scratch.run(&["events", "--limit", "0", "plain.jsonl"]);
    assert_eq!(none.exit(0).text(), "");
    // A pipe that never ends: what is wanted is there, so nobody waits for more than a chunk.
    let endless = scratch
        .shell("yes '{\"event\":\"auth.login\",\"success\":true}' | $AUTHMETER events --limit 2");
    assert_eq!(endless.exit(0).text().lines().count(), 2);
}

#[test]
fn bad_lines_are_told_and_what_is_no_word_of_it_is_refused() {
    let scratch = Scratch::new();
    scratch.write("log", "{\"event\":\"a\"}\nno json\n");
    let ended = scratch.run(&["events", "--strict", "log"]);
    assert_eq!(ended.exit(3).text(), "{\"event\":\"a\"}\n");
    assert!(ended.stderr_text().contains("log:2: malformed"));
    let refused = scratch.run(&["events", "--format", "json", "log"]);
    refused.exit(2).expect(
        refused
            .stderr_text()
            .contains("--format is nothing that `events` heeds"),
        "a word without effect is an error",
    );
}
