//! Compressed inputs: known by their first bytes, read to the last member and frame, and to the last whole line before
//! an error.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::harness::{Scratch, at};

const LOGIN: &str = "{\"event\":\"auth.login\",\"timestamp\":\"2025-01-15T10:30:00.000Z\",\"userId\":\"u\",\"success\":true}\n";

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

/// A frame that zstd readers skip (RFC 8878, section 3.1.2).
fn skippable(bytes: &[u8]) -> Vec<u8> {
    [
        &[0x5A, 0x2A, 0x4D, 0x18][..],
        &(bytes.len() as u32).to_le_bytes(),
        bytes,
    ]
    .concat()
}

/// A log that no two lines of are equal, so that it does not compress to nothing.
pub(crate) fn log(lines: usize) -> String {
    (0..lines)
        .map(|line| LOGIN.replace("\"u\"", &format!("\"user-{}\"", line * 7919 % 10_007)))
        .collect()
}

/// Reads bytes from a file and through a pipe, expects one answer, and returns the number of events and the trouble.
#[track_caller]
fn read(bytes: &[u8], exit: i32) -> (u64, Value) {
    let scratch = Scratch::new();
    scratch.write("log", bytes);
    let ended = scratch.run(&["logins", "--format", "json", "log"]);
    let json = ended.exit(exit).json();
    let piped = scratch.pipe(
        bytes,
        &[
            "logins",
            "--format",
            "json",
            "-j",
            "8",
            "--chunk-size",
            "1000",
        ],
    );
    let from_pipe = piped.exit(exit).json();
    ended.expect(
        json["reports"] == from_pipe["reports"],
        "a pipe says something else",
    );
    (
        at(&json, "/input/events").as_u64().unwrap(),
        at(&json, "/input/inputs/0/trouble").clone(),
    )
}

#[test]
fn a_compressed_log_gives_the_bytes_a_plain_one_gives() {
    let log = log(5_000);
    let scratch = Scratch::new();
    let answer = |bytes: &[u8]| {
        scratch.write("log", bytes);
        scratch
            .run(&["report", "--format", "json", "log"])
            .exit(0)
            .stdout()
            .to_vec()
    };
    let plain = answer(log.as_bytes());
    assert!(answer(&gzip(log.as_bytes())) == plain, "gzip");
    assert!(answer(&zstd(log.as_bytes())) == plain, "zstd");
}

#[test]
fn every_member_and_frame_is_read_wherever_it_is_cut() {
    let log = log(300);
    let (one, other) = log.as_bytes().split_at(log.len() / 3 + 17);
    for (name, bytes) in [
        ("members", [gzip(one), gzip(other)].concat()),
        (
            "an empty member between",
            [gzip(one), gzip(b""), gzip(other)].concat(),
        ),
        ("frames", [zstd(one), zstd(other)].concat()),
        (
            "frames to skip",
            [
                skippable(b"x"),
                zstd(one),
                skippable(&[0; 5000]),
                zstd(other),
                skippable(b""),
            ]
            .concat(),
        ),
    ] {
        assert_eq!(read(&bytes, 0), (300, Value::Null), "{name}");
    }
}

#[test]
fn nothing_compressed_is_nothing_and_ends() {
    for bytes in [gzip(b""), zstd(b""), skippable(b"only this"), Vec::new()] {
        assert_eq!(read(&bytes, 0), (0, Value::Null), "{bytes:?}");
    }
}

#[test]
fn what_decoded_before_a_torn_tail_counts() {
    let log = log(20_000);
    for bytes in [gzip(log.as_bytes()), zstd(log.as_bytes())] {
        let (events, trouble) = read(&bytes[..bytes.len() * 9 / 10], 3);
        assert!((10_000..20_000).contains(&events), "{events}");
        assert_eq!(trouble, "the compressed data ends early");
    }
}

#[test]
fn what_decoded_before_garbage_counts() {
    let log = log(1_000);
    let garbage = b"\x00\x01garbage that is no member and no frame";
    for bytes in [gzip(log.as_bytes()), zstd(log.as_bytes())] {
        let (events, trouble) = read(&[&bytes[..], garbage].concat(), 3);
        assert_eq!(events, 1_000);
        assert!(
            trouble
                .as_str()
                .unwrap()
                .starts_with("cannot decompress further"),
            "{trouble}"
        );
    }
    let mut damaged = gzip(log.as_bytes());
    let checksum = damaged.len() - 5;
    damaged[checksum] ^= 1;
    let (events, trouble) = read(&damaged, 3);
    assert_eq!(
        (events, trouble.is_string()),
        (1_000, true),
        "a wrong checksum is said"
    );
}

