//! What the program puts out, and where: its two streams, pipes that are closed early, terminals, and texts that would
//! harm whoever shows them.

use std::io::Read;
use std::process::{Command, Stdio};

use authmeter::event::is_unsafe;
use authmeter::render::{FORMATS, Look, Style};

use crate::formats::documents;
use crate::harness::{Ended, LOGIN, PROGRAM, Scratch};
use crate::process::scratch;

// ---- streams

/// Runs the program while its output is read up to a few bytes, and then the pipe is closed; before it starts, if no
/// byte is wanted.
#[track_caller]
fn close_early(scratch: &Scratch, args: &[&str], bytes: usize) -> Ended {
    let (reader, writer) = std::io::pipe().unwrap();
    let mut reader = Some(reader).filter(|_| bytes > 0);
    // This side's copy of the writer goes with the command that is spawned.
    let child = Command::new(PROGRAM)
        .args(args)
        .current_dir(scratch.folder())
        .stdin(Stdio::null())
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    if let Some(reader) = &mut reader {
        reader.read_exact(&mut vec![0; bytes]).unwrap();
    }
    drop(reader);
    let output = child.wait_with_output().unwrap();
    Ended::new(Command::new(PROGRAM).args(args), scratch.folder(), output)
}

#[test]
fn a_closed_pipe_is_silence_and_exit_0() {
    let scratch = Scratch::new();
    // More output than a pipe holds.
    let log: String = (0..20_000)
        .map(|n| {
            format!("{{\"event\":\"auth.login\",\"success\":false,\"error\":\"reason {n}\"}}\n")
        })
        .collect();
    scratch.write("log", log);
    for format in FORMATS {
        for bytes in [100, 0] {
            let args = ["failures", "--format", format.name, "log"];
            close_early(&scratch, &args, bytes).exit(0).is_quiet();
        }
    }
    for args in [
        &["--help"][..],
        &["report", "--help"],
        &["--version"],
        &["report", "log"],
    ] {
        close_early(&scratch, args, 0).exit(0).is_quiet();
    }
}

#[test]
fn a_closed_pipe_hides_no_trouble_with_the_input() {
    let ended = close_early(&scratch(), &["report", "missing"], 0);
    ended.says("missing: No such file");
}

#[test]
fn the_answer_is_on_standard_output_and_everything_else_on_standard_error() {
    let ended = scratch().run(&[
        "report",
        "--format",
        "json",
        "bad.jsonl",
        "missing",
        "a.jsonl",
        "a.jsonl",
    ]);
    ended.exit(3).json();
    ended
        .says("authmeter: warning: bad.jsonl:2: malformed at byte")
        .says("authmeter: warning: bad.jsonl:3: not an object at byte")
        .says("authmeter: error: missing: ")
        .says("authmeter: warning: a.jsonl: given more than once");
    let own_lines = ended
        .stderr_text()
        .lines()
        .all(|line| line.starts_with("authmeter: "));
    ended.expect(own_lines, "every line should say who speaks");
}

#[test]
fn help_and_version_are_answers() {
    for args in [
        &["--help"][..],
        &["-h"],
        &["--version"],
        &["report", "--help"],
        &["timeline", "-h"],
    ] {
        let ended = Scratch::new().run(args);
        ended
            .exit(0)
            .is_quiet()
            .expect(!ended.stdout().is_empty(), "expected an answer");
    }
    let help = Scratch::new().run(&["--help"]);
    help.expect(
        help.text().contains("Exit codes: 0 done"),
        "the help should tell the exit codes",
    );
}

// ---- terminals

#[test]
fn no_input_and_a_terminal_is_a_hint_and_exit_2() {
    for command in ["report", "logins"] {
        let ended = scratch().shell(&format!(
            "script -qec '\"$AUTHMETER\" {command}' /dev/null < /dev/null"
        ));
        // A terminal has one stream.
        ended.exit(2).expect(
            ended.text().contains("standard input is a terminal")
                && ended
                    .text()
                    .contains(&format!("authmeter {command} auth.jsonl")),
            "expected a hint",
        );
    }
}

#[test]
fn tables_fit_the_terminal_however_narrow() {
    let scratch = scratch();
    let log: String = (0..40)
        .map(|n| {
            format!(
                "{{\"event\":\"auth.login\",\"timestamp\":{},\"userId\":\"u{n}\",\"success\":{},\"error\":\"Ein sehr langer Grund, größer als 漢字漢字漢字 und \u{1f600}\u{1f600} zusammen {n}\",\"clientId\":\"{}\"}}\n",
                1_736_937_000 + n * 700,
                n % 3 == 0,
                "client".repeat(n % 5)
            )
        })
        .collect();
    scratch.write("log", log);
    for columns in [1, 5, 10, 20, 40, 80, 200] {
        let ended = scratch.shell(&format!(
            "script -qec 'stty cols {columns} rows 24; \"$AUTHMETER\" report log' /dev/null < /dev/null"
        ));
        ended
            .exit(0)
            .expect(!ended.text().contains("panicked"), "no panic");
        let widest = ended.text().lines().map(columns_of).max().unwrap();
        ended.expect(
            columns < 2 || widest <= columns,
            &format!("{widest} characters in {columns} columns"),
        );
    }
}

