//! The global writer. A process has one for good, so each test is a process of its own.

use std::fs;

use authmeter::{ErrorKind, Stats, events, fields};

use super::{CHILD, child, run};

/// The counts that must add up.
fn counts(stats: Stats) -> [u64; 3] {
    [stats.emitted, stats.written, stats.dropped]
}

#[test]
fn events_before_the_start_are_counted_and_said_once_and_the_second_start_is_an_error() {
    if std::env::var_os(CHILD).is_some() {
        authmeter::track_success("otp.sent", fields());
        events::otp_sent().emit();
        assert_eq!(counts(authmeter::stats()), [2, 0, 2]);
        let guard = authmeter::init_from_env().unwrap();
        authmeter::track_success("otp.generated", fields());
        authmeter::track_failure("otp.verification", "Invalid code", fields());
        events::login().success().emit();
        assert_eq!(counts(authmeter::stats()), [5, 3, 2]);
        assert_eq!(counts(guard.metrics().stats()), [3, 3, 0]);
        let error = authmeter::init_from_env().unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::AlreadyInitialized),
            "{error}"
        );
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("auth.jsonl");
    let test = "writer::global::events_before_the_start_are_counted_and_said_once_and_the_second_start_is_an_error";
    let output = run(child(test, "")
        .env("METRICS_FORMAT", "file")
        .env("METRICS_FILE_PATH", &path));
    let said = String::from_utf8(output.stderr).unwrap();
    let said: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("authmeter: "))
        .collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(
        said[0].starts_with("authmeter: an event came before"),
        "{said:?}"
    );
    assert!(
        said[1].starts_with("authmeter: 2 of 5 events were lost: they came before"),
        "{said:?}"
    );

    let text = fs::read_to_string(&path).unwrap();
    let names: Vec<&str> = text
        .lines()
        .map(|line| line.split('"').nth(3).unwrap())
        .collect();
    assert_eq!(names, ["otp.generated", "otp.verification", "auth.login"]);
}

#[test]
fn a_wrong_setting_is_an_error_and_leaves_the_way_free() {
    if std::env::var_os(CHILD).is_some() {
        let error = authmeter::init_from_env().unwrap_err().to_string();
        assert!(
            error.starts_with("METRICS_ENABLED=\"flase\" is not one of"),
            "{error}"
        );
        let metrics = authmeter::Metrics::builder()
            .format(authmeter::Format::None)
            .build();
        let _guard = authmeter::init(metrics.unwrap()).unwrap();
        assert!(authmeter::init_from_env().is_err());
        return;
    }
    let test = "writer::global::a_wrong_setting_is_an_error_and_leaves_the_way_free";
    run(child(test, "").env("METRICS_ENABLED", "flase"));
}
