//! The same bytes in, the same bytes out: whatever the number of workers, the size of chunks, the way the bytes come
//! in, their cut into files, or the order of lines.

use std::fs::File;

use crate::harness::{Scratch, at, testdata};

const CHUNK_SIZES: [&str; 7] = ["1", "2", "3", "7", "64", "1000", "1MiB"];

/// A login that fails, `length` bytes long.
fn line(number: usize, length: usize) -> String {
    let line = |reason: &str| {
        format!(
            "{{\"event\":\"auth.login\",\"timestamp\":\"2025-01-15T10:{:02}:00.000Z\",\"userId\":\"user-{number}\",\"success\":false,\"error\":\"{reason}\"}}",
            number % 60
        )
    };
    let shortest = line("").len();
    line(&"r".repeat(length.saturating_sub(shortest)))
}

/// Every kind of line there is, with long ones among them.
pub(crate) fn nasty_log() -> Vec<u8> {
    let mut log = std::fs::read(testdata().join("mixed.jsonl")).unwrap();
    log.extend(b"\r\n");
    for (number, length) in [0, 200, 1000, 5000, 200, 64, 1001, 999, 500]
        .into_iter()
        .enumerate()
    {
        log.extend(line(number, length).as_bytes());
        log.extend([&b"\r\n"[..], b"\n", b" \r\r\n", b"\n\n\0\0\n"][number % 4]);
    }
    log.extend("\u{feff}".as_bytes());
    log.extend("\0".repeat(3000).as_bytes());
    log.extend(line(20, 0).as_bytes());
    log.extend(b"\0\0\0\r\n \0\0\0 \0\xEF\xBB\xBF\0 ");
    log.extend(line(21, 300).as_bytes());
    log.extend(
        [
            b"\n",
            " ".repeat(2500).as_bytes(),
            b"\n",
            " ".repeat(2500).as_bytes(),
        ]
        .concat(),
    );
    log.extend(line(22, 0).as_bytes());
    log.extend(
        [
            b"\n",
            "[".repeat(1500).as_bytes(),
            b"\n{\"a\":\"\xFF\xFE\"}\n\xF0\x9F\x98\r\n",
        ]
        .concat(),
    );
    log.extend([&b"x"[..], "\0".repeat(2500).as_bytes(), b"y\n[1,2]\nnull\n"].concat());
    log.extend(&line(23, 400).as_bytes()[..350]);
    log
}

/// Runs over a file in every way, and expects one answer.
#[track_caller]
fn same_in_every_way(log: &[u8], max_line: &str, formats: &[&str], ways: &[(&str, &str)]) {
    let scratch = Scratch::new();
    scratch.write("-", log); // under the name that standard input goes by
    for format in formats {
        let base = ["report", "--format", format, "--max-line", max_line];
        let run = |more: &[&str]| {
            let args = [&base[..], more].concat();
            let ended = scratch.run(&args);
            ended.exit(0);
            (
                ended.stdout().to_vec(),
                ended.stderr_text().replace("./-", "-"),
                ended,
            )
        };
        // In a table the shorter name is filled up.
        let filled = if *format == "table" { "-  " } else { "-" };
        let named = |bytes: &[u8]| {
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            text.replace("./-", filled)
        };
        let (expected, warnings, _) = run(&["./-"]);
        let piped = scratch.pipe(log, &[&base[..], &["-"]].concat());
        for (threads, chunk_size) in ways {
            let way = ["-j", threads, "--chunk-size", chunk_size];
            let (found, said, ended) = run(&[&way[..], &["./-"]].concat());
            ended.expect(
                found == expected && said == warnings,
                &format!(
                    "it differs from the run without {way:?}: {}",
                    named(&expected)
                ),
            );
            let (mapped, said, ended) = run(&[&way[..], &["--read", "map", "./-"]].concat());
            ended.expect(
                mapped == expected && said == warnings,
                "it differs where the file is mapped",
            );
            let args = [&base[..], &way].concat();
            let redirected = scratch.redirect(File::open(scratch.path("-")).unwrap(), &args);
            let pipe = scratch.pipe(log, &args);
            for ended in [redirected, pipe] {
                ended.exit(0).expect(
                    named(ended.stdout()) == named(&expected) && ended.stdout() == piped.stdout(),
                    &format!("it differs from the file: {}", named(&expected)),
                );
                ended.expect(ended.stderr_text() == warnings, "the warnings differ");
            }
        }
    }
}

fn ways<'a>(chunk_sizes: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let threads = ["1", "2", "3", "8", "4", "5", "6", "7"];
    let mut ways: Vec<_> = chunk_sizes
        .iter()
        .zip(threads)
        .map(|(size, threads)| (threads, *size))
        .collect();
    ways.extend(
        chunk_sizes
            .iter()
            .zip(threads.iter().rev())
            .map(|(size, threads)| (*threads, *size)),
    );
    ways
}

#[test]
fn workers_chunks_and_ways_in_do_not_matter() {
    same_in_every_way(
        &nasty_log(),
        "16MiB",
        &["json", "csv", "table"],
        &ways(&CHUNK_SIZES),
    );
}

