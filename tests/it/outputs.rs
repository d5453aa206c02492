//! `--output`: which formats go where, that nothing is overwritten unasked, and that a file is whole or not there.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Command, Stdio};

use authmeter::render::FORMATS;

use crate::harness::{Ended, LOGIN, PROGRAM, Scratch};

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("log", format!("{LOGIN}\n"));
    scratch
}

/// What is in the folder beside the log.
fn files(scratch: &Scratch) -> Vec<String> {
    let names = fs::read_dir(scratch.folder()).unwrap();
    let mut names: Vec<String> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "log")
        .collect();
    names.sort();
    names
}

fn read(scratch: &Scratch, name: &str) -> String {
    fs::read_to_string(scratch.path(name)).unwrap()
}

#[test]
fn every_ending_is_of_one_format_and_the_file_is_what_that_format_prints() {
    let mut seen = std::collections::BTreeSet::new();
    for format in FORMATS {
        assert!(!format.extensions.is_empty());
        for extension in format.extensions {
            assert!(seen.insert(extension), "{extension} twice");
            let scratch = scratch();
            for name in [
                format!("a.{extension}"),
                format!("a.b.{}", extension.to_uppercase()),
            ] {
                let written = scratch.run(&["report", "-o", &name, "log"]);
                written.exit(0).prints_nothing().is_quiet();
                let printed = scratch.run(&["report", "--format", format.name, "log"]);
                assert_eq!(read(&scratch, &name), printed.exit(0).text(), "{name}");
            }
        }
    }
}

#[test]
fn several_outputs_are_of_one_scan() {
    let scratch = scratch();
    // Standard input can be read once only.
    let args = [
        "report", "-o", "a.json", "--output", "b.md", "-o", "-", "-o", "c.prom", "--format", "csv",
    ];
    let ended = scratch.pipe(LOGIN.as_bytes(), &args);
    ended.exit(0).expect(
        ended.text().starts_with("report,table,row"),
        "CSV was asked for",
    );
    assert_eq!(files(&scratch), ["a.json", "b.md", "c.prom"]);
    assert!(read(&scratch, "b.md").contains("| total | 1 |"));
    assert!(read(&scratch, "c.prom").contains("\nauthmeter_logins 1\n"));
    // Without a format, standard output is a table; a selection goes to all.
    let args = [
        "report",
        "--get",
        "logins.total",
        "-o",
        "-",
        "-o",
        "d.prom",
        "log",
    ];
    assert_eq!(scratch.run(&args).exit(0).text(), "1\n");
    assert!(read(&scratch, "d.prom").ends_with("authmeter_logins 1\n# EOF\n"));
}

#[test]
fn a_name_that_says_no_format_is_said_before_anything_is_read() {
    for (name, hint) in [
        ("a.jsn", "did you mean .json?"),
        ("a.HTLM", "did you mean .htm?"),
        ("a.xyz", ".txt, .table, .json, .jsonl, .ndjson, .csv"),
        ("a", ".html, .htm, .prom, .om"),
        (".json", ".html, .htm, .prom, .om"),
    ] {
        let scratch = scratch();
        let ended = scratch.run(&["report", "-o", name, "-o", "b.json", "missing"]);
        ended
            .exit(2)
            .prints_nothing()
            .says(name)
            .says("says no format")
            .says(hint);
        assert_eq!(files(&scratch), [""; 0]);
        // Unless --format does.
        scratch
            .run(&["report", "-o", name, "--format", "json", "log"])
            .exit(0)
            .prints_nothing();
        assert!(read(&scratch, name).starts_with('{'));
    }
}

#[test]
fn a_format_that_nothing_is_written_in_is_an_error() {
    let scratch = scratch();
    let ended = scratch.run(&["report", "--format", "json", "-o", "a.csv", "log"]);
    ended
        .exit(2)
        .prints_nothing()
        .says("--format json: nothing is written in it")
        .says("`-o -`");
    scratch
        .run(&["report", "--format", "csv", "-o", "a.csv", "log"])
        .exit(0)
        .prints_nothing();
}

