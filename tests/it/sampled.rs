//! Sequences of more addresses and tokens than `--memory-limit` has room for: answers are those of a sample and say so.

use std::fmt::Write as _;

use crate::harness::{Ended, Scratch, at};

const ADDRESSES: u64 = 9000;
const LOGS: [&str; 2] = ["0.jsonl", "1.jsonl"];

/// Codes that are sent in one log and proved in the other, after 1 to 120 seconds and up to two failures; every third
/// address then refreshes with a token that was rotated a minute before.
fn scratch() -> Scratch {
    let scratch = Scratch::new();
    let mut logs = [String::new(), String::new()];
    for index in 0..ADDRESSES {
        let address = index * 7919 % ADDRESSES;
        let start = 1_736_937_000_000 + address * 97;
        let mut say = |log: usize, event: &str, after: u64, success: bool| {
            let time = start + after;
            writeln!(
                logs[log],
                "{{\"event\":\"{event}\",\"timestamp\":{time},\"email\":\"user-{address}@example.com\",\"success\":{success},\"metadata\":{{\"jti\":\"token-{address}\"}}}}"
            )
            .unwrap();
        };
        let proved = 1000 + address % 120 * 1000;
        say(0, "otp.sent", 0, true);
        say(1, "otp.verification", proved, true);
        (0..address % 3).for_each(|at| say(0, "otp.verification", 1 + at, false));
        say(1, "token.refresh", proved, true);
        if address.is_multiple_of(3) {
            say(0, "token.refresh", proved + 60_000, false);
        }
    }
    for (name, log) in LOGS.into_iter().zip(logs) {
        scratch.write(name, log);
    }
    scratch
}

#[track_caller]
fn report(scratch: &Scratch, more: &[&str], logs: &[&str]) -> Ended {
    let ended = scratch.run(&[&["report", "--format", "json"], more, logs].concat());
    ended.exit(0).is_quiet();
    ended
}

const NUMBERS: [&str; 6] = [
    "/reports/otp/time_to_verify_p50",
    "/reports/otp/time_to_verify_p95",
    "/reports/otp/attempts/0/count",
    "/reports/otp/attempts/1/count",
    "/reports/otp/attempts/2/count",
    "/reports/refreshes/reused",
];

#[test]
fn what_is_sampled_is_within_its_error_of_the_truth() {
    let scratch = scratch();
    let exact = report(&scratch, &[], &LOGS).json();
    let about = report(&scratch, &["--memory-limit", "1MiB"], &LOGS).json();
    for (number, by_hand) in NUMBERS.into_iter().zip([60, 114, 3000, 3000, 3000, 3000]) {
        assert_eq!(at(&exact, number), &serde_json::json!(by_hand), "{number}");
        let found = at(&about, number);
        assert_eq!(found["exact"], false, "{number}: {found}");
        let (value, error) = (found["value"].as_f64(), found["error"].as_f64());
        let (value, error) = value.zip(error).unwrap();
        let off = (value - f64::from(by_hand)).abs();
        assert!(off <= error * value && error < 0.25, "{number}: {found}");
    }
    for number in [
        "/reports/otp/verify_rate",
        "/reports/otp/conversion",
        "/reports/otp/by_domain",
    ] {
        assert_eq!(at(&about, number), at(&exact, number));
    }
}

#[test]
fn the_sample_is_the_same_however_it_is_drawn() {
    let scratch = scratch();
    let limit = ["--memory-limit", "1MiB"];
    let expected = report(&scratch, &limit, &LOGS).json();
    for (way, logs) in [
        (["-j", "1", "--chunk-size", "1000"], LOGS),
        (["-j", "8", "--chunk-size", "7777"], LOGS),
        (["-j", "3", "--chunk-size", "64KiB"], ["1.jsonl", "0.jsonl"]),
    ] {
        let found = report(&scratch, &[&limit[..], &way].concat(), &logs).json();
        for name in ["otp", "refreshes"] {
            assert_eq!(found["reports"][name], expected["reports"][name], "{way:?}");
        }
    }
}