#[test]
fn nul_bytes_after_the_last_member_are_no_garbage() {
    let log = log(1_000);
    let (one, other) = log.as_bytes().split_at(5_000);
    let members = [gzip(one), gzip(other)].concat();
    for nuls in [1, 511, 200_000] {
        let padded = [&members[..], &vec![0; nuls]].concat();
        assert_eq!(read(&padded, 0), (1_000, Value::Null), "{nuls}");
        let (events, trouble) = read(&[&padded[..], &gzip(b"{}")].concat(), 3);
        assert_eq!(events, 1_000);
        assert_eq!(
            trouble,
            "cannot decompress further: something follows the last gzip member"
        );
    }
}

#[test]
fn the_name_does_not_matter_and_the_others_are_read() {
    let scratch = Scratch::new();
    scratch
        .write("plain.gz", LOGIN)
        .write("zipped.txt", gzip(LOGIN.repeat(2).as_bytes()))
        .write("torn", &gzip(LOGIN.as_bytes())[..12]);
    let args = [
        "logins",
        "--format",
        "json",
        "plain.gz",
        "torn",
        "zipped.txt",
    ];
    let ended = scratch.run(&args);
    ended.exit(3).says("torn: the compressed data ends early");
    assert_eq!(at(&ended.json(), "/input/events"), 3);
}

#[test]
fn a_bomb_is_stopped_and_what_was_read_of_it_counts() {
    let bomb = LOGIN.repeat(100_000);
    for bytes in [gzip(bomb.as_bytes()), zstd(bomb.as_bytes())] {
        let scratch = Scratch::new();
        scratch.write("log", &bytes);
        let ended = scratch.run(&["logins", "--format", "json", "--max-expand", "5", "log"]);
        ended
            .exit(3)
            .says("expands to more than 5 times its size (see --max-expand)");
        let events = at(&ended.json(), "/input/events").as_u64().unwrap();
        assert!(events > 1_000 && events < 100_000, "{events}");
    }
}

#[test]
fn what_is_inside_is_looked_at_too() {
    let utf16: Vec<u8> = "\u{feff}{}"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert!(
        read(&gzip(&utf16), 3)
            .1
            .as_str()
            .unwrap()
            .contains("UTF-16")
    );
    assert!(
        read(&zstd(&gzip(LOGIN.as_bytes())), 3)
            .1
            .as_str()
            .unwrap()
            .contains("compressed twice")
    );
}

#[test]
fn thousands_of_compressed_inputs_need_few_descriptors_and_give_one_answer() {
    let scratch = Scratch::new();
    for number in 0..3_000 {
        let line = LOGIN.replace("\"u\"", &format!("\"user-{number}\""));
        let lines = line.repeat(number % 3) + &line;
        let bytes = match number % 2 {
            0 => gzip(lines.as_bytes()),
            _ => zstd(lines.as_bytes()),
        };
        scratch.write(format!("{number}.log.z"), bytes);
    }
    let run = |threads: u8| {
        scratch.shell(&format!(
            "ulimit -n 64; \"$AUTHMETER\" report -j {threads} --format json *.z"
        ))
    };
    let one = run(1);
    assert_eq!(at(&one.exit(0).is_quiet().json(), "/input/events"), 6_000);
    for threads in [2, 8] {
        let several = run(threads);
        several.exit(0).is_quiet();
        assert!(several.stdout() == one.stdout(), "{threads} workers");
    }
}

#[test]
fn compressed_logs_side_by_side_give_what_one_after_the_other_gives() {
    let scratch = Scratch::new();
    let mut args = vec!["report".to_owned(), "--format=json".to_owned()];
    for number in 0..7 {
        let lines = log(1_000 + 700 * number) + "nope\n" + &log(number) + "[]\n";
        let lines = format!("{{\"event\":\"n{number}\"}}\n{lines}");
        let bytes = match number % 3 {
            0 => gzip(lines.as_bytes()),
            1 => zstd(lines.as_bytes()),
            _ => lines.into_bytes(),
        };
        scratch.write(format!("{number}"), bytes);
        args.push(number.to_string());
    }
    args.push("--threads=1".to_owned());
    let one = scratch.run(&args);
    one.exit(0).says("6:5202: malformed");
    for (threads, chunk_size) in [("2", "1000"), ("3", "64"), ("8", "256KiB"), ("16", "5000")] {
        args.pop();
        args.push(format!("--threads={threads}"));
        let several = scratch.run(
            &[
                &args[..],
                &["--chunk-size".to_owned(), chunk_size.to_owned()],
            ]
            .concat(),
        );
        several.exit(0).expect(
            several.stdout() == one.stdout() && several.stderr_text() == one.stderr_text(),
            "it depends on the number of workers",
        );
    }
}