#[test]
fn a_file_that_exists_is_overwritten_only_by_force() {
    let scratch = scratch();
    scratch.write("old.json", "old");
    let ended = scratch.run(&["report", "-o", "new.csv", "-o", "old.json", "missing"]);
    ended
        .exit(2)
        .prints_nothing()
        .says("old.json exists; --force overwrites it");
    assert_eq!(
        (files(&scratch), read(&scratch, "old.json")),
        (vec!["old.json".to_owned()], "old".to_owned())
    );
    fs::set_permissions(scratch.path("old.json"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("old.json", scratch.path("link.json")).unwrap();
    scratch
        .run(&["report", "-o", "link.json", "--force", "log"])
        .exit(0);
    assert!(read(&scratch, "old.json").starts_with('{'));
    assert!(
        scratch.path("link.json").is_symlink(),
        "the link stays, and what it leads to is replaced"
    );
    let mode = scratch
        .path("old.json")
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(
        mode & 0o777,
        0o640,
        "a file that is replaced keeps its permissions"
    );
    assert_eq!(files(&scratch), ["link.json", "old.json"]);
}

#[test]
fn new_files_have_the_permissions_that_umask_says() {
    let scratch = scratch();
    scratch
        .shell("umask 027; \"$AUTHMETER\" report -o a.json log")
        .exit(0);
    let mode = scratch
        .path("a.json")
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[test]
fn a_path_that_cannot_be_written_is_said_before_anything_is_read() {
    let scratch = scratch();
    symlink("nowhere", scratch.path("link.json")).unwrap();
    fs::create_dir(scratch.path("folder.json")).unwrap();
    let long = format!("{}.json", "x".repeat(300));
    for (name, what) in [
        ("missing/a.json", "No such file"),
        ("log/a.json", "Not a directory"),
        ("folder.json", "Is a directory"),
        ("link.json", "it links to nothing"),
        (long.as_str(), "name too long"),
    ] {
        let ended = scratch.run(&[
            "report",
            "-o",
            "first.csv",
            "-o",
            name,
            "--force",
            "missing",
        ]);
        let said = ended.stderr_text();
        ended.exit(4).prints_nothing().says("cannot write ").expect(
            said.contains(what) && !said.contains("missing: "),
            &format!("expected {what}, and no input read"),
        );
        assert_eq!(files(&scratch), ["folder.json", "link.json"], "{name}");
    }
}

#[test]
fn one_file_is_never_two_outputs_nor_an_input_and_an_output() {
    let scratch = scratch();
    fs::create_dir(scratch.path("folder")).unwrap();
    scratch.write("in.json", LOGIN);
    fs::hard_link(scratch.path("in.json"), scratch.path("hard.json")).unwrap();
    let absolute = scratch.path("a.json");
    for (args, what) in [
        (
            &["-o", "a.json", "-o", "./a.json", "log"][..],
            "-o ./a.json: given more than once",
        ),
        (
            &["-o", "a.json", "-o", "folder/../a.json", "log"],
            "given more than once",
        ),
        (
            &["-o", "a.json", "-o", absolute.to_str().unwrap(), "log"],
            "given more than once",
        ),
        (&["-o", "-", "-o", "-", "log"], "-o -: given more than once"),
        (
            &["-o", "in.json", "in.json"],
            "-o in.json: is one of the inputs",
        ),
        (
            &["-o", "hard.json", "log", "in.json"],
            "is one of the inputs",
        ),
        (
            &["-o", "folder/../in.json", "--format", "json", "."],
            "is one of the inputs",
        ),
        (&["-o", "new.json", "./new.json"], "is one of the inputs"),
    ] {
        let args = [&["report", "--force"], args].concat();
        scratch.run(&args).exit(2).prints_nothing().says(what);
        assert_eq!(read(&scratch, "in.json"), LOGIN);
        assert_eq!(files(&scratch), ["folder", "hard.json", "in.json"]);
    }
    let ended = scratch.shell("\"$AUTHMETER\" report --force -o in.json < in.json");
    ended.exit(2).says("is one of the inputs");
}

#[test]
fn force_without_an_output_is_a_slip() {
    scratch()
        .run(&["report", "--force", "log"])
        .exit(2)
        .says("--output");
}

#[test]
fn devices_and_pipes_are_written_as_they_are() {
    let scratch = scratch();
    let ended =
        scratch.shell("\"$AUTHMETER\" report --get logins.total --format csv -o /dev/stderr log");
    ended.exit(0).prints_nothing().says("1\n");
    let ended =
        scratch.shell("mkfifo p.json; cat p.json & \"$AUTHMETER\" report -o p.json log; wait");
    ended.exit(0).json();
    let ended = scratch.run(&[
        "report",
        "-o",
        "/dev/full",
        "--format",
        "json",
        "-o",
        "a.csv",
        "log",
    ]);
    ended.exit(4).says("cannot write /dev/full: No space left");
    assert_eq!(
        files(&scratch),
        ["p.json"],
        "when one output fails, no other gets its name"
    );
}

#[test]
fn a_run_that_fails_leaves_no_file_behind() {
    let scratch = scratch();
    scratch.write("old.json", "old");
    let limited = |args: &str| {
        scratch.shell(&format!(
            "ulimit -f 0; trap '' XFSZ; \"$AUTHMETER\" report {args} log"
        ))
    };
    limited("-o new.json")
        .exit(4)
        .says("cannot write new.json: File too large");
    limited("-o old.json --force")
        .exit(4)
        .says("cannot write old.json");
    assert_eq!(
        (files(&scratch), read(&scratch, "old.json")),
        (vec!["old.json".to_owned()], "old".to_owned())
    );
}

/// Runs the program on a pipe that stays open, and calls `end` once it is reading.
fn during_a_run(scratch: &Scratch, args: &[&str], end: impl FnOnce(u32)) -> Ended {
    // Signals are what they are in a terminal, even where the tests run in the background of a shell.
    let mut command = Command::new("env");
    command
        .args(["--default-signal=INT,TERM", PROGRAM])
        .args(args)
        .current_dir(scratch.folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // Inputs are read after outputs are made: what a pipe does not hold has been read.
    let line = format!("{LOGIN}\n");
    stdin.write_all(line.repeat(1 << 14).as_bytes()).unwrap();
    end(child.id());
    drop(stdin);
    Ended::new(
        &command,
        scratch.folder(),
        child.wait_with_output().unwrap(),
    )
}

fn kill(signal: &str, id: u32) {
    let killed = Command::new("kill")
        .args([signal, &id.to_string()])
        .status();
    assert!(killed.unwrap().success());
}

#[test]
fn a_run_that_is_killed_leaves_no_file_behind() {
    let scratch = scratch();
    scratch.write("old.json", "old");
    let args = ["report", "-o", "new.csv", "-o", "old.json", "--force"];
    during_a_run(&scratch, &args, |id| kill("-KILL", id));
    assert_eq!(
        (files(&scratch), read(&scratch, "old.json")),
        (vec!["old.json".to_owned()], "old".to_owned())
    );
}

#[test]
fn an_interrupted_run_writes_whole_files_that_say_so() {
    let scratch = scratch();
    let mut stdout = Vec::new();
    let ended = during_a_run(&scratch, &["report", "-o", "a.json", "-o", "a.txt"], |id| {
        kill("-INT", id);
        // The answer comes while the input is still open.
        for _ in 0..6000 {
            if scratch.path("a.txt").exists() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        BufReader::new(fs::File::open(scratch.path("a.txt")).unwrap())
            .read_until(b'\n', &mut stdout)
            .unwrap();
    });
    ended.exit(3).prints_nothing().says("interrupted");
    let json: serde_json::Value = serde_json::from_str(&read(&scratch, "a.json")).unwrap();
    assert_eq!(json["input"]["partial"], true);
    assert_eq!(
        String::from_utf8(stdout).unwrap(),
        "Interrupted: this is what was read so far\n"
    );
}

#[test]
fn a_file_that_came_meanwhile_is_not_overwritten() {
    let scratch = scratch();
    let ended = during_a_run(&scratch, &["report", "-o", "a.json"], |_| {
        scratch.write("a.json", "another's");
    });
    ended.exit(2).says("a.json exists since a moment ago");
    assert_eq!(read(&scratch, "a.json"), "another's");
    assert_eq!(files(&scratch), ["a.json"]);
}

#[test]
fn files_are_whole_when_nobody_reads_standard_output() {
    let scratch = scratch();
    scratch
        .shell("\"$AUTHMETER\" report -o a.json -o - log | true")
        .exit(0)
        .is_quiet();
    let json: serde_json::Value = serde_json::from_str(&read(&scratch, "a.json")).unwrap();
    assert_eq!(json["input"]["events"], 1);
}

#[test]
fn a_file_is_as_wide_as_a_pipe_however_narrow_the_terminal() {
    let scratch = scratch();
    let ended = scratch.shell(
        "script -qec 'stty cols 20; \"$AUTHMETER\" report -o a.txt log' /dev/null < /dev/null > /dev/null; \"$AUTHMETER\" report log",
    );
    assert_eq!(read(&scratch, "a.txt"), ended.exit(0).text());
}
