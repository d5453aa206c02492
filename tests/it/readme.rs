//! The README's lines do what they say.

use std::fs;

use crate::harness::{Scratch, testdata};

/// Question, pipeline and what replaces it, of each row of the table that shows them side by side.
fn rows() -> Vec<[String; 3]> {
    let readme = testdata().parent().unwrap().join("README.md");
    let readme = fs::read_to_string(readme).unwrap();
    let section = readme.split("## Read them back").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section
        .lines()
        .filter(|line| line.matches("| `").count() == 2);
    rows.map(|row| {
        let row = row.replace("\\|", "\u{1}");
        let cells: Vec<String> = row
            .trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().trim_matches('`').replace('\u{1}', "|"))
            .collect();
        cells.try_into().unwrap()
    })
    .collect()
}

#[test]
fn each_line_that_replaces_a_pipeline_answers_in_one_line() {
    let rows = rows();
    assert!(rows.len() >= 15, "{rows:?}");
    let scratch = Scratch::new();
    scratch.write(
        "auth.jsonl",
        fs::read(testdata().join("sample.jsonl")).unwrap(),
    );
    for [question, pipeline, line] in rows {
        assert!(
            pipeline.contains("jq ") || pipeline.contains("grep "),
            "{pipeline}"
        );
        assert!(
            line.len() < 120 && !line.contains("jq"),
            "{question}: one readable line"
        );
        let ended = scratch.shell(&format!("authmeter() {{ \"$AUTHMETER\" \"$@\"; }}\n{line}"));
        ended.exit(0).is_quiet();
        ended.expect(
            ended.text().bytes().any(|byte| byte.is_ascii_digit()),
            &question,
        );
    }
}

#[test]
fn every_command_has_its_row_and_every_row_its_command() {
    let readme = fs::read_to_string(testdata().parent().unwrap().join("README.md")).unwrap();
    let help = Scratch::new().run(&["--help"]);
    let commands = help.exit(0).text().split("Commands:").nth(1).unwrap();
    let commands = commands
        .lines()
        .skip(1)
        .take_while(|line| !line.trim().is_empty());
    let mut counted = 0;
    for command in commands.filter_map(|line| line.strip_prefix("  ")) {
        let Some(name) = command.split(' ').next().filter(|name| !name.is_empty()) else {
            continue;
        };
        if name != "help" {
            let row = readme.lines().any(|line| {
                let first = line.split('|').nth(1).unwrap_or_default();
                line.starts_with("| `") && first.split(['`', ' ', ',']).any(|word| word == name)
            });
            assert!(row, "{name} has no row in the README");
            counted += 1;
        }
    }
    assert!(counted > 15, "{counted}");
}
