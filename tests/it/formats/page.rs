//! The HTML page as a file: how large it may become, what it may do, and what it draws.

use std::fmt::Write as _;

use super::parsed;
use crate::harness::Scratch;

const LIMIT: usize = 1_000_000;

/// The page of a log, and that of its timeline with buckets so wide.
fn page(scratch: &Scratch, log: &str, more: &[&str]) -> String {
    let args = [&["report", "--format", "html"][..], more, &[log]].concat();
    scratch.run(&args).exit(0).text().to_owned()
}

fn generated(scratch: &Scratch, name: &str, more: &[&str]) {
    let args = [&["generate", "-o", name][..], more].concat();
    scratch.run(&args).exit(0);
}

/// So many logins by so many users and clients, each with a reason of its own that is long and nothing but markup.
fn different(count: usize) -> String {
    let mut log = String::new();
    for number in 0..count {
        let text = format!("{number}{}", "<\\\"&>\\u202e".repeat(30));
        let (day, hour, minute) = (1 + number / 1440 % 28, number / 60 % 24, number % 60);
        let event = [
            "auth.login",
            "token.refresh",
            "otp.verification.detail",
            "token.validation_failed",
        ][number % 4];
        writeln!(
            log,
            "{{\"event\":\"{event}\",\"timestamp\":\"2025-01-{day:02}T{hour:02}:{minute:02}:00Z\",\"success\":false,\"error\":\"{text}\",\
             \"userId\":\"{text}\",\"clientId\":\"{text}\",\"method\":\"{text}\",\"ip\":\"{text}\",\"tokenType\":\"{text}\"}}"
        )
        .unwrap();
    }
    log
}

#[test]
fn a_page_stays_below_a_megabyte_whatever_the_log_is() {
    let scratch = Scratch::new();
    generated(
        &scratch,
        "users",
        &["--events", "120000", "--users", "100000", "--days", "30"],
    );
    scratch.write("different", different(20_000));
    for (log, more) in [
        ("users", &["--every", "1m"][..]),
        ("different", &["--every", "1m"]),
        ("different", &[]),
    ] {
        let page = page(&scratch, log, more);
        assert!(page.len() < LIMIT, "{log} {more:?}: {}", page.len());
        // It is large because there is much to say, and it says what is left out.
        assert!(page.len() > LIMIT / 20, "{log} {more:?}: {}", page.len());
        assert!(
            page.contains(" more, in every format for machines"),
            "{log}"
        );
        assert!(!parsed::html(&page).is_empty());
    }
    let timeline = page(&scratch, "users", &["--every", "1m"]);
    assert!(timeline.contains("of them, added up; the table has each."));
}

#[test]
fn one_table_alone_stays_below_a_megabyte_too() {
    let scratch = Scratch::new();
    scratch.write("different", different(20_000));
    let args = [
        "report",
        "--format",
        "html",
        "--get",
        "failures.by_reason",
        "different",
    ];
    let ended = scratch.run(&args);
    assert!(ended.exit(0).text().len() < LIMIT);
}

#[test]
fn a_page_draws_every_chart_before_any_script_runs() {
    let scratch = Scratch::new();
    generated(&scratch, "log", &["--events", "20000", "--seed", "3"]);
    let page = page(&scratch, "log", &[]);
    let (body, _) = page.split_once("<script>").unwrap();
    for id in [
        "timeline-chart",
        "login-rate",
        "login-reasons",
        "otp-reasons",
        "refresh-reasons",
        "otp-funnel",
        "tokens-types",
        "tokens-clients",
        "week-events",
        "week-failures",
    ] {
        let (_, figure) = body
            .split_once(&format!("id=\"{id}\""))
            .unwrap_or_else(|| panic!("no {id}"));
        let (figure, _) = figure.split_once("</figure>").unwrap();
        assert!(figure.contains("<svg") && figure.contains("<rect"), "{id}");
    }
    // What is drawn of a login's reasons is what the table says.
    let reasons = scratch.run(&[
        "report",
        "--get",
        "logins.by_reason",
        "--format",
        "tsv",
        "log",
    ]);
    let mut compared = 0;
    for line in reasons.exit(0).text().lines().skip(1).take(8) {
        let (reason, count) = line.split_once('\t').unwrap();
        let row = format!("<bdi>{reason}</bdi></span><span class=\"count\">{count}</span>");
        assert!(body.contains(&row), "{row}");
        compared += 1;
    }
    assert!(compared > 3);
}

#[test]
fn a_log_without_events_has_a_page_without_charts() {
    let scratch = Scratch::new();
    scratch.write("empty", "");
    let page = page(&scratch, "empty", &[]);
    assert!(page.contains("No dated events"));
    assert!(page.contains("The input has no lines: there is nothing to report."));
    for drawn in ["<figure", "NaN"] {
        assert!(
            !page.split_once("<script").unwrap().0.contains(drawn),
            "{drawn}"
        );
    }
}

#[test]
fn a_page_of_no_events_says_why_there_are_none() {
    let scratch = Scratch::new();
    generated(&scratch, "log", &["--events", "300"]);
    scratch.write("bad", "{bad\nworse\n");
    for (log, more, why) in [
        (
            "bad",
            &[][..],
            "No event is among the lines of the input (2). What is wrong with them, authmeter check says of each.",
        ),
        (
            "log",
            &["--user", "nobody"],
            "No event passes the filters; so many lines are outside of them: 300.",
        ),
    ] {
        let page = page(&scratch, log, more);
        assert!(page.contains(why), "{log}");
        assert!(!page.contains("id=\"answers\""), "{log}");
        assert!(!parsed::html(&page).is_empty());
    }
    assert!(!page(&scratch, "log", &[]).contains("panel nothing"));
}

#[test]
fn a_page_allows_itself_one_sheet_and_one_script() {
    let scratch = Scratch::new();
    scratch.write("log", different(40));
    let page = page(&scratch, "log", &[]);
    let (_, policy) = page
        .split_once("Content-Security-Policy\" content=\"")
        .unwrap();
    let (policy, rest) = policy.split_once('"').unwrap();
    let names: Vec<&str> = policy
        .split(';')
        .map(|part| part.trim().split(' ').next().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "default-src",
            "style-src",
            "script-src",
            "base-uri",
            "form-action"
        ]
    );
    assert_eq!(policy.matches("sha256-").count(), 2);
    assert!(!policy.contains("unsafe") && policy.starts_with("default-src 'none'"));
    // The policy stands before whatever it is for.
    let data = "<script id=\"document\" type=\"application/json\">";
    assert_eq!(
        rest.matches("<style>").count() + rest.matches("<script>").count(),
        2
    );
    assert_eq!(
        rest.matches("<style").count() + rest.matches("<script").count(),
        2 + rest.matches(data).count()
    );
    assert_eq!(rest.matches(data).count(), 1);
    assert!(!page.contains(" style=") && !page.contains("javascript:"));
}
