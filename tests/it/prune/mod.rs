//! `authmeter prune`: what goes, what stays as it is, and what is refused.

mod live;
mod refused;

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::time::{Duration, UNIX_EPOCH};

use rustix::fs::{XattrFlags, getxattr, setxattr};
use serde_json::Value;

use crate::harness::{Ended, Scratch, at};

const OLD: &str = "2025-01-01T00:00:00.000Z";
const NEW: &str = "2025-05-20T00:00:00.000Z";

/// Thirty days before the first of June.
const POLICY: &[&str] = &["--older-than", "30d", "--as-of", "2025-06-01"];

fn event(name: &str, time: &str, more: &str) -> String {
    format!("{{\"event\":\"{name}\",\"timestamp\":\"{time}\"{more}}}\n")
}

fn prune(scratch: &Scratch, args: &[&str]) -> Ended {
    let words = ["prune", "--format", "json"];
    scratch.run(&[&words, POLICY, args].concat())
}

fn names(scratch: &Scratch) -> Vec<String> {
    let entries = fs::read_dir(scratch.folder()).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// What stays of a log, after checking that the dry run says the same and changes nothing.
#[track_caller]
fn pruned(log: &[u8], args: &[&str]) -> (Vec<u8>, Value) {
    let scratch = Scratch::new();
    scratch.write("log", log);
    let args = [args, &["log"]].concat();
    let dry = prune(&scratch, &args);
    dry.exit(0).is_quiet();
    assert_eq!(
        fs::read(scratch.path("log")).unwrap(),
        log,
        "a dry run changes nothing"
    );
    assert_eq!(names(&scratch), ["log"]);
    let wet = prune(&scratch, &[&["--apply"], &args[..]].concat());
    wet.exit(0).is_quiet();
    assert_eq!(names(&scratch), ["log"], "nothing is left behind");
    let (dry, wet) = (dry.json(), wet.json());
    assert_eq!(at(&dry, "/total"), at(&wet, "/total"));
    let after = fs::read(scratch.path("log")).unwrap();
    assert_eq!(at(&wet, "/total/bytes_before"), log.len());
    assert_eq!(at(&wet, "/total/bytes_after"), after.len());
    (after, at(&wet, "/total").clone())
}

#[test]
fn what_is_not_understood_stays_byte_for_byte_and_in_order() {
    let new = event("auth.login", NEW, ",\"success\":true");
    let old = event("auth.login", OLD, ",\"success\":true");
    let long = format!(
        "{{\"event\":\"x\",\"timestamp\":\"{OLD}\",\"pad\":\"{}\"}}\n",
        "x".repeat(3000)
    );
    let stays: &[&str] = &[
        &new,
        "{\"event\":\"undated\"}\r\n",
        "{\"event\":\"never\",\"timestamp\":\"soon\"}\n",
        "no json\n",
        "[1,2]\r\n",
        "{\"event\":\"torn\",\"timestamp\":\"2025-01-01T\n",
        " \t{\"event\":\"a\", \"timestamp\":\"2025-05-20 00:00:00\" }  \r\n",
        &long,
        "\u{feff}{\"event\":\"marked\",\"ts\":1747699200}\n",
    ];
    let mut log = String::new();
    for line in stays {
        log += &old;
        log += "\n \r\n\0\0\0";
        log += line;
    }
    log += &old;
    log += &new[..new.len() - 1];
    let (after, total) = pruned(log.as_bytes(), &["--max-line", "2000"]);
    let expected = stays.concat() + &new[..new.len() - 1];
    assert_eq!(String::from_utf8(after).unwrap(), expected);
    for (name, count) in [
        ("events_gone", 10),
        ("events_kept", 6),
        ("undated_kept", 2),
        ("malformed_kept", 3),
        ("not_an_object_kept", 1),
        ("security_kept", 0),
        ("blank", 18),
    ] {
        assert_eq!(at(&total, &format!("/{name}")), count, "{name}");
    }
}

#[test]
fn an_event_goes_if_it_is_older_than_asked_and_not_if_it_is_just_as_old() {
    let limit = "2025-05-02T00:00:00.000Z";
    let before = "2025-05-01T23:59:59.999999999Z";
    let zoned = "2025-05-02T01:59:59+02:00";
    let log = [limit, before, zoned]
        .map(|time| event("a", time, ""))
        .concat();
    let (after, _) = pruned(log.as_bytes(), &[]);
    assert_eq!(String::from_utf8(after).unwrap(), event("a", limit, ""));
}

#[test]
fn a_time_without_an_offset_is_one_of_the_assumed_place() {
    let log = event("a", "2025-05-02 01:00:00", "");
    assert_eq!(pruned(log.as_bytes(), &[]).0, log.as_bytes());
    let (after, _) = pruned(log.as_bytes(), &["--assume-tz", "Europe/Berlin"]);
    assert_eq!(after, b"");
}

#[test]
fn security_events_are_kept_longer_on_request() {
    let security = [
        ("token.validation_failed", ""),
        ("token.pkce_failed", ""),
        ("token.code_invalid", ""),
        ("token.client_invalid", ""),
        ("scope.validated", ""),
        ("oauth.scope_violation", ""),
        ("auth.rate_limited", ""),
        ("suspicious_activity", ""),
        ("auth.login", ",\"success\":false"),
        ("auth.login_failure", ""),
        ("auth.login", ",\"metadata\":{\"reason\":\"locked\"}"),
    ];
    let others = [
        ("auth.login", ",\"success\":true"),
        ("auth.login", ""),
        ("otp.verification", ",\"success\":false"),
        ("token.refresh", ",\"error\":\"expired\""),
        ("something.else", ",\"success\":false"),
    ];
    let ancient = "2024-01-01T00:00:00.000Z";
    let kept: String = security
        .iter()
        .map(|(name, more)| event(name, OLD, more))
        .collect();
    let goes = |(name, more): &(&str, &str)| event(name, OLD, more);
    let goes: String = others.iter().map(goes).collect();
    let older: String = security
        .iter()
        .map(|(name, more)| event(name, ancient, more))
        .collect();
    let log = format!("{goes}{older}{kept}");
    let (after, total) = pruned(log.as_bytes(), &["--keep-security", "1y"]);
    assert_eq!(String::from_utf8(after).unwrap(), kept);
    assert_eq!(at(&total, "/security_kept"), security.len());
    let (after, _) = pruned(log.as_bytes(), &[]);
    assert_eq!(after, b"");
}

#[test]
fn a_log_of_which_nothing_goes_is_not_touched() {
    let scratch = Scratch::new();
    let log = format!("\n\0\0{}torn", event("a", NEW, ""));
    scratch.write("log", &log).write("empty.log", "");
    let before = fs::metadata(scratch.path("log")).unwrap();
    let ended = prune(&scratch, &["--apply", "log", "empty.log"]);
    ended.exit(0).is_quiet();
    assert_eq!(at(&ended.json(), "/logs/0/action"), "unchanged");
    let after = fs::metadata(scratch.path("log")).unwrap();
    assert_eq!(
        (before.ino(), before.mtime_nsec()),
        (after.ino(), after.mtime_nsec())
    );
    assert_eq!(fs::read_to_string(scratch.path("log")).unwrap(), log);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes)
        .read_to_end(&mut all)
        .unwrap();
    all
}

