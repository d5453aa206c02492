//! The program as others start it: its exit codes, the arguments it refuses, and the inputs it is given.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::ffi::OsStrExt;

use authmeter::render::FORMATS;
use authmeter::report::REPORTS;

use crate::harness::{LOGIN, Scratch, at, needed};

/// A folder with two logs and one that has bad lines.
pub(crate) fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch
        .write("a.jsonl", format!("{LOGIN}\n{LOGIN}\n"))
        .write("b.jsonl", LOGIN)
        .write("bad.jsonl", format!("{LOGIN}\nnope\n[]\n"));
    scratch
}

// ---- exit codes

#[test]
fn a_run_that_is_done_exits_with_0() {
    for report in std::iter::once("report").chain(REPORTS.iter().map(|report| report.info.name)) {
        let ended = scratch().run(&[&[report, "a.jsonl"], needed(report)].concat());
        ended.exit(0);
        // Nobody of the story is in this log, and that is said.
        if report != "explain" {
            ended.is_quiet();
        }
    }
    // Bad lines are no failure unless they are said to be one.
    scratch().run(&["report", "bad.jsonl"]).exit(0);
}

#[test]
fn wrong_words_exit_with_2_and_print_nothing() {
    for args in [
        &["report", "--no-such-flag"][..],
        &["no-such-command"],
        &["report", "--format", "yaml", "a.jsonl"],
        &["report", "-j", "0", "a.jsonl"],
        &["report", "-j", "many", "a.jsonl"],
        &["report", "--max-bad", "-1", "a.jsonl"],
        &["report", "--strict", "--max-bad", "3", "a.jsonl"],
        &["report", "--get"],
    ] {
        let ended = scratch().run(args);
        ended.exit(2).prints_nothing().says("error: ");
    }
    scratch()
        .run(&[""; 0])
        .exit(2)
        .prints_nothing()
        .says("Usage: authmeter");
}

#[test]
fn a_wrong_size_is_said_with_how_to_write_one() {
    for flag in ["--max-line", "--chunk-size"] {
        for size in [
            "0",
            "",
            "12Q",
            "1.5MiB",
            "-5",
            "1 MiB",
            "MiB",
            "99999999999999999999",
            "1024GiB",
            "0KiB",
        ] {
            let flag_and_size = format!("{flag}={size}");
            let ended = scratch().run(&["report", &flag_and_size, "a.jsonl"]);
            ended.exit(2).prints_nothing().says(flag).says("64KiB");
        }
        for size in ["1", "4096", "4096B", "64KiB", "64K", "2MiB", "1GiB"] {
            scratch().run(&["logins", flag, size, "a.jsonl"]).exit(0);
        }
    }
}

#[test]
fn a_wrong_width_is_said_with_all_there_are() {
    for every in ["2h", "", "1M", "hour", "1H"] {
        let every = format!("--every={every}");
        let ended = scratch().run(&["timeline", &every, "a.jsonl"]);
        ended
            .exit(2)
            .prints_nothing()
            .says("auto, 1m, 5m, 15m, 1h, 1d, 1w, 1mo");
    }
}

#[test]
fn a_wrong_name_is_said_with_the_one_that_was_meant() {
    for (name, hint) in [
        ("logins.sucess_rate", "did you mean `logins.success_rate`?"),
        ("login.users", "did you mean `logins.users`?"),
        ("refreshes.per_our", "did you mean `refreshes.per_hour`?"),
        ("xyz", "there are: window.first, "),
        ("", "there are: "),
        ("logins", "`logins."),
        (
            "logins.success_rate.wrong",
            "did you mean `logins.success_rate`?",
        ),
    ] {
        // Before anything is read: the input does not exist.
        let ended = scratch().run(&["report", "--get", name, "missing"]);
        ended
            .exit(2)
            .prints_nothing()
            .says("there is no such value")
            .says(hint);
    }
}

#[test]
fn an_input_that_cannot_be_read_exits_with_3_and_the_others_are_read() {
    let ended = scratch().run(&[
        "report", "--format", "json", "a.jsonl", "missing", "b.jsonl",
    ]);
    ended
        .exit(3)
        .says("authmeter: error: missing: No such file");
    let json = ended.json();
    assert_eq!(at(&json, "/reports/logins/total"), 3);
    assert_eq!(at(&json, "/input/inputs").as_array().unwrap().len(), 3);
    assert_eq!(at(&json, "/input/inputs/1/events"), 0);
}

