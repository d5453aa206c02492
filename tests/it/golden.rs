//! Every report in every format, over one log made by hand: what is printed is what was printed when it was last
//! reviewed. `BLESS=1 cargo test --test it golden` rewrites `testdata/golden/`; read the difference before committing.
//!
//! The lists of reports, formats and values come from the registries, so that a new row is tested, or missed, at once.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use authmeter::engine;
use authmeter::event::Visible;
use authmeter::render::{FORMATS, names};
use authmeter::report::{Options, REPORTS};

use crate::harness::{Scratch, needed, testdata};

const LOG: &str = "mixed.jsonl";

/// The main numbers, counted by hand from the lines of the log (numbered from 1).
const BY_HAND: &[(&str, &str)] = &[
    // 46 lines: 39 is blank; 40 is torn, 41 has text after the object, 43 is no JSON; 42 is an array.
    ("input.lines", "46"),
    ("input.blank", "1"),
    ("input.malformed", "3"),
    ("input.not_an_object", "1"),
    ("input.events", "41"),
    // 44 has half a surrogate pair; 37 says "yesterday" and 38 says nothing of a time.
    ("input.repaired", "1"),
    ("input.undated", "2"),
    // From line 1 to line 35.
    ("window.first", "2025-01-15T10:30:00.000Z"),
    ("window.last", "2025-01-15T13:00:01.000Z"),
    ("window.elapsed", "9001"),
    // Lines 4, 13, 21, 37, 45 succeed; 14, 22, 25, 44, 46 fail; 15 does not say.
    ("logins.total", "11"),
    ("logins.success", "5"),
    ("logins.failure", "5"),
    ("logins.unknown", "1"),
    ("logins.success_rate", "0.5"),
    // user-123, user-7 (twice, by two names of the field), user-9, bo@example.org, user-5 (twice), user-6.
    ("logins.users", "6"),
    // Six of the OTP flow (7 to 12), logins as above, refreshes 19 and 20, and 24, 26, 33, 35.
    ("failures.total", "17"),
    // Logins 5 of 10, verifications 8 and 10 beside 3, the refused token of 33.
    ("failures.failed_auth_rate.part", "8"),
    ("failures.failed_auth_rate.whole", "14"),
    // Lines 7, 9 and 11.
    ("failures.otp_failures", "3"),
    // Lines 16, 17, 18, 23, 30, 31 succeed; 19 and 20 fail.
    ("refreshes.total", "8"),
    ("refreshes.success", "6"),
    ("refreshes.failure", "2"),
    ("refreshes.success_rate.whole", "8"),
    ("refreshes.per_hour.elapsed", "9001"),
    // user-123, user-7, and 42, which is a number in line 30 and text in line 31.
    ("refreshes.per_user.whole", "3"),
    ("refreshes.per_login.whole", "5"),
    // One refresh token was issued, by line 6.
    ("refreshes.usage_rate.whole", "1"),
    // Line 20 says so; the others have no token id.
    ("refreshes.reused", "1"),
    // Line 1.
    ("otp.generated", "1"),
    // Line 2 is sent, line 12 is not.
    ("otp.sent", "1"),
    ("otp.send_failed", "1"),
    ("otp.send_unknown", "0"),
    ("otp.send_rate", "0.5"),
    // Line 3 succeeds, lines 8 and 10 fail; 7, 9 and 11 are their details.
    ("otp.verified", "1"),
    ("otp.verify_failed", "2"),
    ("otp.verify_unknown", "0"),
    ("otp.verify_rate.whole", "3"),
    ("otp.conversion", "1"),
    // From 10:30:00.100 (line 2) to 10:30:05.000 (line 3), at the first attempt.
    ("otp.time_to_verify_p50", "4.9"),
    ("otp.time_to_verify_p95", "4.9"),
    ("otp.attempts_per_success", "3"),
    // Lines 5, 6, 28 and 29; the refreshes above; 33, 19 and 20; 32.
    ("tokens.issued", "4"),
    ("tokens.refreshed", "6"),
    ("tokens.failed", "3"),
    ("tokens.revoked", "0"),
    ("tokens.expired", "0"),
    ("tokens.userinfo", "1"),
    // user-123, user-7, user-9, 42; web, c-1.
    ("tokens.unique_users", "4"),
    ("tokens.unique_clients", "2"),
    // Lines 5 and 6, for an hour and 30 days.
    ("tokens.active", "0"),
    ("tokens.ended", "2"),
    ("tokens.mean_lifetime", "1297800"),
    ("tokens.lifetime_p50", "3600"),
    // user-123, user-7, user-9, user-5, user-6, 42; and without an id user@, ana@ and bo@. Nobody: 22, 25, 26, 33, 34, 35, 38.
    ("users.distinct", "9"),
    ("users.unnamed", "7"),
    // web: 13, 14, 16, 17, 20; c-1: 24, 25, 27 to 33.
    ("clients.distinct", "2"),
    ("clients.unnamed", "27"),
    // 203.0.113.9: 21, 22, 23; 198.51.100.4: 28, 34, 35.
    ("ips.distinct", "2"),
    ("ips.unnamed", "35"),
    // 18 between 10 and 11 o'clock (1 to 15, 44 to 46), 14 from 12 to 13 (17, 21 to 33), of a Wednesday.
    ("peaks.peak_hour", "10"),
    ("peaks.peak_day", "Wednesday"),
    ("peaks.quietest_hour", "0"),
    // 151 buckets of a minute are too many, 31 of five are not.
    ("timeline.every", "5m"),
    ("timeline.empty_left_out", "0"),
    // No bucket has ten failures; 17 of the 39 dated events failed.
    ("timeline.unusual_buckets", "0"),
    ("timeline.usual_failures.part", "17"),
    ("timeline.usual_failures.whole", "39"),
    // Issued by 5, 6, 28 and 29; refreshes as above; used by 27, 32, 34 and 35; refused by 33.
    ("activity.total", "17"),
    ("activity.shown", "17"),
    // Failed logins as above, 24, 26 and 33. Line 22 says that it is a warning.
    ("security.total", "8"),
    ("security.critical", "0"),
    ("security.high", "1"),
    ("security.medium", "3"),
    ("security.low", "4"),
    ("security.info", "0"),
    // Line 34 succeeds by its status, line 35 fails; both use tok-1.
    ("usage.tokens", "1"),
    ("usage.requests", "2"),
    ("usage.ok", "1"),
    ("usage.failed", "1"),
    ("usage.unknown", "0"),
];

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.write(LOG, fs::read(testdata().join(LOG)).unwrap());
    scratch
}