/// Columns a line takes, without its colours.
fn columns_of(line: &str) -> usize {
    let mut pieces = line.trim_end().split("\u{1b}[");
    let first = pieces.next().unwrap_or_default();
    let coloured = pieces.map(|piece| piece.split_once('m').unwrap().1);
    let text: String = std::iter::once(first).chain(coloured).collect();
    unicode_width::UnicodeWidthStr::width(text.as_str())
}

/// A log whose texts are long, wide, combined, written from the right, and made to drive a terminal.
fn strange_texts() -> String {
    let texts = [
        "漢字漢字漢字漢字漢字",
        "\u{1f600}\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{1f1e9}\u{1f1ea}\u{2764}\u{fe0f}",
        "e\u{301}\u{301}\u{301}e\u{301} a\u{20dd}",
        "שלום עולם مرحبا بالعالم \u{202e}",
        &"x".repeat(5000),
        "<script>alert(1)</script> \u{1b}[2J\u{9b}31m",
        "",
    ];
    let lines = (0..300).map(|n| {
        let text = serde_json::to_string(texts[n % texts.len()]).unwrap();
        let event = ["auth.login", "token.refresh", "otp.verification.detail", "suspicious_activity"][n % 4];
        let (time, success) = (1_736_937_000 + n * 3600, n % 3 == 0);
        format!("{{\"event\":\"{event}\",\"timestamp\":{time},\"userId\":{text},\"success\":{success},\"error\":{text},\"clientId\":{text}}}\n")
    });
    lines.collect()
}

#[test]
fn no_line_is_wider_than_the_terminal_at_any_width() {
    let logs = ["".to_owned(), format!("{LOGIN}\n"), strange_texts()];
    let table = FORMATS
        .iter()
        .find(|format| format.name == "table")
        .unwrap();
    for document in logs.map(|log| documents::of(log, None)) {
        for width in (1..=100).chain((107..=250).step_by(11)) {
            for [colour, drawn, ascii] in [[false; 3], [true, true, false], [false, true, true]] {
                let look = Look {
                    colour,
                    drawn,
                    ascii,
                };
                let style = Style {
                    width,
                    rows: 10,
                    look,
                };
                let mut out = Vec::new();
                (table.document)(&document, &style, &mut out).unwrap();
                let text = String::from_utf8(out).unwrap();
                assert!(!ascii || text.is_ascii());
                assert!(colour || !text.contains('\u{1b}'));
                for line in text.lines() {
                    let columns = columns_of(line);
                    assert!(columns <= width.into(), "{columns} in {width}: {line:?}");
                }
            }
        }
    }
}

#[test]
fn colours_are_for_terminals_unless_they_are_asked_for() {
    let scratch = scratch();
    for (words, environment, coloured) in [
        ("", "", false),
        ("--color always", "NO_COLOR=1", true),
        ("", "CLICOLOR_FORCE=1", true),
        ("", "CLICOLOR_FORCE=1 NO_COLOR=1", false),
    ] {
        let run = format!("env {environment} \"$AUTHMETER\" report a.jsonl {words}");
        let ended = scratch.shell(&run);
        let found = ended.exit(0).text().contains('\u{1b}');
        ended.expect(found == coloured, &format!("{words} {environment}"));
    }
    for (words, environment, coloured, drawn) in [
        ("", "LC_ALL=C.UTF-8 TERM=xterm", true, true),
        ("--color never", "LC_ALL=C.UTF-8 TERM=xterm", false, true),
        ("", "LC_ALL=C.UTF-8 TERM=xterm NO_COLOR=1", false, true),
        ("", "LC_ALL=C.UTF-8 TERM=dumb", false, false),
        ("", "LC_ALL=C TERM=xterm", true, false),
    ] {
        let ended = scratch.shell(&format!(
            "script -qec 'stty cols 100; env {environment} \"$AUTHMETER\" peaks {words} a.jsonl 2> /dev/null' /dev/null < /dev/null"
        ));
        let text = ended.exit(0).text();
        let found = (text.contains('\u{1b}'), text.contains('█'));
        ended.expect(
            found == (coloured, drawn),
            &format!("{words} {environment}"),
        );
    }
    scratch
        .run(&["report", "--color", "always", "-o", "answer.txt", "a.jsonl"])
        .exit(0);
    let file = std::fs::read_to_string(scratch.path("answer.txt")).unwrap();
    assert!(!file.contains('\u{1b}') && !file.contains('█'));
}

// ---- what a log may do to a terminal

/// A file name that moves the cursor, colours, rings, breaks lines and turns the writing direction.
const HOSTILE: &str = "x\u{1b}[31m\u{7}\n\u{202e}\u{9b}2J\u{2066}\r.jsonl";

