//! Pseudonyms, written and read back: the analyzer tells persons apart as it would by their ids, and knows none of them.

use std::fs;
use std::path::Path;
use std::time::Duration;

use authmeter::{Format, Metrics, Personal, events, fields};
use serde_json::Value;

use super::Screen;
use crate::harness::Scratch;

/// A key file that its owner alone may read.
fn key_file(scratch: &Scratch, name: &str, key: &str) -> std::path::PathBuf {
    let path = scratch.path(name);
    fs::write(&path, key).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(&path, mode).unwrap();
    path
}

/// Logins of three users, each from an address of its own in several forms, and one code for each.
fn emit(metrics: &Metrics) {
    for (user, email, addresses) in [
        ("ann", "Ann@example.com", ["192.0.2.1", "::ffff:192.0.2.1"]),
        ("bob", "bob@example.com", ["192.0.2.2", "192.0.2.2:4711"]),
        (
            "eve",
            "eve@example.com",
            ["2001:db8::1", "[2001:DB8:0::1]:443"],
        ),
    ] {
        for address in addresses {
            events::login()
                .success()
                .user(user)
                .ip(address)
                .emit_to(metrics);
            let reason = format!("{user} at {address} mistyped");
            let about = fields().meta("user_id", user).meta("remote_ip", address);
            metrics.track_failure("auth.login", &reason, about);
        }
        let upper = email.to_uppercase();
        events::otp_sent().success().email(email).emit_to(metrics);
        events::otp_verification()
            .success()
            .email(&upper)
            .emit_to(metrics);
    }
}

fn answers(scratch: &Scratch, log: &str) -> Vec<String> {
    let facts = [
        "logins.users",
        "logins.success",
        "logins.failure",
        "otp.conversion",
        "otp.time_to_verify_p50",
    ];
    let mut args = vec!["report"];
    for fact in &facts {
        args.extend(["--get", fact]);
    }
    args.push(log);
    let ended = scratch.run(&args);
    ended.exit(0);
    let mut all: Vec<String> = ended.text().lines().map(str::to_owned).collect();
    for report in ["users", "ips"] {
        let ended = scratch.run(&[report, "--format", "json", log]);
        ended.exit(0);
        let tables = ended.json()["reports"][report].clone();
        let rows = tables
            .as_object()
            .unwrap()
            .values()
            .filter_map(Value::as_array);
        all.push(format!(
            "{report}: {:?} rows",
            rows.map(Vec::len).collect::<Vec<_>>()
        ));
    }
    all
}

#[test]
fn the_analyzer_counts_pseudonyms_as_it_counts_ids() {
    let scratch = Scratch::new();
    let key = key_file(&scratch, "key", "0123456789abcdef0123456789abcdef\n");
    let second = || authmeter::event::Timestamp::parse("2025-01-15T10:30:00.000Z").unwrap();
    let builder = |log: &str| {
        Metrics::builder()
            .format(Format::File)
            .path(scratch.path(log))
            .clock(second)
    };
    emit(&builder("plain.jsonl").build().unwrap());
    let hidden = builder("hidden.jsonl")
        .pseudonymize(Personal::ALL)
        .key_file(&key);
    emit(&hidden.build().unwrap());
    assert_eq!(
        answers(&scratch, "plain.jsonl"),
        answers(&scratch, "hidden.jsonl")
    );

    let text = fs::read_to_string(scratch.path("hidden.jsonl")).unwrap();
    let lower = text.to_lowercase();
    for name in ["ann", "bob", "eve", "@example", "192.0.2", "2001:db8"] {
        assert!(
            !lower.replace("\"event\"", "").contains(name),
            "{name}: {text}"
        );
    }
    let ids: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(
        ids.iter().all(|event| event["metadata"]["keyId"]
            .as_str()
            .is_some_and(|id| id.len() == 8)),
        "{text}"
    );
}

#[test]
fn settings_of_the_environment_reach_the_file_and_the_console() {
    let scratch = Scratch::new();
    let key = key_file(&scratch, "key", "0123456789abcdef");
    let screen = Screen::default();
    let lookup = |name: &str| match name {
        "METRICS_FORMAT" => Some("both".into()),
        "METRICS_FILE_PATH" => Some(scratch.path("auth.jsonl").into()),
        "METRICS_PSEUDONYMIZE" => Some("userId, EMAIL".into()),
        "METRICS_KEY_FILE" => Some(key.clone().into()),
        "METRICS_SERVICE" => Some("billing \"1\"".into()),
        _ => None,
    };
    let metrics = Metrics::builder().from_lookup(lookup).unwrap();
    let metrics = metrics.console(screen.clone()).build().unwrap();
    metrics.track_success("auth.login", fields().user("ann").meta("ip", "192.0.2.1"));
    assert!(metrics.flush(Duration::from_secs(10)));
    let text = fs::read_to_string(scratch.path("auth.jsonl")).unwrap();
    let event: Value = serde_json::from_str(&text).unwrap();
    let pseudonym = event["userId"].as_str().unwrap();
    assert!(
        pseudonym.starts_with("pn~") && pseudonym.len() == 35,
        "{text}"
    );
    assert_eq!(event["metadata"]["ip"], "192.0.2.1");
    assert_eq!(event["metadata"]["service"], "billing \"1\"");
    let id = event["metadata"]["keyId"].as_str().unwrap();
    let expected = format!("userId={pseudonym}, ip=192.0.2.1, keyId={id}, service=billing \"1\"\n");
    assert!(screen.text().ends_with(&expected), "{}", screen.text());
}

#[test]
fn without_a_key_or_with_an_open_one_nothing_starts() {
    let scratch = Scratch::new();
    let builder = |key: Option<&Path>| {
        let builder = Metrics::builder()
            .format(Format::File)
            .path(scratch.path("auth.jsonl"));
        let builder = builder.pseudonymize([Personal::User]);
        match key {
            Some(key) => builder.key_file(key),
            None => builder,
        }
    };
    let error = builder(None).build().unwrap_err().to_string();
    assert!(error.contains("METRICS_KEY_FILE"), "{error}");
    let open = scratch.path("open");
    fs::write(&open, "0123456789abcdef").unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    fs::set_permissions(&open, mode).unwrap();
    let error = builder(Some(&open)).build().unwrap_err().to_string();
    assert!(
        error.contains("chmod 600") && !error.contains("0123"),
        "{error}"
    );
}