fn commands() -> impl Iterator<Item = &'static str> {
    std::iter::once("report").chain(REPORTS.iter().map(|report| report.info.name))
}

#[track_caller]
fn check(name: &str, bytes: &[u8]) {
    let path = testdata().join("golden").join(name);
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, bytes).unwrap();
    }
    let expected = fs::read(&path).unwrap_or_default();
    assert!(
        expected == bytes,
        "{} differs (BLESS=1 rewrites it)\n--- golden\n{}\n--- now\n{}",
        path.display(),
        String::from_utf8_lossy(&expected),
        String::from_utf8_lossy(bytes)
    );
}

#[test]
fn every_report_prints_what_was_reviewed_in_every_format() {
    let scratch = scratch();
    for command in commands() {
        for format in FORMATS {
            let words = [command, "--format", format.name, LOG];
            let ended = scratch.run(&[&words[..], needed(command)].concat());
            ended.exit(0);
            check(&format!("{command}.{}", format.name), ended.stdout());
        }
    }
}

#[test]
fn every_value_and_table_prints_alone_what_was_reviewed_in_every_format() {
    let scratch = scratch();
    let nothing = engine::nothing(&REPORTS.iter().collect::<Vec<_>>(), &Options::default());
    for format in FORMATS {
        let mut all = String::new();
        for name in names(&nothing) {
            let ended = scratch.run(&["report", "--get", &name, "--format", format.name, LOG]);
            let text = ended.exit(0).text();
            // The head of a page is the same for all.
            let (_, text) = text.split_once("</head>\n").unwrap_or(("", text));
            write!(all, "--get {name}\n{text}\n").unwrap();
        }
        check(&format!("get.{}", format.name), all.as_bytes());
    }
}