#[track_caller]
fn assert_harmless(text: &str, ended: &Ended) {
    let harmful = text
        .chars()
        .find(|character| *character != '\n' && is_unsafe(*character));
    ended.expect(
        harmful.is_none(),
        &format!("{harmful:?} reached the terminal"),
    );
}

#[test]
fn file_names_reach_the_terminal_spelled_out() {
    let scratch = scratch();
    scratch.write(HOSTILE, "nope\n[]\n");
    let missing = format!("missing{}", HOSTILE.replace('[', ""));
    let ended = scratch.run(&["report", HOSTILE, &missing, HOSTILE, "a.jsonl"]);
    ended
        .exit(3)
        .says(r"x\u{1b}[31m\u{7}\u{a}\u{202e}\u{9b}2J\u{2066}\u{d}.jsonl:1: malformed")
        .says("given more than once");
    assert_harmless(&ended.stderr_text(), &ended);
    assert_harmless(ended.text(), &ended);
    let ended = scratch.run(&[
        "report",
        "--get",
        "input.inputs",
        "--get",
        "input.rejected",
        HOSTILE,
    ]);
    assert_harmless(ended.exit(0).text(), &ended);
    // A name that no file has, and that is a glob without an end.
    let glob = format!("missing{HOSTILE}");
    let ended = scratch.run(&["report", &glob]);
    assert_harmless(&ended.exit(2).says("makes no sense").stderr_text(), &ended);
}

#[test]
fn text_from_the_right_is_isolated_on_terminals_alone() {
    let scratch = Scratch::new();
    let log =
        "{\"event\":\"auth.login\",\"success\":false,\"error\":\"שלום 7\",\"clientId\":\"عميل\"}\n";
    scratch.write("log", log);
    let isolated = ["\u{2068}שלום 7\u{2069}", "\u{2068}عميل\u{2069}"];
    let drawn = scratch.shell(
        "script -qec 'stty cols 100; LC_ALL=C.UTF-8 TERM=xterm \"$AUTHMETER\" logins log' /dev/null < /dev/null",
    );
    let less = scratch.shell("LC_ALL=C.UTF-8 \"$AUTHMETER\" logins --color always log | cat");
    for ended in [&drawn, &less] {
        for text in isolated {
            let told = ended.exit(0).text();
            ended.expect(told.contains(text), &format!("expected {text:?}"));
        }
    }
    for format in FORMATS {
        let ended = scratch.run(&["logins", "--format", format.name, "log"]);
        let text = ended.exit(0).text();
        ended.expect(
            !text.contains(['\u{2068}', '\u{2069}']) && text.contains("שלום 7"),
            "expected the text as it is in the log",
        );
    }
}

#[test]
fn texts_of_the_log_reach_the_terminal_spelled_out() {
    let quoted = serde_json::to_string(HOSTILE).unwrap();
    let log = format!(
        "{{\"event\":{quoted},\"success\":false,\"error\":{quoted}}}\n\
         {{\"event\":\"auth.login\",\"success\":false,\"error\":{quoted},\"clientId\":{quoted},\"method\":{quoted}}}\n\
         {{\"event\":\"token.refresh\",\"success\":false,\"error\":{quoted},\"clientId\":{quoted}}}\n\
         {{\"event\":\"otp.verification.detail\",\"success\":false,\"error\":{quoted}}}\n{{\"{HOSTILE}\n"
    );
    let scratch = scratch();
    scratch.write("log", log);
    let ended = scratch.run(&["report", "log"]);
    ended.exit(0).expect(
        ended.text().contains(r"\u{1b}[31m"),
        "expected the text spelled out",
    );
    assert_harmless(ended.text(), &ended);
    assert_harmless(&ended.stderr_text(), &ended);
}

#[test]
fn cells_that_a_spreadsheet_would_run_are_disarmed_in_csv() {
    let scratch = Scratch::new();
    let log: String = ["=1+1", "+1", "-1", "@x", "plain"]
        .map(|reason| {
            format!("{{\"event\":\"auth.login\",\"success\":false,\"error\":\"{reason}\"}}\n")
        })
        .concat();
    scratch.write("log", log);
    let ended = scratch.run(&[
        "logins",
        "--get",
        "logins.by_reason",
        "--format",
        "csv",
        "log",
    ]);
    assert_eq!(
        ended.exit(0).text(),
        "reason,count\n'+1,1\n'-1,1\n'=1+1,1\n'@x,1\nplain,1\n"
    );
}

#[test]
fn long_texts_are_cut_between_characters() {
    let scratch = Scratch::new();
    for text in ["é", "漢", "\u{1f600}", "e\u{301}", "\u{202e}"] {
        scratch.write(
            "log",
            format!(
                "{{\"event\":\"auth.login\",\"success\":false,\"error\":\"x{}\"}}\n",
                text.repeat(5000)
            ),
        );
        let ended = scratch.run(&["logins", "log"]);
        ended
            .exit(0)
            .expect(ended.text().contains('…'), "expected the text cut");
    }
}
