//! Trouble in a line is data: it is counted, shown with its place, and every other line is still read.

use std::fs;

use serde_json::{Value, json};

use crate::harness::{Ended, LOGIN, Scratch, at};

/// Reads one log from a file and through a pipe, expects the same of both, and returns the JSON.
#[track_caller]
fn read_with(log: &[u8], args: &[&str]) -> Value {
    let scratch = Scratch::new();
    scratch.write("log", log);
    let mut all = vec!["report", "--format", "json"];
    all.extend(args);
    let piped = scratch.pipe(log, &all).exit(0).json();
    all.push("log");
    let ended = scratch.run(&all);
    let json = ended.exit(0).json();
    ended.expect(
        json["reports"] == piped["reports"],
        &format!("through a pipe the answer is {piped:#}"),
    );
    assert_account(&json, &ended);
    json
}

#[track_caller]
fn read(log: impl AsRef<[u8]>) -> Value {
    read_with(log.as_ref(), &[])
}

/// Every line is in the account once.
#[track_caller]
fn assert_account(json: &Value, ended: &Ended) {
    let count = |name: &str| at(json, &format!("/input/{name}")).as_u64().unwrap();
    let parts = ["events", "blank", "malformed", "not_an_object", "filtered"];
    ended.expect(
        count("lines") == parts.into_iter().map(count).sum::<u64>(),
        "every line should be in the account once",
    );
}

/// `lines`, `events`, `blank`, `malformed`, `not_an_object` of the whole input.
pub(crate) fn account(json: &Value) -> [u64; 5] {
    ["lines", "events", "blank", "malformed", "not_an_object"]
        .map(|name| at(json, &format!("/input/{name}")).as_u64().unwrap())
}

fn reason(json: &Value, index: usize) -> &str {
    at(json, &format!("/input/rejected/{index}/reason"))
        .as_str()
        .unwrap()
}

fn logins(json: &Value) -> &Value {
    at(json, "/reports/logins/success")
}

#[test]
fn text_after_an_object_is_refused_and_the_next_line_read() {
    for trailer in ["TRAILER", " {}", ",", "]", "\"", " \u{a0}", "//"] {
        let json = read(format!("{LOGIN}{trailer}\n{LOGIN}\n"));
        assert_eq!(account(&json), [2, 1, 0, 1, 0], "{trailer}");
        assert_eq!(logins(&json), 1);
    }
}

#[test]
fn two_half_lines_cost_one_line_and_not_the_next() {
    let (half, rest) = LOGIN.split_at(40);
    let json = read(format!(
        "{half}{LOGIN}{rest}\n{LOGIN}\n{half}\n{rest}\n{LOGIN}"
    ));
    assert_eq!(account(&json), [5, 2, 0, 3, 0]);
}

