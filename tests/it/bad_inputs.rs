//! Trouble with a whole input: another encoding, nothing in it, too many distinct texts, or no way to read it. It is
//! said with the input's name, and every other input is still read.

use std::fs;
use std::os::unix::fs::symlink;

use crate::bad_lines::account;
use crate::harness::{LOGIN, Scratch, at};

#[test]
fn utf_16_is_said_and_nothing_of_it_is_counted() {
    for (mark, to_bytes) in [
        (true, u16::to_le_bytes as fn(u16) -> [u8; 2]),
        (true, u16::to_be_bytes),
        (false, u16::to_le_bytes),
        (false, u16::to_be_bytes),
    ] {
        let text = format!("{}{LOGIN}\r\n", if mark { "\u{feff}" } else { "" });
        let bytes: Vec<u8> = text.encode_utf16().flat_map(to_bytes).collect();
        let scratch = Scratch::new();
        scratch.write("utf16", &bytes).write("good", LOGIN);
        let ended = scratch.run(&["report", "--format", "json", "utf16", "good"]);
        ended.exit(3).says("utf16: it is UTF-16").says("iconv");
        let json = ended.json();
        assert_eq!(account(&json), [1, 1, 0, 0, 0]);
        scratch
            .pipe(&bytes, &["report"])
            .exit(3)
            .says("-: it is UTF-16");
    }
}

#[test]
fn what_only_begins_like_a_compressed_file_is_said_and_nothing_of_it_is_counted() {
    let scratch = Scratch::new();
    scratch
        .write("gz", b"\x1F\x8B\x08\x00 and more\n")
        .write("zst", b"\x28\xB5\x2F\xFD and more\n");
    let ended = scratch.run(&["report", "--format", "json", "gz", "zst"]);
    ended
        .exit(3)
        .says("gz: cannot decompress")
        .says("zst: cannot decompress");
    assert_eq!(account(&ended.json()), [0; 5]);
}

#[test]
fn hundreds_of_thousands_of_reasons_and_users_are_counted_exactly() {
    const MANY: u64 = 200_000;
    let log: String = (0..MANY)
        .map(|n| format!("{{\"event\":\"auth.login\",\"userId\":\"user-{n}\",\"success\":false,\"error\":\"reason {n}\"}}\n"))
        .collect();
    let scratch = Scratch::new();
    scratch.write("log", log);
    let ended = scratch.run(&[
        "logins",
        "--get",
        "logins.users",
        "--get",
        "logins.failure",
        "log",
    ]);
    assert_eq!(ended.exit(0).text(), "200000\n200000\n");
    let ended = scratch.run(&[
        "failures",
        "--get",
        "failures.by_reason",
        "--format",
        "csv",
        "log",
    ]);
    assert_eq!(ended.exit(0).text().lines().count() as u64, MANY + 1);
}

#[test]
fn empty_and_blank_inputs_answer_with_nothing() {
    let scratch = Scratch::new();
    scratch.write("empty", "").write("blank", "\n \n\t\r\n\r\n");
    for (input, expected) in [
        ("empty", [0; 5]),
        ("/dev/null", [0; 5]),
        ("blank", [4, 0, 4, 0, 0]),
    ] {
        for format in ["table", "csv", "json"] {
            scratch
                .run(&["report", "--format", format, input])
                .exit(0)
                .is_quiet();
        }
        let ended = scratch.run(&["report", "--format", "json", input]);
        assert_eq!(account(&ended.json()), expected, "{input}");
        let rates = [
            "logins.success_rate",
            "refreshes.per_hour",
            "failures.failed_auth_rate",
        ];
        for rate in rates {
            let ended = scratch.run(&["report", "--get", rate, input]);
            assert_eq!(ended.exit(0).text(), "n/a\n");
        }
    }
    assert_eq!(
        account(
            &scratch
                .pipe(b"", &["report", "--format", "json"])
                .exit(0)
                .json()
        ),
        [0; 5]
    );
}

#[test]
fn what_cannot_be_read_is_named_and_everything_else_is_read() {
    let scratch = Scratch::new();
    scratch.write("good", LOGIN);
    fs::create_dir(scratch.path("folder")).unwrap();
    symlink("loop", scratch.path("loop")).unwrap();
    symlink("gone", scratch.path("dangling")).unwrap();
    for (input, what) in [
        ("missing", "No such file"),
        ("folder", "no file in this folder is named like a log"),
        ("loop", "symbolic link"),
        ("dangling", "No such file"),
        ("good/under", "Not a directory"),
        // It opens, and then every read fails.
        ("/proc/self/mem", "Input/output error"),
    ] {
        for order in [[input, "good"], ["good", input]] {
            let ended = scratch.run(&["report", "--format", "json", order[0], order[1]]);
            ended
                .exit(3)
                .says(&format!("authmeter: error: {input}: "))
                .says(what);
            let json = ended.json();
            assert_eq!(account(&json), [1, 1, 0, 0, 0], "{input}");
            let place = order.iter().position(|name| *name == input).unwrap();
            let trouble = at(&json, &format!("/input/inputs/{place}/trouble"));
            assert!(trouble.as_str().unwrap().contains(what), "{trouble}");
        }
        scratch.run(&["report", input]).exit(3).says(what);
    }
}

#[test]
fn an_input_that_vanishes_before_its_turn_is_named() {
    let scratch = Scratch::new();
    scratch.write("vanishing", LOGIN).write("good", LOGIN);
    // The only worker waits for the pipe's writer, which goes on only when the file is gone.
    let ended = scratch.shell(
        "mkfifo first; \"$AUTHMETER\" report -j 1 --format json first vanishing good & \
         { rm vanishing; cat good; } > first; wait $!",
    );
    ended.exit(3).says("vanishing: No such file");
    assert_eq!(account(&ended.json()), [2, 2, 0, 0, 0]);
}