#[test]
fn the_warnings_are_what_was_reviewed() {
    let ended = scratch().run(&["report", LOG]);
    check("report.stderr", ended.exit(0).stderr_text().as_bytes());
}

#[test]
fn no_golden_output_is_left_of_a_report_or_format_that_is_gone() {
    let mut expected = BTreeSet::from(["report.stderr".to_owned()]);
    for format in FORMATS {
        expected.extend(commands().map(|command| format!("{command}.{}", format.name)));
        expected.insert(format!("get.{}", format.name));
    }
    let found: BTreeSet<String> = fs::read_dir(testdata().join("golden"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    // What is missing is another test's finding.
    assert_eq!(found.difference(&expected).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn the_main_numbers_are_those_counted_by_hand() {
    let scratch = scratch();
    for (name, expected) in BY_HAND {
        let ended = scratch.run(&["report", "--get", name, LOG]);
        let printed = ended.exit(0).text();
        ended.expect(
            printed.trim_end() == *expected,
            &format!("counted by hand, {name} is {expected}"),
        );
    }
}

#[test]
fn several_names_print_in_the_order_asked_for() {
    let ended = scratch().run(&[
        "logins",
        "--get",
        "refreshes.success",
        "--get",
        "logins.users",
        "--get",
        "input.lines",
        LOG,
    ]);
    assert_eq!(ended.exit(0).text(), "6\n6\n46\n");
}

#[test]
fn every_report_has_its_command_in_the_help() {
    let help = Scratch::new().run(&["--help"]);
    for report in REPORTS {
        help.exit(0).expect(
            help.text().contains(report.info.name) && help.text().contains(report.info.help),
            &format!("the help should name {}", report.info.name),
        );
        let own = Scratch::new().run(&[report.info.name, "--help"]);
        own.exit(0).expect(
            own.text().contains("Facts:") && own.text().contains("Table"),
            "a report's help should define its facts and tables",
        );
    }
}

/// The numbers of a JSON document that the CSV form has too, as `report,table,row,column` → word.
#[test]
fn csv_and_json_carry_the_same_numbers() {
    let scratch = scratch();
    let json = scratch
        .run(&["report", "--format", "json", LOG])
        .exit(0)
        .json();
    let csv = scratch.run(&["report", "--format", "csv", LOG]);
    let mut compared = 0;
    for record in csv::Reader::from_reader(csv.exit(0).stdout()).records() {
        let record = record.unwrap();
        let (report, table, row, column, word) =
            (&record[0], &record[1], &record[2], &record[3], &record[4]);
        let mut value = match report {
            "window" | "input" => &json[report],
            _ => &json["reports"][report],
        };
        if !table.is_empty() {
            value = &value[table][row.parse::<usize>().unwrap() - 1];
        }
        for part in column.split('.') {
            value = &value[part];
        }
        let expected = match value {
            serde_json::Value::Object(about) if about.contains_key("exact") => {
                Some(about["value"].to_string())
            }
            serde_json::Value::Object(rate) => rate["rate"].as_f64().map(|rate| rate.to_string()),
            serde_json::Value::Bool(flag) => Some(flag.to_string()),
            serde_json::Value::Number(number) => Some(number.to_string()),
            // CSV has no escapes for what drives a terminal.
            serde_json::Value::String(text) => Some(Visible(text).to_string()),
            _ => None,
        };
        assert_eq!(word, expected.unwrap_or_default(), "{record:?}");
        compared += 1;
    }
    assert!(compared > 300, "only {compared} values were compared");
}