#[test]
fn every_rejected_line_has_its_place() {
    let json = read(format!("{LOGIN}\n  {{\"torn\": \n\n[]\r\n{LOGIN}\nnope\n"));
    let first = LOGIN.len() as u64 + 1;
    let places: Vec<(u64, u64, &str)> = at(&json, "/input/rejected")
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["line"].as_u64().unwrap(),
                row["byte"].as_u64().unwrap(),
                row["sort"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [
        (2, first + 2, "malformed"),
        (6, first + 12 + 1 + 4 + first, "malformed"),
        (4, first + 12 + 1, "not_an_object"),
    ];
    assert_eq!(places, expected);
}

#[test]
fn only_the_first_rejected_lines_are_shown_and_the_rest_are_counted() {
    let scratch = Scratch::new();
    scratch.write("log", "{\n".repeat(100) + &"1\n".repeat(50));
    let ended = scratch.run(&["logins", "--format", "json", "log"]);
    ended
        .exit(0)
        .says("log:1: malformed at byte 0")
        .says("log:3: malformed at byte 4")
        .says("log:101: not an object at byte 200: a number, not an object")
        .says("bad lines in all: 100 malformed, 50 not an object");
    let shown = ended.stderr_text().lines().count();
    ended.expect(shown == 7, "expected six lines and the sum");
    assert_eq!(
        at(&ended.json(), "/input/rejected")
            .as_array()
            .unwrap()
            .len(),
        6
    );
}

#[test]
fn a_rejected_line_is_no_row_of_nulls() {
    let json = read("nope\n[]\n");
    assert_eq!(at(&json, "/reports/logins/total"), 0);
    assert_eq!(at(&json, "/reports/failures/by_reason"), &json!([]));
    assert_eq!(at(&json, "/reports/timeline/buckets"), &json!([]));
    assert_eq!(at(&json, "/reports/logins/success_rate/rate"), &Value::Null);
}

#[test]
fn nul_runs_are_counted_and_what_follows_them_is_read() {
    let nuls = "\0".repeat(5000);
    let json = read(format!("{LOGIN}\n{nuls}{LOGIN}\n{LOGIN}\n{nuls}"));
    assert_eq!(account(&json), [4, 3, 1, 0, 0]);
    assert_eq!(at(&json, "/input/nul_bytes"), 10_000);
}

#[test]
fn a_byte_order_mark_at_the_start_of_each_concatenated_file_is_skipped() {
    let file = format!("\u{feff}{LOGIN}\r\n{LOGIN}\r\n");
    let json = read(file.repeat(3));
    assert_eq!(account(&json), [6, 6, 0, 0, 0]);
    assert_eq!(at(&json, "/input/repaired"), 0);
}

#[test]
fn cr_and_lf_on_two_sides_of_a_chunk_border_are_one_line_end() {
    let log = format!("{LOGIN}\r\n{LOGIN}\r\n\r\n{LOGIN}\r\n");
    for chunk_size in [
        LOGIN.len(),
        LOGIN.len() + 1,
        LOGIN.len() + 2,
        LOGIN.len() + 3,
        1,
    ] {
        let chunk_size = chunk_size.to_string();
        let json = read_with(log.as_bytes(), &["--chunk-size", &chunk_size]);
        assert_eq!(account(&json), [4, 3, 1, 0, 0], "{chunk_size}");
    }
}

#[test]
fn a_last_line_without_a_newline_counts() {
    let json = read(format!("{LOGIN}\n{LOGIN}"));
    assert_eq!(account(&json), [2, 2, 0, 0, 0]);
    let json = read(format!("{LOGIN}\n{}", &LOGIN[..50]));
    assert_eq!(account(&json), [2, 1, 0, 1, 0]);
}

#[test]
fn a_byte_that_is_no_utf_8_costs_one_character_of_one_string() {
    let mut log = LOGIN.replace("\"u\"", "\"u@@v\"").into_bytes();
    let place = log.iter().position(|byte| *byte == b'@').unwrap();
    log[place] = 0xE9;
    log[place + 1] = 0xFF;
    let log = [
        &log,
        &b"\n"[..],
        LOGIN.as_bytes(),
        b"\n\xFF\n{\"a\":\xFF}\n",
    ]
    .concat();
    let json = read(&log);
    assert_eq!(account(&json), [4, 2, 0, 2, 0]);
    assert_eq!(at(&json, "/input/repaired"), 1);
    assert_eq!(at(&json, "/reports/logins/users"), 2);
}

#[test]
fn lone_surrogates_become_the_replacement_character() {
    let failure = |reason: &str| {
        format!("{{\"event\":\"auth.login\",\"success\":false,\"error\":\"{reason}\"}}\n")
    };
    let reasons = [
        r"\ud83d",
        r"\ude00 \ud83d\ude00",
        r"\\ud83d",
        r"\ud83d\u0041",
        "\u{fffd}",
    ];
    let json = read(reasons.map(failure).concat());
    assert_eq!(account(&json), [5, 5, 0, 0, 0]);
    assert_eq!(at(&json, "/input/repaired"), 3);
    let rows = at(&json, "/reports/logins/by_reason").as_array().unwrap();
    let found: Vec<(&str, u64)> = rows
        .iter()
        .map(|row| {
            (
                row["reason"].as_str().unwrap(),
                row["count"].as_u64().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("\u{fffd}", 2),
        ("\\ud83d", 1),
        ("\u{fffd} \u{1f600}", 1),
        ("\u{fffd}A", 1),
    ];
    assert_eq!(found, expected);
}

#[test]
fn of_a_key_that_comes_twice_the_last_counts() {
    let json = read(
        r#"{"event":"token.refresh","success":false,"event":"auth.login","success":true,"userId":"a","userId":"b","unknown":1,"unknown":2}"#,
    );
    assert_eq!(account(&json), [1, 1, 0, 0, 0]);
    assert_eq!(logins(&json), 1);
    assert_eq!(at(&json, "/reports/refreshes/total"), 0);
}

#[test]
fn escaped_keys_and_names_are_the_same_keys_and_names() {
    let json = read(
        r#"{"\u0065vent":"auth\u002elogin","s\u0075cces\u0073":true,"\u0075serId":"\u0075"}"#
            .to_owned()
            + "\n"
            + LOGIN,
    );
    assert_eq!(logins(&json), 2);
    assert_eq!(at(&json, "/reports/logins/users"), 1);
}

#[test]
fn a_user_that_is_a_number_is_the_user_of_the_same_digits() {
    let json = read(
        "{\"event\":\"auth.login\",\"success\":true,\"userId\":123}\n{\"event\":\"auth.login\",\"success\":true,\"user_id\":\"123\"}\n\
         {\"event\":\"auth.login\",\"success\":true,\"sub\":9007199254740993}\n{\"event\":\"auth.login\",\"success\":true,\"sub\":9007199254740992}\n",
    );
    assert_eq!(at(&json, "/reports/logins/users"), 3);
}

#[test]
fn large_integers_decimals_and_exponents_are_times() {
    for (time, expected) in [
        ("1736937000", "2025-01-15T10:30:00.000Z"),
        ("1736937000123", "2025-01-15T10:30:00.123Z"),
        ("1736937000123456", "2025-01-15T10:30:00.123456Z"),
        ("1736937000123456789", "2025-01-15T10:30:00.123456789Z"),
        ("9007199254740993", "2255-06-05T23:47:34.740993Z"),
        ("1736937000.000000001", "2025-01-15T10:30:00.000000001Z"),
        ("1.736937E9", "2025-01-15T10:30:00.000Z"),
        ("1e3", "1970-01-01T00:16:40.000Z"),
        ("\"1736937000123\"", "2025-01-15T10:30:00.123Z"),
    ] {
        let json = read(format!("{{\"event\":\"x\",\"timestamp\":{time}}}"));
        assert_eq!(at(&json, "/window/first"), expected, "{time}");
        assert_eq!(at(&json, "/input/undated"), 0);
    }
}

#[test]
fn an_event_without_a_readable_time_counts_everywhere_else() {
    let json = read(format!(
        "{LOGIN}\n{}",
        LOGIN.replace("2025-01-15T10", "2025-01-15T77")
    ));
    assert_eq!(logins(&json), 2);
    assert_eq!(at(&json, "/input/undated"), 1);
    assert_eq!(at(&json, "/reports/timeline/buckets/0/events"), 1);
}

#[test]
fn nested_brackets_are_refused_beyond_128_and_overflow_nothing() {
    let nested = |depth: usize| {
        format!(
            "{{\"a\":{}1{}}}\n",
            "[".repeat(depth - 1),
            "]".repeat(depth - 1)
        )
    };
    let brackets = "[".repeat(100_000);
    let closed = brackets.clone() + &"]".repeat(100_000);
    let objects = "{\"a\":".repeat(100_000);
    let json = read(nested(128) + &nested(129) + LOGIN);
    assert_eq!(account(&json), [3, 2, 0, 1, 0]);
    assert!(reason(&json, 0).contains("128"), "{}", reason(&json, 0));
    let json = read(format!(
        "{brackets}\n{LOGIN}\n{closed}\n{objects}\n{LOGIN}\n"
    ));
    assert_eq!(account(&json), [5, 2, 0, 3, 0]);
    let json = read(format!(
        "{{\"metadata\":{closed}}}\n{LOGIN}\n{{\"event\":\"auth.login\",\"success\":true,\"error\":{objects}\n"
    ));
    assert_eq!(account(&json), [3, 1, 0, 2, 0]);
}

#[test]
fn a_line_of_35_megabytes_is_refused_and_the_next_one_read() {
    let long = LOGIN.replace("\"u\"", &format!("\"{}\"", "u".repeat(35 << 20)));
    let json = read(format!("{LOGIN}\n{long}\n{LOGIN}\n"));
    assert_eq!(account(&json), [3, 2, 0, 1, 0]);
    assert!(reason(&json, 0).contains("longer than 16777216 bytes"));
    assert_eq!(at(&json, "/input/rejected/0/line"), 2);
    assert_eq!(at(&json, "/input/rejected/0/byte"), LOGIN.len() + 1);
    let json = read_with(format!("{long}\n").as_bytes(), &["--max-line", "64MiB"]);
    assert_eq!(account(&json), [1, 1, 0, 0, 0]);
}

#[test]
fn a_line_longer_than_allowed_is_not_held_in_memory() {
    let scratch = Scratch::new();
    let long = "x".repeat(128 << 20);
    scratch.write("log", format!("{LOGIN}\n{long}\n{LOGIN}\n"));
    // The program, its libraries and two stacks take about 20 MB of address space.
    let limited = |before: &str, max_line: &str, input: &str| {
        scratch.shell(&format!(
            "{before} MALLOC_ARENA_MAX=1 prlimit --as=67108864 \"$AUTHMETER\" report -j 2 --max-line {max_line} \
             --format json {input}"
        ))
    };
    for (before, input) in [("", "log"), ("cat log |", "-")] {
        let ended = limited(before, "1MiB", input);
        assert_eq!(account(&ended.exit(0).json()), [3, 2, 0, 1, 0]);
        // A line that may be long does need the memory, or the limit limits nothing.
        let ended = limited(before, "256MiB", input);
        ended.expect(!ended.succeeded(), "expected too little memory");
    }
}

#[test]
fn a_long_nul_run_is_not_held_in_memory() {
    let scratch = Scratch::new();
    let file = fs::File::create(scratch.path("log")).unwrap();
    file.set_len(128 << 20).unwrap();
    let mut log = &file;
    std::io::Seek::seek(&mut log, std::io::SeekFrom::End(0)).unwrap();
    std::io::Write::write_all(&mut log, LOGIN.as_bytes()).unwrap();
    for (before, input) in [("", "log"), ("cat log |", "-")] {
        let ended = scratch.shell(&format!(
            "{before} MALLOC_ARENA_MAX=1 prlimit --as=67108864 \"$AUTHMETER\" report -j 2 --format json {input}"
        ));
        let json = ended.exit(0).json();
        assert_eq!(account(&json), [1, 1, 0, 0, 0]);
        assert_eq!(at(&json, "/input/nul_bytes"), 128 << 20);
    }
}

#[test]
fn a_line_as_long_as_allowed_is_read_and_one_byte_more_is_not() {
    let (exact, less) = (LOGIN.len().to_string(), (LOGIN.len() - 1).to_string());
    let log = format!("{LOGIN}\n{LOGIN}");
    let json = read_with(log.as_bytes(), &["--max-line", &exact]);
    assert_eq!(account(&json), [2, 2, 0, 0, 0]);
    let json = read_with(log.as_bytes(), &["--max-line", &less]);
    assert_eq!(account(&json), [2, 0, 0, 2, 0]);
}

#[test]
fn the_first_bad_lines_are_named_whatever_looks_like_its_neighbours() {
    // Some look like every other line but for their end, some do not: they are found out at different times.
    let torn = LOGIN.replace('}', " ");
    let bad = [
        (10, "]"),
        (20, torn.as_str()),
        (30, "\\"),
        (40, torn.as_str()),
    ];
    let mut lines = [LOGIN; 50];
    for (line, text) in bad {
        lines[line - 1] = text;
    }
    let json = read(lines.join("\n"));
    let rejected = json["input"]["rejected"].as_array().unwrap();
    let places: Vec<_> = rejected.iter().map(|line| &line["line"]).collect();
    assert_eq!(places, [&json!(10), &json!(20), &json!(30)]);
    assert_eq!(account(&json), [50, 46, 0, 4, 0]);
}