#[test]
fn compressed_logs_stay_compressed_and_rotated_ones_of_which_nothing_stays_are_removed() {
    let scratch = Scratch::new();
    let (old, new) = (
        event("a", OLD, "").repeat(500),
        event("a", NEW, "").repeat(700),
    );
    let mixed = format!("{old}{new}");
    let members = [gzip(old.as_bytes()), gzip(new.as_bytes())].concat();
    let frames = zstd::encode_all(mixed.as_bytes(), 0).unwrap();
    scratch
        .write("a.log.4.gz", &members)
        .write("a.log.3.zst", &frames)
        .write("b.log.gz", gzip(old.as_bytes()))
        .write("a.log-20250101", &old)
        .write("a.log.2", &old)
        .write("a.log.1", &mixed)
        .write("a.log", &old);
    let dry = prune(&scratch, &["."]);
    dry.exit(0).is_quiet();
    let wet = prune(&scratch, &["--apply", "."]);
    wet.exit(0).is_quiet();
    assert_eq!(at(&dry.json(), "/total"), at(&wet.json(), "/total"));
    assert_eq!(
        names(&scratch),
        ["a.log", "a.log.1", "a.log.3.zst", "a.log.4.gz"]
    );
    let read = |name| fs::read(scratch.path(name)).unwrap();
    assert_eq!(read("a.log"), b"", "the live one stays, empty");
    assert_eq!(read("a.log.1"), new.as_bytes());
    assert_eq!(gunzip(&read("a.log.4.gz")), new.as_bytes());
    assert_eq!(
        zstd::decode_all(&read("a.log.3.zst")[..]).unwrap(),
        new.as_bytes()
    );
}

#[test]
fn mode_times_and_attributes_are_carried_over_and_links_followed() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.path("real")).unwrap();
    scratch.write("real/log", event("a", OLD, "") + &event("a", NEW, ""));
    symlink("real/log", scratch.path("link")).unwrap();
    let real = scratch.path("real/log");
    let changed = UNIX_EPOCH + Duration::new(1_700_000_000, 123_456_789);
    let file = fs::File::options().write(true).open(&real).unwrap();
    file.set_modified(changed).unwrap();
    drop(file);
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::chown(&real, Some(1234), Some(5678)).unwrap();
    let set = XattrFlags::empty();
    setxattr(&real, "user.keeper", b"alice", set).unwrap();
    prune(&scratch, &["--apply", "link"]).exit(0).is_quiet();
    assert!(
        fs::symlink_metadata(scratch.path("link"))
            .unwrap()
            .is_symlink()
    );
    let about = fs::metadata(&real).unwrap();
    assert_eq!(fs::read_to_string(&real).unwrap(), event("a", NEW, ""));
    assert_eq!(about.modified().unwrap(), changed);
    assert_eq!(
        (about.mode() & 0o7777, about.uid(), about.gid()),
        (0o640, 1234, 5678)
    );
    let mut value = [0; 5];
    getxattr(&real, "user.keeper", &mut value[..]).unwrap();
    assert_eq!(&value, b"alice");
}

#[test]
fn the_table_says_what_would_go_and_that_nothing_has() {
    let scratch = Scratch::new();
    scratch
        .write("a.log", event("a", OLD, ""))
        .write("b.log", event("a", NEW, ""));
    let ended = scratch.run(&[&["prune"], POLICY, &["a.log", "b.log"]].concat());
    ended.exit(0).is_quiet();
    for words in [
        "would be rewritten",
        "unchanged",
        "all of them",
        "dry run: nothing was changed",
        "Events before 2025-05-02",
    ] {
        ended.expect(ended.text().contains(words), words);
    }
    let ended = scratch.run(&[&["prune", "--apply"], POLICY, &["a.log", "b.log"]].concat());
    ended
        .exit(0)
        .expect(!ended.text().contains("dry run"), "it was none");
}