#[test]
fn too_many_bad_lines_exit_with_3_after_the_answer() {
    for (args, code) in [
        (&["--strict"][..], 3),
        (&["--max-bad", "0"], 3),
        (&["--max-bad", "1"], 3),
        (&["--max-bad", "2"], 0),
        (&[], 0),
    ] {
        let args = [&["logins", "--get", "logins.total", "bad.jsonl"], args].concat();
        let ended = scratch().run(&args);
        ended
            .exit(code)
            .expect(ended.text() == "1\n", "expected the answer");
        if code == 3 {
            ended.says("bad lines: 2, allowed: ");
        }
    }
    scratch().run(&["report", "--strict", "a.jsonl"]).exit(0);
}

#[test]
fn an_exit_code_does_not_wrap_around() {
    let scratch = Scratch::new();
    scratch.write("bad", "nope\n".repeat(256));
    scratch.run(&["report", "--strict", "bad"]).exit(3);
}

#[test]
fn an_output_that_cannot_be_written_exits_with_4() {
    for format in FORMATS {
        let ended = scratch().shell(&format!(
            "\"$AUTHMETER\" report --format {} a.jsonl > /dev/full",
            format.name
        ));
        ended.exit(4).says("cannot write the output: No space left");
    }
    scratch()
        .shell("\"$AUTHMETER\" logins --get logins.total a.jsonl > /dev/full")
        .exit(4);
    scratch()
        .shell("\"$AUTHMETER\" --help > /dev/full")
        .exit(4)
        .says("cannot write the output");
}

#[test]
fn a_worker_that_dies_is_never_an_empty_report() {
    /// A reader with a fault, as no input has one.
    struct Faulty;
    impl Read for Faulty {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            panic!("the reader's fault");
        }
    }
    use authmeter::engine::{Plan, run};
    use authmeter::read::{Input, Inputs, Reading};
    use authmeter::report::{Options, REPORTS};
    for threads in [1, 2, 8] {
        let plan = Plan {
            filter: Default::default(),
            audience: Default::default(),
            reports: REPORTS.iter().collect(),
            options: Options::default(),
            reading: Reading::default(),
            threads: std::num::NonZeroUsize::new(threads).unwrap(),
        };
        // Opening reads the first bytes; the fault comes after them, in the workers' loop.
        let reader = Read::chain(&b"{\"event\":\"auth.login\"}\n"[..], Faulty);
        let inputs = Inputs::new(vec![Input::reader("faulty", Box::new(reader))]);
        let died = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(&plan, &inputs)));
        assert!(
            died.is_err(),
            "{threads} workers: the program's main turns this into exit 4"
        );
    }
}

// ---- inputs

#[test]
fn standard_input_is_read_when_no_input_is_named_and_it_is_no_terminal() {
    let scratch = scratch();
    let get = ["logins", "--get", "logins.total"];
    assert_eq!(scratch.pipe(LOGIN.as_bytes(), &get).exit(0).text(), "1\n");
    let file = File::open(scratch.path("a.jsonl")).unwrap();
    assert_eq!(scratch.redirect(file, &get).exit(0).text(), "2\n");
    assert_eq!(scratch.run(&get).exit(0).text(), "0\n");
    // As cron starts programs.
    let ended = scratch.shell("setsid env -i \"$AUTHMETER\" logins --get logins.total < a.jsonl");
    assert_eq!(ended.exit(0).text(), "2\n");
}

#[test]
fn a_dash_is_standard_input_among_files() {
    let ended = scratch().pipe(
        LOGIN.as_bytes(),
        &["report", "--format", "json", "a.jsonl", "-", "b.jsonl"],
    );
    let json = ended.exit(0).json();
    assert_eq!(at(&json, "/reports/logins/total"), 4);
    assert_eq!(at(&json, "/input/inputs/1/input"), "-");
}