#[test]
fn workers_chunks_and_ways_in_do_not_matter_where_lines_are_too_long() {
    for max_line in ["1", "100", "999", "2000"] {
        same_in_every_way(
            &nasty_log(),
            max_line,
            &["json"],
            &ways(&["1", "3", "64", "1000", "1MiB"]),
        );
    }
}

#[test]
fn every_number_of_workers_gives_the_same_bytes() {
    let log: String = (0..3000)
        .map(|number| line(number % 700, number % 300) + "\n")
        .collect();
    let every: Vec<(&str, &str)> = ["1", "2", "3", "4", "5", "6", "7", "8"]
        .map(|threads| (threads, "4KiB"))
        .to_vec();
    same_in_every_way(log.as_bytes(), "200", &["json"], &every);
}

#[test]
fn a_line_end_falls_anywhere_in_a_chunk() {
    let log = [line(1, 0), line(2, 0), String::new(), line(3, 0)].join("\r\n");
    let sizes: Vec<String> = (1..=log.len() + 1)
        .step_by(5)
        .chain([line(1, 0).len(), line(1, 0).len() + 1])
        .map(|size| size.to_string())
        .collect();
    let ways: Vec<(&str, &str)> = sizes.iter().map(|size| ("2", size.as_str())).collect();
    same_in_every_way(log.as_bytes(), "16MiB", &["json"], &ways);
}

#[test]
fn a_nul_run_of_many_chunks_belongs_to_the_line_after_it() {
    let nuls = "\0".repeat(300_000);
    let log = [
        &line(1, 0),
        "\n",
        &nuls,
        &line(2, 0),
        "\n",
        &nuls,
        "\r\n",
        &nuls,
        " ",
        &line(3, 0),
        "\n",
        &nuls,
    ]
    .concat();
    let ways = [
        ("1", "1000"),
        ("2", "64KiB"),
        ("3", "100001"),
        ("2", "1MiB"),
    ];
    for max_line in ["16MiB", "150"] {
        same_in_every_way(log.as_bytes(), max_line, &["json"], &ways);
    }
    let scratch = Scratch::new();
    scratch.write("log", &log);
    let ended = scratch.run(&[
        "report",
        "--format",
        "json",
        "--chunk-size",
        "1000",
        "--max-line",
        "150",
        "log",
    ]);
    let json = ended.exit(0).json();
    assert_eq!(at(&json, "/reports/logins/failure"), 3);
    assert_eq!(at(&json, "/input/nul_bytes"), 1_200_000);
}

#[test]
fn a_log_cut_into_files_gives_the_same_answers() {
    let log = nasty_log();
    let scratch = Scratch::new();
    scratch.write("whole", &log);
    let whole = scratch
        .run(&["report", "--format", "json", "whole"])
        .exit(0)
        .json();
    let lines: Vec<&[u8]> = log.split_inclusive(|byte| *byte == b'\n').collect();
    for files in [2, 3, 10, lines.len()] {
        let mut args = vec![
            "report".to_owned(),
            "--format".to_owned(),
            "json".to_owned(),
        ];
        for (index, part) in lines.chunks(lines.len().div_ceil(files)).enumerate() {
            scratch.write(format!("part{index}"), part.concat());
            args.push(format!("part{index}"));
        }
        let forward = scratch.run(&args).exit(0).json();
        args[3..].reverse();
        let backward = scratch.run(&args).exit(0).json();
        for parts in [forward, backward] {
            assert_eq!(parts["reports"], whole["reports"], "{files} files");
            assert_eq!(parts["window"], whole["window"]);
            for name in [
                "lines",
                "events",
                "blank",
                "malformed",
                "not_an_object",
                "repaired",
                "undated",
                "nul_bytes",
                "bytes",
            ] {
                assert_eq!(
                    parts["input"][name], whole["input"][name],
                    "{name} in {files} files"
                );
            }
        }
    }
}

#[test]
fn the_order_of_lines_does_not_matter() {
    let mut log = nasty_log();
    log.push(b'\n');
    let mut lines: Vec<&[u8]> = log.split_inclusive(|byte| *byte == b'\n').collect();
    let scratch = Scratch::new();
    let mut answers = Vec::new();
    for turn in 0..6 {
        scratch.write("log", lines.concat());
        let json = scratch
            .run(&["report", "--format", "json", "log"])
            .exit(0)
            .json();
        answers.push((json["reports"].clone(), json["window"].clone()));
        // A shuffle of its own for every turn; the multiplier shares no factor with the number of lines.
        lines.reverse();
        lines.rotate_left(7 + turn);
        let (front, back) = lines.split_at(lines.len() / 2);
        lines = back
            .iter()
            .zip(front)
            .flat_map(|(one, other)| [*one, *other])
            .chain(back.iter().skip(front.len()).copied())
            .collect();
    }
    assert_eq!(at(&answers[0].0, "/logins/total"), 11 + 12);
    for (turn, answer) in answers.iter().enumerate() {
        assert_eq!(*answer, answers[0], "after {turn} turns");
    }
}
