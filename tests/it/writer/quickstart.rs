//! The example application, built against the writer alone and run as its users run it.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use serde_json::Value;

use super::run;

/// Where the example lies, once it is built.
static QUICKSTART: LazyLock<PathBuf> = LazyLock::new(|| {
    let build = "build --quiet --no-default-features --example quickstart --message-format json";
    let output = run(Command::new(env!("CARGO"))
        .args(build.split(' '))
        .current_dir(env!("CARGO_MANIFEST_DIR")));
    let messages = String::from_utf8(output.stdout).unwrap();
    let built = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find(|message| message["target"]["name"] == "quickstart");
    PathBuf::from(built.unwrap()["executable"].as_str().unwrap())
});

/// The example in a folder of its own, with an empty environment.
fn quickstart(folder: &tempfile::TempDir) -> Command {
    let mut command = Command::new(&*QUICKSTART);
    command.current_dir(folder).env_clear();
    command
}

const EVENTS: usize = 11;

fn lines_of(path: PathBuf) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn by_default_it_shows_its_events_on_the_console_without_colour_and_writes_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&mut quickstart(&folder));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), EVENTS);
    assert!(
        text.lines().all(|line| line.starts_with("[METRIC] ")),
        "{text}"
    );
    assert!(!text.contains('\x1b'), "{text:?}");
    assert_eq!(output.stderr, b"");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}

#[test]
fn in_a_file_its_events_lie_where_they_do_by_default() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(quickstart(&folder).env("METRICS_FORMAT", "file"));
    assert_eq!((output.stdout, output.stderr), (vec![], vec![]));
    let lines = lines_of(folder.path().join("logs/metrics.jsonl"));
    assert_eq!(lines.len(), EVENTS);
    assert_eq!(lines[2]["error"], "Invalid code");
    // The clock is the machine's: a year of four digits that is not long ago.
    assert!(
        lines[0]["timestamp"].as_str() > Some("2025-"),
        "{}",
        lines[0]
    );
}

#[test]
fn a_wrong_setting_ends_it_with_code_2_and_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let output = quickstart(&folder)
        .env("METRICS_FORMAT", "fiel")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    let expected = r#"METRICS_FORMAT="fiel" is not one of: console, file, both, none"#;
    assert!(said.contains(expected), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_full_disk_it_ends_well_and_says_what_was_lost() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(quickstart(&folder)
        .env("METRICS_FORMAT", "file")
        .env("METRICS_FILE_PATH", "/dev/full"));
    let said = String::from_utf8(output.stderr).unwrap();
    let said: Vec<&str> = said.lines().collect();
    let first = "authmeter: cannot write to \"/dev/full\": No space left on device";
    let last = "authmeter: 11 of 11 events were lost: cannot write to \"/dev/full\": ";
    assert!(
        said[0].starts_with(first) && said[1].starts_with(last) && said.len() == 2,
        "{said:?}"
    );
}

#[test]
fn a_reader_that_is_gone_harms_neither_the_application_nor_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    run(quickstart(&folder)
        .env("METRICS_FORMAT", "both")
        .stdout(writer));
    assert_eq!(
        lines_of(folder.path().join("logs/metrics.jsonl")).len(),
        EVENTS
    );
}

#[cfg(unix)]
#[test]
fn closed_streams_harm_neither_the_application_nor_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut shell = Command::new("sh");
    shell
        .args(["-c", r#""$0" <&- >&- 2>&-"#])
        .arg(&*QUICKSTART)
        .current_dir(&folder);
    run(shell
        .env_clear()
        .env("METRICS_FORMAT", "both")
        .stdin(Stdio::null()));
    assert_eq!(
        lines_of(folder.path().join("logs/metrics.jsonl")).len(),
        EVENTS
    );
}