#[test]
fn standard_input_is_read_from_where_it_stands() {
    let scratch = scratch();
    let mut file = File::open(scratch.path("a.jsonl")).unwrap();
    file.seek(SeekFrom::Start(LOGIN.len() as u64 + 1)).unwrap();
    let ended = scratch.redirect(file, &["report", "--format", "json"]);
    let json = ended.exit(0).json();
    assert_eq!(at(&json, "/input/lines"), 1);
    assert_eq!(at(&json, "/input/bytes"), LOGIN.len() + 1);
    let ended =
        scratch.shell("{ read -r first; \"$AUTHMETER\" logins --get logins.total; } < a.jsonl");
    assert_eq!(ended.exit(0).text(), "1\n");
}

#[test]
fn the_same_file_is_read_once_and_that_is_said() {
    let scratch = scratch();
    std::fs::create_dir(scratch.path("folder")).unwrap();
    std::os::unix::fs::symlink("a.jsonl", scratch.path("link.jsonl")).unwrap();
    let absolute = scratch.path("a.jsonl");
    for again in [
        "a.jsonl",
        "./a.jsonl",
        "folder/../a.jsonl",
        "link.jsonl",
        absolute.to_str().unwrap(),
    ] {
        let ended = scratch.run(&[
            "logins",
            "--get",
            "logins.total",
            "a.jsonl",
            "b.jsonl",
            again,
        ]);
        ended
            .exit(0)
            .says(&format!("{again}: given more than once, read once"));
        assert_eq!(ended.text(), "3\n", "{again}");
    }
    let ended = scratch.pipe(
        LOGIN.as_bytes(),
        &["logins", "--get", "logins.total", "-", "-"],
    );
    ended.exit(0).says("-: given more than once");
    assert_eq!(ended.text(), "1\n");
}

#[test]
fn a_file_under_two_names_is_the_same_file() {
    let scratch = scratch();
    let get = ["logins", "--get", "logins.total", "a.jsonl"];
    std::fs::hard_link(scratch.path("a.jsonl"), scratch.path("hard.jsonl")).unwrap();
    let ended = scratch.run(&[&get[..], &["hard.jsonl"]].concat());
    ended.exit(0).says("hard.jsonl: given more than once");
    assert_eq!(ended.text(), "2\n");
    let file = File::open(scratch.path("a.jsonl")).unwrap();
    let ended = scratch.redirect(file, &[&get[..], &["-"]].concat());
    ended.exit(0).says("-: given more than once");
    assert_eq!(ended.text(), "2\n");
}

#[test]
fn thousands_of_inputs_need_few_descriptors() {
    let scratch = Scratch::new();
    for number in 0..5000 {
        // Each has a line of its own, or they were copies of each other.
        let user = format!("\"user-{}\",\"n\":{number}", number % 1234);
        scratch.write(format!("{number}.jsonl"), LOGIN.replace("\"u\"", &user));
    }
    let ended = scratch.shell("ulimit -n 64; \"$AUTHMETER\" report -j 8 --format json *.jsonl");
    let json = ended.exit(0).is_quiet().json();
    assert_eq!(at(&json, "/input/events"), 5000);
    assert_eq!(at(&json, "/reports/logins/users"), 1234);
    assert_eq!(at(&json, "/input/inputs").as_array().unwrap().len(), 5000);
}

#[test]
fn a_chunk_size_beyond_the_memory_costs_no_memory() {
    let ended = scratch().shell("cat a.jsonl | prlimit --as=1073741824 \"$AUTHMETER\" logins --chunk-size 512GiB --get logins.total");
    assert_eq!(ended.exit(0).text(), "2\n");
    let ended = scratch().run(&[
        "logins",
        "--chunk-size",
        "512GiB",
        "--get",
        "logins.total",
        "a.jsonl",
    ]);
    assert_eq!(ended.exit(0).text(), "2\n");
}

#[test]
fn a_file_name_that_is_no_text_is_read_and_named() {
    let scratch = scratch();
    let name = OsStr::from_bytes(b"caf\xE9.jsonl");
    scratch.write(name, "nope\n");
    let ended = scratch.run(&[OsStr::new("report"), name]);
    ended.exit(0).says("caf\u{fffd}.jsonl:1: malformed");
}
